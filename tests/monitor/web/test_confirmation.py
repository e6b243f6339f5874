"""Who proves again by a passkey who they are goes on with what they were about to do."""

import pytest
from sqlalchemy import Engine

from detectors.core.event import MINUTE
from monitor.services.actor import Role
from tests.monitor.web.entering import Console
from tests.monitor.web.test_passkey_door import BASE, PARTY, add, shown


@pytest.fixture
def console(database: Engine) -> Console:
    return Console(database, PARTY, BASE)


def test_a_passkey_is_proof_enough_and_what_was_entered_is_kept(console: Console) -> None:
    browser = console.inside(console.person(role=Role.ADMINISTRATOR))
    browser.open("/profile/passkey")
    device = add(browser)
    console.later(11 * MINUTE)
    browser.open("/profile")
    asked = browser.send("/profile/name", name="Countess")
    assert asked.status_code == 403
    assert 'data-offer="/confirm/passkey/offer"' in browser.page
    held = browser.page.split('name="held" value="')[1].split('"')[0]
    sent = shown(browser, device, "/confirm/passkey")
    answer = browser.send("/confirm/passkey", held=held, next="/", **sent)
    assert answer.status_code == 200
    assert 'value="Countess"' in answer.text
    assert browser.send("/profile/name", name="Countess").status_code == 303


def test_a_stranger_s_proof_or_a_page_without_its_token_is_none(console: Console) -> None:
    other = console.inside(console.person("eve@atlas.example"))
    other.open("/profile/passkey")
    strange = add(other)
    browser = console.inside(console.person())
    browser.open("/confirm")
    sent = shown(browser, strange, "/confirm/passkey")
    assert browser.send("/confirm/passkey", next="/", **sent).status_code == 403
    assert browser.client.post("/confirm/passkey", data=sent).status_code == 403
    assert browser.client.post("/confirm/passkey/offer").status_code == 403
