"""Signing in by a real provider with a real browser: two sites, cookies, forms and policies as they
are, and a person who comes, proves it again, cancels, and leaves on either side."""

import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright
from sqlalchemy import Engine, update

from detectors.core.event import HOUR
from monitor.clock import now_ms
from monitor.instance import read
from monitor.oidc.terms import Terms
from monitor.services.credentials import Credentials
from monitor.services.keyring import Keyring
from monitor.services.sessions import Client, Method, Sessions
from monitor.services.standing import ACTIVE, owner_of
from monitor.settings import Database, Secrets, Settings, SignIn, Web, to_json
from monitor.store import oidc, reviewers, tables
from monitor.store.connection import connect
from monitor.store.migration import upgrade
from monitor.store.reviewers import ReviewerRow
from tests.axe.axe import overhang
from tests.idp.provider import Provider
from tests.monitor.web.served import ROOT
from tests.monitor.web.test_pages_in_browser import ARGUMENTS, CHROMIUM

pytestmark = [pytest.mark.browser, pytest.mark.idp]
KEY = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
ADA: dict[str, Any] = {
    "password": "correct horse",
    "amr": ["pwd", "otp", "mfa"],
    "claims": {
        "name": "Ada Lovelace",
        "email": "ada@example.com",
        "email_verified": True,
        "roles": ["admins"],
    },
}


class Console:
    """A console that runs, the provider that it knows, and browsers."""

    def __init__(self, engine: Engine, address: str, provider: Provider, browser: Browser) -> None:
        self.engine = engine
        self.address = address
        self.provider = provider
        self._browser = browser
        self.complaints: list[str] = []

    def people(self, **changes: Any) -> None:
        """Ada is at the provider, with other claims than usual."""
        self.provider.set_people({"ada": {**ADA, "claims": {**ADA["claims"], **changes}}})

    def page(self, language: str = "en-GB", width: int = 1_280) -> Page:
        """A new browser, signed in nowhere."""
        viewport = {"width": width, "height": 800}
        context = self._browser.new_context(locale=language, viewport=viewport)  # type: ignore[arg-type]
        page = context.new_page()
        page.set_default_timeout(120_000)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on(
            "console",
            lambda said: self.complaints.append(said.text) if "Refused" in said.text else None,
        )
        return page

    def sign_in(self, page: Page, path: str = "/") -> None:
        """Ada signs in, from a page that wants it."""
        page.goto(f"{self.address}{path}")
        page.click("a:has-text('Example IdP')")
        self.prove(page)

    def prove(self, page: Page) -> None:
        """Ada answers the provider."""
        page.wait_for_url(re.compile(f"^{self.provider.issuer}/interaction/"))
        page.fill("[name=login]", "ada")
        page.fill("[name=password]", "correct horse")
        page.click("button")

    def is_in(self, page: Page) -> bool:
        """Whether a browser is."""
        return page.request.get(f"{self.address}/profile").status == 200

    def stale(self) -> None:
        """Everybody proved an hour ago who they are."""
        table = tables.reviewer_sessions
        with self.engine.begin() as connection:
            connection.execute(update(table).values(authenticated=now_ms() - HOUR))

    def ada(self) -> str:
        """Her id here."""
        with self.engine.connect() as connection:
            found = oidc.identity(connection, self.provider.issuer, "ada")
        assert found is not None
        return found.reviewer


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield made
        made.close()


@pytest.fixture
def console(provider: Provider, browser: Browser, tmp_path: Path) -> Iterator[Console]:
    url = f"sqlite:///{tmp_path / 'vigie.db'}"
    upgrade(url)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        address = f"http://127.0.0.1:{listening.getsockname()[1]}"
        client_id, secret = provider.register(address)
        settings = Settings(
            data=tmp_path,
            database=Database(url=url),
            web=Web(public_url=address),
            secrets=Secrets(key=KEY),
            sign_in=SignIn(require_administrator=False),
            oidc=Terms(
                issuer=provider.issuer,
                client_id=client_id,
                client_secret=secret,
                name="Example IdP",
                roles={"admins": "administrator", "soc": "analyst"},
            ),
        )
        number = listening.fileno()
        process = subprocess.Popen(
            [sys.executable, "-m", "monitor.web.serve", "--announce", "--fd", str(number)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            pass_fds=[number],
        )
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(to_json(settings, lambda _: False) + b"\n")
        process.stdin.flush()
        assert process.stdout.readline(), "the console did not start"
        made = Console(connect(url), address, provider, browser)
        made.people()
        yield made
        process.communicate(timeout=240)
        made.engine.dispose()
    assert made.complaints == []


def test_somebody_signs_in_and_is_where_they_wanted_to_be(console: Console) -> None:
    page = console.page()
    console.sign_in(page, "/profile")
    page.wait_for_url(f"{console.address}/profile")
    expect(page.locator("body")).to_contain_text("ada@example.com")
    expect(page.locator("body")).to_contain_text("Linked since")
    cookies = {cookie["name"]: cookie for cookie in page.context.cookies(console.address)}
    session = next(cookie for name, cookie in cookies.items() if "session" in name)
    assert (session["httpOnly"], session["sameSite"]) == (True, "Strict")
    assert not any("oidc" in name for name in cookies), "what was needed on the way is gone"


def test_it_works_on_a_phone_and_in_french(console: Console) -> None:
    page = console.page("fr-FR", 360)
    page.goto(console.address)
    page.click("text=Se connecter avec Example IdP")
    console.prove(page)
    page.wait_for_url(f"{console.address}/")
    assert overhang(page) == 0


def test_somebody_without_a_role_is_told_so(console: Console) -> None:
    console.people(roles=["sales"])
    page = console.page("fr-FR")
    page.goto(console.address)
    page.click("text=Se connecter avec Example IdP")
    console.prove(page)
    expect(page.locator("[role=alert]")).to_contain_text("ne vous donne aucun rôle")
    expect(page.locator("text=Se connecter avec Example IdP")).to_be_visible()
    assert not console.is_in(page)


def test_who_has_lost_the_role_is_out_in_every_browser(console: Console) -> None:
    first, second = console.page(), console.page()
    console.sign_in(first)
    first.wait_for_url(f"{console.address}/")
    root = _local(console)
    console.people(roles=[])
    console.sign_in(second)
    expect(second.locator("[role=alert]")).to_contain_text("gives you no role")
    assert not console.is_in(first)
    console.people(roles=["soc"])
    third = console.page()
    console.sign_in(third)
    third.wait_for_url(f"{console.address}/")
    with console.engine.connect() as connection:
        row = reviewers.by_uid(connection, console.ada())
    assert row is not None
    assert (row.role, row.state) == ("analyst", ACTIVE)
    assert root


def test_who_leaves_is_led_out_of_the_provider_too(console: Console) -> None:
    page = console.page()
    console.sign_in(page)
    page.wait_for_url(f"{console.address}/")
    page.click("form[action='/leave'] button")
    page.wait_for_url(re.compile(f"^{console.provider.issuer}/session/end"))
    page.click("button[value=yes]")
    page.wait_for_url(re.compile(f"^{console.address}/sign-in"))
    assert not console.is_in(page)
    page.click("a:has-text('Example IdP')")
    page.wait_for_url(re.compile(f"^{console.provider.issuer}/interaction/"))
    expect(page.locator("[name=password]")).to_be_visible()


def test_who_leaves_at_the_provider_is_out_here(console: Console) -> None:
    page, other = console.page(), console.page()
    for one in (page, other):
        console.sign_in(one)
        one.wait_for_url(f"{console.address}/")
    page.goto(f"{console.provider.issuer}/session/end")
    page.click("button[value=yes]")
    page.wait_for_url(re.compile(f"^{console.provider.issuer}/"))
    told = [event["name"] for event in console.provider.events()]
    assert "backchannel.success" in told, told
    assert not console.is_in(page)
    assert console.is_in(other), "another session there is another one here"


def test_dangerous_acts_are_proved_again_at_the_provider(console: Console) -> None:
    page = console.page()
    console.sign_in(page, "/profile")
    page.wait_for_url(f"{console.address}/profile")
    credentials, owner = Credentials(Keyring(read(KEY).pepper)), owner_of(console.ada())
    with console.engine.begin() as connection:
        # A password besides, so that the link can be undone.
        credentials.set_password(connection, owner, "a hash", now_ms())
    console.stale()
    page.reload()
    page.click("form[action='/oidc/unlink'] button")
    expect(page.locator("h1")).to_contain_text("Prove again that it is you")
    page.click("form[action='/oidc/confirm'] button")
    console.prove(page)
    page.wait_for_url(re.compile(f"^{console.address}/oidc/finish"))
    page.click("form[action='/oidc/unlink'] button")
    page.wait_for_url(f"{console.address}/profile")
    expect(page.locator("body")).to_contain_text("Link yourself")


def test_who_cancels_is_told_so_and_can_try_again(console: Console) -> None:
    page = console.page()
    page.goto(f"{console.address}/sign-in")
    page.click("a:has-text('Example IdP')")
    page.click("text=Cancel")
    expect(page.locator("[role=alert]")).to_contain_text("was broken off")
    page.click("a:has-text('Example IdP')")
    console.prove(page)
    page.wait_for_url(f"{console.address}/")


def test_a_reviewer_links_themselves(console: Console) -> None:
    page = console.page()
    name = f"vigie_session_{console.address.rpartition(':')[2]}"
    cookie = {"name": name, "value": _local(console), "url": console.address}
    page.context.add_cookies([{**cookie, "sameSite": "Strict"}])  # type: ignore[list-item]
    page.goto(f"{console.address}/profile")
    page.click("form[action='/oidc/link'] button")
    console.prove(page)
    page.wait_for_url(f"{console.address}/profile")
    expect(page.locator("body")).to_contain_text("Linked since")
    other = console.page()
    console.sign_in(other, "/profile")
    other.wait_for_url(f"{console.address}/profile")
    expect(other.locator("body")).to_contain_text("root@example.com")


def _local(console: Console) -> str:
    """A reviewer of Vigie's own, who is in: the session's key."""
    row = ReviewerRow(
        "root", "root@example.com", "root", "administrator", None, ACTIVE, 1, now_ms(), None
    )
    sessions = Sessions(console.engine, Keyring(read(KEY).pepper))
    with console.engine.begin() as connection:
        reviewers.add(connection, row)
        key, _ = sessions.open(connection, "root", Method.PASSWORD, Client())
    return key
