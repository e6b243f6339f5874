"""A database is told to be missing, at an older version, damaged, or sound and so large."""

from pathlib import Path

from monitor.doctor.check import Check
from monitor.doctor.database import look
from monitor.settings import Database, Settings
from monitor.store.migration import upgrade


def looked(path: Path) -> dict[str, Check]:
    return {c.name: c for c in look(Settings(database=Database(url=f"sqlite:///{path}")))}


def test_one_that_is_not_there_yet_is_in_order_and_is_not_made(tmp_path: Path) -> None:
    checks = looked(tmp_path / "vigie.db")
    assert checks["database"].good
    assert "not made yet" in checks["database"].seen
    assert list(tmp_path.iterdir()) == []


def test_one_of_this_version_is_sound_and_has_a_size(tmp_path: Path) -> None:
    upgrade(f"sqlite:///{tmp_path / 'vigie.db'}")
    checks = looked(tmp_path / "vigie.db")
    assert all(check.good for check in checks.values())
    assert checks["database's soundness"].seen == "ok"
    assert checks["database's size"].seen.endswith("MiB")


def test_a_damaged_one_is_told(tmp_path: Path) -> None:
    path = tmp_path / "vigie.db"
    path.write_bytes(b"no database" * 100)
    check = looked(path)["database"]
    assert not check.good
    assert "not a SQLite database" in check.seen
