"""The demonstration: a full month behind, and something to see every minute ahead."""

import json
from collections import Counter
from itertools import islice, pairwise

import pytest

from detectors.core.event import DAY, HOUR, MINUTE
from monitor.simulation.demonstration import DAYS, RECENT, RECENTLY, Demonstration
from monitor.simulation.labels import EventLabel
from monitor.simulation.misdeeds import behaviours

MONDAY_MORNING = 20_780 * DAY + 9 * HOUR
SUNDAY_NIGHT = 20_779 * DAY + 2 * HOUR


@pytest.fixture(scope="module")
def demonstration() -> Demonstration:
    return Demonstration(MONDAY_MORNING)


def test_the_history_ends_now(demonstration: Demonstration) -> None:
    times = [label.time for _, label in demonstration.history()]
    assert DAYS >= 30
    assert 90_000 <= len(times) <= 220_000
    assert times == sorted(times)
    assert times[0] >= MONDAY_MORNING - DAYS * DAY
    assert MONDAY_MORNING - 5 * MINUTE < times[-1] < MONDAY_MORNING


def test_the_history_has_enough_of_every_kind(demonstration: Demonstration) -> None:
    main = [i for i in demonstration.simulation.incidents if i.part_of is None]
    done = Counter((i.behaviour, i.strategy) for i in main)
    kinds = Counter(i.behaviour for i in main)
    sharing = {way: n for (kind, way), n in done.items() if kind == "credential_sharing"}
    assert 6 <= sharing["two_cities"] + sharing["taking_turns"] + sharing["resold_seat"] <= 10
    assert 6 <= sharing["same_office"] + sharing["relay"] <= 10
    for kind in ("account_takeover", "session_hijacking", "brute_force"):
        assert kinds[kind] >= 8
    assert min(kinds.values()) >= 2, "several of each kind"
    assert set(kinds) == set(behaviours()), "and of every kind there is"


def test_its_last_days_have_something_to_decide(demonstration: Demonstration) -> None:
    since = MONDAY_MORNING - RECENTLY[0]
    main = [i for i in demonstration.simulation.incidents if i.part_of is None]
    # Of two of one kind, one may have begun before.
    recent = {f"{i.behaviour}/{i.strategy}" for i in main if i.start >= since}
    assert set(RECENT) <= recent


@pytest.mark.parametrize("now", [MONDAY_MORNING, SUNDAY_NIGHT])
def test_live_lines_come_by_day_and_by_night(now: int) -> None:
    demonstration = Demonstration(now)
    lines = list(islice(demonstration.live(), 4_000))
    assert all(a.time <= b.time for a, b in pairwise(lines))
    assert lines[0].time >= now
    minutes = (lines[-1].time - now) / MINUTE
    assert 4_000 / minutes > 60
    assert all(json.loads(due.line)["time"] == due.time for due in lines)
    begun = [i for i in demonstration.live_incidents if i.start < lines[-1].time]
    assert minutes / 2 < len(begun) <= minutes + 1
    assert len({i.behaviour for i in begun}) >= 4


def test_live_events_are_labelled_and_new() -> None:
    demonstration = Demonstration(MONDAY_MORNING)
    old = {label.uid for _, label in islice(demonstration.history(), 5_000)}
    lines = list(islice(demonstration.live(), 3_000))
    assert len({due.label.uid for due in lines} | old) == 8_000
    bad: list[EventLabel] = [due.label for due in lines if due.label.incident]
    known = {label.id: label.behaviour for label in demonstration.live_incidents}
    assert bad
    assert all(known[str(label.incident)] == label.behaviour for label in bad)


def test_the_same_now_gives_the_same_demonstration() -> None:
    one, other = Demonstration(MONDAY_MORNING), Demonstration(MONDAY_MORNING)
    assert list(islice(one.live(), 500)) == list(islice(other.live(), 500))
    assert one.simulation.incidents == other.simulation.incidents
