"""The page on formats: its descriptions hold, and its commands answer as they are shown to."""

import io
import re
import shlex
import sys
import tomllib
from pathlib import Path

import pytest

from tests.docs.manual import Block, blocks, sections
from tests.monitor.cli.calling import call

PATH = Path(__file__).parents[2] / "docs/formats.md"
PAGE = PATH.read_text(encoding="utf-8")
SECTIONS = sections(PAGE)
RUN = [name for name, text in SECTIONS.items() if "```console\n" in text]
KINDS = ("toml", "toml elsewhere", "text ", "console")


def lay_out(block: Block, folder: Path) -> None:
    """Put what a block holds where the commands look for it."""
    kind, _, name = block.kind.partition(" ")
    if kind == "text" or block.kind == "toml":
        (folder / (name or "vigie.toml")).write_text(block.text, encoding="utf-8")


def answer(command: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """What a command prints; of a pipe, the first part is `head`, `tail` or `sed` of a file."""
    *before, last = command.split(" | ")
    given = sys.stdin
    if before:
        sys.stdin = io.TextIOWrapper(io.BytesIO(picked(shlex.split(before[0]), folder)))
    try:
        done = call(capsys, *shlex.split(last)[1:])
    finally:
        sys.stdin = given
    said = f"{done.out}{done.err}".replace(f"{folder}/", "")
    return "\n".join(line.rstrip() for line in said.splitlines()).strip("\n")


def picked(words: list[str], folder: Path) -> bytes:
    """The line that `head -n 1`, `tail -n 1` or `sed -n 3p` of a file gives."""
    program, option, which, *rest = words
    file = rest[0] if rest else which
    lines = (folder / file).read_bytes().splitlines()
    if program == "sed":
        assert option == "-n"
        return lines[int(which.rstrip("p")) - 1]
    assert (option, which) == ("-n", "1")
    return lines[0] if program == "head" else lines[-1]


def told(section: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> list[str]:
    """Each console block of a section as it should read."""
    found = []
    for block in blocks(section):
        lay_out(block, folder)
        if block.kind == "console":
            commands = [line[2:] for line in block.text.splitlines() if line.startswith("$ ")]
            parts = [f"$ {one}\n{answer(one, folder, capsys)}" for one in commands]
            found.append("\n\n".join(parts) + "\n")
    return found


@pytest.mark.parametrize("name", RUN)
def test_commands_answer_as_the_page_says(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    shown = [block.text for block in blocks(SECTIONS[name]) if block.kind == "console"]
    assert told(SECTIONS[name], tmp_path, capsys) == shown


def test_blocks_are_of_kinds_that_are_known() -> None:
    assert len(RUN) == 4
    assert [b.kind for b in blocks(PAGE) if not b.kind.startswith(KINDS)] == []


def test_fields_and_keys_of_descriptions_are_all_on_the_page() -> None:
    from monitor.formats.described.description import Csv, Description, Field, Fields, Regex

    for kind in (Description, Csv, Regex, Field, Fields):
        for name in kind.__struct_encode_fields__:
            assert f"`{name}`" in PAGE or re.search(rf"(?m)^{name}[. ]", PAGE), name


def write(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Write the page's answers anew; read the difference before committing it."""
    page = PAGE
    for text in SECTIONS.values():
        shown = [block.text for block in blocks(text) if block.kind == "console"]
        for old, new in zip(shown, told(text, folder, capsys), strict=True):
            page = page.replace(f"```console\n{old}```", f"```console\n{new}```", 1)
    PATH.write_text(page, encoding="utf-8")


def test_what_patterns_cost_is_as_the_page_says() -> None:
    from monitor.formats.described.pattern import OPEN_LIMIT, PatternError, pattern_of
    from monitor.formats.format import MAXIMUM_LINE

    (better,) = (block.text for block in blocks(PAGE) if block.kind == "toml elsewhere")
    assert pattern_of(tomllib.loads(better)["pattern"]).limit == MAXIMUM_LINE
    shown = {
        r'[^"]*"': MAXIMUM_LINE,
        r"\S+ ": MAXIMUM_LINE,
        r".*? from \S+ port \d+": MAXIMUM_LINE,
        ".*? from .* port": OPEN_LIMIT,
    }
    for pattern, limit in shown.items():
        assert f"`{pattern}`" in PAGE
        assert pattern_of(pattern).limit == limit
    assert f"{OPEN_LIMIT:,} characters" in PAGE
    with pytest.raises(PatternError):
        pattern_of("(a+)+b")
