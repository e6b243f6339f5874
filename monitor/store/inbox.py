"""What was sent to us, kept durably from the answer to its sender until the engine has read it."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import msgspec
import zstandard
from msgspec import Struct
from sqlalchemy import Connection, Engine, delete, event, func, insert, select, text
from sqlalchemy.engine import URL

from monitor.sources.source import Rejected
from monitor.store import tables
from monitor.store.connection import BUSY_TIMEOUT, connect, reading
from monitor.store.writing import Writing

MOST_LINES = 1_000
MOST_BYTES = 1 << 20
"""What a parcel holds at most, unless one line alone is longer; `parcels` sees to it."""

_PACKED_FROM = 512
_ZSTD = b"\x28\xb5\x2f\xfd"
# Any number, the same for everybody who puts something in.
_LOCK = 0x7669_6769_6501
_TERMS = "inbox"


class Parcel(Struct, frozen=True):
    """Lines that one sender sent for one source, without their line ends.

    `sender` is one of few names (it is a stream to the engine, and what positions begin with).
    With a `tenant`, the sender may speak for that one only. `is_beginning`: identical lines are
    counted from here on, since what begins here may be sent again and then is the same events;
    else they are counted on from what the source gave before. `first_line` is the number of the
    first line within what was sent, 1-based. `rejects` are what was sent between the lines and
    not held whole.
    """

    source: str
    sender: str
    lines: list[bytes]
    tenant: str | None = None
    is_beginning: bool = False
    first_line: int = 1
    rejects: tuple[Rejected, ...] = ()


class Arrived(NamedTuple):
    """A parcel as it lies in the inbox; `received` in ms since 1970 UTC."""

    id: int
    received: int
    parcel: Parcel


class Waiting(NamedTuple):
    """What was not read yet: parcels, their lines, and the bytes that they take."""

    parcels: int
    lines: int
    size: int


class _Body(Struct, array_like=True):
    sender: str
    is_beginning: bool
    first_line: int
    lines: list[bytes]
    rejects: tuple[Rejected, ...] = ()


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(_Body).decode


class Terms(Struct, frozen=True):
    """What the engine takes from its inbox: for which sources others may send, and how many bytes
    may wait (as they are stored)."""

    sources: tuple[str, ...] = ()
    most: int = 1 << 30


def durable(url: str | URL, patience: int = BUSY_TIMEOUT) -> Engine:
    """An engine whose commits survive a power cut, also on SQLite, where it waits for another's
    write for `patience` (ms). Raises as `connect` does."""
    engine = connect(url)
    if engine.dialect.name == "sqlite":

        def prepare(connection: Any, _entry: object) -> None:
            connection.execute("PRAGMA synchronous = FULL").close()
            connection.execute(f"PRAGMA busy_timeout = {patience:d}").close()

        event.listen(engine, "connect", prepare)
    return engine


def parcels(
    source: str, sender: str, lines: Sequence[bytes], tenant: str | None = None
) -> list[Parcel]:
    """What one sender sent at once, in parcels that are not too large."""
    made: list[Parcel] = []
    start = size = 0
    for index, line in enumerate(lines):
        if index > start and (index - start >= MOST_LINES or size + len(line) > MOST_BYTES):
            made.append(_parcel(source, sender, lines, tenant, start, index))
            start, size = index, 0
        size += len(line)
    made.append(_parcel(source, sender, lines, tenant, start, len(lines)))
    return made


class Inbox:
    """The parcels of one database. Safe to share between threads.

    Ids are given in the order of commits, so that whoever has read up to one misses none.
    """

    def __init__(self, engine: Engine) -> None:
        """What is put in is as durable as the commits of `engine`, see `durable`."""
        self._engine = engine
        self._reading = reading(engine)

    def put(
        self,
        sent: Sequence[Parcel],
        received: int,
        also: Callable[[Connection], None] = lambda _: None,
    ) -> list[int]:
        """Store all of them in one transaction, and return their ids when they are durable.

        `also` writes what is to be committed with them. Raises sqlalchemy.exc.SQLAlchemyError, and
        nothing is stored then (unless a server was lost while it committed).
        """
        if not sent:
            return []
        with self._engine.begin() as connection:
            also(connection)
            return deposit(connection, sent, received)

    def after(self, source: str, last: int, most: int, size: int) -> list[Arrived]:
        """The next parcels of a source behind the id `last`, in order: at most so many, and about
        so many bytes as they are stored, but one if there is one."""
        table = tables.inbox
        mine = (table.c.source == source, table.c.id > last)
        sizes = select(table.c.id, table.c.size).where(*mine).order_by(table.c.id).limit(most)
        query = select(table.c.id, table.c.received, table.c.tenant, table.c.body).where(*mine)
        with self._reading.connect() as connection:
            until = _up_to(connection.execute(sizes).all(), size)
            if until is None:
                return []
            rows = connection.execute(query.where(table.c.id <= until).order_by(table.c.id))
            return [_arrived(source, *row) for row in rows]

    def drop(self, source: str, first: int, last: int) -> None:
        """Forget a source's parcels with ids from `first` to `last`, which are read."""
        table = tables.inbox
        mine = (table.c.source == source, table.c.id >= first, table.c.id <= last)
        with self._engine.begin() as connection:
            connection.execute(delete(table).where(*mine))

    def newest_until(self, source: str, last: int) -> int | None:
        """When the latest of a source's parcels with ids up to `last` was received (ms)."""
        table = tables.inbox
        query = select(func.max(table.c.received)).where(
            table.c.source == source, table.c.id <= last
        )
        with self._reading.connect() as connection:
            return connection.execute(query).scalar()

    def waiting(self) -> Waiting:
        """What lies in the inbox; looks at each parcel in it, but not inside."""
        table = tables.inbox
        query = select(
            func.count(),
            func.coalesce(func.sum(table.c.lines), 0),
            func.coalesce(func.sum(table.c.size), 0),
        ).select_from(table)
        with self._reading.connect() as connection:
            found = connection.execute(query).one()
        return Waiting(*map(int, found))

    def announce(self, terms: Terms) -> None:
        """Tell whoever receives what may be put in; the engine does, when it begins."""
        with self._engine.begin() as connection:
            Writing(connection).set_note(_TERMS, msgspec.msgpack.encode(terms))

    def terms(self) -> Terms | None:
        """What was announced; None while no engine has begun."""
        with self._reading.connect() as connection:
            note = Writing(connection).note(_TERMS)
        return None if note is None else msgspec.msgpack.decode(note, type=Terms)


def deposit(connection: Connection, sent: Sequence[Parcel], received: int) -> list[int]:
    """Store parcels (received at so many ms) in the open transaction; their ids.

    The last thing before it commits: all others who put something in wait until then.
    """
    if not sent:
        return []
    rows = [_row(parcel, received) for parcel in sent]
    # A server gives out ids before it commits: of two at once, the later may be first to be seen.
    # SQLite has one writer at a time.
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    statement = insert(tables.inbox).returning(tables.inbox.c.id, sort_by_parameter_order=True)
    return [row[0] for row in connection.execute(statement, rows)]


def _parcel(
    source: str, sender: str, lines: Sequence[bytes], tenant: str | None, start: int, end: int
) -> Parcel:
    return Parcel(source, sender, [*lines[start:end]], tenant, start == 0, start + 1)


def _row(parcel: Parcel, received: int) -> dict[str, object]:
    body = _encode(
        _Body(parcel.sender, parcel.is_beginning, parcel.first_line, parcel.lines, parcel.rejects)
    )
    if len(body) >= _PACKED_FROM:
        body = zstandard.ZstdCompressor(level=1).compress(body)
    return {
        "source": parcel.source,
        "tenant": parcel.tenant,
        "received": received,
        "lines": len(parcel.lines) + len(parcel.rejects),
        "size": len(body),
        "body": body,
    }


def _arrived(
    source: str, identifier: int, received: int, tenant: str | None, body: bytes
) -> Arrived:
    packed = bytes(body)
    if packed.startswith(_ZSTD):
        packed = zstandard.ZstdDecompressor().decompress(packed)
    told = _decode(packed)
    parcel = Parcel(
        source,
        told.sender,
        told.lines,
        tenant,
        told.is_beginning,
        told.first_line,
        told.rejects,
    )
    return Arrived(identifier, received, parcel)


def _up_to(sizes: Sequence[Any], room: int) -> int | None:
    """The last id of those that fit; the first one's in any case."""
    until: int | None = None
    for identifier, size in sizes:
        room -= size
        if until is not None and room < 0:
            break
        until = identifier
    return until
