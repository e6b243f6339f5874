"""Events by day on PostgreSQL: partitions made before they are written to, and dropped whole.

Ids begin with the event time, so a day is a range of ids. What has no partition of its day lies in
`events_default`: strays, and days beyond what is sensible. Elsewhere than on PostgreSQL nothing
here does anything.
"""

import logging
import re
from collections import Counter
from collections.abc import Collection, Iterable
from datetime import date, timedelta

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from detectors.core.event import DAY
from detectors.core.identity import first_id

MOST = 400
"""Days in the past that have a partition of their own: a query over all of them locks each, with
its indexes, and a server has so many locks."""
AHEAD = 3
"""Days from today on that are made before anything is written to them."""
_RECENT = 7
_LEAST = 20
"""Events of a day in the past within one batch that are worth a partition; fewer are strays."""
_MOVED = 50_000
"""Events of a day that are moved to its new partition; with more it stays where it is."""
_LARGE = 64 << 20
"""Bytes of the default partition from which PostgreSQL must not look through it while it locks."""
_LAST_DAY = 2_932_896
_EPOCH = date(1970, 1, 1)
_NAME = re.compile(r"events_(\d{4})(\d\d)(\d\d)")
# Others that want the table wait behind us for as long as we wait: rather try again later.
_BRIEFLY = "SET LOCAL lock_timeout = '1s'"

log = logging.getLogger(__name__)


def days(connection: Connection) -> list[int]:
    """The days (since 1970, UTC) that have a partition, in order."""
    if connection.dialect.name != "postgresql":
        return []
    names = connection.execute(
        text(
            "SELECT relname FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid"
            " WHERE inhparent = to_regclass('events')"
        )
    ).scalars()
    found = (_NAME.fullmatch(name) for name in names)
    return sorted((date(*map(int, m.groups())) - _EPOCH).days for m in found if m is not None)


def ensure(database: Engine, wanted: Iterable[int]) -> list[int]:
    """Make the partitions of these days (since 1970, UTC), where there are none; which were made.

    Each by itself, with brief locks: a day whose locks are not to be had stays for another time,
    and so does one of which too much lies in the default partition. Never within a transaction
    that has read events: it would wait for itself.
    """
    if database.dialect.name != "postgresql":
        return []
    with database.connect() as connection:
        known = set(days(connection))
    missing = (day for day in set(wanted) - known if 0 <= day <= _LAST_DAY)
    return sorted(day for day in sorted(missing, reverse=True) if _is_made(database, day))


def drop_before(database: Engine, time: int) -> list[int]:
    """Drop the days that end before the event time `time` (ms), each by itself; which went.

    A day whose locks are not to be had at once is left for another time. Events older than that in
    the day of `time` itself, and in the default partition, are not touched.
    """
    if database.dialect.name != "postgresql":
        return []
    with database.connect() as connection:
        old = [day for day in days(connection) if (day + 1) * DAY <= time]
    return [day for day in old if _is_dropped(database, day)]


class Partitions:
    """Sees to it that what is written has its day's partition, as far as that is sensible."""

    def __init__(self, database: Engine) -> None:
        self._database = database
        self._is_server = database.dialect.name == "postgresql"
        self._known: set[int] = set()

    def forget(self) -> None:
        """Look anew at what there is."""
        self._known.clear()

    def ahead(self, now: int) -> None:
        """Make those from the day of `now` (ms) on that will be written to soon."""
        if self._is_server:
            today = now // DAY
            self._make(range(today, today + AHEAD + 1))

    def cover(self, times: Iterable[int], now: int | None = None) -> None:
        """Make those that events of these times (ms) are about to be written to; `now` is the
        latest time to believe in, where that is known. Before the transaction begins."""
        if not self._is_server:
            return
        counted = Counter(time // DAY for time in times)
        if counted.keys() <= self._known:
            return
        today = max(counted) if now is None else now // DAY
        recent = [day for day in counted if today - _RECENT <= day <= today + AHEAD]
        past = [d for d, n in counted.items() if d < today - _RECENT and n >= _LEAST]
        self._make([*recent, *self._within_bounds(past, today)])

    def _within_bounds(self, past: Collection[int], today: int) -> list[int]:
        unknown = sorted(set(past) - self._known, reverse=True)
        if not unknown:
            return []
        with self._database.connect() as connection:
            there = days(connection)
        self._known.update(there)
        room = MOST - sum(day < today - _RECENT for day in there)
        return [day for day in unknown if day not in self._known][: max(0, room)]

    def _make(self, wanted: Iterable[int]) -> None:
        missing = set(wanted) - self._known
        if missing:
            ensure(self._database, missing)
            # Also what could not be made: it is looked at again in the next run.
            self._known |= missing


def _is_made(database: Engine, day: int) -> bool:
    name, low, high = _bounds(day)
    try:
        with database.begin() as connection:
            connection.exec_driver_sql(_BRIEFLY)
            connection.exec_driver_sql(
                f"CREATE TABLE IF NOT EXISTS {name} (LIKE events INCLUDING ALL)"
            )
            size = connection.execute(text("SELECT pg_relation_size('events_default')")).scalar()
            strays = _strays(connection, low, high)
            is_large = int(size or 0) > _LARGE
            if strays > _MOVED or (strays and is_large):
                log.warning("%s stays in events_default: too many of its events are there", name)
                connection.rollback()
                return False
            if not is_large:
                _move(connection, name, low, high)
                _attach(connection, name, low, high)
                return True
        _attach_beside_readers(database, name, low, high)
    except DBAPIError as error:
        _raise_unless_busy(error)
        log.warning("%s is not made yet: somebody is using the table", name)
        return False
    return True


def _strays(connection: Connection, low: str, high: str) -> int:
    """How many events of these ids are in the default partition; no more than it matters."""
    found = connection.exec_driver_sql(
        "SELECT count(*) FROM (SELECT 1 FROM events_default WHERE id >= %s::bytea"
        " AND id < %s::bytea LIMIT %s) AS strays",
        (low, high, _MOVED + 1),
    )
    return int(found.scalar() or 0)


def _move(connection: Connection, name: str, low: str, high: str) -> None:
    """What lies in the default partition, which from now on nobody else uses, into another."""
    connection.exec_driver_sql("LOCK TABLE events_default IN ACCESS EXCLUSIVE MODE")
    taken = "DELETE FROM events_default WHERE id >= %s::bytea AND id < %s::bytea RETURNING *"
    move = f"WITH moved AS ({taken}) INSERT INTO {name} SELECT * FROM moved"  # noqa: S608 - ours
    connection.exec_driver_sql(move, (low, high))


def _attach_beside_readers(database: Engine, name: str, low: str, high: str) -> None:
    """A condition that is proven beforehand, beside others' statements, spares PostgreSQL looking
    through the default partition while it locks it."""
    proof = f"not_{name}"
    with database.begin() as connection:
        connection.exec_driver_sql(_BRIEFLY)
        connection.exec_driver_sql(
            f"ALTER TABLE events_default DROP CONSTRAINT IF EXISTS {proof},"
            f" ADD CONSTRAINT {proof} CHECK (id < '{low}' OR id >= '{high}') NOT VALID"
        )
    try:
        with database.begin() as connection:
            connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
            connection.exec_driver_sql(f"ALTER TABLE events_default VALIDATE CONSTRAINT {proof}")
        with database.begin() as connection:
            connection.exec_driver_sql(_BRIEFLY)
            _attach(connection, name, low, high)
    finally:
        with database.begin() as connection:
            connection.exec_driver_sql(
                f"ALTER TABLE events_default DROP CONSTRAINT IF EXISTS {proof}"
            )


def _attach(connection: Connection, name: str, low: str, high: str) -> None:
    # Unlike CREATE TABLE … PARTITION OF, this leaves everybody at work on the table itself.
    connection.exec_driver_sql(
        f"ALTER TABLE events ATTACH PARTITION {name} FOR VALUES FROM ('{low}') TO ('{high}')"
    )


def _is_dropped(database: Engine, day: int) -> bool:
    name, _, _ = _bounds(day)
    try:
        with database.begin() as connection:
            connection.exec_driver_sql(_BRIEFLY)
            connection.exec_driver_sql(f"ALTER TABLE events DETACH PARTITION {name}")
            connection.exec_driver_sql(f"DROP TABLE {name}")
    except DBAPIError as error:
        _raise_unless_busy(error)
        return False
    return True


def _raise_unless_busy(error: DBAPIError) -> None:
    from monitor.store.postgresql import is_busy  # noqa: PLC0415 - see connect()

    if not is_busy(error):
        raise error


def _bounds(day: int) -> tuple[str, str, str]:
    """The name of a day's partition, the first id in it and the first one after it."""
    name = f"events_{_EPOCH + timedelta(days=day):%Y%m%d}"
    low, high = (rf"\x{first_id(at * DAY).hex()}" for at in (day, day + 1))
    return name, low, high
