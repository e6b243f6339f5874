"""What changed on people's side, in the order of commits: tickets, measures, policies, orders."""

from enum import StrEnum

from sqlalchemy import Connection, insert, text

from monitor.clock import now_ms
from monitor.store import tables

_LOCK = 0x7669_6769_6505


class Kind(StrEnum):
    """What a change is of."""

    TICKET = "ticket"
    MEASURE = "measure"
    POLICY = "policy"
    ORDER = "order"
    SUPPRESSION = "suppression"


def tell(connection: Connection, kind: Kind, reference: str, tenant: str = "") -> None:
    """Note, in the open transaction, that something changed; its tenant is empty where it is
    nobody's.

    Ids grow by the order of commits, whoever writes: on PostgreSQL behind a lock that the
    transaction holds from here to its end, so this is done late in it.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    values = {"kind": kind, "reference": reference, "tenant": tenant, "time": now_ms()}
    connection.execute(insert(tables.changes), values)
