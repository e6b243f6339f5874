"""What may name the person elsewhere: lines that nobody could read, the directory, the audit."""

import json

from msgspec import msgpack
from sqlalchemy import ColumnElement, LargeBinary, Table, and_, delete, select

from detectors.core.identity import Subject
from monitor import clock
from monitor.directory.account import account_id
from monitor.erasing.work import Work
from monitor.protection.traces import Traces
from monitor.store import audit, erasing, tables

_REJECTS = 1_000
_CONTENTS = 1_000
_ROWS = 1_000
_DOER = "daemon:vigie"
_HANDLED = frozenset(
    ("events", "evidence", "findings", "incidents", "snapshots", "ledgers", "erasures", "names")
)
"""Tables that have a stage of their own, and the one that tells of erasures."""


def rejects(work: Work) -> bool:
    """Delete the lines that could not be read and name it."""
    erasure, traces = work.erasure, Traces(work.disguise.words)
    if not traces:
        return True
    after = int.from_bytes(erasure.cursor or b"", "big")
    rows = erasing.next_rejects(work.connection, after, _REJECTS)
    gone = [i for i, raw, why in rows if traces.are_in(raw) or traces.are_in(why.encode())]
    work.count("unread lines", erasing.delete_rejects(work.connection, gone))
    erasure.cursor = rows[-1][0].to_bytes(8, "big") if rows else None
    return len(rows) < _REJECTS


def keyed(work: Work) -> bool:
    """Delete what any other table keeps of the account, by whichever key: its entry in the
    directory with its names, what imports did to it, what is noted of its hygiene, of its
    restrictions and objections."""
    for table in tables.metadata.sorted_tables:
        if table.name not in _HANDLED:
            for where in _of(table, work.subject):
                gone = work.connection.execute(delete(table).where(where)).rowcount
                work.count(f"rows of {table.name}", gone)
    return True


def _of(table: Table, subject: Subject) -> list[ColumnElement[bool]]:
    """By what a table may know an account, as the tables of the house do."""
    found = [table.c[n] == subject.key() for n in ("account_key", "subject_key") if n in table.c]
    if "account_id" in table.c and isinstance(table.c.account_id.type, LargeBinary):
        found.append(table.c.account_id == account_id(subject.tenant, subject.uid))
    found += [
        and_(table.c.tenant == subject.tenant, table.c[name] == subject.uid)
        for name in ("uid", "account")
        if name in table.c and "tenant" in table.c
    ]
    return found


def refused_rows(work: Work) -> bool:
    """Delete the lines of imports that were refused and name it."""
    table, traces = tables.import_rows, Traces(work.disguise.words)
    query = select(table.c.import_id, table.c.number, table.c.body)
    query = query.where(table.c.account_id.is_(None))
    after = _place(work)
    if after is not None:
        query = query.where(
            (table.c.import_id > after[0])
            | ((table.c.import_id == after[0]) & (table.c.number > after[1]))
        )
    query = query.order_by(table.c.import_id, table.c.number).limit(_ROWS)
    rows = work.connection.execute(query).all()
    for number, line, body in rows:
        if traces.are_in(bytes(body)):
            mine = (table.c.import_id == number, table.c.number == line)
            work.connection.execute(delete(table).where(*mine))
            work.count("rows of import_rows", 1)
    work.erasure.cursor = msgpack.encode((rows[-1][0], rows[-1][1])) if rows else None
    return len(rows) < _ROWS


def audited(work: Work) -> bool:
    """Delete what the audit says of it beside its chain, which goes on holding."""
    subject = f"account:{work.subject.key()}"
    gone = audit.erase(work.connection, [subject], time=clock.now_ms(), actor=_DOER)
    work.count("audit contents", gone)
    return True


def audited_elsewhere(work: Work) -> bool:
    """The same of what it says of others and names the person."""
    table: Table = tables.audit_contents
    traces = Traces(work.disguise.words)
    after = int.from_bytes(work.erasure.cursor or b"", "big")
    query = select(table.c.number, table.c.body).where(table.c.number > after)
    rows = work.connection.execute(query.order_by(table.c.number).limit(_CONTENTS)).all()
    gone = [number for number, body in rows if traces.are_in(told_by(bytes(body)))]
    audit.erase_numbers(work.connection, gone, time=clock.now_ms(), actor=_DOER)
    work.count("audit contents", len(gone))
    work.erasure.cursor = int(rows[-1][0]).to_bytes(8, "big") if rows else None
    return len(rows) < _CONTENTS


def told_by(body: bytes) -> bytes:
    """What content of the audit says, without the names of its fields: who is called `name` or
    `reason` is not in every entry."""
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        return body
    found, left = [], [told]
    while left:
        one = left.pop()
        if isinstance(one, dict):
            left.extend(one.values())
        elif isinstance(one, list):
            left.extend(one)
        else:
            found.append(str(one))
    return "\n".join(found).encode("utf-8", "surrogatepass")


def _place(work: Work) -> tuple[int, int] | None:
    cursor = work.erasure.cursor
    return None if cursor is None else msgpack.decode(cursor, type=tuple[int, int])
