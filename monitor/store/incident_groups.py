"""Incidents by whom they are about: how many each has, how grave, and when something came last."""

from collections.abc import Collection
from typing import Any, Final

from msgspec import Struct
from sqlalchemy import Connection, Engine, Select, func, literal, select, tuple_

from detectors.core.finding import Severity
from detectors.core.identity import Subject, SubjectKind
from monitor.store import tables
from monitor.store.connection import reading
from monitor.store.incident_filter import Filter, Order, conditions, ordered

SCANNED: Final = 20_000
"""The newest incidents of a filter, which are put into groups; older ones are not looked at."""
_TABLE = tables.incidents

Place = tuple[int, str, int]
"""Of the last group that was shown: when something came to it, its tenant, its subject's key."""


class Group(Struct, frozen=True, kw_only=True):
    """The incidents of one account, address or tenant. `updated` is an event time in ms."""

    subject: Subject
    incidents: int
    severity: Severity
    updated: int
    place: Place


class Groups:
    """Groups of the incidents of one database. Safe to share between threads."""

    def __init__(self, engine: Engine) -> None:
        self._engine = reading(engine)

    def tenants(self, wanted: Filter, after: Place | None, limit: int) -> list[Group]:
        """By tenant, the one to which something came last first."""
        with self._engine.connect() as connection:
            query = _grouped(connection, wanted, literal(0), after).limit(limit)
            rows = connection.execute(query).all()
        return [_group(row, Subject(SubjectKind.TENANT, row.tenant, "")) for row in rows]

    def subjects(self, wanted: Filter, after: Place | None, limit: int) -> list[Group]:
        """By account, or address, or tenant, whatever an incident is about; in the same order."""
        with self._engine.connect() as connection:
            query = _grouped(connection, wanted, _TABLE.c.subject_key, after).limit(limit)
            rows = connection.execute(query).all()
            named = _subjects(connection, [row.key for row in rows])
        return [_group(row, named[row.key, row.tenant]) for row in rows]

    def newest_of(self, groups: Collection[Group]) -> list[bytes]:
        """The ids of the newest incidents of these groups by account, one of each at least."""
        of = (_TABLE.c.subject_key, _TABLE.c.updated)
        wanted = [(one.place[2], one.updated) for one in groups]
        query = select(_TABLE.c.id).where(_TABLE.c.subject_key.in_([key for key, _ in wanted]))
        with self._engine.connect() as connection:
            found = connection.execute(query.where(tuple_(*of).in_(wanted)))
            return [bytes(one) for one in found.scalars()]


def _grouped(
    connection: Connection, wanted: Filter, key: Any, after: Place | None
) -> Select[tuple[Any, ...]]:
    columns = (_TABLE.c.tenant, _TABLE.c.severity, _TABLE.c.updated, key.label("key"))
    inner = select(*columns).where(*conditions(connection, wanted))
    newest = ordered(inner, Order.NEWEST, None).limit(SCANNED).subquery()
    last = func.max(newest.c.updated)
    query = select(
        newest.c.tenant,
        newest.c.key,
        func.count().label("incidents"),
        func.max(newest.c.severity).label("severity"),
        last.label("updated"),
    ).group_by(newest.c.tenant, newest.c.key)
    if after is not None:
        query = query.having(tuple_(last, newest.c.tenant, newest.c.key) < tuple_(*after))
    return query.order_by(last.desc(), newest.c.tenant.desc(), newest.c.key.desc())


def _subjects(connection: Connection, keys: list[int]) -> dict[tuple[int, str], Subject]:
    query = select(
        _TABLE.c.subject_key,
        _TABLE.c.tenant,
        func.min(_TABLE.c.subject),
        func.count(_TABLE.c.campaign_key),
    ).where(_TABLE.c.subject_key.in_(keys))
    rows = connection.execute(query.group_by(_TABLE.c.subject_key, _TABLE.c.tenant))
    return {
        (key, tenant): Subject(_kind(uid, is_of_many > 0), tenant, uid)
        for key, tenant, uid, is_of_many in rows
    }


def _kind(uid: str, is_of_many: bool) -> SubjectKind:
    if not uid:
        return SubjectKind.TENANT
    return SubjectKind.SOURCE if is_of_many else SubjectKind.ACCOUNT


def _group(row: Any, subject: Subject) -> Group:
    return Group(
        subject=subject,
        incidents=row.incidents,
        severity=Severity(row.severity),
        updated=row.updated,
        place=(row.updated, row.tenant, row.key),
    )
