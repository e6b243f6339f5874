"""Suppressions from the command line: what is known and calls nobody until a day."""

from typing import Annotated

import typer
from rich.table import Table

from alerts.incident import Category
from detectors.core.event import DAY
from detectors.core.finding import Severity
from monitor import clock
from monitor.cli.console import CommandError, safe, stdout
from monitor.cli.tenant import said
from monitor.cli.ticket_desk import AsJson, Config, about, open_desk, print_json
from monitor.directory.account import midnight
from monitor.directory.refusal import DirectoryError
from monitor.directory.sheet.values import day_of
from monitor.services.actor import operator
from monitor.services.suppressions import SuppressionView, Wish

held = typer.Typer()

Number = Annotated[int, typer.Argument(min=1, help="The suppression's number.")]
_SEVERITIES = {severity.name.lower(): severity for severity in Severity}


@held.command()
def suppressions(
    over: Annotated[bool, typer.Option("--over", help="Those that are over.")] = False,
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Show what is held back now, by whom and why, and how often it was met.

    Example:

        vigie ticket suppressions
    """
    found: list[SuppressionView] = []
    before: int | None = None
    with open_desk(config) as desk:
        while True:
            some, before = desk.suppressions.page(operator(), over=over, before=before, limit=200)
            found += some
            if before is None:
                break
    if as_json:
        print_json(found)
        return
    table = Table(box=None)
    for column in ("#", "what", "about", "tenant", "up to", "until", "owner", "met", "held", "why"):
        table.add_column(column)
    for one in found:
        table.add_row(
            str(one.number),
            "" if one.category is None else one.category.value,
            about(one.subject),
            safe(one.tenant),
            one.up_to.name.lower(),
            clock.utc(one.ended or one.until),
            safe(one.owner),
            f"{one.matches:,}",
            f"{one.held:,}",
            safe(one.reason),
        )
    stdout.print(table)


@held.command()
def suppress(
    reason: Annotated[str, typer.Option(help="Why; it is written down.")],
    until: Annotated[str, typer.Option(metavar="2027-01-31", help="The last day, in a year.")],
    tenant: Annotated[
        str | None, typer.Option(help="Else the one that the settings have.", callback=said)
    ] = None,
    category: Annotated[Category | None, typer.Option(help="Of this conclusion.")] = None,
    account: Annotated[str, typer.Option(help="Of this account, as the log has it.")] = "",
    address: Annotated[str, typer.Option(help="Of this address.")] = "",
    up_to: Annotated[str, typer.Option(help="What is graver calls people all the same.")] = "high",
    owner: Annotated[str, typer.Option(help="Who answers for it; else whoever asks.")] = "",
    config: Config = None,
) -> None:
    """Hold back what people know of, until the end of a day, UTC. It is found, kept and counted as
    ever.

    Example:

        vigie ticket suppress --account u-1042 --until 2027-01-31 --reason "two on one desk"
    """
    if up_to not in _SEVERITIES:
        raise CommandError(f"--up-to is one of {', '.join(_SEVERITIES)}", 2)
    try:
        last = day_of("until", until)
    except DirectoryError as error:
        raise CommandError(str(error), 2) from error
    with open_desk(config) as desk:
        wish = Wish(
            tenant=tenant or desk.settings.tenant,
            reason=reason,
            until=midnight(last) + DAY,
            category=category,
            account=account,
            address=address,
            up_to=_SEVERITIES[up_to],
            owner=owner,
        )
        made = desk.suppressions.add(operator(), wish)
    stdout.print(f"Held back; `vigie ticket unsuppress {made.number}` ends it.")


@held.command()
def unsuppress(
    number: Number,
    quiet: Annotated[
        bool, typer.Option("--quiet", help="What it held back goes on calling nobody.")
    ] = False,
    config: Config = None,
) -> None:
    """End one now: the open tickets that it held back call people from now on.

    Example:

        vigie ticket unsuppress 3
    """
    with open_desk(config) as desk:
        made = desk.suppressions.end(operator(), number, calls=not quiet)
    stdout.print(f"Ended, after {made.matches:,} incidents.")
