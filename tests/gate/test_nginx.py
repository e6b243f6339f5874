"""Debian's nginx, as the manual sets it up, in front of the manual's application: what
something stands against goes no further, at once; what happens while Vigie is gone is as said."""

import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from sqlalchemy import text

from monitor.clock import now_ms
from monitor.store.gate_list import GateTable
from tests.gate.guarded import PATIENCE_S, SITE, Guarded, nginx, until
from tests.monitor.gate.standing import listed, proved

pytestmark = pytest.mark.nginx
LIES = {f"x-vigie-{name}": "admin" for name in ("tenant", "account", "session", "assurance")}


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[Guarded]:
    made = Guarded(tmp_path)
    try:
        with nginx(made, tmp_path):
            yield made
    finally:
        made.close()


def becomes(browser: httpx2.Client, status: int, path: str = "/calls") -> httpx2.Response:
    """The answer once it has this status."""
    until(lambda: browser.get(path).status_code == status)
    return browser.get(path)


def test_a_session_passes_until_it_is_asked_for_proof_and_again_when_it_has_proved_itself(
    guarded: Guarded,
) -> None:
    anna, other = guarded.browser("anna"), guarded.browser("anna")
    session = guarded.session_of(anna)
    assert guarded.seen[-1]["x-vigie-account"] == "anna"
    assert guarded.seen[-1]["x-vigie-tenant"] == "acme"
    listed(guarded.database, "anna", "challenge", now_ms())
    anna.headers["x-forwarded-for"] = "203.0.113.99"
    away = becomes(anna, 303, "/calls?tab=notes")
    address = urlsplit(away.headers["location"])
    assert f"{address.scheme}://{address.netloc}" == SITE
    ticket = guarded.tickets.opened(parse_qs(address.query)["t"][0])
    assert (ticket.tenant, ticket.account, ticket.session) == ("acme", "anna", session)
    assert ticket.return_to == "https://app.example.com/calls?tab=notes"
    # It is for whom the proxy heard, whoever they say they are.
    assert (ticket.ip, ticket.user_agent) == ("127.0.0.1", anna.headers["user-agent"])
    assert anna.get("/admin/users").status_code == 303
    # A script is sent to no page: it is told.
    told = anna.get("/calls", headers={"accept": "application/json"})
    assert (told.status_code, told.headers["x-vigie-location"][:23]) == (401, SITE[:23])
    before = len(guarded.seen)
    assert anna.post("/calls", content="x").status_code in (303, 401)
    assert len(guarded.seen) == before
    proved(guarded.database, "anna", session, now_ms(), now_ms() + 60_000)
    becomes(anna, 200)
    assert guarded.seen[-1]["x-vigie-assurance"] == "aal2"
    # Whoever has the other session has proved nothing.
    assert other.get("/calls").status_code == 303


def test_a_suspension_bites_at_once_and_ends_the_same_way(guarded: Guarded) -> None:
    anna, bert = guarded.browser("anna"), guarded.browser("bert")
    assert anna.get("/calls").status_code == 200
    listed(guarded.database, "anna", "disabled", now_ms())
    becomes(anna, 403)
    assert bert.get("/calls").status_code == 200
    GateTable(guarded.database, now_ms).remove("acme", "anna", frozenset(("disabled",)), "k")
    becomes(anna, 200)


def test_sessions_that_were_ended_sign_in_again_and_then_pass(guarded: Guarded) -> None:
    anna = guarded.browser("anna")
    assert anna.get("/calls").status_code == 200
    listed(guarded.database, "anna", "revoked", now_ms())
    away = becomes(anna, 303)
    assert away.headers["location"].startswith("https://app.example.com/login?next=https%3A%2F%2F")
    assert anna.post("/login/anna").status_code == 200
    assert anna.get("/calls").status_code == 200


def test_nobody_is_whoever_they_say_in_a_header(guarded: Guarded) -> None:
    nobody = guarded.browser()
    assert nobody.get("/calls", headers=LIES).status_code == 303
    assert nobody.get("/_vigie").status_code == nobody.get("/_vigie_open").status_code == 404
    anna = guarded.browser("anna")
    anna.get("/calls", headers={**LIES, "x-original-uri": "/login", "x-original-method": "x"})
    assert "admin" not in guarded.seen[-1].values()
    nobody.get("/login/", headers=LIES)
    assert guarded.seen[-1]["path"] == "/login/"
    assert "admin" not in guarded.seen[-1].values()


def test_another_sessions_cookie_is_no_pass(guarded: Guarded) -> None:
    """Bert is suspended, and shows the gate Anna's cookie beside his own session."""
    anna, bert = guarded.browser("anna"), guarded.browser("bert")
    listed(guarded.database, "bert", "disabled", now_ms())
    becomes(bert, 403)
    bert.cookies.set("vigie_gate", anna.cookies["vigie_gate"], domain="127.0.0.1")
    mixed = f"session={bert.cookies['session']}; vigie_gate={anna.cookies['vigie_gate']}"
    for cookie in (mixed, f"{mixed}; session={anna.cookies['session']}"):
        with httpx2.Client(base_url=guarded.address, timeout=PATIENCE_S) as sent:
            assert sent.get("/calls", headers={"cookie": cookie}).status_code == 401
    assert guarded.asked("/calls", session=bert.cookies["session"]) == 401


def test_while_vigies_process_is_gone_it_is_open_but_for_closed_paths_and_written_down(
    guarded: Guarded, tmp_path: Path
) -> None:
    anna = guarded.browser("anna")
    assert anna.get("/admin/users").status_code == 200
    guarded.vigie.stop()
    passed = anna.post("/calls", content="what was sent", headers=LIES)
    assert (passed.status_code, passed.json()["body"]) == (200, "what was sent")
    assert "admin" not in guarded.seen[-1].values()
    before = len(guarded.seen)
    assert anna.get("/admin/users").status_code == 503
    for target in ("//admin/users", "/x/../admin", "/%61dmin/users", "/./admin"):
        assert guarded.asked(target, **anna.cookies) == 503
    assert len(guarded.seen) == before
    until(lambda: (tmp_path / "vigie_gone.log").read_text().count("POST /calls") == 1)
    guarded.vigie.start()
    becomes(anna, 200, "/admin/users")


def test_a_vigie_that_does_not_answer_in_time_is_as_one_that_is_gone(tmp_path: Path) -> None:
    guarded = Guarded(tmp_path)
    try:
        with nginx(guarded, tmp_path, "300ms"):
            # To sign in asks nobody.
            anna = guarded.browser("anna")
            guarded.vigie.stop()
            with socket.create_server(("127.0.0.1", guarded.vigie.port)):
                assert anna.get("/calls").status_code == 200
                assert anna.get("/admin").status_code == 503
    finally:
        guarded.close()


def test_where_the_settings_let_nobody_pass_unseen_nginx_lets_nobody_pass(tmp_path: Path) -> None:
    guarded = Guarded(tmp_path, stale_seconds="3", on_failure="closed")
    try:
        with nginx(guarded, tmp_path):
            anna = guarded.browser("anna")
            with guarded.database.begin() as connection:
                connection.execute(text("ALTER TABLE gate_changes RENAME TO away"))
            becomes(anna, 503)
            before = len(guarded.seen)
            assert anna.get("/calls").headers.get("x-vigie-location") is None
            assert len(guarded.seen) == before
    finally:
        guarded.close()


def test_while_the_database_is_gone_what_is_known_holds_and_closed_paths_are_closed(
    tmp_path: Path,
) -> None:
    guarded = Guarded(tmp_path, stale_seconds="3")
    try:
        with nginx(guarded, tmp_path):
            anna, bert = guarded.browser("anna"), guarded.browser("bert")
            listed(guarded.database, "bert", "disabled", now_ms())
            becomes(bert, 403)
            with guarded.database.begin() as connection:
                connection.execute(text("ALTER TABLE gate_changes RENAME TO away"))
            becomes(anna, 503, "/admin/users")
            assert anna.get("/calls").status_code == 200
            assert bert.get("/calls").status_code == 403
            with guarded.database.begin() as connection:
                connection.execute(text("ALTER TABLE away RENAME TO gate_changes"))
            becomes(anna, 200, "/admin/users")
    finally:
        guarded.close()
