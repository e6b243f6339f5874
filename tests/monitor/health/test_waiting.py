"""Engines that wait are seen while they do."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine as Database

from monitor.health.pulse import Who
from monitor.health.waiting import ALIVE, PREFIX, Waiting, alive, forget, tell
from monitor.store.connection import connect
from monitor.store.watching import Watching

NOW = 1_800_000_000_000
ONE = Who("a", 1, "0.1.0", NOW)
OTHER = Who("b", 1, "0.1.0", NOW)


def seen(database: Database, now: int) -> list[Waiting]:
    return alive(Watching(database).notes(PREFIX), now)


def test_each_is_seen_while_it_tells(database: Database) -> None:
    tell(database, ONE, NOW)
    tell(database, OTHER, NOW)
    tell(database, ONE, NOW + 5)
    assert seen(database, NOW + 5) == [Waiting(NOW + 5, ONE), Waiting(NOW, OTHER)]
    forget(database, ONE)
    assert seen(database, NOW + 5) == [Waiting(NOW, OTHER)]


def test_one_that_tells_no_more_has_gone(database: Database) -> None:
    tell(database, ONE, NOW)
    assert seen(database, NOW + ALIVE - 1)
    assert not seen(database, NOW + ALIVE)
    assert not seen(database, NOW - ALIVE)


def test_where_it_cannot_be_noted_nothing_happens(tmp_path: Path) -> None:
    database = connect(f"sqlite:///{tmp_path / 'vigie.db'}")
    tell(database, ONE, NOW)
    forget(database, ONE)
    database.dispose()


@given(st.lists(st.binary(max_size=30), max_size=5))
def test_what_cannot_be_read_is_nobody(notes: list[bytes]) -> None:
    assert alive(notes, NOW) == []
