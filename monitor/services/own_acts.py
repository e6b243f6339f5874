"""What a subscriber does about their own account: end a session, or all of them, and say that a
sign-in was not theirs (AUP, article 6)."""

import hashlib
import hmac
from collections.abc import Callable, Mapping
from enum import Enum
from typing import Final

from sqlalchemy import Connection, Engine

from alerts.ladder import Step
from alerts.measure import HOLDING, Measure
from alerts.policy import PROTECTED
from alerts.ports import Action
from alerts.request import asked
from alerts.responders.gate import KIND as GATE
from alerts.responders.roster import Roster
from alerts.ticket import Kind
from detectors.core.context import AccountKind
from detectors.core.detector import Text
from detectors.core.event import DAY, MINUTE, Answer, SignIn
from detectors.core.finding import Severity
from detectors.core.identity import Subject
from monitor.clock import now_ms
from monitor.mfa.challenge import Reason
from monitor.services import answers, assurance
from monitor.services.activity import SeenSession
from monitor.services.actor import Actor, ActorKind
from monitor.services.audit import record
from monitor.services.carrying import carry_out, offering, renew
from monitor.services.circumstances import account_of, person_of
from monitor.services.keyring import Keyring
from monitor.services.leaving import reference_of
from monitor.services.measures import LAPSES
from monitor.services.opening import open_ticket
from monitor.services.subscriber import Subscriber
from monitor.services.subscriber_sessions import SubscriberSessions, SubscriberVisit
from monitor.services.throttling import Allowance
from monitor.store import (
    measures,
    restrictions,
    sign_in_limits,
    subscriber_sessions,
)
from monitor.store.connection import reading

OWNER: Final = Actor(kind=ActorKind.DAEMON, uid="subscriber", name="the subscriber")
"""Whoever is in as whose an account is; which one, the entry's subject says."""
SIGNED_OUT: Final = "own:sign-out"
DENIED: Final = "own:not-me"
"""What the audit calls it."""
KEPT: Final = 60 * DAY
"""So long an ended session is turned away, in ms: no application's lasts longer."""
ALL: Final = Allowance(4, 15 * MINUTE)
"""How often somebody may end all sessions: each time responders act and a notice goes out."""
DENIALS: Final = Allowance(10, 15 * MINUTE)
_ASKED: Final = Text(
    "The user asked for it on their own page.",
    "L'utilisateur l'a demandé sur sa propre page.",
)
_PROVED: Final = Text(
    "Said by whoever showed a factor, or has none to show.",
    "Dit par qui a présenté un facteur, ou n'en a pas.",
)
_UNPROVED: Final = Text("No factor was shown.", "Aucun facteur n'a été présenté.")
_TITLE: Final = Text("A user says: this sign-in was not me", "Un utilisateur dit : pas moi")


class Heard(Enum):
    """What came of it."""

    DONE = "done"
    """It is ordered, and done within seconds where responders can."""
    NOTED = "noted"
    """People of the security team look at it; nothing happens by itself."""
    TOO_MANY = "too_many"
    """It was asked for lately, and too often."""


class OwnActs:
    """Of one database. Safe to share between threads; `now` gives ms since 1970 UTC. `roster` is
    which responders there are."""

    def __init__(
        self,
        engine: Engine,
        keyring: Keyring,
        sessions: SubscriberSessions,
        roster: Roster,
        now: Callable[[], int] = now_ms,
        kinds: Mapping[Subject, AccountKind] | None = None,
    ) -> None:
        """`kinds` are the settings' word on accounts."""
        self._engine = engine
        self._reading = reading(engine)
        self._kinds = kinds or {}
        self._keyring = keyring
        self._sessions = sessions
        self._roster = roster
        self._now = now

    def can_end_one(self, tenant: str) -> bool:
        """Whether a session can be ended alone: by the gate, which sees each of them."""
        offered = self._roster.offering(Action.REVOKE, tenant)
        return any(entry.kind == GATE for entry in offered)

    def can_end_all(self, whose: Subscriber) -> bool:
        """Whether all sessions of an account are ended for its subscriber: somebody does it when
        they are told to, and it is one person's account; of others people decide."""
        with self._reading.begin() as connection:
            return self._ends_all(connection, whose)

    def sign_out(self, visit: SubscriberVisit, session: SeenSession) -> bool:
        """End one session: the gate turns it away, and so do these pages whoever came from it.
        False where nobody can."""
        whose, now = visit.subscriber, self._now()
        if session.session is None or not self.can_end_one(whose.tenant):
            return False
        with self._engine.begin() as connection:
            key = f"own.{visit.handle}.{session.handle}"
            assurance.end_session(
                connection, whose, session.session, now, now + KEPT, Reason.SENSITIVE, key
            )
            subscriber_sessions.end_from(connection, whose.subject, session.session)
            _note(connection, whose, SIGNED_OUT, {"session": session.handle})
        return True

    def sign_out_all(self, visit: SubscriberVisit) -> Heard:
        """End all sessions of the account, and all at these pages but this one."""
        whose, now = visit.subscriber, self._now()
        with self._engine.begin() as connection:
            if not self._may(connection, "own-revoke", whose, ALL, now):
                return Heard.TOO_MANY
            self._sessions.end_all(connection, whose, but=visit)
            is_ended = self._ends_all(connection, whose)
            if is_ended:
                self._sessions.begin_anew(connection, visit, now)
                self._revoke(connection, whose, now)
            _note(connection, whose, SIGNED_OUT, {"all": True})
        return Heard.DONE if is_ended else Heard.NOTED

    def deny(self, visit: SubscriberVisit, event: SignIn, *, proved: bool) -> Heard:
        """Say that a sign-in was not theirs. Where a factor was shown, or there is none to show
        (`proved`), it counts: detectors are told, and all sessions end. Else it is a report like
        anybody's: whoever sits in the account might say it of its owner."""
        whose, now = visit.subscriber, self._now()
        with self._engine.begin() as connection:
            if not self._may(connection, "own-denial", whose, DENIALS, now):
                return Heard.TOO_MANY
            self._open(connection, whose, event, proved, now)
            _note(connection, whose, DENIED, {"event": event.id.hex(), "proved": proved})
            is_restricted = (whose.tenant, whose.account) in restrictions.standing(connection)
            is_ended = proved and not is_restricted and self._ends_all(connection, whose)
            if proved:
                self._sessions.end_all(connection, whose, but=visit)
            if is_ended:
                self._sessions.begin_anew(connection, visit, now)
                made = self._revoke(connection, whose, now)
                if made is not None:
                    renew(connection, made, self._roster, now)
            if not is_restricted:
                self._tell(connection, whose, event, proved, now)
        return Heard.DONE if is_ended else Heard.NOTED

    def _ends_all(self, connection: Connection, whose: Subscriber) -> bool:
        if not offering(self._roster, Action.REVOKE, whose.tenant):
            return False
        known = account_of(connection, whose.subject)
        person = person_of(known, self._now(), self._kinds.get(whose.subject))
        return person.kind not in PROTECTED

    def _open(
        self, connection: Connection, whose: Subscriber, event: SignIn, proved: bool, now: int
    ) -> None:
        open_ticket(
            connection,
            Kind.REPORT,
            whose.tenant,
            whose.subject,
            _TITLE,
            now=now,
            severity=Severity.HIGH if proved else Severity.MEDIUM,
            text=_written(event, proved),
            facts={"event": event.id.hex(), "way": "own page"},
            actor=OWNER,
            joins=True,
        )

    def _revoke(self, connection: Connection, whose: Subscriber, now: int) -> Measure | None:
        """The measure by which all sessions end; none where one is on its way."""
        subject = whose.subject
        measures.hold(connection, subject)
        standing = measures.of_account(connection, subject, HOLDING)
        if any(one.step is Step.REVOKE for one in standing):
            return None
        wanted = asked(
            subject,
            Step.REVOKE,
            now,
            by=OWNER.reference,
            reason=_ASKED.en,
            aup="6",
            approvals=0,
            lapses=LAPSES,
        )
        made = measures.add(connection, wanted, now)
        return None if made is None else carry_out(connection, made, self._roster, now)

    def _tell(
        self, connection: Connection, whose: Subscriber, event: SignIn, proved: bool, now: int
    ) -> None:
        """Last: whoever else puts something into the inbox waits from here on."""
        answer = Answer.NOT_ME if proved else Answer.REPORTED
        answers.tell(
            connection,
            whose.subject,
            answer,
            f"own:{event.id.hex()}:{answer.value}",
            now,
            about=event.id,
            shown=tuple(answers.names_of(event)) if proved else (),
            session=event.session,
        )

    def _may(
        self, connection: Connection, kind: str, whose: Subscriber, allowance: Allowance, now: int
    ) -> bool:
        told = f"{kind}\0{whose.subject}".encode("utf-8", "surrogatepass")
        digest = hmac.digest(self._keyring.limits, told, hashlib.sha256)
        most = allowance.at_once * allowance.pause
        return sign_in_limits.take(connection, digest, allowance.pause, most, now)


def _note(
    connection: Connection, whose: Subscriber, operation: str, content: dict[str, object]
) -> None:
    about = reference_of(whose.subject)
    record(connection, OWNER, operation, about, tenant=whose.tenant, content=content)


def _written(event: SignIn, proved: bool) -> str:
    """What people of the team read; whoever wrote the log wrote some of it."""
    place, device = event.place, event.device
    where = "" if place is None else ", ".join(p for p in (place.city, place.country) if p)
    what = "" if device is None else f"{device.family} · {device.os}"
    parts = (where, event.network.organisation if event.network else "", what, event.ip)
    told = " · ".join(part for part in parts if part)
    shown = _PROVED if proved else _UNPROVED
    return f"{told}\n\n{shown.en}\n{shown.fr}"
