"""Whether a session was proved, and what single sessions still have to prove.

A proof raises the trust in one session for a set time, and in no other session of the account
(NIST SP 800-63B-4, 2.5: reauthentication). Whoever stands before the application is told of every
change in the transaction that makes it.
"""

from typing import Final

from sqlalchemy import Connection

from monitor.mfa.challenge import Reason
from monitor.services.factors import Level, Method
from monitor.services.subscriber import Subscriber
from monitor.store import assurances, gate_changes
from monitor.store.assurances import AssuranceRow, DemandRow

Assurance = AssuranceRow
Demand = DemandRow
CHALLENGE: Final = "challenge"
REVOKED: Final = "revoked"


def standing(
    connection: Connection, subscriber: Subscriber, session: str, now: int
) -> Assurance | None:
    """What was proved of a session and still counts at `now` (ms)."""
    found = assurances.assurance(connection, *_of(subscriber), session)
    return found if found is not None and found.since <= now < found.until else None


def raise_to(
    connection: Connection,
    subscriber: Subscriber,
    session: str,
    level: Level,
    method: Method,
    now: int,
    until: int,
    challenge: int | None = None,
) -> Assurance:
    """Let a session be proved from `now` until `until` (ms); what stands of it then. What was
    proved before at a higher level keeps its level and lasts no longer for it. What was demanded of
    the session by itself is met."""
    known = standing(connection, subscriber, session, now)
    made = Assurance(int(level), method.value, now, until, challenge)
    if known is not None and known.level > made.level:
        end = min(known.until, until)
        made = Assurance(known.level, known.method, now, end, challenge)
    assurances.set_assurance(connection, *_of(subscriber), session, made)
    assurances.drop_demand(connection, *_of(subscriber), session, CHALLENGE)
    tell_gate(connection, subscriber)
    return made


def lower(connection: Connection, subscriber: Subscriber, session: str) -> None:
    """Let nothing have been proved of a session."""
    if assurances.end_assurance(connection, *_of(subscriber), session):
        tell_gate(connection, subscriber)


def demands(connection: Connection, subscriber: Subscriber, session: str, now: int) -> list[Demand]:
    """What stands against a session by itself at `now` (ms)."""
    return assurances.demands(connection, *_of(subscriber), session, now)


def demand(
    connection: Connection,
    subscriber: Subscriber,
    session: str,
    since: int,
    until: int | None,
    reason: Reason,
    key: str,
) -> None:
    """Let one session have to prove itself, from `since` until `until` (ms, None for until it has);
    `key` is on what that stands. What it proved before does not count."""
    row = Demand(CHALLENGE, since, until, reason.value, key)
    assurances.set_demand(connection, *_of(subscriber), session, row)
    assurances.end_assurance(connection, *_of(subscriber), session)
    tell_gate(connection, subscriber)


def drop(connection: Connection, subscriber: Subscriber, session: str, key: str | None) -> bool:
    """Ask no proof of a session any more, where that stands on this key, whatever it stands on for
    None; whether it was asked."""
    gone = assurances.drop_demand(connection, *_of(subscriber), session, CHALLENGE, key)
    if gone:
        tell_gate(connection, subscriber)
    return gone


def end_session(
    connection: Connection,
    subscriber: Subscriber,
    session: str,
    since: int,
    until: int | None,
    reason: Reason,
    key: str,
) -> None:
    """Let one session be turned away: its user signs in again."""
    row = Demand(REVOKED, since, until, reason.value, key)
    assurances.set_demand(connection, *_of(subscriber), session, row)
    assurances.end_assurance(connection, *_of(subscriber), session)
    tell_gate(connection, subscriber)


def tell_gate(connection: Connection, subscriber: Subscriber) -> None:
    """Let gates know that something else stands for an account."""
    gate_changes.tell(connection, subscriber.tenant, subscriber.account)


def _of(subscriber: Subscriber) -> tuple[int, str, str]:
    return subscriber.key, subscriber.tenant, subscriber.account
