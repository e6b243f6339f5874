"""Reviewers with a real browser and its authenticator: they add a passkey, come in by it, prove
themselves again, and are told where a device has one already or will not. In both languages."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, CDPSession, Page, expect, sync_playwright
from sqlalchemy import update

from detectors.core.event import HOUR
from monitor.clock import now_ms
from monitor.instance import adopt, read
from monitor.services.admission import issue_link, link
from monitor.settings import Database, Secrets, Settings, SignIn, Web, to_json
from monitor.store import tables
from monitor.store.connection import connect
from monitor.store.migration import upgrade
from tests.monitor.web.served import serving
from tests.monitor.web.test_entrance_in_browser import Console
from tests.monitor.web.test_pages_in_browser import ARGUMENTS, CHROMIUM
from tests.ports import free_port

pytestmark = pytest.mark.browser

KEY = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


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
    adopt(engine, read(KEY))
    port = free_port()
    settings = Settings(
        data=tmp_path,
        database=Database(url=url),
        web=Web(port=port),
        secrets=Secrets(key=KEY),
        sign_in=SignIn(),
    )
    with serving(told=to_json(settings, lambda _: True) + b"\n"):
        made = Console(engine, f"http://localhost:{port}", chromium)
        yield made
        for context in list(chromium.contexts):
            context.close()
    engine.dispose()
    assert made.complaints == []


def device(page: Page) -> tuple[CDPSession, str]:
    """An authenticator in the browser."""
    cdp = page.context.new_cdp_session(page)
    cdp.send("WebAuthn.enable")
    made = cdp.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    return cdp, made["authenticatorId"]


def entered(console: Console, pepper: bytes) -> Page:
    page = console.browser()
    page.goto(link(console.address, issue_link(console.engine, pepper)))
    page.wait_for_url(f"{console.address}/setup")
    console.set_up(page, "Ada Lovelace", "ada@atlas.example")
    return page


def test_a_reviewer_adds_one_comes_in_by_it_and_proves_again(console: Console) -> None:
    page = entered(console, read(KEY).pepper)
    cdp, name = device(page)
    page.goto(f"{console.address}/profile")
    page.get_by_role("link", name="Add a passkey").click()
    console.looked_at(page, "passkey")
    page.get_by_label("What you call it").fill("My laptop")
    page.get_by_role("button", name="Add a passkey").click()
    page.wait_for_url(f"{console.address}/profile")
    expect(page.get_by_text("My laptop", exact=True)).to_be_visible()
    console.looked_at(page, "profile-with-passkey")
    [kept] = cdp.send("WebAuthn.getCredentials", {"authenticatorId": name})["credentials"]
    assert kept["isResidentCredential"]
    assert kept["rpId"] == "localhost"
    # The same device makes no second one.
    page.goto(f"{console.address}/profile/passkey")
    page.get_by_label("What you call it").fill("Again")
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.get_by_text("This device has a passkey for you already.")).to_be_visible()
    page.goto(f"{console.address}/profile")
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(f"{console.address}/sign-in")
    console.looked_at(page, "sign-in-with-passkey")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url(f"{console.address}/")
    # Half an hour later something dangerous is asked for.
    with console.engine.begin() as connection:
        table = tables.reviewer_sessions
        connection.execute(update(table).values(authenticated=now_ms() - HOUR))
    page.goto(f"{console.address}/profile/passkey")
    console.looked_at(page, "prove-with-passkey")
    page.get_by_role("button", name="Prove it with a passkey").click()
    page.get_by_label("What you call it").wait_for()
    page.goto(f"{console.address}/profile")
    page.get_by_role("button", name="Take away").click()
    expect(page.get_by_text("My laptop", exact=True)).to_have_count(0)


def test_who_is_not_verified_or_breaks_off_is_told_and_may_go_on(console: Console) -> None:
    page = entered(console, read(KEY).pepper)
    cdp, name = device(page)
    cdp.send("WebAuthn.setUserVerified", {"authenticatorId": name, "isUserVerified": False})
    page.goto(f"{console.address}/profile/passkey")
    page.get_by_label("What you call it").fill("My laptop")
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.get_by_text("That did not work, or was broken off.")).to_be_visible()
    cdp.send("WebAuthn.setUserVerified", {"authenticatorId": name, "isUserVerified": True})
    page.get_by_role("button", name="Add a passkey").click()
    page.wait_for_url(f"{console.address}/profile")


def test_in_french_and_without_scripts_the_password_is_there(console: Console) -> None:
    entered(console, read(KEY).pepper)
    page = console.browser(width=360, locale="fr-FR")
    device(page)
    page.goto(f"{console.address}/sign-in")
    expect(page.get_by_role("button", name="Se connecter avec une clé d'accès")).to_be_visible()
    console.looked_at(page, "sign-in-fr")
    plain = console.browser(scripts=False)
    plain.goto(f"{console.address}/sign-in")
    expect(plain.get_by_role("button", name="Sign in", exact=True)).to_be_visible()
    expect(plain.get_by_role("button", name="Sign in with a passkey")).to_be_hidden()
    # By its number the page is no relying party's, and asks for nothing.
    port = urlsplit(console.address).port
    plain.goto(f"http://127.0.0.1:{port}/sign-in")
    assert plain.get_by_text("passkey").count() == 0
