"""A subscriber at their own page, with a real browser and its authenticator: they come from the
application, set up a passkey, say that a sign-in was not theirs, and take a copy. On a phone in
French and on a desk in English, without barriers; and without a script."""

import json
import os
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import uvicorn
from playwright.sync_api import Browser, Page, expect, sync_playwright

from monitor.directory.account import AccountChanges
from monitor.mfa import hand_off
from monitor.mfa.hand_off import HandOff
from monitor.mfa.passkeys import RelyingParty
from monitor.services.actor import operator
from monitor.services.directory import Directory
from monitor.services.entrance import Terms
from monitor.services.hand_offs import HandOffTerms
from monitor.services.subscriber import Subscriber
from monitor.web.app import create_app
from tests.axe.axe import barriers, overhang
from tests.monitor.services.measured import ROSTER
from tests.monitor.services.subscribing import SECRET, history
from tests.monitor.web.staging import NOON, TENANT, Stage
from tests.monitor.web.test_pages_in_browser import ARGUMENTS, CHROMIUM

pytestmark = [pytest.mark.browser, pytest.mark.idp]

PHONE, DESK = ("fr-FR", 360), ("en-GB", 1_200)
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


class Application(HTTPServer):
    """Where somebody is signed in, and is handed over from."""

    site = ""
    signed_in = Subscriber("", "")
    handed = 0

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _HandOff)

    @property
    def address(self) -> str:
        """Where it does so."""
        return f"http://127.0.0.1:{self.server_port}/vigie"

    def token(self, state: str) -> str:
        """What says who is signed in here."""
        self.handed += 1
        told = HandOff(
            aud="vigie:me",
            tenant=self.signed_in.tenant,
            sub=self.signed_in.account,
            sid="s-here",
            iat=NOON // 1_000,
            exp=NOON // 1_000 + 60,
            jti=f"{self.handed:032d}",
            state=state,
        )
        return hand_off.write(told, SECRET.encode())


class _HandOff(BaseHTTPRequestHandler):
    server: Application

    def do_GET(self) -> None:
        state = parse_qs(urlsplit(self.path).query).get("state", [""])[0]
        there = f"{self.server.site}/me/enter?hand_off={self.server.token(state)}"
        self.send_response(303)
        self.send_header("location", there)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


class Place:
    """The pages, an application that hands people over, and browsers."""

    def __init__(
        self, stage: Stage, site: str, app: Application, browser: Browser, axe: Path
    ) -> None:
        self.app = app
        self.stage = stage
        self.site = site
        self.complaints: list[str] = []
        self._browser = browser
        self._axe = axe
        self._number = count(1)

    def somebody(self) -> Subscriber:
        """A new account with a history."""
        account = f"camille{next(self._number)}"
        Directory(self.stage.engine).create(operator(), TENANT, account, AccountChanges())
        self.stage.put_events(history(account))
        return Subscriber(TENANT, account)

    def page(self, seat: tuple[str, int], whose: Subscriber, *, scripts: bool = True) -> Page:
        """A browser of theirs, signed in to the application."""
        locale, width = seat
        context = self._browser.new_context(
            locale=locale,
            viewport={"width": width, "height": 780},
            reduced_motion="reduce",
            java_script_enabled=scripts,
            accept_downloads=True,
        )
        context.set_default_timeout(120_000)
        self.app.signed_in = whose
        page = context.new_page()
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", self._hear)
        if scripts:
            cdp = context.new_cdp_session(page)
            cdp.send("WebAuthn.enable")
            cdp.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
        return page

    def looked_at(self, page: Page, name: str, *schemes: str) -> None:
        """It fits, and has no barrier, in light colours and in these."""
        assert overhang(page) == 0, name
        for details in page.locator("details").all():
            details.evaluate("one => one.open = true")
        for scheme in ("light", *schemes):
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            assert barriers(page, self._axe) == [], (name, scheme)
            if SHOTS:
                width = (page.viewport_size or {}).get("width")
                page.screenshot(
                    path=Path(SHOTS) / f"own-{name}-{width}-{scheme}.png", full_page=True
                )

    def _hear(self, message: Any) -> None:
        if message.type in ("error", "warning") and "Failed to load resource" not in message.text:
            self.complaints.append(message.text)


@pytest.fixture(scope="module")
def application() -> Iterator[Application]:
    server = Application()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def running(
    tmp_path_factory: pytest.TempPathFactory, application: Application, axe: Path
) -> Iterator[Place]:
    stage = Stage(tmp_path_factory.mktemp("own") / "vigie.db")
    with socket.create_server(("127.0.0.1", 0)) as listening, sync_playwright() as playwright:
        # Passkeys are for names, not for addresses.
        site = f"http://localhost:{listening.getsockname()[1]}"
        application.site = site
        app = create_app(
            stage.url,
            engine=stage.engine,
            public_url=site,
            pepper=b"pepper",
            # It goes on: no two proofs are asked for in one instant.
            now=count(NOON).__next__,
            roster=ROSTER,
            terms=Terms(relying_party=RelyingParty("localhost", "Atlas Appels", (site,))),
            hand_off=HandOffTerms(secret=SECRET, url=application.address),
        )
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield Place(stage, site, application, browser, axe)
        browser.close()
        server.should_exit = True
        thread.join(240)
    stage.engine.dispose()


@pytest.fixture
def place(running: Place) -> Iterator[Place]:
    """Each test ends without a complaint of the browser, the policy's included."""
    running.complaints.clear()
    yield running
    for context in list(running._browser.contexts):
        context.close()
    assert running.complaints == []


def test_somebody_comes_in_sets_up_a_passkey_and_protects_their_account(place: Place) -> None:
    page = place.page(PHONE, place.somebody())
    page.goto(f"{place.site}/me")
    place.looked_at(page, "door")
    page.click("a[href='/me/begin']")
    page.wait_for_url(f"{place.site}/me")
    page.locator("body[data-map='4']").wait_for()
    place.looked_at(page, "sign-ins")
    page.click("a[href='/me/factors']")
    page.click("form[action='/me/factors/begin'] button")
    page.wait_for_url(f"{place.site}/enrol/factor")
    page.click("form[data-passkey=create] button")
    page.locator(".codes").wait_for()
    page.click("a.button[href='/me']")
    page.locator("a[href^='/me/sign-ins/']").nth(1).click()
    expect(page.locator("h1")).to_have_text("Ce n'était pas vous\u202f?")
    place.looked_at(page, "denial")
    page.click("a.is-danger")
    place.looked_at(page, "proof")
    page.click("form[data-passkey=get] button")
    page.wait_for_url(f"{place.site}/me/sign-ins/*")
    page.click("button.is-danger")
    expect(page.locator("h1")).to_have_text("Merci de le signaler")
    place.looked_at(page, "heard")
    page.click(".places a[href='/me/factors']")
    place.looked_at(page, "factors", "dark")
    page.click("form[action='/me/leave'] button")
    expect(page.locator("[role=status]")).to_be_visible()
    page.click("form[data-passkey=get] button")
    page.wait_for_url(f"{place.site}/me")
    expect(page.locator("h1")).to_have_text("Vos connexions")


def test_on_a_desk_what_is_kept_is_seen_and_taken_along(place: Place) -> None:
    whose = place.somebody()
    page = place.page(DESK, whose)
    page.goto(f"{place.site}/me/begin")
    page.wait_for_url(f"{place.site}/me")
    page.locator("body[data-map='4']").wait_for()
    place.looked_at(page, "sign-ins")
    page.click("a[href='/me/factors']")
    page.click("form[action='/me/factors/begin'] button")
    page.click("form[data-passkey=create] button")
    page.locator(".codes").wait_for()
    page.goto(f"{place.site}/me/data")
    place.looked_at(page, "data", "dark")
    page.click("a.button[href^='/me/prove']")
    page.click("form[data-passkey=get] button")
    page.wait_for_url(f"{place.site}/me/data")
    with page.expect_download() as taken:
        page.click("form[action='/me/data/copy'] button")
    assert json.loads(Path(taken.value.path()).read_bytes())["account"] == whose.account


def test_without_a_script_all_is_there_but_the_map(place: Place) -> None:
    page = place.page(PHONE, place.somebody(), scripts=False)
    page.goto(f"{place.site}/me/begin")
    page.wait_for_url(f"{place.site}/me")
    expect(page.locator("#sessions")).to_be_visible()
    assert page.locator(".own-row").count() == 13
    assert not page.locator("[data-map]").is_visible()
    page.click("form[action='/me/sessions/end-all'] button")
    expect(page.locator("[role=status]")).to_be_visible()
    page.keyboard.press("Tab")
    assert page.locator("a.skip").evaluate("one => one === document.activeElement")
