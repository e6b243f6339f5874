"""Ten codes, each found with one hash, good once; those of before hold until they are used."""

import pytest
from sqlalchemy import Engine

from monitor.mfa import recovery
from monitor.mfa.passwords import Passwords
from monitor.services.keyring import Keyring
from monitor.services.recovery_codes import RecoveryCodes
from monitor.store import factors
from monitor.store.factors import RECOVERY, FactorRow, Owner
from tests.monitor.services.reviewing import NOON, QUICK

ME, OTHER = Owner("account", "account:acme:ana", 7), Owner("account", "account:acme:bob", 8)


class Counting(Passwords):
    """Counts what is hashed for a try."""

    tries = 0

    def matches(self, password: str, kept: str | None, *, known: bool = False) -> bool:
        self.tries += 1
        return super().matches(password, kept, known=known)


class Desk:
    def __init__(self, engine: Engine) -> None:
        self.engine, self.hashes, self.keyring = engine, Counting(QUICK), Keyring(b"p")
        self.codes = RecoveryCodes(self.keyring, self.hashes)

    def give(self, owner: Owner = ME) -> tuple[str, ...]:
        drawn = self.codes.draw()
        with self.engine.begin() as connection:
            self.codes.keep(connection, owner, drawn, NOON)
        return drawn.codes

    def rows(self, owner: Owner = ME) -> list[FactorRow]:
        with self.engine.begin() as connection:
            return factors.of(connection, owner)


@pytest.fixture
def desk(database: Engine) -> Desk:
    return Desk(database)


def test_every_try_costs_one_hash_whoever_makes_it(desk: Desk) -> None:
    codes = desk.give()
    wrong_end = codes[0][:4] + "-0000-0000-0000"
    tries = [(codes[0], ME), (wrong_end, ME), ("0" * 16, ME), (codes[0], OTHER), (codes[0], None)]
    for number, (code, owner) in enumerate(tries, 1):
        rows = [] if owner is None else desk.rows(owner)
        found = desk.codes.found(rows, owner, code)
        assert (found is not None) is (number == 1)
        assert desk.hashes.tries == number


def test_a_code_is_found_however_it_is_typed_until_it_is_used(desk: Desk) -> None:
    codes = desk.give()
    found = desk.codes.found(desk.rows(), ME, f" {codes[4].lower().replace('-', ' ')}")
    assert found is not None
    assert found.selector == recovery.selector(codes[4])
    with desk.engine.begin() as connection:
        assert factors.take_code(connection, found.id, NOON)
    assert desk.codes.found(desk.rows(), ME, codes[4]) is None


def test_new_ones_void_those_before_and_one_name_stands_for_all(desk: Desk) -> None:
    before, after = desk.give(), desk.give()
    rows = desk.rows()
    assert len(rows) == recovery.COUNT
    assert [row.handle is not None for row in rows] == [True] + [False] * 9
    assert desk.codes.found(rows, ME, before[0]) is None
    assert desk.codes.found(rows, ME, after[0]) is not None


def test_nothing_kept_tells_a_code(desk: Desk) -> None:
    codes = desk.give()
    kept = b"".join(row.secret for row in desk.rows())
    assert b"argon2id" not in kept
    assert not any(recovery.secret_part(code).encode() in kept for code in codes)
    # In another's row it opens for nobody.
    with desk.engine.begin() as connection:
        for row in factors.of(connection, ME):
            factors.add(connection, OTHER, RECOVERY, row.secret, NOON, selector=row.selector)
    assert desk.codes.found(desk.rows(OTHER), OTHER, codes[0]) is None


def test_those_that_were_kept_as_digests_still_hold(desk: Desk) -> None:
    code = recovery.new_codes()[0]
    digest = recovery.digest(code, desk.keyring.recovery, ME.reference)
    with desk.engine.begin() as connection:
        factors.replace(connection, ME, RECOVERY, [digest], NOON)
    found = desk.codes.found(desk.rows(), ME, code)
    assert found is not None
    assert desk.codes.found(desk.rows(), ME, recovery.new_codes()[0]) is None
    assert desk.codes.found(desk.rows(), OTHER, code) is None
