"""The page for reports needs no session, no script and nobody else; messages need a signature."""

import json
import re
from datetime import UTC, datetime
from html import unescape
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs
from sqlalchemy import Engine
from standardwebhooks.webhooks import Webhook
from starlette.testclient import TestClient

from monitor.clock import now_ms
from monitor.services.actor import operator
from monitor.services.api_keys import ApiKeys
from monitor.services.authority import Operation
from monitor.services.reports import Report, ReportTerms
from monitor.services.riddle import _WORDS, SOONEST
from monitor.store import tickets
from monitor.store.ticket_filter import TicketFilter
from monitor.store.ticket_notes import comments_of
from monitor.store.tickets import StoredTicket
from monitor.web import reports as module
from monitor.web.app import create_app
from monitor.web.problem import Problem
from monitor.web.reports import LONGEST, MESSAGE, PAGE, THANKS, TRAP, report_in
from tests.monitor.web.conftest import Console

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYqr"
TOLD = {"text": "Everybody on the floor uses this one.", "account": "night-shift"}


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits in tests of something else."""
    monkeypatch.setattr(module, "PAUSE_S", 0.0)


def kept(engine: Engine) -> list[StoredTicket]:
    with engine.begin() as connection:
        return tickets.page(connection, TicketFilter(), None, 100)


def text_of(engine: Engine, ticket: StoredTicket) -> str:
    with engine.begin() as connection:
        return "\n".join(one.text for one in comments_of(connection, ticket.id))


def filled(page: str, language: str = "en") -> dict[str, str]:
    """The form as somebody fills it in who reads what is asked."""
    [token] = re.findall(r'name="question" value="([^"]+)"', page)
    asked = r"what is (\w+) plus (\w+)\?" if language == "en" else r"combien font (\w+) plus (\w+)"
    [words] = re.findall(asked, unescape(page))
    known = {getattr(word, language): number for number, word in enumerate(_WORDS, 2)}
    answer = sum(known[word] for word in words)
    return TOLD | {"question": token, "answer": str(answer), TRAP: ""}


@pytest.mark.parametrize("language", ["en", "fr"])
def test_anybody_can_report_in_their_language(empty: Console, language: str) -> None:
    client = empty.client(language)
    page = client.get(PAGE)
    assert page.status_code == 200
    assert ("Signaler quelque chose" in page.text) is (language == "fr")
    form = filled(page.text, language)
    empty.clock.now += SOONEST
    sent = client.post(PAGE, data=form)
    assert (sent.status_code, sent.headers["location"]) == (303, THANKS)
    assert client.get(THANKS).status_code == 200
    [ticket] = kept(empty.stage.engine)
    assert TOLD["text"] in text_of(empty.stage.engine, ticket)


def test_what_was_written_is_still_there_when_something_is_wrong(empty: Console) -> None:
    client = empty.client()
    form = filled(client.get(PAGE).text)
    hostile = form | {"text": '<script>alert(1)</script>"', "account": '"><img src=x>'}
    for wrong, said in (
        ({"answer": "1"}, "The sum is another one"),
        ({"question": "1.2.3"}, "open for too long"),
        ({"text": "  "}, "Please say what you saw"),
        ({"text": "x" * 4_001}, "Please say what you saw"),
    ):
        empty.clock.now += SOONEST
        answer = client.post(PAGE, data=hostile | wrong)
        assert answer.status_code == 422
        assert said in answer.text
        assert "<script>alert" not in answer.text
        assert "<img src=x>" not in answer.text
        assert "&#34;&gt;&lt;img" in answer.text
        # The question is a new one each time.
        assert form["question"] not in answer.text
    assert kept(empty.stage.engine) == []


def test_a_flood_is_told_to_wait_and_a_robot_is_thanked_for_nothing(empty: Console) -> None:
    client = empty.client()
    form = filled(client.get(PAGE).text)
    empty.clock.now += SOONEST
    assert client.post(PAGE, data=form | {TRAP: "http://spam"}).status_code == 303
    assert kept(empty.stage.engine) == []
    answers = [client.post(PAGE, data=form).status_code for _ in range(12)]
    assert answers[-1] == 429
    assert client.post(PAGE, data=form).headers["retry-after"] == "600"
    assert client.post(PAGE, data={"text": "x" * (LONGEST + 1)}).status_code == 413


def test_another_sites_page_cannot_report_in_somebodys_name(empty: Console) -> None:
    client = empty.client()
    form = filled(client.get(PAGE).text)
    empty.clock.now += SOONEST
    foreign = {"origin": "https://evil.example", "sec-fetch-site": "cross-site"}
    assert client.post(PAGE, data=form, headers=foreign).status_code == 403


def app_with(console: Console, terms: ReportTerms) -> TestClient:
    app = create_app("sqlite://", engine=console.stage.engine, now=console.clock, reports=terms)
    return TestClient(app, base_url="http://127.0.0.1:8320", follow_redirects=False)


def test_what_is_switched_off_is_not_there(empty: Console) -> None:
    assert f'href="{PAGE}"' in empty.client().get("/sign-in").text
    client = app_with(empty, ReportTerms(form=False))
    assert f'href="{PAGE}"' not in client.get("/sign-in").text
    assert client.get(PAGE).status_code == 404
    assert client.post(MESSAGE, content=b"{}").status_code == 404


def signed(body: bytes, secret: str = SECRET, identifier: str = "msg-1") -> dict[str, str]:
    now = datetime.fromtimestamp(now_ms() // 1_000, UTC)
    return {
        "webhook-id": identifier,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(secret).sign(identifier, now, body.decode()),
        "content-type": "application/json",
    }


def test_a_signed_message_is_taken_once_and_another_is_not(empty: Console) -> None:
    client = app_with(empty, ReportTerms(secret=SECRET))
    body = json.dumps({"type": "report.created", "data": TOLD}).encode()
    for _ in range(2):
        assert client.post(MESSAGE, content=body, headers=signed(body)).status_code == 202
    [ticket] = kept(empty.stage.engine)
    assert text_of(empty.stage.engine, ticket).count(TOLD["text"]) == 1
    right = signed(body)
    for wrong in (
        {},
        signed(body, "whsec_" + "A" * 32),
        signed(body + b" "),
        right | {"webhook-timestamp": "1"},
        right | {"webhook-timestamp": "nan"},
        right | {"webhook-signature": "v1,***"},
        right | {"webhook-signature": "v1"},
        right | {"webhook-id": "other"},
    ):
        refused = client.post(MESSAGE, content=body, headers=wrong)
        assert refused.status_code == 401, wrong
        assert refused.json()["type"].endswith("signature-wrong")
    assert client.get(MESSAGE).status_code in (404, 405)


def test_mail_that_somebody_received_for_us_is_a_report(empty: Console) -> None:
    client = app_with(empty, ReportTerms(secret=SECRET))
    mail = {"from": "Ann\r\n <ann@x.example>", "subject": "Odd sign-ins", "text": "At night. \0"}
    body = json.dumps(mail | {"to": "abuse@y.example", "attachments": []}).encode()
    assert client.post(MESSAGE, content=body, headers=signed(body)).status_code == 202
    [ticket] = kept(empty.stage.engine)
    assert ticket.details.facts["contact"] == "Ann <ann@x.example>"
    assert "Odd sign-ins\n\nAt night." in text_of(empty.stage.engine, ticket)


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b"\xff", b'{"data":1}', b'{"text":1}', b'{"data":{"from":"x"}}']
)
def test_what_is_signed_and_is_no_report_is_said_to_be_none(body: bytes) -> None:
    with pytest.raises(Problem) as refused:
        report_in(body)
    assert refused.value.status_code == 422


_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)


@settings(max_examples=50)
@given(
    st.dictionaries(
        st.sampled_from(["data", "from", "subject", "text", "account", "contact"]), _values
    )
)
def test_whatever_a_message_says_is_read_or_refused(told: dict[str, Any]) -> None:
    body = json.dumps(told).encode()
    try:
        report = report_in(body)
    except Problem:
        return
    assert isinstance(report, Report)
    assert structs.asdict(report)["text"].strip()


def test_a_program_reports_by_a_key_for_it(empty: Console) -> None:
    keys = ApiKeys(empty.stage.engine, empty.clock)
    key = keys.create(operator(), "desk", {Operation.REPORTS_WRITE})
    other = keys.create(operator(), "crm", {Operation.INCIDENTS_READ})
    client = empty.client()
    client.headers.pop("sec-fetch-site")
    path = "/api/v1/reports"

    def sent(bearer: str, body: Any = TOLD, **headers: str) -> int:
        given = {"authorization": f"Bearer {bearer}", **headers}
        return int(client.post(path, json=body, headers=given).status_code)

    once = {"idempotency-key": "r-1"}
    assert [sent(key, **once), sent(key, **once), sent(other)] == [202, 202, 403]
    assert sent(key, TOLD | {"text": ""}) == 422
    assert sent(key, **{"idempotency-key": "x" * 129}) == 422
    assert len(kept(empty.stage.engine)) == 1


def test_no_answer_comes_before_its_time(empty: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that nobody measures what is asked of the database about an account that exists."""
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    monkeypatch.setattr(module, "PAUSE_S", 60.0)
    monkeypatch.setattr(module.asyncio, "sleep", sleep)
    client = empty.client()
    for form in (filled(client.get(PAGE).text), {}):
        empty.clock.now += SOONEST
        client.post(PAGE, data=form)
    assert len(waited) == 2
    assert all(0 < seconds <= 60 for seconds in waited)


def test_what_was_said_is_on_its_ticket_in_words(empty: Console) -> None:
    client = empty.client("fr")
    form = filled(client.get(PAGE).text, "fr")
    empty.clock.now += SOONEST
    client.post(PAGE, data=form)
    [ticket] = kept(empty.stage.engine)
    page = empty.signed_in("fr").get(f"/tickets/{ticket.id}").text
    assert "la page de signalement" in page
    assert "Arrivé par" in page
    assert TOLD["text"] in unescape(page)
