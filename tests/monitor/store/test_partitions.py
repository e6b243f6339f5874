"""Events by day: made before they are written to, in nobody's way, dropped whole."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Connection, Engine, text

from detectors.core.event import DAY
from detectors.core.identity import first_id, timed_id
from monitor.store import partitions
from monitor.store.partitions import AHEAD, MOST, Partitions, days, drop_before, ensure
from monitor.store.writing import Writing
from tests.databases import Databases, Server

TODAY = 20_700
"""2026-09-04."""
NOW = TODAY * DAY + DAY // 2


@pytest.fixture
def databases(postgresql: Server, tmp_path: Path, migrated_file: Path) -> Iterator[Databases]:
    """Only of this kind."""
    made = Databases("postgresql", tmp_path, migrated_file, postgresql)
    yield made
    made.close()


def put(database: Engine, *times: int) -> None:
    """Store an event of each of these times (ms)."""
    with database.begin() as connection:
        rows = [(timed_id(t, str(n)), 1, None, 1, False, b"") for n, t in enumerate(times)]
        Writing(connection).add_events(rows)


def known(database: Engine) -> list[int]:
    with database.connect() as connection:
        return days(connection)


def rows(database: Engine, table: str = "events") -> int:
    with database.connect() as connection:
        count = connection.exec_driver_sql(f"SELECT count(*) FROM {table}")  # noqa: S608
        return int(count.scalar() or 0)


def test_elsewhere_nothing_is_done(tmp_path: Path, migrated_file: Path) -> None:
    embedded = Databases("sqlite", tmp_path, migrated_file, None)
    database = embedded.new()
    assert ensure(database, [TODAY]) == []
    assert drop_before(database, NOW) == []
    assert known(database) == []
    kept = Partitions(database)
    kept.ahead(NOW)
    kept.cover([NOW])
    embedded.close()


def test_a_day_goes_from_midnight_to_midnight(database: Engine) -> None:
    assert ensure(database, [TODAY, TODAY + 1]) == [TODAY, TODAY + 1]
    put(database, TODAY * DAY - 1, TODAY * DAY, TODAY * DAY + DAY - 1, TODAY * DAY + DAY)
    assert rows(database, "events_20260904") == 2
    assert rows(database, "events_20260905") == 1
    assert rows(database, "events_default") == 1
    assert rows(database) == 4


def test_what_is_there_is_not_made_again(database: Engine) -> None:
    assert ensure(database, [TODAY, TODAY]) == [TODAY]
    assert ensure(database, [TODAY]) == []
    assert known(database) == [TODAY]


def test_strays_move_to_their_day_when_it_is_made(database: Engine) -> None:
    put(database, NOW, NOW + 1, NOW + 100 * 365 * DAY, 0)
    assert rows(database, "events_default") == 4
    assert ensure(database, [TODAY]) == [TODAY]
    assert rows(database, "events_default") == 2
    assert rows(database, "events_20260904") == 2
    assert rows(database) == 4


def test_a_day_of_which_too_much_is_there_already_stays_where_it_is(
    database: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(partitions, "_MOVED", 3)
    put(database, *range(NOW, NOW + 4))
    assert ensure(database, [TODAY, TODAY + 1]) == [TODAY + 1]
    put(database, NOW + 10)
    assert rows(database) == rows(database, "events_default") == 5


def test_beside_a_large_default_partition_nothing_is_looked_through_with_a_lock(
    database: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(partitions, "_LARGE", 0)
    put(database, *range(NOW - 500 * DAY, NOW - 500 * DAY + 100))
    with database.connect() as connection:
        connection.exec_driver_sql("SET client_min_messages = debug1")
        notices: list[str] = []
        session = connection.connection.dbapi_connection
        assert isinstance(session, psycopg.Connection)
        session.add_notice_handler(lambda told: notices.append(told.message_primary or ""))
        connection.commit()
        assert ensure(Single(connection), [TODAY]) == [TODAY]  # type: ignore[arg-type]
    implied = "updated partition constraint for default partition"
    assert any(implied in told and "implied" in told for told in notices), notices
    with database.connect() as connection:
        proofs = "SELECT count(*) FROM pg_constraint WHERE conname LIKE 'not_events%%'"
        assert connection.exec_driver_sql(proofs).scalar() == 0
    put(database, NOW)
    assert rows(database, "events_20260904") == 1


class Single:
    """An engine of one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.dialect = connection.dialect

    @contextmanager
    def connect(self) -> Iterator[Connection]:
        yield self._connection
        self._connection.rollback()

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        with self._connection.begin():
            yield self._connection


def test_readers_and_writers_go_on_meanwhile(database: Engine) -> None:
    ensure(database, [TODAY - 1])
    put(database, NOW - DAY)
    one_day = text("SELECT count(*) FROM events WHERE id >= :low AND id < :high")
    low, high = first_id((TODAY - 1) * DAY), first_id(TODAY * DAY)
    with database.begin() as connection:
        assert connection.execute(one_day, {"low": low, "high": high}).scalar() == 1
        Writing(connection).add_events([(timed_id(NOW - DAY, "x"), 1, None, 1, False, b"")])
        assert ensure(database, [TODAY]) == [TODAY]
        assert connection.execute(one_day, {"low": low, "high": high}).scalar() == 2


def test_a_lock_that_is_not_to_be_had_is_tried_for_another_time(
    database: Engine, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(partitions, "_BRIEFLY", "SET LOCAL lock_timeout = '20ms'")
    ensure(database, [TODAY - 9])
    with database.connect() as reader:
        reader.exec_driver_sql("SELECT count(*) FROM events")
        assert ensure(database, [TODAY]) == []
        assert drop_before(database, NOW) == []
        # It goes where it can.
        put(database, NOW)
    assert "somebody is using the table" in caplog.text
    assert rows(database, "events_default") == 1
    assert ensure(database, [TODAY]) == [TODAY]
    assert rows(database, "events_default") == 0
    assert drop_before(database, NOW) == [TODAY - 9]


def test_what_is_past_keeping_is_dropped_a_whole_day_at_a_time(database: Engine) -> None:
    ensure(database, range(TODAY - 4, TODAY + 1))
    put(database, *(NOW - n * DAY for n in range(7)))
    assert drop_before(database, NOW - 2 * DAY) == [TODAY - 4, TODAY - 3]
    assert known(database) == [TODAY - 2, TODAY - 1, TODAY]
    # Those in the default partition stay, for whoever deletes rows.
    assert rows(database) == 3 + 2
    assert drop_before(database, NOW - 2 * DAY) == []


def test_those_of_the_next_days_are_made_ahead(database: Engine) -> None:
    kept = Partitions(database)
    kept.ahead(NOW)
    assert known(database) == list(range(TODAY, TODAY + AHEAD + 1))
    kept.ahead(NOW + DAY)
    assert known(database)[-1] == TODAY + 1 + AHEAD


def covered(database: Engine, times: Sequence[int], now: int | None = NOW) -> list[int]:
    Partitions(database).cover(times, now)
    return known(database)


def test_a_history_gets_its_days_and_a_stray_gets_none(database: Engine) -> None:
    history = [NOW - n * DAY for n in (9, 40, 300) for _ in range(30)]
    strays = [0, NOW - 200 * DAY, NOW + 100 * 365 * DAY]
    today = [NOW]
    assert covered(database, [*history, *strays, *today]) == [TODAY - n for n in (300, 40, 9, 0)]


def test_without_a_clock_the_latest_event_is_today(database: Engine) -> None:
    assert covered(database, [NOW, NOW - DAY], None) == [TODAY - 1, TODAY]


def test_a_long_history_has_so_many_days_and_new_ones_are_made_all_the_same(
    database: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(partitions, "MOST", 5)
    kept = Partitions(database)
    kept.cover([NOW - n * DAY for n in range(10, 20) for _ in range(30)], NOW)
    assert known(database) == [TODAY - n for n in (14, 13, 12, 11, 10)]
    kept.cover([NOW - n * DAY for n in range(30, 40) for _ in range(30)], NOW)
    kept.ahead(NOW)
    assert known(database) == [TODAY - 14 + n for n in range(5)] + [TODAY + n for n in range(4)]


def test_as_many_as_there_may_be_can_be_read_at_once(database: Engine) -> None:
    with database.begin() as connection:
        for day in range(MOST + AHEAD + 8):
            connection.exec_driver_sql(
                f"CREATE TABLE p{day} PARTITION OF events FOR VALUES"
                rf" FROM ('\x{first_id(day * DAY).hex()}')"
                rf" TO ('\x{first_id(day * DAY + DAY).hex()}')"
            )
    with database.connect() as first, database.connect() as second:
        for connection in (first, second):
            assert Writing(connection).keys_with_events([1, 2]) == set()
            assert Writing(connection).names_with_events([1, 2]) == set()


def test_asking_again_asks_nobody(database: Engine) -> None:
    kept = Partitions(database)
    kept.cover([NOW] * 3, NOW)
    asked: list[str] = []
    from sqlalchemy import event

    event.listen(database, "before_cursor_execute", lambda *a: asked.append(a[2]))
    kept.cover([NOW] * 3, NOW)
    assert asked == []
    kept.forget()
    kept.cover([NOW] * 3, NOW)
    assert asked
