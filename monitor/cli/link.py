"""`vigie link`: another one-time link into the console."""

from pathlib import Path
from typing import Annotated

import typer

from monitor.cli.console import CommandError, stdout
from monitor.cli.credentials import take_key
from monitor.services.admission import issue_link, link
from monitor.settings import load
from monitor.store.connection import connect
from monitor.store.migration import is_current


def command(config: Annotated[Path | None, typer.Option(help="Settings.")] = None) -> None:
    """Print a link into the console: good once, for 15 minutes.

    Example:

        vigie link
    """
    settings = load(config)
    if not is_current(settings.database_url):
        raise CommandError(
            "there is no database of this version yet: `vigie db upgrade` or `vigie run`"
        )
    database = connect(settings.database_url)
    stdout.print(
        link(settings.web.address, issue_link(database, take_key(settings, database).pepper)),
        soft_wrap=True,
    )
    database.dispose()
