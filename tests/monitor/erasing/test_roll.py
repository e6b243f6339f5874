"""The roll outlives the database, and a line that was cut off is no reason to refuse it."""

from pathlib import Path

import pytest

from monitor.erasing.roll import ROLL_FILE, Erased, RollError, add, read

ONE = Erased(digest=b"\x01" * 32, until=5, keeps=True)
TWO = Erased(digest=b"\x02" * 32, until=6, keeps=False)


def test_whoever_is_noted_is_read(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    assert read(folder) == []
    add(folder, ONE)
    add(folder, TWO)
    assert read(folder) == [ONE, TWO]
    assert (folder / ROLL_FILE).stat().st_mode & 0o777 == 0o600


def test_a_line_that_was_cut_off_at_the_end_is_of_nobody(tmp_path: Path) -> None:
    add(tmp_path, ONE)
    with (tmp_path / ROLL_FILE).open("ab") as file:
        file.write(b'{"digest":"AQ')
    assert read(tmp_path) == [ONE]


def test_any_other_is_told(tmp_path: Path) -> None:
    (tmp_path / ROLL_FILE).write_bytes(b"nonsense\n")
    add(tmp_path, ONE)
    with pytest.raises(RollError, match="line 1"):
        read(tmp_path)
