"""`vigie sources`: how the sources are: last event, lag, rate, rejects, and what is wrong."""

from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.table import Table

from detectors.core.event import DAY, HOUR, MINUTE, SECOND
from monitor import clock
from monitor.cli.console import CommandError, safe, stdout
from monitor.cli.stored import stored
from monitor.services.actor import operator
from monitor.services.sources import (
    WORTH_TELLING,
    HealthView,
    Overview,
    ReceivingView,
    RejectView,
    Sources,
    SourceView,
)
from monitor.settings import load
from monitor.store.watching import Watching


def command(
    name: Annotated[str | None, typer.Argument(help="One source; else all of them.")] = None,
    rejects: Annotated[
        bool, typer.Option("--rejects", help="Show its last lines that could not be read.")
    ] = False,
    limit: Annotated[int, typer.Option(min=1, max=1_000, help="How many lines.")] = 25,
    config: Annotated[Path | None, typer.Option(help="Settings.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print it as JSON.")] = False,
) -> None:
    """Show the sources as they are; exits 1 when something is wrong with one, or with Vigie.

    Times are how long ago it was; `lag` is how far events are behind the clock. Lines are
    redacted: passwords, tokens, names before an @ and the end of addresses are masked.

    Examples:

        vigie sources

        vigie sources auth --rejects
    """
    if rejects and name is None:
        raise CommandError("--rejects needs the name of a source", 2)
    settings = load(config)
    with stored(settings) as database:
        sources = Sources(Watching(database))
        if name is None:
            troubled = _all(sources.overview(operator(), "en"), as_json)
        else:
            troubled = _one(sources, name, limit if rejects else 0, as_json)
    if troubled:
        raise typer.Exit(1)


def _all(overview: Overview, as_json: bool) -> bool:
    if as_json:
        stdout.print_json(msgspec.json.encode(overview).decode())
    else:
        stdout.print(_table(overview.sources))
        if overview.more:
            stdout.print(f"and {overview.more:,} more that sent nothing lately")
        _print_findings([*overview.loose, *(f for s in overview.sources for f in s.findings)])
    return overview.troubled > 0


def _one(sources: Sources, name: str, limit: int, as_json: bool) -> bool:
    actor = operator()
    view = sources.source(actor, name, "en")
    if view is None:
        raise CommandError(f"there is no source {name}; `vigie sources` names them", 2)
    lines = sources.rejects(actor, view.id, limit=limit) if limit else []
    if as_json:
        told = msgspec.structs.asdict(view)
        told |= {"past": sources.past(actor, name, "en"), "rejected_lines": lines}
        stdout.print_json(msgspec.json.encode(told).decode())
        return _is_troubled(view)
    stdout.print(_table((view,)))
    for reason, count in view.reasons.items():
        stdout.print(f"{count:,} not understood: {safe(reason)}")
    if view.receiving is not None:
        _print_receiving(view.receiving)
    _print_findings([*view.findings])
    _print_lines(lines)
    return _is_troubled(view)


def _is_troubled(view: SourceView) -> bool:
    return any(one.severity >= WORTH_TELLING for one in view.findings)


def _table(sources: tuple[SourceView, ...]) -> Table:
    table = Table(box=None)
    table.add_column("source", overflow="fold")
    table.add_column("is", overflow="fold")
    for column in ("last event", "last line", "lag", "/min", "lines", "events"):
        table.add_column(column, justify="right")
    for column in ("bad", "late", "waiting"):
        table.add_column(column, justify="right")
    now = clock.now_ms()
    for one in sources:
        table.add_row(
            safe(one.name),
            _state(one),
            "" if one.last_event is None else _short(now - one.last_event),
            "" if one.received is None else _short(now - one.received),
            "" if one.lag is None else _short(one.lag),
            "" if one.per_minute is None else f"{one.per_minute:,.0f}",
            f"{one.lines:,}",
            f"{one.events:,}",
            f"{one.rejected:,}",
            f"{one.late:,}",
            f"{one.waiting:,}",
        )
    return table


def _state(one: SourceView) -> str:
    if one.findings:
        return f"[red]{safe(', '.join(f.title.lower() for f in one.findings))}[/]"
    return "[green]well[/]" if one.is_read else "not read now"


def _short(milliseconds: int) -> str:
    """A time span in its largest unit; what is ahead has a minus."""
    span = abs(milliseconds)
    unit, name = next(
        ((unit, name) for unit, name in ((DAY, "d"), (HOUR, "h"), (MINUTE, "min")) if span >= unit),
        (SECOND, "s"),
    )
    return f"{'-' if milliseconds <= -SECOND else ''}{span // unit} {name}"


def _print_receiving(one: ReceivingView) -> None:
    where = ", ".join(one.listening) or "nothing"
    stdout.print(f"listens on {safe(where)}; {one.connections:,} connections")
    for reason, count in one.refused.items():
        stdout.print(f"{count:,} refused: {safe(reason)}", soft_wrap=True)
    if not one.senders:
        return
    table = Table("sender", "last", box=None)
    for column in ("messages", "refused"):
        table.add_column(column, justify="right")
    for sender in one.senders:
        row = (safe(sender.address), _moment(sender.last))
        table.add_row(*row, f"{sender.messages:,}", f"{sender.refused:,}")
    stdout.print(table)


def _moment(milliseconds: int | None) -> str:
    """To the minute, in UTC."""
    return "" if milliseconds is None else clock.utc(milliseconds)[:16]


def _print_findings(findings: list[HealthView]) -> None:
    for one in findings:
        subject = one.source or one.subject
        stdout.print(f"[bold red]{safe(subject)}: {safe(one.title)}[/], {clock.utc(one.since)} on")
        stdout.print(f"  {safe(one.sentence)}\n  {safe(one.remedy)}", soft_wrap=True)


def _print_lines(lines: list[RejectView]) -> None:
    for one in reversed(lines):
        when = "" if one.received is None else f"{clock.utc(one.received)} "
        stdout.print(f"{when}{safe(one.position)}: [yellow]{safe(one.reason)}[/]", soft_wrap=True)
        stdout.print(f"  {safe(one.line)}", soft_wrap=True)
