"""Webhooks are signed as the specification has it, the same at every attempt, and say no secret."""

import base64
import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from standardwebhooks.webhooks import Webhook

from alerts.egress.client import Answer as EgressAnswer
from alerts.ports import Action, Receipt, RefusedError, Responder, RetryError
from alerts.responders.kind import TermsError, read_terms
from alerts.responders.surroundings import Surroundings
from alerts.responders.webhook import (
    Terms,
    _receipt,
    identifier_of,
    message,
    open_responder,
)
from monitor.clock import now_ms
from tests.alerts.responders.contract import NOW, around, order
from tests.alerts.responders.farside import Answer, FarSide, far_side

SECRET = f"whsec_{base64.b64encode(b'a' * 24).decode()}"
FORMER = f"whsec_{base64.b64encode(b'b' * 64).decode()}"


def opened(url: str, given: Surroundings | None = None, **more: Any) -> Responder:
    terms = Terms(kind="webhook", url=url, secret=SECRET, actions=frozenset({Action.TELL}), **more)
    return open_responder("hook", terms, given or around(now=now_ms))


def deliver(side: FarSide, **more: Any) -> Receipt:
    responder = opened(side.address, **more)
    try:
        return responder.deliver(order(Action.DISABLE, until=NOW + 1))
    finally:
        responder.close()


def test_a_receiver_that_knows_only_the_specification_verifies_it() -> None:
    with far_side() as side:
        deliver(side, former_secret=FORMER, token="t0ken")
        request = side.requests[0]
    for secret in (SECRET, FORMER):
        told = Webhook(secret).verify(request.body, request.headers)
        assert told["type"] == "account.disable"
    assert request.headers["authorization"] == "Bearer t0ken"
    assert told["timestamp"] == "2027-01-15T08:00:00.000Z"
    assert told["data"]["until"] == "2027-01-15T08:00:00.001Z"
    assert told["data"]["target"]["account"] == "u-1"
    assert "template" not in told["data"]  # what is empty is left out
    assert "key" not in told["data"]


def test_the_same_order_is_the_same_message_at_every_attempt() -> None:
    at = now_ms()
    clock = iter((at, at + 60_000))
    with far_side() as side:
        responder = opened(side.address, around(now=lambda: next(clock)))
        for _ in range(2):
            responder.deliver(order(Action.TELL, account=None))
        responder.close()
        first, second = side.requests
    assert first.body == second.body
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    # Receivers refuse what was signed long ago: each attempt has its own time.
    assert first.headers["webhook-timestamp"] != second.headers["webhook-timestamp"]


@examples(max_examples=60)
@given(st.text(max_size=80), st.dictionaries(st.text(max_size=9), st.text(max_size=30), max_size=3))
def test_whatever_an_order_holds_is_a_message_with_an_id_that_headers_can_bear(
    key: str, values: dict[str, str]
) -> None:
    given_ = order(Action.TELL, account=None, key=key, values=values)
    assert json.loads(message(given_))["data"].get("values", {}) == values
    identifier = identifier_of(given_)
    assert identifier.isascii()
    assert identifier.replace("_", "").isalnum()


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (204, None),
        (400, RefusedError),
        (401, RetryError),
        (403, RetryError),
        (404, RetryError),
        (410, RefusedError),
        (422, RefusedError),
        (429, RetryError),
        (500, RetryError),
        (302, RefusedError),
    ],
)
def test_what_an_answer_means(status: int, error: type[Exception] | None) -> None:
    with far_side() as side:
        headers = (("Location", "http://127.0.0.2/"), ("Retry-After", "9"))
        side.behave = lambda _: Answer(status, b"", headers)
        if error is None:
            assert deliver(side).detail == f"HTTP {status}"
            return
        with pytest.raises(error) as caught:
            deliver(side)
    if isinstance(caught.value, RetryError):
        assert caught.value.after_s == 9


@pytest.mark.parametrize(
    ("body", "receipt"),
    [
        (b'{"reference":"J-1","detail":"locked"}', ("J-1", "HTTP 200: locked")),
        (b'{"reference":3,"detail":["x"]}', ("", "HTTP 200")),
        (b'{"detail":"a\\nb\\u001b[31m"}', ("", "HTTP 200: a b [31m")),
        (b"[" * 5_000, ("", "HTTP 200")),
        (b"\xff\xfe", ("", "HTTP 200")),
        (b"ok", ("", "HTTP 200")),
        (b"x" * (2 << 20), ("", "HTTP 200")),
    ],
)
def test_what_an_endpoint_says_of_itself_is_kept_short_and_plain(
    body: bytes, receipt: tuple[str, str]
) -> None:
    with far_side() as side:
        side.behave = lambda _: Answer(200, body)
        told = deliver(side)
    assert (told.reference, told.detail) == receipt


@examples(max_examples=100)
@given(
    st.binary(max_size=200)
    | st.dictionaries(st.sampled_from(["reference", "detail", "x"]), st.text(max_size=300)).map(
        lambda told: json.dumps(told).encode()
    )
)
def test_whatever_an_endpoint_answers_is_a_receipt_on_one_plain_line(body: bytes) -> None:
    told = _receipt(EgressAnswer(200, {}, body))
    assert told.detail.startswith("HTTP 200")
    for text in (told.detail, told.reference):
        assert text.isprintable()
        assert len(text) <= 220


def test_an_address_that_is_not_allowed_is_refused_without_its_path() -> None:
    with far_side() as side:
        walled = Surroundings(now=now_ms)
        with pytest.raises(RefusedError, match="allow") as caught:
            opened(f"{side.address}/s3cret-path", walled).deliver(order(Action.TELL, None))
        assert side.requests == []
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"actions": []}, "actions"),
        ({"url": ""}, "url"),
        ({"secret": "whsec_short"}, "secret"),
        ({"secret": "whsec_" + base64.b64encode(b"x" * 23).decode()}, "secret"),
        ({"former_secret": "***"}, "former_secret"),
        ({"token": "two\nlines"}, "token"),
        ({"secret": 3}, "secret"),
        ({"colour": "red"}, "colour: no such setting"),
        ({"secrt": "whsec_short"}, "did you mean secret"),
        ({"url": "nothing"}, "url: expected an address"),
        ({"url": "http://siem.example/hook"}, "url: .* unencrypted"),
        ({"url": "https://siem.example/hook?a=b"}, "url: .* query"),
        ({"ca": "no certificate"}, "ca: expected certificates"),
    ],
)
def test_settings_that_cannot_be_are_refused_without_telling_the_secret(
    change: dict[str, Any], why: str
) -> None:
    table = {
        "kind": "webhook",
        "url": "https://siem.example/hook",
        "secret": SECRET,
        "actions": ["tell"],
    }
    assert read_terms(table).actions == {Action.TELL}
    with pytest.raises(TermsError, match=why) as caught:
        read_terms({**table, **change})
    for secret in (SECRET, "short", "***"):
        assert secret not in str(caught.value)


def test_an_address_that_is_none_is_said_when_it_is_opened() -> None:
    with pytest.raises(ValueError, match="unencrypted"):
        opened("http://siem.example/hook")


def test_everything_sent_is_plain_json() -> None:
    told = msgspec.json.decode(message(order(Action.REVOKE)))
    assert set(told) == {"type", "timestamp", "data"}
    assert told["data"]["aup"] == ["6"]


def test_half_a_character_of_a_log_is_refused_and_not_tried_again() -> None:
    responder = opened("https://siem.example/hook")
    with pytest.raises(RefusedError, match="no text"):
        responder.deliver(order(Action.DISABLE, account="u\ud800"))
