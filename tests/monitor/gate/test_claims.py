"""Claims name a session, or none; what is not a text or a time is not taken for one."""

from typing import Any

import pytest

from monitor.gate.claims import Names, is_for, known, time_of
from monitor.gate.known import Known

NOW = 1_800_000_000_000
NAMES = Names("sid", "sub", None, "acme")
CLAIMS: dict[str, Any] = {"sid": "s-1", "sub": "u-1", "auth_time": NOW / 1_000 - 60, "iat": 5}


def test_a_session_began_when_somebody_signed_in() -> None:
    assert known(CLAIMS, NAMES, NOW) == Known("acme", "u-1", "s-1", NOW - 60_000)


@pytest.mark.parametrize(
    ("changes", "began"),
    [
        ({"auth_time": None}, 5_000),
        ({"auth_time": True}, 5_000),
        ({"auth_time": "1"}, 5_000),
        ({"auth_time": None, "iat": None}, 0),
        ({"auth_time": NOW / 1_000 + 999}, NOW),
    ],
)
def test_else_when_this_was_issued_and_never_later_than_now(
    changes: dict[str, Any], began: int
) -> None:
    found = known({**CLAIMS, **changes}, NAMES, NOW)
    assert found is not None
    assert found.began == began


@pytest.mark.parametrize("name", ["sid", "sub"])
@pytest.mark.parametrize("value", [None, "", 7, ["s"], "x" * 2_000, "a\0b", "\ud800"])
def test_without_session_and_account_nobody_is_known(name: str, value: Any) -> None:
    assert known({**CLAIMS, name: value}, NAMES, NOW) is None


def test_claims_inside_others_are_found_by_steps() -> None:
    names = Names("sid", "ext.user", "ext.tenant", "unused")
    told = {"sid": "s", "ext": {"user": "u", "tenant": "t"}}
    assert known(told, names, NOW) == Known("t", "u", "s", 0)
    assert known({**told, "ext": "no"}, names, NOW) is None
    assert known({"sid": "s", "ext": {"user": "u"}}, names, NOW) is None


@pytest.mark.parametrize("value", [None, True, "1", 0, -1, 1e12, float("nan"), [1]])
def test_no_time_is_none(value: Any) -> None:
    assert time_of({"exp": value}, "exp") is None


@pytest.mark.parametrize(
    ("claims", "is_ours"),
    [
        ({"aud": "app"}, True),
        ({"aud": ["x", "app"]}, True),
        ({"aud": "account", "azp": "app"}, True),
        ({"client_id": "app"}, True),
        ({"aud": "application"}, False),
        ({"aud": [["app"]]}, False),
        ({}, False),
    ],
)
def test_whom_a_token_is_for(claims: dict[str, Any], is_ours: bool) -> None:
    assert is_for(claims, frozenset(("app",))) is is_ours
