"""Each incident that came, changed or was withdrawn is answered, once for each commit."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, select
from sqlalchemy.exc import DataError

from alerts.ticket import Kind
from monitor.aside import AGAIN, STORE_TRIES
from monitor.protection.pseudonyms import draw
from monitor.responding import following as module
from monitor.responding.cursor import progress
from monitor.responding.duty import Surroundings
from monitor.responding.following import Following
from monitor.settings import Settings
from monitor.store import feed, restrictions, tables
from monitor.store.reading import StoredIncident
from monitor.store.writing import Writing
from tests.monitor.responding.incidents import NOW, made, put, withdraw


class Noting:
    """Notes which incidents it was asked about, and may fail."""

    def __init__(self) -> None:
        self.asked: list[tuple[int, bool]] = []
        self.fails: set[int] = set()
        self.error: Exception = ZeroDivisionError("of camille")

    def answer(self, connection: Connection, stored: StoredIncident, now: int) -> list[str]:
        number = int.from_bytes(stored.incident.id, "big")
        assert now >= NOW
        Writing(connection).set_note(f"answered.{number}", b"x")
        if number in self.fails:
            raise self.error
        self.asked.append((number, stored.withdrawn))
        return []

    def taken(self) -> list[tuple[int, bool]]:
        asked, self.asked = self.asked, []
        return asked


@pytest.fixture
def noting() -> Noting:
    return Noting()


def opened(database: Engine, noting: Noting, now: Callable[[], int] = lambda: NOW) -> Following:
    around = Surroundings(settings=Settings(data=Path()), database=database, now=now)
    return Following(around, noting)


@pytest.fixture
def following(database: Engine, noting: Noting) -> Iterator[Following]:
    made = opened(database, noting)
    yield made
    made.close()


def steps(following: Following) -> int:
    count = 0
    while following.step():
        count += 1
        assert count < 100
    return count


def test_what_was_there_before_anybody_followed_is_looked_at_once(
    database: Engine, following: Following, noting: Noting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "AT_ONCE", 2)
    put(database, *(made(number) for number in range(1, 6)))
    steps(following)
    assert noting.taken() == [(number, False) for number in range(1, 6)]
    assert steps(following) == 0
    with database.connect() as connection:
        assert progress(connection).waiting == 0


def test_what_changes_is_answered_as_it_is_now(
    database: Engine, following: Following, noting: Noting
) -> None:
    steps(following)
    first, second = made(1), made(2)
    put(database, first, second)
    steps(following)
    assert noting.taken() == [(1, False), (2, False)]
    put(database, first)
    put(database, first)
    withdraw(database, first)
    assert steps(following) == 1
    assert noting.taken() == [(1, True)]


def test_what_comes_while_everything_is_looked_at_comes_first(
    database: Engine, following: Following, noting: Noting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "AT_ONCE", 1)
    put(database, made(1), made(2))
    assert following.step()
    put(database, made(9))
    assert following.step()
    assert noting.taken() == [(1, False), (9, False)]
    steps(following)
    assert noting.taken() == [(2, False), (9, False)]


def test_what_is_answered_and_how_far_we_are_commit_together(
    database: Engine, following: Following, noting: Noting
) -> None:
    steps(following)
    put(database, made(1))
    noting.fails = {1}
    assert following.step()
    with database.connect() as connection:
        assert Writing(connection).note("answered.1") is None
        assert progress(connection).waiting == 1
    noting.fails = set()
    steps(following)
    assert noting.taken() == [(1, False)]


def test_one_that_cannot_be_answered_is_put_aside_and_holds_up_no_other(
    database: Engine, noting: Noting, caplog: pytest.LogCaptureFixture
) -> None:
    now = [NOW]
    following = opened(database, noting, lambda: now[0])
    steps(following)
    noting.fails = {2, 4}
    put(database, *(made(number) for number in range(1, 6)))
    steps(following)
    assert sorted({number for number, _ in noting.taken()}) == [1, 3, 5]
    with database.connect() as connection:
        assert progress(connection).waiting == 0
        tickets = connection.execute(select(tables.tickets.c.kind)).scalars().all()
        told = connection.execute(select(tables.ticket_comments)).all()
    assert tickets == [Kind.UNFINISHED.value], "people are called, once"
    assert made(2).id.hex() in str(told)
    assert following.complaint() is not None
    assert following._around.counts.told()["aside"] == 2
    assert "put aside over an error of ours: ZeroDivisionError" in caplog.text
    now[0] += AGAIN
    noting.fails = {4}
    steps(following)
    assert noting.taken() == [(2, False)], "it is tried again, by itself"
    put(database, made(3))
    steps(following)
    assert noting.taken() == [(3, False)]


def test_who_begins_tries_again_what_was_put_aside_before(
    database: Engine, noting: Noting, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may be a version that is mended."""
    monkeypatch.setattr(module, "MOST_ASIDE", 1)
    first = opened(database, noting)
    steps(first)
    noting.fails = {1, 2}
    put(database, made(1), made(2), made(3))
    steps(first)
    noting.taken()
    second = opened(database, noting)
    steps(second)
    assert {number for number, _ in noting.taken()} == {3}, "there were more than are kept"
    noting.fails = set()
    third = opened(database, noting)
    steps(third)
    assert {number for number, _ in noting.taken()} == {1, 2, 3}
    fourth = opened(database, noting)
    assert steps(fourth) == 0


def test_one_that_the_store_does_not_take_is_put_aside_too(
    database: Engine, following: Following, noting: Noting
) -> None:
    steps(following)
    noting.fails, noting.error = {1}, DataError("insert", None, Exception("no such text"))
    put(database, made(1), made(2))
    for _ in range(STORE_TRIES):
        with pytest.raises(DataError):
            following.step()
    steps(following)
    assert noting.taken()[-1] == (2, False)
    assert following.complaint() is not None


def test_nothing_is_decided_of_whom_nobody_knows_any_more(
    database: Engine, following: Following, noting: Noting
) -> None:
    put(database, made(1, draw()), made(2))
    steps(following)
    assert noting.taken() == [(2, False)]


def test_nothing_is_decided_about_restricted_data_until_it_is_released(
    database: Engine, following: Following, noting: Noting
) -> None:
    steps(following)
    held = made(1, "held")
    with database.begin() as connection:
        one = restrictions.restrict(connection, held.subject, NOW, "they asked", "operator:x")
    put(database, held, made(2))
    steps(following)
    assert noting.taken() == [(2, False)]
    assert steps(following) == 0
    with database.begin() as connection:
        restrictions.release(connection, one, NOW, "settled", "operator:x")
    steps(following)
    assert noting.taken() == [(1, False)]
    assert steps(following) == 0


def test_an_incident_that_is_gone_meanwhile_is_nothing_to_answer(
    database: Engine, following: Following, noting: Noting
) -> None:
    steps(following)
    with database.begin() as connection:
        feed.tell(connection, [(b"g" * 16, "acme")], False)
    assert steps(following) == 1
    assert noting.taken() == []


def test_of_two_who_follow_each_answers_what_the_other_did_not(
    database: Engine, following: Following, noting: Noting
) -> None:
    """Should two processes ever be at it at once, the cursor's row is what they take turns at."""
    steps(following)
    around = Surroundings(settings=Settings(), database=database, now=lambda: NOW)
    other = Following(around, noting)
    put(database, made(1))
    assert [following.step(), other.step()] == [True, False]
    assert noting.taken() == [(1, False)]
