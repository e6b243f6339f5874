"""Signing in by a provider, as a browser goes through it, and each way in which it must not go."""

import re
import shutil
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from msgspec import structs
from sqlalchemy import Engine, update
from starlette.testclient import TestClient

from detectors.core.event import HOUR
from monitor.clock import now_ms
from monitor.oidc.terms import Terms as ProviderTerms
from monitor.services.actor import Role
from monitor.services.entrance import Entrance, Terms
from monitor.services.sessions import Client, Limits, Method
from monitor.services.standing import ACTIVE
from monitor.store import factors, oidc, reviewers, tables
from monitor.store.connection import connect
from monitor.store.inbox import durable
from monitor.store.reviewers import ReviewerRow
from monitor.web.app import create_app
from tests.idp.hostile import CLIENT, SECRET, Hostile, signed

ADDRESS = "http://127.0.0.1:8320"


class Place:
    """A console with a provider, and browsers at it."""

    def __init__(self, engine: Engine, hostile: Hostile, **changes: Any) -> None:
        terms = ProviderTerms(
            issuer=hostile.issuer,
            client_id=CLIENT,
            client_secret=SECRET,
            name="Our <IdP>",
            roles={"admins": "administrator", "soc": "analyst"},
        )
        self.engine = engine
        self.hostile = hostile
        hostile.claims = {"email": "ada@example.com"}
        self.terms = Terms(
            Limits(needs_administrator=False), pause=0.0, provider=structs.replace(terms, **changes)
        )
        self.entrance = Entrance(engine, terms=self.terms)
        self.app = create_app(
            engine.url.render_as_string(hide_password=False), engine=engine, terms=self.terms
        )

    def browser(self, language: str = "en") -> TestClient:
        """One that is not signed in."""
        return TestClient(
            self.app,
            base_url=ADDRESS,
            headers={"accept-language": language, "sec-fetch-site": "same-origin"},
            raise_server_exceptions=False,
            follow_redirects=False,
        )

    def go(self, browser: TestClient, following: str = "/") -> str:
        """Begin: the state that the provider hears."""
        answer = browser.get("/oidc/start", params={"next": following})
        assert answer.status_code == 303, answer.text
        return self.heard(answer.headers["location"])

    def heard(self, url: str) -> str:
        """The provider hears a request: its state."""
        assert url.startswith(f"{self.hostile.issuer}/auth?")
        query = parse_qs(urlsplit(url).query)
        assert query["redirect_uri"] == [f"{ADDRESS}/oidc/callback"]
        self.hostile.nonce = query["nonce"][0]
        return query["state"][0]

    def come_back(self, browser: TestClient, state: str, **answer: str) -> httpx2.Response:
        """The way back, over the page that goes on by itself."""
        given = {"state": state, "code": "the code", **answer}
        page = browser.get("/oidc/callback", params=given)
        assert page.status_code == 200
        assert "set-cookie" not in page.headers
        return browser.get(goes_on(page.text))

    def enter(self, browser: TestClient, following: str = "/") -> httpx2.Response:
        """All of it."""
        return self.come_back(browser, self.go(browser, following))

    def add(self, uid: str = "root", role: Role = Role.ADMINISTRATOR) -> str:
        """A reviewer of Vigie's own with a password, who is in: the session's key."""
        row = ReviewerRow(
            uid, f"{uid}@example.com", uid, role.value, None, ACTIVE, 1, now_ms(), None
        )
        with self.engine.begin() as connection:
            reviewers.add(connection, row)
            owner = factors.Owner("reviewer", uid)
            factors.replace(connection, owner, factors.PASSWORD, [b"sealed"], now_ms())
            key, _ = self.entrance.sessions.open(connection, uid, Method.PASSWORD, Client())
        return key

    def stale(self) -> None:
        """Everybody proved an hour ago who they are."""
        table = tables.reviewer_sessions
        with self.engine.begin() as connection:
            connection.execute(update(table).values(authenticated=now_ms() - HOUR))


def goes_on(page: str) -> str:
    """Where a page goes on to by itself."""
    found = re.search(r'http-equiv="refresh" content="0;url=([^"]*)"', page)
    assert found, page
    return unescape(found[1])


def token_of(page: str) -> str:
    """What a form of a page carries."""
    found = re.search(r'name="token" value="([^"]+)"', page)
    assert found, page
    return found[1]


@pytest.fixture
def database(
    tmp_path: Path, migrated_file: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Engine]:
    """One of a file: what differs on a server is in the services' own tests."""
    shutil.copy(migrated_file, tmp_path / "vigie.db")
    engines = [connect(f"sqlite:///{tmp_path / 'vigie.db'}")]

    def kept(*given: Any) -> Engine:
        engines.append(durable(*given))
        return engines[-1]

    monkeypatch.setattr("monitor.web.app.durable", kept)
    yield engines[0]
    for engine in engines:
        engine.dispose()


@pytest.fixture
def hostile() -> Iterator[Hostile]:
    with Hostile() as made:
        yield made


@pytest.fixture
def place(database: Engine, hostile: Hostile) -> Place:
    return Place(database, hostile)


def test_somebody_signs_in_and_is_where_they_wanted_to_be(place: Place) -> None:
    browser = place.browser()
    answer = place.enter(browser, "/sources?x=1")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/sources?x=1"
    assert browser.get("/").status_code == 200
    assert not any("oidc" in cookie for cookie in browser.cookies)


def test_cookies_go_to_no_page_that_another_site_leads_to(place: Place) -> None:
    browser = place.browser()
    begun = browser.get("/oidc/start").headers["set-cookie"]
    assert "vigie_oidc_8320=" in begun
    assert "HttpOnly" in begun
    assert "SameSite=strict" in begun
    assert "Max-Age=900" in begun


def test_over_https_cookies_are_for_this_host_only(database: Engine, hostile: Hostile) -> None:
    place = Place(database, hostile)
    app = create_app(
        database.url.render_as_string(hide_password=False),
        engine=database,
        terms=place.terms,
        public_url="https://vigie.example.com",
    )
    client = TestClient(app, base_url="https://vigie.example.com", follow_redirects=False)
    answer = client.get("/oidc/start")
    assert "__Host-vigie_oidc_" in answer.headers["set-cookie"]
    assert "Secure" in answer.headers["set-cookie"]
    assert (
        "redirect_uri=https%3A%2F%2Fvigie.example.com%2Foidc%2Fcallback"
        in (answer.headers["location"])
    )


@pytest.mark.parametrize(
    "following", ["//evil.example", "https://evil.example", "/\\evil", "", "/a\nb", "javascript:1"]
)
def test_nobody_is_sent_to_another_site(place: Place, following: str) -> None:
    assert place.enter(place.browser(), following).headers["location"] == "/"


def test_the_answer_to_another_browser_opens_nothing(place: Place) -> None:
    victim, thief = place.browser(), place.browser()
    state = place.go(thief)
    place.go(victim)
    answer = place.come_back(victim, state)
    assert answer.status_code == 403
    assert "was not begun in this browser" in answer.text
    assert place.come_back(place.browser(), state).status_code == 403
    assert "/token" not in place.hostile.asked


def test_an_answer_opens_once(place: Place) -> None:
    browser = place.browser()
    state = place.go(browser)
    held = dict(browser.cookies)
    assert place.come_back(browser, state).status_code == 303
    again = place.browser()
    again.cookies.update({name: value for name, value in held.items() if "oidc" in name})
    answer = place.come_back(again, state)
    assert answer.status_code == 403
    assert "was used already" in answer.text


@pytest.mark.parametrize(
    ("claims", "status", "english", "french"),
    [
        ({"roles": []}, 403, "gives you no role", "ne vous donne aucun rôle"),
        ({"amr": ["pwd"]}, 403, "without a second factor", "sans second facteur"),
        ({"nonce": "x"}, 403, "does not prove who you are", "ne prouve pas qui vous êtes"),
        ({"iss": "https://evil.example"}, 403, "does not come from", "ne vient pas de"),
        ({"email": None}, 403, "tells no e-mail address", "ne donne aucune adresse"),
    ],
)
def test_why_nobody_comes_in_is_told_in_both_languages(
    place: Place, claims: dict[str, Any], status: int, english: str, french: str
) -> None:
    place.hostile.claims |= claims
    for language, told in (("en", english), ("fr", french)):
        browser = place.browser(language)
        answer = place.enter(browser)
        assert answer.status_code == status
        assert told in unescape(answer.text)
        assert "<IdP>" not in answer.text, "a name in the settings is no markup"
        assert 'href="/oidc/start?next=' in answer.text, "it can be tried again"
        assert browser.get("/").status_code == 401


def test_who_breaks_off_is_told_so_and_nothing_of_the_address_is_shown(place: Place) -> None:
    browser = place.browser()
    state = place.go(browser)
    answer = place.come_back(
        browser, state, code="", error="access_denied", error_description="CALL 555"
    )
    assert answer.status_code == 403
    assert "was broken off" in answer.text
    assert "CALL 555" not in answer.text


def test_a_provider_that_is_down_leaves_the_password(database: Engine) -> None:
    with Hostile() as gone:
        place = Place(database, gone)
    for language, told in (("en", "does not answer"), ("fr", "ne répond pas")):
        answer = place.browser(language).get("/oidc/start")
        assert answer.status_code == 503
        assert told in answer.text
        assert 'name="password"' in answer.text


def test_the_sign_in_page_offers_what_there_is(database: Engine, hostile: Hostile) -> None:
    both = Place(database, hostile).browser().get("/sign-in").text
    assert "Sign in with Our &lt;IdP&gt;" in both
    assert 'name="password"' in both
    only = Place(database, hostile, allow_password_sign_in=False).browser()
    page = only.get("/sign-in").text
    assert "Sign in with" in page
    assert 'name="password"' not in page
    wanted = Place(database, hostile).browser().get("/sources?a=1&b=2")
    assert wanted.status_code == 401
    assert "/oidc/start?next=/sources%3Fa%3D1%26b%3D2" in wanted.text


def test_a_password_opens_nothing_where_it_is_not_to(database: Engine, hostile: Hostile) -> None:
    place = Place(database, hostile, allow_password_sign_in=False)
    form = {"email": "root@example.com", "password": "x", "code": "123456"}
    assert place.browser().post("/sign-in", data=form).status_code == 403
    assert place.entrance.sign_in.enter("root@example.com", "x", "123456", Client()) is None


def test_without_a_provider_there_are_no_such_pages(database: Engine) -> None:
    app = create_app(
        database.url.render_as_string(hide_password=False),
        engine=database,
        terms=Terms(Limits(needs_administrator=False)),
    )
    client = TestClient(app, base_url=ADDRESS, headers={"sec-fetch-site": "same-origin"})
    assert client.get("/oidc/start").status_code == 404
    assert client.post("/oidc/logout").status_code == 404
    assert "/oidc/start" not in client.get("/sign-in").text


def test_who_signs_in_anew_leaves_the_session_before(place: Place) -> None:
    browser = place.browser()
    place.enter(browser)
    before = {n: v for n, v in browser.cookies.items() if "session" in n}
    place.enter(browser)
    old = place.browser()
    old.cookies.update(before)
    assert old.get("/").status_code == 401
    assert browser.get("/").status_code == 200


def test_dangerous_acts_are_proved_at_the_provider_and_go_on(place: Place) -> None:
    browser = place.browser()
    place.enter(browser)
    place.stale()
    form = {"token": token_of(browser.get("/profile").text)}
    interrupted = browser.post("/oidc/link", data=form)
    assert interrupted.status_code == 403
    assert 'action="/oidc/confirm"' in interrupted.text
    assert 'name="password"' not in interrupted.text
    held = re.search(r'name="held" value="([^"]+)"', interrupted.text)
    assert held
    sent = browser.post(
        "/oidc/confirm", data={"token": token_of(interrupted.text), "held": held[1], "next": "/"}
    )
    assert sent.status_code == 200, "a form's answer may lead nowhere else"
    url = goes_on(sent.text)
    assert "prompt=login" in url
    assert "max_age=0" in url
    answer = place.come_back(browser, place.heard(url))
    assert answer.status_code == 200
    assert 'action="/oidc/link"' in answer.text, "what was interrupted, to be sent once more"
    assert browser.get("/profile").status_code == 200


def test_who_was_not_asked_again_or_is_another_proves_nothing(place: Place) -> None:
    browser = place.browser()
    place.enter(browser)
    for claims, told in (
        ({"auth_time": now_ms() // 1_000 - 3_600}, "did not ask you again"),
        ({"auth_time": None}, "did not ask you again"),
        ({"sub": "eve"}, "Somebody else signed in"),
    ):
        page = browser.get("/profile").text
        sent = browser.post("/oidc/confirm", data={"token": token_of(page), "next": "/"})
        state = place.heard(goes_on(sent.text))
        kept = dict(place.hostile.claims)
        place.hostile.claims |= claims
        answer = place.come_back(browser, state)
        place.hostile.claims = kept
        assert answer.status_code == 403
        assert told in answer.text
        assert browser.get("/").status_code == 200, "they are in as before"


def test_a_renewal_begun_in_one_session_ends_in_no_other(place: Place) -> None:
    browser, other = place.browser(), place.browser()
    place.enter(browser)
    sent = browser.post(
        "/oidc/confirm", data={"token": token_of(browser.get("/profile").text), "next": "/"}
    )
    state = place.heard(goes_on(sent.text))
    place.enter(other)
    other.cookies.update({n: v for n, v in browser.cookies.items() if "oidc" in n})
    place.heard(goes_on(sent.text))
    assert place.come_back(other, state).status_code == 403


def test_a_reviewer_ties_themselves_to_the_provider_and_comes_in_by_it(place: Place) -> None:
    browser = place.browser()
    browser.cookies.set("vigie_session_8320", place.add())
    profile = browser.get("/profile")
    assert "Link yourself" in profile.text
    sent = browser.post("/oidc/link", data={"token": token_of(profile.text)})
    answer = place.come_back(browser, place.heard(goes_on(sent.text)))
    assert answer.status_code == 303
    assert answer.headers["location"] == "/profile"
    assert "Linked since" in browser.get("/profile").text
    other = place.browser()
    place.enter(other)
    assert "root@example.com" in other.get("/profile").text
    unlinked = browser.post("/oidc/unlink", data={"token": token_of(browser.get("/profile").text)})
    assert unlinked.status_code == 303
    assert "Link yourself" in browser.get("/profile").text


def test_a_tie_is_asked_for_by_a_form_of_this_page_only(place: Place) -> None:
    browser = place.browser()
    browser.cookies.set("vigie_session_8320", place.add())
    for path in ("/oidc/link", "/oidc/unlink", "/oidc/confirm"):
        assert browser.post(path, data={"token": "x"}).status_code == 403
        foreign = browser.post(path, headers={"sec-fetch-site": "cross-site"})
        assert foreign.status_code == 403
        assert place.browser().post(path).status_code == 401


def test_who_has_only_the_tie_keeps_it(place: Place) -> None:
    browser = place.browser()
    place.enter(browser)
    answer = browser.post("/oidc/unlink", data={"token": token_of(browser.get("/profile").text)})
    assert answer.status_code == 409
    assert "Without a password" in answer.text


def test_who_leaves_is_led_out_of_the_provider_too(place: Place) -> None:
    browser = place.browser()
    place.enter(browser)
    answer = browser.post("/leave", data={"token": token_of(browser.get("/").text)})
    url = goes_on(answer.text)
    query = parse_qs(urlsplit(url).query)
    assert url.startswith(f"{place.hostile.issuer}/end?")
    assert query["post_logout_redirect_uri"] == [f"{ADDRESS}/sign-in"]
    assert query["id_token_hint"][0].count(".") == 2
    assert browser.get("/").status_code == 401


def test_who_came_in_otherwise_leaves_only_here(place: Place) -> None:
    browser = place.browser()
    browser.cookies.set("vigie_session_8320", place.add())
    answer = browser.post("/leave", data={"token": token_of(browser.get("/").text)})
    assert answer.headers["location"] == "/sign-in"


def test_who_leaves_at_the_provider_is_out_here(place: Place) -> None:
    browser = place.browser()
    place.enter(browser)
    token = place.hostile.logout_token()
    provider = TestClient(place.app, base_url=ADDRESS)
    answer = provider.post("/oidc/logout", data={"logout_token": token})
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert browser.get("/").status_code == 401
    place.enter(browser)
    again = provider.post("/oidc/logout", data={"logout_token": token})
    assert again.status_code == 400
    assert again.json() == {"error": "invalid_request", "error_description": "used_before"}
    assert browser.get("/").status_code == 200


@pytest.mark.parametrize("body", [b"", b"logout_token=x", b"x" * 40_000, b"logout_token=" * 900])
def test_nobody_else_puts_anybody_out(place: Place, body: bytes) -> None:
    browser = place.browser()
    place.enter(browser)
    provider = TestClient(place.app, base_url=ADDRESS)
    assert provider.post("/oidc/logout", content=body).status_code in (400, 413)
    forged = signed(place.hostile.good_claims())
    assert provider.post("/oidc/logout", data={"logout_token": forged}).status_code == 400
    assert browser.get("/").status_code == 200


def test_long_answers_of_a_provider_are_taken_and_endless_ones_not(place: Place) -> None:
    browser = place.browser()
    long = place.come_back(browser, place.go(browser), code="x" * 3_000)
    assert long.status_code == 303
    assert browser.get("/oidc/callback", params={"code": "x" * 9_000}).status_code == 414
    assert browser.get("/", params={"x": "x" * 3_000}).status_code == 414


def test_what_an_address_brings_along_reaches_no_page_as_markup(place: Place) -> None:
    hostile = '"><script>alert(1)</script>'
    page = place.browser().get("/oidc/callback", params={"state": hostile, "evil": hostile})
    assert "<script>alert" not in page.text
    assert goes_on(page.text).startswith("/oidc/finish?state=")
    assert "evil" not in goes_on(page.text)


def test_an_identity_is_kept_by_issuer_and_subject(place: Place) -> None:
    place.enter(place.browser())
    with place.engine.connect() as connection:
        found = oidc.identity(connection, place.hostile.issuer, "ada")
    assert found is not None
