"""What is pushed is stored for whom the key says, or it is said why not."""

import gzip
import json
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
import zstandard
from httpx2 import Response
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, delete, text
from starlette.testclient import TestClient

from detectors.core.event import DAY
from monitor.services import delivery
from monitor.services.actor import operator
from monitor.services.api_keys import ApiKeys
from monitor.services.authority import Operation
from monitor.store import tables
from monitor.store.inbox import MOST_BYTES, Arrived, Inbox, Terms
from monitor.web import push
from monitor.web.app import create_app
from monitor.web.body import MAXIMUM_SENT
from monitor.web.problem import MEDIA_TYPE, Kind
from tests.databases import Databases
from tests.monitor.web.conftest import Clock, Console

LINE = b'{"class_uid":3002}'
NDJSON = "application/x-ndjson"


class Door:
    """An application over a database, a clock that stands still, and keys."""

    def __init__(self, databases: Databases) -> None:
        self.url = databases.url()
        self.engine: Engine = databases.connect(self.url)
        self.clock = Clock()
        self.inbox = Inbox(self.engine)
        self.inbox.announce(Terms(("crm", "hr")))
        self.keys = ApiKeys(self.engine, self.clock)
        self.key = self.keys.create(
            operator(), "k", [Operation.EVENTS_WRITE], source="crm", tenant="acme"
        )
        self.app = create_app(self.url, now=self.clock, engine=self.engine)
        self.client = self.opened()

    def opened(self) -> TestClient:
        """A program that has its connection."""
        return TestClient(self.app, base_url="http://127.0.0.1:8320", raise_server_exceptions=False)

    def send(self, body: bytes = LINE, query: str = "", **headers: str) -> Response:
        """POST with the key and NDJSON, unless the headers say otherwise."""
        usual = {"authorization": f"Bearer {self.key}", "content-type": NDJSON}
        told = usual | {name.replace("_", "-"): value for name, value in headers.items()}
        kept = {name: value for name, value in told.items() if value}
        return self.client.post(f"{push.PATH}{query}", content=body, headers=kept)

    def arrived(self, source: str = "crm") -> list[Arrived]:
        return self.inbox.after(source, 0, 1_000, 64 << 20)


@pytest.fixture
def door(databases: Databases) -> Door:
    return Door(databases)


def is_problem(answer: Response, kind: Kind) -> dict[str, Any]:
    assert answer.status_code == kind.status, answer.text
    assert answer.headers["content-type"] == MEDIA_TYPE
    document: dict[str, Any] = answer.json()
    assert document["type"] == kind.type
    assert document["status"] == kind.status
    assert document["title"]
    assert document["detail"]
    return document


def test_what_is_sent_is_stored_before_the_answer_comes(door: Door) -> None:
    answer = door.send(LINE + b"\n\n" + LINE + b"\r\n")
    assert answer.status_code == 202
    (arrived,) = door.arrived()
    assert answer.json() == {"accepted": 2, "source": "crm", "receipt": arrived.id}
    parcel = arrived.parcel
    assert parcel.lines == [LINE, b"", LINE]
    assert (parcel.sender, parcel.tenant, parcel.is_beginning) == ("push/k", "acme", True)
    assert arrived.received == door.clock.now


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (gzip.compress(LINE, mtime=0), {"content_encoding": "gzip"}),
        (zstandard.compress(LINE), {"content_encoding": "zstd"}),
        (LINE, {"content_type": "application/json"}),
        (b"[" + LINE + b"]", {"content_type": "application/json; charset=utf-8"}),
        (LINE, {"content_type": "text/plain"}),
        (LINE, {"authorization": "", "Authorization": "bearer {key}"}),
    ],
)
def test_it_may_be_sent_in_several_ways(door: Door, body: bytes, headers: dict[str, str]) -> None:
    told = {name: value.format(key=door.key) for name, value in headers.items()}
    assert door.send(body, **told).status_code == 202
    assert [a.parcel.lines for a in door.arrived()] == [[LINE]]


def test_a_large_body_is_several_parcels_that_follow_each_other(door: Door) -> None:
    lines = [b'{"n":%d}' % n for n in range(2_500)]
    answer = door.send(gzip.compress(b"\n".join(lines)), content_encoding="gzip")
    assert answer.json()["accepted"] == 2_500
    arrived = door.arrived()
    assert [line for a in arrived for line in a.parcel.lines] == lines
    assert [a.parcel.is_beginning for a in arrived] == [True, False, False]
    assert [a.parcel.first_line for a in arrived] == [1, 1_001, 2_001]


def test_a_key_for_any_source_names_one(door: Door) -> None:
    door.key = door.keys.create(operator(), "any", [Operation.EVENTS_WRITE])
    assert door.send(query="?source=hr").json()["source"] == "hr"
    assert door.arrived("hr")[0].parcel.tenant is None
    is_problem(door.send(), Kind.SOURCE_MISSING)
    is_problem(door.send(query="?source=other"), Kind.SOURCE_UNKNOWN)
    is_problem(door.send(query="?source=hr&source=crm"), Kind.SOURCE_MISSING)
    is_problem(door.send(query="?sourec=hr"), Kind.SOURCE_MISSING)
    assert len(door.arrived("hr")) == 1


def test_a_key_for_one_source_opens_no_other(door: Door) -> None:
    assert door.send(query="?source=crm").status_code == 202
    is_problem(door.send(query="?source=hr"), Kind.NOT_ALLOWED)
    is_problem(door.send(query="?source=other"), Kind.NOT_ALLOWED)
    assert door.arrived("hr") == []


def test_a_rotated_key_is_the_same_sender(door: Door) -> None:
    old = door.key
    door.key, _ = door.keys.rotate(operator(), "k", DAY)
    assert door.send().status_code == 202
    door.key = old
    assert door.send().status_code == 202
    assert {a.parcel.sender for a in door.arrived()} == {"push/k"}


def test_without_a_key_that_holds_nothing_is_told_apart(door: Door) -> None:
    expired = door.keys.create(
        operator(), "e", [Operation.EVENTS_WRITE], expires=door.clock.now + 1
    )
    revoked = door.keys.create(operator(), "r", [Operation.EVENTS_WRITE])
    removed = door.keys.create(operator(), "x", [Operation.EVENTS_WRITE])
    door.clock.now += 1
    for name in ("r", "x"):
        door.keys.revoke(operator(), name)
    door.keys.remove(operator(), "x")
    refused = [
        is_problem(door.send(authorization=f"Bearer {key}"), Kind.KEY_REQUIRED)
        for key in (expired, revoked, removed, f"{door.key[:-1]}_", "x")
    ]
    assert all(document == refused[0] for document in refused)
    for told in ("", "Basic Og==", door.key, "Bearer"):
        answer = door.send(authorization=told)
        is_problem(answer, Kind.KEY_REQUIRED)
        assert answer.headers["www-authenticate"].startswith("Bearer ")
    assert door.arrived() == []


def test_a_key_without_the_scope_is_told_which_one(door: Door) -> None:
    with door.engine.begin() as connection:
        connection.execute(tables.api_keys.update().values(scopes="other:read"))
    answer = door.send()
    is_problem(answer, Kind.NOT_ALLOWED)
    assert 'scope="events:write"' in answer.headers["www-authenticate"]


def test_the_consoles_session_does_not_push_and_the_key_opens_no_console(
    console: Console,
) -> None:
    key = ApiKeys(console.stage.engine, console.clock).create(
        operator(), "k", [Operation.EVENTS_WRITE]
    )
    browser = console.signed_in()
    assert browser.get("/api/v1/status").status_code == 200
    answer = browser.post(push.PATH, content=LINE, headers={"content-type": NDJSON})
    assert answer.status_code in (401, 403)
    bearer = {"authorization": f"Bearer {key}"}
    browser.headers.pop("sec-fetch-site")
    answer = browser.post(push.PATH, content=LINE, headers={"content-type": NDJSON})
    is_problem(answer, Kind.KEY_REQUIRED)
    program = console.client()
    program.headers.pop("sec-fetch-site")
    for path in ("/", "/pulse", "/sources"):
        assert program.get(path, headers=bearer).status_code == 401
    for path in ("/api/v1/status", f"/api/v1/incidents/{UUID(int=1)}", "/api/v1/sources"):
        assert program.get(path, headers=bearer).status_code == 403


def test_a_key_reads_what_it_was_made_for(console: Console) -> None:
    keys = ApiKeys(console.stage.engine, console.clock)
    reads = {"authorization": f"Bearer {keys.create(operator(), 'r', [Operation.STATUS_READ])}"}
    program = console.client()
    program.headers.pop("sec-fetch-site")
    assert program.get("/api/v1/status", headers=reads).status_code == 200
    assert program.get("/api/v1/sources", headers=reads).status_code == 403
    answer = program.post(push.PATH, content=LINE, headers={"content-type": NDJSON, **reads})
    is_problem(answer, Kind.NOT_ALLOWED)


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "http://127.0.0.1:8320"},
        {"origin": "null"},
        {"sec_fetch_site": "cross-site"},
        {"sec_fetch_site": "same-origin"},
    ],
)
def test_a_page_in_a_browser_is_refused_even_with_a_key(
    door: Door, headers: dict[str, str]
) -> None:
    is_problem(door.send(**headers), Kind.NOT_ALLOWED)
    answer = door.client.options(push.PATH, headers={"origin": "https://evil.example"})
    assert answer.status_code == 405
    assert not [name for name in answer.headers if name.startswith("access-control")]
    assert door.arrived() == []


def test_what_node_sends_of_itself_is_no_browser(door: Door) -> None:
    assert door.send(sec_fetch_mode="cors").status_code == 202


def test_other_names_and_other_methods_are_refused(door: Door) -> None:
    is_problem(door.send(host="evil.example"), Kind.HOST_UNKNOWN)
    for method in ("GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS"):
        bearer = {"authorization": f"Bearer {door.key}"}
        answer = door.client.request(method, push.PATH, headers=bearer)
        assert answer.status_code == 405
        assert answer.headers["allow"] == "POST"
    is_problem(door.send(query=f"?source={'a' * 2_000}"), Kind.ADDRESS_TOO_LONG)


@pytest.mark.parametrize(
    ("body", "headers", "kind"),
    [
        (b"", {}, Kind.BODY_EMPTY),
        (b"nonsense", {}, Kind.BODY_UNREADABLE),
        (b"{", {"content_type": "application/json"}, Kind.BODY_UNREADABLE),
        (LINE, {"content_encoding": "gzip"}, Kind.BODY_UNREADABLE),
        (LINE, {"content_type": "application/xml"}, Kind.TYPE_UNKNOWN),
        (LINE, {"content_type": ""}, Kind.TYPE_UNKNOWN),
        (LINE, {"content_encoding": "br"}, Kind.CODING_UNKNOWN),
        (b"{}\n" * 50_001, {}, Kind.BODY_TOO_LARGE),
        (b"{}" + b" " * MAXIMUM_SENT, {}, Kind.BODY_TOO_LARGE),
    ],
)
def test_what_cannot_be_taken_is_refused_and_nothing_of_it_is_stored(
    door: Door, body: bytes, headers: dict[str, str], kind: Kind
) -> None:
    is_problem(door.send(body, **headers), kind)
    assert door.arrived() == []


def test_a_body_without_a_length_is_taken_and_is_limited_all_the_same(door: Door) -> None:
    def pieces(count: int) -> Iterator[bytes]:
        for _ in range(count):
            yield LINE * 1_000 + b"\n"

    usual = {"authorization": f"Bearer {door.key}", "content-type": NDJSON}
    answer = door.client.post(push.PATH, content=pieces(3), headers=usual)
    assert answer.json()["accepted"] == 3
    answer = door.client.post(push.PATH, content=pieces(600), headers=usual)
    is_problem(answer, Kind.BODY_TOO_LARGE)


def test_before_an_engine_has_begun_nothing_is_taken(door: Door) -> None:
    with door.engine.begin() as connection:
        connection.execute(delete(tables.engine))
    answer = door.send()
    is_problem(answer, Kind.STORE_UNAVAILABLE)
    assert answer.headers["retry-after"] == "5"


def test_a_changed_source_is_known_within_a_second(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = 100.0
    monkeypatch.setattr(push, "monotonic", lambda: at)
    assert door.send().status_code == 202
    door.inbox.announce(Terms(("other",)))
    at += 1.0
    is_problem(door.send(), Kind.SOURCE_UNKNOWN)


def test_when_too_much_waits_nothing_is_read(door: Door) -> None:
    door.inbox.announce(Terms(("crm",), most=1))
    codes = {door.send().status_code for _ in range(3)}
    assert codes == {202, 429}
    answer = door.send()
    is_problem(answer, Kind.BUSY)
    assert int(answer.headers["retry-after"]) >= 1


def test_a_store_that_does_not_take_it_is_told(door: Door) -> None:
    with door.engine.begin() as connection:
        connection.execute(text("ALTER TABLE inbox RENAME TO elsewhere"))
    answer = door.send()
    assert "Nothing was stored" in is_problem(answer, Kind.STORE_UNAVAILABLE)["detail"]
    assert answer.headers["retry-after"] == "5"
    with door.engine.begin() as connection:
        connection.execute(text("ALTER TABLE elsewhere RENAME TO inbox"))
    assert door.send().status_code == 202


def test_a_database_that_cannot_be_asked_for_the_key_is_told(door: Door) -> None:
    with door.engine.begin() as connection:
        connection.execute(text("ALTER TABLE api_keys RENAME TO elsewhere"))
    is_problem(door.send(), Kind.STORE_UNAVAILABLE)


def test_while_another_writes_the_sender_is_told_to_wait_and_then_it_is_stored(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(push, "DEADLINE_S", 0.05)
    monkeypatch.setattr(delivery, "BEHIND_S", 0.0)
    assert door.send().status_code == 202
    with door.engine.begin() as held:
        if door.engine.dialect.name == "postgresql":
            held.execute(text("LOCK TABLE inbox IN ACCESS EXCLUSIVE MODE"))
        answer = door.send()
        is_problem(answer, Kind.BUSY)
        assert answer.headers["retry-after"] == "5"
    monkeypatch.setattr(push, "DEADLINE_S", 20.0)
    monkeypatch.setattr(delivery, "BEHIND_S", 20.0)
    assert door.send().status_code == 202


def test_use_of_a_key_is_seen(door: Door) -> None:
    assert door.send().status_code == 202
    assert door.send().status_code == 202
    # Written behind the answer; the second delivery begins when that of the first is done.
    assert door.keys.all(operator())[0][0].last_used == door.clock.now


bodies = st.one_of(
    st.binary(max_size=200),
    st.lists(st.dictionaries(st.text(max_size=5), st.integers()), max_size=5).map(
        lambda rows: b"\n".join(json.dumps(row).encode() for row in rows)
    ),
)
values = st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=30)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    bodies,
    st.sampled_from([NDJSON, "application/json", "text/plain", ""]) | values,
    st.sampled_from(["", "gzip", "zstd", "identity"]) | values,
    st.sampled_from(["", "?source=crm", "?source=%00", "?x=1", "?source=", "?%ff=%ff"]),
)
def test_anything_is_stored_whole_or_refused_with_a_reason(
    door: Door, body: bytes, media: str, encoded: str, query: str
) -> None:
    before = door.inbox.waiting().parcels
    answer = door.send(body, query, content_type=media, content_encoding=encoded)
    if answer.status_code == 202:
        assert door.inbox.waiting().parcels == before + 1
    else:
        assert 400 <= answer.status_code < 500
        assert answer.headers["content-type"] == MEDIA_TYPE
        assert door.inbox.waiting().parcels == before


def test_room_is_given_back_whatever_happens(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[delivery.Room] = []
    monkeypatch.setattr("monitor.web.app.Room", lambda: made.append(delivery.Room()) or made[0])
    door.client = TestClient(
        create_app(door.url, now=door.clock, engine=door.engine),
        base_url="http://127.0.0.1:8320",
        raise_server_exceptions=False,
    )
    for body, encoded in ((LINE, ""), (b"", ""), (LINE, "gzip"), (gzip.compress(LINE), "gzip")):
        door.send(body, content_encoding=encoded)
    assert made[0].left == delivery.ROOM
    assert MOST_BYTES < delivery.ROOM
