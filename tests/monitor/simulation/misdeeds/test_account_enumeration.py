"""Names asked for: nearly all of them nobody's."""

import pytest

from detectors.core.event import HOUR
from monitor.simulation.acts import UNKNOWN_USER
from tests.monitor.simulation.lives.people import where
from tests.monitor.simulation.misdeeds.crimes import crimes

BEHAVIOUR = "account_enumeration"


@pytest.mark.parametrize(("name", "hours"), [("dictionary", 0.2), ("patient", 21)])
def test_many_names_from_one_address(name: str, hours: float) -> None:
    for _, acts, _ in crimes(BEHAVIOUR, name):
        assert len(acts) >= 60
        assert sum(act.detail == UNKNOWN_USER for act in acts) == len(acts) - 1
        assert len({act.ip for act in acts}) == 1
        assert acts[-1].time - acts[0].time < hours * HOUR


def test_several_addresses_are_a_vpn_providers() -> None:
    for _, acts, _ in crimes(BEHAVIOUR, "many_addresses"):
        assert len({act.ip for act in acts}) >= 5
        assert {where(act.ip)[0].kind for act in acts} == {"vpn"}
