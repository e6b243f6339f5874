"""Recovery codes of anybody: made ten at a time, found again with one hash a try, used up once."""

import hmac
import secrets
from collections.abc import Iterable

from msgspec import Struct
from sqlalchemy import Connection

from monitor.mfa import recovery
from monitor.mfa.passwords import Passwords
from monitor.mfa.sealing import SealError
from monitor.services.keyring import Keyring
from monitor.store import factors
from monitor.store.factors import RECOVERY, FactorRow, Owner


class Drawn(Struct, frozen=True):
    """Ten new codes as they are shown, this once, and as they are hashed."""

    codes: tuple[str, ...]
    hashes: tuple[str, ...]


class RecoveryCodes:
    """Of everybody. Safe to share between threads; the transactions are the caller's."""

    def __init__(self, keyring: Keyring, hashes: Passwords | None = None) -> None:
        self._keyring = keyring
        self._hashes = hashes or Passwords(recovery.hasher())

    def draw(self) -> Drawn:
        """Ten new codes. Outside of any transaction: it takes a while. Raises BusyError."""
        codes = recovery.new_codes()
        return Drawn(
            tuple(codes), tuple(self._hashes.hash(recovery.secret_part(one)) for one in codes)
        )

    def keep(self, connection: Connection, owner: Owner, drawn: Drawn, now: int) -> None:
        """Keep them in place of those that somebody had."""
        factors.remove(connection, owner, RECOVERY)
        handle: str | None = secrets.token_hex(16)
        for code, hashed in zip(drawn.codes, drawn.hashes, strict=True):
            sealed = self._keyring.seal.close(connection, hashed.encode(), owner.reference)
            selector = recovery.selector(code)
            factors.add(connection, owner, RECOVERY, sealed, now, selector=selector, handle=handle)
            # The first one's is that of them all.
            handle = None

    def found(
        self, rows: Iterable[FactorRow], owner: Owner | None, code: str, *, known: bool = False
    ) -> FactorRow | None:
        """Which of somebody's unused codes this is; for nobody (None) the same work is done.
        Outside of any transaction. Raises BusyError."""
        selector = recovery.selector(code)
        unused = [one for one in rows if one.kind == RECOVERY and one.last_used is None]
        chosen = next((one for one in unused if one.selector == selector), None)
        kept = None if chosen is None or owner is None else self._opened(chosen, owner)
        is_right = self._hashes.matches(recovery.secret_part(code), kept, known=known)
        if owner is None:
            return None
        if is_right and chosen is not None:
            return chosen
        return self._formerly(unused, owner, code)

    def _formerly(self, unused: list[FactorRow], owner: Owner, code: str) -> FactorRow | None:
        digest = recovery.digest(code, self._keyring.recovery, owner.reference)
        found = None
        for one in unused:
            if one.selector is None and hmac.compare_digest(one.secret, digest):
                found = one
        return found

    def _opened(self, row: FactorRow, owner: Owner) -> str | None:
        try:
            return self._keyring.seal.open(row.secret, owner.reference).decode()
        except SealError:
            return None
