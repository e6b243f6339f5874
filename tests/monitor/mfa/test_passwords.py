"""A password is kept so that it cannot be read, checked whole, and never by too many at once."""

import threading
import unicodedata

import pytest
from argon2 import PasswordHasher, extract_parameters, profiles
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.mfa.passwords import AT_ONCE, MAXIMUM, BusyError, Gate, Passwords, normal

QUICK = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)


def test_hashes_are_made_as_rfc_9106_recommends() -> None:
    made = extract_parameters(Passwords().hash("quatre mots sans rapport"))
    assert made == profiles.RFC_9106_LOW_MEMORY
    assert (made.memory_cost, made.time_cost, made.parallelism) == (64 * 1024, 3, 4)


def test_two_hashes_of_one_password_differ_and_both_hold() -> None:
    passwords = Passwords(QUICK)
    one, other = passwords.hash("correct horse"), passwords.hash("correct horse")
    assert one != other
    assert passwords.matches("correct horse", one)
    assert passwords.matches("correct horse", other)
    assert not passwords.matches("Correct horse", one)


def test_nothing_of_a_long_password_is_cut_off() -> None:
    passwords = Passwords(QUICK)
    kept = passwords.hash("x" * (MAXIMUM - 1) + "a")
    assert not passwords.matches("x" * (MAXIMUM - 1) + "b", kept)


@settings(max_examples=40)
@given(st.text(max_size=40))
def test_however_a_keyboard_composes_it_is_the_same_password(text: str) -> None:
    passwords = Passwords(QUICK)
    kept = passwords.hash(unicodedata.normalize("NFD", text))
    assert passwords.matches(unicodedata.normalize("NFC", text), kept)


def test_spaces_of_every_kind_are_one_and_compatible_signs_are_not() -> None:
    assert normal("mot\u00a0de\u202fpasse") == "mot de passe"
    assert normal("ﬁ") != normal("fi")


@pytest.mark.parametrize("kept", [None, "", "no hash", "$argon2id$v=19$m=64,t=1,p=1$YQ$YQ"])
def test_where_there_is_no_hash_nothing_matches(kept: str | None) -> None:
    assert not Passwords(QUICK).matches("anything", kept)


def test_for_nobody_the_same_work_is_done() -> None:
    """Counted, not timed: an unknown name costs a verification like a known one."""

    class Counting(PasswordHasher):
        calls = 0

        def verify(self, hash: str | bytes, password: str | bytes) -> bool:  # noqa: A002
            Counting.calls += 1
            return super().verify(hash, password)

    passwords = Passwords(Counting(time_cost=1, memory_cost=64, parallelism=1))
    passwords.matches("guess", None)
    passwords.matches("guess", passwords.hash("other"))
    assert Counting.calls == 2


def test_other_parameters_are_an_outdated_hash() -> None:
    kept = Passwords(QUICK).hash("correct horse")
    assert Passwords().is_outdated(kept)
    assert not Passwords(QUICK).is_outdated(kept)


def test_only_so_many_at_once_and_only_a_few_wait() -> None:
    gate = Gate(at_once=1, waiting=0)
    with gate.passed(), pytest.raises(BusyError), gate.passed():
        pass
    with gate.passed():
        pass


def test_who_waits_too_long_is_told_and_leaves_the_gate_as_it_was() -> None:
    gate = Gate(at_once=1, waiting=1, patience=0.01)
    with gate.passed(), pytest.raises(BusyError), gate.passed():
        pass
    with gate.passed():
        pass


def test_a_flood_of_strangers_does_not_keep_known_clients_waiting() -> None:
    inside, leave = threading.Semaphore(0), threading.Event()

    class Slow(PasswordHasher):
        def verify(self, hash: str | bytes, password: str | bytes) -> bool:  # noqa: A002
            if password == b"stranger":
                inside.release()
                leave.wait(30)
            return super().verify(hash, password)

    passwords = Passwords(Slow(time_cost=1, memory_cost=64, parallelism=1))
    kept = passwords.hash("mine")
    flood = [threading.Thread(target=passwords.matches, args=("stranger", kept)) for _ in range(2)]
    for one in flood:
        one.start()
    for _ in range(AT_ONCE):
        assert inside.acquire(timeout=240)
    try:
        assert passwords.matches("mine", kept, known=True)
    finally:
        leave.set()
        for one in flood:
            one.join()
