"""How far the incidents' changes are followed: kept in the transaction that follows them."""

from typing import Final

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, select

from monitor.store import feed, tables
from monitor.store.writing import Writing

NOTE: Final = "responding.cursor"


class Cursor(Struct, kw_only=True):
    """`after` is the last change that was followed. While all incidents are looked at, `swept` is
    the id of the last one that was, in the order of ids; None while they are not. `held` are keys
    of accounts about which nothing was done as their data is restricted, `aside` ids of incidents
    that could not be answered over an error of ours; `is_more`: there were more of them."""

    after: int = 0
    swept: bytes | None = b""
    held: tuple[int, ...] = ()
    aside: tuple[bytes, ...] = ()
    is_more: bool = False


class Progress(Struct, frozen=True):
    """The last change that was followed, and about how many wait; one more while all incidents
    are looked at."""

    cursor: int
    waiting: int


def hold(connection: Connection) -> Cursor:
    """The cursor; nobody else moves it before this transaction ends: whoever wants to waits.

    Who never followed, or is behind the changes that are kept, or ahead of them (of a copy that
    was put back), looks at all incidents, and follows what changes from now on.
    """
    cursor = _decoded(Writing(connection).hold_note(NOTE))
    newest = feed.newest(connection)
    if cursor is None:
        return Cursor(after=newest)
    is_behind = feed.oldest(connection) > cursor.after + 1
    if cursor.after > newest or is_behind:
        cursor.after, cursor.swept = newest, b""
    return cursor


def keep(connection: Connection, cursor: Cursor) -> None:
    """Note it, with what was followed."""
    Writing(connection).set_note(NOTE, msgspec.msgpack.encode(cursor))


def progress(connection: Connection) -> Progress:
    """How far it is, only looking."""
    cursor = _noted(connection)
    newest = feed.newest(connection)
    if cursor is None:
        return Progress(0, newest + 1)
    is_sweeping = cursor.swept is not None
    return Progress(cursor.after, max(0, newest - cursor.after) + is_sweeping)


def noted(connection: Connection) -> Cursor:
    """The cursor as it is noted, only looking."""
    return _noted(connection) or Cursor()


def _noted(connection: Connection) -> Cursor | None:
    query = select(tables.engine.c.value).where(tables.engine.c.name == NOTE)
    return _decoded(connection.execute(query).scalar())


def _decoded(noted: bytes | None) -> Cursor | None:
    """None where nothing is noted, or what this version cannot read: then it begins anew."""
    if not noted:
        return None
    try:
        return msgspec.msgpack.decode(noted, type=Cursor)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
