"""An index added to a table in use: built beside its writers, on each partition, again after a
failure."""

import shutil
import threading
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from monitor.store import migration
from monitor.store.migration import current, head, sql, upgrade
from tests.databases import Databases, Server

ADDED = '''"""One more index."""
import sqlalchemy as sa
from monitor.store.migrations.indexes import add_index
revision = "9999"
down_revision = "{head}"
branch_labels = None
depends_on = None
def upgrade() -> None:
    """Add it."""
    add_index("ix_added", "{table}", [{columns}]{options})
'''


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The migrations, and room for another."""
    copied = tmp_path / "migrations"
    shutil.copytree(migration._MIGRATIONS, copied)
    monkeypatch.setattr(migration, "_MIGRATIONS", copied)
    return copied


def add(folder: Path, table: str, *columns: str, options: str = "") -> None:
    names = ", ".join(f'"{column}"' for column in columns)
    told = ADDED.format(head=head(), table=table, columns=names, options=options)
    (folder / "versions" / "r9999_added.py").write_text(told)


def valid(server: Server, database: str) -> dict[str, bool]:
    """Indexes whose names begin like ours, and whether they are of use."""
    return dict(
        server.run(
            "SELECT indexrelid::regclass::text, indisvalid FROM pg_index"
            " WHERE indexrelid::regclass::text LIKE 'ix_added%'",
            database,
        )
    )


def test_it_is_added_on_either_database(databases: Databases, folder: Path) -> None:
    url = databases.url()
    add(folder, "sources", "name", "lines")
    upgrade(url)
    assert current(url) == head() == "9999"
    engine = databases.connect(url)
    with engine.begin() as connection:
        connection.execute(text("DROP INDEX ix_added"))


def test_it_is_among_the_statements_to_read(folder: Path) -> None:
    add(folder, "sources", "name")
    assert "CREATE INDEX ix_added ON sources (name)" in sql("postgresql")
    assert "CREATE INDEX ix_added ON sources (name)" in sql("sqlite")


@pytest.mark.parametrize(
    "options", ["", ", unique=True", ', postgresql_where=sa.text("name_key IS NOT NULL")']
)
def test_every_partition_has_its_own(postgresql: Server, folder: Path, options: str) -> None:
    with postgresql.database("migrated") as name:
        postgresql.run(
            "CREATE TABLE events_20200101 PARTITION OF events"
            r" FOR VALUES FROM ('\x016f00000000') TO ('\x01700000')",
            name,
        )
        columns = ("name_key", "id") if "unique" in options else ("name_key", "source_id")
        add(folder, "events", *columns, options=options)
        upgrade(postgresql.url_of(name))
        assert valid(postgresql, name) == {
            "ix_added": True,
            "ix_added_20200101": True,
            "ix_added_default": True,
        }
        # What is made later has one as well.
        postgresql.run(
            "CREATE TABLE events_later PARTITION OF events FOR VALUES FROM ('\\x02') TO ('\\x03')",
            name,
        )
        query = "SELECT count(*) FROM pg_inherits WHERE inhparent = 'ix_added'::regclass"
        assert postgresql.run(query, name) == [(3,)]


def test_it_is_built_while_somebody_writes(postgresql: Server, folder: Path) -> None:
    with postgresql.database("migrated") as name:
        add(folder, "sources", "name", "lines")
        upgraded = threading.Thread(target=upgrade, args=(postgresql.url_of(name),))
        with psycopg.connect(postgresql.url_of(name)) as writer:
            writer.execute("UPDATE sources SET lines = 0")
            upgraded.start()
            # It waits for this transaction to end, and no statement waits for it.
            is_waiting = (
                "SELECT count(*) FROM pg_index WHERE indexrelid::regclass::text = 'ix_added'"
            )
            while not postgresql.run(is_waiting, name)[0][0]:
                pass
            with psycopg.connect(postgresql.url_of(name)) as other:
                other.execute("SET lock_timeout = '5s'")
                other.execute(
                    "INSERT INTO rejects (source_id, position, reason, raw) VALUES (1, '', '', '')"
                )
                other.execute("UPDATE sources SET lines = 1")
        upgraded.join(240)
        assert valid(postgresql, name) == {"ix_added": True}


def test_what_was_broken_off_is_built_again(postgresql: Server, folder: Path) -> None:
    with postgresql.database("migrated") as name:
        url = postgresql.url_of(name)
        row = "INSERT INTO rejects (source_id, position, reason, raw) VALUES (1, '', '', '')"
        for _ in range(2):
            postgresql.run(row, name)
        before = current(url)
        add(folder, "rejects", "source_id", options=", unique=True")
        with pytest.raises(DBAPIError, match="could not create unique index"):
            upgrade(url)
        assert valid(postgresql, name) == {"ix_added": False}
        assert current(url) == before
        postgresql.run("DELETE FROM rejects WHERE id = 1", name)
        upgrade(url)
        assert valid(postgresql, name) == {"ix_added": True}
        assert current(url) == "9999"
