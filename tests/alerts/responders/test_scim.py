"""One deactivation, of the right user, at the real server: also when it is slow, fails or lies."""

import json
import threading
from collections.abc import Iterable, Iterator
from typing import Any, cast

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.egress import client as egress
from alerts.egress.outbound import Outbound
from alerts.egress.wall import Wall
from alerts.ports import (
    AccountState,
    Action,
    Order,
    RefusedError,
    Responder,
    ResponderError,
    RetryError,
    Target,
)
from alerts.responders.kind import TermsError, kinds, read_terms
from alerts.responders.scim import Terms, Users, open_responder
from alerts.responders.service import Service
from alerts.responders.surroundings import Surroundings
from tests.alerts.responders.farside import Answer, far_side
from tests.alerts.responders.provider import AUTHORITY, TOKEN, Application, Provider, provider

ALICE = Target(tenant="acme", account="alice", names=("alice@acme.example",))


@pytest.fixture
def server() -> Iterator[Provider]:
    with provider() as made:
        yield made


def responder(server: Provider, **terms: Any) -> Responder:
    given = {"kind": "scim", "url": server.url, "token": TOKEN} | terms
    allow = (server.url.split("/")[2],)
    around = Surroundings(now=lambda: 0, wall=Wall(Outbound(allow=allow)))
    return open_responder("idp", msgspec.convert(given, Terms), around)


def order(action: Action = Action.DISABLE, target: Target = ALICE) -> Order:
    return Order(key="k", action=action, issued=0, tenant="acme", target=target)


def saying(status: str, body: Any = None) -> Any:
    """In place of the server."""

    def meddle(_: Application, environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        start(status, [("Content-Type", "application/scim+json")])
        return [json.dumps(body).encode()]

    return meddle


def on(method: str, meddle: Any) -> Any:
    """For one method only."""

    def some(app: Application, environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        chosen = environ["REQUEST_METHOD"] == method
        return meddle(app, environ, start) if chosen else app(environ, start)

    return some


def test_an_account_is_disabled_and_enabled_again(server: Provider) -> None:
    uid = server.add("alice")
    other = server.add("bob")
    acts = responder(server)
    assert acts.state(ALICE) is AccountState.ACTIVE
    got = acts.deliver(order())
    assert (got.reference, got.changed) == (uid, True)
    assert (server.is_active(uid), server.is_active(other)) == (False, True)
    assert acts.state(ALICE) is AccountState.DISABLED
    acts.deliver(order(Action.ENABLE))
    assert server.is_active(uid)
    acts.close()


def test_over_tls_that_the_settings_vouch_for() -> None:
    with provider(tls=True) as server:
        uid = server.add("alice")
        with pytest.raises(RetryError, match="ca_file"):
            responder(server).deliver(order())
        assert server.asked == []
        responder(server, ca=AUTHORITY.cert_pem.bytes().decode()).deliver(order())
        assert server.is_active(uid) is False


def test_an_order_that_comes_twice_acts_once(server: Provider) -> None:
    server.add("alice")
    acts = responder(server)
    assert acts.deliver(order()).changed
    assert not acts.deliver(order()).changed
    assert len(server.writes) == 1


def test_where_there_is_no_patch_all_goes_back_with_one_thing_changed() -> None:
    with provider(has_patch=False) as server:
        uid = server.add("alice", nickName="Al", emails=[{"value": "a@acme.example"}])
        before = server.told("GET", f"/Users/{uid}")
        responder(server).deliver(order())
        after = server.told("GET", f"/Users/{uid}")
        assert [asked.method for asked in server.writes] == ["PUT"]
        assert {**before, "active": False, "meta": None} == {**after, "meta": None}


def test_a_server_that_hides_that_it_has_no_patch_is_asked_otherwise(server: Provider) -> None:
    uid = server.add("alice")
    server.meddle = on("PATCH", saying("501 Not Implemented"))
    assert responder(server).deliver(order()).changed
    assert server.is_active(uid) is False


@pytest.mark.parametrize("by", ["externalId", "name", "emails", "id"])
def test_found_by_what_the_terms_say(server: Provider, by: str) -> None:
    uid = server.add(
        "a.name", externalId="u-1", emails=[{"value": "A@acme.example", "type": "work"}]
    )
    server.add("other", externalId="u-2", emails=[{"value": "b@acme.example", "type": "work"}])
    target = Target(
        tenant="acme",
        account="u-1",
        names=("A.Name",),
        email="a@acme.example",
        ids={"idp": uid, "hr": "no-such"},
    )
    acts = responder(server, find_by=[by], known_as="idp" if by == "id" else None)
    assert acts.deliver(order(target=target)).reference == uid
    assert server.is_active(uid) is False


def test_the_directory_s_own_word_for_the_place(server: Provider) -> None:
    uid = server.add("x")
    target = Target(tenant="acme", account="u", ids={"scim": uid})
    assert responder(server, known_as="scim").state(target) is AccountState.ACTIVE
    assert responder(server).state(target) is AccountState.ABSENT


def test_nobody_is_acted_on_when_several_are_meant(server: Provider) -> None:
    ids = [server.add("alice"), server.add("alice@acme.example")]
    target = Target(tenant="acme", account="u-1", names=("alice", "alice@acme.example"))
    with pytest.raises(RefusedError, match="2 users"):
        responder(server, find_by=["name"]).deliver(order(target=target))
    assert all(map(server.is_active, ids))


def test_an_account_that_is_not_there_is_told(server: Provider) -> None:
    server.add("bob")
    acts = responder(server)
    assert acts.state(ALICE) is AccountState.ABSENT
    with pytest.raises(RefusedError, match="no such account"):
        acts.deliver(order())
    assert server.writes == []


def test_a_name_that_anybody_may_have_written_finds_nobody_unasked(server: Provider) -> None:
    uid = server.add("boss", emails=[{"value": "boss@acme.example"}])
    target = Target(tenant="acme", account="u-1", names=("boss",), email="boss@acme.example")
    assert responder(server).state(target) is AccountState.ABSENT
    assert server.is_active(uid)


def test_a_name_is_text_in_a_filter_and_nothing_else(server: Provider) -> None:
    uid = server.add("bob")
    for name in ('x" or userName pr or userName eq "', "bob\\", 'a"b\n', "é" * 40, "\0"):
        with pytest.raises(RefusedError):
            responder(server).deliver(order(target=Target(tenant="acme", account=name)))
    assert server.is_active(uid)


def test_half_a_character_is_no_failure(server: Provider) -> None:
    with pytest.raises(RefusedError):
        responder(server).deliver(order(target=Target(tenant="acme", account="\ud800")))


def test_a_server_that_fails_after_it_did_it_is_asked_once(server: Provider) -> None:
    uid = server.add("alice")

    def fails(app: Application, environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        b"".join(app(environ, lambda *_: None))
        start("502 Bad Gateway", [])
        return [b""]

    server.meddle = on("PATCH", fails)
    got = responder(server).deliver(order())
    assert got.changed
    assert "HTTP 502" in got.detail
    assert server.is_active(uid) is False
    assert len(server.writes) == 1


def test_a_server_that_fails_without_doing_it_is_tried_later(server: Provider) -> None:
    uid = server.add("alice")
    server.meddle = on("PATCH", saying("503 Service Unavailable"))
    with pytest.raises(RetryError, match="503"):
        responder(server).deliver(order())
    server.meddle = None
    assert server.is_active(uid)
    assert responder(server).deliver(order()).changed


def test_a_slow_server_that_did_it_meanwhile_is_not_asked_again(server: Provider) -> None:
    """The answer came too late; at the next attempt it is looked first."""
    uid = server.add("alice")
    gate, done = threading.Event(), threading.Event()

    def slow(app: Application, environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        assert gate.wait(240)
        answer = list(app(environ, start))
        done.set()
        return answer

    server.meddle = on("PATCH", slow)
    with pytest.raises(RetryError, match="in time"):
        responder(server, timeout_seconds=0.3).deliver(order())
    gate.set()
    assert done.wait(240)
    assert server.is_active(uid) is False
    assert not responder(server).deliver(order()).changed
    assert len(server.writes) == 1


@pytest.mark.parametrize("status", ["200 OK", "204 No Content"])
def test_a_server_that_only_says_so_is_not_believed(server: Provider, status: str) -> None:
    server.add("alice")
    told = {"id": "1", "userName": "alice", "active": False}
    server.meddle = on("PATCH", saying(status, told))
    with pytest.raises(RetryError, match="does not show it"):
        responder(server).deliver(order())


def test_a_server_that_heeds_no_filter_gets_nobody_deactivated(server: Provider) -> None:
    ids = [server.add("bob"), server.add("carol")]

    def heedless(app: Application, environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        return app({**environ, "QUERY_STRING": ""}, start)

    server.meddle = on("GET", heedless)
    with pytest.raises(RefusedError, match="with others"):
        responder(server).deliver(order())
    assert all(map(server.is_active, ids))
    uid = server.add("alice")
    responder(server, find_by=["userName"]).deliver(order())
    assert server.is_active(uid) is False


def test_a_server_that_shows_another_user_gets_nobody_deactivated(server: Provider) -> None:
    uid = server.add("bob")
    server.meddle = on("GET", saying("200 OK", {"id": uid, "userName": "bob", "active": True}))
    target = Target(tenant="acme", account="u", ids={"idp": "another-id"})
    with pytest.raises(RefusedError, match="another user"):
        responder(server, find_by=["id"]).deliver(order(target=target))
    assert server.writes == []


def test_an_id_leads_nowhere_else(server: Provider) -> None:
    for uid in ("..", ".", "../Groups", "x/../../y", "?a", "#"):
        target = Target(tenant="acme", account="u", ids={"idp": uid})
        assert responder(server, find_by=["id"]).state(target) is AccountState.ABSENT
    assert all(asked.path.startswith("/Users/") for asked in server.asked)


def test_a_change_meanwhile_is_looked_at_and_not_written_over(server: Provider) -> None:
    uid = server.add("alice", nickName="Al")
    once: list[str] = []

    def meanwhile(app: Application, environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        if not once:
            once.append("changed")
            user = server.told("GET", f"/Users/{uid}")
            server.told("PUT", f"/Users/{uid}", {**user, "nickName": "Ally"})
        return app(environ, start)

    server.meddle = on("PATCH", meanwhile)
    assert responder(server).deliver(order()).changed
    assert [asked.match is not None for asked in server.writes] == [True, True]
    assert len({asked.match for asked in server.writes}) == 2
    assert server.told("GET", f"/Users/{uid}")["nickName"] == "Ally"
    assert server.is_active(uid) is False


def test_a_server_that_does_not_say_is_told_so(server: Provider) -> None:
    user = {"id": "7", "userName": "alice"}
    listed = {"totalResults": 1, "Resources": [user]}

    def silent(_: Application, environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        start("200 OK", [])
        path = environ["PATH_INFO"]
        told = listed if path.endswith("/Users") else user if "/Users/" in path else {}
        return [json.dumps(told).encode()]

    server.meddle = silent
    acts = responder(server, find_by=["userName"])
    assert acts.state(ALICE) is AccountState.UNKNOWN
    assert "does not say" in acts.deliver(order()).detail


def test_truth_as_text_and_names_in_any_case_are_understood(server: Provider) -> None:
    user = {"ID": "7", "USERNAME": "Alice", "Active": "False"}
    server.meddle = saying("200 OK", {"totalresults": 1, "resources": [user]})
    assert responder(server, find_by=["userName"]).state(ALICE) is AccountState.DISABLED


@pytest.mark.parametrize(
    ("status", "error"),
    [
        *(("401 Unauthorized", RefusedError), ("403 Forbidden", RefusedError)),
        *(("404 Not Found", RefusedError), ("302 Found", RefusedError)),
        *(("429 Too Many Requests", RetryError), ("500 Internal Server Error", RetryError)),
    ],
)
def test_what_may_pass_is_tried_again_and_nothing_else(
    server: Provider, status: str, error: type[Exception]
) -> None:
    server.meddle = saying(status, {"detail": TOKEN})
    with pytest.raises(error) as caught:
        responder(server).deliver(order())
    assert TOKEN not in str(caught.value)


@pytest.mark.parametrize(
    "body",
    [
        *(None, [], {}, "x", {"Resources": 7}, {"Resources": [7]}, {"Resources": [{"id": 7}]}),
        *({"Resources": [{"userName": "alice"}]}, {"Resources": [{"userName": {"a": 1}}]}),
        *({"Resources": [{"userName": "alice", "id": ".."}]}, {"Resources": [[]]}),
    ],
)
def test_answers_that_are_no_scim_change_nothing(server: Provider, body: Any) -> None:
    server.meddle = saying("200 OK", body)
    with pytest.raises(RefusedError):
        responder(server).deliver(order())
    assert server.writes == []


def test_a_way_that_the_server_cannot_look_is_passed_over(server: Provider) -> None:
    uid = server.add("alice")

    def picky(app: Application, environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        if "externalId" in environ["QUERY_STRING"]:
            start("400 Bad Request", [])
            return [b"{}"]
        return app(environ, start)

    server.meddle = picky
    assert responder(server).deliver(order()).reference == uid
    with pytest.raises(RefusedError, match="find_by"):
        responder(server, find_by=["externalId"]).deliver(order())


def test_other_orders_are_refused(server: Provider) -> None:
    with pytest.raises(RefusedError, match="cannot revoke"):
        responder(server).deliver(order(Action.REVOKE))
    with pytest.raises(RefusedError, match="no account"):
        responder(server).deliver(Order(key="k", action=Action.DISABLE, issued=0, tenant="acme"))
    assert server.asked == []


def test_it_stands_behind_the_wall(server: Provider) -> None:
    terms = msgspec.convert({"kind": "scim", "url": server.url, "token": TOKEN}, Terms)
    acts = open_responder("idp", terms, Surroundings(now=lambda: 0))
    with pytest.raises(RefusedError, match=r"outbound\.allow"):
        acts.state(ALICE)
    assert server.asked == []


@pytest.mark.parametrize(
    "given",
    [
        *({}, {"token": "a b"}, {"token": "t", "client_id": "c"}, {"client_id": "c"}),
        {"token_url": "http://idp.example/t", "client_id": "c", "client_secret": "s"},
        {"token": "t", "url": "http://scim.example"},
        {"token": "t", "find_by": []},
        {"token": "t", "find_by": ["phone"]},
        {"token": "t", "tokens": "t"},
        {"token": "t", "actions": ["revoke"]},
    ],
)
def test_terms_that_cannot_be_served_are_refused_when_settings_are_read(
    given: dict[str, Any],
) -> None:
    with pytest.raises(TermsError):
        read_terms({"kind": "scim", "url": "https://scim.example/v2", **given})


def test_a_client_is_given_its_token_and_another_when_that_has_ended(server: Provider) -> None:
    uid = server.add("alice")
    given = iter(["of-yesterday", TOKEN])
    with far_side() as granting:
        granting.behave = lambda _: Answer(body=json.dumps({"access_token": next(given)}).encode())
        acts = open_responder(
            "idp",
            Terms(
                kind="scim",
                url=server.url,
                token_url=f"{granting.address}/token",
                client_id="vigie",
                client_secret="secret",
            ),
            Surroundings(now=lambda: 0, wall=Wall(Outbound(allow=("127.0.0.1",)))),
        )
        assert acts.deliver(order()).changed
        assert len(granting.requests) == 2
    assert server.is_active(uid) is False
    assert len(server.writes) == 1


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.just("alice"),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["id", "userName", "Resources", "totalResults", "active", "meta", "x"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


class Said:
    """A service that says whatever it was given."""

    server = "https://idp.example"

    def __init__(self, body: bytes) -> None:
        self.answer = egress.Answer(200, {}, body)

    def ask(self, *_: Any, **__: Any) -> egress.Answer:
        return self.answer


@settings(max_examples=150, deadline=None)
@given(_JSON | st.builds(lambda one: {"Resources": [one]}, _JSON))
def test_whatever_a_service_says_nobody_else_is_meant(told: Any) -> None:
    users = Users("idp", cast(Service, Said(json.dumps(told).encode())), ("userName",))
    try:
        account = users.find(ALICE)
    except ResponderError:
        return
    assert account is None or str(account.fields["userName"]).lower() == "alice"


@settings(max_examples=50, deadline=None)
@given(st.binary(max_size=80))
def test_no_bytes_make_it_fail_otherwise(body: bytes) -> None:
    with pytest.raises(ResponderError):
        Users("idp", cast(Service, Said(body)), ("userName",)).find(ALICE)


def test_it_is_found() -> None:
    assert kinds()["scim"].actions == {Action.DISABLE, Action.ENABLE}
