"""Factors of subscribers and reviewers: listed, added, renamed, revoked, and what they prove.

Whoever's they are, it is the same code. Every change is written down, told to whose factor it is
by another channel, and for accounts to the detectors.
"""

import logging
import secrets
from collections.abc import Callable
from typing import Final

import msgspec
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import IntegrityError

from alerts.responders.roster import Roster
from alerts.wording import plain
from monitor.clock import now_ms
from monitor.mfa import passkeys, picture, totp
from monitor.mfa.passkeys import CHALLENGE_BYTES, USER_BYTES, PasskeyError, RelyingParty
from monitor.services import relying_party as binding
from monitor.services.actor import Actor
from monitor.services.ceremonies import Ceremonies, Ceremony, Purpose
from monitor.services.factor_changes import Deed, FactorChanges
from monitor.services.factor_views import view, view_of_codes
from monitor.services.factor_words import (
    KNOWN,
    NO_PASSKEYS,
    NOT_TAKEN,
    NOT_THERE,
    NOTHING_TO_RECOVER,
    TOO_LATE,
    TOO_MANY,
    WRONG_CODE,
)
from monitor.services.keyring import Keyring
from monitor.services.proof import (
    FactorError,
    FactorView,
    Level,
    Method,
    Offer,
    Proved,
    Shown,
    TotpOffer,
)
from monitor.services.recovery_codes import RecoveryCodes
from monitor.services.recovery_stops import stop_by_proof
from monitor.services.relying_party import RelyingPartyError
from monitor.services.sessions import Client
from monitor.services.verifier import MOST_TOTP, Verifier, credential_digest
from monitor.store import factors
from monitor.store.connection import reading
from monitor.store.factors import ACCOUNT, PASSKEY, RECOVERY, TOTP, FactorRow, Owner

__all__ = [
    "ACCOUNT",
    "FactorError",
    "FactorView",
    "Factors",
    "Level",
    "Method",
    "Offer",
    "Proved",
    "Shown",
    "TotpOffer",
]

MOST_PASSKEYS: Final = 10
LONGEST_NAME: Final = 64
"""Characters of what somebody calls a factor."""
_MOST: Final = {PASSKEY: MOST_PASSKEYS, TOTP: MOST_TOTP}
_NAMED: Final = frozenset((PASSKEY, TOTP))

_log = logging.getLogger(__name__)


class Factors:
    """Of one database. Safe to share between threads; `now` gives ms since 1970 UTC.

    Without a `relying_party` there are no passkeys. `roster` is which responders there are, `codes`
    how recovery codes are hashed where it is not as usual.
    """

    def __init__(
        self,
        engine: Engine,
        keyring: Keyring,
        relying_party: RelyingParty | None,
        now: Callable[[], int] = now_ms,
        roster: Roster | None = None,
        codes: RecoveryCodes | None = None,
    ) -> None:
        self._engine = engine
        self._reading = reading(engine)
        self._seal = keyring.seal
        self.relying_party = relying_party
        self._now = now
        self._codes = codes or RecoveryCodes(keyring)
        self._roster = roster or Roster()
        self._changes = FactorChanges(self._roster)
        self._ceremonies = Ceremonies(keyring, now)
        self._verifier = Verifier(engine, keyring, self._changes, self._codes, now)

    def listed(self, owner: Owner) -> list[FactorView]:
        """All that somebody has, in the order in which they came, recovery codes last."""
        rows = self._rows(owner)
        shown = [view(row) for row in rows if row.kind in _NAMED]
        codes = [row for row in rows if row.kind == RECOVERY]
        return [*shown, view_of_codes(codes)] if codes else shown

    def has_any(self, owner: Owner) -> bool:
        """Whether somebody has anything to prove themselves with."""
        return any(
            row.kind in _NAMED or (row.kind == RECOVERY and row.last_used is None)
            for row in self._rows(owner)
        )

    def offer_passkey(self, owner: Owner, name: str, shown_name: str) -> Offer:
        """Ask an authenticator for a new passkey; `name` and `shown_name` are the account's, as
        authenticators show it. Raises FactorError where there are no passkeys, or too many."""
        party = self._party()
        _check_room(self._rows(owner), PASSKEY)
        known = self._verifier.passkeys(owner)
        # The same name for all of somebody's: an authenticator keeps one of each name.
        user = known[0].user if known else secrets.token_bytes(USER_BYTES)
        ceremony = Ceremony(secrets.token_bytes(CHALLENGE_BYTES), self._now(), user)
        called = plain(name, LONGEST_NAME) or party.name
        options = passkeys.creation(
            party, user, called, plain(shown_name, LONGEST_NAME) or called, ceremony.secret, known
        )
        return Offer(options, self._ceremonies.seal(Purpose.CREATE, owner.reference, ceremony))

    def add_passkey(
        self,
        owner: Owner,
        state: str,
        credential_json: str,
        name: str,
        *,
        client: Client = Client(),  # noqa: B008 - frozen
        before: Callable[[Connection], None] = lambda _: None,
    ) -> FactorView:
        """Keep the new passkey that an authenticator answered with; `before` does in the same
        transaction what has to be done first. Raises FactorError, and what `before` does."""
        party = self._party()
        ceremony = self._ceremonies.open(Purpose.CREATE, owner.reference, state)
        if ceremony is None:
            raise FactorError(TOO_LATE)
        try:
            passkey, said = passkeys.taken_up(
                party, ceremony.user, ceremony.secret, credential_json
            )
        except PasskeyError as error:
            _log.info("a new passkey is not taken: %s", error.fault.value)
            raise FactorError(NOT_TAKEN) from error
        more = {
            "credential": credential_digest(passkey.credential),
            "counter": said.count,
            "backed_up": said.backed_up,
        }
        try:
            with self._engine.begin() as connection:
                binding.hold(connection, party)
                before(connection)
                secret = msgspec.msgpack.encode(passkey)
                return self._added(connection, owner, PASSKEY, secret, name, client, more)
        except IntegrityError as error:
            raise FactorError(KNOWN) from error
        except RelyingPartyError as error:
            _log.error("no passkey can be added: %s", error)
            raise FactorError(NO_PASSKEYS) from error

    def offer_totp(self, owner: Owner, shown_name: str, state: str = "") -> TotpOffer:
        """A new secret for one-time codes, which counts once its first code is shown; with the
        `state` of one that was offered before, the same again while it holds: nobody scans anew
        because of a slip. Raises FactorError where there are too many."""
        _check_room(self._rows(owner), TOTP)
        ceremony = self._ceremonies.open(Purpose.TOTP, owner.reference, state) if state else None
        if ceremony is None:
            ceremony = Ceremony(totp.new_secret(), self._now())
            state = self._ceremonies.seal(Purpose.TOTP, owner.reference, ceremony)
        issuer = "Vigie" if self.relying_party is None else self.relying_party.name
        called = plain(shown_name, LONGEST_NAME) or issuer
        address = totp.address(ceremony.secret, called, issuer)
        return TotpOffer(totp.grouped(ceremony.secret), picture.of(address), state)

    def add_totp(
        self,
        owner: Owner,
        state: str,
        code: str,
        name: str,
        *,
        client: Client = Client(),  # noqa: B008 - frozen
    ) -> FactorView:
        """Keep the secret whose first code this is. Raises FactorError."""
        ceremony = self._ceremonies.open(Purpose.TOTP, owner.reference, state)
        if ceremony is None:
            raise FactorError(TOO_LATE)
        step = totp.step_of(ceremony.secret, code, self._now())
        if step is None:
            raise FactorError(WRONG_CODE)
        digest = credential_digest(ceremony.secret)
        try:
            with self._engine.begin() as connection:
                more = {"credential": digest, "step": step}
                return self._added(connection, owner, TOTP, ceremony.secret, name, client, more)
        except IntegrityError as error:
            # The same page, sent twice.
            raise FactorError(KNOWN) from error

    def new_codes(
        self,
        owner: Owner,
        *,
        client: Client = Client(),  # noqa: B008 - frozen
    ) -> list[str]:
        """Ten new recovery codes in place of those before; shown this once. Raises FactorError
        where there is nothing that they could stand in for, BusyError."""
        drawn = self._codes.draw()
        with self._engine.begin() as connection:
            rows = factors.of(connection, owner)
            if not any(row.kind in _NAMED for row in rows):
                raise FactorError(NOTHING_TO_RECOVER)
            had = any(row.kind == RECOVERY for row in rows)
            now, deed = self._now(), Deed.REPLACED if had else Deed.ADDED
            self._codes.keep(connection, owner, drawn, now)
            self._changes.note(connection, owner, deed, RECOVERY, now, client=client)
        return list(drawn.codes)

    def rename(self, owner: Owner, handle: str, name: str) -> None:
        """Call a factor otherwise. Raises FactorError where it is not there."""
        called = plain(name, LONGEST_NAME)
        with self._engine.begin() as connection:
            row = _found(connection, owner, handle)
            if row.kind == RECOVERY:
                raise FactorError(NOT_THERE)
            factors.rename(connection, row.id, called)
            now = self._now()
            self._changes.note(connection, owner, Deed.RENAMED, row.kind, now, name=called)

    def revoke(
        self,
        owner: Owner,
        handle: str,
        *,
        by: Actor | None = None,
        reason: str = "",
        client: Client = Client(),  # noqa: B008 - frozen
    ) -> None:
        """Take a factor away; `by` is who was allowed to, None for whose it is. Raises FactorError
        where it is not there. What a reviewer signs in with besides passkeys is only replaced."""
        with self._engine.begin() as connection:
            row = _found(connection, owner, handle)
            if owner.kind != ACCOUNT and row.kind != PASSKEY:
                raise FactorError(NOT_THERE)
            if row.kind == RECOVERY:
                factors.remove(connection, owner, RECOVERY)
            elif not factors.drop(connection, row.id):
                raise FactorError(NOT_THERE)
            self._changes.note(
                connection,
                owner,
                Deed.REMOVED,
                row.kind,
                self._now(),
                name=row.name or "",
                by=by,
                client=client,
                reason=reason,
            )

    def ask_passkey(self, owner: Owner | None, kind: str = ACCOUNT) -> Offer:
        """Ask an authenticator for a proof by one of somebody's passkeys, by any of an owner of
        this `kind` for None. Raises FactorError where there are no passkeys."""
        return self._verifier.ask(self._party(), owner, kind if owner is None else owner.kind)

    def prove(self, owner: Owner | None, shown: Shown, kind: str = ACCOUNT) -> Proved | None:
        """What somebody shows, used up in a transaction of its own; None where it is wrong, old or
        used before, whatever the reason. For nobody (None) the same work is done; a passkey that
        was asked of anybody of a `kind` says by itself whose it is. Raises BusyError, and nothing
        was used. A recovery that is open for whoever proved it is stopped."""
        proved = self._proved(owner, shown, kind)
        if proved is not None:
            stop_by_proof(self._engine, self._roster, proved.owner, self._now())
        return proved

    def _proved(self, owner: Owner | None, shown: Shown, kind: str) -> Proved | None:
        if shown.passkey:
            party = self.relying_party
            kind = kind if owner is None else owner.kind
            return None if party is None else self._verifier.by_passkey(party, owner, shown, kind)
        return self._verifier.by_code(owner, shown.code)

    def _added(
        self,
        connection: Connection,
        owner: Owner,
        kind: str,
        secret: bytes,
        name: str,
        client: Client,
        more: dict[str, object],
    ) -> FactorView:
        _check_room(factors.of(connection, owner), kind)
        now, called = self._now(), plain(name, LONGEST_NAME)
        sealed = self._seal.close(connection, secret, owner.reference)
        values = {"handle": secrets.token_hex(16), "name": called, **more}
        made = factors.add(connection, owner, kind, sealed, now, **values)
        [row] = [one for one in factors.of(connection, owner) if one.id == made]
        self._changes.note(connection, owner, Deed.ADDED, kind, now, name=called, client=client)
        return view(row)

    def _rows(self, owner: Owner) -> list[FactorRow]:
        with self._reading.connect() as connection:
            return factors.of(connection, owner)

    def _party(self) -> RelyingParty:
        if self.relying_party is None:
            raise FactorError(NO_PASSKEYS)
        return self.relying_party


def _check_room(rows: list[FactorRow], kind: str) -> None:
    if sum(row.kind == kind for row in rows) >= _MOST[kind]:
        raise FactorError(TOO_MANY)


def _found(connection: Connection, owner: Owner, handle: str) -> FactorRow:
    for row in factors.of(connection, owner):
        if row.called == handle and row.kind in _NAMED | {RECOVERY}:
            return row
    raise FactorError(NOT_THERE)
