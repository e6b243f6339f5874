"""A page is in the reader's language and colours; a refusal has the form of what was asked."""

import json

import pytest
from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request

from monitor.web.rendering import (
    KEYS_COOKIE,
    LANGUAGE_COOKIE,
    THEME_COOKIE,
    keys_of,
    language_of,
    refuse,
    theme_of,
)


def asking(path: str = "/", **headers: str) -> Request:
    given = [(name.replace("_", "-").encode(), text.encode()) for name, text in headers.items()]
    return Request(
        {
            "type": "http",
            "method": "GET",
            "path": path,
            "query_string": b"q=<b>",
            "headers": given,
            "server": ("127.0.0.1", 80),
            "state": {"session": None},
        }
    )


@pytest.mark.parametrize(
    ("headers", "language"),
    [
        ({}, "en"),
        ({"accept_language": "fr-CA,en;q=0.5"}, "fr"),
        ({"accept_language": "fr", "cookie": f"{LANGUAGE_COOKIE}=en"}, "en"),
        ({"accept_language": "fr", "cookie": f"{LANGUAGE_COOKIE}=xx"}, "fr"),
    ],
)
def test_the_readers_choice_comes_before_the_browsers(
    headers: dict[str, str], language: str
) -> None:
    assert language_of(asking(**headers)) == language


@pytest.mark.parametrize(("cookie", "keys"), [("off", "off"), ("'", "on"), ("", "on")])
def test_keys_are_on_or_off(cookie: str, keys: str) -> None:
    assert keys_of(asking(cookie=f"{KEYS_COOKIE}={cookie}")) == keys


@pytest.mark.parametrize(("cookie", "theme"), [("dark", "dark"), ("'", "auto"), ("", "auto")])
def test_colours_are_one_of_those_there_are(cookie: str, theme: str) -> None:
    assert theme_of(asking(cookie=f"{THEME_COOKIE}={cookie}")) == theme


def test_a_page_is_refused_with_a_page_that_escapes() -> None:
    answer = refuse(asking(accept_language="fr"), HTTPException(400, detail="<script>"))
    text = bytes(answer.body).decode()
    assert answer.status_code == 400
    assert answer.headers["content-language"] == "fr"
    assert "&lt;script&gt;" in text
    assert "<script>" not in text


def test_a_program_is_refused_with_a_problem() -> None:
    answer = refuse(asking("/api/v1/status"), HTTPException(404))
    assert answer.media_type == "application/problem+json"
    assert json.loads(bytes(answer.body))["title"] == "Not Found"


def test_what_is_polled_is_refused_without_a_body() -> None:
    answer = refuse(asking("/pulse", hx_request="true"), HTTPException(503))
    assert (answer.status_code, bytes(answer.body)) == (503, b"")


@pytest.mark.parametrize("maxmind", [False, True])
def test_whose_data_places_addresses_is_credited(maxmind: bool) -> None:
    app = FastAPI()
    app.state.maxmind = maxmind
    request = asking(accept_language="fr")
    request.scope["app"] = app
    text = bytes(refuse(request, HTTPException(404)).body).decode()
    assert '<a href="https://db-ip.com">IP Geolocation by DB-IP</a>' in text
    assert ("GeoLite2 créées" in text) is maxmind
