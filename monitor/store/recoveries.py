"""Cases of those who lost their factors, as they are kept, within whatever transaction is open."""

from collections.abc import Collection
from typing import Any, Final

from msgspec import Struct, structs
from sqlalchemy import ColumnElement, Connection, delete, func, insert, select, tuple_, update

from detectors.core.identity import Subject, SubjectKind
from monitor.mfa.lost_factor import OPEN, Case, State
from monitor.store import tables

_TABLE = tables.recoveries
MOST: Final = 200


class StoredCase(Struct, frozen=True, kw_only=True):
    """A case with whose it is, the names of who did what, and what it is called in addresses. Its
    version is one more with each change."""

    case: Case
    handle: str
    subject_key: int
    tenant: str
    account: str
    requester_name: str
    prover_name: str = ""
    decider_name: str = ""
    id: int = 0
    version: int = 1


_NAMES: Final = {
    "state": "state",
    "proof": "proof",
    "requester": "requested_by",
    "created": "requested",
    "prover": "proved_by",
    "proved": "proved",
    "decider": "approved_by",
    "decided": "approved",
    "due": "ready",
    "expires": "expires",
    "settled": "ended",
    "settler": "ended_by",
    "decision": "why",
}
"""A column's name, and what it is of a case."""
_TEXTS: Final = frozenset(("proof", "proved_by", "approved_by", "ended_by", "why"))
_REST: Final = [name for name in StoredCase.__struct_fields__ if name != "case"]
_COLUMNS: Final = [_TABLE.c[name] for name in (*_REST, *_NAMES)]


def add(connection: Connection, one: StoredCase) -> StoredCase:
    """Keep a new one; with its id."""
    values = {name: value for name, value in _row(one).items() if name != "id"}
    made = connection.execute(insert(_TABLE).values(values).returning(_TABLE.c.id))
    return structs.replace(one, id=int(made.scalar_one()))


def put(connection: Connection, before: StoredCase, after: StoredCase) -> StoredCase | None:
    """Keep one as it is now; None where somebody changed it meanwhile."""
    kept = structs.replace(after, version=before.version + 1)
    mine = (_TABLE.c.id == before.id, _TABLE.c.version == before.version)
    values = {name: value for name, value in _row(kept).items() if name != "id"}
    changed = connection.execute(update(_TABLE).where(*mine).values(values)).rowcount
    return kept if changed else None


def by_handle(connection: Connection, handle: str) -> StoredCase | None:
    """The case of this name."""
    return next(iter(_all(connection, 1, _TABLE.c.handle == handle)), None)


def by_id(connection: Connection, identifier: int) -> StoredCase | None:
    """The case of this id."""
    return next(iter(_all(connection, 1, _TABLE.c.id == identifier)), None)


def open_of(connection: Connection, tenant: str, account: str) -> StoredCase | None:
    """The case of an account that is open."""
    found = _all(connection, 1, *_whose(tenant, account), _TABLE.c.state.in_(_words(OPEN)))
    return next(iter(found), None)


def of_account(connection: Connection, tenant: str, account: str, most: int) -> list[StoredCase]:
    """The latest cases of an account."""
    return _all(connection, most, *_whose(tenant, account))


def page(
    connection: Connection,
    tenant: str | None,
    states: Collection[State],
    before: tuple[int, int] | None,
    most: int,
) -> list[StoredCase]:
    """Those of a tenant, or of all, in these states (none named: in any), the last first; `before`
    is when one was made (ms) and its id, behind which the page begins."""
    where: list[ColumnElement[bool]] = []
    if tenant is not None:
        where.append(_TABLE.c.tenant == tenant)
    if states:
        where.append(_TABLE.c.state.in_(_words(states)))
    if before is not None:
        where.append(tuple_(_TABLE.c.created, _TABLE.c.id) < tuple_(*before))
    return _all(connection, min(most, MOST + 1), *where)


def count(connection: Connection, tenant: str | None, states: Collection[State]) -> int:
    """How many of a tenant, or of all, are in these states."""
    query = select(func.count()).select_from(_TABLE).where(_TABLE.c.state.in_(_words(states)))
    if tenant is not None:
        query = query.where(_TABLE.c.tenant == tenant)
    return int(connection.execute(query).scalar_one())


def waited(connection: Connection, now: int, most: int) -> list[StoredCase]:
    """Those whose waiting time is over at `now` (ms)."""
    return _all(connection, most, _TABLE.c.state == State.WAITING.value, _TABLE.c.due <= now)


def lapsed(connection: Connection, now: int, most: int) -> list[StoredCase]:
    """Those that are open and were to be over by `now` (ms)."""
    return _all(connection, most, _TABLE.c.state.in_(_words(OPEN)), _TABLE.c.expires <= now)


def end_all(connection: Connection, now: int, why: str) -> int:
    """Let no case be open any more at `now` (ms), in the name of nobody; how many were."""
    values = {
        "state": State.EXPIRED.value,
        "settled": now,
        "decision": why,
        "version": _TABLE.c.version + 1,
    }
    is_open = _TABLE.c.state.in_(_words(OPEN))
    return int(connection.execute(update(_TABLE).where(is_open).values(values)).rowcount)


def forget(connection: Connection, before: int) -> int:
    """Delete those that were over before then (ms); how many."""
    return int(connection.execute(delete(_TABLE).where(_TABLE.c.settled < before)).rowcount)


def _all(connection: Connection, most: int, *where: ColumnElement[bool]) -> list[StoredCase]:
    query = select(*_COLUMNS).where(*where).order_by(_TABLE.c.created.desc(), _TABLE.c.id.desc())
    return [_stored(row) for row in connection.execute(query.limit(most)).mappings()]


def _words(states: Collection[State]) -> list[str]:
    return sorted(state.value for state in states)


def _whose(tenant: str, account: str) -> tuple[ColumnElement[bool], ...]:
    key = Subject(SubjectKind.ACCOUNT, tenant, account).key()
    return _TABLE.c.subject_key == key, _TABLE.c.tenant == tenant, _TABLE.c.account == account


def _row(one: StoredCase) -> dict[str, Any]:
    rest = {name: getattr(one, name) for name in _REST}
    case = {column: getattr(one.case, name) for column, name in _NAMES.items()}
    return rest | case | {"state": one.case.state.value}


def _stored(row: Any) -> StoredCase:
    told = {name: row[column] for column, name in _NAMES.items()}
    told |= {name: told[name] or "" for name in _TEXTS}
    case = Case(**told | {"state": State(told["state"])})
    return StoredCase(case=case, **{name: row[name] or _usual(name) for name in _REST})


def _usual(name: str) -> Any:
    return "" if name.endswith("_name") else 0
