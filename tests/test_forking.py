"""A command that is forked is the same to whoever runs it as one that is started."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.forking import ROOT, command

STARTED = [sys.executable, "-m", "monitor"]


def ran(given: list[str], folder: Path, **variables: str) -> subprocess.CompletedProcess[bytes]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("VIGIE_")}
    environment = kept | {"PYTHONPATH": str(ROOT), "COLUMNS": "90"} | variables
    return subprocess.run(
        given,
        cwd=folder,
        env=environment,
        input=b"what is no line of a log\n",
        capture_output=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    "arguments", [("formats",), ("db", "status"), ("no-such",), ("replay", "-")], ids=lambda a: a[0]
)
def test_it_says_and_ends_as_one_that_is_started(
    arguments: tuple[str, ...], tmp_path: Path
) -> None:
    forked, started = ran(command(*arguments), tmp_path), ran([*STARTED, *arguments], tmp_path)
    assert (forked.returncode, forked.stdout) == (started.returncode, started.stdout)
    assert forked.stderr == started.stderr


def test_it_has_the_folder_and_the_environment_of_who_runs_it(tmp_path: Path) -> None:
    done = ran(command("db", "upgrade"), tmp_path, VIGIE_DATA=str(tmp_path / "here"))
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "here" / "vigie.db").exists()


def test_it_is_stopped_by_a_signal(tmp_path: Path) -> None:
    waiting = subprocess.Popen(
        command("replay", "-"), cwd=tmp_path, stdin=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert waiting.stderr is not None
    assert waiting.stdin is not None
    waiting.stdin.write(b"no line\n")
    waiting.stdin.flush()
    waiting.terminate()
    assert waiting.wait(240) != 0
    waiting.stdin.close()
    waiting.stderr.close()
