"""What people said of the account on tickets of others: what names it goes, the rest stays."""

from sqlalchemy import select, update

from monitor.erasing.work import Work
from monitor.protection.traces import Traces
from monitor.search import words_of
from monitor.store import tables, ticket_notes, tickets

_AT_ONCE = 500
INSTEAD = "[…]"
"""What stands for a comment that named somebody who was erased."""


def said_elsewhere(work: Work) -> bool:
    """Erase the comments that name it on others' tickets, and what those are found by; some at a
    time, of the account's own tenant."""
    erasure, table = work.erasure, tables.tickets
    after = int.from_bytes(erasure.cursor or b"", "big")
    mine = (table.c.tenant == work.subject.tenant, table.c.id > after)
    query = select(table.c.id, table.c.search).where(*mine).order_by(table.c.id).limit(_AT_ONCE)
    rows = work.connection.execute(query).all()
    wanted = [words for name in work.disguise.words if (words := words_of(name))]
    for number, search in rows:
        told = set(search.split())
        if any(told.issuperset(words) for words in wanted):
            _erase(work, number)
    erasure.cursor = int(rows[-1].id).to_bytes(8, "big") if rows else None
    return len(rows) < _AT_ONCE


def _erase(work: Work, number: int) -> None:
    connection, traces = work.connection, Traces(work.disguise.words)
    one = tickets.ticket(connection, number, hidden=True)
    if one is None or not traces:
        return
    kept: list[str] = []
    table = tables.ticket_comments
    for comment in ticket_notes.comments_of(connection, number):
        if not traces.are_in(comment.text.encode("utf-8", "surrogatepass")):
            kept.append(comment.text)
            continue
        mine = table.c.id == comment.id
        connection.execute(update(table).where(mine).values(text=INSTEAD))
        work.count("comments", 1)
    tickets.set_words(connection, one, " ".join(kept))
