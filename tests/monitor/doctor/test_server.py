"""A database server is told with what it is, and what keeps us from working with it."""

from collections.abc import Iterator

import pytest

from detectors.core.event import DAY
from monitor import clock
from monitor.doctor import database, server
from monitor.doctor.check import Check
from monitor.settings import Database, Settings
from monitor.store.connection import connect
from monitor.store.partitions import Partitions, ensure
from tests.databases import OLDEST, Server


@pytest.fixture
def url(postgresql: Server) -> Iterator[str]:
    with postgresql.database("migrated") as name:
        yield postgresql.url_of(name)


def looked(url: str) -> dict[str, Check]:
    settings = Settings(database=Database(url=url))
    return {c.name: c for look in (database.look, server.look) for c in look(settings)}


def test_of_a_file_there_is_nothing_to_say() -> None:
    assert list(server.look(Settings(database=Database(url="sqlite://")))) == []


def test_one_that_is_well_is_in_order(url: str) -> None:
    engine = connect(url)
    Partitions(engine).ahead(clock.now_ms())
    engine.dispose()
    checks = looked(url)
    assert all(check.good and not check.noted for check in checks.values()), checks
    assert checks["database server"].seen.startswith(f"PostgreSQL {OLDEST}.")
    assert checks["database's size"].seen.endswith("MiB")
    assert checks["events by day"].seen.startswith("4 partitions")


def test_one_that_is_away_is_told_once(postgresql: Server) -> None:
    checks = looked(postgresql.url_of("nowhere"))
    assert list(checks) == ["database"]
    assert not checks["database"].good
    assert "no such database" in checks["database"].seen


def test_one_that_is_empty_is_no_fault(postgresql: Server) -> None:
    with postgresql.database() as name:
        checks = looked(postgresql.url_of(name))
    assert all(check.good for check in checks.values())
    assert "events by day" not in checks


def test_a_password_is_not_shown(postgresql: Server) -> None:
    url = postgresql.url_of("migrated").replace("vigie@", "vigie:geheim@")
    assert "geheim" not in str(looked(url))


def test_one_that_is_read_only_is_told(url: str) -> None:
    closed = looked(url + "?options=-c%20default_transaction_read_only%3Don")
    assert not closed["database can be written"].good
    assert "primary" in closed["database can be written"].remedy


def test_a_user_who_may_not_change_the_tables_is_told(postgresql: Server, url: str) -> None:
    postgresql.run("DROP ROLE IF EXISTS guest")
    postgresql.run("CREATE ROLE guest LOGIN")
    postgresql.run("GRANT SELECT ON ALL TABLES IN SCHEMA public TO guest", url.rpartition("/")[2])
    rights = looked(url.replace("vigie@", "guest@"))["database user's rights"]
    assert not rights.good
    assert rights.seen == "none to make tables and none to change its tables"
    postgresql.run("DROP OWNED BY guest", url.rpartition("/")[2])
    postgresql.run("DROP ROLE guest")


def test_a_day_that_is_missing_is_noted(url: str) -> None:
    engine = connect(url)
    ensure(engine, [clock.now_ms() // DAY - 3])
    engine.dispose()
    assert looked(url)["events by day"].noted


def test_few_connections_to_spare_are_noted(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "_LEAST_SPARE", 10_000)
    assert looked(url)["database's connections"].noted


def test_many_strays_are_noted(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "_MANY_STRAYS", -1)
    assert looked(url)["events by day"].noted
