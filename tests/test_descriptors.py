"""What a test holds open is counted, and nothing besides."""

from pathlib import Path

from tests.descriptors import opened_below


def test_what_is_open_is_told_deleted_or_not(tmp_path: Path) -> None:
    kept, gone = tmp_path / "kept", tmp_path / "gone"
    beside = tmp_path.with_name(tmp_path.name + "-beside")
    with kept.open("w"), gone.open("w"), gone.open(), beside.open("w"):
        gone.unlink()
        assert opened_below(tmp_path) == [*[f"{gone} (deleted)"] * 2, str(kept)]
    assert opened_below(tmp_path) == []
