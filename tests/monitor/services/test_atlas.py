"""The map of a day counts each quarter of an hour once, and what came to it late."""

import pytest
from msgspec import structs
from sqlalchemy import Engine, delete

from alerts.incident import Category
from detectors.core.event import DAY, HOUR, MINUTE
from detectors.core.finding import Severity
from detectors.core.identity import timed_id
from monitor.services import atlas as module
from monitor.services.actor import Role
from monitor.services.atlas import QUARTER, QUARTERS, Atlases, countries, merged, window_of
from monitor.store import day, restrictions, tables
from monitor.store.day import ANYWHERE, Cell, Span
from tests.monitor.services.people import person
from tests.monitor.web.staging import NOON, TENANT, Stage, account, assessed, sign_in, travel

ANALYST = person(Role.ANALYST)
VIEWER = person(Role.VIEWER)
NOW = NOON + 3 * MINUTE


class Clocks:
    """The time of day in ms, and seconds that pass with each look at them."""

    def __init__(self, step: float = 0.0) -> None:
        self.now = NOW
        self.seconds = 0.0
        self.step = step

    def day(self) -> int:
        return self.now

    def steady(self) -> float:
        self.seconds += self.step
        return self.seconds


@pytest.fixture
def stage(database: Engine) -> Stage:
    made = Stage(engine=database)
    made.put_source(last_event=NOW)
    return made


def atlases(stage: Stage, clocks: Clocks | None = None) -> Atlases:
    clocks = clocks or Clocks()
    return Atlases(stage.engine, clocks.day, clocks.steady)


def test_a_day_ends_now_or_with_the_last_event() -> None:
    today = window_of(NOW - HOUR, NOW)
    assert (today.until - today.since, today.is_past) == (DAY, False)
    assert today.until - QUARTER <= NOW < today.until
    past = window_of(NOW - 40 * DAY, NOW)
    assert past.is_past
    assert past.until - QUARTER <= NOW - 40 * DAY < past.until
    assert not window_of(None, NOW).is_past


def test_places_are_shown_with_what_came_from_them(stage: Stage) -> None:
    stage.put_events(
        [
            sign_in("a", NOON),
            sign_in("b", NOON - 5 * HOUR),
            sign_in("c", NOON - 5 * HOUR, "hosted"),
            sign_in("d", NOON - 25 * HOUR, "abroad"),
            structs.replace(sign_in("e", NOON), place=None),
        ]
    )
    found = atlases(stage).last_day(ANALYST)
    assert (found.share, found.count, found.elsewhere, found.part) == (1.0, 4, 1, 1)
    assert [(one.city, one.count, one.is_place) for one in found.spots] == [
        ("Paris", 2, True),
        ("Frankfurt am Main", 1, False),
    ]
    assert [row.country for row in found.countries] == ["FR", "DE", ""]


def test_who_sees_one_tenant_is_shown_its_sign_ins_alone(stage: Stage) -> None:
    stage.put_events([sign_in("a", NOON), sign_in("b", NOON, "abroad", tenant="zenith")])
    contact = person(Role.TENANT_CONTACT, tenant="zenith")
    assert [one.country for one in atlases(stage).last_day(contact).spots] == ["MA"]


def test_who_may_not_look_at_people_is_told_where_to_a_degree(stage: Stage) -> None:
    stage.put_events([sign_in("a", NOON)])
    [spot] = atlases(stage).last_day(VIEWER).spots
    assert (spot.latitude, spot.longitude, spot.city) == (49.0, 2.0, "")


def test_a_day_is_counted_a_little_with_each_question(stage: Stage) -> None:
    """Ten million events are not counted while somebody waits."""
    stage.put_events([sign_in("a", NOON), sign_in("a", NOON - 20 * HOUR)])
    asked = atlases(stage, Clocks(step=0.02))
    first = asked.last_day(ANALYST)
    assert 0 < first.share < 1
    assert first.count == 1
    shares = [first.share]
    while shares[-1] < 1:
        shares.append(asked.last_day(ANALYST).share)
        assert len(shares) < QUARTERS
    assert shares == sorted(shares)
    assert asked.last_day(ANALYST).count == 2


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The quarters that were counted, by when they begin."""
    seen: list[int] = []
    real = day.counted

    def counting(connection: object, since: int, *more: object) -> Span:
        seen.append(since)
        return real(connection, since, *more)  # type: ignore[arg-type]

    monkeypatch.setattr(day, "counted", counting)
    return seen


def test_only_what_changed_is_counted_again(stage: Stage, counted: list[int]) -> None:
    clocks = Clocks()
    asked = atlases(stage, clocks)
    asked.last_day(ANALYST)
    assert len(counted) == QUARTERS
    counted.clear()
    stage.put_events([sign_in("a", NOON), sign_in("late", NOON - 9 * HOUR)])
    clocks.now += 30_000
    assert asked.last_day(ANALYST).count == 1
    assert len(counted) == 1
    # What came late to an hour long past is met when those are looked at again.
    clocks.seconds += module._LOOKED_S
    clocks.now += 30_000
    assert asked.last_day(ANALYST).count == 2
    assert len(counted) == 2


def test_an_account_that_is_put_away_is_gone_from_what_was_counted(stage: Stage) -> None:
    clocks = Clocks()
    stage.put_events([sign_in("a", NOON), sign_in("b", NOON)])
    asked = atlases(stage, clocks)
    assert asked.last_day(ANALYST).count == 2
    with stage.engine.begin() as connection:
        restrictions.restrict(connection, account("a"), NOW, "asked", "operator:x")
    clocks.now += 30_000
    assert asked.last_day(ANALYST).count == 1


def test_pairs_that_nobody_can_have_travelled_are_arcs_to_their_incidents(stage: Stage) -> None:
    here, there = sign_in("u", NOON, "abroad"), sign_in("u", NOON - 22 * MINUTE, "desk")
    gone = sign_in("v", NOON, "abroad")
    stage.put_events([here, there, gone])
    found = [travel(account("u"), here, there, crossings=1)]
    # Of this one an event is not kept any more.
    lost = structs.replace(gone, id=timed_id(NOON - HOUR, "lost"))
    more = [travel(account("v"), gone, lost, crossings=1)]
    share = (0.1, 0.1, 0.7, 0.1)
    for subject, some in ((account("u"), found), (account("v"), more)):
        made = assessed(subject, Category.CREDENTIAL_SHARING, Severity.HIGH, share, some)
        stage.put_incident(made, some)
    [pair] = atlases(stage).last_day(ANALYST).pairs
    assert (pair.names, pair.milliseconds) == (("Paris", "Casablanca"), 22 * MINUTE)
    assert 1_800 < pair.km < 2_000
    assert pair.incident is not None
    [veiled] = atlases(stage).last_day(VIEWER).pairs
    assert (veiled.names, veiled.start) == (("", ""), (2.0, 49.0))
    assert atlases(stage).last_day(person(Role.TENANT_CONTACT, tenant="zenith")).pairs == []
    with stage.engine.begin() as connection:
        connection.execute(delete(tables.findings))
    assert atlases(stage).last_day(ANALYST).pairs == []


def test_what_was_looked_at_in_part_counts_as_many_times() -> None:
    here = Cell("FR", "Paris", 48.9, 2.4)
    spans = [Span(9, 1, {None: {here: [2, 1]}}), Span(99, 4, {None: {here: [3, 0]}, TENANT: {}})]
    assert merged(spans, None) == {here: [14, 1]}
    assert merged(spans, TENANT) == {}
    assert [row.country for row in countries({ANYWHERE: [9, 0], here: [1, 0]})] == ["FR", ""]
