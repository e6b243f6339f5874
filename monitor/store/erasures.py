"""Erasures as they are stored: who goes, how far it is, and how they would be known again."""

from collections.abc import Iterable
from typing import Any

from msgspec import Struct, field, msgpack
from sqlalchemy import Connection, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from detectors.core.identity import Subject, SubjectKind
from monitor.store import tables
from monitor.store.writing import Writing

CHANGED = "protection"
"""The note that is another one after every change to what the engine may do with accounts."""
FIRST = "names"
COMPACT = "compact"
"""Nothing is left in the tables, but maybe in the files."""
DONE = "done"


class Erasure(Struct, kw_only=True):
    """One erasure. Times in ms. Whom it is about is told while it is at work, and afterwards only
    where incidents were kept; `cursor` is how far the stage is, `counts` what went by now."""

    id: int
    digest: bytes
    tenant: str | None
    account: str | None
    names: list[str] = field(default_factory=list)
    pseudonym: str
    keeps: bool
    actor: str
    reason: str
    requested: int
    until: int
    stage: str = FIRST
    cursor: bytes | None = None
    counts: dict[str, int] = field(default_factory=dict)
    finished: int | None = None

    @property
    def subject(self) -> Subject | None:
        """Whom it is about; None when that is not known any more."""
        if self.tenant is None or self.account is None:
            return None
        return Subject(SubjectKind.ACCOUNT, self.tenant, self.account)


def add(connection: Connection, erasure: Erasure) -> int:
    """Store a new one; its id, given now."""
    values = _values(erasure)
    values.pop("id")
    statement = insert(tables.erasures).values(values).returning(tables.erasures.c.id)
    identifier = int(connection.execute(statement).scalar_one())
    tell(connection)
    return identifier


def save(connection: Connection, erasure: Erasure) -> None:
    """Store how far it is."""
    table = tables.erasures
    values = _values(erasure)
    connection.execute(update(table).where(table.c.id == values.pop("id")).values(values))


def next_one(connection: Connection) -> Erasure | None:
    """The oldest that is not finished, held by this transaction."""
    table = tables.erasures
    query = select(table).where(table.c.finished.is_(None)).order_by(table.c.id).limit(1)
    row = connection.execute(query).first()
    return None if row is None else _read(row)


def every(connection: Connection, tenant: str | None = None, most: int = 200) -> list[Erasure]:
    """The latest first; those of one tenant, where one is given, as far as that is known."""
    table = tables.erasures
    query = select(table).order_by(table.c.id.desc()).limit(most)
    if tenant is not None:
        query = query.where(table.c.tenant == tenant)
    return [_read(row) for row in connection.execute(query)]


def of_id(connection: Connection, identifier: int) -> Erasure | None:
    """One of them."""
    table = tables.erasures
    row = connection.execute(select(table).where(table.c.id == identifier)).first()
    return None if row is None else _read(row)


def of_digest(connection: Connection, digest: bytes) -> list[Erasure]:
    """Those of one account, the oldest first."""
    table = tables.erasures
    query = select(table).where(table.c.digest == digest).order_by(table.c.id)
    return [_read(row) for row in connection.execute(query)]


def bury(connection: Connection, digests: Iterable[bytes], until: int, erasure: int) -> None:
    """Remember digests of an account and its names: what is of up to `until` (ms) is dropped."""
    rows = [{"digest": d, "until": until, "erasure_id": erasure} for d in sorted(set(digests))]
    if not rows:
        return
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    made = dialect.insert(tables.tombstones)
    later = {"until": made.excluded.until, "erasure_id": made.excluded.erasure_id}
    connection.execute(
        made.on_conflict_do_update(
            index_elements=["digest"],
            set_=later,
            where=tables.tombstones.c.until < made.excluded.until,
        ),
        rows,
    )
    tell(connection)


def buried(connection: Connection) -> dict[bytes, int]:
    """Until when (ms) what is of each digest is dropped."""
    table = tables.tombstones
    return {bytes(d): int(u) for d, u in connection.execute(select(table.c.digest, table.c.until))}


def at_work(connection: Connection) -> set[tuple[str, str]]:
    """The (tenant, account) of those that are not finished."""
    table = tables.erasures
    query = select(table.c.tenant, table.c.account).where(table.c.finished.is_(None))
    return {(t, a) for t, a in connection.execute(query) if t is not None and a is not None}


def pseudonyms(connection: Connection) -> set[str]:
    """All that stand for somebody."""
    column = tables.erasures.c.pseudonym
    return set(connection.execute(select(column)).scalars())


def tell(connection: Connection) -> None:
    """Let the engine know that something changed, in this transaction."""
    writing = Writing(connection)
    known = writing.hold_note(CHANGED) or b"0"
    writing.set_note(CHANGED, str(int(known) + 1).encode())


def _values(erasure: Erasure) -> dict[str, Any]:
    return {
        "id": erasure.id,
        "digest": erasure.digest,
        "tenant": erasure.tenant,
        "account": erasure.account,
        "names": msgpack.encode(erasure.names) if erasure.names else None,
        "pseudonym": erasure.pseudonym,
        "keeps": erasure.keeps,
        "actor": erasure.actor,
        "reason": erasure.reason,
        "requested": erasure.requested,
        "until": erasure.until,
        "stage": erasure.stage,
        "cursor": erasure.cursor,
        "counts": msgpack.encode(erasure.counts) if erasure.counts else None,
        "finished": erasure.finished,
    }


def _read(row: Any) -> Erasure:
    told = dict(row._mapping)
    names, counts = told.pop("names"), told.pop("counts")
    cursor = told.pop("cursor")
    return Erasure(
        **told,
        cursor=None if cursor is None else bytes(cursor),
        names=msgpack.decode(names, type=list[str]) if names else [],
        counts=msgpack.decode(counts, type=dict[str, int]) if counts else {},
    )
