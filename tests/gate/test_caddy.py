"""Debian's Caddy, as the manual sets it up, in front of the manual's application: its forward auth
comes to the same as nginx's."""

from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from monitor.clock import now_ms
from tests.gate.guarded import SITE, Guarded, caddy, until
from tests.monitor.gate.standing import listed, proved

pytestmark = pytest.mark.caddy
LIES = {f"x-vigie-{name}": "admin" for name in ("tenant", "account", "session", "assurance")}
TOLD = {
    "x-forwarded-uri": "/login",
    "x-forwarded-method": "GET",
    "x-forwarded-host": "evil.example",
    "x-forwarded-for": "203.0.113.99",
}


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[Guarded]:
    made = Guarded(tmp_path, proxy="forwarded")
    try:
        with caddy(made, tmp_path):
            yield made
    finally:
        made.close()


def becomes(browser: httpx2.Client, status: int, path: str = "/calls") -> httpx2.Response:
    """The answer once it has this status."""
    until(lambda: browser.get(path).status_code == status)
    return browser.get(path)


def test_a_session_is_asked_for_proof_and_passes_when_it_has_proved_itself(
    guarded: Guarded,
) -> None:
    anna = guarded.browser("anna")
    session = guarded.session_of(anna)
    listed(guarded.database, "anna", "challenge", now_ms())
    away = becomes(anna, 303, "/calls?tab=notes")
    location = httpx2.URL(away.headers["location"])
    assert f"{location.scheme}://{location.host}" == SITE
    ticket = guarded.tickets.opened(location.params["t"])
    assert ticket.return_to == "https://app.example.com/calls?tab=notes"
    lied = anna.get("/calls", headers=TOLD)
    ticket = guarded.tickets.opened(httpx2.URL(lied.headers["location"]).params["t"])
    assert ticket.return_to == "https://app.example.com/calls"
    assert (ticket.ip, ticket.user_agent) == ("127.0.0.1", anna.headers["user-agent"])
    told = anna.post("/calls", content="x")
    assert (told.status_code, told.json()["location"]) == (401, told.headers["x-vigie-location"])
    proved(guarded.database, "anna", session, now_ms(), now_ms() + 60_000)
    passed = anna.post("/calls", content="what was sent") if becomes(anna, 200) else None
    assert passed is not None
    assert passed.json()["body"] == "what was sent"
    assert guarded.seen[-1]["x-vigie-assurance"] == "aal2"


def test_nobody_is_whoever_they_say_in_a_header_and_a_suspended_account_is_out(
    guarded: Guarded,
) -> None:
    nobody, anna = guarded.browser(), guarded.browser("anna")
    assert nobody.get("/calls", headers=LIES).status_code == 303
    anna.get("/calls", headers=LIES)
    assert guarded.seen[-1]["x-vigie-account"] == "anna"
    assert "admin" not in guarded.seen[-1].values()
    nobody.get("/login/", headers=LIES)
    assert "admin" not in guarded.seen[-1].values()
    listed(guarded.database, "anna", "disabled", now_ms())
    becomes(anna, 403)


def test_while_vigies_process_is_gone_it_is_open_but_for_closed_paths(guarded: Guarded) -> None:
    anna = guarded.browser("anna")
    assert anna.get("/admin/users").status_code == 200
    guarded.vigie.stop()
    passed = anna.post("/calls", content="what was sent", headers=LIES)
    assert (passed.status_code, passed.json()["body"]) == (200, "what was sent")
    assert "admin" not in guarded.seen[-1].values()
    before = len(guarded.seen)
    assert anna.get("/admin/users").status_code == 503
    for target in ("//admin/users", "/x/../admin", "/%61dmin/users", "/./admin", "/ADMIN"):
        assert guarded.asked(target, **anna.cookies) == 503, target
    assert len(guarded.seen) == before
    guarded.vigie.start()
    becomes(anna, 200, "/admin/users")
