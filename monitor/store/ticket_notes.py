"""What belongs to a ticket: comments, what became of it step by step, and links to others."""

from collections.abc import Collection, Sequence
from enum import StrEnum
from typing import Any, Final

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, delete, func, insert, or_, select, update

from alerts.ticket import Ticket
from monitor.store import tables
from monitor.store.tickets import StoredTicket

MOST: Final = 500
"""Comments, changes and links of one ticket that are shown, the last ones."""
_encode = msgspec.msgpack.Encoder().encode


class Deed(StrEnum):
    """What became of a ticket."""

    OPENED = "opened"
    CHANGED = "changed"
    UNDONE = "undone"
    EVIDENCE = "evidence"
    """It became graver, or milder, or another conclusion."""
    REOPENED = "reopened"
    """New evidence opened it again."""
    LOST = "lost"
    """Some of the findings that it rests on were withdrawn."""
    WITHDRAWN = "withdrawn"
    """All of them were."""
    RESTORED = "restored"
    """They stand again."""
    HELD = "held"
    """A suppression holds it back."""
    RELEASED = "released"
    """None holds it back any more."""
    WARNED = "warned"
    """People were told that its time is nearly up, or over."""


class State(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a change changes of a ticket."""

    ticket: Ticket
    tags: tuple[str, ...] = ()
    withdrawn: bool = False
    held_by: int | None = None


class _After(Struct, frozen=True, kw_only=True, omit_defaults=True):
    state: State
    deed: Deed
    number: int = 0
    word: str = ""


class Change(Struct, frozen=True, kw_only=True):
    """One change: when (ms), by whom, what the ticket was before and after, and as which version.
    `number` and `word` say more of some deeds; `act` is that of several at once; `undone` is when
    it was."""

    id: int
    ticket: int
    time: int
    actor: str
    actor_name: str
    act: str | None
    version: int
    before: State
    after: State
    deed: Deed
    number: int
    word: str
    undone: int | None


class Act(Struct, frozen=True, kw_only=True):
    """Several tickets changed at once: when (ms), by whom, how many, and how many of those were
    put back since."""

    act: str
    time: int
    actor_name: str
    tickets: int
    undone: int


class Comment(Struct, frozen=True, kw_only=True):
    """What somebody wrote, and when (ms)."""

    id: int
    ticket: int
    time: int
    actor: str
    actor_name: str
    text: str


class LinkKind(StrEnum):
    """How a ticket goes with another, or with something outside."""

    DUPLICATE_OF = "duplicate_of"
    RELATED = "related"
    OUTER = "outer"


class Link(Struct, frozen=True, kw_only=True):
    """One link. `other` is a ticket's number, `address` something outside; one of them."""

    id: int
    ticket: int
    kind: LinkKind
    other: int | None
    address: str | None
    title: str


_state = msgspec.msgpack.Decoder(State)
_after = msgspec.msgpack.Decoder(_After)


def state_of(one: StoredTicket) -> State:
    """What changes of a ticket are told of."""
    return State(ticket=one.ticket, tags=one.tags, withdrawn=one.withdrawn, held_by=one.held_by)


def add_change(
    connection: Connection,
    before: StoredTicket,
    after: StoredTicket,
    deed: Deed,
    *,
    time: int,
    actor: tuple[str, str],
    act: str | None = None,
    number: int = 0,
    word: str = "",
) -> int:
    """Write down what became of a ticket; `actor` is somebody's reference and name."""
    table = tables.ticket_changes
    told = _After(state=state_of(after), deed=deed, number=number, word=word)
    values = {
        "ticket_id": after.id,
        "subject_key": after.key,
        "time": time,
        "actor": actor[0],
        "actor_name": actor[1],
        "act": act,
        "version": after.version,
        "before": _encode(state_of(before)),
        "after": _encode(told),
    }
    made = connection.execute(insert(table).values(values).returning(table.c.id))
    return int(made.scalar_one())


def changes_of(connection: Connection, number: int) -> list[Change]:
    """The last changes of a ticket, the oldest first."""
    table = tables.ticket_changes
    query = select(table).where(table.c.ticket_id == number).order_by(table.c.id.desc())
    return _changes(connection.execute(query.limit(MOST)).mappings().all()[::-1])


def changes_at_once(connection: Connection, act: str) -> list[Change]:
    """The changes that were one act, in the order of tickets."""
    table = tables.ticket_changes
    query = select(table).where(table.c.act == act).order_by(table.c.ticket_id)
    return _changes(connection.execute(query).mappings().all())


def last_acts(connection: Connection, tenant: str | None, most: int = 10) -> list[Act]:
    """The last acts, of one tenant's tickets or of all; the last one first."""
    table = tables.ticket_changes
    query = select(
        table.c.act,
        func.min(table.c.time),
        func.min(table.c.actor_name),
        func.count(),
        func.count(table.c.undone),
    ).where(table.c.act.is_not(None))
    if tenant is not None:
        own = select(tables.tickets.c.id).where(tables.tickets.c.tenant == tenant)
        query = query.where(table.c.ticket_id.in_(own))
    query = query.group_by(table.c.act).order_by(func.max(table.c.id).desc()).limit(most)
    return [
        Act(act=act, time=time, actor_name=name, tickets=count, undone=undone)
        for act, time, name, count, undone in connection.execute(query)
    ]


def set_undone(connection: Connection, ids: Collection[int], now: int) -> None:
    """Note that these were undone."""
    table = tables.ticket_changes
    connection.execute(update(table).where(table.c.id.in_(list(ids))).values(undone=now))


def add_comment(
    connection: Connection, one: StoredTicket, text: str, *, time: int, actor: tuple[str, str]
) -> Comment:
    """Keep a comment."""
    table = tables.ticket_comments
    values = {
        "ticket_id": one.id,
        "subject_key": one.key,
        "time": time,
        "actor": actor[0],
        "actor_name": actor[1],
        "text": text,
    }
    made = connection.execute(insert(table).values(values).returning(table.c.id)).scalar_one()
    return Comment(
        id=int(made), ticket=one.id, time=time, actor=actor[0], actor_name=actor[1], text=text
    )


def comments_of(connection: Connection, number: int) -> list[Comment]:
    """The last comments of a ticket, the oldest first."""
    table = tables.ticket_comments
    query = select(table).where(table.c.ticket_id == number).order_by(table.c.id.desc())
    return [
        Comment(
            id=row.id,
            ticket=row.ticket_id,
            time=row.time,
            actor=row.actor,
            actor_name=row.actor_name,
            text=row.text,
        )
        for row in connection.execute(query.limit(MOST)).all()[::-1]
    ]


def add_link(
    connection: Connection,
    one: StoredTicket,
    kind: LinkKind,
    *,
    other: int | None = None,
    address: str | None = None,
    title: str = "",
) -> Link | None:
    """Link a ticket; None, and nothing is done, where it is linked so already."""
    known = links_of(connection, one.id)
    told = (kind, other, address)
    if any(told == (link.kind, link.other, link.address) for link in known):
        return None
    table = tables.ticket_links
    values = {
        "ticket_id": one.id,
        "subject_key": one.key,
        "kind": kind.value,
        "other_id": other,
        "address": address,
        "title": title,
    }
    made = connection.execute(insert(table).values(values).returning(table.c.id)).scalar_one()
    return Link(id=int(made), ticket=one.id, kind=kind, other=other, address=address, title=title)


def links_of(connection: Connection, number: int) -> list[Link]:
    """The links of a ticket, and those of others to it."""
    table = tables.ticket_links
    query = select(table).where(or_(table.c.ticket_id == number, table.c.other_id == number))
    rows = connection.execute(query.order_by(table.c.id).limit(MOST))
    return [
        Link(
            id=row.id,
            ticket=row.ticket_id,
            kind=LinkKind(row.kind),
            other=row.other_id,
            address=row.address,
            title=row.title,
        )
        for row in rows
    ]


def remove_link(connection: Connection, number: int, link: int) -> bool:
    """Forget a link of a ticket, or of another one to it; whether there was one."""
    table = tables.ticket_links
    mine = (table.c.id == link, or_(table.c.ticket_id == number, table.c.other_id == number))
    return connection.execute(delete(table).where(*mine)).rowcount == 1


def _changes(rows: Sequence[Any]) -> list[Change]:
    found = []
    for row in rows:
        after = _after.decode(row["after"])
        change = Change(
            id=row["id"],
            ticket=row["ticket_id"],
            time=row["time"],
            actor=row["actor"],
            actor_name=row["actor_name"],
            act=row["act"],
            version=row["version"],
            before=_state.decode(row["before"]),
            after=after.state,
            deed=after.deed,
            number=after.number,
            word=after.word,
            undone=row["undone"],
        )
        found.append(change)
    return found
