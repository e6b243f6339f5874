"""Offboarded account: who goes on after the end, and what is only the last evening."""

from msgspec import structs

from detectors.core.context import Context
from detectors.core.event import DAY, HOUR, Event
from detectors.core.finding import Finding, Severity, Theme
from detectors.core.listing import Listing, Listings
from detectors.offboarded_account import OffboardedAccount, Parameters
from tests.detectors.listed import LISTED, account, directory, left
from tests.detectors.story import CHROME, LYON, MONDAY, PARIS, SCRIPT, SERVER, Story, run


def story(days: range, uid: str = "gone") -> Story:
    """Ordinary days of one account."""
    return Story(uid, LISTED).work(days, LYON, CHROME)


def found(told: Story, known: Listings | None = None) -> list[Finding]:
    """What offboarded_account finds."""
    return run(OffboardedAccount(), told.sorted(), Context(directory=known or directory()))


def after_the_end() -> list[Event]:
    """What the contract suite runs: two more weeks of one who left on the third day."""
    return story(range(14)).sorted()


def in_an_open_session() -> list[Event]:
    """No sign-on after the end: a session that nobody revoked."""
    told = Story("gone", LISTED).sign_on(1, 500, LYON, CHROME, "open")
    return told.use(5, 600, PARIS, CHROME, "open").sorted()


HOSTILE = (after_the_end, in_an_open_session)


def test_one_who_left_is_told_once_and_a_reviewer_is_called() -> None:
    [finding] = run(OffboardedAccount(), after_the_end(), Context(directory=directory()))
    assert finding.time >= MONDAY + 3 * DAY, "a day of grace"
    assert finding.severity is Severity.MEDIUM
    assert finding.theme is Theme.ATTACK
    assert finding.evidence.facts["days"] == 1


def test_one_who_may_do_more_is_graver() -> None:
    known = Listings({account("gone"): (structs.replace(left(2), is_privileged=True),)})
    [finding] = found(story(range(14)), known)
    assert finding.severity is Severity.HIGH


def test_a_session_that_nobody_revoked_is_told_as_well() -> None:
    [finding] = run(OffboardedAccount(), in_an_open_session(), Context(directory=directory()))
    assert finding.evidence.facts["place"] == "Paris (FR)"


def test_the_last_evening_is_none() -> None:
    assert not found(story(range(3)))


def test_who_was_dismissed_there_and_then_has_an_hour() -> None:
    at = MONDAY + 2 * DAY + 10 * HOUR
    said = Listings({account("gone"): (Listing(since=0, left=at, left_at_once=True),)})
    told = Story("gone", LISTED).sign_on(1, 500, LYON, CHROME, "open")
    told = told.use(2, 630, LYON, CHROME, "open").use(2, 690, LYON, CHROME, "open")
    [finding] = found(told, said)
    assert HOUR <= finding.time - at < 2 * HOUR
    assert finding.evidence.facts["days"] == 0
    on_a_day = Listings({account("gone"): (Listing(since=0, left=at),)})
    assert not found(told, on_a_day)


def test_a_departure_that_lies_ahead_is_none_yet() -> None:
    assert not found(story(range(10)), Listings({account("gone"): (left(30),)}))


def test_failures_and_signing_off_are_no_use() -> None:
    told = story(range(2)).fail(9, 500, SERVER, SCRIPT)
    assert not found(told.sign_off(8, 10, LYON, CHROME, "gone-chrome-windows-1"))


def test_who_came_back_and_left_again_is_told_again() -> None:
    known = directory()
    known.told[account("back")] += (Listing(since=MONDAY + 40 * DAY, left=MONDAY + 40 * DAY),)
    findings = found(story(range(60), "back"), known)
    assert [(f.time - MONDAY) // DAY for f in findings] == [3, 41]


def test_a_correction_of_the_date_is_not_another_departure() -> None:
    known = Listings({account("gone"): (left(2), left(4, since=MONDAY + 9 * DAY))})
    assert len(found(story(range(20)), known)) == 1


def test_nobody_is_told_of_without_a_directory_or_beyond_it() -> None:
    assert not run(OffboardedAccount(), after_the_end())
    assert not found(story(range(14), "somebody-else"))


def test_an_account_known_by_another_name() -> None:
    known = directory()
    known.aliases[LISTED, "gone@example.com"] = account("gone")
    assert len(found(story(range(14), "Gone@example.com"), known)) == 1


def test_the_grace_is_a_parameter() -> None:
    events = story(range(14)).sorted()
    given = Context(directory=directory())
    [at_once] = run(OffboardedAccount(Parameters(grace=0)), events, given)
    assert at_once.time < MONDAY + 2 * DAY + 9 * HOUR
    assert not run(OffboardedAccount(Parameters(grace=60 * DAY)), events, given)
