"""A one-time code is taken once, whoever else tries at the same moment."""

from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import Engine

from monitor.store import factors
from monitor.store.factors import PASSWORD, RECOVERY, TOTP, Owner
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
        totp = factors.of(connection, ME)[0]
    engines = [databases.connect(url) for _ in range(4)]

    def step(number: int) -> bool:
        with engines[number % 4].begin() as connection:
            return factors.take_step(connection, totp.id, 7, 1)

    def code(number: int) -> bool:
        with engines[number % 4].begin() as connection:
            return factors.take_code(connection, ME, b"code", 1)

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(step, range(16))) == 1
        assert sum(pool.map(code, range(16))) == 1


def test_a_code_is_its_owners_and_good_once(database: Engine) -> None:
    with database.begin() as connection:
        factors.replace(connection, ME, RECOVERY, [b"x", b"y"], 1)
        assert not factors.take_code(connection, OTHER, b"x", 2)
        assert not factors.take_code(connection, ME, b"z", 2)
        assert factors.take_code(connection, ME, b"x", 2)
        assert not factors.take_code(connection, ME, b"x", 3)
        assert [one.last_used for one in factors.of(connection, ME)] == [2, None]


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
