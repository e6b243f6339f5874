"""A command called in this process, as its main function is."""

import io
import sys
from typing import NamedTuple

import pytest

from monitor.cli import main
from tests.logged import logging_as_before


class Called(NamedTuple):
    """What a command ended with and told; text on several lines is joined into one."""

    code: int
    out: str
    err: str

    @property
    def told(self) -> str:
        """All it said, words apart by one space."""
        return " ".join(f"{self.out} {self.err}".split())


def call(capsys: pytest.CaptureFixture[str], *arguments: object) -> Called:
    """Run `vigie` with these arguments."""
    with logging_as_before(), pytest.raises(SystemExit) as ended:
        main([str(argument) for argument in arguments])
    code = ended.value.code
    assert code is None or isinstance(code, int)
    return Called(code or 0, *capsys.readouterr())


def give(monkeypatch: pytest.MonkeyPatch, given: bytes) -> None:
    """Make this the standard input of a command that reads it as a stream."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(given)))
