"""The database for a command that needs one which is there already."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine

from monitor.cli.console import CommandError
from monitor.settings import Settings
from monitor.store.connection import connect
from monitor.store.migration import is_current


@contextmanager
def stored(settings: Settings) -> Iterator[Engine]:
    """The database of the settings, while in the block. Raises CommandError where there is none
    of this version."""
    if not is_current(settings.database_url):
        raise CommandError(
            "there is no database of this version yet: `vigie db upgrade` or `vigie run`"
        )
    database = connect(settings.database_url)
    try:
        yield database
    finally:
        database.dispose()
