"""`vigie outbox`: orders to responders: what waits, what was given up, and what is tried again."""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.table import Table

from alerts.outbox import SETTLED, State
from monitor import clock
from monitor.cli.console import CommandError, safe, stderr, stdout
from monitor.cli.stored import stored
from monitor.services.actor import operator
from monitor.services.order_views import ACTIONS, STATES, OrderView
from monitor.services.outbox import Driven, Outbox
from monitor.services.protection import ProtectionError
from monitor.services.refusal import NotThereError
from monitor.settings import load
from monitor.store.outbox import MOST, Wanted

command = typer.Typer(
    help="Orders to responders: what waits, what was given up, and what is tried again."
)

Config = Annotated[Path | None, typer.Option(help="Settings.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print it as JSON.")]
Number = Annotated[int, typer.Argument(help="The order's number.", min=1)]
Reason = Annotated[str, typer.Option(help="Why; it goes into the audit.")]
Responder = Annotated[str | None, typer.Option(help="Only orders to this responder.")]


class Which(StrEnum):
    """What is listed."""

    OPEN = "open"
    ALL = "all"
    WAITING = "waiting"
    LEASED = "leased"
    DONE = "done"
    DEAD = "dead"
    PARKED = "parked"
    CANCELLED = "cancelled"


@command.command("list")
def list_orders(
    state: Annotated[Which, typer.Option(help="Only those in this state.")] = Which.OPEN,
    responder: Responder = None,
    limit: Annotated[int, typer.Option(help="How many at most.", min=1, max=MOST)] = 50,
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Show orders, the newest first: those of which something may still come, or as asked for.

    Examples:

        vigie outbox list

        vigie outbox list --state dead --json
    """
    with _desk(config) as desk:
        wanted = Wanted(states=_states(state), responder=responder)
        found = desk.page(operator(), wanted, None, limit)
    if as_json:
        stdout.print_json(msgspec.json.encode(found).decode())
        return
    if not found:
        stderr.print("There is no such order.")
        return
    stdout.print(_table(found))


@command.command()
def show(number: Number, as_json: AsJson = False, config: Config = None) -> None:
    """Show one order whole. That it was looked at is written down.

    Example:

        vigie outbox show 12
    """
    with _desk(config) as desk:
        found = desk.one(operator(), number)
    if as_json:
        stdout.print_json(msgspec.json.encode(found).decode())
        return
    table = Table(box=None, show_header=False)
    for name, value in _told(found):
        table.add_row(name, safe(value))
    stdout.print(table)


@command.command()
def responders(as_json: AsJson = False, config: Config = None) -> None:
    """Show how each responder does, and how many of its orders are in which state.

    Example:

        vigie outbox responders
    """
    with _desk(config) as desk:
        found = desk.overview(operator()).responders
    if as_json:
        stdout.print_json(msgspec.json.encode(found).decode())
        return
    table = Table(box=None)
    for column in ("name", "waiting", "at work", "given up", "parked", "done", "state"):
        table.add_column(column)
    for one in found:
        does = "answers"
        if one.open_until is not None:
            does = f"does not answer; tried at {clock.utc(one.open_until)}: {one.reason}"
        counts = (one.waiting, one.leased, one.dead, one.parked, one.done)
        table.add_row(safe(one.name), *(f"{count:,}" for count in counts), safe(does))
    stdout.print(table)


@command.command()
def retry(
    reason: Reason,
    number: Annotated[int | None, typer.Argument(help="The order's number.", min=1)] = None,
    every: Annotated[bool, typer.Option("--all", help="All that were given up.")] = False,
    responder: Responder = None,
    config: Config = None,
) -> None:
    """Try an order again that was given up, or all of them; one that waits is tried at once.

    Examples:

        vigie outbox retry 12 --reason "the directory is back"

        vigie outbox retry --all --responder idp --reason "its token was renewed"
    """
    _drive(State.DEAD, number, every, responder, reason, config)


@command.command()
def release(
    reason: Reason,
    number: Annotated[int | None, typer.Argument(help="The order's number.", min=1)] = None,
    every: Annotated[bool, typer.Option("--all", help="All that came with the backup.")] = False,
    responder: Responder = None,
    config: Config = None,
) -> None:
    """Let orders go that came back with a backup. They may have been carried out since: those of
    which the contrary was ordered afterwards are cancelled.

    Examples:

        vigie outbox release 12 --reason "it was not sent before the loss"

        vigie outbox release --all --reason "the other server is gone"
    """
    _drive(State.PARKED, number, every, responder, reason, config)


@command.command()
def cancel(number: Number, reason: Reason, config: Config = None) -> None:
    """Let nothing more be done for an order. Its measure is then shown as unfinished.

    Example:

        vigie outbox cancel 12 --reason "done by hand"
    """
    with _desk(config) as desk:
        desk.cancel(operator(), number, reason)
    stdout.print("Cancelled.")


def _drive(
    state: State,
    number: int | None,
    every: bool,
    responder: str | None,
    reason: str,
    config: Path | None,
) -> None:
    if (number is None) is not every:
        raise CommandError("give an order's number, or --all", 2)
    if responder is not None and not every:
        raise CommandError("--responder goes with --all", 2)
    with _desk(config) as desk:
        if number is None:
            _say(desk.drive_all(operator(), state, reason, responder))
            return
        desk.drive(operator(), number, reason)
    stdout.print("It is tried now.")


def _say(driven: Driven) -> None:
    stdout.print(f"{driven.driven:,} are tried now.")
    if driven.cancelled:
        stdout.print(f"{driven.cancelled:,} are cancelled: the contrary was ordered since.")


def _states(which: Which) -> frozenset[State]:
    if which is Which.ALL:
        return frozenset()
    if which is Which.OPEN:
        return frozenset(State) - SETTLED | {State.DEAD}
    return frozenset((State(which.value),))


def _table(found: list[OrderView]) -> Table:
    table = Table(box=None)
    for column in ("number", "state", "responder", "action", "tenant", "account", "given", "why"):
        table.add_column(column)
    for one in found:
        table.add_row(
            str(one.id),
            STATES[one.state].en,
            safe(one.responder),
            ACTIONS[one.action].en,
            safe(one.tenant),
            safe(one.account or ""),
            clock.utc(one.created),
            safe(one.reason or one.detail),
        )
    return table


def _told(one: OrderView) -> Iterator[tuple[str, str]]:
    yield "number", str(one.id)
    yield "state", STATES[one.state].en
    yield "responder", one.responder
    yield "action", ACTIONS[one.action].en
    for name, value in (
        ("tenant", one.tenant),
        ("account", one.account),
        ("names", ", ".join(one.names)),
        ("e-mail", one.email),
        ("measure", one.measure),
        ("ticket", one.ticket),
        ("articles", ", ".join(one.aup)),
        ("grounds", one.grounds),
        ("given", clock.utc(one.created)),
        ("until", None if one.until is None else clock.utc(one.until)),
        ("attempts", one.attempts),
        ("tried next", clock.utc(one.due) if one.state is State.WAITING else None),
        ("why not", one.reason),
        ("carried out", None if one.carried is None else clock.utc(one.carried)),
        ("the responder says", f"{one.detail} {one.reference}".strip()),
        ("read back", one.seen),
    ):
        if value not in (None, ""):
            yield name, str(value)


@contextmanager
def _desk(config: Path | None) -> Iterator[Outbox]:
    with stored(load(config)) as database:
        try:
            yield Outbox(database)
        except (ProtectionError, NotThereError) as error:
            raise CommandError(str(error)) from error
