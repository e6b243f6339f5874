"""What is signed can be checked by anybody who has the public key, and altered by nobody."""

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from monitor.chain.entry import Mark
from monitor.chain.sealing import Sealer, Statement

NOW = 1_790_000_000_000
SEALER = Sealer(b"k" * 32)
MARK = Mark(7, b"d" * 32)


def test_anybody_can_check_it_by_other_means() -> None:
    seal = SEALER.seal(Statement.HEAD, MARK, NOW)
    message = (
        b"11:vigie audit,4:head,1:7,32:" + b"d" * 32 + b",13:1790000000000,32:" + seal.signer + b","
    )
    Ed25519PublicKey.from_public_bytes(seal.signer).verify(seal.signature, message)
    assert seal.is_genuine()
    assert seal.mark == MARK


@pytest.mark.parametrize(
    ("field", "other"),
    [
        ("statement", Statement.ANCHOR),
        ("number", 8),
        ("digest", b"e" * 32),
        ("time", NOW + 1),
        ("signer", Sealer(b"o" * 32).public),
        ("signature", bytes(64)),
        ("signer", b""),
        ("signature", b""),
    ],
)
def test_nothing_of_it_can_be_altered(field: str, other: object) -> None:
    seal = SEALER.seal(Statement.HEAD, MARK, NOW)
    assert not msgspec.structs.replace(seal, **{field: other}).is_genuine()


def test_a_seed_is_a_key_and_another_is_another() -> None:
    assert Sealer(b"k" * 32).public == SEALER.public != Sealer(b"o" * 32).public
    with pytest.raises(ValueError, match="32"):
        Sealer(b"short")
