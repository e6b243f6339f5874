"""What follows at once when somebody says of a session that it was not them: all sessions of the
account end, and a new password is asked for.

It is the policy's act like any other: in shadow mode it is only told, guardrails hold it, protected
accounts are for people. Nobody waits for the detectors; what they make of it comes besides.
"""

from typing import Final

from msgspec import structs
from sqlalchemy import Connection

from alerts.incident import Assessment, Category, Incident
from alerts.measure import Measure, answered
from alerts.policy import Because, Grounds, Outcome, Policy, Response, decide
from alerts.ports import Action
from alerts.rule import Rule
from detectors.core.finding import Severity, Theme
from detectors.core.identity import Subject
from monitor.responding import guardrails
from monitor.responding.duty import Surroundings
from monitor.services.carrying import DISOWNED, carry_out, offering
from monitor.services.challenge_ends import is_left_alone
from monitor.services.circumstances import circumstances
from monitor.services.subscriber import Subscriber
from monitor.store import challenges, measures, policies
from monitor.store.challenges import StoredChallenge

_RULE: Final = Rule(name=DISOWNED, then=frozenset(("revoke",)))
_HELD: Final = frozenset((Because.GUARDRAIL, Because.TENANT_GUARDRAIL))
_GROUNDS: Final = Grounds(unlearned=True)
"""The owner's own word is no model's."""


def disown(
    connection: Connection, one: StoredChallenge, around: Surroundings, now: int
) -> Measure | None:
    """The measure that follows from a challenge that was denied, with its orders, at `now` (ms);
    None where nothing is decided about the account, or it was there already."""
    subscriber = Subscriber(one.tenant, one.account)
    measures.hold(connection, subscriber.subject)
    known = challenges.by_handle(connection, one.handle, lock=True)
    if known is None or known.answered:
        return None
    challenges.put(connection, known, structs.replace(known, answered=True))
    if is_left_alone(connection, subscriber):
        return None
    return _measured(connection, known, subscriber, around, now)


def _measured(
    connection: Connection,
    one: StoredChallenge,
    subscriber: Subscriber,
    around: Surroundings,
    now: int,
) -> Measure | None:
    settings, incident = around.settings, _incident(one, subscriber.subject)
    held = policies.holding(connection)
    response = _response(connection, incident, held.policy, around, now)
    if response is None:
        return None
    made = answered(response, subscriber.subject, now, incident=one.incident, policy=held.id)
    kept = measures.add(connection, structs.replace(made, key=f"{one.reference}:revoke"), now)
    if kept is None:
        return None
    if response.because in _HELD:
        values = {"step": response.step.word, "rule": response.rule}
        rails, limits = held.policy.guardrails, settings.tickets.limits
        guardrails.reach(
            connection, response.because, rails, incident, settings.roster, now, values, limits
        )
    return carry_out(connection, kept, settings.roster, now)


def _response(
    connection: Connection, incident: Incident, policy: Policy, around: Surroundings, now: int
) -> Response | None:
    """What the policy that holds makes of it, as if it had this rule alone."""
    settings = around.settings
    _, person = circumstances(connection, incident, now, settings.kinds())
    tally = guardrails.tally(connection, incident, now)
    alone = structs.replace(policy, rules=(_RULE,))
    found = decide(incident, _GROUNDS, alone, person, tally, now)
    if not found:
        return None
    can = offering(settings.roster, Action.REVOKE, incident.subject.tenant)
    if found[0].outcome in (Outcome.ACT, Outcome.HOLD) and not can:
        return structs.replace(found[0], outcome=Outcome.SHADOW, because=Because.NOBODY)
    return found[0]


def _incident(one: StoredChallenge, subject: Subject) -> Incident:
    """What a policy is asked about: the owner's word, as an incident would have it."""
    at = one.challenge.ended or one.challenge.created
    return Incident(
        id=bytes.fromhex(one.handle),
        subject=subject,
        theme=Theme.USE,
        category=Category.ACCOUNT_TAKEOVER,
        severity=Severity.HIGH,
        confidence=100,
        assessment=Assessment((0.0, 0.0, 0.0, 1.0), 0.0, ()),
        findings=(),
        opened=at,
        updated=at,
        reached=at,
    )
