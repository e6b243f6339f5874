"""On the pages nothing is adopted before its differences were shown, and nothing undone unseen."""

import re
from html import unescape

import msgspec
import pytest
from httpx2 import Response
from starlette.testclient import TestClient

from monitor.services.actor import operator
from monitor.store import policies, rehearsals
from monitor.store.rehearsals import State, StoredRehearsal
from tests.monitor.services.test_rehearsals import EXAMPLE, OUTLOOK
from tests.monitor.web.conftest import NOW, Console
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
    assert "Version 1 was adopted since" in answer.text
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
    assert "Say why" in answer.text


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


def tried(console: Console, document: str, state: State, body: bytes | None = None) -> None:
    """A draft of whoever came by the link, as a process beside would have it."""
    one = StoredRehearsal(
        owner=operator().reference,
        attempt="a1",
        document=document,
        digest=policies.digest_of(document),
        base=0,
        state=State.RUNNING,
        begun=NOW,
        heard=NOW,
        done=25,
        total=100,
    )
    with console.stage.engine.begin() as connection:
        rehearsals.begin(connection, one)
        if state is not State.RUNNING:
            shown = [(1, msgspec.msgpack.encode(EXAMPLE))]
            given = {"trouble": "memory" if state is State.FAILED else None, "examples": shown}
            rehearsals.end(connection, one.owner, "a1", NOW, state, body=body, **given)


def test_a_draft_is_tried_beside_with_its_progress_and_can_be_cancelled(empty: Console) -> None:
    browser = empty.signed_in()
    form = {"document": ACTS, "base": "0", "reason": ""}
    refused = sent(browser, "/policy/edit", **form, do="try")
    assert refused.status_code == 409
    assert "command line" in refused.text
    assert 'value="try"' in refused.text
    tried(empty, ACTS, State.RUNNING)
    page = browser.get("/policy/edit?draft=tried").text
    assert "25 of 100 events" in page
    assert 'hx-get="/policy/edit/trial"' in page
    assert unescape(TEXT.findall(page)[0]) == ACTS
    part = browser.get("/policy/edit/trial").text
    assert 'hx-trigger="every 2s"' in part
    other = sent(browser, "/policy/edit", document="", base="0", do="check").text
    assert "Another draft of yours is being tried." in other
    assert "25 of 100" not in other
    done = sent(browser, "/policy/edit", **form, do="cancel")
    assert "It was cancelled." in done.text
    assert "hx-trigger" not in done.text


def test_what_it_came_to_is_shown_until_the_draft_changes(empty: Console) -> None:
    browser = empty.signed_in()
    tried(empty, ACTS, State.DONE, msgspec.msgpack.encode(OUTLOOK))
    page = sent(browser, "/policy/edit", document=ACTS, base="0", do="check").text
    assert "What holds" in page
    assert "u-1" in page
    assert "gone" in page
    assert "You tried another draft." in browser.get("/policy/edit").text
    checked = CHECKED.search(page)
    assert checked
    other = ACTS.replace("suspend", "deactivate")
    changed = sent(browser, "/policy/edit", document=other, base="0", do="check").text
    assert "Examples, the gravest first" not in changed
    put(browser, 'mode = "shadow"', 0)
    stale = browser.get("/policy/edit?draft=tried").text
    assert "compares with version 0" in stale


def test_why_it_came_to_nothing_is_said(empty: Console) -> None:
    browser = empty.signed_in("fr")
    tried(empty, ACTS, State.FAILED)
    page = browser.get("/policy/edit?draft=tried").text
    assert "plus de mémoire" in page
    assert "vigie policy dry-run" in page
    told = browser.get("/api/v1/policy/rehearsal").json()["rehearsal"]
    assert told["state"] == "failed"
    assert "memory" in told["trouble"]
    assert browser.request("DELETE", "/api/v1/policy/rehearsal").status_code in (200, 403)
