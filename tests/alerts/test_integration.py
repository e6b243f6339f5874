"""From events to told incidents, through the detectors there are."""

from collections.abc import Iterable
from itertools import permutations

import pytest

from alerts.correlation import correlate
from alerts.incident import Category, Hypothesis
from alerts.telling import describe, innocent_of, sentence_of
from detectors.core import registry
from detectors.core.context import Context
from detectors.core.event import (
    DAY,
    HOUR,
    MINUTE,
    SECOND,
    Activity,
    Event,
    FailureReason,
    Outcome,
    SignIn,
)
from detectors.core.finding import Finding, Severity, Theme
from detectors.core.fold import Fold
from detectors.core.identity import SubjectKind, timed_id
from detectors.core.place import Device, Form, Network, NetworkKind, Place
from tests.alerts.evidence import ALICE, START

LYON = Place("FR", None, "Lyon", 45.75, 4.85)
TUNIS = Place("TN", None, "Tunis", 36.8, 10.18)
ORANGE = Network(3215, "Orange", NetworkKind.FIXED)
TOPNET = Network(37705, "Topnet", NetworkKind.FIXED)
ONE = Device("one", "Firefox", "Windows", Form.DESKTOP)
TWO = Device("two", "Chrome", "Windows", Form.DESKTOP)


def sign_in(
    at: int, *, tunis: bool = False, activity: Activity = Activity.LOGON, failed: bool = False
) -> SignIn:
    return SignIn(
        id=timed_id(START + at, "sign_in", str(tunis), str(at)),
        time=START + at,
        tenant="acme",
        account="alice",
        activity=activity,
        outcome=Outcome.FAILURE if failed else Outcome.SUCCESS,
        failure_reason=FailureReason.BAD_PASSWORD if failed else None,
        session=None if failed else f"{'tunis' if tunis else 'lyon'}-{at // DAY}",
        ip="197.0.0.7" if tunis else "90.0.0.7",
        place=TUNIS if tunis else LYON,
        network=TOPNET if tunis else ORANGE,
        device=TWO if tunis else ONE,
    )


def shared_days() -> list[Event]:
    """Ten days on which two computers, 1,100 km apart, work by turns on one account."""
    events: list[Event] = []
    for day in range(10):
        for minutes in range(0, 8 * 60, 20):
            activity = Activity.LOGON if minutes == 0 else Activity.REFRESH
            at = day * DAY + 8 * HOUR + minutes * MINUTE
            events.append(sign_in(at, activity=activity))
            events.append(sign_in(at + 7 * MINUTE, tunis=True, activity=activity))
    return events


def guessed_hours() -> list[Event]:
    """Three weeks of work in Lyon, then an hour of wrong passwords from Tunis."""
    work = [sign_in(day * DAY + 8 * HOUR) for day in range(21)]
    begin = 21 * DAY + 2 * HOUR
    return [*work, *(sign_in(begin + n * 9 * SECOND, tunis=True, failed=True) for n in range(400))]


def work_days() -> list[Event]:
    """Ten days of one person at one place."""
    return [sign_in(day * DAY + 8 * HOUR + m * HOUR) for day in range(10) for m in range(8)]


def folded(events: Iterable[Event]) -> list[Finding]:
    fold = Fold(SubjectKind.ACCOUNT, registry.load(), Context())
    cell = fold.fresh(ALICE)
    found = []
    for event in sorted(events, key=lambda one: (one.time, one.id)):
        found += fold.observe(cell, event)
    return found


def test_an_account_that_two_people_work_on_by_turns_is_shared() -> None:
    findings = folded(shared_days())
    [incident] = [i for i in correlate(findings) if i.theme is Theme.USE]
    assert incident.category is Category.CREDENTIAL_SHARING
    assert incident.severity >= Severity.MEDIUM
    assert incident.assessment.probability(Hypothesis.SHARED) == max(incident.assessment.posterior)
    english, french = (describe(incident, findings, tag) for tag in ("en", "fr"))
    assert english.startswith("Shared account (")
    assert french.startswith("Compte partagé (")
    for told in (english, french):
        assert "Lyon (FR)" in told
        assert "Tunis (TN)" in told
        assert "{" not in told


def test_wrong_passwords_from_elsewhere_are_brute_force() -> None:
    findings = folded(guessed_hours())
    [incident] = [i for i in correlate(findings) if i.theme is Theme.ATTACK]
    assert incident.category is Category.BRUTE_FORCE
    assert incident.severity >= Severity.MEDIUM
    assert "197.0.0.7" in describe(incident, findings, "en")


def test_one_person_at_work_is_no_incident_to_look_at() -> None:
    assert [i for i in correlate(folded(work_days())) if i.severity >= Severity.MEDIUM] == []


@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_finding_is_told_in_full(language: str) -> None:
    for finding in [*folded(shared_days()), *folded(guessed_hours())]:
        for told in (sentence_of(finding, language), innocent_of(finding, language)):
            assert told
            assert "{" not in told
            assert "unknown" not in told
            assert "inconnu" not in told


def test_the_order_of_real_findings_does_not_matter() -> None:
    findings = folded(shared_days())[:5]
    assert len(findings) > 1
    incidents = correlate(findings)
    assert all(correlate(order) == incidents for order in permutations(findings))
