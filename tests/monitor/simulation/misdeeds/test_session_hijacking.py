"""Stolen sessions: the owner's session id, from elsewhere."""

import pytest

from monitor.simulation.acts import LOGON, Act, sittings
from monitor.simulation.calendar import day_of
from monitor.simulation.lives import live
from monitor.simulation.misdeeds import behaviours
from monitor.simulation.world import Person
from tests.monitor.simulation.lives.people import where
from tests.monitor.simulation.misdeeds.crimes import WORLD, crimes

BEHAVIOUR = "session_hijacking"


def own(person: Person, acts: list[Act]) -> list[Act]:
    days = range(day_of(acts[0].time) - 2, day_of(acts[-1].time) + 2)
    return [act for day in days for act in live(WORLD, person, day)]


@pytest.mark.parametrize("name", [w.name for w in behaviours()[BEHAVIOUR]])
def test_the_session_is_the_owners_and_the_address_is_not(name: str) -> None:
    for person, acts, _ in crimes(BEHAVIOUR, name):
        (session,) = {act.session for act in acts}
        (owners,) = [s for s in sittings(own(person, acts)) if s.session == session]
        assert owners.start < acts[0].time
        assert acts[0].ip != owners.ip
        assert all(act.activity != LOGON and act.detail is None for act in acts)


def test_a_copied_agent_is_the_owners() -> None:
    for person, acts, _ in crimes(BEHAVIOUR, "copied_agent"):
        assert {act.agent for act in acts} <= {act.agent for act in own(person, acts)}


def test_other_machines_and_scripts_are_not() -> None:
    for name in ("other_machine", "scripted"):
        for person, acts, _ in crimes(BEHAVIOUR, name):
            same = [a for a in own(person, acts) if a.session == acts[0].session]
            assert {act.agent for act in acts}.isdisjoint({act.agent for act in same})


def test_after_hours_comes_after_a_session_that_was_left_open() -> None:
    for person, acts, _ in crimes(BEHAVIOUR, "after_hours"):
        if person.tenant.stays:
            continue
        same = [s for s in sittings(own(person, acts)) if s.session == acts[0].session]
        assert all(not s.closed and s.end < acts[0].time for s in same)


def test_an_interleaved_one_is_the_owners_agent_from_his_country_while_he_works() -> None:
    for person, acts, _ in crimes(BEHAVIOUR, "interleaved"):
        same = [a for a in own(person, acts) if a.session == acts[0].session]
        assert {act.agent for act in acts} <= {act.agent for act in same}
        assert where(acts[0].ip)[0].country == person.site.network.country
        assert any(act.time > acts[0].time for act in same)


def test_it_happens_only_where_it_can_be_seen() -> None:
    for way in behaviours()[BEHAVIOUR]:
        for person, _, _ in crimes(BEHAVIOUR, way.name, 3):
            assert person.tenant.style.tells_activity
