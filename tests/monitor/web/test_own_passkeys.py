"""A reviewer adds a passkey, names it and takes it away, and is told what is wrong in words."""

import pytest
from sqlalchemy import Engine

from monitor.services.factor_words import KNOWN, NOT_TAKEN, TOO_LATE
from tests.monitor.mfa.authenticator import Authenticator
from tests.monitor.web.entering import Console
from tests.monitor.web.test_passkey_door import BASE, PARTY, add


@pytest.fixture
def console(database: Engine) -> Console:
    return Console(database, PARTY, BASE)


def handle_in(page: str) -> str:
    return page.split('name="handle" value="')[1][:32]


def test_one_is_added_named_and_taken_away(console: Console) -> None:
    browser = console.inside(console.person())
    page = browser.open("/profile").text
    assert "Add a passkey" in page
    browser.open("/profile/passkey")
    add(browser, "<b>Laptop</b>")
    page = browser.open("/profile").text
    assert "&lt;b&gt;Laptop&lt;/b&gt;" in page
    handle = handle_in(page)
    assert browser.send("/profile/passkey/rename", handle=handle, name="Old").status_code == 303
    assert "<bdi>Old</bdi>" in browser.open("/profile").text
    assert browser.send("/profile/passkey/remove", handle=handle).status_code == 303
    assert 'name="handle"' not in browser.open("/profile").text
    gone = browser.send("/profile/passkey/remove", handle=handle)
    assert gone.status_code == 422


def test_what_is_not_taken_is_said(console: Console) -> None:
    browser = console.inside(console.person())
    browser.open("/profile/passkey")
    options, state = browser.asked
    answer = browser.send("/profile/passkey", name="x", state="", passkey="{}")
    assert (answer.status_code, TOO_LATE.en in answer.text) == (422, True)
    answer = browser.send("/profile/passkey", name="x", state=state, passkey="{}")
    assert (answer.status_code, NOT_TAKEN.en in answer.text) == (422, True)
    device = Authenticator(BASE)
    made = device.make(options)
    assert browser.send("/profile/passkey", name="x", state=state, passkey=made).status_code == 303
    browser.open("/profile/passkey")
    answer = browser.send("/profile/passkey", name="x", state=state, passkey=made)
    assert (answer.status_code, KNOWN.en in answer.text) == (422, True)


def test_at_an_address_that_browsers_bar_nothing_is_offered(database: Engine) -> None:
    console = Console(database, None)
    browser = console.inside(console.person())
    assert "/profile/passkey" not in browser.open("/profile").text
    assert browser.client.get("/profile/passkey").status_code == 422
