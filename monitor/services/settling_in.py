"""What follows when somebody has set up a factor: nothing asks for one any more, and after a
recovery what was lost is void. All of it may be done again: a process may die in between."""

from typing import Final

from sqlalchemy import Engine

from monitor.services import recovery_steps
from monitor.services.audit import record
from monitor.services.enrolment_notices import OWNER
from monitor.services.factors import Factors, Method
from monitor.services.leaving import reference_of
from monitor.services.requiring import lift
from monitor.services.subscriber import Subscriber
from monitor.store import enrolments
from monitor.store.enrolments import LinkRow

SET_UP: Final = "enrolment:done"
"""What the audit calls it."""


def settle_in(engine: Engine, factors: Factors, row: LinkRow, now: int) -> None:
    """A link has served at `now` (ms)."""
    subscriber = Subscriber(row.tenant, row.account)
    if row.recovery_id is not None:
        _revoke_lost(factors, subscriber, row)
    with engine.begin() as connection:
        enrolments.end_grace(connection, row.tenant, row.account)
        enrolments.end_all(connection, row.subject_key, now)
        lift(connection, subscriber)
        if row.recovery_id is not None:
            recovery_steps.finish(connection, row.recovery_id, now)
        record(
            connection,
            OWNER,
            SET_UP,
            reference_of(subscriber.subject),
            tenant=row.tenant,
            content={"link": row.handle, "purpose": row.purpose},
        )


def _revoke_lost(factors: Factors, subscriber: Subscriber, row: LinkRow) -> None:
    """Take away what somebody had before they opened the link of their recovery."""
    before = row.opened or 0
    for one in factors.listed(subscriber.owner):
        if one.created < before and one.kind is not Method.RECOVERY:
            factors.revoke(subscriber.owner, one.handle, reason="lost")
