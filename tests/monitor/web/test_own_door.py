"""A subscriber comes in from the application, through the gate or by a passkey, as who they are;
and shows a factor for what is not done without."""

import re
from pathlib import Path

import pytest

from monitor.gate.known import Headers, Known, UnsureError
from monitor.services.subscriber import Subscriber
from tests.monitor.services.subscribing import APP, MARIE, copied
from tests.monitor.web.owning import Pages

JEAN = Subscriber(MARIE.tenant, "u-jean")


@pytest.fixture
def pages(tmp_path: Path, migrated_file: Path) -> Pages:
    return Pages(copied(migrated_file, tmp_path))


class Door:
    """Stands for the gate: knows everybody as the same session, or cannot tell."""

    def __init__(self, known: Known | None) -> None:
        self.known = known

    async def know(self, _headers: Headers) -> Known | None:
        if self.known is None:
            raise UnsureError("not now")
        return self.known


def test_who_is_not_known_is_shown_the_door_and_nothing_else(pages: Pages) -> None:
    browser = pages.browser()
    assert "Come in through the application" in browser.open("/me").text
    for path in ("/me/factors", "/me/data", "/me/prove", f"/me/sign-ins/{'0' * 32}"):
        answer = browser.client.get(path)
        assert (answer.status_code, answer.headers["location"]) == (303, "/me")
    assert browser.client.get("/me/picture").status_code == 401
    for path in ("/me/sessions/end-all", "/me/factors/codes", "/me/data/copy", "/me/leave"):
        assert browser.send(path).status_code == 401


def test_a_hand_off_that_was_not_asked_for_names_the_account_first(pages: Pages) -> None:
    """Somebody may have sent a link to their own account, to be given a passkey in it."""
    browser = pages.browser()
    token = pages.token()
    page = browser.open(f"/me/enter?hand_off={token}").text
    assert "u-marie" in page
    assert browser.cookie("subscriber") == ""
    assert browser.send("/me/enter", hand_off=token).headers["location"] == "/me"
    assert "u-marie" in browser.open("/me").text
    late = pages.browser().send("/me/enter", hand_off=token)
    assert late.status_code == 403


def test_what_this_browser_asked_for_lets_it_in_at_once(pages: Pages) -> None:
    browser = pages.browser()
    asked = browser.client.get("/me/begin").headers["location"]
    assert asked.startswith(f"{APP}?state=")
    state = asked.partition("state=")[2]
    answer = browser.client.get(f"/me/enter?hand_off={pages.token(state=state)}")
    assert (answer.status_code, answer.headers["location"]) == (303, "/me")
    assert "u-marie" in browser.open("/me").text
    other = pages.browser()
    other.client.get("/me/begin")
    answer = other.client.get(f"/me/enter?hand_off={pages.token(state=state)}")
    assert answer.status_code == 200
    assert other.cookie("subscriber") == ""


def test_no_other_site_sends_the_form(pages: Pages) -> None:
    sent = {"hand_off": pages.token()}
    headers = {"sec-fetch-site": "cross-site", "origin": "https://evil.example"}
    answer = pages.browser().client.post("/me/enter", data=sent, headers=headers)
    assert answer.status_code == 403


def test_coming_in_ends_whatever_the_browser_had(pages: Pages) -> None:
    browser = pages.inside()
    before = browser.cookie("subscriber")
    browser.send("/me/enter", hand_off=pages.token(JEAN))
    assert "u-jean" in browser.open("/me").text
    assert pages.own.sessions.visit(before) is None


def test_a_passkey_lets_its_subscriber_in(pages: Pages) -> None:
    phone, _ = pages.holder.passkey(MARIE.owner)
    browser = pages.browser()
    browser.open("/me")
    assert browser.show(phone, "/me/passkey", "/me/passkey/offer").status_code == 303
    assert "u-marie" in browser.open("/me").text
    answer = pages.browser().send("/me/passkey", passkey="{}", state="x")
    assert answer.status_code == 403


def test_who_comes_through_the_gate_is_known_and_the_next_one_is_not_them(pages: Pages) -> None:
    """Desks are shared: whoever signed in to the application since is who is shown."""
    browser = pages.browser()
    door = pages.app.state.knower = Door(Known(MARIE.tenant, "u-marie", "s-here"))
    assert "u-marie" in browser.open("/me").text
    first = browser.cookie("subscriber")
    assert browser.client.get("/me").status_code == 200
    door.known = Known(MARIE.tenant, "u-jean", "s-9")
    assert "u-jean" in browser.open("/me").text
    assert pages.own.sessions.visit(first) is None
    door.known = None
    assert "u-jean" in browser.open("/me").text


def test_a_factor_is_shown_and_the_way_goes_on(pages: Pages) -> None:
    browser = pages.inside()
    app = pages.holder.totp(MARIE.owner)
    before = browser.cookie("subscriber")
    browser.open("/me/prove?next=/me/data")
    assert browser.send("/me/prove?next=/me/data", code="000000").status_code == 403
    assert "not right" in browser.page
    answer = browser.send("/me/prove?next=/me/data", code=pages.holder.code(app))
    assert (answer.status_code, answer.headers["location"]) == (303, "/me/data")
    assert browser.cookie("subscriber") != before


def test_a_passkey_is_shown_as_well(pages: Pages) -> None:
    browser = pages.inside()
    phone, _ = pages.holder.passkey(MARIE.owner)
    browser.open("/me/prove")
    assert browser.show(phone, "/me/prove", "/me/prove/offer").headers["location"] == "/me"


@pytest.mark.parametrize(
    "there",
    ["https://evil.example", "//evil.example", "/\\evil.example", "/tickets", "javascript:x"],
)
def test_nobody_is_led_elsewhere(pages: Pages, there: str) -> None:
    browser = pages.inside()
    app = pages.holder.totp(MARIE.owner)
    page = browser.open(f"/me/prove?next={there}").text
    assert "evil" not in re.sub(r'name="next" value="[^"]*"', "", page)
    answer = browser.send(f"/me/prove?next={there}", code=pages.holder.code(app))
    assert answer.headers["location"] == "/me"


def test_many_wrong_codes_are_no_oracle_and_come_to_an_end(pages: Pages) -> None:
    browser = pages.inside()
    app = pages.holder.totp(MARIE.owner)
    browser.open("/me/prove")
    for _ in range(5):
        browser.send("/me/prove", code="000000")
    browser.send("/me/prove", code=pages.holder.code(app))
    assert "Too many codes" in browser.page


def test_who_leaves_is_out(pages: Pages) -> None:
    browser = pages.inside()
    key = browser.cookie("subscriber")
    assert browser.send("/me/leave", token="wrong").status_code == 403
    browser.open("/me")
    assert "closed on this device" in browser.send("/me/leave").text
    assert pages.own.sessions.visit(key) is None
    assert browser.cookie("subscriber") == ""
