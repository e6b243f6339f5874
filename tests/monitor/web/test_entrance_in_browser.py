"""Signing in as people do it: the first administrator, an invitation, a proof, an end."""

import base64
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from sqlalchemy import Engine, update

from detectors.core.event import HOUR
from monitor.clock import now_ms
from monitor.services.admission import issue_link, link
from monitor.store import tables
from monitor.store.connection import connect
from monitor.store.migration import upgrade
from tests.axe.axe import overhang
from tests.monitor.services.reviewing import PASSWORD, House, Person
from tests.monitor.web.served import serving
from tests.monitor.web.test_pages_in_browser import ARGUMENTS, CHROMIUM

pytestmark = pytest.mark.browser

SHOTS = os.environ.get("VIGIE_SHOTS")
"""A folder to keep pictures in, for whoever wants to look at them."""


class Console:
    """A console that runs over an empty database, and people's browsers."""

    def __init__(self, engine: Engine, address: str, browser: Browser) -> None:
        self.engine = engine
        self.address = address
        self.complaints: list[str] = []
        self._browser = browser
        self._house = House(engine, pepper=b"")
        self._shot = 0

    def browser(
        self,
        *,
        width: int = 1200,
        locale: str = "en-GB",
        scheme: str = "light",
        scripts: bool = True,
    ) -> Page:
        """Somebody's browser."""
        context = self._browser.new_context(
            viewport={"width": width, "height": 900},
            locale=locale,
            color_scheme=scheme,  # type: ignore[arg-type]
            java_script_enabled=scripts,
            reduced_motion="reduce",
        )
        context.set_default_timeout(120_000)
        page = context.new_page()
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", self._hear)
        return page

    def _hear(self, message: object) -> None:
        kind, text = getattr(message, "type", ""), getattr(message, "text", "")
        # Chromium tells every answer of 400 and up as an error of its own.
        if kind in ("error", "warning") and "Failed to load resource" not in text:
            self.complaints.append(text)

    def looked_at(self, page: Page, name: str) -> None:
        """The page fits, and is kept as a picture where somebody wants one."""
        if page.context.browser is not None and not SHOTS:
            assert overhang(page) == 0, name
        if SHOTS:
            self._shot += 1
            width = (page.viewport_size or {}).get("width")
            path = Path(SHOTS) / f"{self._shot:02}-{name}-{width}.png"
            page.screenshot(path=path, full_page=True)

    def code(self, person: Person) -> str:
        """What an authenticator shows now. Codes are good once: what was used is forgotten."""
        with self.engine.begin() as connection:
            connection.execute(update(tables.factors).values(step=None))
        self._house.clock.now = now_ms()
        return self._house.code(person)

    def set_up(self, page: Page, name: str, email: str = "") -> Person:
        """Go through the pages of whoever has a link; the person who can sign in then."""
        if email:
            page.get_by_label("E-mail address").fill(email)
        page.get_by_label("Name").fill(name)
        folded = page.locator("[data-other-way]:not([open]) > summary")
        if folded.count():
            # Passkeys come first where there can be some.
            folded.click()
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.get_by_label("The same once more").fill(PASSWORD)
        self.looked_at(page, "setup")
        page.get_by_role("button", name=re.compile("^Go on( with a password)?$")).click()
        key = page.locator(".vigie-secret").inner_text().replace(" ", "")
        person = Person("", email, _decoded(key), [])
        self.looked_at(page, "second-factor")
        page.get_by_label("The code that it shows now").fill(self.code(person))
        page.get_by_role("button", name="Confirm").click()
        # A click waits for an answer to begin, and reading a list takes what has come of it.
        page.get_by_role("link", name="I have kept them").wait_for()
        person.codes = page.locator(".vigie-codes li").all_inner_texts()
        assert len(person.codes) == 10
        self.looked_at(page, "codes")
        page.get_by_role("link", name="I have kept them").click()
        page.wait_for_url(f"{self.address}/")
        return person

    def first(self) -> tuple[Page, Person]:
        """The first administrator, and their browser."""
        page = self.browser()
        page.goto(link(self.address, issue_link(self.engine)))
        page.wait_for_url(f"{self.address}/setup")
        return page, self.set_up(page, "Ada Lovelace", "ada@atlas.example")

    def sign_in(self, page: Page, person: Person, *, code: str | None = None) -> None:
        """Fill the page that is open, and send it."""
        page.get_by_label("E-mail address").fill(person.email)
        page.get_by_label("Password", exact=True).fill(person.password)
        page.get_by_label("Code").fill(self.code(person) if code is None else code)
        page.get_by_role("button", name="Sign in").click()


def _decoded(key: str) -> bytes:
    return base64.b32decode(key + "=" * (-len(key) % 8))


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def console(chromium: Browser, tmp_path: Path) -> Iterator[Console]:
    url = f"sqlite:///{tmp_path / 'vigie.db'}"
    upgrade(url)
    engine = connect(url)
    with serving(url) as (host, port):
        made = Console(engine, f"http://{host}:{port}", chromium)
        yield made
        for context in list(chromium.contexts):
            _close(context)
    engine.dispose()
    assert made.complaints == []


def _close(context: BrowserContext) -> None:
    context.close()


def test_the_first_administrator_and_signing_in_again(console: Console) -> None:
    page, ada = console.first()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(f"{console.address}/sign-in")
    console.looked_at(page, "sign-in")
    console.sign_in(page, ada, code="000000")
    page.get_by_role("alert").wait_for()
    assert page.get_by_label("E-mail address").input_value() == ada.email
    assert page.get_by_label("Password", exact=True).input_value() == ""
    console.looked_at(page, "wrong-code")
    console.sign_in(page, ada)
    page.wait_for_url(f"{console.address}/")
    page.goto(f"{console.address}/profile")
    console.looked_at(page, "profile")


def test_a_password_can_be_looked_at_and_is_sent_hidden(console: Console) -> None:
    page, _ = console.first()
    page.goto(f"{console.address}/profile")
    page.get_by_label("Password", exact=True).fill("something")
    page.get_by_role("button", name="Show").click()
    assert page.get_by_label("Password", exact=True).get_attribute("type") == "text"
    page.get_by_role("button", name="Show").click()
    assert page.get_by_label("Password", exact=True).get_attribute("type") == "password"


def test_an_invitation_a_role_and_an_end(console: Console) -> None:
    page, _ = console.first()
    page.goto(f"{console.address}/reviewers")
    console.looked_at(page, "reviewers")
    page.get_by_label("E-mail address").fill("eve@atlas.example")
    page.get_by_label("Name").fill("Eve")
    page.get_by_role("button", name="Make a link").click()
    invitation = page.locator(".vigie-secret").inner_text()
    console.looked_at(page, "invitation")
    other = console.browser(width=360)
    other.goto(invitation)
    other.wait_for_url(f"{console.address}/setup")
    assert "#" not in other.url
    eve = console.set_up(other, "Eve")
    eve.email = "eve@atlas.example"
    other.goto(f"{console.address}/reviewers")
    assert "403" in other.locator("main").inner_text()
    page.goto(f"{console.address}/reviewers")
    page.get_by_role("link", name="Eve").click()
    console.looked_at(page, "reviewer")
    with page.expect_navigation():
        page.get_by_role("button", name="End all").click()
    other.goto(f"{console.address}/profile")
    other.get_by_role("heading", name="Sign in").wait_for()
    console.sign_in(other, eve)
    other.get_by_role("heading", name="Your profile").wait_for()
    assert other.url == f"{console.address}/profile"
    console.looked_at(other, "profile")


def test_a_proof_is_asked_for_and_what_was_entered_is_not_lost(console: Console) -> None:
    page, ada = console.first()
    with console.engine.begin() as connection:
        changed = update(tables.reviewer_sessions).values(authenticated=now_ms() - HOUR)
        connection.execute(changed)
    page.goto(f"{console.address}/reviewers")
    page.get_by_label("E-mail address").fill("eve@atlas.example")
    page.get_by_label("Name").fill("Eve")
    page.get_by_role("button", name="Make a link").click()
    page.get_by_role("heading", name="Prove again that it is you").wait_for()
    console.looked_at(page, "confirm")
    page.get_by_label("Password", exact=True).fill(ada.password)
    page.get_by_label("Code").fill(console.code(ada))
    page.get_by_role("button", name="It is me").click()
    page.get_by_role("heading", name=re.compile("Do what you were about to do")).wait_for()
    assert "eve@atlas.example" in page.locator("main").inner_text()
    console.looked_at(page, "go-on")
    page.get_by_role("button", name="Yes, do it").click()
    assert "/enter#" in page.locator(".vigie-secret").inner_text()


@pytest.mark.parametrize(("locale", "scheme"), [("en-GB", "light"), ("fr-FR", "dark")])
def test_pages_fit_a_phone_in_both_languages(console: Console, locale: str, scheme: str) -> None:
    page, ada = console.first()
    phone = console.browser(width=360, locale=locale, scheme=scheme)
    phone.goto(f"{console.address}/sign-in")
    console.looked_at(phone, "sign-in")
    phone.locator("#email").fill(ada.email)
    phone.locator("#password").fill(ada.password)
    phone.locator("#code").fill(console.code(ada))
    phone.locator("form[action='/sign-in'] button:not([type])").click()
    phone.wait_for_url(f"{console.address}/")
    uid = console._house.reviewers.get(console._house.operator, ada.email).uid
    for name in ("profile", "profile/second-factor", "reviewers", f"reviewers/{uid}", "confirm"):
        phone.goto(f"{console.address}/{name}")
        console.looked_at(phone, name.replace("/", "-"))
    page.context.close()


def test_all_of_it_works_without_scripts(console: Console) -> None:
    """But for taking the key out of a link's address, in place of which it is pasted."""
    page = console.browser(scripts=False)
    page.goto(f"{console.address}/enter")
    page.get_by_label("Or paste the key").fill(issue_link(console.engine))
    page.get_by_role("button", name="Open").click()
    page.wait_for_url(f"{console.address}/setup")
    page.get_by_label("E-mail address").fill("ada@atlas.example")
    page.get_by_label("Name").fill("Ada")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("The same once more").fill(PASSWORD)
    assert page.get_by_role("button", name="Show").count() == 0
    page.get_by_role("button", name="Go on").click()
    key = page.locator(".vigie-secret").inner_text().replace(" ", "")
    ada = Person("", "ada@atlas.example", _decoded(key), [])
    page.get_by_label("The code that it shows now").fill(console.code(ada))
    page.get_by_role("button", name="Confirm").click()
    page.get_by_role("link", name="I have kept them").click()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(f"{console.address}/sign-in")
    page.goto(f"{console.address}/sources")
    console.sign_in(page, ada)
    page.get_by_role("heading", name="Sources", exact=True).wait_for()
    assert page.url == f"{console.address}/sources"
