"""Who reviewers are at the provider, and what was taken once, within whatever transaction is
open."""

from msgspec import Struct
from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from monitor.store import tables


class IdentityRow(Struct, frozen=True):
    """Who a reviewer is at a provider. Times are ms since 1970 UTC, None for never."""

    issuer: str
    sub: str
    reviewer: str
    linked: int
    last_used: int | None


class BoundRow(Struct, frozen=True):
    """A session that a provider vouched for, by what pages call it; `hint` is sealed."""

    session: str
    issuer: str
    sub: str
    sid: str | None
    hint: bytes | None


_IDENTITY = [tables.oidc_identities.c[name] for name in IdentityRow.__struct_fields__]
_BOUND = [tables.oidc_sessions.c[name] for name in BoundRow.__struct_fields__]


def link(connection: Connection, issuer: str, sub: str, reviewer: str, now: int) -> None:
    """Tie a reviewer to who they are there. Raises sqlalchemy.exc.IntegrityError where either has
    a tie."""
    row = {"issuer": issuer, "sub": sub, "reviewer": reviewer, "linked": now}
    connection.execute(insert(tables.oidc_identities).values(row))


def identity(connection: Connection, issuer: str, sub: str) -> IdentityRow | None:
    """Who somebody there is here."""
    table = tables.oidc_identities
    query = select(*_IDENTITY).where(table.c.issuer == issuer, table.c.sub == sub)
    row = connection.execute(query).mappings().first()
    return None if row is None else IdentityRow(**dict(row))


def identity_of(connection: Connection, issuer: str, reviewer: str) -> IdentityRow | None:
    """Who a reviewer is there."""
    table = tables.oidc_identities
    query = select(*_IDENTITY).where(table.c.issuer == issuer, table.c.reviewer == reviewer)
    row = connection.execute(query).mappings().first()
    return None if row is None else IdentityRow(**dict(row))


def note_used(connection: Connection, issuer: str, sub: str, now: int) -> None:
    """Remember when somebody came in by it."""
    table = tables.oidc_identities
    mine = update(table).where(table.c.issuer == issuer, table.c.sub == sub)
    connection.execute(mine.values(last_used=now))


def unlink(connection: Connection, reviewer: str, issuer: str | None = None) -> int:
    """Untie a reviewer from a provider, or from all; how many ties there were."""
    table = tables.oidc_identities
    mine = [table.c.reviewer == reviewer]
    if issuer is not None:
        mine.append(table.c.issuer == issuer)
    return connection.execute(delete(table).where(*mine)).rowcount


def bind(connection: Connection, row: BoundRow) -> None:
    """Remember what a session rests on, in place of what it rested on before."""
    table = tables.oidc_sessions
    connection.execute(delete(table).where(table.c.session == row.session))
    values = {name: getattr(row, name) for name in BoundRow.__struct_fields__}
    connection.execute(insert(table).values(values))


def bound(connection: Connection, session: str) -> BoundRow | None:
    """What a session rests on; None where no provider vouched for it."""
    table = tables.oidc_sessions
    row = connection.execute(select(*_BOUND).where(table.c.session == session)).mappings().first()
    return None if row is None else _row(dict(row))


def resting_on(
    connection: Connection, issuer: str, sub: str | None, sid: str | None
) -> list[BoundRow]:
    """The sessions of somebody there: all, or those of one session there. At least one of `sub`
    and `sid` is given."""
    table = tables.oidc_sessions
    query = select(*_BOUND).where(table.c.issuer == issuer)
    if sub is not None:
        query = query.where(table.c.sub == sub)
    if sid is not None:
        query = query.where(table.c.sid == sid)
    if sub is None and sid is None:
        return []
    return [_row(dict(row)) for row in connection.execute(query).mappings()]


def end_session(connection: Connection, session: str) -> str | None:
    """End a session by what pages call it; whose it was, None where it is over."""
    table = tables.reviewer_sessions
    query = select(table.c.reviewer).where(table.c.uid == session)
    reviewer: str | None = connection.execute(query).scalar()
    connection.execute(delete(table).where(table.c.uid == session))
    return reviewer


def take_once(connection: Connection, digest: bytes, expires: int, now: int) -> bool:
    """Take what must not be taken again before `expires`; False where it was taken. Of several at
    once, one takes it."""
    table = tables.oidc_taken
    connection.execute(delete(table).where(table.c.digest == digest, table.c.expires <= now))
    is_server = connection.dialect.name == "postgresql"
    dialect = postgresql.insert if is_server else sqlite.insert
    made = dialect(table).values(digest=digest, expires=expires).on_conflict_do_nothing()
    # A count of rows is not told of an INSERT by every driver.
    return connection.execute(made.returning(table.c.digest)).first() is not None


def forget_ended(connection: Connection, now: int) -> int:
    """Forget what sessions rested on that are over, and what could be taken again."""
    table, taken = tables.oidc_sessions, tables.oidc_taken
    over = table.c.session.not_in(select(tables.reviewer_sessions.c.uid))
    ended = connection.execute(delete(table).where(over)).rowcount
    return ended + connection.execute(delete(taken).where(taken.c.expires <= now)).rowcount


def _row(values: dict[str, object]) -> BoundRow:
    hint = values["hint"]
    if hint is not None:
        values["hint"] = bytes(hint)  # type: ignore[call-overload]
    return BoundRow(**values)  # type: ignore[arg-type]
