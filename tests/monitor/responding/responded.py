"""What came of incidents, as the tables have it once all of them were followed."""

from pathlib import Path

from sqlalchemy import Engine, select

from monitor.responding.answering import Answers
from monitor.responding.duty import Surroundings
from monitor.responding.following import Following
from monitor.settings import Settings
from monitor.store import tables
from monitor.store.outbox import Wanted, page
from tests.monitor.responding.incidents import NOW

RESPONDERS = {"hook": {"kind": "webhook"}}
"""Plain terms are enough for whoever only writes orders."""


def around(database: Engine, now: int = NOW, **settings: object) -> Surroundings:
    """What duties work with, at a time (ms)."""
    given = {"data": Path("/nowhere"), "responders": RESPONDERS, **settings}
    return Surroundings(settings=Settings(**given), database=database, now=lambda: now)  # type: ignore[arg-type]


def follow(database: Engine, now: int = NOW, **settings: object) -> dict[str, int]:
    """Follow all there is; what was counted."""
    surroundings = around(database, now, **settings)
    following = Following(surroundings, Answers(surroundings))
    while following.step():
        pass
    following.close()
    return surroundings.counts.told()


def measures_of(database: Engine) -> list[tuple[str, str, str | None]]:
    """Step, state and reason of each measure, in the order in which they were made."""
    table = tables.measures
    query = select(table.c.step, table.c.state, table.c.because).order_by(table.c.id)
    with database.connect() as connection:
        return [tuple(row) for row in connection.execute(query)]


def orders_of(database: Engine) -> list[tuple[str, str]]:
    """Responder and action of each order."""
    table = tables.outbox
    query = select(table.c.responder, table.c.action).order_by(table.c.id)
    with database.connect() as connection:
        return [tuple(row) for row in connection.execute(query)]


def called(database: Engine) -> list[str]:
    """The messages that the team is told, in order."""

    with database.connect() as connection:
        rows = page(connection, Wanted())
    return [row.order.template for row in reversed(rows) if row.action.value == "tell"]


def tickets_of(database: Engine) -> list[tuple[str, str, str]]:
    """Kind, tenant and status of each ticket."""
    table = tables.tickets
    query = select(table.c.kind, table.c.tenant, table.c.status).order_by(table.c.id)
    with database.connect() as connection:
        return [tuple(row) for row in connection.execute(query)]
