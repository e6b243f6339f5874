"""Indexes added to tables in use: on PostgreSQL they are built beside those who write.

A migration that adds one does nothing else: what it began is not undone when it fails, and it is
run again from its beginning.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.schema import CreateIndex

_PARTITIONED = sa.text("SELECT relkind = 'p' FROM pg_class WHERE oid = to_regclass(:table)")
_PARTITIONS = sa.text(
    "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = to_regclass(:table)"
)
_BROKEN = sa.text("SELECT NOT indisvalid FROM pg_index WHERE indexrelid = to_regclass(:name)")


def add_index(name: str, table: str, columns: list[str], **options: Any) -> None:
    """Add an index; `options` are those of `op.create_index`."""
    migration = op.get_context()
    if migration.dialect.name != "postgresql" or migration.as_sql:
        op.create_index(name, table, columns, **options)
        return
    with migration.autocommit_block():
        if op.get_bind().execute(_PARTITIONED, {"table": table}).scalar():
            _add_to_partitions(name, table, columns, options)
        else:
            _build(name, table, columns, options)


def _build(name: str, table: str, columns: list[str], options: dict[str, Any]) -> None:
    # One that was broken off is there, and of no use.
    if op.get_bind().execute(_BROKEN, {"name": name}).scalar():
        op.drop_index(name, postgresql_concurrently=True)
    op.create_index(
        name, table, columns, if_not_exists=True, postgresql_concurrently=True, **options
    )


def _add_to_partitions(name: str, table: str, columns: list[str], options: dict[str, Any]) -> None:
    bind = op.get_bind()
    # The table's own is of no use until every partition has one.
    described = sa.Table(table, sa.MetaData(), *(sa.Column(column) for column in columns))
    index = sa.Index(name, *described.columns, **options)
    statement = str(CreateIndex(index, if_not_exists=True).compile(dialect=bind.dialect))
    op.execute(statement.replace(f" ON {table} ", f" ON ONLY {table} ", 1))
    for partition in bind.execute(_PARTITIONS, {"table": table}).scalars().all():
        part = f"{name}_{partition.removeprefix(f'{table}_')}"
        _build(part, partition, columns, options)
        op.execute(f"ALTER INDEX {name} ATTACH PARTITION {part}")
