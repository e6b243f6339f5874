"""Factors are seen by whose they are, and changed by whoever has just shown one."""

import json
from pathlib import Path

import pytest

from alerts.responders.gate import CHALLENGE
from monitor.services.factors import FactorView, Method
from monitor.store.gate_list import GateTable
from monitor.web.own_factors import is_last
from tests.monitor.services.reviewing import NOON
from tests.monitor.services.subscribing import MARIE, copied
from tests.monitor.web.owning import Browser, Pages, device

CHANGES = ("passkey", "authenticator", "codes", "rename", "revoke")


@pytest.fixture
def pages(tmp_path: Path, migrated_file: Path) -> Pages:
    return Pages(copied(migrated_file, tmp_path))


def names(pages: Pages) -> list[str]:
    return [one.name for one in pages.factors.listed(MARIE.owner)]


def added(pages: Pages, browser: Browser, name: str) -> None:
    """Make a passkey, as the page's script does."""
    asked = browser.client.post("/me/factors/offer", data={"token": browser.form_token}).json()
    made = device().make(json.dumps(asked["options"]))
    answer = browser.send("/me/factors/passkey", passkey=made, state=asked["state"], name=name)
    assert answer.headers["location"] == "/me/factors"
    assert name in names(pages)


def test_they_are_seen_and_not_changed_before_one_is_shown(pages: Pages) -> None:
    browser = pages.inside()
    app = pages.holder.totp(MARIE.owner, "Aegis")
    page = browser.open("/me/factors").text
    assert "Aegis" in page
    assert app.handle not in page
    for change in CHANGES:
        answer = browser.send(f"/me/factors/{change}", factor=app.handle, name="x")
        assert answer.headers["location"] == "/me/prove?next=/me/factors"
    assert browser.send("/me/factors/offer").status_code == 403
    assert browser.client.get("/me/factors/authenticator").status_code == 303
    assert names(pages) == ["Aegis"]


def test_after_ten_minutes_one_is_shown_again(pages: Pages) -> None:
    browser = pages.proved()
    pages.clock.now += 11 * 60_000
    assert browser.send("/me/factors/codes").headers["location"].startswith("/me/prove")


def test_a_passkey_is_added_renamed_and_taken_away(pages: Pages) -> None:
    browser = pages.proved()
    added(pages, browser, "Phone")
    phone = pages.factors.listed(MARIE.owner)[-1]
    browser.open("/me/factors")
    browser.send("/me/factors/rename", factor=phone.handle, name="Tablet")
    assert names(pages) == ["App", "Tablet"]
    other = pages.visit()
    browser.send("/me/factors/revoke", factor=phone.handle)
    assert names(pages) == ["App"]
    assert pages.own.sessions.visit(other.key) is None


def test_an_authenticator_is_added_by_its_first_code(pages: Pages) -> None:
    browser = pages.proved()
    page = browser.open("/me/factors/authenticator").text
    state = page.partition('name="state" value="')[2].partition('"')[0]
    assert browser.send("/me/factors/authenticator", state=state, code="0").status_code == 422
    offer = pages.factors.offer_totp(MARIE.owner, MARIE.account)
    code = pages.holder._code(offer.key_typed.replace(" ", ""))
    sent = {"state": offer.state, "code": code, "name": "Second"}
    assert browser.send("/me/factors/authenticator", **sent).status_code == 303
    assert names(pages) == ["App", "Second"]


def test_recovery_codes_are_shown_once(pages: Pages) -> None:
    browser = pages.proved()
    assert "shown this once" in browser.send("/me/factors/codes").text
    assert "10 are left" in browser.open("/me/factors").text


def test_who_has_none_sets_one_up_where_nothing_stands_against_them(pages: Pages) -> None:
    pages.holder.know(MARIE)
    browser = pages.inside()
    assert "Set something up" in browser.open("/me/factors").text
    assert browser.send("/me/factors/begin").headers["location"] == "/enrol/factor"
    assert browser.cookie("enrol")


def test_who_may_be_a_stranger_sets_none_up(pages: Pages) -> None:
    pages.holder.know(MARIE)
    GateTable(pages.engine, pages.clock).put(
        MARIE.tenant, MARIE.account, CHALLENGE, NOON, None, "measure.1"
    )
    browser = pages.inside()
    assert "Set something up" not in browser.open("/me/factors").text
    assert browser.send("/me/factors/begin").status_code == 422
    assert browser.cookie("enrol") == ""


def test_the_last_one_stays(pages: Pages) -> None:
    """Nobody locks themselves out, or somebody else whose session they have."""
    browser = pages.proved()
    (only,) = pages.factors.listed(MARIE.owner)
    answer = browser.send("/me/factors/revoke", factor=only.handle)
    assert answer.status_code == 422
    assert "last one" in answer.text
    assert names(pages) == ["App"]


def test_another_s_factor_is_not_there(pages: Pages) -> None:
    browser = pages.proved()
    theirs = pages.holder.totp(pages.holder_of("u-jean"), "Theirs")
    for change in ("rename", "revoke"):
        answer = browser.send(f"/me/factors/{change}", factor=theirs.handle, name="x")
        assert answer.status_code == 422
    assert [one.name for one in pages.factors.listed(pages.holder_of("u-jean"))] == ["Theirs"]


def test_recovery_codes_are_none_to_stay_with() -> None:
    app = FactorView(handle="a", kind=Method.TOTP, name="", created=1)
    codes = FactorView(handle="c", kind=Method.RECOVERY, name="", created=1, left=10)
    assert is_last([app, codes], "a")
    assert not is_last([app, codes], "c")
    assert not is_last([app, FactorView(handle="b", kind=Method.PASSKEY, name="", created=1)], "a")
