"""Links by which factors are set up, and the grace of those who have to have one, within whatever
transaction is open. Times are ms since 1970 UTC."""

from collections.abc import Collection
from typing import Any, Final

from msgspec import Struct, structs
from sqlalchemy import ColumnElement, Connection, and_, delete, insert, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from monitor.store import tables

_LINKS = tables.enrolment_links
_GRACE = tables.enrolment_grace


class LinkRow(Struct, frozen=True, kw_only=True):
    """A link: what for, whose, who gave it; when it was opened in a browser, and when it had
    served. `client` is the digest of what that browser was given, `session` the one at the
    application in which somebody began without a link."""

    digest: bytes
    handle: str
    purpose: str
    subject_key: int
    tenant: str
    account: str
    issuer: str
    recovery_id: int | None = None
    session: str | None = None
    language: str
    created: int
    not_before: int
    expires: int
    opened: int | None = None
    client: bytes | None = None
    used: int | None = None


class GraceRow(Struct, frozen=True, kw_only=True):
    """Since when somebody who has to have a factor has none, until when that is borne, and when
    they were reminded."""

    tenant: str
    account: str
    subject_key: int
    since: int
    until: int
    reminded: int | None = None


MOST: Final = 20
"""Links of one account that are shown."""
_LINK: Final = [_LINKS.c[name] for name in LinkRow.__struct_fields__]
_TERM: Final = [_GRACE.c[name] for name in GraceRow.__struct_fields__]


def add(connection: Connection, row: LinkRow) -> None:
    """Keep a link."""
    connection.execute(insert(_LINKS).values(structs.asdict(row)))


def by_handle(connection: Connection, handle: str) -> LinkRow | None:
    """The link of this name, whether or not it still holds."""
    return _link(connection, _LINKS.c.handle == handle)


def by_client(connection: Connection, digest: bytes) -> LinkRow | None:
    """The link that was opened in a browser which was given what this is the digest of."""
    return _link(connection, _LINKS.c.client == digest)


def served(
    connection: Connection, before: int, states: Collection[str], most: int
) -> list[LinkRow]:
    """Links that served before a time (ms), whose recoveries are still in one of these states."""
    cases = tables.recoveries
    is_open = cases.c.state.in_(sorted(states))
    query = select(*_LINK).join(cases, cases.c.id == _LINKS.c.recovery_id)
    query = query.where(_LINKS.c.used < before, is_open).order_by(_LINKS.c.used).limit(most)
    return [_row(row) for row in connection.execute(query).mappings()]


def of_account(connection: Connection, tenant: str, account: str) -> list[LinkRow]:
    """The latest links of an account."""
    query = select(*_LINK).where(_LINKS.c.tenant == tenant, _LINKS.c.account == account)
    ordered = query.order_by(_LINKS.c.created.desc(), _LINKS.c.handle).limit(MOST)
    return [_row(row) for row in connection.execute(ordered).mappings()]


def open_in(
    connection: Connection, handle: str, purpose: str, client: bytes, now: int, until: int
) -> LinkRow | None:
    """Give a link that holds to one browser, until a time. Of several that try, one is given it."""
    holds = (_LINKS.c.not_before <= now, _LINKS.c.expires > now, _LINKS.c.used.is_(None))
    mine = (_LINKS.c.handle == handle, _LINKS.c.purpose == purpose, _LINKS.c.opened.is_(None))
    taken = update(_LINKS).where(*mine, *holds)
    given = taken.values(opened=now, client=client, expires=until)
    if not connection.execute(given).rowcount:
        return None
    return by_handle(connection, handle)


def claim(connection: Connection, handle: str, now: int) -> bool:
    """Let a link have served. Of several that try, one succeeds."""
    mine = (_LINKS.c.handle == handle, _LINKS.c.used.is_(None), _LINKS.c.expires > now)
    return bool(connection.execute(update(_LINKS).where(*mine).values(used=now)).rowcount)


def give_back(connection: Connection, handle: str, claimed: int) -> None:
    """It has not served after all."""
    mine = (_LINKS.c.handle == handle, _LINKS.c.used == claimed)
    connection.execute(update(_LINKS).where(*mine).values(used=None))


def end(connection: Connection, handle: str, now: int) -> bool:
    """Let a link hold no longer; whether it did."""
    mine = (_LINKS.c.handle == handle, _LINKS.c.used.is_(None), _LINKS.c.expires > now)
    return bool(connection.execute(update(_LINKS).where(*mine).values(expires=now)).rowcount)


def end_all(connection: Connection, subject_key: int, now: int, purpose: str | None = None) -> int:
    """The same of all that an account has, or of those for one purpose; how many did."""
    mine = [_LINKS.c.subject_key == subject_key, _LINKS.c.used.is_(None), _LINKS.c.expires > now]
    if purpose is not None:
        mine.append(_LINKS.c.purpose == purpose)
    return int(connection.execute(update(_LINKS).where(*mine).values(expires=now)).rowcount)


def was_served(connection: Connection, tenant: str, account: str) -> bool:
    """Whether an account's owner set up a factor before."""
    mine = (_LINKS.c.tenant == tenant, _LINKS.c.account == account, _LINKS.c.used.is_not(None))
    return connection.execute(select(_LINKS.c.handle).where(*mine).limit(1)).first() is not None


def is_over(unused: int, used: int) -> ColumnElement[bool]:
    """Links that expired unused before a time (ms), or served before another."""
    is_unused = and_(_LINKS.c.used.is_(None), _LINKS.c.expires < unused)
    return or_(is_unused, _LINKS.c.used < used)


def forget(connection: Connection, unused: int, used: int) -> int:
    """Delete those; how many."""
    return int(connection.execute(delete(_LINKS).where(is_over(unused, used))).rowcount)


def grace(connection: Connection, tenant: str, account: str) -> GraceRow | None:
    """The grace of an account."""
    row = connection.execute(select(*_TERM).where(*_whose(tenant, account))).mappings().first()
    return None if row is None else GraceRow(**dict(row))


def begin_grace(connection: Connection, row: GraceRow) -> bool:
    """Begin one, unless it has begun; whether it did now."""
    kind = postgresql if connection.dialect.name == "postgresql" else sqlite
    made = kind.insert(_GRACE).values(structs.asdict(row)).on_conflict_do_nothing()
    return connection.execute(made.returning(_GRACE.c.since)).first() is not None


def end_grace(connection: Connection, tenant: str, account: str) -> bool:
    """End one; whether there was any."""
    gone = delete(_GRACE).where(*_whose(tenant, account))
    return bool(connection.execute(gone).rowcount)


def to_remind(
    connection: Connection, now: int, ahead: int, hidden: Collection[int], most: int
) -> list[GraceRow]:
    """Those that end within `ahead` ms from now, of whose end nobody was told; the first to end
    first. `hidden` are accounts that are left alone."""
    due = (_GRACE.c.until > now, _GRACE.c.until <= now + ahead, _GRACE.c.reminded.is_(None))
    return _graces(connection, most, *due, _GRACE.c.subject_key.not_in(hidden))


def to_demand(
    connection: Connection, now: int, verdict: str, hidden: Collection[int], most: int
) -> list[GraceRow]:
    """Those that are over, and of whose accounts the gate has no entry of this verdict."""
    listed = tables.gate_list
    mine = (listed.c.tenant == _GRACE.c.tenant, listed.c.account == _GRACE.c.account)
    known = select(listed.c.key).where(*mine, listed.c.verdict == verdict)
    is_left = _GRACE.c.subject_key.not_in(hidden)
    return _graces(connection, most, _GRACE.c.until <= now, ~known.exists(), is_left)


def of_others(connection: Connection, tenants: Collection[str], most: int) -> list[GraceRow]:
    """Those of other tenants than these."""
    return _graces(connection, most, _GRACE.c.tenant.not_in(sorted(tenants)))


def with_factor(connection: Connection, kinds: Collection[str], most: int) -> list[GraceRow]:
    """Those of accounts that have a factor of these kinds."""
    factors = tables.factors
    has = select(factors.c.id).where(
        factors.c.subject_key == _GRACE.c.subject_key, factors.c.kind.in_(sorted(kinds))
    )
    return _graces(connection, most, has.exists())


def note_reminded(connection: Connection, row: GraceRow, now: int) -> None:
    """Somebody was told at a time."""
    mine = update(_GRACE).where(*_whose(row.tenant, row.account))
    connection.execute(mine.values(reminded=now))


def _graces(connection: Connection, most: int, *where: ColumnElement[bool]) -> list[GraceRow]:
    query = select(*_TERM).where(*where).order_by(_GRACE.c.until, _GRACE.c.subject_key).limit(most)
    return [GraceRow(**dict(row)) for row in connection.execute(query).mappings()]


def _whose(tenant: str, account: str) -> tuple[ColumnElement[bool], ...]:
    return _GRACE.c.tenant == tenant, _GRACE.c.account == account


def _link(connection: Connection, where: ColumnElement[bool]) -> LinkRow | None:
    row = connection.execute(select(*_LINK).where(where)).mappings().first()
    return None if row is None else _row(row)


def _row(row: Any) -> LinkRow:
    values = dict(row)
    values["digest"] = bytes(values["digest"])
    if values["client"] is not None:
        values["client"] = bytes(values["client"])
    return LinkRow(**values)
