"""Every user of a realm is read once, whatever moves or fails, or it is known that not."""

from collections.abc import Iterator
from typing import Any

import pytest

from monitor.directory.keycloak import Identity, Named, RealmTerms, Told, Typed
from monitor.sources import realm_users
from monitor.sources.realm_users import TRIES, RealmUsers, open_realm
from monitor.sources.refusal import RealmError
from tests.monitor.sources.idp import CLIENT, SECRET, Idp, running

BELOW = ("role-mappings/realm/composite", "groups", "credentials", "federated-identity")


@pytest.fixture
def idp() -> Iterator[Idp]:
    made = Idp()
    made.roles = {"view-users"}
    with running(made):
        yield made


def terms(idp: Idp, **more: Any) -> RealmTerms:
    url = idp.url.removeprefix("keycloak+")
    return RealmTerms(
        url=url, tenant="acme", client_id=CLIENT, client_secret=SECRET, **{"page": 3, **more}
    )


def reader(idp: Idp, **more: Any) -> RealmUsers:
    told = terms(idp, **more)
    return RealmUsers(open_realm("acme", told), "acme", told, wait=lambda _seconds: None)


def plain(idp: Idp, **more: Any) -> RealmUsers:
    """A reader of users alone."""
    return reader(idp, roles=False, groups=False, credentials=False, identities=False, **more)


def names(users: RealmUsers) -> list[str]:
    return [told.user.username for told in users.read()]


@pytest.mark.parametrize("count", [0, 1, 2, 3, 4, 7, 9])
def test_all_users_are_read_page_by_page(idp: Idp, count: int) -> None:
    for number in range(count):
        idp.enrol(f"u{number}")
    users = plain(idp)
    assert names(users) == [f"u{number}" for number in range(count)]
    assert users.is_whole
    assert (users.seen, users.unread) == (count, 0)


def test_what_lies_below_a_user_is_read_where_it_is_wanted(idp: Idp) -> None:
    uid = idp.enrol("ann", email="ann@acme.example")
    idp.below[uid] = {
        "role-mappings/realm/composite": [{"id": "1", "name": "agent", "composite": False}],
        "groups": [{"id": "2", "name": "Crew", "path": "/Crew"}],
        "credentials": [{"id": "3", "type": "password"}, {"id": "4", "type": "webauthn"}],
        "federated-identity": [{"identityProvider": "google", "userId": "g-7", "userName": "a"}],
    }
    (told,) = reader(idp).read()
    assert told.roles == (Named("agent"),)
    assert told.groups == (Named("Crew"),)
    assert told.credentials == (Typed("password"), Typed("webauthn"))
    assert told.identities == (Identity("google", "g-7"),)
    idp.requests.clear()
    (told,) = plain(idp).read()
    assert (told.roles, told.groups, told.credentials, told.identities) == (None,) * 4
    assert not any(name in request for request in idp.requests for name in BELOW)


def test_the_full_representation_is_asked_for(idp: Idp) -> None:
    # The brief one has no attributes, and so no language.
    idp.enrol("ann", attributes={"locale": ["fr"]})
    (told,) = plain(idp).read()
    assert told.user.attributes == {"locale": ["fr"]}
    assert "briefRepresentation=false" in " ".join(idp.requests)


def test_a_list_that_moves_while_it_is_read_is_not_whole(idp: Idp) -> None:
    for number in range(6):
        idp.enrol(f"u{number}")
    users = plain(idp)
    reading = users.read()
    met = [next(reading).user.username for _ in range(3)]
    idp.users = [user for user in idp.users if user["username"] != "u0"]
    met += [told.user.username for told in reading]
    assert not users.is_whole
    assert len(met) == len(set(met))


def test_a_user_that_is_gone_meanwhile_is_left_out(idp: Idp) -> None:
    idp.enrol("ann")
    idp.enrol("ben")
    users = reader(idp)
    reading = users.read()
    assert next(reading).user.username == "ann"
    idp.users = [user for user in idp.users if user["username"] != "ben"]
    assert list(reading) == []
    assert not users.is_whole


def test_a_user_that_cannot_be_understood_is_counted_and_no_other_is_lost(idp: Idp) -> None:
    idp.enrol("ann", enabled="perhaps")
    idp.enrol("ben", id="")
    idp.enrol("cleo", lastName="\ud800half")
    users = plain(idp)
    assert names(users) == ["cleo"]
    assert users.unread == 2
    assert not users.is_whole


@pytest.mark.parametrize("fault", ["429", "503", "500", "hang up", "half", "401"])
def test_what_passes_is_waited_for(idp: Idp, fault: str) -> None:
    for number in range(4):
        idp.enrol(f"u{number}")
    users = plain(idp)
    reading = users.read()
    met = [next(reading).user.username]
    idp.faults.append(fault)
    met += [told.user.username for told in reading]
    assert met == ["u0", "u1", "u2", "u3"]
    assert users.is_whole


def test_what_does_not_pass_is_told_after_some_tries(idp: Idp) -> None:
    waited: list[float] = []
    told = terms(idp)
    users = RealmUsers(open_realm("acme", told), "acme", told, wait=waited.append)
    idp.faults.extend(["later"] * 20)
    with pytest.raises(RealmError, match="503"):
        list(users.read())
    assert waited == [7.0] * (TRIES - 1)


def test_without_the_right_the_right_is_named(idp: Idp) -> None:
    idp.roles = {"view-events"}
    with pytest.raises(RealmError, match="`view-users` of client `realm-management`") as caught:
        list(plain(idp).read())
    assert "utilisateurs" in caught.value.text.fr
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("fault", ["not json", "half in JSON"])
def test_what_is_no_answer_is_told(idp: Idp, fault: str) -> None:
    idp.enrol("ann")
    users = plain(idp)
    idp.faults.extend(["", fault])  # the token comes first
    with pytest.raises(RealmError, match="does not answer as Keycloak"):
        list(users.read())


def test_whoever_is_told_to_stop_reads_no_further(idp: Idp) -> None:
    for number in range(5):
        idp.enrol(f"u{number}")
    told = terms(idp)
    met: list[Told] = []
    users = RealmUsers(open_realm("acme", told), "acme", told, is_stopping=lambda: len(met) >= 2)
    for each in users.read():
        met.append(each)  # noqa: PERF402 - it is looked at while it grows
    assert len(met) == 2
    assert not users.is_whole


def test_there_is_an_end_to_it(idp: Idp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(realm_users, "MOST_USERS", 4)
    for number in range(9):
        idp.enrol(f"u{number}")
    with pytest.raises(RealmError, match="more than 4 users"):
        list(plain(idp).read())


@pytest.mark.parametrize(
    "wrong",
    [
        {"url": "https://idp.example/acme"},
        {"url": "http://idp.example/realms/acme"},
        {"url": "ftp://idp.example/realms/acme"},
        {"client_secret": None},
        {"username": "ann"},
    ],
)
def test_terms_that_cannot_be_used_are_refused_without_their_secret(
    idp: Idp, wrong: dict[str, Any]
) -> None:
    given = {"url": idp.url, "tenant": "acme", "client_id": CLIENT, "client_secret": SECRET}
    with pytest.raises(ValueError, match=r"expected|unencrypted|belong") as caught:
        open_realm("acme", RealmTerms(**{**given, **wrong}))
    assert SECRET not in str(caught.value)
