"""A failed challenge: it calls people by itself, and the owner's pass elsewhere excuses nothing."""

import pytest

from alerts.correlation import correlate
from alerts.incident import Category
from detectors.core.event import DAY, HOUR, MINUTE, Answer, Event, Feedback
from detectors.core.finding import Finding, Severity
from detectors.failed_challenge import FailedChallenge, Parameters
from detectors.passed_challenge import PassedChallenge
from tests.detectors.core.test_proof import told
from tests.detectors.story import CHROME, LYON, Story, run

AT = 2 * DAY + 9 * HOUR


def a_stranger() -> list[Event]:
    """A week of honest work, and one session whose challenge fails."""
    events: list[Event] = [*Story().work(range(5), LYON, CHROME).events]
    return sorted([*events, told(Answer.CHALLENGE_FAILED, AT, "theirs")], key=lambda e: e.id)


def both() -> list[Event]:
    """The owner passes one in their session, a stranger fails another."""
    return [
        told(Answer.CHALLENGE_PASSED, AT, "mine", "passkey"),
        told(Answer.CHALLENGE_FAILED, AT + MINUTE, "theirs"),
    ]


HOSTILE = (a_stranger, both)


def found(events: list[Event], parameters: Parameters | None = None) -> list[Finding]:
    return run(FailedChallenge(parameters), events)


def test_by_itself_it_calls_people() -> None:
    findings = found(a_stranger())
    [incident] = correlate(findings)
    assert incident.severity >= Severity.MEDIUM
    assert incident.category is Category.ACCOUNT_TAKEOVER
    assert findings[0].evidence.facts["failures"] == 1


@pytest.mark.parametrize("method", ["passkey", "totp", None])
@pytest.mark.parametrize("first", [True, False])
def test_the_owners_pass_in_another_session_hides_nobody(method: str | None, first: bool) -> None:
    at = AT if first else AT + HOUR
    passed: Feedback = told(Answer.CHALLENGE_PASSED, at, "mine", method)
    events = sorted([*a_stranger(), passed], key=lambda e: e.id)
    findings = [*found(events), *run(PassedChallenge(), events)]
    [incident] = correlate(findings)
    [alone] = correlate(found(a_stranger()))
    assert incident.severity == alone.severity


def test_whoever_passes_after_all_in_the_same_session_is_believed() -> None:
    events: list[Event] = [
        told(Answer.CHALLENGE_FAILED, AT, "mine"),
        told(Answer.CHALLENGE_PASSED, AT + HOUR, "mine", "passkey"),
    ]
    [incident] = correlate([*found(events), *run(PassedChallenge(), events)])
    assert incident.severity < Severity.MEDIUM


@pytest.mark.parametrize("answer", [one for one in Answer if one is not Answer.CHALLENGE_FAILED])
def test_other_answers_are_no_failure(answer: Answer) -> None:
    assert not found([told(answer)])


def test_what_it_is_worth_is_a_parameter() -> None:
    [finding] = found([told(Answer.CHALLENGE_FAILED)], Parameters(weight=1.0))
    assert (finding.evidence.weights.taken_over, finding.severity) == (1.0, Severity.INFORMATIONAL)
