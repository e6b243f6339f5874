"""What reviewers see and do of a subscriber's factors: names and times, never anything that could
be used; a factor is taken away with a reason."""

from collections.abc import Callable
from typing import Final

from msgspec import Struct
from sqlalchemy import Engine

from alerts.responders.roster import Roster
from monitor.clock import now_ms
from monitor.mfa.enrolment_terms import EnrolmentTerms
from monitor.services import requirement, suspicion
from monitor.services.actor import Actor
from monitor.services.authority import Operation, allowed, permits, within
from monitor.services.enrolling import EnrolmentError, LinkView
from monitor.services.enrolments import Enrolments
from monitor.services.factors import FactorError, Factors, FactorView
from monitor.services.keyring import Keyring
from monitor.services.recoveries import Recoveries, RecoveryView
from monitor.services.refusal import NotThereError
from monitor.services.requirement import Requirement
from monitor.services.subscriber import Subscriber
from monitor.store.connection import reading
from monitor.store.handles import account_of_id, names_of

LONGEST: Final = 500
"""Characters of a reason."""


class Held(Struct, frozen=True, kw_only=True):
    """What a subscriber has, and what is under way: factors, links, recoveries, and what their
    tenant's policy asks of them. `is_suspect`: something stands against the account, so that no
    first factor is set up but by a recovery. `can` says what whoever asks may do."""

    subscriber: Subscriber
    name: str
    factors: list[FactorView]
    links: list[LinkView]
    recoveries: list[RecoveryView]
    requirement: Requirement | None
    is_suspect: bool
    can: tuple[str, ...]


class SubscriberFactors:
    """Of one database. Safe to share between threads; `now` gives ms since 1970 UTC."""

    def __init__(
        self,
        engine: Engine,
        factors: Factors,
        enrolments: Enrolments,
        recoveries: Recoveries,
        now: Callable[[], int] = now_ms,
    ) -> None:
        self._reading = reading(engine)
        self._factors = factors
        self._now = now
        self.enrolments = enrolments
        self.recoveries = recoveries

    @allowed(Operation.MFA_READ)
    def subscriber(self, actor: Actor, account: bytes) -> Subscriber:
        """Whose an account is, by its id in the directory or its handle. Raises NotThereError."""
        return self._found(actor, account)[0]

    @allowed(Operation.MFA_READ)
    def look(self, actor: Actor, account: bytes) -> Held:
        """What a subscriber has, by the directory's id of their account. Raises NotThereError."""
        subscriber, name = self._found(actor, account)
        now = self._now()
        with self._reading.begin() as connection:
            required = requirement.standing(connection, subscriber, now)
            stands = suspicion.suspicion_of(connection, subscriber, None, now)
        listed = self._factors.listed(subscriber.owner)
        return Held(
            subscriber=subscriber,
            name=name,
            factors=listed,
            links=self.enrolments.listed(actor, subscriber),
            recoveries=self.recoveries.of(actor, subscriber),
            requirement=required,
            is_suspect=stands is not None,
            can=tuple(_can(actor, bool(listed), stands is not None)),
        )

    @allowed(Operation.MFA_REVOKE)
    def revoke(self, actor: Actor, account: bytes, handle: str, reason: str) -> None:
        """Take a factor away from somebody, who is told. Raises NotThereError, EnrolmentError."""
        told = " ".join(reason.split())
        if not told or len(told) > LONGEST:
            raise EnrolmentError(
                f"say why, in up to {LONGEST} characters",
                f"dites pourquoi, en {LONGEST} caractères au plus",
            )
        subscriber, _ = self._found(actor, account)
        try:
            self._factors.revoke(subscriber.owner, handle, by=actor, reason=told)
        except FactorError as error:
            raise NotThereError("there is no such factor") from error

    def _found(self, actor: Actor, account: bytes) -> tuple[Subscriber, str]:
        with self._reading.begin() as connection:
            found = account_of_id(connection, account)
            names = {} if found is None else names_of(connection, {found})
        if found is None or within(actor) not in (None, found.tenant):
            raise NotThereError("there is nothing of this id")
        return Subscriber(found.tenant, found.uid), names.get(found, found.uid)


def open_desk(
    engine: Engine,
    keyring: Keyring,
    factors: Factors,
    terms: EnrolmentTerms | None,
    roster: Roster | None,
    now: Callable[[], int] = now_ms,
) -> SubscriberFactors:
    """All of it for a database, on these terms; `now` gives ms."""
    return SubscriberFactors(
        engine,
        factors,
        Enrolments(engine, keyring, factors, terms, roster, now),
        Recoveries(engine, keyring, terms, roster, now),
        now,
    )


def _can(actor: Actor, has_factor: bool, is_suspect: bool) -> list[str]:
    found = []
    if permits(actor, Operation.MFA_ENROL) and not has_factor and not is_suspect:
        found.append("link")
    if permits(actor, Operation.MFA_REVOKE) and has_factor:
        found.append("revoke")
    if permits(actor, Operation.RECOVERIES_REQUEST):
        found.append("recover")
    return found
