"""Automation: failing programs are noted, and nobody is called about them."""

from detectors.automation import Automation, Parameters
from detectors.core.context import AccountKind, Context
from detectors.core.event import Event
from detectors.core.finding import Finding, Severity
from detectors.core.identity import Subject, SubjectKind
from tests.detectors.crowd import BAD, TENANT, attempt, judged, office, on, spray
from tests.detectors.story import CHROME, LYON, SCRIPT, SERVER


def found(events: list[Event], context: Context | None = None) -> list[Finding]:
    """What stands in the end."""
    ordered = sorted(events, key=lambda event: event.id)
    return judged([Automation()], ordered, context=context)


def scripted() -> list[Event]:
    """A scripted client that fails at fifty accounts."""
    return list(spray(SERVER, 50, on(1), 20))


def by_the_clock() -> list[Event]:
    """A browser that tries an account every minute for five hours."""
    return [
        attempt(on(1, 2) + n * 60_000, f"user-{n % 3}", SERVER, CHROME, BAD) for n in range(300)
    ]


HOSTILE = (scripted, by_the_clock)


def integration() -> list[Event]:
    """One account, by the clock, for three days."""
    return [attempt(on(0) + n * 300_000, "sync", SERVER, SCRIPT, BAD) for n in range(860)]


def test_a_scripted_client() -> None:
    (finding,) = found(scripted())
    assert finding.evidence.facts["scripted"] is True
    assert finding.severity < Severity.LOW


def test_clockwork() -> None:
    (finding,) = found(by_the_clock())
    assert finding.evidence.facts["clockwork"] is True


def test_an_integration_with_an_old_password_calls_nobody() -> None:
    findings = found(integration())
    assert findings
    assert all(f.evidence.weights.attack < 1 for f in findings)


def test_a_service_is_expected_to_be_one() -> None:
    service = Subject(SubjectKind.ACCOUNT, TENANT, "sync")
    assert not found(integration(), Context(kinds={service: AccountKind.SERVICE}))


def test_an_integration_that_works() -> None:
    events = [attempt(on(0) + n * 300_000, "sync", SERVER, SCRIPT) for n in range(500)]
    assert not found([*events])


def test_people() -> None:
    assert not found([*office(range(3), 200, failing=0.3)])


def test_people_who_fail_at_no_regular_times() -> None:
    """As many failures as the clockwork, in a crowd's disorder."""
    events = [attempt(on(1, 8) + n * n * 900, f"user-{n}", LYON, CHROME, BAD) for n in range(300)]
    assert not found([*events])


def test_limits_are_parameters() -> None:
    few = sorted(spray(SERVER, 8, on(1)), key=lambda event: event.id)
    assert judged([Automation(Parameters(attempts=6))], few)
    assert not judged([Automation()], few)
