"""What is ordered happens to one user of the realm, once, and to nothing else of that user."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import pytest

from alerts.egress.outbound import Outbound
from alerts.egress.wall import Wall
from alerts.ports import AccountState, Action, Order, RefusedError, Responder, RetryError, Target
from alerts.responders.keycloak import Terms, open_responder
from alerts.responders.kind import TermsError, read_terms
from alerts.responders.surroundings import Surroundings
from tests.alerts.responders.farside import Answer, Request, far_side
from tests.alerts.responders.realm import CLIENT, SECRET, TOKEN, Realm

ZOE = Target(tenant="acme", account="id-1", names=("other",))
Admin = Callable[[Request], Answer]


@pytest.fixture
def realm() -> Iterator[Realm]:
    with far_side() as side:
        made = Realm(side)
        made.add("id-1", "zoe", "s1", "s2")
        made.add("id-2", "other", "s3")
        yield made


def responder(realm: Realm, **terms: Any) -> Responder:
    given = {"kind": "keycloak", "url": realm.url, "client_id": CLIENT, "client_secret": SECRET}
    around = Surroundings(now=lambda: 0, wall=Wall(Outbound(allow=("127.0.0.1",))))
    return open_responder("idp", msgspec.convert(given | terms, Terms), around)


def order(action: Action, target: Target | None = ZOE) -> Order:
    return Order(key="k", action=action, issued=0, tenant="acme", target=target)


def on(method: str, status: int, *, is_done: bool) -> Any:
    """Answers so to one method."""

    def meddle(request: Request, admin: Admin) -> Answer:
        if request.method != method:
            return admin(request)
        if is_done:
            admin(request)
        return Answer(status, b"")

    return meddle


def test_a_user_is_disabled_and_enabled_and_is_otherwise_as_before(realm: Realm) -> None:
    before, other = dict(realm.users["id-1"]), dict(realm.users["id-2"])
    acts = responder(realm)
    assert acts.state(ZOE) is AccountState.ACTIVE
    assert acts.deliver(order(Action.DISABLE)).reference == "id-1"
    assert realm.users["id-1"] == {**before, "enabled": False}
    assert acts.state(ZOE) is AccountState.DISABLED
    assert not acts.deliver(order(Action.DISABLE)).changed
    acts.deliver(order(Action.ENABLE))
    assert realm.users == {"id-1": before, "id-2": other}
    assert len(realm.writes) == 2
    acts.close()


def test_every_session_ends_and_nobody_else_s(realm: Realm) -> None:
    acts = responder(realm)
    got = acts.deliver(order(Action.REVOKE))
    assert got.changed
    assert "2 sessions" in got.detail
    assert realm.sessions == {"id-1": [], "id-2": ["s3"]}
    assert not acts.deliver(order(Action.REVOKE)).changed


def test_sessions_that_go_on_are_told(realm: Realm) -> None:
    realm.meddle = on("POST", 204, is_done=False)
    with pytest.raises(RetryError, match="2 of the sessions"):
        responder(realm).deliver(order(Action.REVOKE))


def test_a_session_that_begins_meanwhile_is_no_failure(realm: Realm) -> None:
    def meddle(request: Request, admin: Admin) -> Answer:
        answer = admin(request)
        if request.method == "POST":
            realm.sessions["id-1"].append("s9")
        return answer

    realm.meddle = meddle
    assert responder(realm).deliver(order(Action.REVOKE)).changed


@pytest.mark.parametrize("action", [Action.REVOKE, Action.DISABLE, Action.CHALLENGE])
def test_a_failure_after_it_was_done_is_seen_through(realm: Realm, action: Action) -> None:
    method = "POST" if action is Action.REVOKE else "PUT"
    realm.meddle = on(method, 502, is_done=True)
    got = responder(realm).deliver(order(action))
    assert got.changed
    assert "HTTP 502" in got.detail
    assert len(realm.writes) == 1


@pytest.mark.parametrize("action", [Action.REVOKE, Action.DISABLE, Action.CHALLENGE])
def test_a_failure_before_it_was_done_is_tried_again(realm: Realm, action: Action) -> None:
    method = "POST" if action is Action.REVOKE else "PUT"
    realm.meddle = on(method, 502, is_done=False)
    with pytest.raises(RetryError):
        responder(realm).deliver(order(action))
    realm.meddle = None
    assert responder(realm).deliver(order(action)).changed


def test_an_end_of_sessions_that_nobody_can_see_is_asked_for_again(realm: Realm) -> None:
    """Tokens for use offline are in no list of sessions."""
    realm.sessions["id-1"] = []
    realm.meddle = on("POST", 500, is_done=True)
    with pytest.raises(RetryError):
        responder(realm).deliver(order(Action.REVOKE))


def test_a_new_password_is_asked_for_at_the_next_sign_in(realm: Realm) -> None:
    realm.users["id-1"]["requiredActions"] = ["VERIFY_EMAIL"]
    acts = responder(realm)
    assert acts.deliver(order(Action.RENEW)).changed
    assert realm.users["id-1"]["requiredActions"] == ["VERIFY_EMAIL", "UPDATE_PASSWORD"]
    assert not acts.deliver(order(Action.RENEW)).changed


def test_a_required_action_is_added_to_others_and_taken_back(realm: Realm) -> None:
    realm.users["id-1"]["requiredActions"] = ["VERIFY_EMAIL"]
    acts = responder(realm, required_action="webauthn-register")
    acts.deliver(order(Action.CHALLENGE))
    assert realm.users["id-1"]["requiredActions"] == ["VERIFY_EMAIL", "webauthn-register"]
    assert not acts.deliver(order(Action.CHALLENGE)).changed
    acts.deliver(order(Action.RELEASE))
    assert realm.users["id-1"]["requiredActions"] == ["VERIFY_EMAIL"]
    assert not acts.deliver(order(Action.RELEASE)).changed
    assert realm.users["id-1"]["firstName"] == "Zoé"


def test_found_by_name_where_logs_say_names(realm: Realm) -> None:
    acts = responder(realm, uid="username")
    named = Target(tenant="acme", account="ZOE", names=("other",))
    assert acts.deliver(order(Action.DISABLE, named)).reference == "id-1"
    assert realm.users["id-2"]["enabled"]
    known = Target(tenant="acme", account="x", ids={"idp": "id-2"})
    assert acts.deliver(order(Action.DISABLE, known)).reference == "id-2"
    elsewhere = Target(tenant="acme", account="x", ids={"keycloak:acme": "id-1"})
    assert responder(realm, known_as="keycloak:acme").state(elsewhere) is AccountState.DISABLED


def test_a_realm_that_answers_with_others_gets_nobody_disabled(realm: Realm) -> None:
    everybody = json.dumps([*realm.users.values()]).encode()
    realm.meddle = lambda request, admin: (
        Answer(body=everybody) if request.method == "GET" else admin(request)
    )
    for uid, account in (("username", "zoe"), ("username", "nobody"), ("id", "id-1")):
        target = Target(tenant="acme", account=account)
        with pytest.raises(RefusedError):
            responder(realm, uid=uid).deliver(order(Action.DISABLE, target))
    other = json.dumps(realm.users["id-2"]).encode()
    realm.meddle = lambda *_: Answer(body=other)
    with pytest.raises(RefusedError, match="another user"):
        responder(realm).deliver(order(Action.DISABLE))
    assert realm.writes == []


@pytest.mark.parametrize("account", ["nobody", "..", ".", "../id-1", "id-1/../id-1", "id-1?a", ""])
def test_who_is_not_there_is_absent_and_an_id_leads_nowhere_else(
    realm: Realm, account: str
) -> None:
    target = Target(tenant="acme", account=account)
    assert responder(realm).state(target) is AccountState.ABSENT
    with pytest.raises(RefusedError, match="no such account"):
        responder(realm).deliver(order(Action.DISABLE, target))
    assert realm.writes == []


@pytest.mark.parametrize("body", [b"", b"[]", b"7", b"{}", b'{"id":7}', b"<html>", b"\xff"])
def test_answers_that_are_not_keycloak_s_change_nothing(realm: Realm, body: bytes) -> None:
    realm.meddle = lambda *_: Answer(body=body)
    for uid in ("id", "username"):
        with pytest.raises(RefusedError):
            responder(realm, uid=uid).deliver(order(Action.DISABLE))
    assert realm.writes == []


def test_credentials_that_are_refused_are_told_without_them(realm: Realm) -> None:
    wrong = "canary-of-the-wrong"
    with pytest.raises(RefusedError, match="client vigie") as caught:
        responder(realm, client_secret=wrong).state(ZOE)
    assert wrong not in str(caught.value)
    realm.meddle = lambda *_: Answer(403, TOKEN.encode())
    with pytest.raises(RefusedError, match="403") as caught:
        responder(realm).state(ZOE)
    assert TOKEN not in str(caught.value)


def test_half_a_character_of_a_log_is_nobody_s_uid(realm: Realm) -> None:
    half = Target(tenant="acme", account="u\ud800")
    with pytest.raises(RefusedError, match="no text"):
        responder(realm).deliver(order(Action.DISABLE, half))


def test_what_it_cannot_do_and_orders_about_nobody_are_refused(realm: Realm) -> None:
    for given in (order(Action.TRACK), order(Action.REVOKE, None), order(Action.DISABLE, None)):
        with pytest.raises(RefusedError):
            responder(realm).deliver(given)
    assert realm.side.requests == []


@pytest.mark.parametrize(
    "given",
    [
        *({"url": "https://idp.example"}, {"url": "http://idp.example/realms/a"}),
        *({"client_secret": ""}, {"required_action": "a b"}, {"uid": "email"}),
        *({"actions": ["notify"]}, {"password": "x"}, {"url": "https://u:p@idp.example/realms/a"}),
    ],
)
def test_terms_that_cannot_be_served_are_refused(given: dict[str, Any]) -> None:
    terms = {
        "kind": "keycloak",
        "url": "https://idp.example/auth/realms/acme",
        "client_id": "vigie",
        "client_secret": "s",
    }
    read_terms(terms)
    with pytest.raises(TermsError):
        read_terms(terms | given)
