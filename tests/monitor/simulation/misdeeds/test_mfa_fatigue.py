"""Pestered owners: refused and unanswered requests, and at times a yes."""

import pytest

from detectors.core.event import MINUTE
from monitor.simulation.acts import LOGON, MFA_DENIED, MFA_TIMEOUT
from monitor.simulation.calendar import offset
from tests.monitor.simulation.misdeeds.crimes import crimes

BEHAVIOUR = "mfa_fatigue"


@pytest.mark.parametrize("name", ["burst", "at_night", "accepted", "accepted_at_night", "patient"])
def test_requests_are_refused_or_run_out(name: str) -> None:
    for person, acts, _ in crimes(BEHAVIOUR, name):
        asked = [act for act in acts if act.detail is not None]
        assert person.mfa == "push"
        assert len(asked) >= 8
        assert {act.detail for act in asked} <= {MFA_DENIED, MFA_TIMEOUT}
        assert all(act.mfa and act.method == "push" for act in asked)


@pytest.mark.parametrize(
    ("name", "ends"), [("burst", 0), ("accepted", 6), ("accepted_at_night", 6)]
)
def test_some_storms_end_in_a_yes(name: str, ends: int) -> None:
    inside = [
        [act for act in acts if act.activity == LOGON and act.detail is None]
        for _, acts, _ in crimes(BEHAVIOUR, name)
    ]
    assert sum(bool(acts) for acts in inside) == ends
    assert all(act.mfa for acts in inside for act in acts)


def test_at_night_is_at_night() -> None:
    for person, acts, _ in crimes(BEHAVIOUR, "accepted_at_night"):
        assert (acts[0].time + offset(person.site.zone, acts[0].time)) // (60 * MINUTE) % 24 <= 4


def test_patience_takes_hours() -> None:
    for _, acts, _ in crimes(BEHAVIOUR, "patient"):
        assert acts[7].time - acts[0].time > 60 * MINUTE
