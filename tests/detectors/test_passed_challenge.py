"""A passed challenge: it speaks against a takeover, and says nothing of sharing."""

import pytest

from alerts.assessment import assess
from alerts.correlation import correlate
from alerts.incident import Hypothesis
from detectors.core.event import DAY, HOUR, Answer, Event
from detectors.core.finding import Evidence, Finding, Severity, Weights, finding
from detectors.core.identity import Subject, SubjectKind
from detectors.passed_challenge import Parameters, PassedChallenge
from tests.detectors.core.test_proof import told
from tests.detectors.story import CHROME, LYON, Story, run

AT = 2 * DAY + 9 * HOUR


def at_work() -> list[Event]:
    """A week of work in which one challenge is passed."""
    events: list[Event] = [*Story().work(range(5), LYON, CHROME).events]
    passed = told(Answer.CHALLENGE_PASSED, AT, "alice-chrome-windows-2", "totp")
    return sorted([*events, passed], key=lambda e: e.id)


HOSTILE = (at_work,)


def found(events: list[Event], parameters: Parameters | None = None) -> list[Finding]:
    return run(PassedChallenge(parameters), events)


def against(weights: Weights, method: str = "passkey") -> tuple[float, float]:
    """How probable sharing and a takeover are, by evidence of this weight, once one was passed."""
    events: list[Event] = [told(Answer.CHALLENGE_PASSED, AT, "s", method)]
    evidence = Evidence("other", weights, {})
    subject = Subject(SubjectKind.ACCOUNT, "acme", "alice")
    other = finding("other", subject, events[0].time, Severity.LOW, evidence, (events[0].id,))
    told_of = assess([*found(events), other]).posterior
    shared, taken_over = Hypothesis.SHARED, Hypothesis.TAKEN_OVER
    order = tuple(Hypothesis)
    return told_of[order.index(shared)], told_of[order.index(taken_over)]


def test_it_is_noted_and_calls_nobody() -> None:
    [one] = found(at_work())
    assert one.severity is Severity.INFORMATIONAL
    assert one.evidence.facts["method"] == "totp"
    [incident] = correlate([one])
    assert incident.severity is Severity.INFORMATIONAL


def test_it_speaks_against_a_takeover_a_passkey_more_than_a_code() -> None:
    weights = Weights(taken_over=5.5)
    by_passkey, by_code, by_recovery = (
        against(weights, name)[1] for name in ("passkey", "totp", "recovery")
    )
    assert by_passkey < by_code < by_recovery < 0.75
    assert by_passkey < 0.15


def test_it_says_nothing_of_sharing_for_codes_are_passed_on() -> None:
    [one] = found([told(Answer.CHALLENGE_PASSED, AT, "s", "passkey")])
    weights = one.evidence.weights
    assert (weights.shared, weights.roaming, weights.attack) == (0, 0, 0)
    shared, _ = against(Weights(shared=6.0))
    assert shared > 0.85


@pytest.mark.parametrize("answer", [one for one in Answer if one is not Answer.CHALLENGE_PASSED])
def test_other_answers_are_no_pass(answer: Answer) -> None:
    assert not found([told(answer)])


def test_one_that_was_failed_in_another_session_is_not_outdone() -> None:
    events: list[Event] = [
        told(Answer.CHALLENGE_FAILED, AT, "theirs"),
        told(Answer.CHALLENGE_PASSED, AT + HOUR, "mine", "passkey"),
    ]
    assert not found(events)


def test_how_much_it_says_is_a_parameter() -> None:
    events: list[Event] = [told(Answer.CHALLENGE_PASSED, AT, "s", "totp")]
    assert not found(events, Parameters(scale=0.0))
    [one] = found(events, Parameters(scale=0.5))
    assert one.evidence.weights.taken_over == -1.25
