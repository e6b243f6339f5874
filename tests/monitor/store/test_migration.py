"""Migrations: they end at the tables, on both kinds of database, or leave all as it was."""

import re
import threading
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, inspect
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import DBAPIError
from sqlalchemy.schema import CreateIndex, CreateTable

from monitor.store import migration
from monitor.store.connection import connect
from monitor.store.migration import NewerDatabaseError, current, head, is_current, sql, upgrade
from monitor.store.tables import metadata
from tests.databases import TEMPLATE, Databases, Server


@pytest.fixture
def url(databases: Databases) -> str:
    return databases.url(empty=True)


@pytest.fixture
def file(tmp_path: Path) -> str:
    """The address of a file that is not there."""
    return f"sqlite:///{tmp_path / 'vigie.db'}"


def schema(databases: Databases, engine: Engine) -> set[str]:
    """Every statement that made the database, its parts in one order and spaced alike."""
    if databases.server is not None:
        return set(databases.server.schema(str(engine.url.database)))
    with engine.begin() as connection:
        made = connection.exec_driver_sql(
            "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL "
            "AND tbl_name NOT IN ('alembic_version', 'sqlite_sequence')"
        ).scalars()
        return {plain(statement) for statement in made}


def plain(statement: str) -> str:
    spaced = re.sub(r"\s+", " ", statement).strip().rstrip(";")
    before, bracket, parts = spaced.partition("(")
    return before + bracket + ",".join(sorted(p.strip(" )") for p in re.split(r",(?=\s)", parts)))


def altered(statements: list[str]) -> list[str]:
    """Later additions of columns put where the table is made."""
    made = [re.sub(r"\s+", " ", statement).strip() for statement in statements]
    for statement in list(made):
        added = re.fullmatch(r"ALTER TABLE (\w+) ADD COLUMN (.+)", statement)
        if added is not None:
            table, column = added.groups()
            made = [
                f"{one[:-1]}, {column})" if one.startswith(f"CREATE TABLE {table} (") else one
                for one in made
            ]
        dropped = re.fullmatch(r"DROP INDEX (\w+)", statement)
        if dropped is not None:
            made = [one for one in made if f"INDEX {dropped[1]} ON" not in one]
    return made


def test_a_migrated_database_has_the_tables_of_the_program(url: str) -> None:
    upgrade(url)
    engine = connect(url)
    with engine.begin() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = compare_metadata(context, metadata)
    engine.dispose()
    # Partitions are not described one by one.
    assert [d for d in differences if "events_default" not in str(d)] == []


def test_it_is_statement_for_statement_what_the_tables_say(databases: Databases, url: str) -> None:
    upgrade(url)
    made = databases.connect(databases.url(empty=True))
    with made.begin() as connection:
        metadata.create_all(connection)
    assert schema(databases, databases.connect(url)) == schema(databases, made)
    assert len(schema(databases, made)) >= sum(1 + len(t.indexes) for t in metadata.tables.values())


def test_the_statements_to_read_are_those_of_the_tables() -> None:
    dialect = postgresql.dialect()
    wanted = {
        plain(str(made.compile(dialect=dialect)))
        for table in metadata.tables.values()
        for made in (CreateTable(table), *(CreateIndex(index) for index in table.indexes))
    } | {"CREATE TABLE events_default PARTITION OF events DEFAULT"}
    written = re.sub("^--.*$", "", sql("postgresql"), flags=re.MULTILINE)
    statements = {plain(s) for s in altered(written.split(";")) if "CREATE" in s}
    assert {s for s in statements if "alembic_version" not in s} == wanted


def test_text_has_one_order_whatever_the_server_is_set_up_for(postgresql: Server) -> None:
    ask = (
        "SELECT c.table_name, c.column_name FROM information_schema.columns c"
        " WHERE c.table_schema = 'public' AND c.data_type = 'text'"
        " AND c.collation_name IS DISTINCT FROM 'C'"
    )
    assert postgresql.run(ask, TEMPLATE) == []


def test_revisions_follow_one_upon_the_other(url: str) -> None:
    assert current(url) is None
    assert not is_current(url)
    upgrade(url)
    assert current(url) == head()
    assert is_current(url)
    upgrade(url)
    assert is_current(url)


def test_asking_makes_no_database(file: str, tmp_path: Path) -> None:
    assert current(file) is None
    assert list(tmp_path.iterdir()) == []


def test_an_empty_database_is_at_no_revision(file: str, tmp_path: Path) -> None:
    (tmp_path / "vigie.db").touch()
    assert current(file) is None


def test_a_database_of_a_newer_version_is_left_alone(url: str) -> None:
    upgrade(url)
    engine = connect(url)
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    for ask in (upgrade, current, is_current):
        with pytest.raises(NewerDatabaseError, match=r"at revision 9999.*knows up to 0"):
            ask(url)
    engine.dispose()


def test_a_migration_that_fails_leaves_all_as_it_was(url: str) -> None:
    engine = connect(url)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE rejects (a INTEGER)")
    with pytest.raises(DBAPIError, match="already exists"):
        upgrade(url)
    assert inspect(engine).get_table_names() == ["rejects"]
    engine.dispose()


def test_two_that_start_at_once_do_not_disturb_each_other(url: str) -> None:
    failures: list[Exception] = []

    def start() -> None:
        try:
            upgrade(url)
        except DBAPIError as error:
            failures.append(error)

    threads = [threading.Thread(target=start) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert is_current(url)


def test_migrations_are_found_in_a_folder_with_a_percent_sign(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    known = head()
    folder = tmp_path / "100%"
    folder.symlink_to(migration._MIGRATIONS)
    monkeypatch.setattr(migration, "_MIGRATIONS", folder)
    assert head() == known
