"""A day's sign-ins are counted by place, all of them or a part that is known to be one."""

import pytest
from msgspec import structs
from sqlalchemy import Engine

from detectors.core.event import MINUTE, Activity, FailureReason, SignIn
from detectors.core.place import NetworkKind
from monitor.store import day, restrictions
from monitor.store.day import ANYWHERE, Cell
from tests.monitor.web.staging import NOON, TENANT, Stage, account, sign_in

UNTIL = NOON + 60 * MINUTE
PARIS = Cell("FR", "Paris", 48.9, 2.4, NetworkKind.FIXED)


def counted(database: Engine, hidden: frozenset[int] = frozenset()) -> day.Span:
    with database.begin() as connection:
        assert day.stored(connection, []) == []
        before, events = day.stored(connection, [(0, NOON), (NOON, UNTIL)])
        assert before == 0
        return day.counted(connection, NOON, UNTIL, events, hidden)


def put(database: Engine, *events: SignIn) -> None:
    Stage(engine=database).put_events(list(events))


def test_attempts_are_counted_by_place_and_tenant(database: Engine) -> None:
    wrong = FailureReason.BAD_PASSWORD
    put(
        database,
        sign_in("a", NOON),
        sign_in("b", NOON + 1, reason=wrong),
        sign_in("c", NOON + 2, tenant="zenith"),
        sign_in("a", NOON + 3, activity=Activity.REFRESH),
        structs.replace(sign_in("d", NOON + 4), place=None),
        sign_in("e", UNTIL),
    )
    span = counted(database)
    assert (span.events, span.part) == (5, 1)
    assert span.counts[None] == {PARIS: [3, 1], ANYWHERE: [1, 0]}
    assert span.counts["zenith"] == {PARIS: [1, 0]}
    assert span.counts[TENANT][PARIS] == [2, 1]


def test_an_account_that_is_put_away_is_not_among_them(database: Engine) -> None:
    put(database, sign_in("a", NOON), sign_in("b", NOON + 1))
    with database.begin() as connection:
        restrictions.restrict(connection, account("a"), NOON, "asked", "operator:x")
        hidden = frozenset(restrictions.hidden(connection))
    assert counted(database, hidden).counts[None] == {PARIS: [1, 0]}


def test_of_very_many_the_same_part_is_looked_at_each_time(
    database: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(day, "MOST", 50)
    put(database, *(sign_in(f"u-{n}", NOON + n) for n in range(400)))
    span = counted(database)
    assert span.part == 8
    assert span == counted(database)
    [(looked, _)] = span.counts[None].values()
    # Of 400, one in eight by chance: 50, and hardly ever less than 20 or more than 90.
    assert 20 < looked < 90


def test_of_very_many_places_some_are_somewhere(
    database: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(day, "CELLS", 1)
    put(database, sign_in("a", NOON), sign_in("b", NOON + 1, "abroad"), sign_in("a", NOON + 2))
    assert counted(database).counts[None] == {PARIS: [2, 0], ANYWHERE: [1, 0]}
