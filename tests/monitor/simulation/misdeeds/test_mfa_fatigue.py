"""Pestered owners: refused and unanswered requests, and at times a yes."""

import pytest

from monitor.simulation.acts import MFA_DENIED, MFA_TIMEOUT
from tests.monitor.simulation.misdeeds.crimes import crimes

BEHAVIOUR = "mfa_fatigue"


@pytest.mark.parametrize("name", ["burst", "at_night"])
def test_requests_are_refused_or_run_out(name: str) -> None:
    for person, acts, _ in crimes(BEHAVIOUR, name):
        asked = [act for act in acts if act.detail is not None]
        assert person.mfa == "push"
        assert len(asked) >= 8
        assert {act.detail for act in asked} <= {MFA_DENIED, MFA_TIMEOUT}
        assert all(act.mfa and act.method == "push" for act in asked)


def test_some_say_yes() -> None:
    ends = [
        any(act.detail is None for act in acts) for _, acts, _ in crimes(BEHAVIOUR, "burst", 12)
    ]
    assert any(ends)
    assert not all(ends)
