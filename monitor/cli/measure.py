"""`vigie measure`: what is asked for, done and undone about accounts."""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from msgspec import structs
from rich.table import Table

from alerts.ladder import Step, step_named
from alerts.measure import AT_WORK, OPEN, STATES, STUCK, WHY, Measure, MeasureError, State
from alerts.outbox import reason_of
from alerts.rule import LONGEST_SUSPENSION
from monitor import clock
from monitor.cli.console import CommandError, safe, stderr, stdout
from monitor.cli.stored import stored
from monitor.services.actor import operator
from monitor.services.blast import CAUTIONS, Preview
from monitor.services.measure_checks import Wanted
from monitor.services.measure_views import Whole
from monitor.services.measures import Measures
from monitor.services.refusal import NotThereError, StaleError
from monitor.settings import load
from monitor.store.measures import MOST, Filter

command = typer.Typer(help="What is asked for, done and undone about accounts.")

Config = Annotated[Path | None, typer.Option(help="Settings.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print it as JSON.")]
Number = Annotated[int, typer.Argument(help="The measure's number.", min=1)]
Reason = Annotated[str, typer.Option(help="Why; the person concerned may read it.")]
Tenant = Annotated[str | None, typer.Option(help="Only of this tenant.")]


class Which(StrEnum):
    """What is listed."""

    STANDING = "standing"
    OPEN = "open"
    STUCK = "stuck"
    IN_FORCE = "in-force"
    ALL = "all"


class StepWord(StrEnum):
    """What can be asked for."""

    NOTIFY = "notify"
    CHALLENGE = "challenge"
    REVOKE = "revoke"
    SUSPEND = "suspend"
    DEACTIVATE = "deactivate"


_STATES = {
    Which.STANDING: OPEN | AT_WORK | STUCK | {State.IN_FORCE},
    Which.OPEN: OPEN,
    Which.STUCK: STUCK,
    Which.IN_FORCE: frozenset((State.IN_FORCE,)),
    Which.ALL: frozenset[State](),
}


@command.command("list")
def list_measures(
    state: Annotated[Which, typer.Option(help="Which of them.")] = Which.STANDING,
    tenant: Tenant = None,
    limit: Annotated[int, typer.Option(help="How many at most.", min=1, max=MOST)] = 50,
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Show measures, changed last first: those that somebody decides, are at work or in force.

    Examples:

        vigie measure list

        vigie measure list --state stuck --json
    """
    with _desk(config) as desk:
        wanted = Filter(tenant=tenant or None, states=_STATES[state])
        found = desk.page(operator(), wanted, None, limit).items
    if as_json:
        stdout.print_json(msgspec.json.encode([_plain(one) for one in found]).decode())
        return
    if not found:
        stderr.print("There is no such measure.")
        return
    table = Table(box=None)
    for column in ("number", "step", "state", "tenant", "account", "asked for by", "since"):
        table.add_column(column)
    for one in found:
        by = one.requested_name or f"rule {one.rule}"
        table.add_row(
            str(one.id),
            one.step.word,
            STATES[one.state].en,
            safe(one.tenant),
            safe(one.account),
            safe(by),
            clock.utc(one.created),
        )
    stdout.print(table)


@command.command()
def show(number: Number, as_json: AsJson = False, config: Config = None) -> None:
    """Show one measure with its orders. That it was looked at is written down.

    Example:

        vigie measure show 12
    """
    with _desk(config) as desk:
        found = desk.one(operator(), number)
    if as_json:
        told = _plain(found.measure) | {"orders": msgspec.to_builtins(_orders(found))}
        stdout.print_json(msgspec.json.encode(told).decode())
        return
    table = Table(box=None, show_header=False)
    for name, value in _told(found.measure):
        table.add_row(name, safe(value))
    stdout.print(table)
    for order in _orders(found):
        stdout.print(
            "  ".join(safe(str(order[name])) for name in ("responder", "action", "state", "why"))
        )


@command.command()
def request(
    step: Annotated[StepWord, typer.Argument(help="What is to be done.")],
    tenant: Annotated[str, typer.Option(help="The accounts' tenant, as the log has it.")],
    account: Annotated[list[str], typer.Option(help="An account, as the log names it.")],
    reason: Reason,
    article: Annotated[str, typer.Option(help="The article that it rests on.")] = "6",
    hours: Annotated[
        int | None,
        typer.Option(help="How long a suspension lasts.", min=1, max=LONGEST_SUSPENSION),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Ask nothing.")] = False,
    config: Config = None,
) -> None:
    """Ask for a measure, after a look at what it reaches. A deactivation then waits for a second
    person, who approves it in the console.

    Examples:

        vigie measure request suspend --tenant acme --account u-17 --hours 24 --reason "shared"

        vigie measure request deactivate --tenant acme --account u-17 --reason "shared"
    """
    which = step_named(step.value) or Step.OBSERVE
    with _desk(config) as desk:
        reached = desk.preview(operator(), tenant, account, which)
        _show_preview(reached)
        if not yes:
            typer.confirm("Ask for it?", abort=True)
        wanted = Wanted(
            tenant=tenant,
            accounts=tuple(account),
            step=which,
            reason=reason,
            aup=article,
            hours=hours,
            seen=reached.seen,
        )
        for made in desk.request(operator(), wanted):
            stdout.print(f"{made.id}: {STATES[made.state].en}")


@command.command()
def refuse(number: Number, reason: Reason, config: Config = None) -> None:
    """Refuse what somebody asked for, or what a rule proposes.

    Example:

        vigie measure refuse 12 --reason "an authorised pool"
    """
    with _desk(config) as desk:
        _say(desk.refuse(operator(), number, reason))


@command.command()
def undo(number: Number, reason: Reason, config: Config = None) -> None:
    """Take a measure back that is in force, or on its way.

    Example:

        vigie measure undo 12 --reason "it was a mistake"
    """
    with _desk(config) as desk:
        _say(desk.undo(operator(), number, reason))


@command.command()
def again(number: Number, config: Config = None) -> None:
    """Order anew what is stuck, in the direction in which it was going.

    Example:

        vigie measure again 12
    """
    with _desk(config) as desk:
        _say(desk.again(operator(), number))


def _say(one: Measure) -> None:
    stdout.print(f"{one.id}: {STATES[one.state].en}")


def _show_preview(found: Preview) -> None:
    count = len(found.accounts)
    stdout.print(f"It reaches {count:,} of {found.of:,} accounts in use at this tenant.")
    for caution in found.cautions:
        stdout.print(f"- {CAUTIONS[caution].en}")
    for one in found.accounts:
        for caution in one.cautions:
            stdout.print(f"- {safe(one.account)}: {CAUTIONS[caution].en}")


def _plain(one: Measure) -> dict[str, object]:
    told: dict[str, object] = dict(structs.asdict(one))
    incident = None if one.incident is None else one.incident.hex()
    return told | {"step": one.step.word, "incident": incident}


def _orders(found: Whole) -> list[dict[str, str]]:
    return [
        {
            "responder": row.responder,
            "action": row.action.value,
            "state": row.state.value,
            "why": reason_of(row.reason).en,
        }
        for row in found.orders
    ]


def _told(one: Measure) -> Iterator[tuple[str, str]]:
    why = None if one.unfinished is None else WHY[one.unfinished].en
    for name, value in (
        ("number", one.id),
        ("step", one.step.word),
        ("state", STATES[one.state].en),
        ("why unfinished", why),
        ("tenant", one.tenant),
        ("account", one.account),
        ("rule", one.rule),
        ("article", one.aup),
        ("reason", one.reason),
        ("asked for by", one.requested_name),
        ("decided by", one.decided_name),
        ("decision", one.decision),
        ("lapses", _time(one.expires)),
        ("ends", _time(one.until)),
        ("carried out", _time(one.carried)),
        ("read back", _time(one.confirmed)),
        ("taken back by", one.undone_name),
        ("because", one.undo_reason),
        ("over", _time(one.ended)),
    ):
        if value not in (None, ""):
            yield name, str(value)


def _time(milliseconds: int | None) -> str | None:
    return None if milliseconds is None else clock.utc(milliseconds)


@contextmanager
def _desk(config: Path | None) -> Iterator[Measures]:
    settings = load(config)
    with stored(settings) as database:
        try:
            yield Measures(database, settings.roster, lapses=settings.responding.lapses)
        except (MeasureError, StaleError, NotThereError) as error:
            raise CommandError(str(error)) from error
