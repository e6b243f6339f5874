"""Both have to be right, the code a new one; what is kept opens only where it belongs."""

import hmac

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine

from monitor.mfa import recovery, totp
from monitor.mfa.passwords import Passwords
from monitor.mfa.sealing import Seal
from monitor.services.credentials import Credentials, Held, Verdict
from monitor.services.factors import Factors
from monitor.services.keyring import Keyring
from monitor.store import factors
from monitor.store.factors import PASSWORD, RECOVERY, TOTP, Owner
from monitor.store.migration import upgrade
from tests.databases import Databases
from tests.monitor.services.reviewing import NOON, QUICK, House, Person

ME, OTHER = Owner("reviewer", "me"), Owner("reviewer", "other")
SECRET = b"12345678901234567890"


class Desk:
    def __init__(self, engine: Engine, pepper: bytes = b"p") -> None:
        self.engine = engine
        self.credentials = Credentials(Keyring(pepper), Passwords(QUICK))

    def held(self, owner: Owner = ME) -> Held:
        with self.engine.begin() as connection:
            return self.credentials.held(connection, owner)

    def give(self, owner: Owner = ME) -> list[str]:
        with self.engine.begin() as connection:
            self.credentials.set_password(
                connection, owner, self.credentials.passwords.hash("right"), NOON
            )
            drawn = self.credentials.codes.draw()
            step = totp.step_at(NOON) - 2
            self.credentials.set_second(connection, owner, SECRET, step, drawn, NOON)
        return list(drawn.codes)

    def take(self, password: str, code: str, now: int = NOON) -> bool:
        held = self.held()
        proof = self.credentials.judge(held, password, code, now)
        with self.engine.begin() as connection:
            return self.credentials.take(connection, held, proof, now)


@pytest.fixture
def desk(database: Engine) -> Desk:
    return Desk(database)


def code(now: int = NOON) -> str:
    house = object.__new__(House)
    house.clock = type("Clock", (), {"now": now})()
    return house.code(Person("", "", SECRET, []))


def test_both_have_to_be_right_and_a_code_is_good_once(desk: Desk) -> None:
    desk.give()
    assert not desk.take("wrong", code())
    assert not desk.take("right", "000000")
    assert desk.take("right", code())
    assert not desk.take("right", code())
    later = NOON + totp.PERIOD_S * 1_000
    assert desk.take("right", code(later), later)


def test_a_recovery_code_is_good_once_in_place_of_a_code(desk: Desk) -> None:
    codes = desk.give()
    assert desk.held().codes_left == 10
    assert desk.take("right", codes[3].lower().replace("-", " "))
    assert not desk.take("right", codes[3])
    assert desk.held().codes_left == 9


def test_of_two_who_show_one_recovery_code_one_comes_in(desk: Desk) -> None:
    codes = desk.give()
    held = desk.held()
    proofs = [desk.credentials.judge_code(held, codes[0], NOON) for _ in range(2)]
    with desk.engine.begin() as connection:
        taken = [desk.credentials.take(connection, held, proof, NOON) for proof in proofs]
    assert taken == [True, False]


def test_verdicts_tell_which_was_wrong_to_whoever_writes_the_event(desk: Desk) -> None:
    desk.give()
    judge, held = desk.credentials.judge, desk.held()
    assert judge(held, "wrong", code(), NOON).verdict is Verdict.WRONG_PASSWORD
    assert judge(held, "right", "1", NOON).verdict is Verdict.WRONG_CODE
    assert judge(None, "right", code(), NOON).verdict is Verdict.WRONG_PASSWORD
    assert judge(desk.held(OTHER), "right", code(), NOON).verdict is Verdict.WRONG_PASSWORD


def test_nothing_is_kept_as_itself(desk: Desk) -> None:
    codes = desk.give()
    with desk.engine.begin() as connection:
        kept = b"".join(row.secret for row in factors.of(connection, ME))
    for secret in (SECRET, b"argon2id", b"right", codes[0].encode()):
        assert secret not in kept


def test_a_factor_in_somebody_else_s_row_opens_for_nobody(desk: Desk) -> None:
    desk.give()
    with desk.engine.begin() as connection:
        for kind in (PASSWORD, TOTP, RECOVERY):
            mine = [row.secret for row in factors.of(connection, ME) if row.kind == kind]
            factors.replace(connection, OTHER, kind, mine, NOON)
    held = desk.held(OTHER)
    assert (held.password, held.secret) == (None, None)
    assert not held.is_whole
    assert desk.held().is_whole


def test_under_another_instance_s_key_nobody_has_anything(desk: Desk) -> None:
    desk.give()
    assert not Desk(desk.engine, b"another").held().is_whole


def test_a_hash_of_other_parameters_is_made_anew_at_the_next_sign_in(desk: Desk) -> None:
    desk.give()
    before = desk.held().password
    desk.credentials = Credentials(Keyring(b"p"), Passwords())
    assert desk.take("right", code())
    after = desk.held().password or ""
    assert after != before
    assert "m=65536" in after
    later = NOON + totp.PERIOD_S * 1_000
    assert desk.take("right", code(later), later)


def test_what_was_changed_meanwhile_lets_nobody_in(desk: Desk) -> None:
    desk.give()
    held = desk.held()
    proof = desk.credentials.judge(held, "right", code(), NOON)
    desk.give()
    with desk.engine.begin() as connection:
        assert not desk.credentials.take(connection, held, proof, NOON)


def test_what_was_set_up_in_the_version_before_holds_after_an_upgrade(databases: Databases) -> None:
    """Its rows are written by hand, as that version derived its keys."""

    def key(purpose: str) -> bytes:
        return hmac.digest(b"p", f"vigie:{purpose}".encode(), "sha256")

    codes, seal = recovery.new_codes()[:2], Seal(key("factors"))
    kept = {
        PASSWORD: [seal.close(Passwords(QUICK).hash("right").encode(), "reviewer:me")],
        TOTP: [seal.close(SECRET, "reviewer:me")],
        RECOVERY: [recovery.digest(one, key("recovery"), "reviewer:me") for one in codes],
    }
    url = databases.url(empty=True)
    upgrade(url, "0013")
    engine = databases.connect(url)
    names = ("owner_kind", "owner", "kind", "secret", "created", "step")
    former = sa.table("factors", *map(sa.column, names))
    with engine.begin() as connection:
        for kind, secrets in kept.items():
            step = totp.step_at(NOON) - 2 if kind == TOTP else None
            for secret in secrets:
                row = dict(zip(names, ("reviewer", "me", kind, secret, NOON, step), strict=True))
                connection.execute(sa.insert(former).values(row))
    upgrade(url)
    desk = Desk(engine)
    assert desk.take("right", code())
    assert not desk.take("right", code()), "a code is good once"
    assert desk.take("right", codes[0])
    assert not desk.take("right", codes[0])
    assert desk.take("right", codes[1])
    holder = Factors(engine, Keyring(b"p"), None, lambda: NOON)
    [app, rest] = holder.listed(ME)
    assert (app.kind, rest.kind, rest.left) == (TOTP, RECOVERY, 0)
