"""Examples of simulated worlds: who counts as shared when, and who says nothing clear."""

from functools import cache

from detectors.sharing.features import FEATURES
from monitor.assembly import open_enricher
from monitor.models.examples import Example, harvest
from monitor.settings import Settings


@cache
def world(strategies: str = "training") -> list[Example]:
    enrich = open_enricher(Settings()).enrich
    return harvest(3, enrich, accounts=60, days=21, strategies=strategies)  # type: ignore[arg-type]


def test_a_world_has_examples_of_both_kinds_each_week() -> None:
    examples = world()
    assert {e.week for e in examples} == {1, 2, 3}
    assert 3 < sum(e.shared for e in examples) < len(examples) / 2
    assert all(len(e.features) == len(FEATURES) for e in examples)
    assert all(bool(e.strategy) == e.shared for e in examples)


def test_an_account_is_one_group_and_once_a_week() -> None:
    examples = world()
    assert len({(e.group, e.week) for e in examples}) == len(examples)
    assert all(e.group.startswith(f"{e.tenant}/") for e in examples)


def test_nothing_that_is_held_back_is_trained_on() -> None:
    assert not any(e.held_back for e in world())
    assert any(e.held_back and e.shared for e in world("held_back"))


def test_loans_rooms_and_programs_say_nothing_clear() -> None:
    for example in (*world(), *world("held_back")):
        assert example.strategy not in {"loan", "authorised"}
        assert example.persona not in {"integration", "room", "service"}


def test_days_are_told_as_they_pass() -> None:
    told: list[int] = []
    enrich = open_enricher(Settings()).enrich
    harvest(4, enrich, accounts=10, days=8, strategies="training", told=told.append)
    assert told == sorted(told)
    assert told[-1] <= 8
