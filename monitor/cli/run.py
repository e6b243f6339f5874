"""`vigie run`: the daemon: follows the sources, judges, and serves the console."""

from pathlib import Path
from typing import Annotated

import typer

from monitor.cli.console import CommandError
from monitor.cli.serving import serve
from monitor.settings import load


def command(
    config: Annotated[
        Path | None, typer.Option(help="Settings; else VIGIE_CONFIG, ./vigie.toml.")
    ] = None,
    console: Annotated[bool, typer.Option(help="Serve the console as well.")] = True,
) -> None:
    """Follow the sources of the settings, judge what comes, and serve the console.

    Ends at SIGTERM or Ctrl-C, with everything that was read committed.

    Examples:

        vigie run

        vigie run --config /etc/vigie/vigie.toml
    """
    settings = load(config)
    if not settings.sources:
        raise CommandError(
            "no sources to read: name some in vigie.toml (vigie.example.toml shows how), "
            "or see it work with `vigie demo`",
            2,
        )
    serve(settings, with_console=console)
