"""On what a challenge rests that the gate asks for, by the key of the order or demand: a measure
with its incident, what a reviewer asked, a tenant's requirement, an application's question."""

from typing import Final

from msgspec import structs
from sqlalchemy import Connection

from monitor.mfa.challenge import Origin, Reason
from monitor.services.challenge_views import Wanted
from monitor.services.suspicion import REQUIRED
from monitor.store import challenges, measures

_CHALLENGE, _MEASURE, _QUESTION = "challenge:", "measure.", "question."
_LONGEST: Final = 18
"""Digits of a number that databases hold."""


def rested(connection: Connection, wanted: Wanted) -> Wanted:
    """What the gate wants, with why it is asked and what it is about."""
    key = wanted.key
    told = structs.replace(wanted, reason=Reason.UNUSUAL, origin=Origin.GATE)
    if key.startswith(_CHALLENGE):
        return _asked_before(connection, told, key.removeprefix(_CHALLENGE))
    if key.startswith(_MEASURE):
        return _of_measure(connection, told, measure_of(key))
    if key.startswith(_QUESTION):
        return structs.replace(told, origin=Origin.SIGN_IN)
    if key.startswith(REQUIRED):
        # Who has none yet is asked for a factor, and not because of anything that was seen.
        return structs.replace(told, reason=Reason.REQUIRED)
    return told


def measure_of(key: str) -> int | None:
    """The measure whose order a key is of (`measure.ID.ROUND.WHAT`)."""
    number = key.removeprefix(_MEASURE).partition(".")[0]
    is_number = number.isascii() and number.isdigit() and len(number) <= _LONGEST
    return int(number) if key.startswith(_MEASURE) and is_number else None


def _of_measure(connection: Connection, told: Wanted, number: int | None) -> Wanted:
    known = None if number is None else measures.get(connection, number)
    if known is None or known.subject != told.subscriber.subject:
        return told
    origin = Origin.POLICY if known.is_automatic else Origin.REVIEWER
    reason = Reason.UNUSUAL if known.is_automatic else Reason.REVIEW
    return structs.replace(
        told, origin=origin, reason=reason, measure=known.id, incident=known.incident
    )


def _asked_before(connection: Connection, told: Wanted, handle: str) -> Wanted:
    known = challenges.by_handle(connection, handle)
    if known is None or (known.tenant, known.account) != (
        told.subscriber.tenant,
        told.subscriber.account,
    ):
        return told
    return structs.replace(
        told,
        origin=known.origin,
        reason=known.reason,
        measure=known.measure,
        incident=known.incident,
    )
