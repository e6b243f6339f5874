"""Erasures: whom kept incidents are about is forgotten with the last of them."""

from typing import Any, ClassVar

from sqlalchemy import Connection, exists, func, select, update

from detectors.core.event import DAY
from monitor.retention.job import Due, Job, Work
from monitor.retention.periods import Limits
from monitor.store import tables


class Erasures(Job):
    """Looks at them once a round: there are few."""

    name: ClassVar[str] = "erasures"
    title: ClassVar[str] = "whose kept incidents of erased accounts are"

    def __init__(self) -> None:
        self._is_through = False

    def step(self, work: Work) -> int | None:
        """Forget those of which no incident is left."""
        if self._is_through:
            return None
        self._is_through = True
        table = tables.erasures
        statement = update(table).where(*_bare()).values(tenant=None, account=None)
        return work.connection.execute(statement).rowcount or None

    def due(self, connection: Connection, limits: Limits) -> Due:
        """Those that are told, and those that are to be forgotten."""
        table = tables.erasures
        told = select(func.count()).select_from(table).where(table.c.account.is_not(None))
        kept = int(connection.execute(told).scalar_one())
        due = int(connection.execute(told.where(*_bare())).scalar_one())
        return Due(kept=kept, due=due, before=limits.time // DAY * DAY)


def _bare() -> tuple[Any, ...]:
    table, incidents = tables.erasures, tables.incidents
    held = exists().where(incidents.c.subject == table.c.pseudonym)
    return table.c.finished.is_not(None), table.c.account.is_not(None), ~held
