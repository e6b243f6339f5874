"""How much was tried lately, shared by all web processes: one number for each digest.

The number is a time (ms): until when what was tried is paid for, each try costing some time (the
generic cell rate algorithm, ITU-T I.371). So one conditional write both asks and takes.
"""

from sqlalchemy import BigInteger, Connection, case, cast, literal, select, update
from sqlalchemy.dialects import postgresql, sqlite

from monitor.store import tables


def take(connection: Connection, digest: bytes, cost: int, most: int, now: int) -> bool:
    """Take one try that costs `cost` ms, unless more than `most` ms would be owed then.

    Of several at once none takes what another has taken.
    """
    table = tables.sign_in_limits
    _begin(connection, digest, now)
    owed = case((table.c.until > now, table.c.until), else_=cast(literal(now), BigInteger))
    free = owed + cost <= now + most
    taken = update(table).where(table.c.digest == digest, free).values(until=owed + cost)
    return bool(connection.execute(taken).rowcount)


def give_back(connection: Connection, digest: bytes, cost: int) -> None:
    """One try was none to be counted."""
    table = tables.sign_in_limits
    mine = update(table).where(table.c.digest == digest)
    connection.execute(mine.values(until=table.c.until - cost))


def owed(connection: Connection, digest: bytes, now: int) -> int:
    """How much (ms) is owed."""
    table = tables.sign_in_limits
    until = connection.execute(select(table.c.until).where(table.c.digest == digest)).scalar()
    return 0 if until is None else max(0, int(until) - now)


def _begin(connection: Connection, digest: bytes, now: int) -> None:
    is_server = connection.dialect.name == "postgresql"
    insert = postgresql.insert if is_server else sqlite.insert
    table = tables.sign_in_limits
    connection.execute(insert(table).values(digest=digest, until=now).on_conflict_do_nothing())
