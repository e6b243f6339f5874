"""A statement put together once finds what it finds when built anew, on either database."""

from sqlalchemy import Engine, bindparam, insert, literal, select, union_all

from monitor.store import tables
from monitor.store.prepared import Prepared

NAMES = tables.names


def test_it_finds_the_same_each_time_with_the_values_of_that_time(database: Engine) -> None:
    key = bindparam("key")
    both = Prepared(
        union_all(
            select(NAMES.c.account).where(NAMES.c.name_key == key),
            select(literal("twice")).where(NAMES.c.name_key == key, NAMES.c.tenant == "acme"),
        )
    )
    rows = [
        {"name_key": n, "tenant": tenant, "account": f"u-{n}", "first_event": bytes(16)}
        for n, tenant in ((1, "acme"), (2, "it's"))
    ]
    with database.begin() as connection:
        connection.execute(insert(NAMES), rows)
        for _ in range(2):
            assert both.rows(connection, key=1) == [("u-1",), ("twice",)]
            assert both.rows(connection, key=2) == [("u-2",)]
            assert both.rows(connection, key=3) == []
