"""What the operator's commands do is written down, wherever there is a database to write it in."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Engine as Database
from sqlalchemy.exc import DBAPIError

from monitor.cli.console import announce
from monitor.services.actor import operator
from monitor.services.audit import record
from monitor.settings import Settings
from monitor.store.connection import connect, explain
from monitor.store.migration import is_current
from monitor.trouble import Trouble


def write_down(
    database: Database, operation: str, subject: str, content: Mapping[str, Any] | None = None
) -> None:
    """An entry of its own, for what was done outside of the database."""
    with database.begin() as connection:
        record(connection, operator(), operation, subject, content=content)


def write_down_where_there_is_one(
    settings: Settings, operation: str, subject: str, content: Mapping[str, Any] | None = None
) -> None:
    """The same, for a command that needs no database: what it did stands, even where the database
    takes no entry now, and that is said."""
    try:
        if not is_current(settings.database_url):
            return
        database = connect(settings.database_url)
        try:
            write_down(database, operation, subject, content)
        finally:
            database.dispose()
    except (DBAPIError, OSError, Trouble) as error:
        why = explain(error) if isinstance(error, DBAPIError) else str(error)
        announce(f"The audit has no entry of this: {why}", style="bold yellow")
