"""What somebody proves who they are with: kept sealed, checked with the same work for everybody."""

import logging
from enum import Enum

from msgspec import Struct
from sqlalchemy import Connection

from monitor.mfa import recovery, totp
from monitor.mfa.passwords import Passwords
from monitor.mfa.sealing import SealError
from monitor.services.keyring import Keyring
from monitor.services.recovery_codes import Drawn, RecoveryCodes
from monitor.store import factors
from monitor.store.factors import PASSWORD, RECOVERY, TOTP, FactorRow, Owner

_log = logging.getLogger(__name__)
_NOBODY = b"\0" * totp.SECRET_BYTES


class Verdict(Enum):
    """What comes of a password and a code."""

    RIGHT = "right"
    WRONG_PASSWORD = "wrong_password"
    WRONG_CODE = "wrong_code"


class Held(Struct, frozen=True):
    """What somebody has: opened for this moment, and None for what they have not."""

    owner: Owner
    password: str | None = None
    password_row: FactorRow | None = None
    secret: bytes | None = None
    secret_row: FactorRow | None = None
    codes: tuple[FactorRow, ...] = ()

    @property
    def is_whole(self) -> bool:
        """Whether somebody can sign in by it."""
        return self.password is not None and self.secret is not None

    @property
    def is_by_passkey(self) -> bool:
        """Whether there is neither a password nor an authenticator: passkeys, and recovery codes
        for the day on which these are lost."""
        return self.password_row is None and self.secret_row is None and bool(self.codes)

    @property
    def codes_left(self) -> int:
        """How many recovery codes are not used."""
        return sum(row.last_used is None for row in self.codes)


class Proof(Struct, frozen=True):
    """What was shown, and what has to be used up of it before it counts: a step of one-time codes,
    or a recovery code (the id of its row)."""

    verdict: Verdict
    step: int | None = None
    code: int | None = None
    rehashed: str | None = None

    @property
    def is_right(self) -> bool:
        """Whether it is right, until somebody else has used the code."""
        return self.verdict is Verdict.RIGHT


class Credentials:
    """Of everybody. Safe to share between threads; the transactions are the caller's. Recovery
    codes are hashed as `passwords` are where those are given."""

    def __init__(self, keyring: Keyring, passwords: Passwords | None = None) -> None:
        self._keyring = keyring
        self.codes = RecoveryCodes(keyring, passwords)
        self.passwords = passwords or Passwords()

    def held(self, connection: Connection, owner: Owner) -> Held:
        """What somebody has."""
        rows = factors.of(connection, owner)
        password = next((row for row in rows if row.kind == PASSWORD), None)
        secret = next((row for row in rows if row.kind == TOTP), None)
        opened = self._opened(password, owner)
        return Held(
            owner,
            None if opened is None else opened.decode(),
            password,
            self._opened(secret, owner),
            secret,
            tuple(row for row in rows if row.kind == RECOVERY),
        )

    def set_password(self, connection: Connection, owner: Owner, hashed: str, now: int) -> None:
        """Keep a password's hash in place of the one before."""
        sealed = self._keyring.seal.close(connection, hashed.encode(), owner.reference)
        factors.replace(connection, owner, PASSWORD, [sealed], now)

    def set_second(
        self,
        connection: Connection,
        owner: Owner,
        secret: bytes,
        step: int,
        drawn: Drawn,
        now: int,
    ) -> None:
        """Keep a secret of one-time codes, of which the code of `step` was just shown, and the new
        recovery codes that go with it."""
        sealed = self._keyring.seal.close(connection, secret, owner.reference)
        factors.replace(connection, owner, TOTP, [sealed], now)
        [row] = [one for one in factors.of(connection, owner) if one.kind == TOTP]
        factors.take_step(connection, row.id, step, now)
        self.codes.keep(connection, owner, drawn, now)

    def judge(
        self, held: Held | None, password: str, code: str, now: int, *, known: bool = False
    ) -> Proof:
        """What a password and a code are worth. For nobody (None) the same work is done. Outside
        of any transaction: it takes a while. Raises BusyError."""
        kept = None if held is None else held.password
        is_right = self.passwords.matches(password, kept, known=known)
        proof = self.judge_code(held, code, now, known=known)
        if held is not None and held.is_by_passkey and not password:
            return proof
        if held is None or not is_right:
            return Proof(Verdict.WRONG_PASSWORD)
        if not proof.is_right:
            return proof
        is_old = kept is not None and self.passwords.is_outdated(kept)
        rehashed = self.passwords.hash(password) if is_old else None
        return Proof(Verdict.RIGHT, proof.step, proof.code, rehashed)

    def judge_code(self, held: Held | None, code: str, now: int, *, known: bool = False) -> Proof:
        """What a one-time or a recovery code is worth by itself. Outside of any transaction: a
        recovery code takes a while. Raises BusyError."""
        secret = None if held is None else held.secret
        step = totp.step_of(secret or _NOBODY, code, now)
        row = None
        if recovery.is_code(code):
            # Of what was typed anybody sees which it is: the same is done for everybody.
            rows, owner = ((), None) if held is None else (held.codes, held.owner)
            row = self.codes.found(rows, owner, code, known=known)
        if secret is None and (held is None or not held.is_by_passkey):
            return Proof(Verdict.WRONG_CODE)
        if step is not None and secret is not None:
            return Proof(Verdict.RIGHT, step=step)
        if row is not None:
            return Proof(Verdict.RIGHT, code=row.id)
        return Proof(Verdict.WRONG_CODE)

    def take(self, connection: Connection, held: Held, proof: Proof, now: int) -> bool:
        """Use up what was shown: False where it was used before, or where the password or the
        secret was changed since they were looked at."""
        if not proof.is_right or not self._stands(connection, held):
            return False
        if proof.step is not None and held.secret_row is not None:
            if not factors.take_step(connection, held.secret_row.id, proof.step, now):
                return False
        elif proof.code is None or not factors.take_code(connection, proof.code, now):
            return False
        if held.password_row is not None:
            factors.note_used(connection, held.password_row.id, now)
            if proof.rehashed is not None:
                hashed, owner = proof.rehashed.encode(), held.owner.reference
                sealed = self._keyring.seal.close(connection, hashed, owner)
                factors.renew(connection, held.password_row, sealed)
        return True

    def _stands(self, connection: Connection, held: Held) -> bool:
        now = {row.id for row in factors.of(connection, held.owner)}
        seen = (held.password_row, held.secret_row)
        return all(row is None or row.id in now for row in seen)

    def _opened(self, row: FactorRow | None, owner: Owner) -> bytes | None:
        if row is None:
            return None
        try:
            return self._keyring.seal.open(row.secret, owner.reference)
        except SealError as error:
            _log.error("a factor of %s: %s", owner.reference, error)
            return None
