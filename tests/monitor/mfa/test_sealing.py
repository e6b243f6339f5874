"""A sealed secret opens for its owner, under its key, unchanged, and not otherwise."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.mfa.sealing import NAME_BYTES, Seal, SealError, name_of, sealed_by

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


def test_what_a_named_key_seals_says_which() -> None:
    name = name_of(KEY)
    assert len(name) == NAME_BYTES
    named, plain = Seal(KEY, name), Seal(KEY)
    sealed = named.close(b"secret", "a")
    assert named.open(sealed, "a") == b"secret"
    assert (sealed_by(sealed), sealed_by(plain.close(b"secret", "a"))) == (name, b"")
    assert sealed.startswith(named.prefix)
    # The same key without its name, or with another, opens nothing of it.
    for other in (plain, Seal(KEY, name_of(b"l" * 32))):
        with pytest.raises(SealError):
            other.open(sealed, "a")


@pytest.mark.parametrize("sealed", [b"", b"\x00", b"\x02short", b"\x03" + bytes(40)])
def test_what_no_key_sealed_says_so(sealed: bytes) -> None:
    with pytest.raises(SealError):
        sealed_by(sealed)
