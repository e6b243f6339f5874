"""A database that was lent is like new when it is lent again."""

from collections.abc import Iterator
from contextlib import ExitStack, closing

import psycopg
import pytest

from tests.databases import TEMPLATE, Server


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A server whose template has a table of seeds, a table that refuses, and references."""
    made = Server()
    made.start()
    made.run(f"CREATE DATABASE {TEMPLATE}")
    for statement in (
        "CREATE TABLE seeds (word text)",
        "INSERT INTO seeds VALUES ('a\tb'), (NULL)",
        "CREATE SEQUENCE begun",
        "SELECT nextval('begun') FROM generate_series(1, 3)",
        "CREATE TABLE owners (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY)",
        "CREATE TABLE things (owner int REFERENCES owners, day int) PARTITION BY RANGE (day)",
        "CREATE TABLE some_things PARTITION OF things DEFAULT",
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE 'kept for good'; END $$",
        "CREATE TRIGGER kept BEFORE DELETE ON owners FOR EACH ROW EXECUTE FUNCTION refuse()",
    ):
        made.run(statement, TEMPLATE)
    yield made
    made.remove()


def oid_of(server: Server, name: str) -> int:
    ((oid,),) = server.run(f"SELECT oid FROM pg_database WHERE datname = '{name}'")  # noqa: S608
    return int(oid)


def lent(server: Server, *statements: str) -> int:
    """Lend a database, which is like new, run these in it, and take it back; which one it was."""
    with server.database(TEMPLATE) as name:
        assert server.run("SELECT word FROM seeds ORDER BY word", name) == [("a\tb",), (None,)]
        assert server.run("SELECT * FROM things", name) == []
        assert server.run("INSERT INTO owners DEFAULT VALUES RETURNING id", name) == [(1,)]
        assert server.run("SELECT nextval('begun')", name) == [(4,)]
        for statement in statements:
            server.run(statement, name)
        return oid_of(server, name)


ROWS = (
    "INSERT INTO seeds VALUES ('another')",
    "UPDATE seeds SET word = 'c' WHERE word IS NULL",
    "INSERT INTO owners SELECT FROM generate_series(1, 9)",
    "INSERT INTO things SELECT 3, n FROM generate_series(1, 9) AS n",
)


def test_rows_are_taken_back_and_the_database_is_lent_again(server: Server) -> None:
    first = lent(server, *ROWS)
    assert lent(server, *ROWS) == first
    assert lent(server) == first


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE seeds RENAME TO away",
        "ALTER TABLE seeds ALTER word SET DEFAULT 'd'",
        "ALTER TABLE seeds ADD CHECK (word <> 'e')",
        "ALTER TABLE owners DISABLE TRIGGER kept",
        "DROP TABLE some_things",
        "CREATE TABLE more (id int)",
        "CREATE VIEW seen AS SELECT * FROM seeds",
        "CREATE OR REPLACE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RETURN OLD; END $$",
        "GRANT SELECT ON seeds TO PUBLIC",
        "ALTER SEQUENCE owners_id_seq INCREMENT 7",
        "CREATE INDEX found ON things (day)",
        "ALTER DATABASE :name SET lock_timeout = 1",
        "ALTER DATABASE :name CONNECTION LIMIT 7",
        "REVOKE CONNECT ON DATABASE :name FROM PUBLIC",
        "SELECT lo_create(0)",
        "CREATE SCHEMA apart",
        "ANALYZE owners",
        "INSERT INTO seeds SELECT repeat('x', 2000) FROM generate_series(1, 10000)",
    ],
)
def test_what_is_more_than_rows_is_not_lent_again(server: Server, statement: str) -> None:
    with server.database(TEMPLATE) as name:
        server.run("INSERT INTO owners DEFAULT VALUES", name)
        server.run(statement.replace(":name", name), name)
        changed = oid_of(server, name)
    assert lent(server) != changed
    assert not server.run(f"SELECT 1 FROM pg_database WHERE oid = {changed}")  # noqa: S608


def test_who_is_still_connected_is_sent_away(server: Server) -> None:
    with server.database(TEMPLATE) as name:
        left = psycopg.connect(server.url_of(name))
        left.execute("INSERT INTO owners DEFAULT VALUES")
        first = oid_of(server, name)
    with pytest.raises(psycopg.OperationalError):
        left.execute("SELECT 1")
    left.close()
    assert lent(server) == first


def fail(server: Server, left: ExitStack) -> None:
    """A test that fails, and leaves a table locked."""
    with server.database(TEMPLATE) as name:
        server.run("INSERT INTO owners DEFAULT VALUES", name)
        connection = left.enter_context(closing(psycopg.connect(server.url_of(name))))
        connection.execute("LOCK TABLE owners")
        raise ZeroDivisionError


def test_it_is_like_new_after_a_test_that_failed(server: Server) -> None:
    with ExitStack() as left:
        with pytest.raises(ZeroDivisionError):
            fail(server, left)
        lent(server)


def test_who_comes_back_finds_it_no_more(server: Server) -> None:
    with server.database(TEMPLATE) as name:
        address = server.url_of(name)
    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        psycopg.connect(address)


def test_two_at_once_are_two(server: Server) -> None:
    with server.database(TEMPLATE) as one, server.database(TEMPLATE) as other:
        assert one != other
        server.run(ROWS[0], one)
        assert server.run("SELECT count(*) FROM seeds", other) == [(2,)]


def test_an_empty_one_is_of_no_template(server: Server) -> None:
    lent(server)
    with server.database() as name:
        assert server.run("SELECT 1 FROM pg_tables WHERE schemaname = 'public'", name) == []
