"""What was pushed is kept by tenant, found by what it is looked for, and read in parts."""

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError

from monitor.store import provisioning, tables
from monitor.store.provisioning import MemberTable, Provisioned, ProvisioningTable, forget

USERS, GROUPS = tables.provisioned_users, tables.provisioned_groups


def row(number: int, tenant: str = "acme", name: str | None = None, at: int = 0) -> Provisioned:
    return Provisioned(
        id=number.to_bytes(16, "big"),
        tenant=tenant,
        name=f"n{number}" if name is None else name,
        external_id="X",
        version=1,
        created=at,
        updated=at,
        body=b'{"displayName":"g"}',
    )


def test_rows_are_found_in_their_tenant_and_nowhere_else(database: Engine) -> None:
    with database.begin() as connection:
        acme = ProvisioningTable(connection, "acme", USERS)
        globex = ProvisioningTable(connection, "globex", USERS)
        acme.add(row(1))
        globex.add(row(2, "globex", "n1"))
        assert acme.by_id(row(1).id, lock=True) == row(1)
        assert acme.by_id(row(2).id) is None
        assert acme.by_name("n1") == row(1)
        assert acme.by_external_id("X") == [row(1)]
        assert (acme.count(), globex.count()) == (1, 1)
        # Nor are they changed from elsewhere.
        globex.put(row(1, "globex", "stolen"))
        globex.remove(row(1).id)
        assert acme.page(0, 9) == [row(1)]
        acme.remove(row(1).id)
        assert acme.count() == 0


@pytest.mark.parametrize("table", [USERS, GROUPS])
def test_a_name_is_one_rows_in_a_tenant(database: Engine, table: object) -> None:
    with database.begin() as connection:
        ProvisioningTable(connection, "acme", table).add(row(1))  # type: ignore[arg-type]
    with pytest.raises(IntegrityError), database.begin() as connection:
        ProvisioningTable(connection, "acme", table).add(row(2, name="n1"))  # type: ignore[arg-type]


def test_all_are_read_in_parts_in_the_order_they_were_made(
    database: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(provisioning, "_AT_ONCE", 2)
    with database.begin() as connection:
        table = ProvisioningTable(connection, "acme", USERS)
        for number, at in ((5, 1), (1, 2), (3, 2), (2, 3), (4, 3)):
            table.add(row(number, at=at))
        parts = [[each.id[-1] for each in part] for part in table.every()]
        assert parts == [[5, 1], [3, 2], [4]]
        assert [each.id[-1] for each in table.page(1, 3)] == [1, 3, 2]


def test_who_is_in_which_group_is_known_from_both_ends(database: Engine) -> None:
    with database.begin() as connection:
        users, groups = (ProvisioningTable(connection, "acme", each) for each in (USERS, GROUPS))
        members = MemberTable(connection, "acme")
        for number in (1, 2):
            users.add(row(number))
        groups.add(row(9))
        one, two, group = row(1).id, row(2).id, row(9).id
        assert members.lock_users([one, two, group]) == {one, two}
        assert MemberTable(connection, "globex").lock_users([one]) == set()
        members.add(group, [one, two])
        assert [each for each, _ in members.of_groups([group])[group]] == [one, two]
        assert members.of_users([one])[one] == [(group, row(9).body)]
        members.take(group, [one])
        assert members.of_users([one, two]).keys() == {two}
        members.set_due([one, two], is_due=True)
        assert members.due(1) == [one]
        members.set_due([one], is_due=False)
        assert members.due(9) == [two]


def test_what_was_pushed_of_an_account_can_be_forgotten(database: Engine) -> None:
    with database.begin() as connection:
        users = ProvisioningTable(connection, "acme", USERS)
        users.add(row(1))
        users.add(row(2))
        members = MemberTable(connection, "acme")
        ProvisioningTable(connection, "acme", GROUPS).add(row(9))
        members.add(row(9).id, [row(1).id, row(2).id])
        assert forget(connection, [row(1).id, row(7).id]) == 1
        assert [each.id for each in users.page(0, 9)] == [row(2).id]
        assert [each for each, _ in members.of_groups([row(9).id])[row(9).id]] == [row(2).id]
