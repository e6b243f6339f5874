"""Sign-ins of simulated worlds: whose they are, and that each device in a network comes once."""

from functools import cache

from detectors.takeover.features import FEATURES
from monitor.assembly import open_enricher
from monitor.models.sign_ins import SignIns, harvest
from monitor.settings import Settings


@cache
def world(strategies: str = "training") -> SignIns:
    enrich = open_enricher(Settings()).enrich
    return harvest(3, enrich, accounts=90, days=21, strategies=strategies)  # type: ignore[arg-type]


def test_a_world_has_sign_ins_of_both_kinds() -> None:
    found = world()
    stolen = [e for e in found.examples if e.stolen]
    assert 5 < len(stolen) < len(found.examples)
    assert all(len(e.features) == len(FEATURES) for e in found.examples)
    assert all(bool(e.misdeed) == bool(e.strategy) == e.stolen for e in found.examples)
    assert found.honest > 10 * sum(not e.stolen for e in found.examples)


def test_a_stranger_comes_first_once() -> None:
    found = world()
    first = [e.misdeed for e in found.examples if e.is_first]
    assert len(set(first)) == len(first) > 0
    assert set(first) <= {e.misdeed for e in found.examples if e.stolen}


def test_what_sign_in_risk_says_is_noted() -> None:
    stolen = [e.spoken for e in world().examples if e.stolen]
    honest = [e.spoken for e in world().examples if not e.stolen]
    assert sum(stolen) / len(stolen) > sum(honest) / len(honest) + 1


def test_nothing_that_is_held_back_is_trained_on() -> None:
    assert not any(e.held_back for e in world().examples)
    assert any(e.held_back and e.stolen for e in world("held_back").examples)


def test_days_are_told_as_they_pass() -> None:
    told: list[int] = []
    enrich = open_enricher(Settings()).enrich
    harvest(4, enrich, accounts=10, days=8, strategies="training", told=told.append)
    assert told == sorted(told)
    assert told[-1] <= 8
