"""Every version of the policy as it was written; the one that was adopted last holds.

Versions are numbered from 1 without a gap. Before the first one, what is shipped holds: version 0.
"""

from functools import lru_cache
from typing import Any, Final

from msgspec import Struct
from sqlalchemy import Connection, Select, delete, func, insert, select
from sqlalchemy.exc import IntegrityError

from alerts.document import PolicyError, read_text, text_of
from alerts.policy import SHIPPED, Policy
from detectors.core.identity import digest
from monitor.store import tables

BEGINNING: Final = 0
"""The version of what is shipped."""


class StoredPolicy(Struct, frozen=True, kw_only=True):
    """One version: its TOML, who adopted it (reference and name), why, and when (ms)."""

    id: int
    document: str
    digest: bytes
    actor: str
    actor_name: str
    reason: str
    created: int


class Holding(Struct, frozen=True, kw_only=True):
    """The policy that holds, and its version. `trouble` says why its document cannot be read by
    this program, such as one that an older program was put in place of: then nothing is done by
    itself, for `policy` is empty."""

    id: int
    policy: Policy
    trouble: str | None = None


def holding(connection: Connection) -> Holding:
    """The policy that holds now."""
    stored = newest(connection)
    if stored is None:
        return Holding(id=BEGINNING, policy=SHIPPED)
    policy, trouble = understood(stored.document)
    return Holding(id=stored.id, policy=policy, trouble=trouble)


def newest(connection: Connection) -> StoredPolicy | None:
    """The version that was adopted last; None before the first."""
    table = tables.policies
    return _one(connection, select(table).order_by(table.c.id.desc()).limit(1))


def version(connection: Connection, identifier: int) -> StoredPolicy | None:
    """One version; None where there is none of this number."""
    table = tables.policies
    return _one(connection, select(table).where(table.c.id == identifier))


def versions(
    connection: Connection, before: int | None = None, most: int = 200
) -> list[StoredPolicy]:
    """At most so many versions, the newest first, of those with numbers less than `before`."""
    table = tables.policies
    query = select(table).order_by(table.c.id.desc()).limit(most)
    if before is not None:
        query = query.where(table.c.id < before)
    return [StoredPolicy(**row._mapping) for row in connection.execute(query)]


def add(
    connection: Connection,
    after: int,
    document: str,
    *,
    actor: str,
    actor_name: str,
    reason: str,
    now: int,
) -> int | None:
    """Keep the version that follows on `after`; its number, or None where somebody else's does
    already: then the transaction is spoilt."""
    values = {
        "id": after + 1,
        "document": document,
        "digest": digest_of(document),
        "actor": actor,
        "actor_name": actor_name,
        "reason": reason,
        "created": now,
    }
    try:
        connection.execute(insert(tables.policies).values(values))
    except IntegrityError:
        return None
    return after + 1


def forget(connection: Connection, before: int) -> int:
    """Delete the first versions: those that were replaced before `before` (ms), up to the first
    that a measure rests on; how many. The last one never goes."""
    table = tables.policies
    gone = delete(table).where(table.c.id < _first_kept(connection, before))
    return int(connection.execute(gone).rowcount)


def replaced(connection: Connection, before: int) -> int:
    """How many would be deleted."""
    table = tables.policies
    query = select(func.count()).select_from(table)
    mine = table.c.id < _first_kept(connection, before)
    return int(connection.execute(query.where(mine)).scalar_one())


def _first_kept(connection: Connection, before: int) -> int:
    """What was adopted last before a time held then."""
    table, measures = tables.policies, tables.measures
    held = select(func.max(table.c.id)).where(table.c.created < before)
    rested = select(func.min(measures.c.policy_id)).where(measures.c.policy_id > BEGINNING)
    first = connection.execute(held).scalar() or BEGINNING
    return min(first, connection.execute(rested).scalar() or first)


def shipped() -> StoredPolicy:
    """What holds before anybody adopted anything, as version 0."""
    text = text_of(SHIPPED)
    return StoredPolicy(
        id=BEGINNING,
        document=text,
        digest=digest_of(text),
        actor="daemon:vigie",
        actor_name="Vigie",
        reason="",
        created=0,
    )


def digest_of(document: str) -> bytes:
    """32 bytes that stand for a document."""
    return digest("policy", document, size=32)


def _one(connection: Connection, query: Select[Any]) -> StoredPolicy | None:
    row = connection.execute(query).first()
    return None if row is None else StoredPolicy(**row._mapping)


@lru_cache(maxsize=8)
def understood(document: str) -> tuple[Policy, str | None]:
    """The policy of a stored document; an empty one, and why, where this program cannot read it."""
    try:
        return read_text(document), None
    except PolicyError as error:
        return Policy(), str(error)
