"""What applications ask is answered when it is durable, once for each question, and to whom may."""

from collections.abc import Callable
from typing import Any

import pytest
from httpx2 import Response
from sqlalchemy import Engine
from starlette.testclient import TestClient

from detectors.core.event import SignIn
from monitor.formats.format import Origin
from monitor.formats.own import Own
from monitor.services.actor import operator
from monitor.services.api_keys import ApiKeys
from monitor.services.authority import Operation
from monitor.services.own_sign_ins import SOURCE
from monitor.store.inbox import Inbox
from monitor.web.app import create_app
from monitor.web.problem import MEDIA_TYPE, Kind
from monitor.web.sign_ins import PATH
from tests.databases import Databases
from tests.monitor.web.conftest import Clock

ORIGIN = Origin(SOURCE, SOURCE, lambda *_: 2026, lambda *_: 0)
ANN = {"account": "u-1", "ip": "198.51.100.7", "user_agent": "Mozilla/5.0 Firefox/140.0"}


class Application:
    """One that asks, by a key of its tenant."""

    def __init__(self, databases: Databases) -> None:
        self.url = databases.url()
        self.engine: Engine = databases.connect(self.url)
        self.clock = Clock()
        self.keys = ApiKeys(self.engine, self.clock)
        self.key = self.made("k", Operation.SIGN_INS_DECIDE)
        app = create_app(self.url, now=self.clock, engine=self.engine)
        self.client = TestClient(
            app, base_url="http://127.0.0.1:8320", raise_server_exceptions=False
        )

    def made(self, name: str, *scopes: Operation, tenant: str | None = "acme") -> str:
        """A key."""
        return self.keys.create(operator(), name, scopes, tenant=tenant)

    def ask(self, key: str = "", **told: Any) -> Response:
        """Ask about somebody."""
        return self.client.post(PATH, json=ANN | told, headers=self.headers(key))

    def end(self, handle: str, key: str = "", **told: Any) -> Response:
        """Tell how it ended."""
        return self.client.post(f"{PATH}/{handle}/outcome", json=told, headers=self.headers(key))

    def look(self, handle: str, key: str = "") -> Response:
        """See how it stands."""
        return self.client.get(f"{PATH}/{handle}", headers=self.headers(key))

    def headers(self, key: str = "") -> dict[str, str]:
        return {"authorization": f"Bearer {key or self.key}"}

    def events(self) -> list[SignIn]:
        """What the engine will read, once it is carried over."""
        arrived = Inbox(self.engine).after(SOURCE, 0, 1_000, 64 << 20)
        lines = [line for one in arrived for line in one.parcel.lines]
        return [event for line in lines for event in Own().parse(line, ORIGIN)]  # type: ignore[misc]


@pytest.fixture
def application(databases: Databases) -> Application:
    return Application(databases)


def eventually(found: Callable[[], bool]) -> None:
    """Wait for what another thread does."""
    from monitor.clock import monotonic, pause

    until = monotonic() + 240
    while not found():
        assert monotonic() < until, "it did not come"
        pause(0.01)


def is_problem(answer: Response, kind: Kind) -> None:
    assert answer.status_code == kind.status, answer.text
    assert answer.headers["content-type"] == MEDIA_TYPE
    assert answer.json()["type"] == kind.type


def test_whoever_nothing_is_known_of_is_let_in_and_the_question_is_kept(
    application: Application,
) -> None:
    told = application.ask(uid="k-1", session="s-1").json()
    assert (told["verdict"], told["would_be"], told["risk"]) == ("allow", "allow", 0.0)
    assert (told["reasons"], told["challenge"]) == ([], None)
    eventually(lambda: len(application.events()) == 1)
    [event] = application.events()
    assert (event.tenant, event.account, event.uid) == ("acme", "u-1", "k-1")
    assert (event.session, event.ip, event.id.hex()) == ("s-1", "198.51.100.7", told["event"])
    standing = application.look(told["handle"]).json()
    assert (standing["verdict"], standing["outcome"], standing["is_proved"]) == (
        "allow",
        None,
        False,
    )


def test_asked_twice_under_one_uid_it_is_the_same_question(application: Application) -> None:
    first, second = application.ask(uid="k-1"), application.ask(uid="k-1", account="u-2")
    assert first.json() == second.json()
    assert application.ask().json() != application.ask().json()
    other = application.made("other", Operation.SIGN_INS_DECIDE)
    assert application.ask(other, uid="k-1").json()["handle"] != first.json()["handle"]


@pytest.mark.one_on_postgresql
@pytest.mark.parametrize(
    "told",
    [
        {"account": None},
        {"account": ""},
        {"account": "a" * 257},
        {"account": "a\x00"},
        {"account": "\ud800"},
        {"account": 7},
        {"ip": "no address"},
        {"user_agent": "x" * 1_025},
        {"return_to": "javascript:alert(1)"},
        {"language": "<script>"},
        {"unknown": "field"},
    ],
)
def test_what_does_not_fit_is_told_and_not_kept(
    application: Application, told: dict[str, Any]
) -> None:
    import json

    body = json.dumps(ANN | told)
    headers = application.headers() | {"content-type": "application/json"}
    answer = application.client.post(PATH, content=body, headers=headers)
    is_problem(answer, Kind.BODY_UNFIT)
    assert application.events() == []


def test_only_a_key_for_it_asks_and_only_for_its_tenant(application: Application) -> None:
    other = application.made("other", Operation.EVENTS_WRITE)
    is_problem(application.ask(other), Kind.NOT_ALLOWED)
    is_problem(application.client.post(PATH, json=ANN), Kind.KEY_REQUIRED)
    assert application.ask(tenant="globex").status_code == 404
    anywhere = application.made("any", Operation.SIGN_INS_DECIDE, tenant=None)
    is_problem(application.ask(anywhere), Kind.BODY_UNFIT)
    handle = application.ask(anywhere, tenant="globex").json()["handle"]
    for answer in (application.look(handle), application.end(handle, outcome="success")):
        assert answer.status_code == 404
    assert application.look(handle, anywhere).status_code == 200
    assert application.look("0" * 32).status_code == 404


def test_how_it_ended_is_told_once_and_of_the_same_event(application: Application) -> None:
    told = application.ask().json()
    handle = told["handle"]
    assert application.end(handle, outcome="success", session="s-9").json()["outcome"] == "success"
    assert application.end(handle, outcome="success").status_code == 200
    eventually(lambda: len(application.events()) == 2)
    assert {event.id.hex() for event in application.events()} == {told["event"]}
    assert application.events()[1].session == "s-9"
    eventually(lambda: application.look(handle).json()["outcome"] == "success")
    is_problem(application.end(handle, outcome="failure"), Kind.CONFLICT)
    is_problem(application.end(handle, outcome="perhaps"), Kind.BODY_UNFIT)


def test_who_is_known_by_a_name_is_asked_about_by_it(application: Application) -> None:
    answer = application.client.post(
        PATH, json={"account_name": "Ann"}, headers=application.headers()
    )
    assert answer.status_code == 200
    eventually(lambda: len(application.events()) == 1)
    [event] = application.events()
    assert (event.account, event.account_by_name, event.account_name) == ("Ann", True, "Ann")
