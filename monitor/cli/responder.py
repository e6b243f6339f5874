"""`vigie responder`: what acts and writes elsewhere: which there are, and whether they work."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from alerts.egress.wall import Wall, forget_proxies
from alerts.ports import RefusedError, ResponderError
from alerts.responders.kind import kinds
from alerts.responders.surroundings import Surroundings
from monitor import clock
from monitor.cli.console import CommandError, safe, stderr, stdout
from monitor.cli.stored import stored
from monitor.services.actor import operator
from monitor.services.trial import Trials
from monitor.settings import load

command = typer.Typer(help="Responders: which there are, and a message to try one.")

Config = Annotated[Path | None, typer.Option(help="Settings.")]


@command.command("list")
def list_responders(
    as_json: Annotated[bool, typer.Option("--json", help="Print them as JSON.")] = False,
    config: Config = None,
) -> None:
    """Show every responder of the settings: its kind, what it is asked for, and for whom.

    Example:

        vigie responder list
    """
    found = [_told(name, table) for name, table in sorted(load(config).responders.items())]
    if as_json:
        stdout.print_json(json.dumps(found))
        return
    shown = Table("responder", "kind", "is asked to", "for")
    for one in found:
        asked = ", ".join(one["actions"]) if one["enabled"] else "nothing: it is off"
        tenants = ", ".join(one["tenants"]) or "all tenants"
        shown.add_row(*(safe(text) for text in (one["name"], one["kind"], asked, tenants)))
    stdout.print(shown)


@command.command("try")
def try_responder(
    name: Annotated[str, typer.Argument(help="The responder, as [responders.NAME].")],
    to: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS", help="Write to this mail address, as to a user."),
    ] = None,
    text: Annotated[str, typer.Option(help="A line of your own in it.")] = "",
    config: Config = None,
) -> None:
    """Write a message by a responder, or ask a tracker what changed: now, and past the outbox.

    Nothing is done about any account. What is tried is written down in the audit.

    Examples:

        vigie responder try mail

        vigie responder try mail --to me@example.com

        vigie responder try chat --text "the channel of the night shift"
    """
    forget_proxies()
    settings = load(config)
    around = Surroundings(
        now=clock.now_ms, address=settings.web.public_url or "", wall=Wall(settings.outbound)
    )
    with stored(settings) as database:
        try:
            trials = Trials(database, settings.responders, around, settings.language)
            receipt = trials.write(operator(), name, to, text)
        except ValueError as error:
            raise CommandError(safe(error)) from error
        except ResponderError as error:
            hint = "" if isinstance(error, RefusedError) else "; it would be tried again"
            raise CommandError(f"{safe(name)}: {safe(error)}{hint}") from error
    stderr.print(f"{safe(name)}: {safe(receipt.detail)}", markup=False, soft_wrap=True)


def _told(name: str, table: Mapping[str, Any]) -> dict[str, Any]:
    from_roster = {"name": name, "kind": table["kind"], "enabled": table.get("enabled", True)}
    return from_roster | {"actions": _actions(table), "tenants": sorted(table.get("tenants", ()))}


def _actions(table: Mapping[str, Any]) -> list[str]:
    given = table.get("actions") or kinds()[table["kind"]].actions
    return sorted(str(one) for one in given)
