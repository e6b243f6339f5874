"""Sprayed passwords: everybody of a tenant, once or twice."""

from collections import Counter

import pytest

from detectors.core.event import DAY, HOUR, SECOND
from monitor.simulation.acts import LOGON
from tests.monitor.simulation.lives.people import where
from tests.monitor.simulation.misdeeds.crimes import WORLD, crimes

BEHAVIOUR = "password_spraying"


@pytest.mark.parametrize("name", ["one_address", "one_a_minute", "very_slow", "many_addresses"])
def test_most_people_of_a_tenant_are_tried_once_or_twice(name: str) -> None:
    for person, acts, scene in crimes(BEHAVIOUR, name):
        failed = [act for act in acts if act.detail is not None and act.cause == scene.id]
        tried = Counter(act.person.uid for act in failed if act.person is not None)
        everybody = {
            p.uid for p in WORLD.people if p.tenant.uid == person.tenant.uid and p.kind == "person"
        }
        assert set(tried) <= everybody
        assert len(tried) > len(everybody) * 0.35
        assert set(tried.values()) <= {1, 2}


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [("one_address", 0.5, 8), ("one_a_minute", 40, 90), ("very_slow", 240, 1_500)],
)
def test_the_pace_is_as_it_is_called(name: str, low: float, high: float) -> None:
    for _, acts, scene in crimes(BEHAVIOUR, name):
        failed = [act for act in acts if act.cause == scene.id]
        mean = (failed[-1].time - failed[0].time) / (len(failed) - 1) / SECOND
        assert low < mean < high * 1.2


def test_a_very_slow_one_takes_most_of_a_day_or_more() -> None:
    longest = [acts[-1].time - acts[0].time for _, acts, _ in crimes(BEHAVIOUR, "very_slow")]
    assert min(longest) > HOUR
    assert max(longest) > DAY / 4


def test_many_addresses_take_turns() -> None:
    for _, acts, scene in crimes(BEHAVIOUR, "many_addresses"):
        addresses = [act.ip for act in acts if act.cause == scene.id]
        assert len(set(addresses)) >= 8


def test_residential_ones_are_in_the_country() -> None:
    for person, acts, _ in crimes(BEHAVIOUR, "residential"):
        country = where(person.site.addresses[0])[0].country
        seen = {where(act.ip)[0].country for act in acts}
        assert len(seen) == 1
        assert country in seen or where(person.site.addresses[0])[0].kind == "gateway"


def test_a_hit_is_a_takeover_of_its_own() -> None:
    hits = []
    for _, acts, scene in crimes(BEHAVIOUR, "one_address", 20):
        for part in scene.parts()[1:]:
            assert part.behaviour == "account_takeover"
            inside = [act for act in acts if act.cause == part.id]
            assert inside[0].activity == LOGON
            assert all(act.detail is None for act in inside)
            assert inside[0].person is not None
            assert inside[0].person.mfa is None
            assert scene.concerned == {inside[0].person.number}
            hits.append(part)
    assert hits
