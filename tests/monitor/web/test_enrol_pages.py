"""A link sets up one factor in one browser; what is wrong is said, and a slip loses nothing."""

import re
from collections.abc import Iterator

import pyotp
import pytest

from monitor.mfa.totp import step_at
from monitor.services.subscriber import Subscriber
from monitor.web.enrol_pages import AUTHENTICATOR, FACTOR, OFFER
from tests.monitor.web.asked import Asked, asked_at, opened, token_in

PAGES = (FACTOR, AUTHENTICATOR)


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asked]:
    """Of a console of its own: people are asked, and say that it was not them."""
    with asked_at(tmp_path_factory.mktemp("asked")) as made:
        yield made


def shown_key(text: str) -> str:
    found = re.search(r'<code class="code">([A-Z2-7 ]+)</code>', text)
    assert found is not None
    return found[1]


def state_in(text: str) -> str:
    found = re.search(r'name="state" value="([^"]+)"', text)
    assert found is not None
    return found[1]


def test_an_app_is_set_up_by_a_link_and_the_codes_are_shown_once(asked: Asked) -> None:
    whose = Subscriber("atlas-appels", "u-app")
    key, client = asked.enrolment(whose), asked.console.client("fr")
    page = opened(client, "/enrol", key)
    assert "u-app" in page.text
    page = client.get(AUTHENTICATOR)
    form = {"token": token_in(page), "state": state_in(page.text), "name": "Mon téléphone"}
    wrong = client.post(AUTHENTICATOR, data={**form, "code": "000000"})
    assert wrong.status_code == 422
    assert 'role="alert"' in wrong.text
    assert shown_key(wrong.text) == shown_key(page.text)
    code = pyotp.TOTP(shown_key(page.text).replace(" ", ""))
    told = code.generate_otp(step_at(asked.console.clock.now))
    done = client.post(AUTHENTICATOR, data={**form, "code": told})
    assert done.status_code == 200
    assert len(re.findall(r"<li>[^<]+</li>", done.text)) == 10
    assert "Mon téléphone" in done.text
    assert [one.name for one in asked.own.factors.listed(whose.owner)] == ["Mon téléphone", ""]
    assert client.get(FACTOR).status_code == 403
    assert asked.console.client().post("/enrol", data={"key": key}).status_code == 403


@pytest.mark.parametrize("path", PAGES)
def test_without_a_link_there_is_only_the_field_for_one(asked: Asked, path: str) -> None:
    page = asked.console.client().get(path)
    assert page.status_code == 403
    assert 'id="enter"' in page.text


@pytest.mark.parametrize("key", ["", "x", "x" * 43, "é" * 43])
def test_what_is_no_key_is_refused_alike(asked: Asked, key: str) -> None:
    page = asked.console.client().post("/enrol", data={"key": key})
    assert page.status_code == 403
    assert "This link does not work (any more)" in page.text


def test_a_link_is_one_browser_s(asked: Asked) -> None:
    key, client = asked.enrolment(), asked.console.client()
    opened(client, "/enrol", key)
    assert asked.console.client().post("/enrol", data={"key": key}).status_code == 403
    assert client.get(FACTOR).status_code == 200


@pytest.mark.parametrize("path", [*PAGES, OFFER])
def test_no_other_site_sets_up_anything(asked: Asked, path: str) -> None:
    client = asked.console.client()
    opened(client, "/enrol", asked.enrolment())
    form = {
        "token": token_in(client.get(AUTHENTICATOR)),
        "code": "1",
        "state": "x",
        "passkey": "{}",
    }
    elsewhere = {"sec-fetch-site": "cross-site", "origin": "https://evil.example"}
    assert client.post(path, data=form, headers=elsewhere).status_code == 403
    assert client.post(path, data={**form, "token": "x"}).status_code == 403


def test_without_passkeys_none_is_offered(asked: Asked) -> None:
    client = asked.console.client()
    page = opened(client, "/enrol", asked.enrolment())
    assert "data-passkey" not in page.text
    token = token_in(client.get(AUTHENTICATOR))
    answer = client.post(OFFER, data={"token": token})
    assert answer.status_code == 409
    assert answer.json()["detail"]
    sent = {"token": token, "state": "x", "passkey": "{}", "name": ""}
    assert client.post(FACTOR, data=sent).status_code == 422
