"""Reported access: it is shown that people report an account, and nothing more comes of it."""

import pytest

from alerts.correlation import correlate
from detectors.core.event import DAY, HOUR, Answer, Event, Feedback
from detectors.core.finding import Finding, Severity, Theme
from detectors.core.identity import timed_id
from detectors.reported_access import MOST, Parameters, ReportedAccess
from tests.detectors.story import CHROME, LYON, MONDAY, Story, run


def report(at: int, answer: Answer = Answer.REPORTED, account: str = "alice") -> Feedback:
    """What somebody says of an account, so many ms after Monday."""
    identifier = timed_id(MONDAY + at, account, answer.value)
    return Feedback(id=identifier, time=MONDAY + at, tenant="acme", account=account, answer=answer)


def at_work() -> list[Event]:
    """A week of honest work, reported once."""
    return sorted([*Story().work(range(5), LYON, CHROME).events, report(2 * DAY)], key=_id)


def a_feud() -> list[Event]:
    """The same colleague reports every few hours, for weeks."""
    return [report(number * 5 * HOUR) for number in range(100)]


def _id(event: Event) -> bytes:
    return event.id


HOSTILE = (at_work, a_feud)


def found(events: list[Event], parameters: Parameters | None = None) -> list[Finding]:
    return run(ReportedAccess(parameters), events)


def test_a_report_is_shown_and_calls_nobody() -> None:
    [finding] = found(at_work())
    assert (finding.severity, finding.theme) == (Severity.LOW, Theme.REPORT)
    assert finding.evidence.facts == {"reports": 1}


@pytest.mark.parametrize("answer", [one for one in Answer if one is not Answer.REPORTED])
def test_other_answers_are_no_report(answer: Answer) -> None:
    assert not found([report(0, answer)])


def test_however_many_say_so_it_stays_low_and_is_one_incident() -> None:
    findings = found(a_feud())
    assert len(findings) == 20
    assert 20 < max(int(f.evidence.facts["reports"] or 0) for f in findings) <= MOST
    [incident] = correlate(findings)
    assert (incident.severity, incident.theme) == (Severity.LOW, Theme.REPORT)


def test_what_is_counted_and_told_are_parameters() -> None:
    every = found(a_feud(), Parameters(pause=0, memory=10 * HOUR))
    assert len(every) == 100
    assert {f.evidence.facts["reports"] for f in every[1:]} == {2}
