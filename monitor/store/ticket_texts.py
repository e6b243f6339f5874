"""What is written on one ticket, and how what names somebody is taken out of it."""

from collections.abc import Callable
from typing import Any, Final, NamedTuple

import msgspec
from sqlalchemy import Connection, Table, delete, select, update

from monitor.store import tables

_encode = msgspec.msgpack.Encoder().encode


class Gone(NamedTuple):
    """How many comments were erased, and how many other texts."""

    comments: int
    others: int


def texts_of(connection: Connection, number: int) -> list[str]:
    """The texts of all comments of a ticket, the oldest first."""
    table = tables.ticket_comments
    query = select(table.c.text).where(table.c.ticket_id == number).order_by(table.c.id)
    return list(connection.execute(query).scalars())


def erase(
    connection: Connection, number: int, is_named: Callable[[str], bool], instead: str
) -> Gone:
    """Put `instead` in place of every text of a ticket that names somebody: its comments, links
    and what its changes say; such tags are taken away."""
    comments = _replace(connection, tables.ticket_comments, number, ("text",), is_named, instead)
    others = _replace(
        connection, tables.ticket_links, number, ("title", "address"), is_named, instead
    )
    others += _untag(connection, number, is_named)
    others += _unsay(connection, number, is_named, instead)
    return Gone(comments, others)


def _replace(
    connection: Connection,
    table: Table,
    number: int,
    names: tuple[str, ...],
    is_named: Callable[[str], bool],
    instead: str,
) -> int:
    query = select(table.c.id, *(table.c[n] for n in names)).where(table.c.ticket_id == number)
    count = 0
    for row in connection.execute(query).mappings().all():
        changed = {name: instead for name in names if is_named(row[name] or "")}
        if changed:
            connection.execute(update(table).where(table.c.id == row["id"]).values(changed))
            count += 1
    return count


def _untag(connection: Connection, number: int, is_named: Callable[[str], bool]) -> int:
    table = tables.ticket_tags
    query = select(table.c.tag).where(table.c.ticket_id == number)
    named = [tag for tag in connection.execute(query).scalars() if is_named(tag)]
    mine = (table.c.ticket_id == number, table.c.tag.in_(named))
    return int(connection.execute(delete(table).where(*mine)).rowcount) if named else 0


def _unsay(
    connection: Connection, number: int, is_named: Callable[[str], bool], instead: str
) -> int:
    table = tables.ticket_changes
    query = select(table.c.id, table.c.before, table.c.after).where(table.c.ticket_id == number)
    count = 0
    for identifier, before, after in connection.execute(query).all():
        told = [msgspec.msgpack.decode(bytes(one)) for one in (before, after)]
        made = [_without(one, is_named, instead) for one in told]
        if made != told:
            values = {"before": _encode(made[0]), "after": _encode(made[1])}
            connection.execute(update(table).where(table.c.id == identifier).values(values))
            count += 1
    return count


_WORDS: Final = ("word",)


def _without(told: Any, is_named: Callable[[str], bool], instead: str) -> Any:
    """A change without tags and words that name somebody."""
    if not isinstance(told, dict):
        return told
    made: dict[str, Any] = {}
    for name, value in told.items():
        if name == "tags":
            made[name] = [tag for tag in value if not is_named(tag)]
        elif name in _WORDS and is_named(value):
            made[name] = instead
        else:
            made[name] = _without(value, is_named, instead)
    return made
