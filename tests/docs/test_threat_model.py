"""The threat model says what is true: every test and file that it names is there, every requirement
is answered once, and everything that can be asked over the network is in it."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from tests.docs.asvs import PAGE, ROOT, STATES, Line, lines, page, required

TEXT = PAGE.read_text(encoding="utf-8")
LINES = lines()


@cache
def defined_in(path: Path) -> frozenset[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return frozenset(
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name.startswith("test_")
    )


def missing(reference: str) -> bool:
    """Whether a file, or a test in it, is not there."""
    path, _, name = reference.partition("::")
    file = ROOT / path
    return not file.is_file() or (bool(name) and name not in defined_in(file))


def test_every_requirement_is_answered_once() -> None:
    assert [line.uid for line in LINES] == list(required())
    assert {line.uid: line.level for line in LINES} == required()
    assert len(LINES) == 253


@pytest.mark.parametrize("line", LINES, ids=lambda line: line.uid)
def test_an_answer_has_what_it_rests_on(line: Line) -> None:
    assert line.state in STATES
    assert not [one for one in line.by if missing(one)]
    assert line.by or line.state == "not applicable", "what is met is shown by something"
    assert line.why or line.state == "met", "anything else has a reason"
    assert len(line.what) < 120


def test_the_table_is_what_the_data_says() -> None:
    """`python -m tests.docs.asvs` writes it."""
    assert page(TEXT) == TEXT


def test_tests_and_files_that_the_text_names_are_there() -> None:
    named = re.findall(r"`((?:tests|monitor|docs|detectors)/[\w/.-]+\.\w+(?:::\w+)?)`", TEXT)
    assert len(named) > 300
    assert not [one for one in named if missing(one)]


def test_security_refers_to_it() -> None:
    assert "docs/threat-model.md" in (ROOT / "SECURITY.md").read_text(encoding="utf-8")
