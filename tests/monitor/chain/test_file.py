"""An export proves itself away from the database, by our means and by others'."""

import hashlib
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from monitor.chain.entry import BEGINNING, SALT_BYTES, Content, Entry, Mark, next_entry
from monitor.chain.file import MOST_LINE, AuditFileError, lines, verify
from monitor.chain.sealing import Sealer, Statement
from monitor.chain.verification import ERASE, Wrong

NOW = 1_790_000_000_000
SEALER = Sealer(b"k" * 32)

Chain = list[tuple[Entry, Content | None]]


def chain_of(count: int, after: Mark = BEGINNING) -> Chain:
    chain: Chain = []
    for at in range(count):
        one = Content(bytes([at] * SALT_BYTES), '{"name":"Zoë \\u0000"}'.encode())
        entry = next_entry(
            after,
            one,
            time=NOW,
            actor="reviewer:7",
            operation=ERASE if at == count - 1 else "accounts:write",
            subject='account:é\n"',
            tenant="acme" if at % 2 else None,
        )
        chain.append((entry, one))
        after = entry.mark
    return chain


def written(chain: Chain, **more: Any) -> list[bytes]:
    head = SEALER.seal(Statement.HEAD, chain[-1][0].mark, NOW)
    return list(lines(head, None, chain, **more))


def test_what_is_written_is_whole_when_it_is_read() -> None:
    chain = chain_of(4)
    chain[0] = chain[0][0], None
    verdict, head = verify(written(chain), SEALER.public, [])
    assert verdict.is_whole
    assert (verdict.entries, verdict.erased) == (4, 1)
    assert head.mark == chain[-1][0].mark
    assert all(line.count(b"\n") == 1 for line in written(chain))


def test_without_contents_it_is_as_whole_and_names_nobody() -> None:
    told = written(chain_of(4), contents=False)
    assert b"Zo" not in b"".join(told)
    verdict, _ = verify(told)
    assert verdict.is_whole
    assert verdict.erased == 4


def test_it_may_begin_after_a_signed_place() -> None:
    chain = chain_of(4)
    head = SEALER.seal(Statement.HEAD, chain[-1][0].mark, NOW)
    anchor = SEALER.seal(Statement.ANCHOR, chain[1][0].mark, NOW)
    verdict, _ = verify(lines(head, anchor, chain[2:]), SEALER.public)
    assert verdict.is_whole
    assert verdict.first == 3


def test_whose_key_it_must_be_can_be_said() -> None:
    told = written(chain_of(2))
    assert verify(told)[0].is_whole
    verdict, _ = verify(told, Sealer(b"o" * 32).public)
    assert {fault.wrong for fault in verdict.faults} == {Wrong.SIGNER, Wrong.HEAD}


def test_places_signed_before_can_be_asked_for() -> None:
    chain = chain_of(3)
    seal = SEALER.seal(Statement.HEAD, Mark(2, b"x" * 32), NOW)
    verdict, _ = verify(written(chain), None, [seal])
    assert {fault.wrong for fault in verdict.faults} == {Wrong.FORKED}


@given(line=st.integers(0, 4), place=st.integers(0), bit=st.integers(0, 7))
def test_no_bit_of_a_file_can_be_altered(line: int, place: int, bit: int) -> None:
    """But for one that says the same in another way."""
    told = written(chain_of(3))
    raw = bytearray(told[line])
    raw[place % (len(raw) - 1)] ^= 1 << bit
    altered = bytes(raw)
    told[line] = altered
    try:
        verdict, _ = verify(told, SEALER.public)
    except AuditFileError:
        return
    if verdict.is_whole:
        said, former = json.loads(altered), json.loads(written(chain_of(3))[line])
        unsigned = {"written": 0, "signer": ""} if line == 0 else {}
        assert _lower(said | unsigned) == _lower(former | unsigned)


def _lower(told: Any) -> Any:
    """Digits are the same in capitals."""
    if isinstance(told, dict):
        return {name: _lower(value) for name, value in told.items()}
    return told.lower() if isinstance(told, str) and len(told) in (64, 128) else told


@pytest.mark.parametrize("cut", [0, 1, 3, 5])
def test_one_that_is_cut_off_is_refused(cut: int) -> None:
    with pytest.raises(AuditFileError):
        verify(written(chain_of(4))[:cut])


def test_one_that_goes_on_behind_its_head_is_refused() -> None:
    told = written(chain_of(2))
    with pytest.raises(AuditFileError, match="behind"):
        verify([*told, told[1]])


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"{}",
        b"[" * 10_000,
        b"\xff",
        b'{"kind":"entry"}',
        b'{"kind":"audit","format":2,"written":0,"signer":""}',
        b'{"kind":"audit","format":1,"written":0,"signer":"x"}',
        b'{"kind":"audit","format":1,"written":0,"signer":"%s"}' % (b"0" * MOST_LINE),
    ],
)
def test_what_is_no_export_is_refused_with_its_line(line: bytes) -> None:
    with pytest.raises(AuditFileError, match="line 1"):
        verify([line])


@given(st.lists(st.binary(max_size=200), max_size=5), st.booleans())
def test_whatever_a_file_holds_it_is_an_answer_or_a_refusal(junk: list[bytes], ours: bool) -> None:
    told = written(chain_of(1))[:1] if ours else []
    with pytest.raises(AuditFileError):
        verify([*told, *junk])


def test_others_can_check_it_by_what_is_documented() -> None:
    """With nothing of ours: SHA-256, netstrings, Ed25519."""

    def digest(*values: Any) -> bytes:
        raw = b""
        for value in values:
            if value is None:
                raw += b"~"
                continue
            data = value if isinstance(value, bytes) else str(value).encode()
            raw += str(len(data)).encode() + b":" + data + b","
        return hashlib.sha256(raw).digest()

    _, *told, last = map(json.loads, written(chain_of(3)))
    before, number = digest("vigie audit beginning"), 0
    for entry in told:
        number += 1
        assert entry["number"] == number
        content = digest("vigie audit content", bytes.fromhex(entry["salt"]), entry["body"])
        assert content.hex() == entry["content"]
        names = ("number", "time", "actor", "operation", "subject", "tenant")
        before = digest("vigie audit entry", *(entry[name] for name in names), content, before)
        assert before.hex() == entry["digest"]
    head = last["head"]
    assert (head["number"], head["digest"]) == (number, before.hex())
    signer = bytes.fromhex(head["signer"])
    parts = [b"vigie audit", b"head", str(number).encode(), before, str(NOW).encode(), signer]
    message = b"".join(str(len(part)).encode() + b":" + part + b"," for part in parts)
    Ed25519PublicKey.from_public_bytes(signer).verify(bytes.fromhex(head["signature"]), message)
