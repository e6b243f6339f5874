"""The console answers those who came in, in their language, and gives nothing away."""

import re
from html.parser import HTMLParser

import pytest

from detectors.core.event import HOUR, MINUTE
from monitor.services.admission import form_token
from monitor.store import tables
from monitor.web.app import create_app
from monitor.web.door import local_path
from tests.monitor.web.conftest import Console, page_of
from tests.monitor.web.staging import (
    HOSTILE,
)

CLOSED = ["/", "/pulse", "/incidents/x", "/api/v1/status", "/api/v1/openapi.json", "/nothing"]
SIGNED_IN_COOKIE = "vigie_session_8320"


class Markup(HTMLParser):
    """Collects what a strict policy would have to refuse, and what there is."""

    def __init__(self) -> None:
        super().__init__()
        self.inline: list[str] = []
        self.tags: list[str] = []
        self.data_blocks = 0
        self._in: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        given_attributes = dict(attrs)
        self.inline += [name for name in given_attributes if name.startswith("on")]
        if "style" in given_attributes:
            self.inline.append(f"style of {tag}")
        if tag == "style":
            self.inline.append("<style>")
        if tag == "script" and "src" not in given_attributes:
            if given_attributes.get("type") == "application/json":
                self.data_blocks += 1
            else:
                self.inline.append("<script>")


def read(html: str) -> Markup:
    markup = Markup()
    markup.feed(html)
    return markup


@pytest.mark.parametrize("path", CLOSED)
def test_nothing_is_shown_without_a_session(console: Console, path: str) -> None:
    answer = console.client().get(path)
    assert answer.status_code == 401
    assert "camille" not in answer.text


def test_the_closed_page_says_how_to_get_in(console: Console) -> None:
    assert "vigie link" in console.client("en").get("/").text
    assert "usage unique" in console.client("fr").get("/").text


def test_a_program_without_a_session_is_told_in_its_own_form(console: Console) -> None:
    answer = console.client().get("/api/v1/status")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == 401


def test_a_sign_of_life_needs_no_session(console: Console) -> None:
    assert console.client().get("/healthz").json() == {"status": "ok"}


def test_a_link_opens_the_console_once(console: Console) -> None:
    key = console.admission.issue_link()
    first, second = console.client(), console.client()
    came_in = first.post("/enter", data={"key": key})
    assert came_in.status_code == 303
    cookie = came_in.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "samesite=strict" in cookie.lower()
    assert first.get("/").status_code == 200
    assert second.post("/enter", data={"key": key}).status_code == 403
    assert second.get("/").status_code == 401


def test_a_link_is_too_old_after_a_quarter_of_an_hour(empty: Console) -> None:
    key = empty.admission.issue_link()
    empty.clock.now += 15 * MINUTE
    assert empty.client().post("/enter", data={"key": key}).status_code == 403


def test_a_session_ends_after_twelve_hours(empty: Console) -> None:
    client = empty.signed_in()
    empty.clock.now += 12 * HOUR - 1
    assert client.get("/").status_code == 200
    empty.clock.now += 1
    assert client.get("/").status_code == 401


def test_the_key_is_kept_nowhere_as_itself(empty: Console) -> None:
    key = empty.admission.issue_link()
    with empty.stage.engine.connect() as connection:
        rows = connection.execute(tables.console_keys.select()).all()
    assert len(rows) == 1
    assert key.encode() not in b"".join(bytes(row.digest) for row in rows)


def test_leaving_ends_the_session_itself(empty: Console) -> None:
    client = empty.signed_in()
    session = client.cookies[SIGNED_IN_COOKIE]
    assert client.post("/leave", data={"token": form_token(session)}).status_code == 303
    client.cookies.set(SIGNED_IN_COOKIE, session)
    assert client.get("/").status_code == 401


@pytest.mark.parametrize("token", ["", "0" * 64, "é"])
def test_a_form_without_its_token_changes_nothing(console: Console, token: str) -> None:
    client = console.signed_in()
    assert client.post("/leave", data={"token": token}).status_code == 403
    assert client.get("/").status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "same-origin", "origin": "http://evil.example"},
    ],
)
def test_a_form_of_another_site_is_refused(console: Console, headers: dict[str, str]) -> None:
    key = console.admission.issue_link()
    client = console.client()
    assert client.post("/enter", data={"key": key}, headers=headers).status_code == 403
    assert client.post("/enter", data={"key": key}).status_code == 303


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example:8320", "", "[::1"])
def test_another_host_name_is_not_answered(console: Console, host: str) -> None:
    for path in ("/", "/healthz", "/enter", "/static/vigie.css"):
        assert console.signed_in().get(path, headers={"host": host}).status_code == 421


def test_behind_https_cookies_are_for_https_only(empty: Console) -> None:
    app = create_app(empty.stage.url, public_url="https://vigie.example", engine=empty.stage.engine)
    empty.app = app
    client = empty.client()
    client.base_url = "https://vigie.example"  # type: ignore[assignment]
    key = create_admission_key(empty)
    answer = client.post("/enter", data={"key": key})
    assert answer.status_code == 303
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-vigie_session_")
    nobody = empty.client()
    nobody.base_url = "https://vigie.example"  # type: ignore[assignment]
    chosen = nobody.post("/preferences", data={"language": "fr"}).headers["set-cookie"]
    assert chosen.startswith("__Host-vigie_language=fr")
    assert "Secure" in chosen
    assert "Couleurs" in nobody.get("/sign-in").text
    assert "Secure" in cookie
    assert "Path=/" in cookie


def create_admission_key(console: Console) -> str:
    from monitor.services.admission import issue_link

    return issue_link(console.stage.engine)


@pytest.mark.parametrize("name", ["list", "shared", "hostile", "attack", "enter", "nothing", "bad"])
@pytest.mark.parametrize("language", ["en", "fr"])
def test_no_page_holds_anything_inline(console: Console, name: str, language: str) -> None:
    bad = "/incidents?severity=huge"
    paths = {"list": "/incidents", "enter": "/enter", "nothing": "/nothing", "bad": bad}
    path = paths[name] if name in paths else page_of(console, name)
    answer = console.signed_in(language).get(path)
    assert answer.status_code == {"nothing": 404, "bad": 400}.get(name, 200)
    markup = read(answer.text)
    assert markup.inline == []
    assert "img" not in markup.tags
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert f'<html lang="{language}"' in answer.text


def test_what_logs_say_never_becomes_markup(console: Console) -> None:
    client = console.signed_in()
    answer = client.get(page_of(console, "hostile"))
    assert HOSTILE not in answer.text
    assert "&lt;/script&gt;&lt;img" in answer.text
    assert read(answer.text).data_blocks == 1
    assert "49" not in re.sub(r"[^{}]*", "", answer.text)
    chart = client.get(f"/api/v1{page_of(console, 'hostile')}/sign-ins")
    assert chart.headers["content-type"] == "application/json"
    assert chart.headers["x-content-type-options"] == "nosniff"
    assert any(HOSTILE in (spot["city"] or "") for spot in chart.json()["spots"])


def test_the_reader_chooses_language_and_colours(console: Console) -> None:
    client = console.signed_in("en")
    token = form_token(client.cookies[SIGNED_IN_COOKIE])
    choice = {"token": token, "language": "fr", "next": "/incidents?sort=severest"}
    answer = client.post("/preferences", data=choice)
    assert answer.headers["location"] == "/incidents?sort=severest"
    client.post("/preferences", data={"token": token, "theme": "dark"})
    page = client.get("/").text
    assert '<html lang="fr" data-bs-theme="dark"' in page
    client.post("/preferences", data={"token": token, "language": "xx", "theme": "'"})
    assert '<html lang="fr" data-bs-theme="dark"' in client.get("/").text


@pytest.mark.parametrize(
    "path", ["//evil.example", "/\\evil.example", "http://evil.example", "", "/a\r\nb: c", "/é"]
)
def test_nobody_is_led_away(path: str) -> None:
    assert local_path(path) == "/"


def test_only_reading_and_forms_are_possible(console: Console) -> None:
    client = console.signed_in()
    assert client.request("DELETE", "/").status_code == 405
    assert client.post("/", data={}).status_code == 405
    assert client.post("/enter", content=b"key=" + b"x" * 5_000).status_code == 413
