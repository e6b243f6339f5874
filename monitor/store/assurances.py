"""What was proved of sessions, and what single sessions still have to prove.

Everything works on a connection that is given; the caller owns the transaction.
"""

from typing import Any, Final

from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, Table, delete, func, insert, or_, select

from monitor.store import tables

_ASSURANCES: Final = tables.assurances
_DEMANDS: Final = tables.session_demands


class AssuranceRow(Struct, frozen=True):
    """That a session was proved: how far (NIST's assurance level), by what, since when and until
    when (ms), in which challenge."""

    level: int
    method: str
    since: int
    until: int
    challenge_id: int | None = None


class DemandRow(Struct, frozen=True):
    """What stands against one session: `challenge` or `revoked`, as the gate's list has it, since
    when and until when (ms, None for until it is taken away), why, and on what it stands."""

    verdict: str
    since: int
    until: int | None
    reason: str
    key: str


def assurance(
    connection: Connection, subject_key: int, tenant: str, account: str, session: str
) -> AssuranceRow | None:
    """What was proved of a session last."""
    columns = [_ASSURANCES.c[name] for name in AssuranceRow.__struct_fields__]
    query = select(*columns).where(*_mine(_ASSURANCES, subject_key, tenant, account, session))
    row = connection.execute(query).first()
    return None if row is None else AssuranceRow(*row)


def set_assurance(
    connection: Connection,
    subject_key: int,
    tenant: str,
    account: str,
    session: str,
    row: AssuranceRow,
) -> None:
    """Let this be what was proved of a session."""
    mine = _mine(_ASSURANCES, subject_key, tenant, account, session)
    connection.execute(delete(_ASSURANCES).where(*mine))
    values: dict[str, Any] = {
        name: getattr(row, name) for name in AssuranceRow.__struct_fields__
    } | _whose(subject_key, tenant, account, session)
    connection.execute(insert(_ASSURANCES).values(values))


def end_assurance(
    connection: Connection, subject_key: int, tenant: str, account: str, session: str
) -> bool:
    """Let nothing have been proved of a session; whether anything was."""
    mine = _mine(_ASSURANCES, subject_key, tenant, account, session)
    return int(connection.execute(delete(_ASSURANCES).where(*mine)).rowcount) > 0


def demands(
    connection: Connection, subject_key: int, tenant: str, account: str, session: str, now: int
) -> list[DemandRow]:
    """What stands against a session at `now` (ms)."""
    columns = [_DEMANDS.c[name] for name in DemandRow.__struct_fields__]
    holds = or_(_DEMANDS.c.until.is_(None), _DEMANDS.c.until > now)
    query = select(*columns).where(*_mine(_DEMANDS, subject_key, tenant, account, session), holds)
    return [DemandRow(*row) for row in connection.execute(query.order_by(_DEMANDS.c.verdict))]


def set_demand(
    connection: Connection,
    subject_key: int,
    tenant: str,
    account: str,
    session: str,
    row: DemandRow,
) -> None:
    """Let this stand against a session, in place of what was of its kind."""
    drop_demand(connection, subject_key, tenant, account, session, row.verdict)
    values: dict[str, Any] = {
        name: getattr(row, name) for name in DemandRow.__struct_fields__
    } | _whose(subject_key, tenant, account, session)
    connection.execute(insert(_DEMANDS).values(values))


def drop_demand(
    connection: Connection,
    subject_key: int,
    tenant: str,
    account: str,
    session: str,
    verdict: str,
    key: str | None = None,
) -> bool:
    """Let it stand no longer, where it stands on `key` if one is given; whether it did."""
    mine = [*_mine(_DEMANDS, subject_key, tenant, account, session)]
    mine.append(_DEMANDS.c.verdict == verdict)
    if key is not None:
        mine.append(_DEMANDS.c.key == key)
    return int(connection.execute(delete(_DEMANDS).where(*mine)).rowcount) > 0


def ended(connection: Connection, before: int) -> int:
    """How many assurances and demands had ended before `before` (ms)."""
    return sum(
        int(
            connection.execute(
                select(func.count()).select_from(table).where(table.c.until < before)
            ).scalar_one()
        )
        for table in (_ASSURANCES, _DEMANDS)
    )


def forget(connection: Connection, before: int) -> int:
    """Delete assurances and demands that had ended before `before` (ms); how many."""
    return sum(
        int(connection.execute(delete(table).where(table.c.until < before)).rowcount)
        for table in (_ASSURANCES, _DEMANDS)
    )


def _mine(
    table: Table, subject_key: int, tenant: str, account: str, session: str
) -> tuple[ColumnElement[bool], ...]:
    return (
        table.c.subject_key == subject_key,
        table.c.tenant == tenant,
        table.c.account == account,
        table.c.session == session,
    )


def _whose(subject_key: int, tenant: str, account: str, session: str) -> dict[str, Any]:
    return {
        "subject_key": subject_key,
        "tenant": tenant,
        "account": account,
        "session": session,
    }
