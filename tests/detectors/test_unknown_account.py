"""Unknown account: what a complete directory has not, once it has had its time."""

from detectors.core.context import AccountKind, Context
from detectors.core.event import DAY, Event
from detectors.core.finding import Finding, Severity
from detectors.core.listing import Listing, Listings
from detectors.unknown_account import Parameters, UnknownAccount
from tests.detectors.listed import LISTED, account, complete, directory
from tests.detectors.story import CHROME, LYON, MONDAY, SERVER, Story, run


def story(days: range, uid: str = "stranger") -> Story:
    """Ordinary days of one account."""
    return Story(uid, LISTED).work(days, LYON, CHROME)


def found(told: Story, known: Listings | None = None) -> list[Finding]:
    """What unknown_account finds."""
    return run(UnknownAccount(), told.sorted(), Context(directory=known or directory()))


def for_weeks() -> list[Event]:
    """What the contract suite runs: an account that nobody entered."""
    return story(range(14)).sorted()


def created_for_an_attack() -> list[Event]:
    """Made on the side, and used now and then from a server."""
    told = Story("svc-sync2", LISTED)
    for day in (0, 5, 9):
        told.sign_on(day, 200, SERVER, CHROME, f"s{day}")
    return told.sorted()


HOSTILE = (for_weeks, created_for_an_attack)


def test_an_account_in_use_for_days_is_noted_once_and_calls_nobody() -> None:
    [finding] = run(UnknownAccount(), for_weeks(), Context(directory=directory()))
    assert (finding.time - MONDAY) // DAY == 3
    assert finding.severity is Severity.LOW
    assert finding.evidence.facts["removed"] is False


def test_a_new_hire_whom_the_directory_learns_of_in_time() -> None:
    known = directory()
    known.told[account("hire")] = (Listing(since=MONDAY + 2 * DAY),)
    assert not found(story(range(14), "hire"), known)


def test_one_who_went_from_the_directory_and_goes_on() -> None:
    known = directory()
    known.told[account("was")] = (
        Listing(since=0),
        Listing(since=MONDAY + 5 * DAY, is_listed=False),
    )
    [finding] = found(story(range(14), "was"), known)
    assert (finding.time - MONDAY) // DAY == 8
    assert finding.evidence.facts["removed"] is True


def test_where_the_directory_is_not_complete_nobody_is_unknown() -> None:
    assert not found(story(range(14)), Listings(told=directory().told))
    assert not run(UnknownAccount(), for_weeks())


def test_right_after_a_directory_came_nobody_is_unknown() -> None:
    fresh = Listings(tenants={LISTED: complete(MONDAY + 12 * DAY)})
    assert not found(story(range(14)), fresh)
    assert len(found(story(range(20)), fresh)) == 1


def test_an_account_known_by_another_name_in_whatever_case() -> None:
    known = directory()
    known.told[account("42")] = (Listing(since=0),)
    known.aliases[LISTED, "jean.petit"] = account("42")
    assert not found(story(range(14), "Jean.Petit"), known)


def test_an_account_of_the_settings_is_known() -> None:
    given = Context(kinds={account("stranger"): AccountKind.SERVICE}, directory=directory())
    assert not run(UnknownAccount(), for_weeks(), given)


def test_failures_are_no_use() -> None:
    told = Story("nobody", LISTED)
    for day in range(9):
        told.fail(day, 100, SERVER, CHROME)
    assert not found(told)


def test_the_grace_is_a_parameter() -> None:
    given = Context(directory=directory())
    [early] = run(UnknownAccount(Parameters(grace=0)), for_weeks(), given)
    assert (early.time - MONDAY) // DAY == 0
    assert not run(UnknownAccount(Parameters(grace=60 * DAY)), for_weeks(), given)
