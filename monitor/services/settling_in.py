"""What follows when somebody has set up a factor: nothing asks for one any more, and after a
recovery what was lost is void. All of it may be done again: a process may die in between."""

from typing import Any, Final

from msgspec import structs
from sqlalchemy import Connection, Engine, delete, insert

from monitor.mfa import lost_factor
from monitor.services.audit import record
from monitor.services.enrolment_notices import OWNER
from monitor.services.factors import Factors, Method
from monitor.services.leaving import reference_of
from monitor.services.requirement import order_key
from monitor.services.subscriber import Subscriber
from monitor.store import enrolments, recoveries, stream, tables
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
        _lift(connection, subscriber, now)
        if row.recovery_id is not None:
            _finish(connection, row.recovery_id, now)
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


def _lift(connection: Connection, subscriber: Subscriber, now: int) -> None:
    """The gate asks for a factor no longer because there is none."""
    table = tables.gate_list
    mine = (
        table.c.tenant == subscriber.tenant,
        table.c.account == subscriber.account,
        table.c.key == order_key(subscriber),
    )
    if connection.execute(delete(table).where(*mine)).rowcount:
        told: dict[str, Any] = {"tenant": subscriber.tenant, "account": subscriber.account}
        told |= {"subject_key": subscriber.key, "time": now}
        connection.execute(insert(tables.gate_changes).values(told))


def _finish(connection: Connection, identifier: int, now: int) -> None:
    before = recoveries.by_id(connection, identifier)
    if before is None or before.case.state is not lost_factor.State.READY:
        return
    done = structs.replace(before, case=lost_factor.done(before.case, now))
    after = recoveries.put(connection, before, done)
    if after is not None:
        stream.tell(connection, stream.Kind.RECOVERY, before.handle, before.tenant)
