"""The disk is looked at where the data folder is, or will be."""

from pathlib import Path

from monitor.doctor.disk import look
from monitor.settings import Settings


def test_what_is_free_is_told_also_before_the_folder_is_there(tmp_path: Path) -> None:
    [check] = look(Settings(data=tmp_path / "not" / "yet"))
    assert "GiB free" in check.seen
    assert not (tmp_path / "not").exists()
