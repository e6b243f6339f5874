"""Subscribers prove who they are, with a real browser and its authenticator: they set up a factor,
are asked, fail, are locked out of the question and of nothing else, answer on another device, and
say that it was not them. On a phone in French and on a desk in English, without barriers."""

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from itertools import count
from pathlib import Path
from typing import Any

import pyotp
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright
from sqlalchemy import update

from monitor.clock import now_ms
from monitor.directory.account import AccountChanges
from monitor.instance import read
from monitor.mfa.challenge import Origin, Reason
from monitor.mfa.totp import step_at
from monitor.services.actor import operator
from monitor.services.challenge_views import Wanted
from monitor.services.directory import Directory
from monitor.services.enrolment_keys import Purpose, link_of
from monitor.services.factors import Factors
from monitor.services.keyring import Keyring
from monitor.services.subscriber import Subscriber
from monitor.services.subscribers import Subscribers
from monitor.settings import Database, Mfa, Secrets, Settings, SignIn, Web, to_json
from monitor.store import recoveries, tables
from monitor.store.connection import connect
from monitor.store.migration import upgrade
from tests.axe.axe import barriers, overhang
from tests.monitor.web.served import ROOT
from tests.monitor.web.test_pages_in_browser import ARGUMENTS, CHROMIUM

pytestmark = [pytest.mark.browser, pytest.mark.idp]

KEY = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
TENANT = "atlas-appels"
PHONE, DESK = ("fr-FR", 320), ("en-GB", 1_200)
"""The narrowest that WCAG 2.2 has a page fit (1.4.10), in the longer language."""
BOTH = pytest.mark.parametrize("seat", [PHONE, DESK], ids=["phone-fr", "desk-en"])
SHOTS = os.environ.get("VIGIE_SHOTS")
"""A folder to keep pictures in, for whoever wants to look at them."""
AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}
TITLES = {
    "ask": {"fr": "Est-ce bien vous ?", "en": "Is it you?"},
    "enrol": {
        "fr": "Choisir comment prouver que c'est vous",
        "en": "Set up how you prove that it is you",
    },
    "passed": {"fr": "Merci", "en": "Thank you"},
    "locked": {"fr": "Cette question est close", "en": "This question is closed"},
    "denied": {"fr": "Merci de nous l'avoir dit", "en": "Thank you for telling us"},
}


class Application(BaseHTTPRequestHandler):
    """What people wanted to use."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>App</title><h1>The application</h1>")

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


class Place:
    """Vigie's pages, an application, and subscribers with their browsers."""

    def __init__(
        self, own: Subscribers, engine: Any, site: str, app: str, browser: Browser, axe: Path
    ) -> None:
        self.own = own
        self.engine = engine
        self.site = site
        self.app = app
        self.complaints: list[str] = []
        self._browser = browser
        self._axe = axe
        self._number = count(1)
        self._shot = count(1)

    def somebody(self) -> Subscriber:
        """A new account that the directory knows."""
        account = f"camille.{next(self._number)}@example.org"
        Directory(self.engine).create(operator(), TENANT, account, AccountChanges())
        return Subscriber(TENANT, account)

    def page(self, seat: tuple[str, int], *, scripts: bool = True) -> Page:
        """A browser of theirs, with an authenticator where there are scripts."""
        locale, width = seat
        context = self._browser.new_context(
            locale=locale,
            viewport={"width": width, "height": 780},
            reduced_motion="reduce",
            java_script_enabled=scripts,
        )
        context.set_default_timeout(120_000)
        page = context.new_page()
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", self._hear)
        if scripts:
            cdp = context.new_cdp_session(page)
            cdp.send("WebAuthn.enable")
            cdp.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
        return page

    def looked_at(self, page: Page, name: str, *schemes: str) -> None:
        """It fits, and has no barrier: in light colours on a phone, in dark ones on a desk, where
        nothing else is said."""
        width = (page.viewport_size or {})["width"]
        assert overhang(page) == 0, name
        for details in page.locator("details").all():
            details.evaluate("one => one.open = true")
        for scheme in schemes or (("light",) if width < 500 else ("dark",)):
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            assert barriers(page, self._axe) == [], (name, scheme)
            if SHOTS:
                path = Path(SHOTS) / f"{next(self._shot):02}-{name}-{width}-{scheme}.png"
                page.screenshot(path=path, full_page=True)

    def enrolment(self, whose: Subscriber) -> str:
        """A link to set up a factor."""
        return self.own.enrolments.issue(operator(), whose).link

    def challenge(self, whose: Subscriber, session: str = "s-1") -> str:
        """A link to a challenge."""
        wanted = Wanted(
            subscriber=whose,
            session=session,
            reason=Reason.UNUSUAL,
            origin=Origin.API,
            return_to=f"{self.app}/queue",
        )
        return self.own.challenges.create(operator(), wanted).link

    def with_app(self, whose: Subscriber) -> pyotp.TOTP:
        """Somebody has an authenticator, none of whose codes was used."""
        offer = self.own.factors.offer_totp(whose.owner, whose.account)
        app = pyotp.TOTP(offer.key_typed.replace(" ", ""))
        code = app.generate_otp(step_at(now_ms()))
        self.own.factors.add_totp(whose.owner, offer.state, code, "App")
        self.forget_steps()
        return app

    def forget_steps(self) -> None:
        """Codes that were used may be shown again: nobody waits for the next ones."""
        with self.engine.begin() as connection:
            connection.execute(update(tables.factors).values(step=None))

    def _hear(self, message: Any) -> None:
        if message.type in ("error", "warning") and "Failed to load resource" not in message.text:
            self.complaints.append(message.text)


@pytest.fixture(scope="module")
def application() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), Application)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def running(
    tmp_path_factory: pytest.TempPathFactory, application: str, axe: Path
) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("proof")
    url = f"sqlite:///{folder / 'vigie.db'}"
    upgrade(url)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        # Passkeys are for names, not for addresses.
        site = f"http://localhost:{listening.getsockname()[1]}"
        settings = Settings(
            data=folder,
            database=Database(url=url),
            web=Web(public_url=site),
            secrets=Secrets(key=KEY),
            sign_in=SignIn(require_administrator=False),
            mfa=Mfa(rp_name="Atlas Appels", return_to=(application,)),
        )
        process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "monitor.web.serve",
                "--announce",
                "--fd",
                str(listening.fileno()),
            ],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            pass_fds=[listening.fileno()],
        )
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(to_json(settings, lambda _: False) + b"\n")
        process.stdin.flush()
        assert process.stdout.readline(), "the pages are not served"
        engine, keyring = connect(url), Keyring(read(KEY).pepper)
        factors = Factors(engine, keyring, None)
        own = Subscribers(engine, keyring, factors, settings.challenges, settings.enrolment)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
            yield Place(own, engine, site, application, browser, axe)
            browser.close()
        process.communicate(timeout=240)
        engine.dispose()


@pytest.fixture
def place(running: Place) -> Iterator[Place]:
    """Each test ends without a complaint of the browser, the policy's included."""
    running.complaints.clear()
    yield running
    for context in list(running._browser.contexts):
        context.close()
    assert running.complaints == []


def titled(page: Page, name: str) -> None:
    """The page is this one, in the language that the browser asks for."""
    language = page.evaluate("navigator.language")[:2]
    expect(page.locator("h1")).to_have_text(TITLES[name][language])


def make_passkey(page: Page) -> list[str]:
    """Make one on the page that asks for it; the recovery codes."""
    page.fill("#passkey-name", "Phone")
    page.click("form[data-passkey=create] button")
    page.locator(".codes").wait_for()
    return page.locator(".codes li").all_inner_texts()


def set_up_app(page: Page) -> pyotp.TOTP:
    """Set up an authenticator's codes on the page that asks for it."""
    page.click("a[href='/enrol/authenticator']")
    secret = page.locator("code.code").inner_text().replace(" ", "")
    app = pyotp.TOTP(secret)
    page.fill("#code", app.generate_otp(step_at(now_ms())))
    page.click("button[value=totp]")
    page.locator(".codes").wait_for()
    return app


def answer(page: Page, code: str) -> None:
    """Answer by a code."""
    page.fill("#code", code)
    page.click("form:has(#code) button[value=answer]")


@BOTH
def test_a_passkey_is_made_and_answers_a_question_in_one_tap(
    place: Place, seat: tuple[str, int]
) -> None:
    page, camille = place.page(seat), place.somebody()
    page.goto(place.enrolment(camille))
    page.wait_for_url(f"{place.site}/enrol/factor")
    titled(page, "enrol")
    place.looked_at(page, "enrol")
    codes = make_passkey(page)
    assert len(set(codes)) == 10
    place.looked_at(page, "codes")
    page.goto(place.challenge(camille))
    page.wait_for_url(f"{place.site}/challenge/*")
    titled(page, "ask")
    asked = page.url
    place.looked_at(page, "challenge")
    page.click("form[data-passkey=get] button")
    page.wait_for_url(f"{place.app}/queue")
    page.goto(asked)
    page.wait_for_url(f"{place.app}/queue")


@BOTH
def test_codes_of_an_app_wrong_and_right_and_a_recovery_code(
    place: Place, seat: tuple[str, int]
) -> None:
    page, camille = place.page(seat), place.somebody()
    page.goto(place.enrolment(camille))
    page.click("a[href='/enrol/authenticator']")
    place.looked_at(page, "authenticator")
    shown = page.locator("code.code").inner_text()
    page.fill("#code", "000000")
    page.click("button[value=totp]")
    page.get_by_role("alert").wait_for()
    assert page.locator("code.code").inner_text() == shown, "nobody scans anew because of a slip"
    place.looked_at(page, "authenticator-wrong")
    page.goto(f"{place.site}/enrol/factor")
    app = set_up_app(page)
    codes = page.locator(".codes li").all_inner_texts()
    page.goto(place.challenge(camille))
    answer(page, "000000")
    page.get_by_role("alert").wait_for()
    place.looked_at(page, "challenge-wrong")
    place.forget_steps()
    answer(page, app.generate_otp(step_at(now_ms())))
    page.wait_for_url(f"{place.app}/queue")
    page.goto(place.challenge(camille, "s-2"))
    page.locator("summary").first.click()
    page.fill("#recovery", codes[0])
    page.click("form:has(#recovery) button")
    page.wait_for_url(f"{place.app}/queue")


@BOTH
def test_too_many_wrong_answers_close_the_question_and_nothing_else(
    place: Place, seat: tuple[str, int]
) -> None:
    page, camille = place.page(seat), place.somebody()
    app = place.with_app(camille)
    page.goto(place.challenge(camille))
    for _ in range(5):
        answer(page, "000000")
    titled(page, "locked")
    place.looked_at(page, "locked")
    page.goto(place.challenge(camille, "s-2"))
    answer(page, app.generate_otp(step_at(now_ms())))
    page.wait_for_url(f"{place.app}/queue")


@BOTH
def test_it_was_not_me(place: Place, seat: tuple[str, int]) -> None:
    page, camille = place.page(seat), place.somebody()
    page.goto(place.challenge(camille))
    page.locator("details.is-danger summary").click()
    page.click("button[value=deny]")
    titled(page, "denied")
    place.looked_at(page, "denied")


def test_another_device_answers_by_the_number_of_this_one(place: Place) -> None:
    page, phone, camille = place.page(DESK), place.page(PHONE), place.somebody()
    app = place.with_app(camille)
    page.goto(place.challenge(camille))
    page.locator("details:has(button[value=elsewhere]) summary").click()
    page.click("button[value=elsewhere]")
    number = page.locator(".number").inner_text()
    page.locator("details summary").click()
    link = page.locator("code.code").inner_text()
    place.looked_at(page, "elsewhere", "light")
    phone.goto(link)
    phone.wait_for_url(f"{place.site}/challenge/*")
    titled(phone, "ask")
    place.looked_at(phone, "number", "dark")
    phone.fill("#number", number)
    phone.click("button[value=number]")
    answer(phone, app.generate_otp(step_at(now_ms())))
    titled(phone, "passed")
    place.looked_at(phone, "passed-elsewhere", "dark")
    page.wait_for_url(f"{place.app}/queue")


def test_all_of_it_but_passkeys_works_without_scripts(place: Place) -> None:
    """But for taking the key out of a link's address, in place of which it is pasted."""
    page, camille = place.page(PHONE, scripts=False), place.somebody()
    page.goto(f"{place.site}/enrol")
    page.fill("#key", place.enrolment(camille).partition("#")[2])
    page.click("form#enter button")
    expect(page.locator("form[data-passkey]")).to_be_hidden()
    expect(page.locator("[data-no-passkey]")).to_be_visible()
    app = set_up_app(page)
    page.goto(f"{place.site}/challenge")
    page.fill("#key", place.challenge(camille).partition("#")[2])
    page.click("form#enter button")
    page.click(".bar button[value=en]")
    expect(page.locator("h1")).to_have_text(TITLES["ask"]["en"])
    place.forget_steps()
    answer(page, app.generate_otp(step_at(now_ms())))
    expect(page.locator("h1")).to_have_text(TITLES["passed"]["en"])
    page.click("a[data-goes]")
    page.wait_for_url(f"{place.app}/queue")


def test_a_keyboard_is_enough(place: Place) -> None:
    page, camille = place.page(DESK), place.somebody()
    app = place.with_app(camille)
    page.goto(place.challenge(camille))
    page.wait_for_url(f"{place.site}/challenge/*")
    page.keyboard.press("Tab")
    expect(page.locator("a.skip")).to_be_focused()
    expect(page.locator("a.skip")).to_be_in_viewport()
    page.keyboard.press("Enter")
    reached = []
    for _ in range(4):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.textContent.trim()"))
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
        if page.evaluate("document.activeElement.id") == "code":
            break
    assert reached[0] == "Use a passkey"
    page.keyboard.type(app.generate_otp(step_at(now_ms())))
    page.keyboard.press("Enter")
    page.wait_for_url(f"{place.app}/queue")


def test_what_nobody_answered_and_links_that_do_not_hold(place: Place) -> None:
    page, camille = place.page(PHONE), place.somebody()
    page.goto(place.challenge(camille))
    page.wait_for_url(f"{place.site}/challenge/*")
    handle = page.url.rpartition("/")[2]
    place.own.challenges.withdraw(operator(), handle)
    page.reload()
    place.looked_at(page, "withdrawn", "dark")
    page.goto(place.challenge(camille))
    page.wait_for_url(lambda url: "/challenge/" in url and handle not in url)
    with place.engine.begin() as connection:
        connection.execute(update(tables.challenges).values(expires=now_ms() - 1))
    page.reload()
    place.looked_at(page, "expired")
    for path in ("challenge", "enrol", "enrol/stop"):
        page.goto(f"{place.site}/{path}#{'x' * 43}")
        page.get_by_role("alert").wait_for()
        place.looked_at(page, path.replace("/", "-"), "light" if path == "enrol" else "dark")
    place.own.recoveries.ask(camille)
    with place.engine.connect() as connection:
        case = recoveries.open_of(connection, camille.tenant, camille.account)
    assert case is not None
    key = place.own.keyring.enrolment
    page.goto(link_of(key, place.site, Purpose.STOP, case.handle))
    page.locator("button[value=stop]").wait_for()
    place.looked_at(page, "stop", "dark")
    page.click("button[value=stop]")
    page.get_by_role("status").wait_for()
    place.looked_at(page, "stopped")
