"""The directory is kept as it was told, found by any of its names, and paged without gaps."""

import pytest
from msgspec import structs
from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError

from detectors.core.context import AccountKind
from monitor.directory.account import Account, Mfa, State, account_id
from monitor.directory.origin import Origin, Provenance
from monitor.directory.tenant import Contact, Tenant
from monitor.store.directory import (
    AccountFilter,
    DirectoryTable,
    Place,
    Seen,
    StoredAccount,
)
from tests.monitor.directory.entries import NOW, account, sharing

ANY = AccountFilter()


def fill(database: Engine, *accounts: Account) -> None:
    with database.begin() as connection:
        DirectoryTable(connection).put([(None, one) for one in accounts], NOW)


def test_what_is_kept_is_read_back_and_its_changes_are_counted(database: Engine) -> None:
    full = account(
        "é/1",
        kind=AccountKind.SHARED,
        state=State.SUSPENDED,
        aliases=("Ann",),
        external={"okta": "7"},
        mfa=Mfa.WEAK,
        sharing=sharing(),
    )
    fill(database, full)
    with database.begin() as connection:
        table = DirectoryTable(connection)
        stored = table.account(account_id("acme", "é/1"))
        assert stored == StoredAccount(account=full, version=1, created=NOW, updated=NOW)
        changed = structs.replace(full, aliases=("lee",), external={})
        (again,) = table.put([(stored, changed)], NOW + 5)
    assert (again.version, again.created, again.updated) == (2, NOW, NOW + 5)
    with database.begin() as connection:
        table = DirectoryTable(connection)
        assert table.account(again.id, lock=True) == again
        assert table.by_names("acme", ["ANN", "Lee"]) == {"lee": again.id}
        assert table.by_external("acme", "okta", "7") is None
        assert list(table.aliases()) == [("acme", "lee", "é/1")]
        assert list(table.aliases("other")) == []


def test_a_name_is_one_accounts_in_its_tenant(database: Engine) -> None:
    fill(database, account("u-1", aliases=("Ann",)))
    elsewhere = structs.replace(account("u-2", aliases=("ann",)), tenant="other")
    fill(database, elsewhere)
    with pytest.raises(IntegrityError):
        fill(database, account("u-2", aliases=("ANN",)))
    fill(database, account("u-3", external={"okta": "7"}))
    with pytest.raises(IntegrityError):
        fill(database, account("u-4", external={"okta": "7"}))
    with database.begin() as connection:
        found = DirectoryTable(connection).by_externals("acme", [("okta", "7"), ("hr", "7")])
    assert found == {("okta", "7"): account_id("acme", "u-3")}


def test_pages_follow_one_another_without_gaps(database: Engine) -> None:
    made = [structs.replace(account(f"u{n}"), tenant=t) for t in ("b", "a") for n in range(7)]
    fill(database, *made)
    met: list[tuple[str, str]] = []
    after = None
    with database.begin() as connection:
        table = DirectoryTable(connection)
        while page := table.accounts(ANY, after, 3):
            met += [(one.account.tenant, one.account.uid) for one in page]
            after = Place(*met[-1])
        assert [(o.account.tenant, o.account.uid) for o in table.every(ANY)] == met
        assert table.count(ANY) == 14
    assert met == sorted((one.tenant, one.uid) for one in made)


@pytest.mark.parametrize(
    ("wanted", "uids"),
    [
        (AccountFilter(tenant="acme"), ["u1", "u2", "u3"]),
        (AccountFilter(tenant="other"), []),
        (AccountFilter(kind=AccountKind.SERVICE), ["u2"]),
        (AccountFilter(state=State.OFFBOARDED), ["u3"]),
        (AccountFilter(mfa=Mfa.NONE), ["u1"]),
        (AccountFilter(privileged=True), ["u3"]),
        (AccountFilter(text="LEE"), ["u1"]),
        (AccountFilter(text="100%"), ["u2"]),
        (AccountFilter(text="_"), []),
    ],
)
@pytest.mark.one_on_postgresql
def test_filters(database: Engine, wanted: AccountFilter, uids: list[str]) -> None:
    fill(
        database,
        account("u1", display_name="Ann Lee", mfa=Mfa.NONE),
        account("u2", kind=AccountKind.SERVICE, display_name="100% robot"),
        account("u3", state=State.OFFBOARDED, privileged=True),
    )
    with database.begin() as connection:
        table = DirectoryTable(connection)
        assert [one.account.uid for one in table.accounts(wanted, None, 9)] == uids
        assert table.count(wanted) == len(uids)


def test_what_logs_show_is_provisional_once_and_never_in_the_way(database: Engine) -> None:
    fill(database, account("u1", state=State.ACTIVE, aliases=("Ann",)))
    seen = [Seen("acme", "u1"), Seen("acme", "u2", "Bob\x1b"), Seen("acme", "ann"), Seen("b", "u2")]
    with database.begin() as connection:
        table = DirectoryTable(connection)
        assert table.add_seen(seen, NOW) == 2
        assert table.add_seen([*seen, *seen], NOW + 1) == 0
        assert table.states(None) == {
            "acme": {State.ACTIVE: 1, State.PROVISIONAL: 1},
            "b": {State.PROVISIONAL: 1},
        }
        new = table.account(account_id("acme", "u2"))
        assert new is not None
        assert (new.account.display_name, new.version, new.created) == ("Bob", 1, NOW)
        assert new.account.origins["display_name"] == Provenance(Origin.LOG, NOW)
        assert [one.tenant.uid for one in table.tenants(None, "", "", 9)] == ["acme", "b"]
        assert table.states("b") == {"b": {State.PROVISIONAL: 1}}


def test_what_is_removed_leaves_no_name_behind(database: Engine) -> None:
    fill(database, account("u1", aliases=("ann",), external={"hr": "1"}), account("u2"))
    gone = account_id("acme", "u1")
    with database.begin() as connection:
        table = DirectoryTable(connection)
        assert table.remove([gone, account_id("acme", "u9")]) == 1
        assert table.account(gone) is None
        assert table.by_names("acme", ["ann"]) == {}
        assert table.by_external("acme", "hr", "1") is None
        assert table.count(ANY) == 1


def test_tenants_are_kept_found_and_counted(database: Engine) -> None:
    acme = Tenant(uid="acme", name="Acme SA", contacts=(Contact(name="Ann"),), countries=("FR",))
    with database.begin() as connection:
        table = DirectoryTable(connection)
        first = table.put_tenant(acme, None, NOW)
        second = table.put_tenant(structs.replace(acme, plan="basic"), first, NOW + 1)
        table.add_tenants(["acme", "b", "b"], Origin.LOG, NOW)
        assert (second.version, second.created, second.updated) == (2, NOW, NOW + 1)
        assert table.tenant("acme", lock=True) == second
        assert [one.tenant.uid for one in table.tenants(None, "", "acme", 9)] == ["b"]
        assert [one.tenant.uid for one in table.tenants(None, "SA", "", 9)] == ["acme"]
        assert [one.tenant.uid for one in table.tenants("b", "", "", 9)] == ["b"]
        assert table.tenant("c") is None
    with pytest.raises(IntegrityError), database.begin() as connection:
        DirectoryTable(connection).put_tenant(acme, None, NOW)


def test_an_account_is_added_once(database: Engine) -> None:
    with database.begin() as connection:
        assert DirectoryTable(connection).add(account(aliases=("a",)), NOW).version == 1
    with pytest.raises(IntegrityError), database.begin() as connection:
        DirectoryTable(connection).add(account(), NOW)
