"""Suppressions have an owner and an end, show all that they hold back, and let it go."""

import pytest
from sqlalchemy import Engine

from alerts.incident import Category
from alerts.suppression import SuppressionError
from alerts.ticket import LIMITS
from detectors.core.event import DAY, HOUR
from detectors.core.finding import Severity
from detectors.core.identity import Subject, SubjectKind
from monitor.protection.masking import HIDDEN
from monitor.services.actor import Role
from monitor.services.refusal import NotAllowedError, NotFreshError, NotThereError, StaleError
from monitor.services.suppressions import Suppressions, Wish
from tests.monitor.services.listed import contents, deeds
from tests.monitor.services.people import person
from tests.monitor.services.ticketed import ANN, NOW, Desk, T, incident

EYES = person(Role.APPROVER, uid="r-7", authenticated=NOW)
STALE = person(Role.APPROVER, uid="r-7", authenticated=NOW - HOUR)
ANALYST = person(Role.ANALYST, uid="r-1", authenticated=NOW)
VIEWER = person(Role.VIEWER, uid="r-2")
FOREIGN = person(Role.APPROVER, tenant="other", authenticated=NOW)
WISH = Wish(
    tenant=T,
    category=Category.CREDENTIAL_SHARING,
    account="u-1042",
    reason="two on one desk",
    until=NOW + DAY,
)


@pytest.fixture
def desk(database: Engine) -> Desk:
    return Desk(database)


@pytest.fixture
def rules(desk: Desk) -> Suppressions:
    return Suppressions(desk.database, lambda: desk.now)


def test_it_holds_back_and_shows_what_it_held_back(desk: Desk, rules: Suppressions) -> None:
    made = rules.add(EYES, WISH)
    assert (made.owner, made.is_on, made.subject) == ("Someone", True, ANN)
    number = desk.take(incident()).ticket_id
    view, matches = rules.one(ANALYST, made.number)
    assert (view.matches, view.held, view.last_match) == (1, 1, NOW)
    assert [match.ticket for match in matches] == [number]
    assert ("suppressions:write", f"suppression:{made.number}", T) in deeds(desk.database)
    assert "1042" not in str(contents(desk.database))


def test_ended_by_somebody_what_it_held_back_calls_people(desk: Desk, rules: Suppressions) -> None:
    made = rules.add(EYES, WISH)
    number = desk.take(incident()).ticket_id
    desk.now = NOW + 60_000
    ended = rules.end(EYES, made.number, version=1)
    assert (ended.is_on, ended.held, ended.ended) == (False, 0, desk.now)
    one = desk.ticket(number)
    assert one.held_by is None
    assert one.due == desk.now + LIMITS[Severity.HIGH].triage
    assert [view.number for view in rules.page(ANALYST, over=True)[0]] == [made.number]
    assert rules.page(ANALYST) == ([], None)
    with pytest.raises(SuppressionError):
        rules.end(EYES, made.number)


def test_or_stays_back_where_that_is_wanted(desk: Desk, rules: Suppressions) -> None:
    made = rules.add(EYES, WISH)
    number = desk.take(incident()).ticket_id
    assert rules.end(EYES, made.number, calls=False).held == 1
    assert desk.ticket(number).held_by == made.number


def test_its_end_and_owner_are_changed_by_version(rules: Suppressions) -> None:
    made = rules.add(EYES, WISH)
    later = rules.change(EYES, made.number, until=NOW + 2 * DAY, owner="Team desk", version=1)
    assert (later.until, later.owner, later.version) == (NOW + 2 * DAY, "Team desk", 2)
    with pytest.raises(StaleError):
        rules.change(EYES, made.number, until=NOW + 3 * DAY, version=1)
    with pytest.raises(StaleError):
        rules.end(EYES, made.number, version=1)
    with pytest.raises(SuppressionError):
        rules.change(EYES, made.number, until=NOW)


@pytest.mark.one_on_postgresql
@pytest.mark.parametrize(
    "wish",
    [
        Wish(tenant=T, reason="x", until=NOW + DAY),
        Wish(tenant=T, account="a", address="198.51.100.7", reason="x", until=NOW + DAY),
        Wish(tenant=T, account="a", reason="", until=NOW + DAY),
        Wish(tenant=T, account="a", reason="x" * 501, until=NOW + DAY),
        Wish(tenant=T, account="a", reason="x", until=NOW - 1),
    ],
)
def test_what_cannot_be_is_said(rules: Suppressions, wish: Wish) -> None:
    with pytest.raises(SuppressionError) as caught:
        rules.add(EYES, wish)
    assert caught.value.text.fr != caught.value.text.en


def test_it_takes_a_second_pair_of_eyes_that_proved_itself(rules: Suppressions) -> None:
    with pytest.raises(NotAllowedError):
        rules.add(ANALYST, WISH)
    with pytest.raises(NotFreshError):
        rules.add(STALE, WISH)
    with pytest.raises(NotThereError):
        rules.add(FOREIGN, WISH)
    made = rules.add(EYES, WISH)
    for ask in (lambda: rules.one(FOREIGN, made.number), lambda: rules.end(FOREIGN, made.number)):
        with pytest.raises(NotThereError):
            ask()
    assert rules.page(FOREIGN) == ([], None)


def test_who_may_not_look_sees_no_name(rules: Suppressions) -> None:
    made = rules.add(EYES, WISH)
    view, _ = rules.one(VIEWER, made.number)
    assert view.reason == HIDDEN
    assert "1042" not in repr(view)
    assert "1042" not in repr(rules.page(VIEWER))


def test_pages_go_on(rules: Suppressions) -> None:
    address = Wish(tenant=T, address="198.51.100.7", reason="scanner", until=NOW + DAY)
    first, second = rules.add(EYES, WISH), rules.add(EYES, address)
    assert second.subject == Subject(SubjectKind.SOURCE, T, "198.51.100.7")
    views, following = rules.page(ANALYST, limit=1)
    assert [view.number for view in views] == [second.number]
    rest, end = rules.page(ANALYST, before=following, limit=1)
    assert ([view.number for view in rest], end) == ([first.number], None)
