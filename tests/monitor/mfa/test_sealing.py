"""A sealed secret opens for its owner, under its key, unchanged, and not otherwise."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.mfa.sealing import Seal, SealError

KEY = b"k" * 32


@given(st.binary(max_size=200), st.text(max_size=40))
def test_what_is_sealed_opens_again(secret: bytes, owner: str) -> None:
    seal = Seal(KEY)
    try:
        owner.encode()
    except UnicodeEncodeError:
        return
    assert seal.open(seal.close(secret, owner), owner) == secret


def test_sealed_twice_it_looks_different() -> None:
    seal = Seal(KEY)
    assert seal.close(b"secret", "a") != seal.close(b"secret", "a")


def test_another_owner_another_key_or_a_change_open_nothing() -> None:
    sealed = Seal(KEY).close(b"secret", "reviewer:a")
    with pytest.raises(SealError):
        Seal(KEY).open(sealed, "reviewer:b")
    with pytest.raises(SealError):
        Seal(b"l" * 32).open(sealed, "reviewer:a")
    for at in range(len(sealed)):
        changed = bytearray(sealed)
        changed[at] ^= 1
        with pytest.raises(SealError):
            Seal(KEY).open(bytes(changed), "reviewer:a")


@given(st.binary(max_size=80))
def test_other_bytes_are_no_secret(sealed: bytes) -> None:
    with pytest.raises(SealError):
        Seal(KEY).open(sealed, "reviewer:a")
