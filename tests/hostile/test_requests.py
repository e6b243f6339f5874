"""Requests that are odd in every way that opened another server once: none opens this one."""

import logging
import re
from itertools import cycle, islice
from typing import Any

import pytest
from sqlalchemy import Engine

from monitor.services.actor import Role
from tests.monitor.web.addresses import paths_of, routes_of
from tests.monitor.web.conftest import Console
from tests.monitor.web.entering import Console as Entered
from tests.monitor.web.samples import OPEN

CLOSED = ("/", "/keys", "/sources", "/incidents/x", "/api/v1/status", "/api/v1/keys")
TRICKS = (
    "{}/", "//{}", "/.{}", "/x/..{}", "/enter/..{}", "/static/..{}", "/static/%2e%2e{}", "{};.css",
    "{}/.css", "{}%00", "{}%2f", "{}%20", "{}?static", "{}#/static/", "/%2e{}", "/\\..{}",
)  # fmt: skip
REWRITES = {
    "x-original-url": "/enter",
    "x-rewrite-url": "/enter",
    "x-http-method-override": "GET",
    "x-method-override": "GET",
    "x-forwarded-for": "127.0.0.1",
    "x-forwarded-host": "127.0.0.1:8320",
    "x-real-ip": "127.0.0.1",
    "forwarded": "for=127.0.0.1",
    "x-forwarded-prefix": "/static",
    "x-user": "ada",
    "remote-user": "ada",
}


@pytest.mark.parametrize("trick", TRICKS)
def test_no_spelling_of_an_address_goes_round_the_door(console: Console, trick: str) -> None:
    client = console.client()
    for path in CLOSED:
        for spelled in {path, path.upper(), path.title()}:
            answer = client.get(trick.format(spelled))
            assert answer.status_code in (307, 400, 401, 404, 405, 414), (trick, spelled)
            assert 'aria-label="Sources"' not in answer.text, "that is for who is in"


def test_no_header_goes_round_it(console: Console) -> None:
    client = console.client()
    for path in CLOSED:
        for name, value in REWRITES.items():
            assert client.get(path, headers={name: value}).status_code == 401, (path, name)
        for method in ("POST", "PUT", "DELETE"):
            override = {"x-http-method-override": "GET", "x-method-override": "GET"}
            assert client.request(method, path, headers=override).status_code in (401, 403, 405)


def test_who_is_nobody_opens_what_is_open_and_nothing_else(console: Console) -> None:
    client = console.client()
    opened = {
        f"{method} {path}"
        for method, path in routes_of(console.app)
        if not path.startswith("/static/")
        and client.request(method, path.replace("{", "").replace("}", "")).status_code < 300
    }
    assert opened <= set(OPEN), opened - set(OPEN)


@pytest.mark.parametrize(
    "cookies",
    [
        "vigie_session_8320=; vigie_session_8320={}",
        "vigie_session_8320={}x",
        "vigie_session_8320=x{}",
        "vigie_session_8320={} {}",
        "VIGIE_SESSION_8320={}",
        "vigie_session_0={}",
        "__Host-vigie_session_8320={}",
        "vigie_session_8320=" + "A" * 8_000,
        "vigie_session_8320=\udce9",
    ],
)
def test_another_cookie_is_no_session(console: Console, cookies: str) -> None:
    """And none fails; of two with one name the last counts, and is a session or none."""
    session = console.signed_in().cookies["vigie_session_8320"]
    sent = cookies.format(session, session).encode("utf-8", "surrogateescape")
    headers: Any = [(b"cookie", sent)]
    status = console.client().get("/sources", headers=headers).status_code
    assert status == (200 if cookies.startswith("vigie_session_8320=; ") else 401)


def test_parameters_that_come_twice_or_out_of_all_reason_fail_nothing(console: Console) -> None:
    client = console.signed_in()
    names = (
        "q",
        "limit",
        "cursor",
        "after",
        "start",
        "known",
        "before",
        "state",
        "tenant",
        "severity",
    )
    values = (
        "",
        "-1",
        "1e9",
        "NaN",
        "9" * 30,
        "%00",
        "%ff",
        "[]",
        "{}",
        "..",
        "'--",
        "true",
        "\u0661",
    )
    for number, path in enumerate(paths_of(console.app)):
        if path.startswith("/static/") or path == "/readyz":
            continue
        for name in names:
            query = "&".join(f"{name}={value}" for value in values)
            assert client.get(f"{path}?{query}").status_code < 500, (path, name)
        # Over all paths, every name has every value many times.
        for name, value in zip(names, islice(cycle(values), number, None), strict=False):
            assert client.get(f"{path}?{name}={value}").status_code < 500, (path, name, value)


@pytest.mark.parametrize(
    "bearer",
    [
        "",
        "Bearer",
        "Bearer ",
        "bearer  vgk_",
        "Basic YTpi",
        "Bearer vgk_" + "x" * 5_000,
        "Bearer é",
    ],
)
def test_what_is_no_key_is_refused_alike(console: Console, bearer: str) -> None:
    headers: Any = [(b"authorization", bearer.encode())]
    for path in ("/api/v1/status", "/api/v1/incidents", "/scim/v2/Users"):
        answer = console.client().get(path, headers=headers)
        # A session's address without a key is the session's, which is missing.
        assert answer.status_code in (401, 403), path
        assert "www-authenticate" in answer.headers or answer.status_code == 403 or not bearer


def test_a_right_that_is_refused_is_told(
    database: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    console = Entered(database)
    viewer = console.inside(console.person("vera@atlas.example", Role.VIEWER))
    caplog.set_level(logging.WARNING)
    for path in ("/keys", "/reviewers", "/api/v1/keys"):
        caplog.clear()
        assert viewer.client.get(path).status_code == 403
        told = [record.getMessage() for record in caplog.records]
        assert any("may not" in line for line in told), path
        assert not any("vera@" in line for line in told), "who it was is told by reference"


@pytest.mark.parametrize("path", ["/static", "/static/", "/static/vendor", "/static/vendor/"])
def test_folders_are_not_listed(console: Console, path: str) -> None:
    client = console.signed_in()
    answer = client.get(path)
    if answer.status_code == 307:
        answer = client.get(answer.headers["location"])
    assert answer.status_code == 404
    assert "tabler" not in re.sub(r"<link[^>]*>|<script[^>]*>", "", answer.text)


def test_characters_that_a_database_does_not_keep_fail_nothing(database: Engine) -> None:
    """PostgreSQL has no text with NUL: an address of it is of nothing, and no failure of ours."""
    console = Entered(database)
    ada = console.inside(console.person("ada@atlas.example", Role.ADMINISTRATOR))
    left = ("/static", "/scim", "/leave", "/readyz", "/api/v1/events", "/profile/sign-out")
    names = ("q", "tenant", "text", "account", "limit", "cursor", "actor", "subject", "reason")
    for method, path in routes_of(console.app):
        if path.startswith(left):
            continue
        for value in ("%00", "a%00b"):
            query = "&".join(f"{name}={value}" for name in names)
            address = re.sub(r"\{[^}]*\}", value, path) if "{" in path else f"{path}?{query}"
            sent: dict[str, Any] = {"headers": {"if-match": '"1"'}}
            if method not in ("GET", "HEAD", "DELETE"):
                told = {"token": ada.token, **dict.fromkeys((*names, "name", "uid"), "a\0b")}
                sent |= {"json": told} if path.startswith("/api/") else {"data": told}
            answer = ada.client.request(method, address, **sent)
            assert answer.status_code < 500, (method, address)
