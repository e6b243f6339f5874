"""Hygiene as it is asked for: within a tenant, with names for who may see them, and recorded."""

from collections.abc import Callable

import pytest
from sqlalchemy import Engine as Database

from detectors.core.event import DAY
from monitor.directory.account import State, account_id
from monitor.directory.origin import Origin, Provenance
from monitor.hygiene.facts import Fact
from monitor.services.actor import Role, operator
from monitor.services.hygiene import Hygiene
from monitor.services.refusal import NotThereError
from monitor.store import restrictions
from tests.monitor.hygiene.world import MONDAY, T, World, enter, work
from tests.monitor.services.listed import deeds
from tests.monitor.services.people import person, program
from tests.monitor.test_listings import account

OTHER = "beta"
ANALYST = person(Role.ANALYST)
VIEWER = person(Role.VIEWER)
CONTACT = person(Role.TENANT_CONTACT, tenant=T)


@pytest.fixture
def hygiene(database: Database) -> Hygiene:
    """Two tenants over two days: of the one four accounts with generic names, of the other one."""
    world = World(database)
    left = Provenance(Origin.CSV, MONDAY)
    enter(
        database,
        *(account(f"poste{n}", display_name="") for n in range(4)),
        account("Ann", display_name="Ann Lee"),
        account("gone", state=State.OFFBOARDED, origins={"state": left}),
    )
    events = [*work("poste9", range(2), OTHER).events, *work("gone", range(2)).events]
    world.at(2).read(sorted(events, key=lambda e: e.id)).round()
    world.at(3).round()
    return Hygiene(database, lambda: MONDAY + 3 * DAY)


def test_each_tenant_s_last_day_with_its_parts(hygiene: Hygiene) -> None:
    first = hygiene.tenants(operator(), limit=1)
    rest = hygiene.tenants(operator(), str(first.next), 1)
    assert [one.tenant for one in (*first.items, *rest.items)] == [T, OTHER]
    assert rest.next is None
    view = first.items[0]
    assert view.accounts == 6
    assert view.score is not None
    assert 0 < view.score < 100
    parts = {part.fact: part for part in view.parts}
    assert (parts[Fact.GENERIC_NAME].said, parts[Fact.GENERIC_NAME].considered) == (4, 5)
    assert parts[Fact.GENERIC_NAME].part == 20.0


def test_days_of_one_and_of_all_as_one(hygiene: Hygiene) -> None:
    assert [one.accounts for one in hygiene.days(operator(), T)] == [6, 6]
    assert [one.accounts for one in hygiene.days(operator())] == [7, 7]
    assert [one.accounts for one in hygiene.days(operator(), days=1)] == [7]
    with pytest.raises(NotThereError):
        hygiene.days(operator(), "nobody")
    # Whose tenant is new, is told nothing yet, and not that the page is none.
    assert hygiene.days(person(Role.TENANT_CONTACT, tenant="new")) == []


def test_accounts_page_by_page_and_by_fact(hygiene: Hygiene) -> None:
    found, after = [], None
    while True:
        page = hygiene.accounts(ANALYST, T, None, after, 2, "fr")
        found += page.items
        after = page.next
        if after is None:
            break
    assert [one.uid for one in found] == ["gone", "poste0", "poste1", "poste2", "poste3"]
    assert found[1].facts[0].sentence == "«\u00a0poste0\u00a0» est un lieu ou une machine"
    (only,) = hygiene.accounts(ANALYST, None, Fact.OFFBOARDED_ACTIVE).items
    assert (only.uid, only.state) == ("gone", State.OFFBOARDED)
    assert only.last_seen is not None
    with pytest.raises(NotThereError):
        hygiene.accounts(ANALYST, None, None, "00")
    with pytest.raises(NotThereError):
        hygiene.accounts(ANALYST, None, None, "no id")


def test_nobody_tries_another_tenants_names_by_a_place_in_a_list(hygiene: Hygiene) -> None:
    foreign, own = account_id(OTHER, "poste9").hex(), account_id(T, "gone").hex()
    assert hygiene.accounts(ANALYST, None, None, foreign)
    assert hygiene.accounts(CONTACT, None, None, own).items
    for actor, tenant in ((CONTACT, None), (CONTACT, T), (ANALYST, T)):
        with pytest.raises(NotThereError):
            hygiene.accounts(actor, tenant, None, foreign)


def test_who_may_not_look_at_people_sees_no_names(hygiene: Hygiene) -> None:
    told = repr(hygiene.accounts(VIEWER, T))
    assert "poste" not in told
    assert "gone" not in told
    assert "poste0" in repr(hygiene.accounts(program("hygiene:accounts", "person:look"), T))
    assert "poste0" not in repr(hygiene.accounts(program("hygiene:accounts"), T))


def test_a_contact_sees_the_own_tenant_and_no_other(hygiene: Hygiene) -> None:
    assert [one.tenant for one in hygiene.tenants(CONTACT).items] == [T]
    assert [one.accounts for one in hygiene.days(CONTACT)] == [6, 6]
    assert {one.tenant for one in hygiene.accounts(CONTACT).items} == {T}
    assert hygiene.condition(CONTACT).accounts == 0
    asks: list[Callable[[], object]] = [
        lambda: hygiene.days(CONTACT, OTHER),
        lambda: hygiene.accounts(CONTACT, OTHER),
    ]
    for ask in asks:
        with pytest.raises(NotThereError):
            ask()


def test_a_reviewer_s_look_is_recorded_once_a_list(hygiene: Hygiene, database: Database) -> None:
    hygiene.tenants(ANALYST)
    page = hygiene.accounts(ANALYST, T, Fact.GENERIC_NAME, None, 2)
    hygiene.accounts(ANALYST, T, Fact.GENERIC_NAME, page.next, 2)
    hygiene.accounts(operator(), T)
    assert deeds(database) == [("hygiene:accounts", "hygiene", T)]


def test_how_the_rounds_are(hygiene: Hygiene) -> None:
    told = hygiene.condition(operator())
    assert told.accounts == 7
    assert told.finished is not None


def test_a_restricted_account_is_not_listed(hygiene: Hygiene, database: Database) -> None:
    subject = account("poste1").subject
    with database.begin() as connection:
        number = restrictions.restrict(connection, subject, MONDAY, "#1", "operator:x")
    listed = {one.uid for one in hygiene.accounts(ANALYST, T, None, None, 50, "en").items}
    assert "poste2" in listed
    assert "poste1" not in listed
    with database.begin() as connection:
        restrictions.release(connection, number, MONDAY, "#2", "operator:x")
    listed = {one.uid for one in hygiene.accounts(ANALYST, T, None, None, 50, "en").items}
    assert "poste1" in listed
