"""Floods: more sign-ins in a minute than people make in a day."""

from itertools import pairwise

import pytest

from detectors.core.event import MINUTE
from tests.monitor.simulation.misdeeds.crimes import crimes

BEHAVIOUR = "login_flood"


@pytest.mark.parametrize("name", ["one_address", "many_addresses", "in_waves"])
def test_a_flood_is_thousands_within_minutes(name: str) -> None:
    for _, acts, _ in crimes(BEHAVIOUR, name, 3):
        assert len(acts) >= 1_200
        first = [act for act in acts if act.time < acts[0].time + 5 * MINUTE]
        assert len(first) > 100
        assert all(act.detail is not None for act in acts)


def test_addresses_are_one_or_many() -> None:
    assert all(len({a.ip for a in acts}) == 1 for _, acts, _ in crimes(BEHAVIOUR, "one_address", 3))
    for _, acts, _ in crimes(BEHAVIOUR, "many_addresses", 3):
        assert len({act.ip for act in acts}) >= 40


def test_waves_have_lulls_between_them() -> None:
    for _, acts, _ in crimes(BEHAVIOUR, "in_waves", 3):
        assert max(b.time - a.time for a, b in pairwise(acts)) > MINUTE
