"""Small numbers beside the console's rooms: what waits there for whoever looks.

They are asked for with every page, so each is one query that an index answers, and none is more
than a hundred.
"""

from collections.abc import Callable
from typing import Final

from sqlalchemy import Engine, func, select
from sqlalchemy import Select as Query

from alerts.measure import State
from monitor.clock import now_ms
from monitor.mfa.lost_factor import State as Case
from monitor.services.actor import Actor, Role
from monitor.services.authority import Operation, permits
from monitor.store import tables
from monitor.store.connection import reading

MOST: Final = 100
"""From so many on it is not counted further."""


class Badges:
    """Of one database. Safe to share between threads; `now` gives ms since 1970 UTC."""

    def __init__(self, database: Engine, now: Callable[[], int] = now_ms) -> None:
        self._reading = reading(database)
        self._now = now

    def approvals(self, who: Actor) -> int:
        """How much waits for somebody as a second person; 0 for who is none. What they asked for
        themselves does not wait for them."""
        wanted = [
            *([self._measures(who)] if permits(who, Operation.MEASURES_APPROVE) else []),
            *([self._cases(who)] if permits(who, Operation.RECOVERIES_APPROVE) else []),
        ]
        if not wanted or (Role.TENANT_CONTACT in who.roles and who.tenant is None):
            return 0
        with self._reading.begin() as connection:
            found = [
                connection.execute(select(func.count()).select_from(one.limit(MOST).subquery()))
                for one in wanted
            ]
            return min(MOST, sum(int(result.scalar_one()) for result in found))

    def _measures(self, who: Actor) -> Query[tuple[int]]:
        table = tables.measures
        query = select(table.c.id).where(
            table.c.state == State.REQUESTED.value,
            table.c.requester != who.reference,
            table.c.expires > self._now(),
            table.c.subject_key.not_in(_restricted()),
        )
        return query if who.tenant is None else query.where(table.c.tenant == who.tenant)

    def _cases(self, who: Actor) -> Query[tuple[int]]:
        table = tables.recoveries
        query = select(table.c.id).where(
            table.c.state == Case.PROVED.value,
            table.c.requester != who.reference,
            table.c.prover != who.reference,
            table.c.expires > self._now(),
            table.c.subject_key.not_in(_restricted()),
        )
        return query if who.tenant is None else query.where(table.c.tenant == who.tenant)


def _restricted() -> Query[tuple[int]]:
    held = tables.restrictions
    return select(held.c.subject_key).where(held.c.until.is_(None))
