"""What the commands of tickets work with, and how they tell what they find."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import msgspec
import typer

from alerts.suppression import SuppressionError
from alerts.ticket import TicketError
from detectors.core.identity import Subject
from monitor import clock
from monitor.cli.console import CommandError, safe, stdout
from monitor.cli.stored import stored
from monitor.services.refusal import NotThereError, StaleError
from monitor.services.suppressions import Suppressions
from monitor.services.ticket_acts import TicketActs
from monitor.services.ticket_views import TicketRow
from monitor.services.tickets import Tickets
from monitor.settings import Settings, load

Config = Annotated[Path | None, typer.Option(help="Settings.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print it as JSON.")]


class Desk(NamedTuple):
    """What a command works with."""

    tickets: Tickets
    acts: TicketActs
    suppressions: Suppressions
    settings: Settings


@contextmanager
def open_desk(config: Path | None) -> Iterator[Desk]:
    """The tickets of the settings' database, while in the block. Raises CommandError for what is
    not there, or cannot be done."""
    settings = load(config)
    limits = settings.tickets.limits
    with stored(settings) as database:
        try:
            yield Desk(
                Tickets(database, limits=limits),
                TicketActs(database, limits=limits),
                Suppressions(database, limits=limits),
                settings,
            )
        except (TicketError, SuppressionError, NotThereError, StaleError) as error:
            raise CommandError(str(error)) from error


def print_json(told: Any) -> None:
    """Print a value as JSON; a subject is told by its parts' names."""
    stdout.print_json(msgspec.json.encode(_named(msgspec.to_builtins(told))).decode())


def about(subject: Subject | None, name: str = "") -> str:
    """Whom something is about, for the terminal."""
    if subject is None or not subject.uid:
        return ""
    return safe(f"{name} ({subject.uid})" if name else subject.uid)


def state_of(row: TicketRow) -> str:
    """Where a ticket stands, in a word or two."""
    found = "" if row.disposition is None else f": {row.disposition.value}"
    return f"{row.status.value}{found}"


def due_of(row: TicketRow) -> str:
    """By when something is to be done with it, and whether that is past."""
    if row.held_by is not None:
        return f"held back by {row.held_by}"
    if row.due is None:
        return ""
    return f"{clock.utc(row.due)}{' LATE' if row.is_late else ''}"


def _named(told: Any) -> Any:
    if isinstance(told, list):
        return [_named(one) for one in told]
    if not isinstance(told, dict):
        return told
    named = {name: _named(value) for name, value in told.items()}
    subject = named.get("subject")
    if isinstance(subject, list) and len(subject) == 3:
        named["subject"] = dict(zip(("kind", "tenant", "uid"), subject, strict=True))
    return named
