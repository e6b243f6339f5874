"""Groups know their members by id, and note whose accounts have to be told."""

from sqlalchemy import Engine

from monitor.scim.exchange import created
from monitor.scim.resources import Group, Person
from monitor.scim.rules import PushRules
from monitor.services.provisioned_groups import ProvisionedGroups
from monitor.services.provisioned_users import Asking, ProvisionedUsers
from monitor.store.provisioning import MemberTable
from tests.monitor.services.people import program

ASKING = Asking(program("directory:provision", tenant="acme"), "acme", PushRules(), 1_800_000)


def test_only_accounts_whose_groups_changed_are_due(database: Engine) -> None:
    with database.begin() as connection:
        users, groups = ProvisionedUsers(connection, ASKING), ProvisionedGroups(connection, ASKING)
        ann, ben, cleo = (
            str(users.create(created(Person, {"userName": name})).id) for name in ("a", "b", "c")
        )
        members = MemberTable(connection, "acme")

        def due() -> set[str]:
            found = {each.hex() for each in members.due(9)}
            users.settle(9)
            return found

        told = {"displayName": "Crew", "members": [{"value": ann}, {"value": ben}]}
        crew = groups.create(created(Group, told))
        assert due() == {ann, ben}

        def put(name: str, *values: str) -> Group:
            def change(held: Group) -> Group:
                wanted = [{"value": value} for value in values]
                after = created(Group, {"displayName": name, "members": wanted})
                after.id = held.id
                return after

            return groups.change(str(crew.id), change, None)

        put("Crew", ben, cleo)
        assert due() == {ann, cleo}
        assert put("Crew", cleo, ben).meta == groups.get(str(crew.id)).meta
        assert due() == set()
        put("Night crew", ben, cleo)
        assert due() == {ben, cleo}
        assert groups.looked_up("displayName", "NIGHT CREW") == [groups.get(str(crew.id))]
        assert groups.page(0, 9)[0].members is None
        groups.remove(str(crew.id), None)
        assert due() == {ben, cleo}
