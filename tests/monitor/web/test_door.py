"""In by proof, out at will; what was interrupted by a proof is not lost, and not done unasked."""

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from detectors.core.event import HOUR, MINUTE
from monitor.mfa.passwords import BusyError, Passwords
from monitor.services.actor import Role
from monitor.web.door import local_path
from tests.monitor.web.entering import Console


@pytest.fixture
def console(database: Engine) -> Console:
    return Console(database)


def test_who_is_out_is_asked_to_sign_in_where_they_are(console: Console) -> None:
    person = console.person(role=Role.ADMINISTRATOR)
    browser = console.browser()
    answer = browser.open("/incidents?severity=low")
    assert answer.status_code == 401
    assert 'name="next" value="/incidents?severity=low"' in browser.page
    entered = browser.sign_in(person, next="/incidents?severity=low")
    assert entered.headers["location"] == "/incidents?severity=low"
    assert browser.open("/").status_code == 200


@pytest.mark.parametrize(
    "field", [{"password": "wrong"}, {"code": "000000"}, {"email": "nobody@x.example"}, {}]
)
def test_every_refusal_is_the_same_page(console: Console, field: dict[str, str]) -> None:
    person = console.person(role=Role.ADMINISTRATOR)
    if not field:
        console.person("ada2@x.example", Role.ADMINISTRATOR)
        console.reviewers.disable(console.operator, person.uid)
    told = console.browser()
    wrong = told.sign_in(person, **{"email": person.email, **field})
    reference = console.browser().sign_in(person, password="w", email="x@x.example")
    assert wrong.status_code == reference.status_code == 403
    for typed in (person.email, "nobody@x.example"):
        wrong_text = wrong.text.replace(typed, "x@x.example")
        if wrong_text != wrong.text:
            break
    without_nonce = [
        "".join(part for part in text.split("nonce=") if part)[:400]
        for text in (wrong_text, reference.text)
    ]
    assert len(without_nonce[0]) == len(without_nonce[1])
    assert not wrong.cookies


def test_a_session_has_a_cookie_that_scripts_do_not_see(console: Console) -> None:
    person = console.person(role=Role.ADMINISTRATOR)
    answer = console.browser().sign_in(person)
    told = answer.headers.get_list("set-cookie")
    assert [name.partition("=")[0] for name in told] == ["vigie_session_8320", "vigie_device_8320"]
    for cookie in told:
        assert {"HttpOnly", "Path=/", "SameSite=strict"} <= set(cookie.split("; "))
    assert "Max-Age" not in told[0]


def test_a_browser_that_was_there_is_not_kept_out_by_strangers(console: Console) -> None:
    person = console.person(role=Role.ADMINISTRATOR)
    mine = console.inside(person)
    mine.send("/leave")
    stranger = console.browser()
    for _ in range(30):
        stranger.sign_in(person, password="guess")
    assert stranger.sign_in(person).status_code == 403
    assert mine.sign_in(person).status_code == 303


def test_leaving_ends_it(console: Console) -> None:
    browser = console.inside(console.person(role=Role.ADMINISTRATOR))
    cookies = dict(browser.client.cookies)
    assert browser.send("/leave").headers["location"] == "/sign-in"
    browser.client.cookies.update(cookies)
    assert browser.open("/").status_code == 401


def test_signing_in_again_ends_the_session_that_the_browser_had(console: Console) -> None:
    person = console.person(role=Role.ADMINISTRATOR)
    browser = console.inside(person)
    former = dict(browser.client.cookies)
    console.later()
    assert browser.sign_in(person).status_code == 303
    assert browser.open("/").status_code == 200
    browser.client.cookies.clear()
    browser.client.cookies.update(former)
    assert browser.open("/").status_code == 401


def test_who_is_in_has_nothing_to_do_at_the_door(console: Console) -> None:
    browser = console.inside(console.person(role=Role.ADMINISTRATOR))
    assert browser.client.get("/sign-in").headers["location"] == "/"


def test_too_many_at_once_are_told_to_come_again(
    console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = console.person(role=Role.ADMINISTRATOR)

    def busy(*_arguments: object, **_named: object) -> bool:
        raise BusyError

    monkeypatch.setattr(Passwords, "matches", busy)
    answer = console.browser().sign_in(person)
    assert answer.status_code == 503
    assert answer.headers["retry-after"]


def test_a_form_that_a_proof_interrupts_comes_back_and_is_done_when_said_so(
    console: Console,
) -> None:
    person = console.person(role=Role.ADMINISTRATOR)
    other = console.person("eve@x.example")
    browser = console.inside(person)
    console.later(11 * MINUTE)
    browser.open(f"/reviewers/{other.uid}")
    asked = browser.send(f"/reviewers/{other.uid}", do="disable", version="")
    assert asked.status_code == 403
    assert console.reviewers.get(console.operator, other.uid).state == "active"
    held = _hidden(browser.page, "held")
    wrong = browser.send("/confirm", held=held, password="wrong", code="000000")
    assert wrong.status_code == 403
    assert _hidden(browser.page, "held") == held
    before = dict(browser.client.cookies)
    again = browser.send("/confirm", held=held, password=person.password, code=console.code(person))
    assert again.status_code == 200
    assert dict(browser.client.cookies) != before
    assert f'action="/reviewers/{other.uid}"' in browser.page
    assert console.reviewers.get(console.operator, other.uid).state == "active"
    done = browser.send(f"/reviewers/{other.uid}", do=_hidden(browser.page, "do"))
    assert done.status_code == 303
    assert console.reviewers.get(console.operator, other.uid).state == "disabled"


def test_a_page_that_needs_a_proof_is_opened_after_it(console: Console) -> None:
    person = console.person(role=Role.ADMINISTRATOR)
    browser = console.inside(person)
    console.later(11 * MINUTE)
    assert browser.open("/profile/second-factor").status_code == 403
    answer = browser.send(
        "/confirm",
        next=_hidden(browser.page, "next"),
        password=person.password,
        code=console.code(person),
    )
    assert answer.headers["location"] == "/profile/second-factor"
    assert browser.open("/profile/second-factor").status_code == 200


def test_another_s_interrupted_form_is_not_brought_back(console: Console) -> None:
    ada = console.person(role=Role.ADMINISTRATOR)
    eve = console.person("eve@x.example", Role.ADMINISTRATOR)
    browser, other = console.inside(ada), console.inside(eve)
    console.later(11 * MINUTE)
    browser.open("/reviewers")
    browser.send("/reviewers", email="m@x.example", name="M", role="administrator", tenant="")
    held = _hidden(browser.page, "held")
    other.open("/confirm")
    answer = other.send("/confirm", held=held, password=eve.password, code=console.code(eve))
    assert answer.headers["location"] == "/"


def test_a_program_is_told_to_prove_it_first(console: Console) -> None:
    person = console.person(role=Role.ADMINISTRATOR)
    browser = console.inside(person)
    console.later(11 * MINUTE)
    answer = browser.client.delete(f"/api/v1/reviewers/{person.uid}", headers={"if-match": '"1"'})
    assert answer.status_code == 403
    assert answer.json()["type"].endswith(":not-fresh")


def test_the_operator_has_nobody_to_prove(console: Console) -> None:
    console.person(role=Role.ADMINISTRATOR)
    browser = console.browser()
    link = f"http://x/enter#{console.entrance.admission.issue_link()}"
    assert browser.follow(link).status_code == 303
    assert browser.open("/").status_code == 200
    assert browser.open("/confirm").status_code == 404
    console.later(HOUR)
    assert browser.open("/").status_code == 401


def test_asking_by_itself_keeps_nobody_in(console: Console) -> None:
    """A page that is left open polls: that is no use of the session."""
    browser = console.inside(console.person(role=Role.ADMINISTRATOR))
    for _ in range(3):
        console.later(10 * MINUTE)
        told = browser.client.get("/pulse").status_code
    assert told == 401


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    fields=st.dictionaries(
        st.sampled_from(["email", "password", "code", "next", "key", "token", "held", "name"]),
        st.text(max_size=120),
    ),
    path=st.sampled_from(["/sign-in", "/enter", "/confirm", "/setup", "/setup/code", "/leave"]),
)
def test_whatever_is_sent_gets_an_answer(
    console: Console, fields: dict[str, str], path: str
) -> None:
    answer = console.browser().client.post(path, data=_sendable(fields))
    assert answer.status_code < 500
    assert "vigie_session" not in answer.headers.get("set-cookie", "")


@pytest.mark.parametrize("body", [b"email=%ff%fe&password=%00", b"&&==&", b"email" * 900])
def test_bytes_that_are_no_form_are_an_answer_too(console: Console, body: bytes) -> None:
    kind = {"content-type": "application/x-www-form-urlencoded"}
    answer = console.browser().client.post("/sign-in", content=body, headers=kind)
    assert answer.status_code in (400, 403, 413)


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("/incidents/x?a=b", "/incidents/x?a=b"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("https://evil.example", "/"),
        ("/a\r\nset-cookie: x", "/"),
        ("", "/"),
    ],
)
def test_the_way_back_leads_nowhere_else(text: str, path: str) -> None:
    assert local_path(text) == path


def _hidden(page: str, name: str) -> str:
    found = re.search(rf'type="hidden" name="{name}" value="([^"]*)"', page)
    assert found is not None, name
    return found[1]


def _sendable(fields: dict[str, str]) -> dict[str, str]:
    return {name: value.encode("utf-8", "replace").decode() for name, value in fields.items()}
