"""An entry is merged, checked, kept and recorded at once, or not at all."""

import pytest
from sqlalchemy import Engine

from detectors.core.context import AccountKind
from monitor.directory.account import AccountChanges, State, account_id
from monitor.directory.merging import Difference
from monitor.directory.origin import Origin
from monitor.directory.refusal import DirectoryError
from monitor.directory.tenant import Tenant, TenantChanges
from monitor.services.actor import Role
from monitor.services.authority import Operation
from monitor.services.entries import enter, enter_tenant, new_account, told
from monitor.services.refusal import NotAllowedError
from monitor.store.directory import DirectoryTable
from tests.monitor.directory.entries import NOW, sharing
from tests.monitor.services.listed import contents, deeds
from tests.monitor.services.people import ADMINISTRATOR, person, program

SCIM = program("directory:provision")
SAYS = Operation.DIRECTORY_PROVISION


def test_a_new_account_is_kept_with_its_tenant_and_recorded(database: Engine) -> None:
    new = new_account("acme", "u-1", Origin.SCIM, NOW)
    with database.begin() as connection:
        said = AccountChanges(display_name="Ann", state=State.ACTIVE)
        made = enter(connection, SCIM, SAYS, new, said, Origin.SCIM, NOW)
        assert DirectoryTable(connection).tenant("acme") is not None
    assert made.stored.version == 1
    assert deeds(database) == [("directory:provision", new.reference, "acme")]
    (content,) = contents(database)
    assert content["changes"]["display_name"] == ["", "Ann"]


def test_what_changes_nothing_is_not_written_and_not_recorded(database: Engine) -> None:
    new = new_account("acme", "u-1", Origin.SCIM, NOW)
    said = AccountChanges(display_name="Ann")
    with database.begin() as connection:
        made = enter(connection, SCIM, SAYS, new, said, Origin.SCIM, NOW).stored
        again = enter(connection, SCIM, SAYS, made, said, Origin.SCIM, NOW + 1)
    assert (again.stored, again.changed) == (made, ())
    assert len(deeds(database)) == 1


def test_a_name_that_is_anothers_is_refused_with_its_field(database: Engine) -> None:
    said = AccountChanges(aliases=("Ann",), external={"okta": "7"})
    with database.begin() as connection:
        new = new_account("acme", "u-1", Origin.SCIM, NOW)
        enter(connection, SCIM, SAYS, new, said, Origin.SCIM, NOW)
    for changes, field in (
        (AccountChanges(aliases=("ANN",)), "aliases"),
        (AccountChanges(external={"okta": "7"}), "external.okta"),
    ):
        other = new_account("acme", "u-2", Origin.SCIM, NOW)
        with pytest.raises(DirectoryError) as refused, database.begin() as connection:
            enter(connection, SCIM, SAYS, other, changes, Origin.SCIM, NOW)
        assert refused.value.field == field
    with database.begin() as connection:
        assert DirectoryTable(connection).account(account_id("acme", "u-2")) is None


@pytest.mark.parametrize("kind", [kind for kind in AccountKind if kind is not AccountKind.PERSON])
def test_that_it_is_no_single_persons_is_said_by_those_who_may(
    database: Engine, kind: AccountKind
) -> None:
    said = AccountChanges(kind=kind)
    if kind is AccountKind.SHARED:
        said = AccountChanges(kind=kind, sharing=sharing())
    new = new_account("acme", "u-1", Origin.SCIM, NOW)
    analyst, writer = person(Role.ANALYST, authenticated=NOW), program("directory:write")
    refused = [(analyst, Origin.PERSON), (writer, Origin.CSV), (analyst, Origin.SCIM)]
    if kind is not AccountKind.SERVICE:
        refused.append((SCIM, Origin.SCIM))
    for actor, origin in refused:
        with pytest.raises(NotAllowedError), database.begin() as connection:
            enter(connection, actor, SAYS, new, said, origin, NOW)
    approver = person(Role.APPROVER, authenticated=NOW)
    with database.begin() as connection:
        made = enter(connection, approver, SAYS, new, said, Origin.PERSON, NOW)
        # Who changes something else of it need not be asked again.
        enter(connection, SCIM, SAYS, made.stored, AccountChanges(locale="fr"), Origin.SCIM, NOW)


@pytest.mark.parametrize("uid", ["", " ", "a\0b", "a" * 1_025])
def test_an_account_has_a_name(uid: str) -> None:
    with pytest.raises(DirectoryError):
        new_account("acme", uid, Origin.CSV, NOW)


def test_a_tenant_is_written_down_in_the_same_way(database: Engine) -> None:
    says = Operation.DIRECTORY_WRITE
    changes = TenantChanges(zone="Europe/Paris", seats=2)
    with database.begin() as connection:
        first = enter_tenant(
            connection, ADMINISTRATOR, says, Tenant(uid="acme"), changes, Origin.PERSON, NOW
        )
        again = enter_tenant(connection, ADMINISTRATOR, says, first, changes, Origin.PERSON, NOW)
        assert again == first
        wrong = TenantChanges(zone="Mars")
        with pytest.raises(DirectoryError):
            enter_tenant(connection, ADMINISTRATOR, says, first, wrong, Origin.PERSON, NOW)
    assert deeds(database) == [("directory:write", "tenant:acme", "acme")]


def test_what_changed_is_told_in_plain_values() -> None:
    difference = Difference("kind", AccountKind.PERSON, AccountKind.SERVICE)
    assert told([difference]) == {"kind": ["person", "service"]}
