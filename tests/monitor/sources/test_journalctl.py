"""The program is run, never waited for, and what it complains of is told."""

import os
import time
from pathlib import Path

import pytest

from monitor.sources.journalctl import Journalctl
from monitor.sources.source import SourceError


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program called journalctl, in front of any real one; write a script into it."""
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    return tmp_path / "journalctl"


def script(program: Path, text: str) -> None:
    program.write_text(f"#!/bin/sh\n{text}\n")
    program.chmod(0o755)


def everything(run: Journalctl) -> bytes:
    found = b""
    end = time.monotonic() + 240
    while (block := run.take()) != b"":
        assert time.monotonic() < end
        found += block or b""
    return found


def test_what_it_writes_is_taken_when_it_is_there(program: Path) -> None:
    script(program, 'read -r line < "$0.go"; echo "{}"; echo "$@"')
    os.mkfifo(f"{program}.go")
    run = Journalctl(["--unit=ssh.service"])
    assert run.take() is None
    Path(f"{program}.go").write_text("go\n")
    said = everything(run)
    assert said == b"{}\n--output=json --all --no-pager --unit=ssh.service\n"
    run.end()


def test_a_failure_is_told_with_what_was_said(program: Path) -> None:
    script(program, "echo 'Failed to open x:' >&2; echo 'No such file' >&2; exit 1")
    run = Journalctl([])
    assert everything(run) == b""
    with pytest.raises(SourceError, match="status 1: Failed to open x: No such file"):
        run.end()


@pytest.mark.parametrize(
    "hint",
    [
        "Hint: You are currently not seeing messages from other users and the system.",
        "No journal files were opened due to insufficient permissions.",
    ],
)
def test_what_may_not_be_read_is_told_though_it_ends_well(program: Path, hint: str) -> None:
    script(program, f"echo '{hint}' >&2")
    run = Journalctl([])
    everything(run)
    with pytest.raises(SourceError, match="group systemd-journal") as caught:
        run.end()
    assert "groupe systemd-journal" in caught.value.text.fr


def test_a_program_that_complains_a_lot_is_not_held_up(program: Path) -> None:
    script(program, "head -c 1000000 /dev/zero | tr '\\0' x >&2; echo done")
    run = Journalctl([])
    assert everything(run) == b"done\n"
    run.end()


def test_a_machine_without_it_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SourceError, match="journalctl cannot be run"):
        Journalctl([])


def test_it_is_ended_whatever_it_does(program: Path) -> None:
    script(program, "exec sleep 1000")
    run = Journalctl([])
    assert run.take() is None
    run.close()
    assert run._process.returncode is not None
