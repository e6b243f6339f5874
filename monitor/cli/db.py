"""`vigie db`: the database's tables and their version."""

from pathlib import Path
from typing import Annotated

import typer

from monitor.cli.console import CommandError, safe, stdout
from monitor.cli.recording import write_down_where_there_is_one
from monitor.cli.stored import stored
from monitor.settings import load
from monitor.store import compaction, migration
from monitor.store.connection import shown

command = typer.Typer(help="The database: bring it up to date, or look at its version.")

Config = Annotated[Path | None, typer.Option(help="Settings.")]


@command.command()
def upgrade(config: Config = None) -> None:
    """Bring the database to this version's tables; what is in it stays.

    The version before may go on running meanwhile, and after.

    Example:

        vigie db upgrade
    """
    settings = load(config)
    url = settings.database_url
    before = migration.current(url)
    migration.upgrade(url)
    if before != migration.head():
        told = {"from": before, "to": migration.head()}
        write_down_where_there_is_one(settings, "database:upgrade", "database", told)
    stdout.print(f"{safe(shown(url))} is at {migration.head()}", soft_wrap=True)


@command.command()
def status(config: Config = None) -> None:
    """Say which version the database is at; exits 1 when it is not this program's.

    Example:

        vigie db status
    """
    url = load(config).database_url
    at = migration.current(url)
    told = f"{safe(shown(url))}: at {at or 'nothing yet'}, this program's is {migration.head()}"
    stdout.print(told, soft_wrap=True)
    if at != migration.head():
        raise CommandError("run `vigie db upgrade`")


@command.command()
def sql(dialect: Annotated[str, typer.Argument(help="sqlite or postgresql")] = "sqlite") -> None:
    """Print the statements that make the tables, to read.

    Example:

        vigie db sql postgresql
    """
    if dialect not in ("sqlite", "postgresql"):
        raise CommandError(f"{dialect} is neither sqlite nor postgresql", 2)
    stdout.print(migration.sql(dialect), markup=False)


@command.command()
def compact(config: Config = None) -> None:
    """Write the database's files anew, without what was deleted. On SQLite, whoever writes waits.

    On PostgreSQL this lets the space be used again; only `VACUUM FULL`, by whoever administers the
    server, writes its files anew.

    Example:

        vigie db compact
    """
    with stored(load(config)) as database:
        if not compaction.compact(database, most=None):
            raise CommandError("the database could not be compacted now: try again later")
    stdout.print("Compacted.")
