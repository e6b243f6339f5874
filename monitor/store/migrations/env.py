"""What Alembic runs; `monitor.store.migration` hands over the connection and its transaction."""

from alembic import context

from monitor.store.tables import metadata


def _run() -> None:
    connection = context.config.attributes.get("connection")
    if connection is None:
        dialect = context.config.attributes["dialect"]
        context.configure(
            dialect_name=dialect, target_metadata=metadata, as_sql=True, literal_binds=True
        )
    else:
        context.configure(
            connection=connection,
            target_metadata=metadata,
            render_as_batch=True,
            transaction_per_migration=connection.dialect.name == "postgresql",
        )
    with context.begin_transaction():
        context.run_migrations()


_run()
