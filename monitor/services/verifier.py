"""What somebody shows, judged and used up: one try, one answer, the same work for nobody.

Codes are good once, of however many requests at once; a passkey's answer only for what was asked,
and for nothing that was asked before it (WebAuthn Level 3, NIST SP 800-63B-4).
"""

import hashlib
import logging
import secrets
from collections.abc import Callable
from typing import Final

import msgspec
from sqlalchemy import Engine

from monitor.clock import now_ms
from monitor.mfa import passkeys, recovery, totp
from monitor.mfa.passkeys import CHALLENGE_BYTES, Passkey, PasskeyError, RelyingParty, Said
from monitor.mfa.sealing import SealError
from monitor.services.ceremonies import Ceremonies, Ceremony, Purpose
from monitor.services.factor_changes import Deed, FactorChanges
from monitor.services.keyring import Keyring
from monitor.services.proof import Level, Method, Offer, Proved, Shown
from monitor.services.recovery_codes import RecoveryCodes
from monitor.store import factors
from monitor.store.connection import reading
from monitor.store.factors import ACCOUNT, PASSKEY, TOTP, FactorRow, Owner

MOST_TOTP: Final = 3
"""Secrets of one-time codes that somebody may have."""
NOBODY: Final = Owner(ACCOUNT, "")
_NO_SECRET: Final = b"\0" * totp.SECRET_BYTES
_NO_PASSKEY: Final = Passkey(
    b"",
    # A point of P-256 (its generator): what is checked with it counts for nobody.
    bytes.fromhex(
        "a5010203262001215820"
        "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296225820"
        "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"
    ),
    b"",
    "",
)

_log = logging.getLogger(__name__)


class Verifier:
    """Of one database. Safe to share between threads; `now` gives ms since 1970 UTC."""

    def __init__(
        self,
        engine: Engine,
        keyring: Keyring,
        changes: FactorChanges,
        codes: RecoveryCodes,
        now: Callable[[], int] = now_ms,
    ) -> None:
        self._engine = engine
        self._reading = reading(engine)
        self._seal = keyring.seal
        self._ceremonies = Ceremonies(keyring, now)
        self._changes = changes
        self._codes = codes
        self._now = now

    def ask(self, party: RelyingParty, owner: Owner | None, kind: str) -> Offer:
        """Ask for a proof by one of somebody's passkeys, by any of this kind of owner for None."""
        known = [] if owner is None else self.passkeys(owner)
        ceremony = Ceremony(secrets.token_bytes(CHALLENGE_BYTES), self._now())
        state = self._ceremonies.seal(Purpose.PROVE, _whose(owner, kind), ceremony)
        return Offer(passkeys.request(party, ceremony.secret, known), state)

    def passkeys(self, owner: Owner) -> list[Passkey]:
        """Somebody's passkeys, opened."""
        with self._reading.connect() as connection:
            rows = factors.of(connection, owner)
        opened = (self._passkey(row, owner) for row in rows if row.kind == PASSKEY)
        return [one for one in opened if one is not None]

    def by_passkey(
        self, party: RelyingParty, owner: Owner | None, shown: Shown, kind: str
    ) -> Proved | None:
        """What an authenticator's answer proves."""
        ceremony = self._ceremonies.open(Purpose.PROVE, _whose(owner, kind), shown.state)
        if ceremony is None:
            return None
        try:
            digest = credential_digest(passkeys.credential_of(shown.passkey))
            with self._reading.connect() as connection:
                found = factors.by_credential(connection, kind, digest)
            passkey = None if found is None else self._passkey(found[1], found[0])
            said = passkeys.checked(
                party,
                ceremony.secret,
                shown.passkey,
                passkey or _NO_PASSKEY,
                is_known=owner is not None,
            )
        except PasskeyError as error:
            _log.info("what an authenticator sent proves nothing: %s", error.fault.value)
            return None
        if found is None or passkey is None or owner not in (None, found[0]):
            return None
        return self._taken(*found, ceremony.begun, said)

    def by_code(self, owner: Owner | None, code: str) -> Proved | None:
        """What a one-time or a recovery code proves. Raises BusyError."""
        with self._reading.connect() as connection:
            rows = factors.of(connection, owner or NOBODY)
        if recovery.is_code(code):
            return self._by_recovery(owner, rows, code)
        step, row = self._step(owner or NOBODY, rows, code)
        if owner is None or step is None or row is None:
            return None
        with self._engine.begin() as connection:
            if not factors.take_step(connection, row.id, step, self._now()):
                return None
        return Proved(owner, Method.TOTP, Level.AAL1, row.called)

    def _by_recovery(self, owner: Owner | None, rows: list[FactorRow], code: str) -> Proved | None:
        row = self._codes.found(rows, owner, code)
        if owner is None or row is None:
            return None
        with self._engine.begin() as connection:
            if not factors.take_code(connection, row.id, self._now()):
                return None
        return Proved(owner, Method.RECOVERY, Level.AAL1, handle_of_codes(rows))

    def _step(
        self, owner: Owner, rows: list[FactorRow], code: str
    ) -> tuple[int | None, FactorRow | None]:
        """The step whose code this is, and of which factor; as many secrets are tried for
        everybody."""
        kept = [row for row in rows if row.kind == TOTP][:MOST_TOTP]
        found: tuple[int | None, FactorRow | None] = None, None
        for row in (*kept, *(None,) * (MOST_TOTP - len(kept))):
            secret = None if row is None else self._opened(row, owner)
            step = totp.step_of(secret or _NO_SECRET, code, self._now())
            if step is not None and secret is not None:
                found = step, row
        return found

    def _taken(self, owner: Owner, row: FactorRow, asked: int, said: Said) -> Proved | None:
        now = self._now()
        with self._engine.begin() as connection:
            if not passkeys.goes_on(row.counter or 0, said.count):
                name = row.name or ""
                self._changes.note(connection, owner, Deed.DOUBTED, PASSKEY, now, name=name)
                return None
            if not factors.take_passkey(
                connection, row, asked, said.count, backed_up=said.backed_up, now=now
            ):
                return None
        return Proved(owner, Method.PASSKEY, Level.AAL2, row.called)

    def _passkey(self, row: FactorRow, owner: Owner) -> Passkey | None:
        opened = self._opened(row, owner)
        return None if opened is None else msgspec.msgpack.decode(opened, type=Passkey)

    def _opened(self, row: FactorRow, owner: Owner) -> bytes | None:
        try:
            return self._seal.open(row.secret, owner.reference)
        except SealError as error:
            _log.error("a factor of %s: %s", owner.kind, error)
            return None


def credential_digest(credential: bytes) -> bytes:
    """What a passkey is found by."""
    return hashlib.sha256(credential).digest()


def handle_of_codes(rows: list[FactorRow]) -> str:
    """What the set of somebody's recovery codes is called: as the first of them."""
    return next(row.called for row in rows if row.kind == factors.RECOVERY)


def _whose(owner: Owner | None, kind: str) -> str:
    return f"{kind}:" if owner is None else owner.reference
