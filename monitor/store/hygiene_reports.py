"""Which tenants were told of their hygiene for which month, who there is told, and who is not."""

from collections.abc import Sequence

from msgspec import Struct
from sqlalchemy import Connection, delete, exists, select
from sqlalchemy.dialects import postgresql, sqlite

from monitor.store import tables
from monitor.store.directory import DirectoryTable

MOST_RECIPIENTS = 20
"""People of one tenant that are written to."""
_ROLE, _STATE = "tenant_contact", "active"


class Recipient(Struct, frozen=True, kw_only=True):
    """Somebody who is written to; `is_reviewer`: they can look at it here."""

    name: str
    email: str
    is_reviewer: bool


def due(connection: Connection, month: int, days: range, most: int) -> list[str]:
    """Tenants by uid of which any of these days (since 1970, UTC) is kept, that were told nothing
    for the month (since 1970) yet, and are not left out."""
    kept, told, stops = tables.hygiene_days, tables.hygiene_reports, tables.hygiene_stops
    query = (
        select(kept.c.tenant)
        .where(
            kept.c.day.between(days.start, days.stop - 1),
            ~exists().where(told.c.tenant == kept.c.tenant, told.c.month == month),
            ~exists().where(stops.c.tenant == kept.c.tenant),
        )
        .group_by(kept.c.tenant)
        .order_by(kept.c.tenant)
        .limit(most)
    )
    return list(connection.execute(query).scalars())


def note(connection: Connection, tenant: str, month: int, now: int, recipients: int) -> bool:
    """Note at `now` (ms) that a tenant is told for a month; False where it was before."""
    table = tables.hygiene_reports
    insert = (postgresql if connection.dialect.name == "postgresql" else sqlite).insert(table)
    values = {"tenant": tenant, "month": month, "made": now, "recipients": recipients}
    statement = insert.values(values).on_conflict_do_nothing().returning(table.c.tenant)
    return connection.execute(statement).first() is not None


def newest(connection: Connection, tenant: str) -> tuple[int, int, int] | None:
    """The last month that a tenant was told for, when (ms), and how many people."""
    table = tables.hygiene_reports
    query = select(table.c.month, table.c.made, table.c.recipients).where(table.c.tenant == tenant)
    row = connection.execute(query.order_by(table.c.month.desc()).limit(1)).first()
    return None if row is None else (row[0], row[1], row[2])


def is_stopped(connection: Connection, tenant: str) -> bool:
    """Whether nobody at a tenant is written to."""
    table = tables.hygiene_stops
    return connection.execute(select(exists().where(table.c.tenant == tenant))).scalar_one()


def stop(connection: Connection, tenant: str, now: int, actor: str) -> None:
    """Let nobody at a tenant be written to from `now` (ms) on, as an actor says."""
    table = tables.hygiene_stops
    insert = (postgresql if connection.dialect.name == "postgresql" else sqlite).insert(table)
    values = {"tenant": tenant, "since": now, "actor": actor}
    connection.execute(insert.values(values).on_conflict_do_nothing())


def go_on(connection: Connection, tenant: str) -> None:
    """Let them be written to again."""
    table = tables.hygiene_stops
    connection.execute(delete(table).where(table.c.tenant == tenant))


def recipients(connection: Connection, tenant: str) -> Sequence[Recipient]:
    """Who at a tenant is written to: its contacts that sign in here, then those that the directory
    names with an address; each address once."""
    table = tables.reviewers
    query = select(table.c.name, table.c.email).where(
        table.c.tenant == tenant, table.c.role == _ROLE, table.c.state == _STATE
    )
    found: dict[str, Recipient] = {}
    for name, email in connection.execute(query.order_by(table.c.uid).limit(MOST_RECIPIENTS)):
        found.setdefault(email.casefold(), Recipient(name=name, email=email, is_reviewer=True))
    stored = DirectoryTable(connection).tenant(tenant)
    for contact in () if stored is None else stored.tenant.contacts:
        if contact.email:
            known = Recipient(name=contact.name, email=contact.email, is_reviewer=False)
            found.setdefault(contact.email.casefold(), known)
    return list(found.values())[:MOST_RECIPIENTS]


def forget(connection: Connection, before: int) -> int:
    """Delete what is noted of reports that were made before then (ms); how many there were."""
    table = tables.hygiene_reports
    return connection.execute(delete(table).where(table.c.made < before)).rowcount
