"""From the demonstration's application a newcomer comes to the pages of subscribers."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from http import HTTPStatus
from urllib.parse import parse_qs, urlsplit

import httpx2
import msgspec
import pytest
from msgspec import structs

from monitor.mfa import hand_off, totp
from monitor.simulation.application import Application, Told, language_of, serve
from monitor.simulation.cast import Played

NOW = 1_790_000_000_000
SECRET = "s" * 32
TOLD = Told(
    port=0,
    vigie="http://127.0.0.1:8320",
    secret=SECRET,
    key="k",
    played=Played("acme", "usr-1", "<anna>", "s-1"),
    totp=b"01234567890123456789",
)


@pytest.fixture
def address() -> Iterator[str]:
    """Where it answers."""
    server = serve(TOLD)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.RequestHandlerClass.application.close()  # type: ignore[attr-defined]
    server.server_close()


def vigie(status: int, told: object) -> Application:
    """The application before a Vigie that answers so."""

    def answer(request: httpx2.Request) -> httpx2.Response:
        assert request.headers["authorization"] == "Bearer k"
        wanted = json.loads(request.content)
        assert (wanted["tenant"], wanted["account"], wanted["session"]) == ("acme", "usr-1", "s-1")
        assert wanted["return_to"] == "http://127.0.0.1:8321/back"
        return httpx2.Response(status, json=told)

    return Application(structs.replace(TOLD, port=8_321), httpx2.MockTransport(answer))


def test_its_page_shows_where_to_go_and_the_code_that_is_asked_for(address: str) -> None:
    page = httpx2.get(f"{address}/", headers={"accept-language": "fr-FR,en;q=0.5"})
    assert page.status_code == 200
    assert "&lt;anna&gt;" in page.text
    assert 'lang="fr"' in page.text
    assert 'href="http://127.0.0.1:8320/me/begin"' in page.text
    assert totp.grouped(TOLD.totp) in page.text
    with closing(Application(TOLD)) as application:
        shown = application.answer("/", "en", NOW)[1].replace(" ", "")
        back = application.answer("/back", "fr", NOW)[1]
    assert totp.code(TOLD.totp, NOW) in shown
    assert "Vous avez prouvé" in back


def test_it_hands_over_whoever_is_signed_in_with_the_state_that_vigie_asks_with() -> None:
    with closing(Application(TOLD)) as application:
        status, where = application.answer("/hand-off?state=a-state", "en", NOW)
        again = application.answer("/hand-off?state=a-state", "en", NOW)[1]
    assert status is HTTPStatus.SEE_OTHER
    site = urlsplit(where)
    assert (site.netloc, site.path) == ("127.0.0.1:8320", "/me/enter")
    handed = hand_off.read(parse_qs(site.query)["hand_off"][0], SECRET.encode(), NOW)
    assert (handed.tenant, handed.sub, handed.sid) == ("acme", "usr-1", "s-1")
    assert handed.state == "a-state"
    assert again != where  # each is good once


def test_a_challenge_is_made_when_it_is_asked_for() -> None:
    link = "http://127.0.0.1:8320/challenge/a#k"
    with closing(vigie(201, {"link": link})) as application:
        assert application.answer("/challenge", "en", NOW) == (HTTPStatus.SEE_OTHER, link)


@pytest.mark.parametrize("told", [{"detail": "<b>too many are open</b>"}, ["odd"], {}])
def test_where_vigie_makes_none_the_page_says_why(told: object) -> None:
    with closing(vigie(409, told)) as application:
        status, page = application.answer("/challenge", "en", NOW)
    assert status is HTTPStatus.BAD_GATEWAY
    assert "<b>" not in page
    assert ("too many are open" in page) == (isinstance(told, dict) and bool(told))


def test_another_host_and_another_page_are_not_there(address: str) -> None:
    assert httpx2.get(f"{address}/else").status_code == 404
    rebound = httpx2.get(f"{address}/", headers={"host": "evil.example"})
    assert (rebound.status_code, rebound.text) == (421, "")


@pytest.mark.parametrize(
    ("accepted", "language"),
    [("fr", "fr"), ("de, fr;q=0.5", "fr"), ("EN-us", "en"), ("", "en"), ("x" * 9_999, "en")],
)
def test_it_speaks_the_readers_language(accepted: str, language: str) -> None:
    assert language_of(accepted) == language


def test_it_ends_with_whoever_started_it() -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "monitor.simulation.application"], stdin=subprocess.PIPE
    )
    process.communicate(msgspec.json.encode(TOLD) + b"\n", timeout=60)
    assert process.returncode == 0
