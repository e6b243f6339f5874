"""Reads the audit: from its first entry to its last a part at a time, or the newest that fit."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

from msgspec import Struct
from sqlalchemy import Connection, Row, Select, func, select

from monitor.chain.entry import BEGINNING, Content, Entry, Mark
from monitor.chain.sealing import Seal, Statement
from monitor.chain.verification import Verdict, Verifier, Wrong
from monitor.store import tables

HEAD: Final = "head"
"""The mark of the last entry."""
ANCHOR: Final = "anchor"
"""The mark of the last one that retention took away."""
MOST: Final = 500
"""Entries of one page."""
_FETCHED = 2_000
_TOLD_EVERY = 1_000


class Filter(Struct, frozen=True, kw_only=True):
    """Which entries: of an actor, an operation, a subject, a tenant, of times (ms) from `since` up
    to before `until`; None for any."""

    actor: str | None = None
    operation: str | None = None
    subject: str | None = None
    tenant: str | None = None
    since: int | None = None
    until: int | None = None


def head(connection: Connection) -> Mark:
    """Where the chain says that it ends."""
    row = _mark(connection, HEAD)
    return BEGINNING if row is None else Mark(int(row.number), bytes(row.digest))


def anchor(connection: Connection) -> Seal | None:
    """The last entry that retention took away; None where it took none."""
    row = _mark(connection, ANCHOR)
    if row is None:
        return None
    return Seal(
        statement=Statement.ANCHOR,
        number=int(row.number),
        digest=bytes(row.digest),
        time=row.time or 0,
        signer=bytes(row.signer or b""),
        signature=bytes(row.signature or b""),
    )


def entries(
    connection: Connection, after: int = 0, most: int | None = None
) -> Iterator[tuple[Entry, Content | None]]:
    """The entries behind a number with what is left of their contents, in order, all or the first
    `most`; a part of them in memory at a time."""
    query = _query().where(tables.audit.c.number > after).order_by(tables.audit.c.number)
    query = query.limit(most).execution_options(yield_per=_FETCHED)
    with connection.execute(query) as result:
        for part in result.partitions():
            for row in part:
                yield _entry(tuple(row))


def newest(
    connection: Connection, wanted: Filter, before: int | None, most: int
) -> list[tuple[Entry, Content | None]]:
    """The newest entries of those wanted, with numbers less than `before`, the newest first."""
    table = tables.audit
    query = _query().order_by(table.c.number.desc()).limit(min(most, MOST))
    for name in ("actor", "operation", "subject", "tenant"):
        value = getattr(wanted, name)
        if value is not None:
            query = query.where(table.c[name] == value)
    if wanted.since is not None:
        query = query.where(table.c.time >= wanted.since)
    if wanted.until is not None:
        query = query.where(table.c.time < wanted.until)
    if before is not None:
        query = query.where(table.c.number < before)
    return [_entry(tuple(row)) for row in connection.execute(query)]


def digest_at(connection: Connection, number: int) -> bytes | None:
    """The digest of one entry; None where there is none of this number."""
    table = tables.audit
    query = select(table.c.digest).where(table.c.number == number)
    digest = connection.execute(query).scalar()
    return None if digest is None else bytes(digest)


def verify(
    connection: Connection,
    signer: bytes,
    seals: list[Seal],
    told: Callable[[int], object] = lambda _: None,
) -> Verdict:
    """Look at all entries of a transaction's moment; `told` hears of how many more were looked at.

    `signer` is the public key of the instance, `seals` are the signed places outside.
    """
    verifier = Verifier(signer, anchor(connection), seals)
    since = 0
    for entry, content in entries(connection):
        verifier.look(entry, content)
        since += 1
        if since == _TOLD_EVERY:
            told(since)
            since = 0
    told(since)
    for number in strays(connection):
        verifier.fault(Wrong.STRAY, number)
    return verifier.end(head(connection))


def strays(connection: Connection, most: int = 10) -> list[int]:
    """The numbers of contents that belong to no entry, the first of them."""
    contents, table = tables.audit_contents, tables.audit
    query = (
        select(contents.c.number)
        .outerjoin(table, table.c.number == contents.c.number)
        .where(table.c.number.is_(None))
        .order_by(contents.c.number)
        .limit(most)
    )
    return [int(number) for number in connection.execute(query).scalars()]


def count(connection: Connection, before: int | None = None) -> int:
    """How many entries there are, or how many of times before `before` (ms)."""
    table = tables.audit
    query = select(func.count()).select_from(table)
    if before is not None:
        query = query.where(table.c.time < before)
    return int(connection.execute(query).scalar_one())


def _mark(connection: Connection, name: str) -> Row[Any] | None:
    table = tables.audit_marks
    return connection.execute(select(table).where(table.c.name == name)).first()


def _query() -> Select[Any]:
    table, contents = tables.audit, tables.audit_contents
    return select(*table.c, contents.c.salt, contents.c.body).outerjoin(
        contents, contents.c.number == table.c.number
    )


def _entry(row: Sequence[Any]) -> tuple[Entry, Content | None]:
    number, time, actor, operation, subject, tenant, content, previous, digest, salt, body = row
    entry = Entry(
        number=number,
        time=time,
        actor=actor,
        operation=operation,
        subject=subject,
        tenant=tenant,
        content=bytes(content),
        previous=bytes(previous),
        digest=bytes(digest),
    )
    return entry, None if salt is None else Content(bytes(salt), bytes(body or b""))
