"""Only what the application sealed is believed, for its time, and with its own session alone."""

import asyncio
import base64
import hmac
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.gate.cookie import LONGEST_S, Body, CookieKnower, sealed
from monitor.gate.known import Known

NOW = 1_800_000_000_000
SECRET = "0123456789abcdef0123456789abcdef"
BODY = Body("u-1", "s-1", NOW / 1_000 - 60, NOW / 1_000 + 600, "acme")
KNOWN = Known("acme", "u-1", "s-1", NOW - 60_000)


def know(line: str, bound_to: str = "", secrets: tuple[str, ...] = (SECRET,)) -> Known | None:
    knower = CookieKnower("vigie_gate", secrets, bound_to, "main", lambda: NOW)
    return asyncio.run(knower.know([(b"cookie", line.encode())]))


def cookie(secret: str = SECRET, bound: str = "", **changes: Any) -> str:
    body = Body(**{name: getattr(BODY, name) for name in Body.__struct_fields__} | changes)
    return f"vigie_gate={sealed(secret, body, bound)}"


def test_what_the_application_sealed_is_known() -> None:
    assert know(cookie()) == KNOWN
    assert know(cookie(tenant=None)) == Known("main", "u-1", "s-1", NOW - 60_000)


def test_it_can_be_made_with_nothing_but_json_base64_and_hmac() -> None:
    """As docs/mfa.md shows it."""
    told = {"account": "u-é", "session": "s-1", "began": NOW // 1_000, "until": NOW // 1_000 + 9}
    body = base64.urlsafe_b64encode(json.dumps(told).encode()).rstrip(b"=").decode()
    mac = hmac.digest(SECRET.encode(), f"vigie-gate:1.{body}.".encode(), "sha256")
    value = f"1.{body}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"
    assert know(f"vigie_gate={value}") == Known("main", "u-é", "s-1", NOW)


def test_another_secret_seals_nothing_and_the_one_before_does_while_it_is_replaced() -> None:
    other = SECRET[::-1]
    assert know(cookie(other)) is None
    assert know(cookie(other), secrets=(SECRET, other)) == KNOWN


@pytest.mark.parametrize(
    "changes",
    [
        {"until": NOW / 1_000},
        {"until": NOW / 1_000 + LONGEST_S + 1},
        {"account": ""},
        {"session": "x" * 1_025},
        # No log has these: what stands against "u\N{SYMBOL FOR NULL}1" would not be found.
        {"account": "u\0001"},
        {"tenant": "\0"},
        {"began": -1.0},
        {"began": 1e300},
    ],
)
def test_what_is_over_or_no_session_is_not_known(changes: dict[str, Any]) -> None:
    assert know(cookie(**changes)) is None


def test_a_clock_that_is_ahead_makes_no_session_newer_than_now() -> None:
    assert know(cookie(began=NOW / 1_000 + 500)) == Known("acme", "u-1", "s-1", NOW)


def test_bound_to_the_applications_session_it_goes_with_no_other() -> None:
    line = cookie(bound="mine")
    assert know(f"{line}; sid=mine", "sid") == KNOWN
    for told in (f"{line}; sid=other", line, f"{line}; sid=", f"{line}; sid=mine; sid=mine"):
        assert know(told, "sid") is None
    assert know(f"{cookie()}; sid=", "sid") is None
    assert know(f"{line}; sid=mine") is None


def test_two_such_cookies_are_none() -> None:
    assert know(f"{cookie()}; {cookie()}") is None


def test_no_part_can_be_changed() -> None:
    value = cookie().partition("=")[2]
    for at in range(len(value)):
        changed = value[:at] + ("A" if value[at] != "A" else "B") + value[at + 1 :]
        assert know(f"vigie_gate={changed}") is None, at


@settings(max_examples=80)
@given(st.text(st.characters(codec="latin-1"), max_size=60), st.sampled_from(("", "1.", "1.e30.")))
def test_whatever_is_sent_is_not_known(text: str, before: str) -> None:
    knower = CookieKnower("c", (SECRET,), "", "main", lambda: NOW)
    line = b"c=" + before.encode() + text.encode("latin-1")
    assert knower.read([(b"cookie", line)]) is None
