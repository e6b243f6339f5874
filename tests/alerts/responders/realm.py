"""A Keycloak realm on a socket of this machine, as its Admin REST API is documented: a token for a
client's secret, users with their sessions, and a PUT that takes away what it does not name."""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from tests.alerts.responders.farside import Answer, FarSide, Request

CLIENT, SECRET, TOKEN = "vigie", "canary-of-the-client", "canary-of-the-token"
REALM = "acme one"
_USERS = "/admin/realms/acme%20one/users"
_TOKEN = "/realms/acme%20one/protocol/openid-connect/token"
_PROFILE = frozenset(("username", "email", "firstName", "lastName", "attributes"))
"""What a PUT takes away when it leaves it out, from version 24 on."""
Meddling = Callable[[Request, Callable[[Request], Answer]], Answer]


class Realm:
    """The realm; `meddle` stands before its admin API, and may be changed at any time."""

    def __init__(self, side: FarSide) -> None:
        self.users: dict[str, dict[str, Any]] = {}
        self.sessions: dict[str, list[str]] = {}
        self.meddle: Meddling | None = None
        self.side = side
        self.url = f"{side.address}/realms/acme%20one"
        side.behave = self._answer

    def add(self, uid: str, username: str, *sessions: str, **fields: Any) -> None:
        """A user, with so many sessions."""
        self.users[uid] = {
            "id": uid,
            "username": username,
            "enabled": True,
            "attributes": {"desk": ["7"]},
            "firstName": "Zoé",
            "requiredActions": [],
            "createdTimestamp": 1,
            "access": {"manage": True},
            **fields,
        }
        self.sessions[uid] = list(sessions)

    @property
    def writes(self) -> list[Request]:
        """What was to change something."""
        return [
            r for r in self.side.requests if r.method != "GET" and not r.path.startswith(_TOKEN)
        ]

    def _answer(self, request: Request) -> Answer:
        if request.path == _TOKEN:
            return self._token(request)
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return Answer(401)
        return self.admin(request) if self.meddle is None else self.meddle(request, self.admin)

    def _token(self, request: Request) -> Answer:
        form = parse_qs(request.body.decode())
        if (form.get("client_id"), form.get("client_secret")) != ([CLIENT], [SECRET]):
            return Answer(401, b'{"error":"unauthorized_client"}')
        return Answer(body=json.dumps({"access_token": TOKEN, "expires_in": 60}).encode())

    def admin(self, request: Request) -> Answer:
        """What the admin API answers."""
        parts = urlsplit(request.path)
        if parts.path == _USERS:
            name = parse_qs(parts.query)["username"][0].lower()
            return _told([user for user in self.users.values() if user["username"] == name])
        uid, _, below = parts.path.removeprefix(f"{_USERS}/").partition("/")
        user = self.users.get(unquote(uid))
        if not parts.path.startswith(_USERS) or user is None:
            return Answer(404, b'{"error":"User not found"}')
        if (request.method, below) == ("GET", "sessions"):
            return _told([{"id": one, "start": 1} for one in self.sessions[user["id"]]])
        if (request.method, below) == ("POST", "logout"):
            self.sessions[user["id"]] = []
            return Answer(204, b"")
        if (request.method, below) == ("GET", ""):
            return _told(user)
        return self._put(user, json.loads(request.body))

    def _put(self, user: dict[str, Any], given: dict[str, Any]) -> Answer:
        if "access" in given:
            return Answer(400)
        for name in _PROFILE - given.keys():
            user.pop(name, None)
        user.update(given)
        return Answer(204, b"")


def _told(what: Any) -> Answer:
    return Answer(body=json.dumps(what).encode())
