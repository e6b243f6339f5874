"""Every way of every misdeed keeps the laws: after its start, marked, the same again."""

import pytest

from detectors.core.event import DAY, MINUTE
from monitor.simulation.misdeeds import behaviours, rates
from tests.monitor.simulation.misdeeds.crimes import START, crimes

UNHURRIED = {"relay", "relay_one_workstation", "days_off", "patient", "after_hours", "dormant"}
WAYS = [(b, s.name) for b, strategies in behaviours().items() for s in strategies]


def test_there_are_at_least_two_ways_of_everything() -> None:
    assert {"credential_sharing", "account_takeover", "session_hijacking", "brute_force"} <= set(
        behaviours()
    )
    assert all(len(ways) >= 3 for ways in behaviours().values())


@pytest.mark.parametrize(("behaviour", "name"), WAYS)
def test_a_misdeed_is_marked_and_begins_when_it_may(behaviour: str, name: str) -> None:
    done = crimes(behaviour, name)
    assert done
    for person, acts, scene in done:
        assert {act.cause for act in acts} <= {part.id for part in scene.parts()}
        assert scene.id in {act.cause for act in acts}
        assert acts[0].time >= START - MINUTE
        assert person in {act.person for act in acts}


@pytest.mark.parametrize(("behaviour", "name"), WAYS)
def test_a_misdeed_can_be_committed_again(behaviour: str, name: str) -> None:
    again = [acts for _, acts, _ in crimes(behaviour, name, 2)]
    assert again == [acts for _, acts, _ in crimes(behaviour, name, 2)]


@pytest.mark.parametrize(("behaviour", "name"), WAYS)
def test_in_a_hurry_it_is_over_soon(behaviour: str, name: str) -> None:
    # What only makes sense over hours is never hurried.
    if name in UNHURRIED:
        return
    for _, acts, scene in crimes(behaviour, name, 3, hurry=True):
        told = sorted([*acts, *scene.staged], key=lambda act: act.time)
        assert told[0].time >= START - 40_000
        assert acts[0].time < START + 6 * MINUTE
        assert told[-1].time < START + DAY // 12
        assert not any(act.cause for act in scene.staged)


def test_about_a_third_is_held_back_for_reporting() -> None:
    for ways in behaviours().values():
        held_back = sum(way.held_back for way in ways)
        assert 0.2 <= held_back / len(ways) <= 0.45


def test_every_behaviour_says_how_common_it_is() -> None:
    assert set(rates()) == set(behaviours())
    assert all(rate > 0 for rate in rates().values())
