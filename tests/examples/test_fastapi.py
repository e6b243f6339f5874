"""A session that is suspicious goes no further at the gate until its owner has proved who they are.

Nothing is played: Debian's nginx, the example's application, Vigie as it runs, Chromium. What is
suspicious is found by the detectors in the application's own log, and asked for by a policy.
"""

import base64
import os
import re
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from detectors.core.event import SECOND
from monitor import instance
from monitor.clock import now_ms
from monitor.mfa import totp
from monitor.services.factors import Factors
from monitor.services.keyring import Keyring
from monitor.services.subscriber import Subscriber
from monitor.store.connection import connect
from tests.examples.running import Example
from tests.monitor.faults.running import wait_until
from tests.monitor.web.test_pages_in_browser import ARGUMENTS, CHROMIUM

pytestmark = [pytest.mark.browser, pytest.mark.nginx]

SHOTS = os.environ.get("VIGIE_SHOTS")
PASSWORD = "shows-how-it-is-done"
LONG_MS = 30_000
"""A machine may be busy; nothing here is a measure of how fast it is."""
WORK = "anna is at work."
WINDOWS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/141.0.0.0 Safari/537.36"
)
LINUX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
PARIS, SAO_PAULO = "81.50.120.7", "177.64.118.9"


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory, migrated_file: Path) -> Iterator[Example]:
    with Example(tmp_path_factory.mktemp("example"), migrated_file).running() as made:
        yield made


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


def authenticator(example: Example, account: str) -> bytes:
    """The secret of one that an account has had for a while."""
    data = example.folder / "var"
    engine = connect(f"sqlite:///{data / 'vigie.db'}")
    factors = Factors(engine, Keyring(instance.opened(None, data)[0].pepper), None)
    owner = Subscriber("default", account).owner
    offer = factors.offer_totp(owner, account)
    secret = base64.b32decode(offer.key_typed.replace(" ", ""))
    before = now_ms() - totp.PERIOD_S * SECOND
    factors.add_totp(owner, offer.state, totp.code(secret, before), "phone")
    engine.dispose()
    return secret


def signed_in(browser: Browser, example: Example, address: str, agent: str, locale: str) -> Page:
    """Somebody at an address who knows Anna's password."""
    context = browser.new_context(
        user_agent=agent,
        locale=locale,
        viewport={"width": 390, "height": 844},
        extra_http_headers={"X-Forwarded-For": address},
    )
    context.set_default_timeout(120_000)
    page = context.new_page()
    page.goto(f"{example.url}/sign-in")
    page.get_by_label("Name").fill("anna")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text(WORK)).to_be_visible(timeout=LONG_MS)
    return page


def shot(page: Page, name: str) -> None:
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"example-{name}.png", full_page=True)


def test_a_suspicious_session_goes_on_once_its_owner_has_proved_it(
    example: Example, chromium: Browser
) -> None:
    secret = authenticator(example, "anna")
    anna = signed_in(chromium, example, PARIS, WINDOWS, "en-GB")
    stranger = signed_in(chromium, example, SAO_PAULO, LINUX, "fr-FR")

    def both_are_stopped() -> bool:
        outside = f"{example.vigie}/challenge"
        for page in (anna, stranger):
            if not page.url.startswith(outside):
                page.goto(example.url)
        return all(page.url.startswith(outside) for page in (anna, stranger))

    wait_until(both_are_stopped, "what was found of the account stops its sessions")
    shot(anna, "asked")

    # Who signs in now is asked at once: the application asked before it answered.
    told = {"name": "anna", "password": PASSWORD}
    seen = {"X-Forwarded-For": SAO_PAULO, "User-Agent": LINUX}
    third = httpx2.post(f"{example.url}/sign-in", data=told, headers=seen)
    assert third.headers["location"].startswith(f"{example.vigie}/challenge")

    # Whoever has the password and not the phone stays outside.
    answer(stranger, "000000")
    expect(stranger.get_by_role("alert")).to_be_visible(timeout=LONG_MS)
    shot(stranger, "refused")

    answer(anna, totp.code(secret, now_ms()))
    expect(anna.get_by_text(WORK)).to_be_visible(timeout=LONG_MS)
    assert anna.url.startswith(example.url)
    shot(anna, "passed")
    anna.goto(example.url)
    expect(anna.get_by_text(WORK)).to_be_visible(timeout=LONG_MS)

    # What she can see of it herself: the application hands her over.
    anna.get_by_role("link", name="My sign-ins").click()
    expect(anna.get_by_role("heading", level=1)).to_be_visible(timeout=LONG_MS)
    assert anna.url == f"{example.vigie}/me"
    expect(anna.get_by_text("Sao Paulo").first).to_be_visible()
    shot(anna, "own")

    stranger.goto(example.url)
    assert stranger.url.startswith(f"{example.vigie}/challenge")
    assert WORK not in stranger.content()


def test_while_vigie_is_away_people_work_on(tmp_path: Path, migrated_file: Path) -> None:
    with Example(tmp_path, migrated_file).alone() as example:
        with httpx2.Client(follow_redirects=True) as browser:
            told = {"name": "anna", "password": PASSWORD}
            assert WORK in browser.post(f"{example.url}/sign-in", data=told).text
            assert WORK in browser.get(example.url).text
        log = (tmp_path / "application.log").read_text(encoding="utf-8")
        assert "Vigie did not decide (unreachable" in log


def answer(page: Page, code: str) -> None:
    """Type a code into the challenge's page, and send it."""
    field = page.get_by_label(re.compile("code", re.IGNORECASE)).first
    field.fill(code)
    field.press("Enter")
