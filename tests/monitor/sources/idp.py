"""A Keycloak as its API is documented, over real HTTP, with faults that can be ordered.

Newest first, `first` and `max` over a list that moves, events of one millisecond in any order,
`dateFrom` by days, no cursor, expiring tokens, `view-events`, expiry of events, and answers that
are late, half, repeated or refused. Users by name and offset, with `view-users`, and credentials,
groups, roles and identities below each.
"""

import json
import random
import ssl
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import trustme

REFUSALS: dict[str, tuple[int, dict[str, str], bytes]] = {
    "429": (429, {"Retry-After": "0"}, b""),
    "503": (503, {"Retry-After": "0"}, b""),
    "later": (503, {"Retry-After": "7"}, b""),
    "500": (500, {}, b'{"error":"unknown_error"}'),
    "elsewhere": (302, {"Location": "https://elsewhere.example/"}, b""),
}
SECRET = "s3cr3t-of-the-client"
CLIENT = "vigie"


class Idp:
    """One realm, `acme`. `clock` is the server's, in ms; `faults` are met one a request."""

    def __init__(self, seed: int = 0) -> None:
        self.lock = threading.RLock()
        self.clock = 1_772_439_300_000
        self.events: list[dict[str, Any]] = []
        self.admin_events: list[dict[str, Any]] = []
        self.config: dict[str, Any] = {
            "eventsEnabled": True,
            "adminEventsEnabled": True,
            "adminEventsDetailsEnabled": True,
            "eventsExpiration": 0,
            "enabledEventTypes": ["LOGIN", "LOGIN_ERROR", "LOGOUT"],
        }
        self.users: list[dict[str, Any]] = []
        self.below: dict[str, dict[str, list[dict[str, Any]]]] = {}
        self.roles = {"view-events"}
        self.has_ids = True
        self.token_uses = 10_000
        self.faults: deque[str] = deque()
        self.requests: list[str] = []
        self.forms: list[dict[str, list[str]]] = []
        self.meanwhile: list[dict[str, Any]] = []
        self.port = 0
        self.is_held = threading.Event()
        self.release = threading.Event()
        self._chance = random.Random(seed)
        self._tokens: dict[str, int] = {}
        self._made = 0
        self._last: dict[str, bytes] = {}

    def put(self, at: int | None = None, kind: str = "LOGIN", **fields: Any) -> dict[str, Any]:
        """Put in an event of a time, now when None."""
        with self.lock:
            self._made += 1
            event = {
                "id": f"00000000-0000-4000-8000-{self._made:012d}",
                "time": self.clock if at is None else at,
                "type": kind,
                "realmId": "6f0c1f4e",
                "clientId": "crm",
                "userId": f"user-{self._made % 7}",
                "ipAddress": "192.0.2.7",
                "details": {"username": f"name-{self._made % 7}", "code_id": f"c{self._made}"},
                **fields,
            }
            self.events.append({k: v for k, v in event.items() if v is not None})
            return event

    def administer(self, path: str, operation: str = "ACTION", **fields: Any) -> None:
        """Put in an administrator's act."""
        with self.lock:
            self._made += 1
            event = {
                "id": f"11111111-0000-4000-8000-{self._made:012d}",
                "time": self.clock,
                "realmId": "6f0c1f4e",
                "authDetails": {"realmId": "m", "userId": "adm", "ipAddress": "192.0.2.9"},
                "operationType": operation,
                "resourceType": "USER",
                "resourcePath": path,
                **fields,
            }
            self.admin_events.append(event)

    def expire(self, before: int) -> None:
        """Take away what is older."""
        with self.lock:
            self.events = [event for event in self.events if event["time"] >= before]

    @property
    def url(self) -> str:
        """The source's address."""
        return f"keycloak+http://127.0.0.1:{self.port}/realms/acme"

    def answer(self, handler: BaseHTTPRequestHandler, body: bytes) -> None:
        """Answer one request."""
        with self.lock:
            parts = urlsplit(handler.path)
            self.requests.append(handler.path)
            fault = self.faults.popleft() if self.faults else ""
            if self.meanwhile:
                self.put(**self.meanwhile.pop(0))
            if fault == "hang up":
                handler.close_connection = True
                return
            if fault == "held":
                self._hold()
            status, headers, found = self._answer(parts.path, parts.query, handler, body, fault)
        _send(handler, status, headers, found, self.clock, fault)

    def _hold(self) -> None:
        self.lock.release()
        self.is_held.set()
        self.release.wait(30)
        self.lock.acquire()

    def _answer(
        self, path: str, query: str, handler: BaseHTTPRequestHandler, body: bytes, fault: str
    ) -> tuple[int, dict[str, str], bytes]:
        if fault in REFUSALS:
            return REFUSALS[fault]
        if path.endswith("/protocol/openid-connect/token"):
            return self._token(parse_qs(body.decode()))
        if not path.startswith("/admin/realms/acme/"):
            return 404, {}, b'{"error":"Realm not found."}'
        name = path.removeprefix("/admin/realms/acme/")
        needed = "view-users" if name.startswith("users") else "view-events"
        if not self._is_admitted(handler, fault) or needed not in self.roles:
            status = 403 if self._is_known(handler) else 401
            return status, {}, b'{"error":"HTTP Unauthorized"}'
        if needed == "view-users":
            return self._users(name, parse_qs(query))
        return 200, {}, self._list(path, query, fault)

    def _users(self, name: str, query: dict[str, list[str]]) -> tuple[int, dict[str, str], bytes]:
        """Users by name, and what lies below each (UsersResource and UserResource)."""
        if name == "users/count":
            return 200, {}, str(len(self.users)).encode()
        if name == "users":
            first, most = int(query.get("first", ["0"])[0]), int(query.get("max", ["100"])[0])
            ordered = sorted(self.users, key=lambda user: str(user.get("username")))
            brief = query.get("briefRepresentation", ["false"]) == ["true"]
            hidden = ("attributes",) if brief else ()
            told = [{k: v for k, v in u.items() if k not in hidden} for u in ordered]
            return 200, {}, json.dumps(told[first : first + most]).encode()
        uid, _, what = name.removeprefix("users/").partition("/")
        if not any(user.get("id") == uid for user in self.users):
            return 404, {}, b'{"error":"User not found"}'
        return 200, {}, json.dumps(self.below.get(uid, {}).get(what, [])).encode()

    def enrol(self, username: str, uid: str | None = None, **fields: Any) -> str:
        """Put in a user; its id."""
        with self.lock:
            self._made += 1
            given = f"2222-{self._made:04d}" if uid is None else uid
            user = {
                "id": given,
                "username": username,
                "enabled": True,
                "emailVerified": False,
                "createdTimestamp": 1_700_000_000_000 + self._made,
                "totp": False,
                "disableableCredentialTypes": [],
                "requiredActions": [],
                "notBefore": 0,
                **fields,
            }
            self.users.append({k: v for k, v in user.items() if v is not None})
            return given

    def _list(self, path: str, query: str, fault: str) -> bytes:
        name = path.removeprefix("/admin/realms/acme/")
        if name == "events/config":
            return json.dumps(self.config).encode()
        if fault != "repeat" or name not in self._last:
            self._last[name] = self._page(name, parse_qs(query))
        return self._last[name]

    def _token(self, form: dict[str, list[str]]) -> tuple[int, dict[str, str], bytes]:
        self.forms.append(form)
        grant = form.get("grant_type", [""])[0]
        is_right = {
            "client_credentials": form.get("client_secret") == [SECRET],
            "password": form.get("password") == [SECRET],
        }.get(grant, False)
        if not is_right:
            said = {"error": "unauthorized_client", "error_description": "Invalid client secret"}
            return 401, {}, json.dumps(said).encode()
        token = f"token-{len(self._tokens)}"
        self._tokens[token] = self.token_uses
        return 200, {}, json.dumps({"access_token": token, "expires_in": 60}).encode()

    def _is_admitted(self, handler: BaseHTTPRequestHandler, fault: str) -> bool:
        token = handler.headers.get("Authorization", "").removeprefix("Bearer ")
        if fault == "401":
            self._tokens[token] = 0
        left = self._tokens.get(token, 0)
        self._tokens[token] = left - 1
        return left > 0

    def _is_known(self, handler: BaseHTTPRequestHandler) -> bool:
        token = handler.headers.get("Authorization", "").removeprefix("Bearer ")
        return self._tokens.get(token, -1) >= 0

    def _page(self, name: str, query: dict[str, list[str]]) -> bytes:
        events = self.events if name == "events" else self.admin_events
        kinds = query.get("type")
        found = [e for e in events if kinds is None or e["type"] in kinds]
        self._chance.shuffle(found)
        found.sort(key=lambda event: -int(event["time"]))
        first, most = int(query.get("first", ["0"])[0]), int(query.get("max", ["100"])[0])
        page = found[first : first + most]
        if not self.has_ids:
            page = [{k: v for k, v in event.items() if k != "id"} for event in page]
        return json.dumps(page).encode()


def _send(
    handler: BaseHTTPRequestHandler,
    status: int,
    headers: dict[str, str],
    body: bytes,
    clock: int,
    fault: str,
) -> None:
    handler.send_response_only(status)
    handler.send_header("Date", formatdate(clock / 1_000, usegmt=True))
    handler.send_header("Content-Type", "application/json")
    for name, value in headers.items():
        handler.send_header(name, value)
    if fault == "not json":
        body = b"<html>Bad gateway</html>"
    if fault == "half in JSON":
        body = body[: len(body) // 2]
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    if fault == "half":
        handler.close_connection = True
        body = body[: len(body) // 2]
    handler.wfile.write(body)


@contextmanager
def running(idp: Idp, certificate: trustme.LeafCert | None = None) -> Iterator[Idp]:
    """The realm behind a real port of this machine, for as long as the block lasts."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # One packet for an answer: else each waits for the one before to be acknowledged.
        wbufsize = 1 << 16
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            idp.answer(self, b"")

        def do_POST(self) -> None:
            idp.answer(self, self.rfile.read(int(self.headers.get("Content-Length", "0"))))

        def log_message(self, *said: Any) -> None:
            """Nothing is logged."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        certificate.configure_cert(context)
        server.socket = context.wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False
        )
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    idp.port = server.server_port
    try:
        yield idp
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
