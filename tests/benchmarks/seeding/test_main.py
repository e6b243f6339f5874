"""The command fills the database that it is given, and says how far it is."""

import sys
from pathlib import Path

import pytest

from benchmarks.seeding.__main__ import main


def test_it_tells_what_it_made(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"sqlite:///{tmp_path / 'vigie.db'}"
    monkeypatch.setattr(sys, "argv", ["seeding", "--url", url, "--part", "0.00001"])
    main()
    assert "done: 20 accounts, 500 events" in capsys.readouterr().out
