"""Whoever is not let in learns nothing from the answer, nor from the work that was done for it: the
work is counted, since a clock would tell of the machine."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import argon2
import pytest
from httpx2 import Response
from sqlalchemy import Engine, event
from starlette.testclient import TestClient

from monitor.services.actor import Role
from monitor.services.admission import Admission
from monitor.services.api_keys import ApiKeys
from monitor.services.authority import Operation
from monitor.web.app import create_app
from tests.monitor.web.entering import BASE, Console

LIFE = 86_400_000


@contextmanager
def counted(monkeypatch: pytest.MonkeyPatch) -> Iterator[Counter[str]]:
    """What is done meanwhile: statements by their text, and each hash of a password."""
    done: Counter[str] = Counter()

    def execute(*given: Any) -> None:
        done[re.sub(r"\s+", " ", given[2])[:120]] += 1

    verify = argon2.PasswordHasher.verify

    def hashed(*given: Any) -> Any:
        done["a hash"] += 1
        return verify(*given)

    monkeypatch.setattr(argon2.PasswordHasher, "verify", hashed)
    event.listen(Engine, "before_cursor_execute", execute)
    try:
        yield done
    finally:
        event.remove(Engine, "before_cursor_execute", execute)
        monkeypatch.undo()


def plain(answer: Response) -> tuple[int, str, dict[str, str]]:
    """An answer without what is new each time."""
    headers = {
        k: v for k, v in answer.headers.items() if k not in ("date", "ratelimit", "content-length")
    }
    nonces = re.compile(r"nonce[-=]['\"]?[A-Za-z0-9_-]{22}")
    text = re.sub(r'value="[^"]*"', "", nonces.sub("", answer.text))
    return answer.status_code, text, {k: nonces.sub("", v) for k, v in headers.items()}


@pytest.fixture
def console(database: Engine) -> Console:
    return Console(database)


def test_whatever_is_wrong_costs_the_same_work(
    console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = console.person("ada@atlas.example")
    bea = console.person("bea@atlas.example", Role.ANALYST)
    console.reviewers.disable(console.operator, bea.uid)
    console.invited("cleo@atlas.example")
    wrong = {
        "nobody": ("nobody@atlas.example", "wrong horse battery", "123456"),
        "no address": ("x", "wrong horse battery", "123456"),
        "a wrong password": (ada.email, "wrong horse battery", console.code(ada)),
        "a wrong code": (ada.email, ada.password, "000000"),
        "disabled": (bea.email, bea.password, console.code(bea)),
        "invited": ("cleo@atlas.example", "wrong horse battery", "123456"),
    }
    seen: dict[str, tuple[Counter[str], Any]] = {}
    for name, (email, password, code) in wrong.items():
        console.later()
        browser = console.browser()
        browser.open("/sign-in")
        told = {"email": email, "password": password, "code": code}
        with counted(monkeypatch) as done:
            answer = browser.client.post("/sign-in", data=told)
        seen[name] = done, plain(answer)
    first_work, first_answer = seen["nobody"]
    assert first_work["a hash"] == 1
    for name, (work, answer) in seen.items():
        assert answer == first_answer, name
        assert work == first_work, name


def test_keys_that_do_not_hold_are_refused_alike(
    console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = ApiKeys(console.engine, console.clock, b"pepper")
    make: Callable[..., str] = lambda name, **more: keys.create(  # noqa: E731
        console.operator, name, (Operation.INCIDENTS_READ,), **more
    )
    sent = {
        "expired": make("old", expires=console.clock.now + 1_000),
        "revoked": make("gone"),
        "never made": make("other"),
    }
    keys.revoke(console.operator, "gone")
    keys.revoke(console.operator, "other")
    keys.remove(console.operator, "other")
    console.clock.now += 2_000
    seen = {}
    for name, key in sent.items():
        client = TestClient(console.app, BASE)
        with counted(monkeypatch) as done:
            answer = client.get("/api/v1/status", headers={"authorization": f"Bearer {key}"})
        assert answer.status_code == 401, name
        seen[name] = done, plain(answer)
    assert seen["expired"] == seen["revoked"] == seen["never made"]


def test_links_and_sessions_that_do_not_hold_are_refused_alike(
    console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    admission = Admission(console.engine, console.clock, b"pepper")
    used, old = admission.issue_link(), admission.issue_link()
    app = create_app("", now=console.clock, engine=console.engine, pepper=b"pepper")
    site = {"sec-fetch-site": "same-origin"}
    TestClient(app, BASE, headers=site, follow_redirects=False).post("/enter", data={"key": used})
    console.clock.now += LIFE
    seen = []
    for key in (used, old, "A" * 43):
        client = TestClient(app, BASE, headers=site, follow_redirects=False)
        with counted(monkeypatch) as done:
            answer = client.post("/enter", data={"key": key})
        assert answer.status_code == 403
        seen.append((done, plain(answer)))
    assert seen[0] == seen[1] == seen[2]
    told = []
    for session in ("A" * 43, "B" * 43):
        client = TestClient(app, BASE, cookies={"vigie_session_8320": session})
        told.append(plain(client.get("/keys")))
    assert told[0] == told[1]


def test_a_page_that_is_there_and_one_that_is_not_are_closed_alike(console: Console) -> None:
    client = TestClient(console.app, BASE, follow_redirects=False)
    answers = [plain(client.get(path)) for path in ("/keys", "/nothing", "/incidents/x")]
    here = [
        re.sub(r'value="/[^"]*"|/(keys|nothing|incidents/x)', "", text) for _, text, _ in answers
    ]
    assert here[0] == here[1] == here[2]
    assert len({status for status, _, _ in answers}) == 1
