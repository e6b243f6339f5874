"""`vigie doctor`: whether everything that Vigie needs is in order, and what to do where not."""

from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.table import Table

from monitor.cli.console import CommandError, safe, stdout
from monitor.doctor.check import Check, examine
from monitor.doctor.configuration import look_at
from monitor.settings import load, origin


def command(
    config: Annotated[Path | None, typer.Option(help="Settings.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the checks as JSON.")] = False,
) -> None:
    """Check everything that Vigie needs, and say what to do; exits 1 when one thing is bad.

    Example:

        vigie doctor
    """
    settings = load(config)
    checks = [*look_at(origin(config)), *examine(settings)]
    if as_json:
        stdout.print_json(msgspec.json.encode([check._asdict() for check in checks]).decode())
    else:
        stdout.print(_table(checks))
    bad = [check.name for check in checks if not check.good]
    if bad:
        raise CommandError(f"not in order: {', '.join(bad)}")


def _table(checks: list[Check]) -> Table:
    table = Table(box=None)
    for column in ("what", "state", "seen", "to do"):
        table.add_column(column, overflow="fold")
    for check in checks:
        to_do = "" if check.good and not check.noted else check.remedy
        table.add_row(safe(check.name), _mark(check), safe(check.seen), safe(to_do))
    return table


def _mark(check: Check) -> str:
    if not check.good:
        return "[red]not in order[/]"
    return "[yellow]to note[/]" if check.noted else "[green]in order[/]"
