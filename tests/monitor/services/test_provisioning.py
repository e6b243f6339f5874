"""What identity providers push becomes accounts of the directory, of their tenant and no other."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from scim2_models import SCIMException
from sqlalchemy import Engine, select

from detectors.core.context import AccountKind
from monitor.directory.account import Account, AccountChanges, State, account_id
from monitor.directory.listed import is_listed
from monitor.directory.origin import Origin
from monitor.scim.exchange import created, patched, replaced
from monitor.scim.provider import Kind
from monitor.scim.query import Found, asked
from monitor.scim.refusal import error_of
from monitor.scim.rules import Deleted, Identifier, PushRules
from monitor.services import provisioning
from monitor.services.actor import operator
from monitor.services.directory import Directory
from monitor.services.provisioning import Provisioning
from monitor.services.refusal import NotAllowedError
from monitor.store import tables
from monitor.store.directory import DirectoryTable, Seen
from tests.monitor.services.people import person, program

VIGIE = "urn:ietf:params:scim:schemas:extension:vigie:2.0:User"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
KEY = program("directory:provision", tenant="acme")
OTHER = program("directory:provision", tenant="globex")


class Pushed:
    """A provider that pushes to one database, and the directory that comes of it."""

    def __init__(self, engine: Engine, rules: PushRules | None = None) -> None:
        self.engine = engine
        self.now = 1_800_000_000_000
        self.provider = Provisioning(engine, lambda: self.now, rules)
        self.directory = Directory(engine, lambda: self.now)

    def user(self, called: str = "ann@acme.example", actor: Any = KEY, **more: Any) -> Any:
        made = created(Kind.USER.model, {"userName": called, "active": True, **more})
        return self.provider.create(actor, Kind.USER, made)

    def group(self, name: str, *members: str, actor: Any = KEY) -> Any:
        told = {"displayName": name, "members": [{"value": member} for member in members]}
        return self.provider.create(actor, Kind.GROUP, created(Kind.GROUP.model, told))

    def put(self, uid: str, expected: frozenset[str] | None = None, **told: Any) -> Any:
        change: Callable[[Any], Any] = lambda held: replaced(held, told)  # noqa: E731
        return self.provider.change(KEY, Kind.USER, uid, change, expected)

    def patch(self, kind: Kind, uid: str, *operations: dict[str, Any], actor: Any = KEY) -> Any:
        told = {"Operations": list(operations)}
        return self.provider.change(actor, kind, uid, lambda held: patched(held, told))

    def account(self, uid: str = "ann@acme.example", tenant: str = "acme") -> Account:
        with self.engine.begin() as connection:
            found = DirectoryTable(connection).account(account_id(tenant, uid))
        assert found is not None
        return found.account

    def search(self, kind: Kind = Kind.USER, actor: Any = KEY, **told: Any) -> Found[Any]:
        return self.provider.search(actor, (kind,), asked(kind.model, told))

    def audited(self) -> list[tuple[str, str]]:
        with self.engine.begin() as connection:
            rows = connection.execute(
                select(tables.audit.c.operation, tables.audit.c.subject).order_by(
                    tables.audit.c.number
                )
            )
            return [(row.operation, row.subject) for row in rows]


@pytest.fixture
def pushed(database: Engine) -> Pushed:
    return Pushed(database)


def refused(do: Callable[[], Any], status: int, kind: str | None = None) -> None:
    with pytest.raises(SCIMException) as caught:
        do()
    told = error_of(caught.value)
    assert (told.status, told.scim_type) == (status, kind)


def test_a_user_is_an_account_with_what_was_said(pushed: Pushed) -> None:
    user = pushed.user(
        externalId="00u1",
        name={"givenName": "Ann", "familyName": "Moreau"},
        emails=[
            {"value": "a.moreau@acme.example"},
            {"value": "ann.m@acme.example", "primary": True},
        ],
        roles=[{"value": "supervisor"}],
        locale="fr-FR",
        **{VIGIE: {"kind": "service", "privileged": True}, ENTERPRISE: {"employeeNumber": "E7"}},
    )
    account = pushed.account()
    assert user.id == account_id("acme", "ann@acme.example").hex()
    assert account.state is State.ACTIVE
    assert account.kind is AccountKind.SERVICE
    assert (account.display_name, account.email) == ("Ann Moreau", "ann.m@acme.example")
    assert account.roles == ("supervisor",)
    assert account.privileged
    assert account.external == {"scim": "00u1", "employee_number": "E7"}
    assert set(account.aliases) == {"a.moreau@acme.example", "ann.m@acme.example"}
    assert account.locale == "fr-FR"
    assert account.origins["state"].origin is Origin.SCIM


def test_whoever_is_not_active_any_more_is_offboarded_and_may_come_back(pushed: Pushed) -> None:
    user = pushed.user()
    off = pushed.patch(Kind.USER, user.id, {"op": "Replace", "path": "active", "value": "False"})
    assert off.active is False
    assert pushed.account().state is State.OFFBOARDED
    back = pushed.put(user.id, userName="ann@acme.example", active=True)
    assert back.active is True
    assert pushed.account().state is State.ACTIVE


def test_a_put_that_does_not_say_whether_it_is_active_changes_nothing_of_that(
    pushed: Pushed,
) -> None:
    user = pushed.user(active=False)
    after = pushed.put(user.id, userName="ann@acme.example", displayName="Ann")
    assert after.active is False
    assert pushed.account().state is State.OFFBOARDED


def test_a_persons_word_stands_and_is_shown(pushed: Pushed) -> None:
    user = pushed.user()
    mine = bytes.fromhex(user.id)
    pushed.directory.offboard(operator(), mine)
    assert pushed.provider.get(KEY, Kind.USER, user.id).active is False
    again = pushed.patch(Kind.USER, user.id, {"op": "replace", "value": {"displayName": "Ann"}})
    assert (again.active, again.display_name) == (False, "Ann")
    # A person takes it back, and what was merely shown meanwhile is not the provider's word.
    pushed.directory.change(operator(), mine, AccountChanges(state=State.ACTIVE))
    pushed.group("Crew", user.id)
    assert pushed.account().state is State.ACTIVE
    assert pushed.provider.get(KEY, Kind.USER, user.id).active is True


def test_a_deleted_user_is_gone_and_its_account_offboarded(pushed: Pushed) -> None:
    user = pushed.user()
    pushed.provider.remove(KEY, Kind.USER, user.id)
    refused(lambda: pushed.provider.get(KEY, Kind.USER, user.id), 404)
    assert pushed.search().total == 0
    assert pushed.account().state is State.OFFBOARDED
    # Whoever comes back gets the account that they had.
    assert pushed.user().id == user.id
    assert pushed.account().state is State.ACTIVE


def test_of_a_deleted_user_nothing_is_said_any_more_where_the_rules_say_so(
    database: Engine,
) -> None:
    pushed = Pushed(database, PushRules(deleted=Deleted.REMOVE))
    user = pushed.user(displayName="Ann", emails=[{"value": "a@acme.example"}])
    pushed.provider.remove(KEY, Kind.USER, user.id)
    account = pushed.account()
    assert (account.state, account.display_name, account.aliases) == (State.PROVISIONAL, "", ())
    # The engine hears of it by the change, and does not take the account for listed any more.
    assert not is_listed(account)
    assert pushed.audited()[-1] == ("directory:provision", pushed.audited()[0][1])
    assert pushed.user().id == user.id


def test_an_account_that_logs_showed_is_claimed(pushed: Pushed) -> None:
    with pushed.engine.begin() as connection:
        DirectoryTable(connection).add_seen([Seen("acme", "ann@acme.example")], pushed.now)
    assert pushed.search().total == 0
    user = pushed.user("Ann@Acme.example")
    assert bytes.fromhex(user.id) == account_id("acme", "ann@acme.example")
    assert pushed.account().state is State.ACTIVE


def test_an_account_that_is_known_by_another_name_is_claimed(pushed: Pushed) -> None:
    changes = AccountChanges(aliases=("Ann@Acme.example",), display_name="Ann")
    stored = pushed.directory.create(operator(), "acme", "u-17", changes)
    user = pushed.user()
    assert bytes.fromhex(user.id) == stored.id
    # A second user of the same account is another person's mistake.
    refused(lambda: pushed.user("u-17"), 409, "uniqueness")


def test_logs_may_call_accounts_by_the_providers_id(database: Engine) -> None:
    pushed = Pushed(database, PushRules(identifier=Identifier.EXTERNAL_ID))
    pushed.user(externalId="8f0a")
    account = pushed.account("8f0a")
    assert account.aliases == ("ann@acme.example",)


def test_a_name_is_one_users_whatever_its_case(pushed: Pushed) -> None:
    ann = pushed.user()
    refused(lambda: pushed.user("ANN@acme.EXAMPLE"), 409, "uniqueness")
    ben = pushed.user("ben")
    refused(lambda: pushed.put(ben.id, userName="Ann@acme.example"), 409, "uniqueness")
    # The own name may be written otherwise, and another tenant has names of its own.
    assert pushed.put(ann.id, userName="Ann@acme.example").user_name == "Ann@acme.example"
    pushed.user(actor=OTHER)


def test_a_new_name_leaves_the_account_what_it_was(pushed: Pushed) -> None:
    user = pushed.user()
    pushed.put(user.id, userName="ann.petit@acme.example")
    account = pushed.account()
    assert account.aliases == ("ann.petit@acme.example",)
    assert pushed.search(filter='userName eq "ann@acme.example"').total == 0
    (found,) = pushed.search(filter='userName eq "ANN.petit@acme.example"').resources
    assert found.id == user.id


def test_names_that_others_have_are_left_to_them(pushed: Pushed) -> None:
    shared = {"emails": [{"value": "desk@acme.example"}]}
    pushed.user("ann", **shared)
    pushed.user("ben", **shared)
    assert pushed.account("ann").aliases == ("desk@acme.example",)
    assert pushed.account("ben").aliases == ()


def test_names_that_others_gave_stay_and_the_providers_former_ones_go(pushed: Pushed) -> None:
    user = pushed.user("ann", emails=[{"value": "old@acme.example"}])
    seen = AccountChanges(aliases=("old@acme.example", "agent7"))
    pushed.directory.provision(KEY, "acme", "ann", seen, Origin.SCIM)
    pushed.put(user.id, userName="ann", emails=[{"value": "new@acme.example"}])
    assert set(pushed.account("ann").aliases) == {"agent7", "new@acme.example"}


def test_what_is_not_said_any_more_is_taken_back_only_if_scim_said_it(pushed: Pushed) -> None:
    csv = AccountChanges(roles=("agent",), email="ann@csv.example", display_name="A.")
    pushed.directory.provision(KEY, "acme", "ann", csv, Origin.CSV)
    user = pushed.user("ann", displayName="Ann")
    assert pushed.account("ann").roles == ("agent",)
    pushed.put(user.id, userName="ann", roles=[{"value": "lead"}])
    account = pushed.account("ann")
    assert (account.roles, account.display_name, account.email) == (
        ("lead",),
        "",
        "ann@csv.example",
    )
    pushed.put(user.id, userName="ann")
    assert pushed.account("ann").roles == ()


def test_groups_are_roles_and_some_are_privileged(database: Engine) -> None:
    pushed = Pushed(database, PushRules(privileged=("Administrators",)))
    ann, ben = pushed.user("ann", roles=[{"value": "agent"}]), pushed.user("ben")
    group = pushed.group("ADMINISTRATORS", ann.id)
    assert pushed.account("ann").roles == ("agent", "ADMINISTRATORS")
    assert pushed.account("ann").privileged
    assert not pushed.account("ben").privileged
    told = pushed.provider.get(KEY, Kind.USER, ann.id).groups
    assert [(each.value, each.display) for each in told] == [(group.id, "ADMINISTRATORS")]
    more = {"op": "Add", "path": "members", "value": [{"value": ben.id}]}
    less = {"op": "Remove", "path": "members", "value": [{"value": ann.id}]}
    after = pushed.patch(Kind.GROUP, group.id, more, less)
    assert [member.value for member in after.members] == [ben.id]
    assert (pushed.account("ann").privileged, pushed.account("ben").privileged) == (False, True)
    pushed.patch(Kind.GROUP, group.id, {"op": "replace", "value": {"displayName": "Crew"}})
    assert (pushed.account("ben").roles, pushed.account("ben").privileged) == (("Crew",), False)
    pushed.provider.remove(KEY, Kind.GROUP, group.id)
    assert pushed.account("ben").roles == ()
    assert pushed.account("ann").roles == ("agent",)


def test_a_user_that_is_deleted_is_in_no_group(pushed: Pushed) -> None:
    ann = pushed.user("ann")
    group = pushed.group("Crew", ann.id)
    pushed.provider.remove(KEY, Kind.USER, ann.id)
    assert pushed.provider.get(KEY, Kind.GROUP, group.id).members is None


def test_groups_have_only_users_that_are_there(pushed: Pushed) -> None:
    foreign = pushed.user("eve", actor=OTHER)
    refused(lambda: pushed.group("Crew", "0" * 32), 400, "invalidValue")
    refused(lambda: pushed.group("Crew", "no id at all"), 400, "invalidValue")
    refused(lambda: pushed.group("Crew", foreign.id), 400, "invalidValue")
    pushed.group("Crew")
    refused(lambda: pushed.group("crew"), 409, "uniqueness")
    pushed.group("Crew", actor=OTHER)


def test_what_was_left_when_a_process_died_is_told_with_the_next_push(
    pushed: Pushed, monkeypatch: pytest.MonkeyPatch
) -> None:
    users = [pushed.user(f"u{number}") for number in range(7)]
    monkeypatch.setattr(provisioning, "SETTLED_AT_ONCE", 3)
    monkeypatch.setattr(pushed.provider, "_settle", lambda asking: None)
    pushed.group("Crew", *(user.id for user in users))
    assert pushed.account("u3").roles == ()
    monkeypatch.undo()
    pushed.user("another")
    assert {pushed.account(f"u{number}").roles for number in range(7)} == {("Crew",)}


def test_nothing_of_another_tenant_is_seen_counted_or_changed(pushed: Pushed) -> None:
    ann = pushed.user("ann", externalId="X")
    crew = pushed.group("Crew", ann.id)
    for kind, uid in ((Kind.USER, ann.id), (Kind.GROUP, crew.id)):
        refused(lambda kind=kind, uid=uid: pushed.provider.get(OTHER, kind, uid), 404)
        refused(lambda kind=kind, uid=uid: pushed.provider.remove(OTHER, kind, uid), 404)
        off = {"op": "replace", "value": {"displayName": "x"}}
        refused(lambda kind=kind, uid=uid, off=off: pushed.patch(kind, uid, off, actor=OTHER), 404)
        for told in ({}, {"filter": f'id eq "{uid}"'}, {"filter": 'externalId eq "X"'}):
            assert pushed.search(kind, actor=OTHER, **told).total == 0
    assert pushed.search(filter="id pr").total == 1
    # The same name there is another account.
    assert pushed.user("ann", actor=OTHER).id != ann.id


def test_only_keys_for_it_that_are_for_a_tenant_push(pushed: Pushed) -> None:
    with pytest.raises(NotAllowedError):
        pushed.provider.admit(program("directory:read", tenant="acme"))
    with pytest.raises(NotAllowedError):
        pushed.provider.admit(person(tenant="acme"))
    refused(lambda: pushed.provider.admit(program("directory:provision")), 403)
    pushed.provider.admit(KEY)


def test_a_version_that_is_not_the_expected_one_changes_nothing(pushed: Pushed) -> None:
    user = pushed.user()
    old = frozenset((user.meta.version,))
    assert pushed.put(user.id, old, userName="ann@acme.example", displayName="Ann")
    refused(lambda: pushed.put(user.id, old, userName="ann@acme.example"), 412)
    assert pushed.account().display_name == "Ann"


def test_a_change_of_the_account_is_another_version_of_the_user(pushed: Pushed) -> None:
    user = pushed.user()
    pushed.directory.offboard(operator(), bytes.fromhex(user.id))
    assert pushed.provider.get(KEY, Kind.USER, user.id).meta.version != user.meta.version


def test_what_changes_nothing_is_no_change(pushed: Pushed) -> None:
    user = pushed.user(displayName="Ann")
    before = pushed.audited()
    again = pushed.patch(Kind.USER, user.id, {"op": "replace", "value": {"displayName": "Ann"}})
    assert again.meta.version == user.meta.version
    assert pushed.audited() == before


def test_every_change_is_written_down(pushed: Pushed) -> None:
    user = pushed.user()
    subject = pushed.account().reference
    pushed.put(user.id, userName="ann@acme.example", name={"middleName": "x", "givenName": "Ann"})
    group = pushed.group("Crew", user.id)
    pushed.provider.remove(KEY, Kind.USER, user.id)
    told = pushed.audited()
    assert {operation for operation, _ in told} == {"directory:provision"}
    assert [each for _, each in told] == [
        *(subject, subject),
        f"group:{group.id}",
        *(subject, subject),
    ]


def test_pages_follow_each_other_whatever_is_pushed_meanwhile(pushed: Pushed) -> None:
    for number in range(5):
        pushed.now += 1
        pushed.user(f"u{number}")
    first = pushed.search(count="2")
    pushed.now += 1
    pushed.user("a-late-one")
    second = pushed.search(startIndex="3", count="2")
    assert (first.total, second.total) == (5, 6)
    assert [u.user_name for u in (*first.resources, *second.resources)] == ["u0", "u1", "u2", "u3"]
    assert pushed.search(count="0").resources == []
    ordered = pushed.search(sortBy="userName", sortOrder="descending", count="1")
    assert [u.user_name for u in ordered.resources] == ["u4"]


def test_a_user_whose_account_was_erased_is_gone_and_its_name_free(pushed: Pushed) -> None:
    user = pushed.user()
    with pushed.engine.begin() as connection:
        DirectoryTable(connection).remove((bytes.fromhex(user.id),))
    refused(lambda: pushed.provider.get(KEY, Kind.USER, user.id), 404)
    assert pushed.search(filter="id pr").total == 0
    assert pushed.user().id == user.id


def test_of_two_that_push_one_name_at_once_one_is_told_that_it_is_taken(pushed: Pushed) -> None:
    start = threading.Barrier(2)
    told: list[Any] = []

    def push() -> None:
        start.wait()
        try:
            told.append(pushed.user().id)
        except SCIMException as error:
            told.append(error_of(error).status)

    threads = [threading.Thread(target=push) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told, key=str) == sorted(
        [409, account_id("acme", "ann@acme.example").hex()], key=str
    )
    assert pushed.search().total == 1


def test_of_changes_at_once_none_is_lost(pushed: Pushed) -> None:
    users = [pushed.user(f"u{number}") for number in range(6)]
    group = pushed.group("Crew")
    told: list[Any] = []

    def push(uid: str) -> None:
        more = {"op": "add", "path": "members", "value": [{"value": uid}]}
        told.append(pushed.patch(Kind.GROUP, group.id, more))

    threads = [threading.Thread(target=push, args=(user.id,)) for user in users]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = pushed.provider.get(KEY, Kind.GROUP, group.id)
    assert {member.value for member in found.members} == {user.id for user in users}
    assert len(told) == 6
    assert {pushed.account(f"u{number}").roles for number in range(6)} == {("Crew",)}


def test_groups_of_what_is_found_are_told_and_filters_may_ask_for_them(pushed: Pushed) -> None:
    users = [pushed.user(f"u{number}") for number in range(4)]
    crew = pushed.group("Crew", users[1].id, users[2].id)
    for told in ({}, {"filter": "active eq true"}, {"sortBy": "userName"}):
        found = {u.user_name: u.groups for u in pushed.search(**told).resources}
        assert [g.value for g in found["u1"] or ()] == [crew.id]
        assert found["u0"] is None
    by_group = pushed.search(filter=f'groups.value eq "{crew.id}"')
    assert {u.user_name for u in by_group.resources} == {"u1", "u2"}
    (found,) = pushed.search(Kind.GROUP, filter=f'members.value eq "{users[1].id}"').resources
    assert found.id == crew.id
    for told in (
        {"excludedAttributes": "members"},
        {"attributes": "displayName"},
        {"excludedAttributes": "members", "filter": 'displayName eq "crew"'},
    ):
        (found,) = pushed.search(Kind.GROUP, **told).resources
        assert found.members is None
    urn = "urn:ietf:params:scim:schemas:core:2.0:Group:members"
    (found,) = pushed.search(Kind.GROUP, attributes=urn).resources
    assert len(found.members) == 2


def test_one_at_a_time_looks_at_all_and_others_find_by_name(
    pushed: Pushed, monkeypatch: pytest.MonkeyPatch
) -> None:
    pushed.user("ann")
    monkeypatch.setattr(provisioning, "PATIENCE_S", 0.01)
    with pushed.provider._looking:
        refused(lambda: pushed.search(filter="active eq true"), 429)
        refused(lambda: pushed.search(sortBy="userName"), 429)
        assert pushed.search(filter='userName eq "ann"').total == 1
        assert pushed.search().total == 1
    assert pushed.search(filter="active eq true").total == 1


def test_whatever_is_looked_for_is_simply_not_there(pushed: Pushed) -> None:
    for value in (r"\u0000", r"\ud800", "", "a" * 900, "' or 1=1 --", "%", "_"):
        for name in ("id", "externalId", "userName"):
            assert pushed.search(filter=f'{name} eq "{value}"').total == 0
        for name in ("id", "externalId", "displayName"):
            assert pushed.search(Kind.GROUP, filter=f'{name} eq "{value}"').total == 0
