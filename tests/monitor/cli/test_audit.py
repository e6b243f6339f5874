"""`vigie audit`: what was done is shown, proved, taken elsewhere; 1 where it was altered."""

import json
import re
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from monitor.chain.checkpoints import FILE
from tests.databases import placed
from tests.monitor.cli.calling import Called, call
from tests.monitor.cli.test_key import PUSHED, settings


@pytest.fixture
def config(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """A database in which two keys were made."""
    made = settings(tmp_path, PUSHED)
    placed(tmp_path / "vigie.db")
    for name in ("one", "two"):
        assert call(capsys, "key", "create", name, "--config", made).code == 0
    return made


def audit(capsys: pytest.CaptureFixture[str], config: Path, *arguments: object) -> Called:
    return call(capsys, "audit", *arguments, "--config", config)


def change(config: Path, statement: str) -> None:
    connection = sqlite3.connect(config.parent / "vigie.db")
    with connection:
        connection.execute(statement)
    connection.close()


def test_it_shows_what_was_done(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shown = audit(capsys, config, "list", "--operation", "keys:write")
    assert shown.code == 0
    assert "key:one" in shown.out
    assert "operator:" in shown.out
    told = json.loads(audit(capsys, config, "list", "--subject", "key:two", "--json").out)
    assert [one["subject"] for one in told] == ["key:two"]
    assert audit(capsys, config, "list", "--subject", "key:x").told.strip().startswith("There is")


def test_it_proves_the_database(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    done = audit(capsys, config, "verify")
    assert done.code == 0
    assert done.out.startswith("whole: ")
    change(config, "UPDATE audit SET actor = 'operator:eve' WHERE subject = 'key:one'")
    done = audit(capsys, config, "verify")
    assert done.code == 1
    assert "it was altered" in done.out
    told = json.loads(audit(capsys, config, "verify", "--json").out)
    assert (told["whole"], told["verdict"]["count"]) == (False, 1)
    assert [fault["wrong"] for fault in told["verdict"]["faults"]] == ["altered"]


def test_it_is_held_to_the_places_that_were_signed(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    signed = audit(capsys, config, "head", "--json").out
    for path in (tmp_path / FILE, tmp_path / "elsewhere"):
        path.write_text(signed)
    assert "held to 1 checkpoints" in audit(capsys, config, "verify").out
    change(config, "DELETE FROM audit")
    change(config, "DELETE FROM audit_contents")
    change(config, "DELETE FROM audit_marks")
    done = audit(capsys, config, "verify")
    assert (done.code, "were taken away" in done.out) == (1, True)
    (tmp_path / FILE).unlink()
    assert audit(capsys, config, "verify").code == 0
    elsewhere = "--checkpoints", tmp_path / "elsewhere"
    assert audit(capsys, config, "verify", *elsewhere).code == 1
    assert audit(capsys, config, "verify", "--checkpoints", tmp_path / "x").code == 2


def test_an_export_is_proved_without_anything_else(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "out.ndjson"
    assert audit(capsys, config, "export", path).code == 0
    assert path.stat().st_mode & 0o777 == 0o600
    assert audit(capsys, config, "export", path).code == 1
    head = audit(capsys, config, "head").out
    key = head.partition("public key ")[2].split()[0]
    assert call(capsys, "audit", "verify", path, "--public-key", key).code == 0
    assert "compare it" in call(capsys, "audit", "verify", path).out
    assert call(capsys, "audit", "verify", path, "--public-key", "0" * 64).code == 1
    assert call(capsys, "audit", "verify", path, "--public-key", "zz").code == 2
    assert audit(capsys, config, "verify", "--public-key", key).code == 2
    path.write_text(path.read_text().replace("key:one", "key:eve"))
    assert call(capsys, "audit", "verify", path, "--public-key", key).code == 1
    path.write_text("\n".join(path.read_text().splitlines()[:-1]))
    done = call(capsys, "audit", "verify", path)
    assert (done.code, "cut off" in done.told) == (1, True)


def test_an_export_can_leave_out_who_is_named(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "out.ndjson"
    assert audit(capsys, config, "export", path, "--no-contents").code == 0
    assert '"body":null' in path.read_text()
    assert call(capsys, "audit", "verify", path).code == 0


def test_whoever_has_an_export_can_check_it_by_the_documented_lines_alone(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    manual = (Path(__file__).parents[3] / "docs" / "operations.md").read_text("utf-8")
    program = re.search(r"(?ms)^## The audit$.*?^```python\n(.*?)^```", manual)
    assert program is not None
    path = tmp_path / "out.ndjson"
    assert audit(capsys, config, "export", path).code == 0
    command = [sys.executable, "-c", program[1], str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, "entries, signed by" in done.stdout) == (0, True), done.stderr
    path.write_text(path.read_text().replace("key:one", "key:eve"))
    assert subprocess.run(command, capture_output=True, check=False).returncode == 1
