"""The demonstration's company is one that a directory knows, with people who do something."""

import pytest
from sqlalchemy import Engine

from alerts.responders.roster import Roster
from monitor.cli.furnishing import COLLEAGUES, Furnishing
from monitor.directory.account import State
from monitor.services.actor import operator
from monitor.services.directory import Directory
from monitor.services.tickets import Tickets
from monitor.simulation.demonstration import Demonstration
from monitor.store.connection import reading
from monitor.store.directory import AccountFilter, DirectoryTable

NOW = 1_790_000_000_000


@pytest.fixture(scope="module")
def demonstration() -> Demonstration:
    return Demonstration(NOW, 2026, 150)


def test_its_accounts_tenants_and_contacts_are_known_and_doing_it_again_is_no_trouble(
    database: Engine, demonstration: Demonstration
) -> None:
    furnishing = Furnishing(database, demonstration, Roster())
    furnishing.furnish()
    furnishing.furnish()
    with reading(database).connect() as connection:
        table = DirectoryTable(connection)
        assert table.count(AccountFilter()) == len(demonstration.world.people)
        found = table.accounts(AccountFilter(), None, 200)
    kinds = {one.account.kind for one in found}
    assert len(kinds) > 1, "not all accounts are one person's"
    assert any(one.account.privileged for one in found)
    left = [one.account for one in found if one.account.ended is not None]
    assert left, "somebody has left and goes on signing in"
    assert all(one.state_at(NOW) is State.OFFBOARDED for one in left)
    tenants = Directory(database).tenants(operator()).items
    assert len(tenants) == len(demonstration.world.tenants)
    assert all(one.tenant.contacts for one in tenants)
    assert any(one.tenant.countries for one in tenants), "one of them allows some countries only"
    assert len(Tickets(database).colleagues(operator())) == len(COLLEAGUES)


def test_nobody_works_before_the_history_is_read(
    database: Engine, demonstration: Demonstration
) -> None:
    furnishing = Furnishing(database, demonstration, Roster())
    assert not furnishing.work()
