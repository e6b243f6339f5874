"""Whom the built-in gate turns away or asks for proof: what orders wrote, and what a gate reads."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, Engine, delete, func, or_, select
from sqlalchemy.exc import DBAPIError

from alerts.ports import RetryError
from detectors.core.identity import Subject, SubjectKind
from monitor.store import gate_changes, tables
from monitor.store.connection import explain, reading


class Entry(Struct, frozen=True):
    """What stands against an account: since when and until when (ms), None for until it is taken
    away, and by which order."""

    verdict: str
    since: int
    until: int | None
    key: str


class GateTable:
    """The list of one database, as `alerts.responders.surroundings.GateList` asks for it. Safe to
    share between threads. Its methods raise RetryError where the database does not answer."""

    def __init__(self, database: Engine, now: Callable[[], int]) -> None:
        """`now` gives ms since 1970 UTC."""
        self._database = database
        self._reading = reading(database)
        self._now = now

    def put(
        self, tenant: str, account: str, verdict: str, since: int, until: int | None, key: str
    ) -> bool:
        """Let a verdict hold for an account, in place of one of its kind; whether that is news.

        What the same order wrote before stays as it was. Of two, the one that begins later holds.
        """
        table = tables.gate_list
        mine = _of(tenant, account, {verdict})
        with self._writing() as connection:
            known = connection.execute(select(table).where(*mine).with_for_update()).first()
            if known is not None and (known.key == key or known.since > since):
                return False
            connection.execute(delete(table).where(*mine))
            subject = Subject(SubjectKind.ACCOUNT, tenant, account)
            connection.execute(
                table.insert().values(
                    tenant=tenant,
                    account=account,
                    verdict=verdict,
                    subject_key=subject.key(),
                    since=since,
                    until=until,
                    key=key,
                )
            )
            gate_changes.tell(connection, tenant, account)
        return True

    def remove(self, tenant: str, account: str, verdicts: frozenset[str], key: str) -> bool:
        """Let verdicts hold no longer; whether any did."""
        with self._writing() as connection:
            mine = _of(tenant, account, verdicts)
            gone = connection.execute(delete(tables.gate_list).where(*mine)).rowcount
            if gone:
                gate_changes.tell(connection, tenant, account)
        return int(gone) > 0

    def verdicts(self, tenant: str, account: str) -> frozenset[str]:
        """Which hold now."""
        with _told(), self._reading.begin() as connection:
            found = entries(connection, tenant, account, self._now())
        return frozenset(one.verdict for one in found)

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with _told(), self._database.begin() as connection:
            yield connection


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        raise RetryError(f"the gate's list cannot be written or read: {explain(error)}") from error


def entries(connection: Connection, tenant: str, account: str, now: int) -> list[Entry]:
    """What stands against an account at `now` (ms)."""
    table = tables.gate_list
    holds = or_(table.c.until.is_(None), table.c.until > now)
    query = select(table.c.verdict, table.c.since, table.c.until, table.c.key).where(
        table.c.tenant == tenant, table.c.account == account, holds
    )
    return [Entry(*row) for row in connection.execute(query.order_by(table.c.verdict))]


def forget(connection: Connection, before: int) -> int:
    """Delete what ended before `before` (ms); how many."""
    table = tables.gate_list
    return int(connection.execute(delete(table).where(table.c.until < before)).rowcount)


def ended(connection: Connection, before: int) -> int:
    """How many would be deleted."""
    table = tables.gate_list
    query = select(func.count()).select_from(table).where(table.c.until < before)
    return int(connection.execute(query).scalar_one())


def _of(tenant: str, account: str, verdicts: frozenset[str] | set[str]) -> tuple[Any, ...]:
    table = tables.gate_list
    return (
        table.c.tenant == tenant,
        table.c.account == account,
        table.c.verdict.in_(sorted(verdicts)),
    )
