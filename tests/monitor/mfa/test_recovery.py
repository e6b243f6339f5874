"""Ten codes that cannot be guessed, read however they are typed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.mfa import recovery


def test_ten_codes_that_all_differ() -> None:
    codes = recovery.new_codes()
    assert len(set(codes)) == recovery.COUNT == 10
    assert all(recovery.is_code(code) for code in codes)
    assert {len(code) for code in codes} == {19}
    # One try costs one hash: each is found by how it begins.
    assert len({recovery.selector(code) for code in codes}) == recovery.COUNT
    for code in codes:
        assert recovery.selector(code) + recovery.secret_part(code) == recovery.cleaned(code)
        assert len(recovery.secret_part(code)) * 5 == 60


@pytest.mark.parametrize("typed", ["0123-4567-89AB-CDEF", "o12345678 9abcdef", "OI23456789ABCDEF"])
def test_a_code_is_read_as_it_is_meant(typed: str) -> None:
    key, owner = b"k" * 32, "reviewer:a"
    wanted = recovery.digest("0123456789ABCDEF", key, owner)
    assert recovery.is_code(typed)
    assert recovery.digest(typed, key, owner) == wanted


def test_a_digest_of_before_is_of_one_owner_and_one_key() -> None:
    code = recovery.new_codes()[0]
    made = {recovery.digest(code, key, who) for key in (b"a", b"b") for who in ("x", "y")}
    assert len(made) == 4


@given(st.text(max_size=80))
def test_whatever_is_typed_gets_an_answer(typed: str) -> None:
    recovery.is_code(typed)
    assert len(recovery.digest(typed, b"k", "reviewer:a")) == 32
