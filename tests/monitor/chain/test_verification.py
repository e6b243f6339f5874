"""Whatever is altered, taken, added or moved is told; what is erased lawfully is told as erased."""

import random
from collections.abc import Sequence
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.chain.entry import BEGINNING, SALT_BYTES, Content, Entry, Mark, next_entry
from monitor.chain.sealing import Seal, Sealer, Statement
from monitor.chain.verification import (
    ERASE,
    MOST_FAULTS,
    Verdict,
    Verifier,
    Wrong,
    naming,
    numbers_in,
)

NOW = 1_790_000_000_000
SEALER = Sealer(b"k" * 32)
OTHER = Sealer(b"o" * 32)

Chain = list[tuple[Entry, Content | None]]


def content(number: int) -> Content:
    return Content(number.to_bytes(SALT_BYTES, "big"), b'{"n":%d}' % number)


def made(*subjects: str, after: Mark = BEGINNING, erasing: Sequence[int] = ()) -> Chain:
    """A chain of entries on these subjects; those at `erasing` say that one was erased."""
    chain: Chain = []
    for at, subject in enumerate(subjects):
        one = content(after.number + 1)
        entry = next_entry(
            after,
            one,
            time=NOW + at,
            actor="reviewer:7",
            operation=ERASE if at in erasing else "accounts:write",
            subject=subject,
        )
        chain.append((entry, one))
        after = entry.mark
    return chain


def chain_of(count: int) -> Chain:
    return made(*(f"account:{at}" for at in range(count)))


def verify(
    chain: Chain,
    *,
    head: Mark | Seal | None = None,
    anchor: Seal | None = None,
    seals: Sequence[Seal] = (),
) -> Verdict:
    verifier = Verifier(SEALER.public, anchor, seals)
    for entry, one in chain:
        verifier.look(entry, one)
    if head is None:
        head = chain[-1][0].mark if chain else BEGINNING
    return verifier.end(head)


def wrong(verdict: Verdict) -> set[Wrong]:
    assert verdict.is_whole == (verdict.count == 0) == (not verdict.faults)
    return {fault.wrong for fault in verdict.faults}


def head_of(chain: Chain) -> Seal:
    return SEALER.seal(Statement.HEAD, chain[-1][0].mark, NOW)


def relinked(chain: Chain, at: int) -> Chain:
    """The chain with all digests from `at` on reckoned anew, as a forger does."""
    forged = chain[:at]
    before = forged[-1][0].mark if forged else BEGINNING
    for entry, one in chain[at:]:
        again = next_entry(
            before,
            one or Content(b"", b""),
            time=entry.time,
            actor=entry.actor,
            operation=entry.operation,
            subject=entry.subject,
            tenant=entry.tenant,
        )
        forged.append((again, one))
        before = again.mark
    return forged


def test_a_chain_as_it_was_written_is_whole() -> None:
    chain = chain_of(5)
    verdict = verify(chain, seals=[head_of(chain[:3]), head_of(chain)])
    assert wrong(verdict) == set()
    assert (verdict.entries, verdict.first, verdict.head) == (5, 1, chain[-1][0].mark)
    assert (verdict.erased, verdict.held) == (0, 2)
    assert verdict.latest is not None
    assert verdict.latest.number == 5


def test_nothing_is_a_whole_chain() -> None:
    assert wrong(verify([])) == set()
    assert verify([]).head == BEGINNING


@pytest.mark.parametrize("name", [n for n in Entry.__struct_fields__ if n != "tenant"])
@given(at=st.integers(0, 4), bit=st.integers(0, 7), byte=st.integers(0, 31))
def test_any_bit_of_any_field_that_is_altered_is_told(
    name: str, at: int, bit: int, byte: int
) -> None:
    chain = chain_of(5)
    entry, one = chain[at]
    value: Any = getattr(entry, name)
    if isinstance(value, int):
        other: Any = value ^ (1 << (bit + 8 * (byte % 4)))
    elif isinstance(value, bytes):
        other = bytes(b ^ (1 << bit) if i == byte else b for i, b in enumerate(value))
    else:
        cut = byte % len(value)
        other = value[:cut] + chr(ord(value[cut]) ^ (1 << bit)) + value[cut + 1 :]
    chain[at] = msgspec.structs.replace(entry, **{name: other}), one
    head = chain_of(5)[-1][0].mark
    assert not verify(chain, head=head).is_whole


@pytest.mark.parametrize("tenant", ["", "acme"])
def test_a_tenant_that_is_put_in_is_told(tenant: str) -> None:
    chain = chain_of(3)
    chain[1] = msgspec.structs.replace(chain[1][0], tenant=tenant), chain[1][1]
    assert wrong(verify(chain)) == {Wrong.ALTERED}


@given(at=st.integers(0, 4), bit=st.integers(0, 7), byte=st.integers(0, 31), salts=st.booleans())
def test_any_bit_of_content_or_salt_that_is_altered_is_told(
    at: int, bit: int, byte: int, salts: bool
) -> None:
    chain = chain_of(5)
    entry, one = chain[at]
    assert one is not None
    value = one.salt if salts else one.body
    byte %= len(value)
    other = bytes(b ^ (1 << bit) if i == byte else b for i, b in enumerate(value))
    chain[at] = entry, msgspec.structs.replace(one, **{"salt" if salts else "body": other})
    assert wrong(verify(chain)) == {Wrong.CONTENT}


@pytest.mark.parametrize("salt", [b"", bytes(31), bytes(33), bytes(SALT_BYTES)])
def test_another_salt_is_told(salt: bytes) -> None:
    chain = chain_of(3)
    entry, one = chain[1]
    assert one is not None
    chain[1] = entry, Content(salt, one.body)
    assert wrong(verify(chain)) == {Wrong.CONTENT}


def test_one_that_is_salted_anew_and_reckoned_again_does_not_fit_those_behind() -> None:
    chain = chain_of(4)
    entry, _ = chain[1]
    other = Content(b"s" * SALT_BYTES, b'{"n":"forged"}')
    changed = msgspec.structs.replace(entry, content=other.digest)
    chain[1] = msgspec.structs.replace(changed, digest=changed.reckoned()), other
    assert wrong(verify(chain)) == {Wrong.PREVIOUS}


def test_one_that_is_dropped_from_the_middle_is_told() -> None:
    chain = chain_of(5)
    del chain[2]
    assert wrong(verify(chain)) == {Wrong.NUMBER, Wrong.PREVIOUS}


def test_the_first_that_is_dropped_is_told() -> None:
    assert wrong(verify(chain_of(5)[1:])) == {Wrong.NUMBER, Wrong.PREVIOUS}


def test_the_last_that_is_dropped_is_told_by_the_head() -> None:
    chain = chain_of(5)
    assert wrong(verify(chain[:-1], head=chain[-1][0].mark)) == {Wrong.HEAD}


def test_the_last_that_is_dropped_with_the_head_is_told_by_a_signed_place_outside() -> None:
    chain = chain_of(5)
    verdict = verify(chain[:-1], seals=[head_of(chain)])
    assert wrong(verdict) == {Wrong.CUT}
    assert verdict.faults[0].number == 5


def test_the_last_that_nobody_signed_can_be_dropped_with_the_head() -> None:
    """What this cannot prove: it is told in the documentation."""
    chain = chain_of(5)
    assert verify(chain[:-1], seals=[head_of(chain[:-1])]).is_whole


@given(st.permutations(range(5)))
def test_another_order_is_told(order: list[int]) -> None:
    chain = chain_of(5)
    moved = [chain[at] for at in order]
    assert verify(moved, head=chain[-1][0].mark).is_whole == (order == sorted(order))


def test_one_that_stands_twice_or_was_put_in_is_told() -> None:
    chain = chain_of(4)
    assert not verify([*chain[:2], *chain[1:]]).is_whole
    put_in = made("account:forged", after=chain[1][0].mark)
    assert wrong(verify([*chain[:2], *put_in, *chain[2:]])) == {Wrong.NUMBER, Wrong.PREVIOUS}


@given(at=st.integers(0, 4))
def test_a_forger_who_reckons_everything_anew_cannot_come_to_a_signed_place(at: int) -> None:
    chain = chain_of(5)
    entry, one = chain[at]
    chain[at] = msgspec.structs.replace(entry, actor="reviewer:8"), one
    forged = relinked(chain, at)
    assert wrong(verify(forged, head=chain_of(5)[-1][0].mark)) == {Wrong.HEAD}
    assert wrong(verify(forged, seals=[head_of(chain_of(5))])) == {Wrong.FORKED}


def test_a_forger_signs_with_another_key_or_with_none() -> None:
    chain = chain_of(3)
    foreign = OTHER.seal(Statement.HEAD, chain[-1][0].mark, NOW)
    assert wrong(verify(chain, head=foreign)) == {Wrong.SIGNER, Wrong.HEAD}
    unsigned = msgspec.structs.replace(head_of(chain), signature=bytes(64))
    assert wrong(verify(chain, head=unsigned)) == {Wrong.SIGNATURE, Wrong.HEAD}
    assert wrong(verify(chain, seals=[unsigned])) == {Wrong.SIGNATURE}
    anchored = SEALER.seal(Statement.ANCHOR, chain[-1][0].mark, NOW)
    assert wrong(verify(chain, head=anchored)) == {Wrong.HEAD}


def test_places_that_a_former_key_signed_are_counted_and_hold_nothing() -> None:
    chain = chain_of(3)
    verdict = verify(chain, seals=[OTHER.seal(Statement.HEAD, Mark(2, b"x" * 32), NOW)])
    assert verdict.is_whole
    assert (verdict.former, verdict.held) == (1, 0)


def test_what_retention_took_is_vouched_for_by_a_signature() -> None:
    chain = chain_of(5)
    anchor = SEALER.seal(Statement.ANCHOR, chain[1][0].mark, NOW)
    verdict = verify(chain[2:], anchor=anchor, seals=[head_of(chain[:1]), head_of(chain[:2])])
    assert wrong(verdict) == set()
    assert verdict.first == 3
    assert wrong(verify([], anchor=anchor, head=anchor.mark)) == set()


@pytest.mark.parametrize(
    ("anchor", "found"),
    [
        (OTHER.seal(Statement.ANCHOR, Mark(2, b"d" * 32), NOW), Wrong.SIGNER),
        (SEALER.seal(Statement.HEAD, Mark(2, b"d" * 32), NOW), Wrong.ANCHOR),
        (
            msgspec.structs.replace(
                SEALER.seal(Statement.ANCHOR, Mark(2, b"d" * 32), NOW), signature=b""
            ),
            Wrong.SIGNATURE,
        ),
    ],
)
def test_a_beginning_that_nobody_signed_for_is_told(anchor: Seal, found: Wrong) -> None:
    chain = made("account:a", after=anchor.mark)
    assert found in wrong(verify(chain, anchor=anchor))


def test_a_beginning_that_is_another_than_the_one_outside_is_told() -> None:
    chain = chain_of(3)
    anchor = SEALER.seal(Statement.ANCHOR, Mark(2, b"x" * 32), NOW)
    verdict = verify(made("a", after=anchor.mark), anchor=anchor, seals=[head_of(chain[:2])])
    assert wrong(verdict) == {Wrong.FORKED}


def test_content_that_is_erased_is_told_as_erased_and_the_chain_holds() -> None:
    chain = made("account:a", "account:b", "account:a", "account:a", erasing=[3])
    for at in (0, 2):
        chain[at] = chain[at][0], None
    verdict = verify(chain)
    assert verdict.is_whole
    assert verdict.erased == 2


def test_an_erasure_may_be_erased_by_the_next() -> None:
    chain = made("account:a", "account:a", "account:a", erasing=[1, 2])
    chain[0], chain[1] = (chain[0][0], None), (chain[1][0], None)
    assert verify(chain).is_whole
    chain[2] = chain[2][0], None
    assert wrong(verify(chain)) == {Wrong.MISSING}


def test_content_that_is_gone_without_a_word_is_told() -> None:
    chain = made("account:a", "account:b", "account:b", erasing=[2])
    chain[0] = chain[0][0], None
    verdict = verify(chain)
    assert wrong(verdict) == {Wrong.MISSING}
    assert [fault.number for fault in verdict.faults] == [1]


def test_an_erasure_says_nothing_of_what_came_after_it() -> None:
    chain = made("account:a", "account:a", erasing=[0])
    chain[1] = chain[1][0], None
    assert wrong(verify(chain)) == {Wrong.MISSING}


def test_what_was_lost_when_a_backup_was_restored_is_told_and_no_fault() -> None:
    chain = chain_of(5)
    back = chain[:3]
    restored = SEALER.seal(Statement.RESTORED, back[-1][0].mark, NOW)
    after = back + made("database", "account:z", "account:y", after=back[-1][0].mark)
    seals = [head_of(chain[:2]), head_of(chain), restored, head_of(after[:5])]
    verdict = verify(after, seals=seals)
    assert verdict.is_whole
    assert verdict.lost == [(4, 5)]
    without = verify(after, seals=[head_of(chain)])
    assert wrong(without) == {Wrong.FORKED}
    assert wrong(verify(back, seals=[head_of(chain)])) == {Wrong.CUT}


def test_two_signed_places_that_contradict_each_other_are_told() -> None:
    chain = chain_of(2)
    other = SEALER.seal(Statement.HEAD, Mark(2, b"x" * 32), NOW)
    assert wrong(verify(chain, seals=[head_of(chain), other])) == {Wrong.FORKED}


def test_faults_are_told_up_to_a_number_and_counted_beyond() -> None:
    chain = chain_of(2 * MOST_FAULTS)
    chain = [(msgspec.structs.replace(entry, actor="x"), one) for entry, one in chain]
    verdict = verify(chain)
    assert (len(verdict.faults), verdict.count) == (MOST_FAULTS, 2 * MOST_FAULTS)


@given(st.randoms(use_true_random=False), st.integers(2, 12))
def test_any_tampering_at_all_is_told(chance: random.Random, length: int) -> None:
    """Some rows of what a forger has are put, taken, moved or altered: the verdict knows."""
    chain = chain_of(length)
    known = list(chain)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(chain) or 1)
        act = chance.randrange(4)
        if act == 0 and chain:
            del chain[at]
        elif act == 1:
            chain.insert(at, chance.choice(known))
        elif act == 2 and chain:
            chain.insert(chance.randrange(len(chain)), chain.pop(at))
        elif chain:
            entry, one = chain[at]
            name, value = chance.choice(
                [("time", entry.time + 1), ("subject", "x"), ("digest", bytes(32))]
            )
            chain[at] = msgspec.structs.replace(entry, **{name: value}), one
    assert verify(chain, head=known[-1][0].mark).is_whole == (chain == known)


def test_content_of_some_entries_may_be_erased_by_their_numbers() -> None:
    chain = made("a", "b", "a", "b", "audit:1-2,4", erasing=[4])
    for at in (0, 1, 3):
        chain[at] = chain[at][0], None
    verdict = verify(chain)
    assert verdict.is_whole
    assert verdict.erased == 3
    chain[2] = chain[2][0], None
    assert [fault.number for fault in verify(chain).faults] == [3]


def test_numbers_that_are_named_explain_nothing_that_comes_later() -> None:
    chain = made("audit:1-9999999", "a", erasing=[0])
    chain[1] = chain[1][0], None
    assert wrong(verify(chain)) == {Wrong.MISSING}


@given(st.sets(st.integers(1, 10**9) | st.integers(1, 300), max_size=300))
def test_numbers_are_named_in_subjects_of_bounded_length(numbers: set[int]) -> None:
    subjects = list(naming(numbers))
    assert all(len(subject) < 1_000 for subject in subjects)
    found = [n for one in subjects for a, b in numbers_in(one) for n in range(a, b + 1)]
    assert found == sorted(numbers)


@pytest.mark.parametrize(
    "subject",
    ["account:1", "audit", "audit:", "audit:x", "audit:1-x", "audit:1,,2", "audit:" + "9" * 30],
)
def test_a_subject_that_names_no_numbers_names_none(subject: str) -> None:
    assert numbers_in(subject) == []
