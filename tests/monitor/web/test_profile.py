"""A reviewer's own page: nobody else's, and nobody's without a proof."""

import pytest
from sqlalchemy import Engine

from monitor.services.actor import Role
from tests.monitor.services.reviewing import PASSWORD
from tests.monitor.web.entering import Console

OTHER = "quatre autres mots choisis"


@pytest.fixture
def console(database: Engine) -> Console:
    made = Console(database)
    made.person("root@x.example", Role.ADMINISTRATOR)
    return made


@pytest.mark.parametrize("role", [Role.VIEWER, Role.TENANT_CONTACT])
def test_everybody_has_one(console: Console, role: Role) -> None:
    tenant = "acme" if role is Role.TENANT_CONTACT else None
    browser = console.inside(console.person(role=role, tenant=tenant))
    assert browser.open("/profile").status_code == 200
    assert "ada@atlas.example" in browser.page
    assert "Firefox" not in browser.page
    assert "this one" in browser.page


def test_another_password_is_taken_and_others_end(console: Console) -> None:
    person = console.person()
    away, browser = console.inside(person), console.inside(person)
    browser.open("/profile")
    bad = browser.send("/profile/password", password="short", repeated="short")
    assert bad.status_code == 422
    browser.open("/profile")
    done = browser.send("/profile/password", password=OTHER, repeated=OTHER)
    assert done.status_code == 303
    assert browser.open("/profile").status_code == 200
    assert away.open("/profile").status_code == 401
    assert console.browser().sign_in(person, password=PASSWORD).status_code == 403


def test_another_authenticator_and_its_codes(console: Console) -> None:
    person = console.person()
    browser = console.inside(person)
    browser.open("/profile/second-factor")
    renewed = browser.person
    assert browser.send("/profile/second-factor", code="000000").status_code == 422
    done = browser.send("/profile/second-factor", code=console.code(renewed))
    assert done.status_code == 200
    assert len(browser.person_codes) == 10
    assert browser.open("/profile").status_code == 200


def test_new_codes_are_shown_once(console: Console) -> None:
    browser = console.inside(console.person())
    browser.open("/profile")
    done = browser.send("/profile/codes")
    codes = browser.person_codes
    assert done.status_code == 200
    assert len(codes) == 10
    browser.open("/profile")
    assert not any(code in browser.page for code in codes)


def test_a_session_elsewhere_is_ended(console: Console) -> None:
    person = console.person()
    away, browser = console.inside(person), console.inside(person)
    browser.open("/profile")
    assert browser.send("/profile/sign-out").status_code == 303
    assert away.open("/profile").status_code == 401
    assert browser.open("/profile").status_code == 200
    browser.send("/profile/sign-out", session="0123456789abcdef")
    assert browser.open("/profile").status_code == 200


def test_a_name_is_shown_as_text(console: Console) -> None:
    browser = console.inside(console.person())
    browser.open("/profile")
    assert browser.send("/profile/name", name="<b>Ada</b>").status_code == 303
    browser.open("/profile")
    assert "<b>Ada</b>" not in browser.page
    assert browser.send("/profile/name", name="").status_code == 422
