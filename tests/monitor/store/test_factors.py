"""A one-time code is taken once, whoever else tries at the same moment."""

from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import Engine

from monitor.store import factors
from monitor.store.factors import PASSKEY, PASSWORD, RECOVERY, TOTP, Owner
from tests.databases import Databases

ME, OTHER = Owner("reviewer", "a"), Owner("account", "a")


def test_factors_are_of_one_owner_and_one_kind_replaces_itself(database: Engine) -> None:
    with database.begin() as connection:
        factors.replace(connection, ME, PASSWORD, [b"one"], 1)
        factors.replace(connection, ME, TOTP, [b"two"], 2)
        factors.replace(connection, OTHER, PASSWORD, [b"three"], 3)
        factors.replace(connection, ME, PASSWORD, [b"four"], 4)
        mine = [(one.kind, one.secret) for one in factors.of(connection, ME)]
        assert mine == [(TOTP, b"two"), (PASSWORD, b"four")]
        factors.remove(connection, ME, TOTP)
        assert [one.kind for one in factors.of(connection, ME)] == [PASSWORD]
        factors.remove(connection, ME)
        assert factors.of(connection, ME) == []
        assert len(factors.of(connection, OTHER)) == 1


def test_a_step_is_taken_once_and_no_earlier_one_after_it(database: Engine) -> None:
    with database.begin() as connection:
        factors.replace(connection, ME, TOTP, [b"secret"], 1)
        [factor] = factors.of(connection, ME)
        assert factors.take_step(connection, factor.id, 100, 5)
        assert not factors.take_step(connection, factor.id, 100, 6)
        assert not factors.take_step(connection, factor.id, 99, 6)
        assert factors.take_step(connection, factor.id, 101, 7)
        [used] = factors.of(connection, ME)
    assert (used.step, used.last_used) == (101, 7)


def test_of_many_at_once_one_takes_the_code(databases: Databases) -> None:
    """Each with a connection of its own, as in processes that share nothing else."""
    url = databases.url()
    first = databases.connect(url)
    with first.begin() as connection:
        factors.replace(connection, ME, TOTP, [b"secret"], 1)
        factors.replace(connection, ME, RECOVERY, [b"code"], 1)
        totp, code_row = factors.of(connection, ME)
    engines = [databases.connect(url) for _ in range(4)]

    def step(number: int) -> bool:
        with engines[number % 4].begin() as connection:
            return factors.take_step(connection, totp.id, 7, 1)

    def code(number: int) -> bool:
        with engines[number % 4].begin() as connection:
            return factors.take_code(connection, code_row.id, 1)

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(step, range(16))) == 1
        assert sum(pool.map(code, range(16))) == 1


def test_a_code_is_good_once_and_nothing_else_is_one(database: Engine) -> None:
    with database.begin() as connection:
        factors.replace(connection, ME, RECOVERY, [b"x", b"y"], 1)
        factors.replace(connection, ME, TOTP, [b"z"], 1)
        first, _, other = factors.of(connection, ME)
        assert not factors.take_code(connection, other.id, 2)
        assert factors.take_code(connection, first.id, 2)
        assert not factors.take_code(connection, first.id, 3)
        assert [one.last_used for one in factors.of(connection, ME)] == [2, None, None]


def test_a_passkey_proves_what_was_asked_once_and_nothing_older(database: Engine) -> None:
    with database.begin() as connection:
        made = factors.add(
            connection, ME, PASSKEY, b"p", 1, credential=b"c" * 32, counter=0, backed_up=False
        )
        [row] = factors.of(connection, ME)
        assert row.id == made
        assert factors.take_passkey(connection, row, 50, 4, backed_up=True, now=60)
        [used] = factors.of(connection, ME)
        assert (used.step, used.counter, used.backed_up, used.last_used) == (50, 4, True, 60)
        for asked in (50, 49):
            assert not factors.take_passkey(connection, used, asked, 5, backed_up=True, now=61)
        # Somebody looked at it before it was used: the count has gone on since.
        assert not factors.take_passkey(connection, row, 70, 5, backed_up=True, now=71)
        assert factors.take_passkey(connection, used, 70, 5, backed_up=True, now=71)


def test_a_passkey_is_found_by_its_credential_among_owners_of_a_kind(database: Engine) -> None:
    account = Owner("account", "account:acme:ana", 77)
    with database.begin() as connection:
        factors.add(connection, account, PASSKEY, b"p", 1, credential=b"c" * 32)
        found = factors.by_credential(connection, "account", b"c" * 32)
        assert found is not None
        assert found[0] == account
        assert factors.by_credential(connection, "reviewer", b"c" * 32) is None
        assert factors.by_credential(connection, "account", b"d" * 32) is None
        [row] = factors.of(connection, account)
        assert int(row.called, 16) == row.id
        factors.rename(connection, row.id, "My phone")
        assert factors.of(connection, account)[0].name == "My phone"
        assert factors.drop(connection, row.id)
        assert not factors.drop(connection, row.id)


def test_a_secret_in_another_form_is_the_same_factor(database: Engine) -> None:
    with database.begin() as connection:
        factors.replace(connection, ME, PASSWORD, [b"old"], 1)
        [before] = factors.of(connection, ME)
        factors.renew(connection, before, b"new")
        factors.note_used(connection, before.id, 9)
        [after] = factors.of(connection, ME)
        assert (after.id, after.secret, after.created, after.last_used) == (before.id, b"new", 1, 9)
        # Somebody chose another password meanwhile: that one stays.
        factors.renew(connection, before, b"late")
        assert factors.of(connection, ME)[0].secret == b"new"
