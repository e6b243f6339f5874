"""Subscribers set up a first factor: by a link that a reviewer hands over, at a trusted sign-in, or
because their tenant asks for it; and a new one after a recovery.

Whoever is in an account that something stands against sets up none on the spot: it may be the
stranger. Each link opens once, in one browser, and serves once.
"""

import secrets
from collections.abc import Callable
from typing import Final

from sqlalchemy import Connection, Engine

from alerts.responders.roster import Roster
from detectors.core.detector import Text
from detectors.core.event import MINUTE
from monitor.clock import now_ms
from monitor.mfa.enrolment_terms import LONGEST, SHORTEST, EnrolmentTerms
from monitor.mfa.passwords import BusyError
from monitor.services import enrolment_keys, permission
from monitor.services.actor import Actor
from monitor.services.audit import record
from monitor.services.authority import Operation, allowed, within
from monitor.services.enrolling import (
    Enrolled,
    Enrolling,
    EnrolmentError,
    Issued,
    LinkView,
    Permission,
    link_view,
)
from monitor.services.enrolment_keys import Purpose
from monitor.services.enrolment_notices import OWNER
from monitor.services.factors import FactorError, Factors, FactorView, Offer, TotpOffer
from monitor.services.keyring import Keyring
from monitor.services.leaving import is_known, reference_of
from monitor.services.refusal import NotThereError
from monitor.services.sessions import KEY_LENGTH, Client
from monitor.services.settling_in import settle_in
from monitor.services.subscriber import Subscriber
from monitor.store import enrolments
from monitor.store.connection import reading
from monitor.store.enrolments import LinkRow

SPOT: Final = "spot"
"""The purpose of what was begun without a link."""
OPENED: Final = "enrolment:open"
BEGUN: Final = "enrolment:begin"
"""What the audit calls a link that is opened, and what is begun without one."""


class Enrolments:
    """Of one database. Safe to share between threads; `now` gives ms since 1970 UTC.

    A *ticket* is what a browser is given that opened a link or may set up a factor on the spot; it
    keeps it (in a cookie) for the pages that follow, which ask by it.
    """

    def __init__(
        self,
        engine: Engine,
        keyring: Keyring,
        factors: Factors,
        terms: EnrolmentTerms | None = None,
        roster: Roster | None = None,
        now: Callable[[], int] = now_ms,
    ) -> None:
        self._engine = engine
        self._reading = reading(engine)
        self._keyring = keyring
        self._factors = factors
        self.terms = terms or EnrolmentTerms()
        self._roster = roster or Roster()
        self._now = now

    @allowed(Operation.MFA_ENROL)
    def issue(
        self, actor: Actor, subscriber: Subscriber, language: str = "fr", minutes: int | None = None
    ) -> Issued:
        """A link by which a subscriber sets up a first factor, good once, for so many minutes; it
        is shown this once, to be handed over by a way that only they read, and those before it hold
        no more. Raises NotThereError, EnrolmentError."""
        lifetime = self.terms.link if minutes is None else minutes * MINUTE
        if not SHORTEST * MINUTE <= lifetime <= LONGEST * MINUTE:
            raise EnrolmentError(
                f"a link holds for {SHORTEST} to {LONGEST} minutes",
                f"un lien vaut de {SHORTEST} à {LONGEST} minutes",
            )
        if not self.terms.address:
            raise EnrolmentError(
                "set web.public_url first: links lead there",
                "réglez d'abord web.public_url : les liens y mènent",
            )
        now = self._now()
        with self._engine.begin() as connection:
            _check_reach(connection, actor, subscriber)
            told = permission.of_link(connection, subscriber, now)
            if not told.allowed:
                raise EnrolmentError(told.why.en, told.why.fr)
            enrolments.end_all(connection, subscriber.key, now, Purpose.ENROL.value)
            row = self._row(Purpose.ENROL.value, subscriber, actor.reference, language, lifetime)
            enrolments.add(connection, row)
            record(
                connection,
                actor,
                Operation.MFA_ENROL,
                reference_of(subscriber.subject),
                tenant=subscriber.tenant,
                content={"link": row.handle, "expires": row.expires},
            )
        return self._issued(Purpose.ENROL, row)

    @allowed(Operation.MFA_ENROL)
    def withdraw(self, actor: Actor, handle: str) -> None:
        """Let a link hold no longer. Raises NotThereError."""
        now = self._now()
        with self._engine.begin() as connection:
            row = enrolments.by_handle(connection, handle)
            if row is None or within(actor) not in (None, row.tenant):
                raise NotThereError("there is no such link")
            if enrolments.end(connection, handle, now):
                told = {"link": handle, "deed": "withdraw"}
                reference = reference_of(_subscriber(row).subject)
                record(
                    connection,
                    actor,
                    Operation.MFA_ENROL,
                    reference,
                    tenant=row.tenant,
                    content=told,
                )

    @allowed(Operation.MFA_READ)
    def listed(self, actor: Actor, subscriber: Subscriber) -> list[LinkView]:
        """The latest links of a subscriber. Raises NotThereError."""
        with self._reading.begin() as connection:
            _check_reach(connection, actor, subscriber)
            rows = enrolments.of_account(connection, subscriber.tenant, subscriber.account)
        return [link_view(row, self._now()) for row in rows if row.purpose != SPOT]

    def may_enrol(self, subscriber: Subscriber, session: str | None = None) -> Permission:
        """Whether somebody in a session of the application (None: it is not known which) sets up a
        first factor on the spot, and what they are told where not."""
        with self._reading.begin() as connection:
            told = permission.on_the_spot(connection, subscriber, session, self._now())
        return told if self.terms.is_self or not told.allowed else permission.BY_LINK

    def open(self, key: str, client: Client) -> str | None:
        """The ticket that a link's key is exchanged for; None where it does not hold (any more),
        whatever the reason."""
        found = self._named(key)
        if found is None:
            return None
        ticket, now = secrets.token_urlsafe(32), self._now()
        digest = self._keyring.digest(ticket)
        purpose, handle = found
        with self._engine.begin() as connection:
            until = now + self.terms.open
            row = enrolments.open_in(connection, handle, purpose, digest, now, until)
            if row is None:
                return None
            self._note(connection, row, OPENED, client)
        return ticket

    def begin(self, subscriber: Subscriber, session: str | None, client: Client) -> str:
        """The ticket of somebody who sets up a first factor on the spot. Raises EnrolmentError."""
        now = self._now()
        ticket = secrets.token_urlsafe(32)
        with self._engine.begin() as connection:
            told = permission.on_the_spot(connection, subscriber, session, now)
            if told.allowed and not self.terms.is_self:
                told = permission.BY_LINK
            if not told.allowed:
                raise EnrolmentError(told.why.en, told.why.fr)
            row = self._row(SPOT, subscriber, OWNER.reference, "", self.terms.open, session)
            enrolments.add(connection, row)
            digest = self._keyring.digest(ticket)
            # Not at `now`: it took a moment to look whether they may.
            enrolments.open_in(connection, row.handle, SPOT, digest, row.created, row.expires)
            self._note(connection, row, BEGUN, client)
        return ticket

    def view(self, ticket: str) -> Enrolling | None:
        """What a ticket lets somebody do; None where it does not hold (any more)."""
        with self._reading.begin() as connection:
            row = self._held(connection, ticket)
            if row is None:
                return None
            told = permission.of_row(connection, row, self._now())
        return Enrolling(
            handle=row.handle,
            subscriber=_subscriber(row),
            is_recovery=row.purpose == Purpose.RECOVER.value,
            expires=row.expires,
            language=row.language,
            permission=told,
        )

    def offer_passkey(self, ticket: str) -> Offer:
        """Ask the authenticator for a new passkey. Raises EnrolmentError, FactorError."""
        subscriber = _subscriber(self._permitted(ticket))
        return self._factors.offer_passkey(
            subscriber.owner, subscriber.account, self._shown_name(subscriber)
        )

    def offer_totp(self, ticket: str, state: str = "") -> TotpOffer:
        """A new secret for one-time codes, or that of an offer's `state` again. Raises
        EnrolmentError, FactorError."""
        subscriber = _subscriber(self._permitted(ticket))
        return self._factors.offer_totp(subscriber.owner, self._shown_name(subscriber), state)

    def add_passkey(
        self, ticket: str, state: str, credential_json: str, name: str, client: Client
    ) -> Enrolled:
        """Keep the new passkey; the ticket has served. Raises EnrolmentError, FactorError."""

        def add(subscriber: Subscriber) -> FactorView:
            return self._factors.add_passkey(
                subscriber.owner, state, credential_json, name, client=client
            )

        return self._add(ticket, add, client)

    def add_totp(self, ticket: str, state: str, code: str, name: str, client: Client) -> Enrolled:
        """Keep the secret whose first code this is; the ticket has served. Raises EnrolmentError,
        FactorError."""

        def add(subscriber: Subscriber) -> FactorView:
            return self._factors.add_totp(subscriber.owner, state, code, name, client=client)

        return self._add(ticket, add, client)

    def _add(
        self, ticket: str, add: Callable[[Subscriber], FactorView], client: Client
    ) -> Enrolled:
        row, now = self._permitted(ticket), self._now()
        with self._engine.begin() as connection:
            # First: of two that come at once one sets something up.
            if not enrolments.claim(connection, row.handle, now):
                raise _over()
        subscriber = _subscriber(row)
        try:
            made = add(subscriber)
        except FactorError:
            with self._engine.begin() as connection:
                enrolments.give_back(connection, row.handle, now)
            raise
        settle_in(self._engine, self._factors, row, self._now())
        try:
            codes = self._factors.new_codes(subscriber.owner, client=client)
        except BusyError:
            # They are made from the account's page, once there is room.
            codes = []
        return Enrolled(factor=made, codes=codes, is_recovery=row.recovery_id is not None)

    def _permitted(self, ticket: str) -> LinkRow:
        with self._reading.begin() as connection:
            row = self._held(connection, ticket)
            if row is None:
                raise _over()
            told = permission.of_row(connection, row, self._now())
        if not told.allowed:
            raise EnrolmentError(told.why.en, told.why.fr)
        return row

    def _held(self, connection: Connection, ticket: str) -> LinkRow | None:
        if len(ticket) != KEY_LENGTH:
            return None
        row = enrolments.by_client(connection, self._keyring.digest(ticket))
        if row is None or row.used is not None or row.expires <= self._now():
            return None
        return row

    def _named(self, key: str) -> tuple[str, str] | None:
        """The purpose and the handle of a key."""
        for purpose in (Purpose.ENROL, Purpose.RECOVER):
            handle = enrolment_keys.handle_of(self._keyring.enrolment, purpose, key)
            if handle is not None:
                return purpose.value, handle
        return None

    def _row(
        self,
        purpose: str,
        subscriber: Subscriber,
        issuer: str,
        language: str,
        lifetime: int,
        session: str | None = None,
    ) -> LinkRow:
        now, handle = self._now(), secrets.token_hex(16)
        key = enrolment_keys.key_of(self._keyring.enrolment, Purpose.ENROL, handle)
        return LinkRow(
            digest=self._keyring.digest(key),
            handle=handle,
            purpose=purpose,
            subject_key=subscriber.key,
            tenant=subscriber.tenant,
            account=subscriber.account,
            issuer=issuer,
            session=session,
            language=language[:8],
            created=now,
            not_before=now,
            expires=now + lifetime,
        )

    def _issued(self, purpose: Purpose, row: LinkRow) -> Issued:
        link = enrolment_keys.link_of(
            self._keyring.enrolment, self.terms.address, purpose, row.handle
        )
        return Issued(handle=row.handle, link=link, expires=row.expires)

    def _note(self, connection: Connection, row: LinkRow, deed: str, client: Client) -> None:
        record(
            connection,
            OWNER,
            deed,
            reference_of(_subscriber(row).subject),
            tenant=row.tenant,
            content={"link": row.handle, "purpose": row.purpose, "address": client.ip},
        )

    def _shown_name(self, subscriber: Subscriber) -> str:
        with self._reading.begin() as connection:
            return permission.shown_name(connection, subscriber)


def _subscriber(row: LinkRow) -> Subscriber:
    return Subscriber(row.tenant, row.account)


def _check_reach(connection: Connection, actor: Actor, subscriber: Subscriber) -> None:
    if within(actor) not in (None, subscriber.tenant) or not is_known(
        connection, subscriber.subject
    ):
        raise NotThereError("nothing is known of this account")


def _over() -> EnrolmentError:
    over = Text(
        "this has ended: begin anew where you came from",
        "cette étape est terminée : recommencez depuis votre point de départ",
    )
    return EnrolmentError(over.en, over.fr)
