"""Sessions are made of acts in order, and can be read off them again."""

from itertools import pairwise

import pytest
from msgspec import structs

from detectors.core.event import DAY, HOUR, MINUTE
from monitor.simulation.acts import (
    BAD_PASSWORD,
    LOGOFF,
    LOGON,
    OTHER,
    RENEWAL,
    idle,
    session_uid,
    sit,
    sittings,
    slip,
    stretches,
)
from monitor.simulation.agents import Machine
from monitor.simulation.chance import dice
from monitor.simulation.population import build
from monitor.simulation.style import BY_CLOCK, BY_EITHER, BY_USE, REFRESHES, RICH, Style

START = 1_795_000_000_000
WORLD = build(1, 200, 20_775)
PEOPLE = WORLD.people
PERSON = PEOPLE[0]
RICH_PERSON = next(p for p in PEOPLE if p.tenant.style.activities == RICH)
MACHINE = Machine("Chrome", "Windows")


def test_a_session_begins_with_a_logon_and_ends_with_a_logoff() -> None:
    acts = sit(
        dice("a"), PERSON, "s", START, START + 4 * HOUR, MACHINE, [(START, "1.1.1.1")], closes=1.0
    )
    times = [act.time for act in acts]
    assert times == sorted(times)
    assert acts[0].activity == LOGON
    assert acts[-1].activity == LOGOFF
    assert acts[-1].time == START + 4 * HOUR
    assert {act.session for act in acts} == {"s"}
    assert len(acts) > 8


def test_addresses_change_when_they_are_said_to() -> None:
    turn = START + HOUR
    acts = sit(
        dice("b"),
        PERSON,
        "s",
        START,
        START + 2 * HOUR,
        MACHINE,
        [(START, "1.1.1.1"), (turn, "2.2.2.2")],
        pace=3.0,
    )
    assert all(act.ip == ("1.1.1.1" if act.time < turn else "2.2.2.2") for act in acts)
    assert {act.ip for act in acts} == {"1.1.1.1", "2.2.2.2"}


def test_slips_come_before_and_are_failures() -> None:
    acts = slip(dice("c"), PERSON, START, "1.1.1.1", "agent", 3)
    assert [act.detail for act in acts] == [BAD_PASSWORD] * 3
    assert START - 2 * MINUTE < acts[0].time < acts[-1].time < START
    assert slip(dice("c"), PERSON, START, "1.1.1.1", "agent", 0) == []


def test_sittings_are_read_off_acts() -> None:
    first = sit(
        dice("d"), PERSON, "s1", START, START + HOUR, MACHINE, [(START, "1.1.1.1")], closes=1.0
    )
    later = START + 2 * HOUR
    second = sit(
        dice("e"), PERSON, "s2", later, later + HOUR, MACHINE, [(later, "2.2.2.2")], closes=0.0
    )
    one, other = sittings(second + first)
    assert (one.session, one.start, one.end, one.closed) == ("s1", START, START + HOUR, True)
    assert (other.session, other.start, other.ip, other.closed) == ("s2", later, "2.2.2.2", False)


def test_session_ids_are_their_words() -> None:
    assert session_uid(WORLD, "a", 1) == session_uid(WORLD, "a", 1)
    assert session_uid(WORLD, "a", 1) != session_uid(WORLD, "a", 2)


def test_a_session_that_goes_on_has_no_logon() -> None:
    acts = sit(
        dice("f"), PERSON, "s", START, START + HOUR, MACHINE, [(START, "1.1.1.1")], resumes=True
    )
    assert {act.activity for act in acts}.isdisjoint({LOGON})


def test_in_a_pause_nothing_is_done() -> None:
    pause = (START + HOUR, START + 2 * HOUR)
    acts = sit(
        dice("g"),
        RICH_PERSON,
        "s",
        START,
        START + 3 * HOUR,
        MACHINE,
        [(START, "1.1.1.1")],
        pace=2.0,
        closes=0.0,
        pauses=[pause],
    )
    assert len(acts) > 20
    assert not any(pause[0] <= act.time < pause[1] for act in acts)


def test_a_program_may_be_updated_in_the_midst_of_a_session() -> None:
    acts = sit(
        dice("h"), PERSON, "s", START, START + 40 * DAY, MACHINE, [(START, "1.1.1.1")], pace=600.0
    )
    assert len({act.agent for act in acts}) > 1


def test_a_window_left_open_refreshes_like_clockwork() -> None:
    acts = idle(
        dice("i"), PERSON, "s", START, START + 5 * HOUR, MACHINE, [(START, "1.1.1.1")], 10.0
    )
    gaps = [b.time - a.time for a, b in pairwise(acts)]
    assert len(acts) > 25
    assert max(gaps) - min(gaps) < MINUTE


def test_refreshing_tenants_log_refreshes_alone() -> None:
    person = next(p for p in PEOPLE if p.tenant.style.activities == REFRESHES)
    acts = sit(
        dice("j"), person, "s", START, START + 8 * HOUR, MACHINE, [(START, "1.1.1.1")], closes=0.0
    )
    assert {act.activity for act in acts[1:]} == {RENEWAL}


def renewals(renews: str, activities: str = REFRESHES, pause: int = 0, pace: float = 4.0) -> list:
    told = Style(activities, 20.0, True, True, False, renews)
    person = structs.replace(PERSON, tenant=structs.replace(PERSON.tenant, style=told))
    pauses = [(START + HOUR, START + HOUR + pause)]
    where = [(START, "1.1.1.1")]
    end = START + 4 * HOUR
    return sit(
        dice("k"), person, "s", START, end, MACHINE, where, closes=0.0, pace=pace, pauses=pauses
    )


@pytest.mark.parametrize("renews", [BY_USE, BY_EITHER])
def test_renewals_by_use_follow_the_work(renews: str) -> None:
    acts = renewals(renews, pause=2 * HOUR)
    assert {act.activity for act in acts[1:]} == {RENEWAL, OTHER}
    renewed = [act.time for act in acts if act.activity != OTHER]
    gaps = [(b - a) / MINUTE for a, b in pairwise(renewed)]
    assert max(gaps) > 100
    assert min(gaps) > 18
    assert renewals(renews, RICH, pause=2 * HOUR)[-1].time == acts[-1].time


def test_a_token_that_ran_out_is_renewed_when_it_is_next_needed() -> None:
    renewed = [a.time for a in renewals(BY_USE, pace=15.0) if a.activity != OTHER]
    by_use = [b - a for a, b in pairwise(renewed)]
    assert min(by_use) >= 20 * MINUTE
    assert max(by_use) - min(by_use) > 5 * MINUTE


def test_renewals_by_the_clock_go_on_in_a_pause() -> None:
    for activities in (REFRESHES, RICH):
        acts = [a for a in renewals(BY_CLOCK, activities, 2 * HOUR) if a.activity != OTHER]
        gaps = [(b.time - a.time) / MINUTE for a, b in pairwise(acts)]
        assert max(gaps) - min(gaps) < 2


def test_a_window_that_renews_by_use_is_silent_when_left() -> None:
    told = Style(REFRESHES, 20.0, True, True, False, BY_USE)
    person = structs.replace(PERSON, tenant=structs.replace(PERSON.tenant, style=told))
    where = [(START, "1.1.1.1")]
    assert idle(dice("l"), person, "s", START, START + 5 * HOUR, MACHINE, where, 10.0) == []


def test_work_is_cut_by_breaks() -> None:
    end = START + 8 * HOUR
    cut = [stretches(dice("m", n), START, end, 3.0) for n in range(200)]
    assert 3.0 < sum(map(len, cut)) / 200 < 4.5
    for parts in cut:
        assert (parts[0][0], parts[-1][1]) == (START, end)
        assert all(since < until for since, until in parts)
        assert all(2 * MINUTE < b[0] - a[1] < 80 * MINUTE for a, b in pairwise(parts))
    assert stretches(dice("n"), START, end, 0.0) == [(START, end)]
