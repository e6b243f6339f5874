"""`vigie link`: another one-time link into the console."""

from pathlib import Path
from typing import Annotated

import typer

from monitor.cli.console import stdout
from monitor.cli.credentials import take_key
from monitor.cli.recording import write_down
from monitor.cli.stored import stored
from monitor.services.admission import by_name, issue_link, link
from monitor.settings import load


def command(config: Annotated[Path | None, typer.Option(help="Settings.")] = None) -> None:
    """Print a link into the console: good once, for 15 minutes.

    Example:

        vigie link
    """
    settings = load(config)
    with stored(settings) as database:
        key = issue_link(database, take_key(settings, database).pepper)
        write_down(database, "console:link", "console")
    stdout.print(link(by_name(settings.web.address), key), soft_wrap=True)
