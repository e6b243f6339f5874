"""What people and programs said of the account elsewhere: what names it goes, the rest stays.

Its own tickets go with all that hangs on them. On those of others of its tenant, and in what was
written about others, it is known by its names as whole words; a text that has one goes whole.
"""

from collections.abc import Iterable
from typing import Any, Final

import msgspec
from msgspec import structs
from sqlalchemy import Table, delete, or_, select, update

from alerts.ports import Order
from detectors.core.detector import Text
from monitor.erasing.work import Work
from monitor.protection.traces import Traces
from monitor.search import words_of
from monitor.store import closed, tables, ticket_texts, tickets
from monitor.store.tickets import StoredTicket

_AT_ONCE: Final = 500
_TICKETS: Final = 100
INSTEAD: Final = "[…]"
"""What stands for a text that named somebody who was erased."""
TEXTS: Final[tuple[tuple[Table, tuple[str, ...]], ...]] = (
    (tables.measures, ("reason", "decision", "undone_for")),
    (tables.suppressions, ("reason",)),
    (tables.ticket_filters, ("name", "query")),
    (tables.policies, ("reason",)),
    (tables.recoveries, ("proof", "decision")),
    (tables.outbox, ("reason",)),
    (tables.account_notes, ("text",)),
)
"""What people wrote about others, or for themselves."""
_encode = msgspec.msgpack.Encoder().encode
_order = msgspec.msgpack.Decoder(Order).decode


def own_tickets(work: Work) -> bool:
    """Delete its tickets with all that was said on them, what leads to them, and what others were
    told because of them or of its measures."""
    connection, key = work.connection, work.subject.key()
    orders, measures = tables.outbox, tables.measures
    query = select(tables.tickets.c.id).where(tables.tickets.c.subject_key == key)
    mine = list(connection.execute(query.limit(_AT_ONCE)).scalars())
    done = select(measures.c.id).where(measures.c.subject_key == key)
    told = or_(orders.c.ticket_id.in_(mine), orders.c.measure_id.in_(done))
    work.count("rows of outbox", connection.execute(delete(orders).where(told)).rowcount)
    work.count("rows of tickets", closed.forget_tickets(connection, mine))
    return len(mine) < _AT_ONCE


def said_elsewhere(work: Work) -> bool:
    """Erase what names it on others' tickets, and what those are found by; some at a time, of the
    account's own tenant and of none."""
    erasure, table = work.erasure, tables.tickets
    after = int.from_bytes(erasure.cursor or b"", "big")
    mine = (table.c.tenant.in_((work.subject.tenant, "")), table.c.id > after)
    query = select(table.c.id).where(*mine).order_by(table.c.id).limit(_TICKETS)
    numbers = list(work.connection.execute(query).scalars())
    traces = Traces(work.disguise.words)
    for number in numbers:
        one = tickets.ticket(work.connection, number, hidden=True)
        if one is not None and (_erase(work, traces, one) or _is_found_by(work, number)):
            kept = ticket_texts.texts_of(work.connection, number)
            told = tickets.ticket(work.connection, number, hidden=True)
            tickets.set_words(work.connection, told or one, " ".join(kept))
    erasure.cursor = numbers[-1].to_bytes(8, "big") if numbers else None
    return len(numbers) < _TICKETS


def texts(work: Work) -> bool:
    """Erase what names it where people said why they did something about others, in what was to be
    told, and in questions that somebody keeps; some at a time."""
    erasure, traces = work.erasure, Traces(work.disguise.words)
    place, after = (0, 0) if erasure.cursor is None else _place(erasure.cursor)
    for number, (table, names) in enumerate(TEXTS[place:], place):
        last = _texts_in(work, traces, table, names, after)
        if last is not None:
            erasure.cursor = _encode((number, last))
            return False
        after = 0
    return True


def _texts_in(
    work: Work, traces: Traces, table: Table, names: tuple[str, ...], after: int
) -> int | None:
    """Some of one table; the last one's id, None when there are no more."""
    columns = [table.c.id, *(table.c[name] for name in names)]
    if table is tables.outbox:
        columns.append(table.c.body)
    query = select(*columns).where(table.c.id > after)
    if "tenant" in table.c:
        own = table.c.tenant.in_((work.subject.tenant, ""))
        query = query.where(own | table.c.tenant.is_(None))
    rows = work.connection.execute(query.order_by(table.c.id).limit(_AT_ONCE)).mappings().all()
    for row in rows:
        changed = {n: INSTEAD for n in names if _names(traces, (row[n] or "",))}
        if "body" in row:
            changed |= _of_order(traces, bytes(row["body"]))
        if changed:
            # Of two questions of one person, each has its name.
            if "name" in changed:
                changed["name"] = f"{INSTEAD} {row['id']}"
            mine = table.c.id == row["id"]
            work.connection.execute(update(table).where(mine).values(changed))
            work.count("texts", len(changed))
    return int(rows[-1]["id"]) if len(rows) == _AT_ONCE else None


def _is_found_by(work: Work, number: int) -> bool:
    """Whether a ticket is found by one of the names."""
    table = tables.tickets
    told = work.connection.execute(select(table.c.search).where(table.c.id == number)).scalar_one()
    known = set(told.split())
    wanted = (words_of(name) for name in work.disguise.words)
    return any(words and known.issuperset(words) for words in wanted)


def _erase(work: Work, traces: Traces, one: StoredTicket) -> bool:
    """Erase what names it on a ticket; whether anything did."""
    gone = ticket_texts.erase(
        work.connection, one.id, lambda text: _names(traces, (text,)), INSTEAD
    )
    work.count("comments", gone.comments)
    work.count("texts", gone.others)
    details = one.details
    facts = {n: INSTEAD if _names(traces, (v,)) else v for n, v in details.facts.items()}
    name = INSTEAD if _names(traces, (details.account_name,)) else details.account_name
    made = structs.replace(one, details=structs.replace(details, facts=facts, account_name=name))
    if _names(traces, (one.title.en, one.title.fr)):
        made = structs.replace(made, title=Text(INSTEAD, INSTEAD))
    if made != one:
        tickets.note(work.connection, made)
        mine = tables.tickets.c.id == one.id
        titled = update(tables.tickets).where(mine).values(title=made.title.en)
        work.connection.execute(titled)
        work.count("texts", 1)
    return made != one or gone != (0, 0)


def _of_order(traces: Traces, body: bytes) -> dict[str, Any]:
    """An order that was given about others, without what names it."""
    order = _order(body)
    values = {n: INSTEAD if _names(traces, (v,)) else v for n, v in order.values.items()}
    why = INSTEAD if _names(traces, (order.reason,)) else order.reason
    made = structs.replace(order, values=values, reason=why)
    return {} if made == order else {"body": _encode(made)}


def _names(traces: Traces, told: Iterable[str]) -> bool:
    return any(traces.are_in(one.encode("utf-8", "surrogatepass")) for one in told)


def _place(cursor: bytes) -> tuple[int, int]:
    return msgspec.msgpack.decode(cursor, type=tuple[int, int])
