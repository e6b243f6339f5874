"""On the pages nothing is adopted before its differences were shown, and nothing undone unseen."""

import re
from html import unescape

import pytest
from httpx2 import Response
from starlette.testclient import TestClient

from monitor.store import policies
from tests.monitor.web.conftest import Console
from tests.monitor.web.test_policies import ACTS, put

TOKEN = re.compile(r'name="token" value="([0-9a-f]{64})"')
CHECKED = re.compile(r'name="checked" value="([0-9a-f]{64})"')
TEXT = re.compile(r"<textarea[^>]*>\n(.*?)</textarea>", re.DOTALL)


@pytest.fixture
def browser(empty: Console) -> TestClient:
    """Who came by a link, and may all."""
    return empty.signed_in()


def sent(browser: TestClient, path: str, **form: str) -> Response:
    """A form that a page of this session sends; as browsers do, with both ends of lines."""
    token = TOKEN.search(browser.get("/policy/edit").text)
    assert token
    given = {name: value.replace("\n", "\r\n") for name, value in form.items()}
    return browser.post(path, data={"token": token[1], **given})


def test_what_holds_is_shown_with_what_it_says(browser: TestClient) -> None:
    page = browser.get("/policy").text
    assert "As it is shipped" in page
    assert "only tells what it would do" in page
    assert "taken-over" in page
    assert "Ask for proof" in page


def test_it_is_adopted_only_as_it_was_shown(browser: TestClient) -> None:
    begun = TEXT.search(browser.get("/policy/edit").text)
    assert begun
    assert unescape(begun[1]) == browser.get("/api/v1/policy").json()["document"]
    form = {"document": ACTS, "base": "0", "reason": "agreed"}
    blind = sent(browser, "/policy/edit", **form, do="adopt")
    assert blind.status_code == 200
    assert browser.get("/api/v1/policy").json()["version"] == 0
    assert "Vigie acts by itself" in blind.text
    assert "rules.shared" in blind.text
    checked = CHECKED.search(blind.text)
    assert checked
    other = form | {"document": ACTS.replace("suspend", "deactivate"), "checked": checked[1]}
    again = sent(browser, "/policy/edit", **other, do="adopt")
    assert "only proposes to deactivate" in again.text
    assert browser.get("/api/v1/policy").json()["version"] == 0
    done = sent(browser, "/policy/edit", **form, checked=checked[1], do="adopt")
    assert (done.status_code, done.headers["location"]) == (303, "/policy")
    assert browser.get("/api/v1/policy").json()["document"] == ACTS
    assert "acts by itself" in browser.get("/policy").text


def test_who_adopted_another_meanwhile_is_said(browser: TestClient) -> None:
    form = {"document": ACTS, "base": "0", "reason": "agreed"}
    checked = CHECKED.search(sent(browser, "/policy/edit", **form, do="check").text)
    assert checked
    put(browser, 'mode = "shadow"', 0)
    answer = sent(browser, "/policy/edit", **form, checked=checked[1], do="adopt")
    assert answer.status_code == 409
    assert "version 1 was adopted since" in answer.text
    assert browser.get("/api/v1/policy").json()["version"] == 1


def test_what_is_no_policy_says_where(browser: TestClient) -> None:
    document = '[[rules]]\nname = "a"\nthen = ["<b>"]\n'
    answer = sent(browser, "/policy/edit", document=document, base="0", do="check")
    assert answer.status_code == 422
    assert "rules[0].then" in answer.text
    assert "<b>" not in answer.text
    kept = TEXT.search(answer.text)
    assert kept
    assert unescape(kept[1]) == document
    assert CHECKED.search(answer.text) is None


def test_it_has_to_be_said_why(browser: TestClient) -> None:
    form = {"document": ACTS, "base": "0", "reason": " "}
    checked = CHECKED.search(sent(browser, "/policy/edit", **form, do="check").text)
    assert checked
    answer = sent(browser, "/policy/edit", **form, checked=checked[1], do="adopt")
    assert answer.status_code == 409
    assert "say why" in answer.text


def test_an_earlier_version_is_compared_and_holds_again(browser: TestClient) -> None:
    put(browser, ACTS, 0)
    put(browser, ACTS.replace("act", "shadow", 1), 1)
    page = browser.get("/policy/versions/1").text
    assert "What it would change of the one that holds" in page
    assert "Let it hold again" in page
    stale = sent(browser, "/policy/versions/1", base="1", reason="x")
    assert stale.status_code == 409
    done = sent(browser, "/policy/versions/1", base="2", reason="it was right")
    assert done.status_code == 303
    assert browser.get("/api/v1/policy").json()["document"] == ACTS
    assert "It is the one that holds" in browser.get("/policy/versions/3").text
    for number in ("9", "x", "1" * 30):
        assert browser.get(f"/policy/versions/{number}").status_code == 404


def test_what_this_program_cannot_read_is_said_and_there_is_a_way_back(empty: Console) -> None:
    browser = empty.signed_in()
    put(browser, ACTS, 0)
    who = {"actor": "operator:bo", "actor_name": "bo", "reason": "newer"}
    with empty.stage.engine.begin() as connection:
        policies.add(connection, 1, "future = 1\n", now=1, **who)
    assert "nothing is done by itself" in browser.get("/policy").text
    page = browser.get("/policy/versions/2").text
    assert "cannot read it" in page
    assert "Let it hold again" not in page
    refused = sent(browser, "/policy/versions/2", base="2", reason="x")
    assert refused.status_code == 422
    assert browser.get("/api/v1/policy").json()["policy"] is None
    assert sent(browser, "/policy/versions/1", base="2", reason="back").status_code == 303
    assert browser.get("/api/v1/policy").json()["document"] == ACTS


def test_pages_are_in_french_too(empty: Console) -> None:
    browser = empty.signed_in("fr")
    page = browser.get("/policy").text
    assert "Politique" in page
    assert "dit seulement ce qu" in page
    tried = sent(browser, "/policy/edit", document=ACTS, base="0", do="check")
    assert "Vigie agit d" in tried.text


def test_on_a_small_screen_every_value_has_its_heading(browser: TestClient) -> None:
    """What a change lets be done would be beyond the edge else."""
    shown = sent(browser, "/policy/edit", document=ACTS, base="0", reason="r", do="check").text
    table = shown[shown.index("table-mobile-md") : shown.index("</table>")]
    assert 'data-label="Lets be done"' in table
    assert "<td>" not in table
