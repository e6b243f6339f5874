"""The directory is one tenant's for a tenant's people, and nobody's change is lost."""

from collections.abc import Callable
from threading import Barrier, Thread
from typing import Any

import pytest
from sqlalchemy import Engine

from detectors.core.context import AccountKind
from detectors.core.event import DAY
from monitor.directory.account import AccountChanges, State, account_id
from monitor.directory.origin import Origin
from monitor.directory.refusal import DirectoryError
from monitor.directory.tenant import TenantChanges, tenant_id
from monitor.services.actor import DAEMON, Actor, Role, operator
from monitor.services.directory import Directory, origin_of
from monitor.services.refusal import (
    NotAllowedError,
    NotFreshError,
    NotThereError,
    StaleError,
    TakenError,
)
from monitor.store.directory import AccountFilter
from tests.monitor.directory.entries import NOW
from tests.monitor.services.listed import contents, deeds
from tests.monitor.services.people import person, program

ANN = operator("ann")
CONTACT = person(Role.TENANT_CONTACT, tenant="acme")
BOUND = person(Role.ADMINISTRATOR, tenant="acme", authenticated=NOW)
ANY = AccountFilter()


@pytest.fixture
def directory(database: Engine) -> Directory:
    """Two accounts of `acme`, one of `other`."""
    made = Directory(database, lambda: NOW)
    for tenant, uid in (("acme", "u-1"), ("acme", "u-2"), ("other", "u-1")):
        made.create(ANN, tenant, uid, AccountChanges(display_name=f"{uid} of {tenant}"))
    return made


def test_a_contact_sees_the_own_tenant_and_no_other(directory: Directory) -> None:
    page = directory.accounts(CONTACT, ANY)
    assert [one.account.tenant for one in page.items] == ["acme", "acme"]
    assert page.total == 2
    assert directory.accounts(CONTACT, AccountFilter(tenant="other")).total == 0
    tenants = directory.tenants(CONTACT)
    assert [one.tenant.uid for one in tenants.items] == ["acme"]
    assert list(tenants.states) == ["acme"]
    assert directory.account(CONTACT, account_id("acme", "u-1")).account.uid == "u-1"
    assert directory.aliases(CONTACT) == []


FOREIGN, UNKNOWN = account_id("other", "u-1"), account_id("other", "u-9")
ASKED: list[Callable[[Directory, Actor, bytes], Any]] = [
    lambda d, a, i: d.account(a, i),
    lambda d, a, i: d.change(a, i, AccountChanges(locale="fr")),
    lambda d, a, i: d.offboard(a, i),
    lambda d, a, i: d.authorise_sharing(a, i, owner="a", reason="b", until=NOW + DAY),
    lambda d, a, i: d.end_sharing(a, i),
    lambda d, a, i: d.release(a, i, ("locale",)),
    lambda d, a, i: d.merge(a, account_id("acme", "u-1"), i),
    lambda d, a, i: d.merge(a, i, account_id("acme", "u-1")),
]


@pytest.mark.parametrize("ask", ASKED)
@pytest.mark.one_on_postgresql
def test_another_tenants_account_is_not_there_just_as_one_that_does_not_exist(
    directory: Directory, database: Engine, ask: Callable[[Directory, Actor, bytes], Any]
) -> None:
    before = deeds(database)
    told = []
    for identifier in (FOREIGN, UNKNOWN):
        with pytest.raises(NotThereError) as refused:
            ask(directory, BOUND, identifier)
        told.append(str(refused.value))
    assert told[0] == told[1]
    assert deeds(database) == before
    assert directory.account(ANN, FOREIGN).version == 1


def test_whoever_is_bound_makes_nothing_elsewhere(directory: Directory) -> None:
    with pytest.raises(NotThereError):
        directory.create(BOUND, "other", "u-5", AccountChanges())
    with pytest.raises(NotThereError):
        directory.create_tenant(BOUND, "new", TenantChanges())
    with pytest.raises(NotThereError):
        directory.tenant(BOUND, tenant_id("other"))
    with pytest.raises(NotThereError):
        directory.change_tenant(BOUND, tenant_id("other"), TenantChanges(plan="x"))
    key = program("directory:provision", tenant="acme")
    with pytest.raises(NotThereError):
        directory.provision(key, "other", "u-5", AccountChanges(), Origin.SCIM)
    with pytest.raises(NotThereError):
        directory.find(BOUND, "other", "u-1")


def test_viewers_and_contacts_change_nothing(directory: Directory) -> None:
    for actor in (CONTACT, person(Role.VIEWER), program("directory:read")):
        with pytest.raises(NotAllowedError):
            directory.change(actor, account_id("acme", "u-1"), AccountChanges(locale="fr"))


def test_a_change_of_what_was_changed_meanwhile_is_refused(directory: Directory) -> None:
    identifier = account_id("acme", "u-1")
    first = directory.change(ANN, identifier, AccountChanges(locale="fr"), version=1)
    assert first.stored.version == 2
    with pytest.raises(StaleError):
        directory.change(ANN, identifier, AccountChanges(locale="en"), version=1)
    assert directory.change(ANN, identifier, AccountChanges(locale="en")).stored.version == 3
    tenant = directory.change_tenant(ANN, tenant_id("acme"), TenantChanges(plan="a"), version=1)
    assert tenant.version == 2
    with pytest.raises(StaleError):
        directory.change_tenant(ANN, tenant_id("acme"), TenantChanges(plan="b"), version=1)


def test_of_many_who_change_it_at_once_with_one_version_one_does(directory: Directory) -> None:
    identifier = account_id("acme", "u-1")
    done: list[int] = []
    start = Barrier(4)

    def change(number: int) -> None:
        start.wait(30)
        try:
            said = AccountChanges(display_name=f"number {number}")
            directory.change(ANN, identifier, said, version=1)
        except StaleError:
            return
        done.append(number)

    threads = [Thread(target=change, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (number,) = done
    stored = directory.account(ANN, identifier)
    assert (stored.account.display_name, stored.version) == (f"number {number}", 2)


def test_an_account_is_made_once(directory: Directory) -> None:
    with pytest.raises(TakenError):
        directory.create(ANN, "acme", "u-1", AccountChanges())
    with pytest.raises(TakenError):
        directory.create_tenant(ANN, "acme", TenantChanges())
    made = directory.create_tenant(ANN, "new", TenantChanges(zone="Europe/Paris"))
    assert directory.tenant(ANN, made.id) == made


def test_what_a_provider_says_stands_below_a_persons_word(directory: Directory) -> None:
    scim = program("directory:provision", "directory:read")
    identifier = account_id("acme", "u-1")
    pushed = AccountChanges(display_name="from SCIM", locale="fr")
    told = directory.provision(scim, "acme", "u-1", pushed, Origin.SCIM)
    assert [one.field for one in told.held] == ["display_name"]
    assert told.stored.account.locale == "fr"
    directory.release(ANN, identifier, ("display_name",))
    told = directory.provision(scim, "acme", "u-1", pushed, Origin.SCIM)
    assert told.stored.account.display_name == "from SCIM"
    new = directory.provision(scim, "acme", "u-7", pushed, Origin.SCIM)
    assert new.stored.account.state is State.ACTIVE
    with pytest.raises(DirectoryError):
        directory.provision(scim, "acme", "u-1", pushed, Origin.PERSON)


def test_sharing_is_authorised_with_a_reason_and_ends(directory: Directory) -> None:
    identifier = account_id("acme", "u-1")
    approver = person(Role.APPROVER, authenticated=NOW)
    until = NOW + DAY
    shared = directory.authorise_sharing(
        approver, identifier, owner=" Ann ", reason="front desk", until=until
    ).account
    assert shared.kind_at(NOW) is AccountKind.SHARED
    assert shared.kind_at(until) is AccountKind.PERSON
    assert shared.sharing is not None
    assert shared.sharing.owner == "Ann"
    ended = directory.end_sharing(person(Role.ANALYST), identifier, "moved").account
    assert (ended.kind, ended.sharing) == (AccountKind.PERSON, None)
    for owner, reason, wrong in (("", "x", until), ("a", " ", until), ("a", "x", NOW)):
        with pytest.raises(DirectoryError):
            directory.authorise_sharing(
                approver, identifier, owner=owner, reason=reason, until=wrong
            )
    with pytest.raises(NotFreshError):
        directory.authorise_sharing(
            person(Role.APPROVER), identifier, owner="a", reason="b", until=until
        )
    with pytest.raises(NotAllowedError):
        directory.authorise_sharing(
            person(Role.ANALYST), identifier, owner="a", reason="b", until=until
        )


def test_no_analyst_hides_an_account_behind_one_that_several_use(directory: Directory) -> None:
    kiosk, other = account_id("acme", "u-1"), account_id("acme", "u-2")
    directory.change(ANN, kiosk, AccountChanges(kind=AccountKind.KIOSK))
    approver = person(Role.APPROVER, authenticated=NOW)
    for actor in (person(Role.ANALYST), program("directory:write", tenant="acme")):
        # Either way nothing that the other account does would raise an alarm any more.
        with pytest.raises(NotAllowedError):
            directory.merge(actor, kiosk, other)
        with pytest.raises(NotAllowedError):
            directory.change(actor, kiosk, AccountChanges(aliases=("u-9",)))
        assert directory.account(ANN, other).account.uid == "u-2"
        directory.change(actor, kiosk, AccountChanges(locale="fr"))
    assert directory.merge(approver, kiosk, other).account.aliases == ("u-2",)


def test_a_provider_names_what_it_has_also_where_several_use_it(directory: Directory) -> None:
    identifier = account_id("acme", "u-1")
    directory.change(ANN, identifier, AccountChanges(kind=AccountKind.KIOSK))
    scim = program("directory:provision", tenant="acme")
    pushed = AccountChanges(aliases=("desk@acme.example",))
    made = directory.provision(scim, "acme", "u-1", pushed, Origin.SCIM)
    assert made.stored.account.aliases == ("desk@acme.example",)


def test_offboarding_is_recorded_with_its_reason(directory: Directory, database: Engine) -> None:
    gone = directory.offboard(ANN, account_id("acme", "u-2"), "left in May")
    assert gone.account.state is State.OFFBOARDED
    assert deeds(database)[-1] == ("directory:write", gone.account.reference, "acme")
    assert contents(database)[-1]["reason"] == "left in May"


def test_two_that_are_one_person_become_one(directory: Directory, database: Engine) -> None:
    one, other = account_id("acme", "u-1"), account_id("acme", "u-2")
    directory.change(ANN, other, AccountChanges(aliases=("lee",), external={"okta": "7"}))
    made = directory.merge(ANN, one, other, "same person")
    assert made.account.aliases == ("u-2", "lee")
    assert directory.find(ANN, "acme", "U-2").id == one
    assert directory.find(ANN, "acme", "lee").account.external == {"okta": "7"}
    with pytest.raises(NotThereError):
        directory.account(ANN, other)
    with pytest.raises(DirectoryError):
        directory.merge(ANN, one, one)
    with pytest.raises(DirectoryError):
        directory.merge(ANN, one, account_id("other", "u-1"))
    assert directory.aliases(ANN) == [("acme", "lee", "u-1"), ("acme", "u-2", "u-1")]
    subjects = [subject for _, subject, _ in deeds(database)]
    assert made.account.reference in subjects


def test_whoever_looks_at_people_is_written_down(directory: Directory, database: Engine) -> None:
    before = len(deeds(database))
    found = directory.account(CONTACT, account_id("acme", "u-1"))
    directory.accounts(CONTACT, AccountFilter(text="ann"))
    looks = deeds(database)[before:]
    assert looks == [
        ("directory:read", found.account.reference, "acme"),
        ("directory:read", "accounts", "acme"),
    ]


def test_pages_of_tenants_follow_one_another(directory: Directory) -> None:
    first = directory.tenants(ANN, limit=1)
    assert (first.items[0].tenant.uid, first.next) == ("acme", "acme")
    second = directory.tenants(ANN, after=first.next or "", limit=1)
    assert (second.items[0].tenant.uid, second.next) == ("other", None)


def test_programs_are_not_taken_for_people() -> None:
    assert origin_of(ANN) is Origin.PERSON
    assert origin_of(person(Role.ANALYST)) is Origin.PERSON
    assert origin_of(program("directory:write")) is Origin.PROGRAM
    assert origin_of(DAEMON) is Origin.PROGRAM
