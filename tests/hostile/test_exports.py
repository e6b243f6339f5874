"""What leaves Vigie as a table is opened in a spreadsheet, and what is read back is what it was."""

import csv
import io
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.export.csv import document, unguarded
from tests.hostile.conftest import Attacked
from tests.hostile.names import FORMULA, NAMES

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_no_name_is_a_formula_and_each_comes_back(delimiter: str) -> None:
    rows = [[name, f" {name}", f"'{name}", f"a {name}"] for name in NAMES.values()]
    text = b"".join(document(rows, delimiter)).decode().removeprefix("\ufeff")
    read = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    assert [[unguarded(cell) for cell in row] for row in read] == rows
    for row in read:
        for cell in row:
            assert not cell.lstrip(" \u00a0").startswith(FORMULA), cell
            assert not cell.strip("\0\ufeff\u200b").startswith(FORMULA), cell


@given(st.text(st.characters(codec="utf-8"), max_size=12), st.sampled_from(FORMULA))
def test_no_text_is_one(text: str, sign: str) -> None:
    made = b"".join(document([[sign + text, text, f"\0{sign}{text}"]])).decode()
    (row,) = csv.reader(io.StringIO(made.removeprefix("\ufeff"), newline=""))
    assert not [cell for cell in row if cell.lstrip("\0\ufeff \u200b").startswith(FORMULA)]


def test_the_audit_leaves_as_lines_of_its_own(attacked: Attacked, tmp_path: Path) -> None:
    out = tmp_path / "audit.ndjson"
    command = [sys.executable, "-m", "monitor", "audit", "export", str(out)]
    done = subprocess.run(
        [*command, "--config", str(attacked.config)], capture_output=True, cwd=ROOT, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    lines = out.read_bytes().split(b"\n")
    assert len(lines) > len(NAMES)
    assert all(isinstance(json.loads(line), dict) for line in lines if line)
    assert not re.search(rb"[\x00-\x09\x0b-\x1f\x7f]", out.read_bytes())
    assert out.stat().st_mode & 0o077 == 0
