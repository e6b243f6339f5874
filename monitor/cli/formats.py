"""`vigie formats`: the log formats there are, Vigie's own and those that the settings describe."""

from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.table import Table

from monitor.cli.console import safe, stdout
from monitor.formats.described.described import Described
from monitor.formats.detection import available
from monitor.formats.format import Format
from monitor.settings import load


def command(
    config: Annotated[Path | None, typer.Option(help="Settings.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print them as JSON.")] = False,
) -> None:
    """List the log formats, in the order in which `auto` asks them whose a line is.

    Examples:

        vigie formats

        vigie formats --config vigie.toml --json
    """
    known = [_told(one) for one in available(load(config).described()).values()]
    if as_json:
        stdout.print_json(msgspec.json.encode(known).decode())
        return
    table = Table(box=None)
    for column in ("name", "what", "of"):
        table.add_column(column, overflow="fold")
    for one in known:
        table.add_row(safe(one["name"]), safe(one["title"]), safe(one["of"]))
    stdout.print(table)


def _told(form: Format) -> dict[str, str]:
    own = f"the settings: {form.summary}" if isinstance(form, Described) else "Vigie"
    return {"name": form.name, "title": form.title, "of": own}
