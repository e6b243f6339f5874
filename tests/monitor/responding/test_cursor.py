"""How far the changes are followed is kept; who cannot know what was missed looks at everything."""

import pytest
from sqlalchemy import Engine

from monitor.responding import cursor as module
from monitor.responding.cursor import NOTE, Cursor, hold, keep, noted, progress
from monitor.store import feed
from monitor.store.writing import Writing


def tell(database: Engine, count: int) -> None:
    with database.begin() as connection:
        feed.tell(connection, [(b"i" * 16, "t")] * count, False)


def kept(database: Engine, cursor: Cursor) -> Cursor:
    with database.begin() as connection:
        keep(connection, cursor)
    with database.begin() as connection:
        return hold(connection)


def test_who_never_followed_looks_at_everything(database: Engine) -> None:
    tell(database, 3)
    with database.begin() as connection:
        assert hold(connection) == Cursor(after=feed.newest(connection), swept=b"")


def test_it_is_found_as_it_was_kept(database: Engine) -> None:
    tell(database, 3)
    given = Cursor(after=2, swept=None, held=(7,))
    assert kept(database, given) == given
    with database.connect() as connection:
        assert noted(connection).held == (7,)
        assert progress(connection).cursor == 2
        assert progress(connection).waiting == 1


def test_who_is_further_behind_than_what_is_kept_looks_at_everything(
    database: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell(database, 6)
    monkeypatch.setattr(feed, "KEPT", 2)
    with database.begin() as connection:
        feed.forget(connection, 100)
    assert kept(database, Cursor(after=4, swept=None)) == Cursor(after=4, swept=None)
    assert kept(database, Cursor(after=3, swept=None)) == Cursor(after=6, swept=b"")


def test_who_is_ahead_of_a_copy_that_was_put_back_looks_at_everything(database: Engine) -> None:
    tell(database, 2)
    assert kept(database, Cursor(after=9, swept=None)) == Cursor(after=2, swept=b"")


def test_what_another_version_noted_is_no_place_to_go_on_from(database: Engine) -> None:
    tell(database, 2)
    with database.begin() as connection:
        Writing(connection).set_note(NOTE, b"\xc1")
    with database.begin() as connection:
        assert progress(connection).cursor == 0
        assert noted(connection).held == ()
        assert hold(connection).swept == b""


def test_looking_at_everything_counts_as_something_that_waits(database: Engine) -> None:
    kept(database, Cursor(after=0, swept=b"x"))
    with database.connect() as connection:
        assert progress(connection).waiting == 1
    assert module._decoded(b"") is None
