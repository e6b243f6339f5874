"""Users of a realm enter the directory as they were shown, and those that are gone leave it."""

from typing import Any

import pytest
from msgspec import structs
from sqlalchemy import Engine

from monitor.directory.account import Account, AccountChanges, Mfa, State, account_id
from monitor.directory.comparing import FEW_MISSING
from monitor.directory.importing import Outcome
from monitor.directory.keycloak import Named, RealmTerms, RealmUser, Told, Typed
from monitor.directory.origin import Origin
from monitor.directory.refusal import DirectoryError
from monitor.services.actor import DAEMON, operator
from monitor.services.directory import Directory
from monitor.services.realm_import import RealmImport
from monitor.services.refusal import NotAllowedError, NotThereError
from monitor.store.directory import DirectoryTable, Seen
from tests.monitor.services.people import program

TERMS = RealmTerms(url="https://idp.example/realms/acme", tenant="acme")
NOW = 1_800_000_000_000


def user(uid: str, username: str = "", **more: Any) -> Told:
    below = {name: more.pop(name) for name in ("roles", "credentials") if name in more}
    return Told("main", RealmUser(id=uid, username=username or f"name-{uid}", **more), **below)


class Realm:
    """An import of one realm into one database."""

    def __init__(self, engine: Engine, name: str = "main", terms: RealmTerms = TERMS) -> None:
        self.engine = engine
        self.directory = Directory(engine, lambda: NOW)
        self.made = RealmImport(engine, name, terms, lambda: NOW)

    def take(self, *users: Told) -> list[Outcome]:
        return [each.outcome for each in self.made.take(operator(), users)]

    def account(self, uid: str) -> Account:
        with self.engine.begin() as connection:
            found = DirectoryTable(connection).account(account_id("acme", uid))
        assert found is not None
        return found.account


@pytest.fixture
def realm(database: Engine) -> Realm:
    return Realm(database)


def test_what_is_shown_is_what_is_taken_over_and_then_nothing_changes(realm: Realm) -> None:
    users = [
        user("1", "ann", first_name="Ann", credentials=(Typed("otp"),), roles=(Named("agent"),)),
        user("2", "ben", enabled=False),
    ]
    shown = list(realm.made.preview(operator(), users))
    assert [each.outcome for each in shown] == [Outcome.ADDED, Outcome.ADDED]
    with pytest.raises(AssertionError):
        realm.account("1")
    assert list(realm.made.take(operator(), users)) == shown
    ann = realm.account("1")
    assert (ann.display_name, ann.state, ann.mfa) == ("Ann", State.ACTIVE, Mfa.STRONG)
    assert (ann.aliases, ann.roles) == (("ann",), ("agent",))
    assert ann.origins["mfa"].origin is Origin.KEYCLOAK
    assert realm.account("2").state is State.SUSPENDED
    assert realm.take(*users) == [Outcome.UNCHANGED, Outcome.UNCHANGED]
    (changed,) = realm.made.preview(operator(), [user("2", "ben")])
    assert changed.outcome is Outcome.CHANGED
    assert [(d.field, d.after) for d in changed.changed] == [("state", State.ACTIVE)]


def test_what_somebody_stronger_said_stays_and_is_told(realm: Realm) -> None:
    realm.take(user("1", "ann", first_name="Ann"))
    mine = account_id("acme", "1")
    realm.directory.change(operator(), mine, AccountChanges(display_name="Ann, night crew"))
    (told,) = realm.made.take(operator(), [user("1", "ann", first_name="A.")])
    assert [difference.field for difference in told.held] == ["display_name"]
    assert realm.account("1").display_name == "Ann, night crew"


def test_an_account_is_known_by_what_logs_and_lists_call_it(realm: Realm) -> None:
    with realm.engine.begin() as connection:
        DirectoryTable(connection).add_seen([Seen("acme", "1")], NOW)
    listed = AccountChanges(aliases=("ben",))
    key = program("directory:provision")
    realm.directory.provision(key, "acme", "agent7", listed, Origin.CSV)
    assert realm.take(user("1", "ann"), user("2", "ben")) == [Outcome.CHANGED, Outcome.CHANGED]
    assert realm.account("1").state is State.ACTIVE
    # What logs call the account is a name of it from now on.
    assert set(realm.account("agent7").aliases) == {"ben", "2"}
    # And the realm's own id finds it again, whatever it is called.
    assert realm.take(user("2", "benoit")) == [Outcome.CHANGED]


def test_a_name_that_is_another_accounts_is_left_to_it(realm: Realm) -> None:
    desk = {"email": "desk@acme.example"}
    assert realm.take(user("1", **desk), user("2", **desk)) == [Outcome.ADDED, Outcome.ADDED]
    assert "desk@acme.example" in realm.account("1").aliases
    assert "desk@acme.example" not in realm.account("2").aliases


def test_a_user_that_cannot_be_taken_keeps_no_other_back(realm: Realm) -> None:
    told = list(realm.made.take(operator(), [user("a\nb", "ann"), user("2")]))
    assert [each.outcome for each in told] == [Outcome.REFUSED, Outcome.ADDED]
    assert told[0].why is not None
    assert told[0].uid == "ann"


def test_who_is_gone_from_the_realm_is_offboarded_and_nobody_else(realm: Realm) -> None:
    realm.take(*(user(str(number)) for number in range(4)))
    Realm(realm.engine, "other").take(structs.replace(user("9"), realm="other"))
    realm.directory.create(operator(), "acme", "by-hand", AccountChanges(state=State.ACTIVE))
    realm.directory.change(operator(), account_id("acme", "3"), AccountChanges(state=State.ACTIVE))
    there = frozenset(("0", "1"))
    assert [each.uid for each in realm.made.gone(operator(), there)] == ["2"]
    assert realm.account("2").state is State.ACTIVE
    assert [each.uid for each in realm.made.offboard(operator(), there)] == ["2"]
    assert realm.account("2").state is State.OFFBOARDED
    for uid in ("0", "3", "9", "by-hand"):
        # 3: a person said so; 9 is another realm's; the last was never of any.
        assert realm.account(uid).state is State.ACTIVE
    assert realm.made.gone(operator(), there) == []
    assert realm.take(user("2")) == [Outcome.CHANGED]
    assert realm.account("2").state is State.ACTIVE


def test_too_many_at_once_are_a_mistake(realm: Realm) -> None:
    realm.take(*(user(str(number)) for number in range(FEW_MISSING + 2)))
    with pytest.raises(DirectoryError, match="that many are not offboarded"):
        realm.made.offboard(operator(), frozenset(("0",)))
    assert realm.account("1").state is State.ACTIVE


def test_the_daemon_follows_and_nobody_else_does_so(realm: Realm) -> None:
    assert [each.outcome for each in realm.made.follow(DAEMON, [user("1")])] == [Outcome.ADDED]
    assert realm.made.follow_gone(DAEMON, frozenset(("1",))) == []
    with pytest.raises(NotAllowedError):
        realm.made.preview(program("directory:provision"), [])
    with pytest.raises(NotThereError):
        realm.made.follow(program("directory:provision", tenant="globex"), [])
