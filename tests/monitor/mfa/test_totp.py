"""Codes as RFC 6238 has them, one step early or late, and nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.mfa import totp

SECRET = b"12345678901234567890"
"""Of the vectors in RFC 6238, appendix B, whose codes of eight digits end in these six."""


@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (59, "287082"),
        (1_111_111_109, "081804"),
        (1_111_111_111, "050471"),
        (1_234_567_890, "005924"),
        (2_000_000_000, "279037"),
        (20_000_000_000, "353130"),
    ],
)
def test_codes_are_those_of_the_rfc(seconds: int, code: str) -> None:
    assert totp.step_of(SECRET, code, seconds * 1_000) == seconds // 30
    assert totp.code(SECRET, seconds * 1_000) == code


@pytest.mark.parametrize(
    ("late", "holds"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)]
)
def test_a_clock_may_be_off_by_one_step(late: int, holds: bool) -> None:
    now = 1_234_567_890_000
    found = totp.step_of(SECRET, "005924", now + late * totp.PERIOD_S * 1_000)
    assert (found == totp.step_at(now)) is holds


@pytest.mark.parametrize("typed", ["005 924", "005-924", " 005924 ", "005\u00a0924"])
def test_spaces_are_no_matter(typed: str) -> None:
    assert totp.step_of(SECRET, typed, 1_234_567_890_000) is not None


@pytest.mark.parametrize(
    "typed", ["", "05924", "0059240", "٠٠٥٩٢٤", "+05924", "\ud800", "0" * 9_999]
)
def test_other_things_are_no_codes(typed: str) -> None:
    assert totp.step_of(SECRET, typed, 1_234_567_890_000) is None


@given(st.text(max_size=80), st.integers(0, 2**42))
def test_whatever_is_typed_gets_an_answer(typed: str, now: int) -> None:
    step = totp.step_of(SECRET, typed, now)
    assert step is None or abs(step - totp.step_at(now)) <= totp.DRIFT


def test_a_secret_is_told_for_machines_and_for_people() -> None:
    secret = totp.new_secret()
    assert len(secret) == 20
    assert secret != totp.new_secret()
    assert totp.grouped(secret).replace(" ", "") == totp.encoded(secret)
    told = totp.address(SECRET, "amelie@atlas.example")
    assert told.startswith("otpauth://totp/Vigie:amelie%40atlas.example?secret=GEZDGNBV")
    assert "issuer=Vigie" in told
