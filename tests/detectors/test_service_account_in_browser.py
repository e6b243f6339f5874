"""Service account in a browser: a test is noted, a habit calls a reviewer."""

from detectors.core.context import AccountKind, Context
from detectors.core.event import DAY, Event
from detectors.core.finding import Finding, Severity
from detectors.service_account_in_browser import Parameters, ServiceAccountInBrowser
from tests.detectors.listed import LISTED, account, directory
from tests.detectors.story import CHROME, IPHONE, LYON, MONDAY, SCRIPT, SERVER, Story, run


def program(days: range = range(20)) -> Story:
    """A token from a server, day by day."""
    told = Story("robot", LISTED)
    for day in days:
        told.sign_on(day, 100, SERVER, SCRIPT)
    return told


def found(told: Story, parameters: Parameters | None = None) -> list[Finding]:
    """What service_account_in_browser finds."""
    given = Context(directory=directory())
    return run(ServiceAccountInBrowser(parameters), told.sorted(), given)


def by_hand(days: range) -> Story:
    """Somebody works with the program's account."""
    return program().work(days, LYON, CHROME)


def worked_with() -> list[Event]:
    """What the contract suite runs."""
    return by_hand(range(5, 10)).sorted()


def tried_on_a_phone() -> list[Event]:
    """One sign-on."""
    return program().sign_on(9, 700, LYON, IPHONE, "p").sorted()


HOSTILE = (worked_with, tried_on_a_phone)


def test_an_administrators_test_is_noted_and_calls_nobody() -> None:
    told = program()
    for minute in (600, 610, 640):
        told.sign_on(9, minute, LYON, CHROME, f"t{minute}")
    [finding] = found(told)
    assert finding.severity is Severity.LOW


def test_working_with_it_calls_a_reviewer_once() -> None:
    noted, called = found(by_hand(range(5, 19)))
    assert noted.severity is Severity.LOW
    assert (called.time - MONDAY) // DAY == 7
    assert called.severity is Severity.MEDIUM
    assert called.evidence.facts["days"] == 3


def test_a_test_now_and_then_is_told_again_after_a_quiet_month() -> None:
    told = program(range(70)).sign_on(3, 600, LYON, CHROME, "a").sign_on(50, 600, LYON, CHROME, "b")
    assert [f.severity for f in found(told)] == [Severity.LOW, Severity.LOW]


def test_a_program_at_work_and_one_whose_client_is_not_known() -> None:
    assert not found(program().sign_on(4, 5, LYON, None))


def test_a_session_that_somebody_left_open_is_a_use_as_well() -> None:
    """Tokens that a page renews are all that there is to see of it, day after day."""
    told = program(range(2)).sign_on(2, 600, LYON, CHROME, "open")
    for day in range(3, 12):
        told.renew(day, 500, LYON, CHROME, "open")
    assert [f.severity for f in found(told)] == [Severity.LOW, Severity.MEDIUM]


def test_a_persons_account() -> None:
    assert not found(Story("gone", LISTED).work(range(5), LYON, CHROME))
    assert not run(ServiceAccountInBrowser(), worked_with())


def test_what_the_settings_say_counts_alike_and_stands_first() -> None:
    robot = account("robot")
    by_settings = Context(kinds={robot: AccountKind.SERVICE})
    assert len(run(ServiceAccountInBrowser(), worked_with(), by_settings)) == 2
    otherwise = Context(kinds={robot: AccountKind.PERSON}, directory=directory())
    assert not run(ServiceAccountInBrowser(), worked_with(), otherwise)


def test_limits_are_parameters() -> None:
    assert len(found(by_hand(range(5, 19)), Parameters(days=20))) == 1
    told = program().sign_on(3, 600, LYON, CHROME, "a").sign_on(9, 600, LYON, CHROME, "b")
    assert len(found(told, Parameters(quiet=5 * DAY))) == 2
