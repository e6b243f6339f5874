"""API keys as they are kept: by name and digest, never as themselves."""

from collections.abc import Collection

from msgspec import Struct
from sqlalchemy import Connection, Engine, delete, insert, select, update
from sqlalchemy.engine import RowMapping

from monitor.store import tables
from monitor.store.connection import reading


class ApiKeyRow(Struct, frozen=True):
    """One key: what it may do, for whom, and when. Times are ms since 1970 UTC.

    None for `tenant` and `source` is any of them, for `expires`, `last_used` and `revoked` never.
    """

    id: int
    name: str
    digest: bytes
    scopes: frozenset[str]
    tenant: str | None
    source: str | None
    created: int
    expires: int | None
    last_used: int | None
    revoked: int | None


class ApiKeyTable:
    """The keys of one database. Safe to share between threads. What changes them is part of the
    transaction of a connection that is given."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._reading = reading(engine)

    def add(
        self,
        connection: Connection,
        name: str,
        digest: bytes,
        scopes: Collection[str],
        created: int,
        *,
        tenant: str | None = None,
        source: str | None = None,
        expires: int | None = None,
    ) -> None:
        """Keep a key. Raises sqlalchemy.exc.IntegrityError when there is one of this name."""
        values = {
            "name": name,
            "digest": digest,
            "scopes": " ".join(sorted(scopes)),
            "tenant": tenant,
            "source": source,
            "created": created,
            "expires": expires,
        }
        connection.execute(insert(tables.api_keys).values(values))

    def replace(
        self,
        connection: Connection,
        row: ApiKeyRow,
        former: str,
        digest: bytes,
        now: int,
        until: int,
    ) -> None:
        """Give a key's name and rights to a new digest; the old one is called `former` from now
        on, and ends `until`."""
        table = tables.api_keys
        old = update(table).where(table.c.id == row.id).values(name=former, expires=until)
        new = {
            "name": row.name,
            "digest": digest,
            "scopes": " ".join(sorted(row.scopes)),
            "tenant": row.tenant,
            "source": row.source,
            "created": now,
            "expires": row.expires,
        }
        connection.execute(old)
        connection.execute(insert(table).values(new))

    def by_digest(self, digest: bytes) -> ApiKeyRow | None:
        """The key of this digest, whether or not it still holds."""
        return self._one(tables.api_keys.c.digest == digest)

    def by_name(self, name: str) -> ApiKeyRow | None:
        """The key of this name, whether or not it still holds."""
        return self._one(tables.api_keys.c.name == name)

    def all(self) -> list[ApiKeyRow]:
        """Every key, by name."""
        table = tables.api_keys
        with self._reading.connect() as connection:
            rows = connection.execute(select(table).order_by(table.c.name)).mappings().all()
        return [_row(row) for row in rows]

    def revoke(self, connection: Connection, name: str, now: int) -> bool:
        """End a key now; False when none of this name holds."""
        table = tables.api_keys
        mine = (table.c.name == name, table.c.revoked.is_(None))
        return bool(connection.execute(update(table).where(*mine).values(revoked=now)).rowcount)

    def remove(self, connection: Connection, name: str) -> bool:
        """Forget a key altogether; False when there is none of this name."""
        table = tables.api_keys
        return bool(connection.execute(delete(table).where(table.c.name == name)).rowcount)

    def note_used(self, used: dict[int, int]) -> None:
        """Remember when keys were last used, by id."""
        table = tables.api_keys
        with self._engine.begin() as connection:
            for identifier, when in used.items():
                mine = update(table).where(table.c.id == identifier)
                connection.execute(mine.values(last_used=when))

    def _one(self, condition: object) -> ApiKeyRow | None:
        query = select(tables.api_keys).where(condition)  # type: ignore[arg-type]
        with self._reading.connect() as connection:
            row = connection.execute(query).mappings().first()
        return None if row is None else _row(row)


def _row(row: RowMapping) -> ApiKeyRow:
    values = dict(row)
    values["digest"] = bytes(values["digest"])
    values["scopes"] = frozenset(values["scopes"].split())
    return ApiKeyRow(**values)
