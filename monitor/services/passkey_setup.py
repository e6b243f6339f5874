"""The first choice of whoever sets up what they sign in with: a passkey, and recovery codes for the
day on which it is lost.

As with a password, nothing of it counts before it was shown to be there.
"""

from collections.abc import Callable
from typing import Final

import msgspec
from msgspec import structs
from sqlalchemy import Connection

from monitor.clock import now_ms
from monitor.services.factors import Factors, Offer
from monitor.services.own_sign_ins import WEBAUTHN, OwnSignIns
from monitor.services.recovery_codes import RecoveryCodes
from monitor.services.reviewers import new_uid
from monitor.services.sessions import Client, Method, Purpose, Sessions, Visit
from monitor.services.setup import OVER, Done, Draft, Setup, SetupError
from monitor.services.standing import owner_of

_ABLE: Final = (Purpose.FIRST, Purpose.INVITATION)
"""Who has nothing yet; whoever lost one of two things proves the other."""


class PasskeySetup:
    """Of one database. Safe to share between threads; `now` gives ms."""

    def __init__(
        self,
        setup: Setup,
        factors: Factors,
        codes: RecoveryCodes,
        sessions: Sessions,
        told: OwnSignIns,
        now: Callable[[], int] = now_ms,
    ) -> None:
        self._setup = setup
        self._factors = factors
        self._codes = codes
        self._sessions = sessions
        self._told = told
        self._now = now

    def enter(self, visit: Visit, name: str, email: str) -> None:
        """Who they are; then their device is asked. Raises SetupError."""
        row = self._setup.reviewer(visit)
        if visit.purpose not in _ABLE:
            raise SetupError(OVER)
        draft = self._setup.named(row, name, email)
        if row is None:
            self._setup.check_free(draft.email)
        whole = structs.replace(draft, uid=new_uid() if row is None else row.uid)
        self._sessions.keep_draft(visit, msgspec.msgpack.encode(whole))

    def offer(self, visit: Visit) -> Offer:
        """What their device is asked with. Raises SetupError, FactorError."""
        draft, uid = self._begun(visit)
        return self._factors.offer_passkey(owner_of(uid), draft.email, draft.name)

    def confirm(self, visit: Visit, state: str, credential: str, name: str, client: Client) -> Done:
        """What their device answered with: with it, all that was entered counts. Raises SetupError,
        FactorError, BusyError."""
        draft, uid = self._begun(visit)
        drawn = self._codes.draw()
        done: list[Done] = []

        def before(connection: Connection) -> None:
            row = self._setup.made(connection, visit, draft)
            self._codes.keep(connection, owner_of(row.uid), drawn, self._now())
            done.append(
                self._setup.finish(connection, visit, row, client, drawn.codes, Method.PASSKEY)
            )

        self._factors.add_passkey(
            owner_of(uid), state, credential, name, client=client, before=before
        )
        made = done[0]
        self._told.entered(made.reviewer, made.email, made.session, client, factors=(WEBAUTHN,))
        return made

    def _begun(self, visit: Visit) -> tuple[Draft, str]:
        draft = self._setup.draft(visit)
        if draft is None or draft.uid is None:
            raise SetupError(OVER)
        return draft, draft.uid
