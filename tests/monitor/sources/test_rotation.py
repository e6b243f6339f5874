"""The names that rotation gives, and the order they stand for."""

from pathlib import Path

import pytest

from monitor.sources.rotation import base_of, is_rotated, oldest_first, siblings


@pytest.mark.parametrize(
    "name",
    [
        "auth.log.1",
        "auth.log.12.gz",
        "auth.log-20260101",
        "auth.log-20260101-1767225600.zst",
        "auth.log.2026-01-01",
        "auth.log.2026-01-01_12-00-00",
        "auth.log.20260101T120000.xz",
        "auth.log.old",
        "auth.log.3.bz2",
    ],
)
def test_a_rotated_part_belongs_to_its_log(name: str) -> None:
    assert base_of(f"/var/log/{name}") == "/var/log/auth.log"
    assert is_rotated(f"/var/log/{name}", "/var/log/auth.log")


@pytest.mark.parametrize(
    "name", ["auth.log", "auth.log-audit", "auth.log.swp", "auth.log.1~", "other.log.1", ".1"]
)
def test_other_names_do_not(name: str) -> None:
    assert not is_rotated(f"/var/log/{name}", "/var/log/auth.log")


def test_a_log_may_be_without_folder() -> None:
    assert base_of("auth.log.1") == "auth.log"
    assert base_of("2026") == "2026"


def test_siblings_are_given_plain_while_they_are_being_compressed(tmp_path: Path) -> None:
    for name in ("a.log", "a.log.1", "a.log.1.gz", "a.log.2.gz", "a.log-x", "b.log.1", "a.logs"):
        (tmp_path / name).touch()
    found = siblings(str(tmp_path / "a.log"))
    assert sorted(Path(path).name for path in found) == ["a.log-x", "a.log.1", "a.log.2.gz"]
    assert found[str(tmp_path / "a.log.1")] == (tmp_path / "a.log.1").stat().st_ino


@pytest.mark.parametrize(
    ("pairs", "expected"),
    [
        (
            [("l", 0), ("l.1", 9), ("l.10.gz", 9), ("l.2.gz", 9)],
            ["l.10.gz", "l.2.gz", "l.1", "l"],
        ),
        (
            [("l-20260103", 1), ("l-20260101.gz", 3), ("l", 0), ("l-20260102", 2)],
            ["l-20260101.gz", "l-20260102", "l-20260103", "l"],
        ),
        (
            [("l", 0), ("l.old", 2), ("l.1", 3), ("l-20260101", 1)],
            ["l-20260101", "l.old", "l.1", "l"],
        ),
        ([("l.20260102", 1), ("l.20260101", 2)], ["l.20260101", "l.20260102"]),
    ],
)
def test_the_oldest_comes_first(pairs: list[tuple[str, int]], expected: list[str]) -> None:
    assert oldest_first("l", pairs) == expected
