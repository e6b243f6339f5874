"""From a link to somebody who can sign in, a page after the other, and no page beside."""

import pytest
from sqlalchemy import Engine

from monitor.mfa.passwords import MAXIMUM
from monitor.services.actor import Role
from tests.monitor.services.reviewing import PASSWORD
from tests.monitor.web.entering import Console

OTHER = "quatre autres mots choisis"


@pytest.fixture
def console(database: Engine) -> Console:
    return Console(database)


def test_the_first_link_makes_the_first_administrator(console: Console) -> None:
    browser = console.browser()
    browser.follow(f"http://x/enter#{console.entrance.admission.issue_link()}")
    assert "The first administrator" in browser.page
    for path in ("/", "/sources", "/reviewers", "/incidents/x"):
        assert browser.client.get(path).headers["location"] == "/setup"
    assert browser.client.get("/api/v1/status").status_code == 401
    assert browser.client.post("/keys").status_code == 401
    told = {"name": "Ada", "email": "ada@x.example"}
    weak = browser.send("/setup", **told, password="passwordpassword", repeated="passwordpassword")
    assert weak.status_code == 422
    assert 'value="ada@x.example"' in browser.page
    assert PASSWORD not in browser.page
    browser.send("/setup", **told, password=PASSWORD, repeated=PASSWORD)
    browser.open("/setup")
    assert "data:image/svg+xml;base64," in browser.page
    person = browser.person
    assert browser.send("/setup/code", code="000000").status_code == 422
    done = browser.send("/setup/code", code=console.code(person))
    assert done.status_code == 200
    assert len(browser.person_codes) == 10
    assert browser.open("/").status_code == 200
    assert browser.client.get("/setup").headers["location"] == "/"


def test_an_invitation_makes_one_of_the_role_that_was_given(console: Console) -> None:
    admin = console.inside(console.person(role=Role.ADMINISTRATOR))
    admin.open("/reviewers")
    made = admin.send(
        "/reviewers", email="eve@x.example", name="Eve", role="tenant_contact", tenant="acme"
    )
    assert made.status_code == 201
    browser = console.browser("fr")
    link = admin.secret
    browser.follow(link)
    assert "Bienvenue" in browser.page
    browser.send("/setup", name="Ève", password=PASSWORD, repeated=PASSWORD)
    browser.open("/setup")
    eve = browser.person
    eve.email = "eve@x.example"
    browser.send("/setup/code", code=console.code(eve))
    assert browser.open("/reviewers").status_code == 403
    assert browser.open("/profile").status_code == 200
    assert "Ève" in browser.page
    assert console.browser().follow(link).status_code == 403
    console.later()
    assert console.browser().sign_in(eve).status_code == 303


def test_a_lost_password_is_chosen_anew_with_the_second_factor(console: Console) -> None:
    console.person("root@x.example", Role.ADMINISTRATOR)
    person = console.person()
    key = console.reviewers.reset(console.operator, person.uid, password=True)
    browser = console.browser()
    browser.follow(f"http://x/enter#{key}")
    wrong = browser.send("/setup", password=OTHER, repeated=OTHER, code="000000")
    assert wrong.status_code == 422
    right = browser.send("/setup", password=OTHER, repeated=OTHER, code=console.code(person))
    assert right.headers["location"] == "/"
    console.later()
    assert console.browser().sign_in(person, password=OTHER).status_code == 303


def test_a_lost_device_is_replaced_with_the_password(console: Console) -> None:
    console.person("root@x.example", Role.ADMINISTRATOR)
    person = console.person()
    key = console.reviewers.reset(console.operator, person.uid, second_factor=True)
    browser = console.browser()
    browser.follow(f"http://x/enter#{key}")
    assert browser.send("/setup", password="wrong").status_code == 422
    assert browser.send("/setup", password=PASSWORD).status_code == 303
    browser.open("/setup")
    renewed = browser.person
    assert browser.send("/setup/back").status_code == 303
    browser.open("/setup")
    assert "data:image" not in browser.page
    browser.send("/setup", password=PASSWORD)
    browser.open("/setup")
    assert browser.person.secret != renewed.secret
    assert browser.send("/setup/code", code=console.code(browser.person)).status_code == 200


def test_whoever_was_removed_meanwhile_is_told(console: Console) -> None:
    console.person("root@x.example", Role.ADMINISTRATOR)
    made, key = console.invited()
    browser = console.browser()
    browser.follow(f"http://x/enter#{key}")
    console.reviewers.remove(console.operator, made.uid)
    assert browser.open("/").status_code == 401


def test_the_longest_password_of_any_script_is_taken(console: Console) -> None:
    console.person("root@x.example", Role.ADMINISTRATOR)
    person = console.person()
    key = console.reviewers.reset(console.operator, person.uid, password=True)
    longest = "".join(chr(0x1F300 + 7 * at * at % 397) for at in range(MAXIMUM))
    browser = console.browser()
    browser.follow(f"http://x/enter#{key}")
    done = browser.send("/setup", password=longest, repeated=longest, code=console.code(person))
    assert done.status_code == 303
    console.later()
    assert console.browser().sign_in(person, password=longest).status_code == 303
