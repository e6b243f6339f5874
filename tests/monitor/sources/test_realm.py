"""What is asked of a realm over real HTTP, and what every answer is taken for."""

import json
import socket
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx2
import pytest
import trustme

from monitor.sources import refusal
from monitor.sources.realm import ADMIN_EVENTS, EVENTS, Realm, _retry_after
from monitor.sources.refusal import Address, Credentials, RealmError, TooMuchError
from tests.monitor.sources.idp import CLIENT, SECRET, Idp, running


@contextmanager
def realm_of(idp: Idp, secret: str = SECRET, **given: Any) -> Iterator[Realm]:
    realm = Realm(
        Address(f"http://127.0.0.1:{idp.port}", "acme"),
        Credentials("acme", CLIENT, secret),
        **given,
    )
    try:
        yield realm
    finally:
        realm.close()


@pytest.fixture
def idp() -> Iterator[Idp]:
    with running(Idp()) as one:
        yield one


def test_a_page_is_newest_first_and_whole(idp: Idp) -> None:
    for at in (3, 1, 2):
        idp.put(at)
    with realm_of(idp) as realm:
        entries = realm.page(EVENTS, 0, 2)
        assert [entry.time for entry in entries] == [3, 2]
        assert len({entry.key for entry in entries}) == 2
        assert json.loads(entries[0].line)["realmName"] == "acme"
        assert realm.now == idp.clock
    assert idp.requests[1] == "/admin/realms/acme/events?first=0&max=2"


def test_one_token_serves_until_it_is_refused(idp: Idp) -> None:
    idp.token_uses = 3
    with realm_of(idp) as realm:
        for _ in range(6):
            realm.page(EVENTS, 0, 5)
    assert len(idp.forms) == 2
    assert idp.forms[0]["grant_type"] == ["client_credentials"]


def test_a_token_is_renewed_before_its_time(idp: Idp, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1_000.0]
    monkeypatch.setattr("monitor.sources.realm.monotonic", lambda: now[0])
    with realm_of(idp) as realm:
        realm.config()
        now[0] += 49
        realm.config()
        now[0] += 2
        realm.config()
    assert len(idp.forms) == 2


def test_a_users_own_rights(idp: Idp) -> None:
    with realm_of(idp) as realm:
        realm._credentials = Credentials("acme", "admin-cli", None, "ann", SECRET)
        realm.config()
    assert idp.forms[0] == {
        "client_id": ["admin-cli"],
        "grant_type": ["password"],
        "username": ["ann"],
        "password": [SECRET],
    }


@pytest.mark.parametrize("fault", ["500", "503", "429", "not json", "half", "half in JSON"])
@pytest.mark.parametrize("at", [0, 1])
def test_a_fault_is_an_error_and_the_next_request_goes_well(idp: Idp, fault: str, at: int) -> None:
    idp.put()
    idp.faults.extend([""] * at + [fault])
    with realm_of(idp) as realm:
        with pytest.raises(RealmError) as caught:
            realm.page(EVENTS, 0, 5)
        assert (caught.value.pause is not None) is (fault in ("503", "429"))
        assert len(realm.page(EVENTS, 0, 5)) == 1


@pytest.mark.parametrize("fault", ["hang up", "held"])
def test_silence_is_an_error(idp: Idp, fault: str) -> None:
    idp.faults.append(fault)
    with realm_of(idp, timeout=0.1) as realm:
        with pytest.raises(RealmError, match="cannot be reached or broke off"):
            realm.config()
        idp.release.set()
        # A crowded machine may take longer to answer.
        realm._http.timeout = httpx2.Timeout(30.0)
        realm.config()


def test_an_answer_that_drips_for_ever_is_an_error(
    idp: Idp, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = iter(range(0, 1_000_000, 500))
    monkeypatch.setattr("monitor.sources.realm.monotonic", lambda: float(next(clock)))
    with realm_of(idp) as realm, pytest.raises(RealmError, match="does not come to an end"):
        realm.config()


def test_an_answer_that_unpacks_to_nothing_for_ever_is_an_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = iter(range(0, 10_000, 5))
    monkeypatch.setattr("monitor.sources.realm.monotonic", lambda: float(next(clock)))
    # Stored blocks of no bytes (RFC 1951, section 3.2.4): valid, and no output at all.
    packer = zlib.compressobj(wbits=31)
    begun = packer.compress(b"") + packer.flush(zlib.Z_SYNC_FLUSH)
    with endless(begun, b"\0\0\0\xff\xff" * 200) as port:
        realm = Realm(Address(f"http://127.0.0.1:{port}", "acme"), Credentials("acme", "a", "b"))
        with pytest.raises(RealmError, match="does not come to an end"):
            realm.config()
        realm.close()


@contextmanager
def endless(begun: bytes, more: bytes) -> Iterator[int]:
    """A port whose every answer begins so, said to be gzip, and never ends."""

    def answer(server: socket.socket) -> None:
        connection, _ = server.accept()
        with connection:
            connection.recv(65_536)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + begun)
            with suppress(OSError):
                while True:
                    connection.sendall(more)

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=answer, args=(server,))
        thread.start()
        yield server.getsockname()[1]
        thread.join()


def test_a_refusal_says_which_role_is_missing(idp: Idp) -> None:
    idp.roles.clear()
    with (
        realm_of(idp) as realm,
        pytest.raises(RealmError, match="the role `view-events`"),
    ):
        realm.page(EVENTS, 0, 5)


@pytest.mark.parametrize(
    ("secret", "realm", "fault", "why"),
    [
        ("wrong", "acme", "", r"no token.*unauthorized_client"),
        (SECRET, "none", "", "has no realm none"),
        (SECRET, "acme", "elsewhere", "sends us elsewhere"),
    ],
)
def test_what_only_an_administrator_can_mend(
    idp: Idp, secret: str, realm: str, fault: str, why: str
) -> None:
    idp.faults.extend([fault])
    with realm_of(idp, secret) as one:
        one.address = Address(one.address.base, realm)
        with pytest.raises(RealmError, match=why) as caught:
            one.config()
        assert secret not in str(caught.value) + caught.value.text.fr


def test_a_token_that_is_refused_twice(idp: Idp) -> None:
    idp.token_uses = 0
    with realm_of(idp) as realm, pytest.raises(RealmError, match="token that it has just given"):
        realm.config()
    assert len(idp.forms) == 2


@pytest.mark.parametrize(
    "body",
    [b"{}", b"[1]", b'[{"time":1},{"time":2}]', b"\xff", b"[" * 100_000],
    ids=["object", "numbers", "oldest first", "bytes", "deep"],
)
def test_answers_of_another_api(idp: Idp, body: bytes) -> None:
    idp._last["events"] = body
    idp.faults.extend(["", "repeat"])
    with realm_of(idp) as realm, pytest.raises(RealmError, match="does not answer as Keycloak"):
        realm.page(EVENTS, 0, 5)


@pytest.mark.parametrize("token", ["", "a b", "a\\nb", "\\u00e9"])
def test_a_token_that_is_none_is_not_told(
    idp: Idp, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def give(form: object) -> tuple[int, dict[str, str], bytes]:
        return 200, {}, b'{"access_token":"SECRET%s"}' % token.encode() if token else b"{}"

    monkeypatch.setattr(idp, "_token", give)
    with realm_of(idp) as realm, pytest.raises(RealmError, match="not as documented") as caught:
        realm.config()
    assert "SECRET" not in str(caught.value)


def test_a_huge_answer_is_not_held(idp: Idp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("monitor.sources.realm.MAXIMUM_ANSWER", 2_000)
    for _ in range(100):
        idp.put()
    with realm_of(idp) as realm:
        with pytest.raises(TooMuchError):
            realm.page(EVENTS, 0, 100)
        assert len(realm.page(EVENTS, 0, 2)) == 2


def test_an_answer_of_too_many_values_is_not_unfolded(
    idp: Idp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("monitor.sources.realm.MAXIMUM_VALUES", 100)
    for _ in range(100):
        idp.put()
    with realm_of(idp) as realm:
        with pytest.raises(TooMuchError):
            realm.page(EVENTS, 0, 100)
        assert len(realm.page(EVENTS, 0, 2)) == 2


@pytest.mark.parametrize("has_ids", [True, False])
def test_half_a_character_that_somebody_typed_keeps_nobody_back(idp: Idp, has_ids: bool) -> None:
    idp.has_ids = has_ids
    idp.put(2, details={"username": "\ud800"})
    idp.put(1)
    with realm_of(idp) as realm:
        typed, other = realm.page(EVENTS, 0, 9)
    assert json.loads(typed.line)["details"] == {"username": "\ud800"}
    assert b"\\ud800" in typed.line
    assert json.loads(other.line)["time"] == 1


@pytest.mark.parametrize("client", [[], {}, [["a"]], 5, None])
def test_a_client_that_is_none_is_no_public_one(idp: Idp, client: object) -> None:
    idp.put(clientId=client)
    with realm_of(idp, public_clients=frozenset({"app"})) as realm:
        assert b"publicClient" not in realm.page(EVENTS, 0, 9)[0].line


def test_events_without_an_id_get_one_that_stays(idp: Idp) -> None:
    idp.has_ids = False
    idp.put(userId="a")
    idp.put(userId="b")
    with realm_of(idp) as realm:
        once, again = realm.page(EVENTS, 0, 5), realm.page(EVENTS, 0, 5)
    assert {entry.line for entry in once} == {entry.line for entry in again}
    assert len({json.loads(entry.line)["id"] for entry in once}) == 2


def test_an_event_without_a_time_stands_where_it_stood(idp: Idp) -> None:
    idp._last["events"] = b'[{"id":"a","time":9},{"id":"b"},{"id":"c","time":8}]'
    idp.faults.extend(["", "repeat"])
    with realm_of(idp) as realm:
        assert [entry.time for entry in realm.page(EVENTS, 0, 5)] == [9, 9, 8]


def test_what_administrators_write_is_left_out(idp: Idp) -> None:
    written = {"username": "bob", "enabled": False, "credentials": [{"value": "hunter2"}]}
    idp.administer("users/u-1", "UPDATE", representation=json.dumps(written))
    idp.administer("identity-provider/x", "UPDATE", representation='{"clientSecret":"hunter2"}')
    idp.administer("users/u-2", "UPDATE", representation="{cut")
    with realm_of(idp) as realm:
        lines = [entry.line for entry in realm.page(ADMIN_EVENTS, 0, 5)]
    assert not any(b"hunter2" in line for line in lines)
    (kept,) = [json.loads(line) for line in lines if b"users/u-1" in line]
    assert json.loads(kept["representation"]) == {"username": "bob", "enabled": False}


def test_public_clients_are_marked(idp: Idp) -> None:
    idp.put(clientId="spa")
    idp.put(clientId="crm")
    with realm_of(idp, public_clients=frozenset({"spa"})) as realm:
        told = [json.loads(entry.line) for entry in realm.page(EVENTS, 0, 5)]
    assert {one["clientId"]: one.get("publicClient") for one in told} == {"spa": True, "crm": None}


def test_an_unknown_authority_is_refused_and_named_in_ca(tmp_path: Path) -> None:
    authority = trustme.CA()
    idp = Idp()
    with running(idp, authority.issue_cert("127.0.0.1")):
        address = Address(f"https://127.0.0.1:{idp.port}", "acme")
        credentials = Credentials("acme", CLIENT, SECRET)
        stranger = Realm(address, credentials, timeout=5)
        with pytest.raises(RealmError, match="ca_file"):
            stranger.config()
        stranger.close()
        pem = authority.cert_pem.bytes().decode()
        known = Realm(address, credentials, timeout=5, authorities=pem)
        assert known.config().events_enabled
        known.close()
    with pytest.raises(ValueError, match="PEM"):
        Realm(address, credentials, authorities="no certificate")


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0.0),
        ("7", 7.0),
        ("999999", 3_600.0),
        ("Mon, 02 Mar 2026 08:15:30 GMT", 30.0),
        ("Mon, 02 Mar 2026 08:00:00 GMT", 0.0),
        ("soon", None),
        ("-1", None),
        ("", None),
    ],
)
def test_how_long_to_stay_away(value: str, seconds: float | None) -> None:
    headers = httpx2.Headers({"Retry-After": value})
    assert _retry_after(headers, 1_772_439_300_000) == seconds
    assert _retry_after(httpx2.Headers(), 0) is None


def test_a_secret_is_not_shown() -> None:
    shown = repr(Credentials("acme", CLIENT, SECRET, "ann", SECRET))
    assert SECRET not in shown
    assert refusal.MAXIMUM_ANSWER > 1 << 20
