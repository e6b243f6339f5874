"""Whom somebody means who names an account in their own words: exactly one, or nobody.

What is asked of the database is the same whether there is such an account or not.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from sqlalchemy import Connection, literal, select

from detectors.core.identity import Subject, SubjectKind
from monitor.directory.account import fold
from monitor.naming import name_key
from monitor.store import tables

MOST_TENANTS: Final = 5_000
"""Tenants that are looked through where none is named."""
_AT_ONCE: Final = 400
_MOST_FOUND: Final = 1_000


def meant(
    connection: Connection, tenants: Sequence[str], name: str, organisation: str = ""
) -> Subject | None:
    """The account that goes by this id or name, letter case aside for names: in the tenant of that
    id or name, or in any of `tenants` where none is named. None where there is none, or several."""
    name = name.strip()
    wanted = _named(connection, organisation.strip()) if organisation.strip() else list(tenants)
    if not name or not wanted:
        return None
    found = {
        *_by_directory(connection, wanted, name),
        *_by_names(connection, wanted, name),
        *_by_state(connection, wanted, name),
    }
    return found.pop() if len(found) == 1 else None


def tenants_of(connection: Connection) -> list[str]:
    """The tenants that the directory or the logs know, at most so many. Looks at all names that
    logs told: not for every report."""
    found: set[str] = set()
    for table in (tables.tenants.c.uid, tables.names.c.tenant, tables.incidents.c.tenant):
        query = select(table).distinct().limit(MOST_TENANTS)
        found |= set(connection.execute(query).scalars())
    return sorted(found)[:MOST_TENANTS]


def _named(connection: Connection, said: str) -> list[str]:
    table = tables.tenants
    # What is searched is a tenant's id and name, folded, a line each.
    query = select(table.c.uid, table.c.search)
    query = query.where(table.c.search.contains(fold(said), autoescape=True)).limit(MOST_TENANTS)
    named = {row.uid for row in connection.execute(query) if fold(said) in row.search.split("\n")}
    return sorted(named | {said})


def _by_directory(connection: Connection, tenants: Sequence[str], name: str) -> set[Subject]:
    """By its id, another name of it, or what the person is called or written to by."""
    table = tables.accounts
    # A line each: as reports are few, and bounded in number, this needs no index.
    lines = literal("\n") + table.c.search + literal("\n")
    query = select(table.c.tenant, table.c.uid).where(
        lines.contains(f"\n{fold(name)}\n", autoescape=True)
    )
    known = frozenset(tenants)
    rows = connection.execute(query.limit(_MOST_FOUND))
    return {_account(row.tenant, row.uid) for row in rows if row.tenant in known}


def _by_names(connection: Connection, tenants: Sequence[str], name: str) -> set[Subject]:
    """What logs told of names."""
    table = tables.names
    found: set[Subject] = set()
    for some in _parts(tenants):
        keys = [name_key(tenant, name) for tenant in some]
        query = select(table.c.tenant, table.c.account).where(table.c.name_key.in_(keys))
        found |= {_account(tenant, uid) for tenant, uid in connection.execute(query)}
    return found


def _by_state(connection: Connection, tenants: Sequence[str], name: str) -> set[Subject]:
    """What the engine keeps of an account of this very id."""
    table = tables.snapshots
    found: set[Subject] = set()
    for some in _parts(tenants):
        subjects = {_account(tenant, name).key(): _account(tenant, name) for tenant in some}
        query = select(table.c.subject_key).where(
            table.c.subject_key.in_(subjects), table.c.kind == SubjectKind.ACCOUNT.value
        )
        found |= {subjects[key] for key in connection.execute(query.distinct()).scalars()}
    return found


def _account(tenant: str, uid: str) -> Subject:
    return Subject(SubjectKind.ACCOUNT, tenant, uid)


def _parts(values: Sequence[str]) -> Iterable[Sequence[str]]:
    return (values[start : start + _AT_ONCE] for start in range(0, len(values), _AT_ONCE))
