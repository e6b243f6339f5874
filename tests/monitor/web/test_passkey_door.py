"""Whoever shows a passkey of a reviewer is let in; nobody learns anything by another."""

import json

import pytest
from sqlalchemy import Engine

from monitor.mfa.party import RelyingParty
from tests.monitor.mfa.authenticator import Authenticator
from tests.monitor.web.entering import Browser, Console

BASE = "http://localhost:8320"
PARTY = RelyingParty("localhost", "Vigie", (BASE,))


@pytest.fixture
def console(database: Engine) -> Console:
    return Console(database, PARTY, BASE)


def added(console: Console) -> Authenticator:
    """Somebody's passkey."""
    browser = console.inside(console.person())
    browser.open("/profile/passkey")
    return add(browser)


def add(browser: Browser, name: str = "Laptop") -> Authenticator:
    """Send what the open page asks an authenticator for."""
    device = Authenticator(BASE)
    options, state = browser.asked
    answer = browser.send("/profile/passkey", name=name, state=state, passkey=device.make(options))
    assert answer.status_code == 303, answer.text
    return device


def shown(browser: Browser, device: Authenticator, path: str) -> dict[str, str]:
    """What a script sends, once it has asked."""
    offer = browser.client.post(f"{path}/offer", data={"token": browser.token}).json()
    browser.console.later()
    return {"passkey": device.prove(json.dumps(offer["options"])), "state": offer["state"]}


def test_a_passkey_opens_the_door_and_leads_to_where_somebody_wanted(console: Console) -> None:
    device = added(console)
    browser = console.browser()
    page = browser.open("/sign-in")
    assert 'data-offer="/sign-in/passkey/offer" hidden' in page.text
    sent = shown(browser, device, "/sign-in/passkey")
    answer = browser.client.post("/sign-in/passkey", data={**sent, "next": "/sources"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/sources")
    assert browser.open("/profile").status_code == 200
    again = console.browser().client.post("/sign-in/passkey", data=sent)
    assert again.status_code == 403


@pytest.mark.one_on_postgresql
@pytest.mark.parametrize("then", ["https://evil.test", "//evil.test", "/\\evil.test"])
def test_nobody_is_led_away(console: Console, then: str) -> None:
    device, browser = added(console), console.browser()
    sent = shown(browser, device, "/sign-in/passkey")
    answer = browser.client.post("/sign-in/passkey", data={**sent, "next": then})
    assert answer.headers["location"] == "/"


def test_whatever_is_wrong_is_answered_alike(console: Console) -> None:
    device, browser = added(console), console.browser()
    right = shown(browser, device, "/sign-in/passkey")
    tries = [{}, {"passkey": "x"}, {**right, "state": "x"}, {**right, "passkey": "{}"}]
    answers = [browser.client.post("/sign-in/passkey", data=one) for one in tries]
    assert {one.status_code for one in answers} == {403}
    assert len({one.text.split("<main")[1] for one in answers}) == 1
    long = browser.client.post("/sign-in/passkey", data={"passkey": "x" * 40_000})
    assert long.status_code == 413


def test_no_other_page_signs_anybody_in(console: Console) -> None:
    device, browser = added(console), console.browser()
    sent = shown(browser, device, "/sign-in/passkey")
    headers = {"sec-fetch-site": "cross-site"}
    answer = browser.client.post("/sign-in/passkey", data=sent, headers=headers)
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


def test_where_no_browser_lets_us_nothing_is_asked(database: Engine) -> None:
    console = Console(database, None)
    browser = console.browser()
    assert "passkey" not in browser.open("/sign-in").text
    answer = browser.client.post("/sign-in/passkey/offer")
    assert answer.status_code == 404
