"""Who asks too often is told to wait, and nobody else is."""

from collections.abc import Callable
from typing import Any

import pytest
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.testclient import TestClient

from monitor.services.actor import Actor, ActorKind
from monitor.web.allowance import (
    COSTLY,
    DECIDING,
    KNOCKING,
    KNOWN,
    UNKNOWN,
    Allowance,
    source_of,
)
from monitor.web.guard import Guard
from tests.monitor.web.conftest import Console

KEY = Actor(kind=ActorKind.KEY, uid="k1", name="crm")
PERSON = Actor(kind=ActorKind.REVIEWER, uid="r1", name="Ann")


class Clock:
    """Seconds that tests set."""

    now = 1_000.0

    def __call__(self) -> float:
        return self.now


def asking(address: str = "203.0.113.7", path: str = "/", method: str = "GET") -> Request:
    return Request(
        {
            "type": "http",
            "method": method,
            "path": path,
            "query_string": b"",
            "headers": [],
            "client": (address, 1),
            "state": {},
        }
    )


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def allowance(clock: Clock) -> Allowance:
    return Allowance(clock)


def times(ask: Callable[[], Any], most: int = 20_000) -> int:
    """How often something is done before it is refused."""
    for count in range(most):
        try:
            ask()
        except HTTPException as refusal:
            waits = (refusal.headers or {}).get("Retry-After", "0")
            return count if refusal.status_code == 429 and int(waits) >= 1 else -1
    return most


def test_an_address_of_nobody_known_has_its_share(allowance: Allowance, clock: Clock) -> None:
    assert times(lambda: allowance.admit(asking(), None, "")) == UNKNOWN.burst
    assert times(lambda: allowance.admit(asking("198.51.100.1"), None, "")) == UNKNOWN.burst
    clock.now += 1
    assert times(lambda: allowance.admit(asking(), None, "")) == UNKNOWN.per_second


def test_a_prefix_is_one_and_its_neighbour_another(allowance: Allowance) -> None:
    count = iter(range(1 << 20))
    inside = lambda: allowance.admit(asking(f"2001:db8::{next(count):x}"), None, "")  # noqa: E731
    assert times(inside) == UNKNOWN.burst
    allowance.admit(asking("2001:db8:0:1::1"), None, "")
    allowance.admit(asking("::ffff:192.0.2.1"), None, "")
    assert source_of(asking("::ffff:192.0.2.1")) == source_of(asking("192.0.2.1"))


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "127.8.8.8", "", "unix:", "testclient"])
def test_an_address_that_stands_for_many_is_not_counted(allowance: Allowance, address: str) -> None:
    """Else one person behind a proxy that was not named could keep all others out."""
    assert times(lambda: allowance.admit(asking(address), None, ""), 5_000) == 5_000


def test_who_is_known_is_counted_alone(allowance: Allowance) -> None:
    """Behind one address as others, flooding from there included."""
    allowance.admit(asking(), PERSON, "a session")
    assert times(lambda: allowance.fail(asking(), "guess"), 5_000) == 5_000
    assert times(lambda: allowance.look(asking(), "another guess")) == 0
    allowance.look(asking(), "a session")
    assert times(lambda: allowance.admit(asking(), PERSON, "a session")) == KNOWN.burst - 1
    allowance.admit(asking(), KEY, "a key")


def test_files_of_who_is_known_are_given_out_behind_a_flood(allowance: Allowance) -> None:
    allowance.admit(asking(), PERSON, "a session")
    file = "/static/vigie.css"
    times(lambda: allowance.admit(asking(path=file), None, ""))
    assert times(lambda: allowance.admit(asking(path=file), None, "a session"), 5_000) == 5_000


def test_a_session_that_ended_is_nobody_s(allowance: Allowance) -> None:
    allowance.admit(asking(), PERSON, "a session")
    for _ in range(UNKNOWN.burst + 1):
        allowance.fail(asking(), "a session")
    assert times(lambda: allowance.look(asking(), "a session")) == 0


def test_guesses_cost_the_database_nothing_for_long(allowance: Allowance) -> None:
    asked = 0
    for number in range(5_000):
        try:
            allowance.look(asking(), f"guess {number}")
        except HTTPException:
            continue
        asked += 1
        allowance.fail(asking(), f"guess {number}")
    assert asked == UNKNOWN.burst


def test_forms_of_strangers_are_fewer(allowance: Allowance) -> None:
    ask = lambda: allowance.admit(asking(path="/enter", method="POST"), None, "")  # noqa: E731
    assert times(ask) == KNOCKING.burst


def test_questions_about_sign_ins_are_counted_apart(allowance: Allowance) -> None:
    """Everybody who signs in is asked about: that must not use up what a key else may."""

    def ask(path: str) -> Callable[[], Any]:
        return lambda: allowance.admit(asking(path=path, method="POST"), KEY, "k")

    assert times(ask("/api/v1/sign-ins")) == DECIDING.burst
    assert times(ask("/api/v1/sign-ins/0f/outcome")) == 0
    assert times(ask("/api/v1/sign-ins-else")) == KNOWN.burst


def test_an_export_counts_for_many(allowance: Allowance) -> None:
    for path in ("/audit/export", "/api/v1/directory/import"):
        who = Actor(kind=ActorKind.KEY, uid=path, name="x")
        ask = lambda path=path, who=who: allowance.admit(asking(path=path), who, "k")  # noqa: E731
        assert times(ask) == KNOWN.burst // COSTLY


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_whoever_watches_over_the_process_is_never_refused(allowance: Allowance, path: str) -> None:
    times(lambda: allowance.admit(asking(), None, ""))
    for _ in range(1_000):
        allowance.look(asking(path=path), "")
        allowance.admit(asking(path=path), None, "")


def test_how_it_is_told(console: Console) -> None:
    guard = console.app
    assert isinstance(guard, Guard)
    clock, kept = Clock(), guard._allowance
    guard._allowance = Allowance(clock)
    try:
        client = TestClient(guard, "http://127.0.0.1:8320", client=("203.0.113.7", 1))
        codes = [client.get("/nothing").status_code for _ in range(UNKNOWN.burst + 1)]
        assert codes == [401] * UNKNOWN.burst + [429]
        page, program = client.get("/"), client.get("/api/v1/status")
        assert page.headers["retry-after"] == program.headers["retry-after"] == "1"
        assert "Too many requests" in page.text
        assert program.json()["status"] == 429
        assert program.headers["ratelimit"] == f'"requests";r=0;t={UNKNOWN.burst // 20}'
        assert program.headers["ratelimit-policy"] == '"requests";q=200;w=10'
        key = {"authorization": "Bearer vgk_guess"}
        refused = client.post("/api/v1/events", headers=key)
        assert refused.json()["type"] == "urn:vigie:problem:too-often"
        assert client.get("/healthz").status_code == 200
        clock.now += 1
        assert client.get("/").status_code == 401
        mine = console.signed_in()
        told = mine.get("/api/v1/status").headers
        assert told["ratelimit"].startswith('"requests";r=99')
        assert "ratelimit" not in mine.get("/").headers
    finally:
        guard._allowance = kept
