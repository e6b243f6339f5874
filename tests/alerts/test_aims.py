"""Aims are what tickets' clocks run by, and none closes a ticket before somebody looked at it."""

import msgspec
import pytest

from alerts.aims import Aim, Aims
from alerts.ticket import LIMITS
from detectors.core.event import MINUTE
from detectors.core.finding import Severity


def test_unsaid_they_are_what_people_usually_aim_at() -> None:
    assert Aims().limits == LIMITS
    assert Aims().fault is None


def test_what_is_said_holds_for_that_severity_alone() -> None:
    told = {"high": {"triage_minutes": 5, "resolution_minutes": 90}}
    limits = msgspec.convert(told, Aims).limits
    assert limits[Severity.HIGH].triage == 5 * MINUTE
    assert limits[Severity.HIGH].resolution == 90 * MINUTE
    assert limits[Severity.CRITICAL] == LIMITS[Severity.CRITICAL]


def test_closed_before_looked_at_is_a_fault() -> None:
    aims = Aims(low=Aim(triage_minutes=10, resolution_minutes=9))
    assert aims.fault is not None
    assert aims.fault.startswith("low: ")


@pytest.mark.parametrize("told", [{"urgent": {}}, {"high": {"triage_minutes": 0}}, {"high": {}}])
def test_what_means_nothing_is_refused(told: dict[str, object]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(told, Aims)
