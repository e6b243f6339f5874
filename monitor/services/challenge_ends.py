"""What follows when a challenge is over, in the transaction that ends it.

Whoever passed is trusted in this session for a set time; whoever failed, or says that it was not
them, has this session ended at the gate. All of it is told to the detectors as an event of the
account, which weigh it. The rest, the account's other sessions and its password, is for the policy
and its guardrails (`monitor.responding`).
"""

from contextlib import suppress
from typing import Final

from sqlalchemy import Connection, select

from alerts.incident import Category
from alerts.ticket import Change, Disposition, Status, TicketError
from detectors.core.detector import Text
from detectors.core.event import HOUR, Answer
from monitor.mfa.challenge import State
from monitor.mfa.challenge_terms import ChallengeTerms
from monitor.protection.pseudonyms import PREFIX
from monitor.services import answers, assurance
from monitor.services.actor import DAEMON
from monitor.services.audit import record
from monitor.services.factors import Level, Method
from monitor.services.leaving import reference_of
from monitor.services.subscriber import Subscriber
from monitor.services.ticket_changing import changed_by
from monitor.store import erasures, restrictions, tables, tickets
from monitor.store.challenges import StoredChallenge
from monitor.store.ticket_notes import add_comment

_ANSWERS = {
    State.PASSED: Answer.CHALLENGE_PASSED,
    State.LOCKED: Answer.CHALLENGE_FAILED,
    State.DENIED: Answer.NOT_ME,
}
CLOSED: Final = Status.RESOLVED
_EXPLAINED = (Category.ACCOUNT_TAKEOVER.value, Category.SUSPICIOUS_ACCESS.value)
_ENDED_FOR = 24 * HOUR
"""How long (ms) a session stays ended at the gate that could not prove itself."""


def follow(connection: Connection, one: StoredChallenge, now: int, terms: ChallengeTerms) -> None:
    """Let happen what follows from a challenge that was just over, at `now` (ms). Called last in a
    transaction: until its end, others who put something into the inbox wait."""
    state, subscriber = one.challenge.state, Subscriber(one.tenant, one.account)
    _record(connection, one, state)
    if state not in _ANSWERS or is_left_alone(connection, subscriber):
        return
    if one.session:
        _mark_session(connection, one, subscriber, now, terms.lasts)
    _tell_people(connection, one, now, terms)
    answers.tell(
        connection,
        subscriber.subject,
        _ANSWERS[state],
        one.reference,
        now,
        about=one.incident,
        shown=one.shown,
        session=one.session or None,
        method=one.method,
    )


def is_left_alone(connection: Connection, subscriber: Subscriber) -> bool:
    """Whether nothing is decided about an account: it was erased or is being, or its data is
    restricted."""
    if subscriber.account.startswith(PREFIX):
        return True
    whose = (subscriber.tenant, subscriber.account)
    return whose in restrictions.standing(connection) | erasures.at_work(connection)


def _mark_session(
    connection: Connection, one: StoredChallenge, subscriber: Subscriber, now: int, lasts: int
) -> None:
    if one.challenge.state is State.PASSED:
        level, method = Level(one.level or Level.AAL1), Method(one.method or Method.RECOVERY)
        until = now + lasts
        assurance.raise_to(connection, subscriber, one.session, level, method, now, until, one.id)
        return
    until = now + _ENDED_FOR
    assurance.drop(connection, subscriber, one.session, None)
    assurance.end_session(
        connection, subscriber, one.session, now, until, one.reason, one.reference
    )


def _record(connection: Connection, one: StoredChallenge, state: State) -> None:
    told = {"challenge": one.handle, "reason": one.reason.value, "origin": one.origin.value}
    if one.method is not None:
        told["method"] = one.method
    subject = Subscriber(one.tenant, one.account).subject
    reference = reference_of(subject)
    record(
        connection, DAEMON, f"challenge:{state.value}", reference, tenant=one.tenant, content=told
    )


_WORDS = {
    State.PASSED: Text(
        "A challenge about this was passed ({method}).",
        "Une vérification à ce sujet a été réussie ({method}).",
    ),
    State.LOCKED: Text(
        "A challenge about this was answered wrongly too often.",
        "Une vérification à ce sujet a reçu trop de mauvaises réponses.",
    ),
    State.DENIED: Text(
        "The account's owner was asked about this, and says that it was not them.",
        "Le titulaire du compte a été interrogé, et dit que ce n'était pas lui.",
    ),
}


def _tell_people(
    connection: Connection, one: StoredChallenge, now: int, terms: ChallengeTerms
) -> None:
    """People who look at the incident read what came of it; where the settings want it, a takeover
    that a passkey speaks against is closed for them."""
    if one.incident is None:
        return
    known = tickets.of_incident(connection, one.incident, lock=True)
    if known is None or known.tenant != one.tenant:
        return
    words = _WORDS[one.challenge.state]
    text = f"{words.en}\n{words.fr}".replace("{method}", one.method or "?")
    by = (DAEMON.reference, DAEMON.name)
    add_comment(connection, known, text, time=now, actor=by)
    if terms.closes and _is_explained(connection, one) and known.ticket.status is not CLOSED:
        change = Change(disposition=Disposition.BENIGN_EXPLAINED)
        with suppress(TicketError):
            changed_by(connection, DAEMON, known, change, now, None)


def _is_explained(connection: Connection, one: StoredChallenge) -> bool:
    """Whether a pass explains the incident: a passkey tells that its owner is there, and nothing
    of sharing, nor of a session that two are in."""
    if one.challenge.state is not State.PASSED or one.method != Method.PASSKEY.value:
        return False
    table = tables.incidents
    query = select(table.c.category).where(table.c.id == one.incident)
    return connection.execute(query).scalar() in _EXPLAINED
