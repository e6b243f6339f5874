"""The console answers those who came in, in their language, and gives nothing away."""

import re
from html.parser import HTMLParser
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from detectors.core.event import HOUR, MINUTE
from detectors.core.identity import as_uuid
from monitor.services.admission import form_token
from monitor.store import tables
from monitor.store.connection import connect
from monitor.web.app import create_app
from monitor.web.door import local_path
from tests.monitor.web.conftest import Console
from tests.monitor.web.staging import (
    HOSTILE,
    NOON,
    Stage,
    campaign_over_addresses,
    small_incidents,
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


def page_of(console: Console, name: str) -> str:
    return f"/incidents/{as_uuid(console.incidents[name].id)}"


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


@pytest.mark.parametrize(
    ("language", "word"), [("en", "history: 63%"), ("fr", "historique\u00a0: 63\u202f%")]
)
def test_a_history_is_followed_while_it_is_loaded(empty: Console, language: str, word: str) -> None:
    client = empty.signed_in(language)
    empty.stage.put_source(lines=5)
    assert "<progress" not in client.get("/").text
    empty.stage.put_note("backlogs", msgspec.msgpack.encode({"idp": (63 << 20, 100 << 20)}))
    for path in ("/", "/pulse"):
        text = client.get(path).text
        # Once for all and once for the source.
        assert text.count(word) == text.count("<progress") == 2
    status = client.get("/api/v1/status").json()
    assert status["history"] == 0.63
    assert status["backlogs"] == {"idp": {"read": 63 << 20, "total": 100 << 20}}


def test_an_incident_is_headed_by_its_conclusion_and_its_account(console: Console) -> None:
    text = console.signed_in("fr").get(page_of(console, "shared")).text
    heading = re.search(r"<h1>(.*?)</h1>", text, re.DOTALL)
    assert heading
    words = re.sub(r"<[^>]+>", "", heading[1]).split()
    assert " ".join(words) == "Compte partagé — camille.durand@example.org 94 %"
    assert "Temps écoulé" in text
    assert "speed_kmh" not in re.sub(r"<[^>]+>", "", text)


def test_the_list_names_the_account_and_its_uid(console: Console) -> None:
    text = console.signed_in().get("/").text
    assert "camille.durand@example.org" in text
    assert "u-20417</bdi>" in text


def test_conditions_in_force_are_counted_on_the_folded_filter(console: Console) -> None:
    client = console.signed_in()
    assert "vigie-conditions" not in client.get("/").text
    assert 'vigie-conditions">2<' in client.get("/?severity=high&q=u").text


@pytest.mark.parametrize("name", ["list", "shared", "hostile", "attack", "enter", "nothing", "bad"])
@pytest.mark.parametrize("language", ["en", "fr"])
def test_no_page_holds_anything_inline(console: Console, name: str, language: str) -> None:
    paths = {"list": "/", "enter": "/enter", "nothing": "/nothing", "bad": "/?severity=huge"}
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


def test_the_incident_says_why_and_what_else_it_could_be(console: Console) -> None:
    english = console.signed_in("en").get(page_of(console, "shared")).text
    french = console.signed_in("fr").get(page_of(console, "shared")).text
    for text, words in (
        (english, ("Impossible travel", "An innocent explanation", "AUP article 6", "T1078")),
        (french, ("Déplacement impossible", "Une explication anodine", "Plusieurs personnes")),
    ):
        for word in words:
            assert word in text
    assert "camille.durand@example.org" in english
    assert "pattern_of_tomorrow" in english
    assert "article 5" in english


def test_the_reader_chooses_language_and_colours(console: Console) -> None:
    client = console.signed_in("en")
    token = form_token(client.cookies[SIGNED_IN_COOKIE])
    choice = {"token": token, "language": "fr", "next": "/?sort=severest"}
    answer = client.post("/preferences", data=choice)
    assert answer.headers["location"] == "/?sort=severest"
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


def test_pages_of_the_list_follow_on_while_more_come_in(empty: Console) -> None:
    made = small_incidents(empty.stage, 95)
    client = empty.signed_in()
    path, seen, pages = "/?severity=informational", [], 0
    while path:
        text = client.get(path).text
        seen += re.findall(r'href="/incidents/([0-9a-f-]{36})"', text)
        following = re.search(r'rel="next" href="([^"]+)"', text)
        path = following[1].replace("&amp;", "&") if following else ""
        pages += 1
        if pages == 1:
            # Newer than all: they must neither push any out nor show one twice.
            late = Stage.__new__(Stage)
            late.url, late.engine = empty.stage.url, empty.stage.engine
            _later(late)
    assert pages == 3
    assert len(seen) == len(set(seen)) == 95
    assert set(seen) == {as_uuid(incident.id) for incident in made}


def _later(stage: Stage) -> None:
    from alerts.incident import Category
    from detectors.core.finding import Severity
    from tests.monitor.web.staging import account, assessed, sign_in, travel

    for n in range(3):
        event = sign_in(f"late-{n}", NOON + (n + 1) * HOUR, "abroad", session="x")
        other = sign_in(f"late-{n}", NOON, "desk", session="y")
        found = [travel(account(f"late-{n}"), event, other, crossings=1)]
        share = (0.1, 0.1, 0.7, 0.1)
        incident = assessed(
            account(f"late-{n}"), Category.CREDENTIAL_SHARING, Severity.HIGH, share, found
        )
        stage.put_incident(incident, found)


def test_the_list_says_when_something_new_is_there(console: Console) -> None:
    client = console.signed_in()
    total = int(re.search(r"known=(\d+)", client.get("/").text)[1])  # type: ignore[index]
    assert "new incident" not in client.get(f"/pulse?known={total}").text
    assert "2 new incidents" in client.get(f"/pulse?known={total - 2}").text


def test_an_empty_list_says_what_vigie_is_doing(empty: Console) -> None:
    client = empty.signed_in()
    assert "waiting for its first line" in client.get("/").text
    empty.stage.put_source(lines=5)
    assert "reading its sources" in client.get("/").text


def test_an_attack_on_many_accounts_names_them(console: Console) -> None:
    client = console.signed_in()
    assert "u-00059" in client.get(page_of(console, "attack")).text
    assert "<th>Account</th>" not in client.get(page_of(console, "shared")).text


def test_earlier_sign_ins_come_in_pieces(console: Console) -> None:
    client = console.signed_in()
    path = f"{page_of(console, 'shared')}/sign-ins"
    rows, start = 0, 0
    while True:
        text = client.get(f"{path}?start={start}").text
        rows += text.count("<time")
        following = re.search(r"start=(\d+)", text)
        if following is None:
            break
        start = int(following[1])
    assert rows == 152


def test_without_tables_the_page_says_so(tmp_path: Any) -> None:
    from starlette.testclient import TestClient

    engine = connect(f"sqlite:///{tmp_path / 'nothing.db'}")
    app = create_app("", engine=engine)
    client = TestClient(app, base_url="http://localhost", raise_server_exceptions=False)
    client.cookies.set("vigie_session_0", "x" * 43)
    answer = client.get("/")
    assert answer.status_code == 503
    assert "Traceback" not in answer.text
    assert "console_keys" not in answer.text
    engine.dispose()


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/incidents/" + "0" * 32, 404),
        ("/incidents/00000000-0000-0000-0000-000000000000", 404),
        ("/api/v1/incidents/00000000-0000-0000-0000-000000000000/sign-ins", 404),
        ("/?q=" + "a" * 129, 400),
        ("/?q=%00", 400),
        ("/?after=1.2.3", 400),
        ("/?q=" + "a" * 2000, 414),
        ("/" + "a" * 600, 414),
        ("/static/../app.py", 404),
        ("/static/%2e%2e/app.py", 404),
    ],
)
def test_what_cannot_be_read_is_refused_plainly(console: Console, path: str, status: int) -> None:
    answer = console.signed_in().get(path)
    assert answer.status_code == status
    assert "Traceback" not in answer.text


def test_only_reading_and_forms_are_possible(console: Console) -> None:
    client = console.signed_in()
    assert client.request("DELETE", "/").status_code == 405
    assert client.post("/", data={}).status_code == 405
    assert client.post("/enter", content=b"key=" + b"x" * 5_000).status_code == 413


_texts = st.text(max_size=60)


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    query=st.dictionaries(
        st.sampled_from(["severity", "category", "q", "sort", "after", "known", "start", "x"]),
        st.one_of(
            _texts,
            st.sampled_from(["critical", "low", "brute_force", "severest", "%", "_", "\\", "'"]),
            st.from_regex(r"[0-9]\.-?[0-9]{1,20}\.[0-9a-f]{32}", fullmatch=True),
        ),
        max_size=5,
    ),
    path=st.sampled_from(["/", "/pulse", "shared"]),
)
def test_no_filter_breaks_a_page(console: Console, query: dict[str, str], path: str) -> None:
    client = _client_of(console)
    if path == "shared":
        path = f"{page_of(console, 'shared')}/sign-ins"
    assert client.get(path, params=query).status_code in (200, 400, 414)


_CLIENTS: dict[int, Any] = {}


def _client_of(console: Console) -> Any:
    if id(console) not in _CLIENTS:
        _CLIENTS[id(console)] = console.signed_in()
    return _CLIENTS[id(console)]


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("80 addresses involved", "and 20 more", "Whole tenant")),
        ("fr", ("80 adresses en cause", "et 20 de plus", "Client entier")),
    ],
)
def test_a_campaign_over_many_addresses_is_shown_with_them(
    empty: Console, language: str, words: tuple[str, ...]
) -> None:
    incident = campaign_over_addresses(empty.stage, 80)
    page = empty.signed_in(language).get(f"/incidents/{as_uuid(incident.id)}").text
    assert all(word in page for word in words)
    assert "102.89.0.59" in page
    assert page.count('data-label="') > 100
    rows = empty.signed_in(language).get("/").text
    assert words[0] in rows


def test_programs_list_incidents_page_by_page_as_the_page_does(console: Console) -> None:
    browser = console.signed_in()
    query = {"severity": "informational", "sort": "severest", "limit": "13"}
    found: list[str] = []
    while True:
        told = browser.get("/api/v1/incidents", params=query).json()
        assert len(told["items"]) <= 13
        found += [one["id"] for one in told["items"]]
        if told["next"] is None:
            break
        query["cursor"] = told["next"]
    listed = browser.get("/?severity=informational&sort=severest").text
    shown = list(dict.fromkeys(re.findall(r'href="/incidents/([0-9a-f-]{36})"', listed)))
    assert len(found) == len(set(found)) > len(shown) > 13
    assert found[: len(shown)] == shown


@pytest.mark.parametrize(
    "query", ["limit=0", "cursor=x", "severity=x", "cursor=WzEsMSwieCJd", "q=%00", "sort=x"]
)
def test_a_list_that_cannot_be_read_is_a_problem(console: Console, query: str) -> None:
    told = console.signed_in().get(f"/api/v1/incidents?{query}")
    assert told.status_code == 400
    assert told.headers["content-type"] == "application/problem+json"
