"""Erases again whoever was erased since a backup was taken: a restore brings nobody back."""

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec
from msgspec import Raw, Struct
from sqlalchemy import Connection, Table, select
from sqlalchemy import Engine as Database

from alerts.ports import Order
from alerts.suppression import Scope
from detectors.core.event import Event
from detectors.core.finding import Finding
from detectors.core.identity import Subject, SubjectKind
from monitor.erasing.asking import ask
from monitor.erasing.job import DOER, Erasures
from monitor.erasing.roll import Erased, key_of
from monitor.protection.tombstones import Named, tombstone
from monitor.store import erasures, tables
from monitor.store.tickets import Details

_ACCOUNT = SubjectKind.ACCOUNT
_AT_ONCE = 500
_event = msgspec.msgpack.Decoder(Event).decode
_finding = msgspec.msgpack.Decoder(Finding).decode


class _Saved(Struct, array_like=True):
    """As `detectors.core.fold` saves a cell; what follows is of no interest here."""

    profile_version: int
    detectors: int
    body: Raw


class _Body(Struct, array_like=True):
    subject: Subject


class _Ticket(Struct):
    details: Details


_NAMED = (
    (tables.names, "account"),
    (tables.accounts, "uid"),
    (tables.measures, "account"),
    (tables.gate_list, "account"),
    (tables.restrictions, "account"),
    (tables.objections, "account"),
)
"""Tables that name accounts as they are."""
_ticket = msgspec.msgpack.Decoder(_Ticket).decode
_order = msgspec.msgpack.Decoder(Order).decode
_scope = msgspec.msgpack.Decoder(Scope).decode
_saved = msgspec.msgpack.Decoder(_Saved).decode
_body = msgspec.msgpack.Decoder(_Body).decode


def known_in(connection: Connection, pepper: bytes) -> list[Erased]:
    """Whom a database knows to have been erased."""
    table = tables.erasures
    query = select(table.c.digest, table.c.until, table.c.keeps).order_by(table.c.id)
    return [
        Erased(digest=bytes(digest), until=until, keeps=bool(keeps), key=key_of(pepper))
        for digest, until, keeps in connection.execute(query)
    ]


def again(database: Database, known: Iterable[Erased], work: Erasures, now: int) -> int:
    """Erase in a database, which nobody else uses, those of the known ones that it does not know
    to be erased, and finish what it has begun; how many accounts were erased."""
    pepper = work.pepper()
    latest: dict[bytes, Erased] = {}
    for one in known:
        if one.key == key_of(pepper) and one.until > getattr(latest.get(one.digest), "until", -1):
            latest[one.digest] = one
    with database.begin() as connection:
        buried = erasures.buried(connection)
        missing = {d: one for d, one in latest.items() if one.until > buried.get(d, -1)}
        found = _resolve(connection, missing, pepper) if missing else {}
        for digest, one in missing.items():
            subject = found.get(digest)
            if subject is None:
                # Nothing is there; nothing from before may come either.
                erasures.bury(connection, [digest], one.until, 0)
            else:
                _ask(connection, subject, pepper, now, one)
    return len(work.run(database))


def _ask(connection: Connection, subject: Subject, pepper: bytes, now: int, one: Erased) -> None:
    ask(
        connection,
        subject,
        pepper,
        now,
        actor=DOER,
        reason="restored from a backup",
        keeps=one.keeps,
        until=one.until,
    )


def _resolve(
    connection: Connection, missing: Iterable[bytes], pepper: bytes
) -> dict[bytes, Subject]:
    """The accounts of the database that these digests are of."""
    wanted = set(missing)
    found: dict[bytes, Subject] = {}
    for subject in subjects(connection):
        digest = tombstone(pepper, Named.ACCOUNT, subject.tenant, subject.uid)
        if digest in wanted:
            found[digest] = subject
            if len(found) == len(wanted):
                break
    return found


def subjects(connection: Connection) -> Iterator[Subject]:
    """Every account that anything is kept of, some of them more than once."""
    for body in _one_of_each(connection, tables.events, tables.events.c.account_key):
        event = _event(body)
        yield Subject(_ACCOUNT, event.tenant, event.account)
    for body in _one_of_each(connection, tables.evidence, tables.evidence.c.account_key):
        event = _event(body)
        yield Subject(_ACCOUNT, event.tenant, event.account)
    for body in _one_of_each(connection, tables.findings, tables.findings.c.subject_key):
        yield _finding(body).subject
    for body in _one_of_each(connection, tables.snapshots, tables.snapshots.c.subject_key):
        yield _body(_saved(body).body).subject
    for table, column in _NAMED:
        query = select(table.c.tenant, table.c[column]).distinct()
        for tenant, account in connection.execute(query):
            yield Subject(_ACCOUNT, tenant, account)
    yield from _told(connection)


def _told(connection: Connection) -> Iterator[Subject]:
    """Those whom tickets, orders and suppressions are about."""
    for body in _one_of_each(connection, tables.tickets, tables.tickets.c.subject_key):
        subject = _ticket(body).details.subject
        if subject is not None:
            yield subject
    orders = tables.outbox
    # Of emptied ones nothing tells whom they were about.
    said = (orders.c.subject_key.is_not(None), orders.c.emptied.is_(None))
    query = select(orders.c.body).where(*said)
    for body in connection.execute(query).yield_per(_AT_ONCE).scalars():
        target = _order(body).target
        if target is not None:
            yield Subject(_ACCOUNT, target.tenant, target.account)
    query = select(tables.suppressions.c.body).where(tables.suppressions.c.subject_key.is_not(None))
    for body in connection.execute(query).scalars():
        about = _scope(body).subject
        if about is not None:
            yield about


def _one_of_each(connection: Connection, table: Table, key: Any) -> Iterator[bytes]:
    """The body of one row for each key, a part of them in memory at a time."""
    last = None
    while True:
        query = select(key).where(key.is_not(None)).distinct().order_by(key).limit(_AT_ONCE)
        if last is not None:
            query = query.where(key > last)
        keys = connection.execute(query).scalars().all()
        for one in keys:
            body = select(table.c.body).where(key == one).limit(1)
            yield bytes(connection.execute(body).scalar_one())
        if len(keys) < _AT_ONCE:
            return
        last = keys[-1]
