"""A subscriber's session opens no console, a reviewer's no page of subscribers; forms are bound to
the session that their page was sent in."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import Engine
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.testclient import TestClient
from starlette.types import Receive, Scope, Send

from monitor.services.admission import form_token
from monitor.services.keyring import Keyring
from monitor.services.sessions import Client, Visit
from monitor.services.subscriber import Subscriber
from monitor.services.subscriber_sessions import SubscriberSessions, Way
from monitor.web.client import TrustedProxies
from monitor.web.guard import Guard
from monitor.web.subscribers import (
    SubscriberCookies,
    subscriber_form,
    subscriber_of,
    visit_of_subscriber,
)
from tests.monitor.services.reviewing import Clock

MARIE = Subscriber("acme", "marie")
BASE = "http://127.0.0.1:8320"


class Probe:
    """Behind the guard: says who is known, and takes forms."""

    def __init__(self, sessions: SubscriberSessions, engine: Engine) -> None:
        self.sessions = sessions
        self.engine = engine
        self.looked: list[str] = []
        self.app = Guard(
            self._answer,
            admits=self._admits,
            refuse=lambda _, refusal: PlainTextResponse("", refusal.status_code),
            hosts=frozenset(),
            secure=False,
            programs={},
            identify=self._identify,
            proxies=TrustedProxies(),
            subscribers=sessions.visit,
        )

    def client(self) -> TestClient:
        return TestClient(self.app, base_url=BASE, headers={"sec-fetch-site": "same-origin"})

    def key(self) -> str:
        with self.engine.begin() as connection:
            return self.sessions.open(connection, MARIE, Way.HAND_OFF, Client()) or ""

    def _admits(self, session: str, _client: Client | None) -> Visit | None:
        self.looked.append(session)
        return None

    async def _identify(self, _key: str) -> None:
        return None

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        answer: Response
        try:
            if request.method == "POST":
                answer = PlainTextResponse((await subscriber_form(request)).get("word", ""))
            else:
                visit = visit_of_subscriber(request)
                told = visit.subscriber.account if visit else "nobody"
                answer = PlainTextResponse(told)
                if request.query_params:
                    SubscriberCookies(secure=False).admit(request, answer, self.key())
        except HTTPException as refusal:
            answer = PlainTextResponse("", refusal.status_code)
        await answer(scope, receive, send)


@pytest.fixture
def probe(database: Engine) -> Probe:
    return Probe(SubscriberSessions(database, Keyring(b"pepper"), Clock()), database)


def test_strangers_come_to_their_pages_and_not_to_the_console(probe: Probe) -> None:
    client = probe.client()
    for path in ("/me", "/challenge/x", "/enrol"):
        assert client.get(path).text == "nobody"
    assert client.get("/incidents/x").status_code == 401


def test_a_session_is_the_browsers_and_opens_no_console(probe: Probe) -> None:
    client = probe.client()
    told = client.get("/me?in").headers["set-cookie"].lower()
    assert "httponly" in told
    assert "samesite=lax" in told
    assert client.get("/me").text == "marie"
    assert client.get("/tickets").status_code == 401
    assert probe.looked == []


def test_a_reviewers_cookie_is_not_looked_at_there(probe: Probe) -> None:
    client = probe.client()
    client.cookies.set("vigie_session_8320", "x" * 43)
    assert client.get("/me").text == "nobody"
    assert probe.looked == []
    client.get("/tickets")
    assert probe.looked == ["x" * 43]


def test_one_named_as_the_others_is_worth_nothing(probe: Probe) -> None:
    """Each kind of key is known in its own table only."""
    client = probe.client()
    client.cookies.set("vigie_session_8320", probe.key())
    assert client.get("/me").text == "nobody"


def test_a_form_is_bound_to_its_session(probe: Probe) -> None:
    client, key = probe.client(), probe.key()
    client.cookies.set("vigie_subscriber_8320", key)
    sent = {"word": "yes", "token": form_token(key)}
    assert client.post("/me/x", data=sent).text == "yes"
    assert client.post("/me/x", data=sent | {"token": form_token("other")}).status_code == 403
    assert client.post("/me/x", data={"word": "yes"}).status_code == 403
    foreign = {"sec-fetch-site": "cross-site", "origin": "https://evil.example"}
    assert client.post("/me/x", data=sent, headers=foreign).status_code == 403


def test_who_is_not_known_sends_none(probe: Probe) -> None:
    assert probe.client().post("/me/x", data={"word": "yes"}).status_code == 401


def test_nobody_is_a_refusal() -> None:
    scope: dict[str, Any] = {"type": "http", "state": {}, "headers": []}
    with pytest.raises(HTTPException) as told:
        subscriber_of(Request(scope))
    assert told.value.status_code == 401
    with pytest.raises(HTTPException):
        asyncio.run(subscriber_form(Request(scope)))
