"""`vigie run`: the daemon: follows the sources, judges, and serves the console."""

from pathlib import Path
from typing import Annotated

import typer

from monitor.cli.console import CommandError
from monitor.cli.serving import ALL, Part, serve
from monitor.effective import said_by
from monitor.settings import load


def command(
    config: Annotated[
        Path | None, typer.Option(help="Settings; else VIGIE_CONFIG, ./vigie.toml.")
    ] = None,
    console: Annotated[bool, typer.Option(help="Serve the console as well.")] = True,
    only: Annotated[
        list[Part] | None,
        typer.Option(help="Run this part only, here; others may run elsewhere. May be repeated."),
    ] = None,
) -> None:
    """Follow the sources of the settings, judge what comes, and serve the console.

    Ends at SIGTERM or Ctrl-C, with everything that was read committed; reads the settings anew at
    SIGHUP. Without sources it waits for those that are added in the console. While another engine
    runs on the same database, it waits, and takes over when that ends.

    Examples:

        vigie run

        vigie run --config /etc/vigie/vigie.toml

        vigie run --only web
    """
    parts = ALL if not only else frozenset(only)
    if not console:
        parts -= {Part.WEB}
    if not parts:
        raise CommandError("--no-console leaves nothing to run of --only web", 2)
    settings = load(config)
    serve(
        settings,
        parts=parts,
        reread=lambda: load(config),
        said=lambda: said_by(config),
    )
