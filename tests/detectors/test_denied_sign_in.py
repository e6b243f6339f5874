"""A denied sign-in: the owner's word is the strongest that there is, and calls people."""

import pytest

from alerts.correlation import correlate
from alerts.incident import Category
from detectors.core.event import DAY, HOUR, MINUTE, Answer, Event
from detectors.core.finding import CAP, Finding, Severity
from detectors.denied_sign_in import DeniedSignIn, Parameters
from detectors.passed_challenge import PassedChallenge
from tests.detectors.core.test_proof import told
from tests.detectors.story import CHROME, FIREFOX, LYON, MADRID, Story, run

AT = 2 * DAY + 11 * HOUR


def a_stranger() -> list[Event]:
    """A week of work, and a session from elsewhere that the owner does not know."""
    story = Story().work(range(5), LYON, CHROME).sign_on(2, 600, MADRID, FIREFOX, "theirs")
    return sorted([*story.events, told(Answer.NOT_ME, AT, "theirs")], key=lambda e: e.id)


def after_a_pass() -> list[Event]:
    """The owner proves who they are, and says that the other session is not theirs."""
    return [
        told(Answer.CHALLENGE_PASSED, AT, "mine", "totp"),
        told(Answer.NOT_ME, AT + MINUTE, "theirs"),
    ]


HOSTILE = (a_stranger, after_a_pass)


def found(events: list[Event], parameters: Parameters | None = None) -> list[Finding]:
    return run(DeniedSignIn(parameters), events)


def test_by_itself_it_calls_people_and_says_from_where() -> None:
    findings = found(a_stranger())
    [incident] = correlate(findings)
    assert incident.severity >= Severity.HIGH
    assert incident.category is Category.ACCOUNT_TAKEOVER
    assert "Madrid" in str(findings[0].evidence.facts["place"])
    assert findings[0].evidence.weights.taken_over == CAP


def test_that_the_owner_proved_who_they_are_does_not_weaken_their_word() -> None:
    events = after_a_pass()
    [incident] = correlate([*found(events), *run(PassedChallenge(), events)])
    assert incident.severity >= Severity.HIGH


@pytest.mark.parametrize("answer", [one for one in Answer if one is not Answer.NOT_ME])
def test_other_answers_deny_nothing(answer: Answer) -> None:
    assert not found([told(answer)])


def test_what_it_is_worth_is_a_parameter() -> None:
    [finding] = found([told(Answer.NOT_ME)], Parameters(weight=1.0))
    assert finding.severity is Severity.INFORMATIONAL
