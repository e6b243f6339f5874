"""What may name the person elsewhere: lines that could not be read, restrictions, objections."""

from sqlalchemy import delete

from monitor.erasing.work import Work
from monitor.protection.traces import Traces
from monitor.store import erasing, tables

_REJECTS = 1_000


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


def requests(work: Work) -> bool:
    """Delete what is noted of its restrictions and objections."""
    subject = work.subject
    for table in (tables.restrictions, tables.objections):
        mine = (
            table.c.subject_key == subject.key(),
            table.c.tenant == subject.tenant,
            table.c.account == subject.uid,
        )
        gone = work.connection.execute(delete(table).where(*mine)).rowcount
        work.count(table.name, gone)
    return True
