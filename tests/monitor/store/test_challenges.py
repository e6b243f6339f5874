"""Challenges are kept whole, changed only while they are held, found by what they are asked by."""

import pytest
from msgspec import structs
from sqlalchemy import Engine

from monitor.mfa import challenge as machine
from monitor.mfa.challenge import Challenge, Origin, Reason, State
from monitor.store import challenges
from monitor.store.challenges import Filter, StoredChallenge, Whence
from tests.monitor.services.challenged import ANN, NOW

WHO = (ANN.key, ANN.tenant, ANN.account)
ONE = StoredChallenge(
    handle="a" * 32,
    tenant=ANN.tenant,
    account=ANN.account,
    subject_key=ANN.key,
    reason=Reason.UNUSUAL,
    origin=Origin.API,
    challenge=Challenge(created=NOW, expires=NOW + 600_000, most=4, browser=b"b" * 32),
    language="en",
    session="s",
    measure=7,
    incident=bytes(range(16)),
    key="measure.7.0.challenge",
    return_to="https://app.example/",
    whence=Whence(NOW, "Firefox", "Linux", "Lyon", "FR"),
    shown=("x", "FR:1:2"),
    by="key:7",
    like=(b"12345678",),
)


def other(number: int, **more: object) -> StoredChallenge:
    return structs.replace(ONE, handle=f"{number:032x}", **more)


def test_it_comes_back_whole(database: Engine) -> None:
    with database.begin() as connection:
        kept = challenges.add(connection, ONE, b"d" * 32)
        assert challenges.by_handle(connection, ONE.handle, lock=True) == kept
        ended = machine.settle(machine.begin(ONE.challenge, NOW), NOW, right=True)
        after = structs.replace(kept, challenge=ended, method="totp", level=2, answered=True)
        put = challenges.put(connection, kept, after)
        assert challenges.by_handle(connection, ONE.handle) == put
        assert put.version == kept.version + 1
        assert challenges.put(connection, put, put) is put


def test_one_that_was_changed_meanwhile_is_not_written_over(database: Engine) -> None:
    with database.begin() as connection:
        kept = challenges.add(connection, ONE, b"d" * 32)
        challenges.put(connection, kept, structs.replace(kept, number=11))
        with pytest.raises(RuntimeError, match="while it was held"):
            challenges.put(connection, kept, structs.replace(kept, number=12))


def test_it_is_found_by_either_link(database: Engine) -> None:
    with database.begin() as connection:
        kept = challenges.add(connection, ONE, b"d" * 32)
        challenges.call_elsewhere(connection, kept, b"e" * 32)
        first, second = (challenges.by_digest(connection, one * 32) for one in (b"d", b"e"))
        assert first is not None
        assert second is not None
        assert (first[1], second[1]) == (False, True)
        assert challenges.by_digest(connection, b"?" * 32) is None


def test_the_open_ones_and_the_last_one_of_a_session_are_found(database: Engine) -> None:
    over = structs.replace(ONE.challenge, state=State.LOCKED, ended=NOW)
    with database.begin() as connection:
        challenges.add(connection, other(1), b"1" * 32)
        challenges.add(connection, other(2, challenge=over), b"2" * 32)
        challenges.add(connection, other(3, session="t"), b"3" * 32)
        last = challenges.of_session(connection, *WHO, "s")
        assert last is not None
        assert last.handle == other(2).handle
        found = [one.handle for one in challenges.open_of(connection, *WHO, NOW)]
        assert found == [other(1).handle, other(3).handle]
        assert challenges.open_of(connection, *WHO, ONE.challenge.expires) == []
        assert challenges.due(connection, ONE.challenge.expires, 9) == found
        assert challenges.due(connection, NOW, 9) == []


def test_pages_have_what_is_asked_for(database: Engine) -> None:
    with database.begin() as connection:
        for number in range(3):
            challenges.add(connection, other(number), bytes([number]) * 32)
        found = challenges.page(connection, Filter(tenant="acme", state=State.OPEN), None, 2)
        assert [one.handle for one in found] == [other(2).handle, other(1).handle]
        rest = challenges.page(connection, Filter(account=ANN.account), found[-1].id, 2)
        assert [one.handle for one in rest] == [other(0).handle]
        assert challenges.page(connection, Filter(tenant="other")) == []


def test_a_browser_is_known_by_what_was_passed_in_it(database: Engine) -> None:
    passed = structs.replace(ONE.challenge, state=State.PASSED, ended=NOW, phone=b"p" * 32)
    with database.begin() as connection:
        challenges.add(connection, other(1, challenge=passed), b"1" * 32)
        known = [challenges.has_passed(connection, *WHO, one * 32) for one in (b"b", b"p", b"x")]
    assert known == [True, True, False]


def test_what_was_over_long_ago_is_forgotten_and_what_is_open_is_not(database: Engine) -> None:
    over = structs.replace(ONE.challenge, state=State.DENIED, ended=NOW)
    with database.begin() as connection:
        challenges.add(connection, other(1), b"1" * 32)
        kept = challenges.add(connection, other(2, challenge=over), b"2" * 32)
        assert [one.id for one in challenges.unanswered(connection, NOW - 1, 9)] == [kept.id]
        assert challenges.unanswered(connection, NOW, 9) == []
        assert challenges.passed_for(connection, 7) == (0, NOW)
        assert challenges.over(connection, NOW + 1) == 1
        assert challenges.forget(connection, NOW + 1, 9) == 1
        assert challenges.by_handle(connection, other(1).handle) is not None
