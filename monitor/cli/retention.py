"""`vigie retention`: what is kept and for how long, and what is due to be forgotten."""

from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.table import Table

from detectors.core.event import HOUR
from monitor import assembly, clock
from monitor.cli.console import CommandError, progress, safe, stderr, stdout
from monitor.cli.stored import stored
from monitor.daemon import Stopping, stopped_by_signals
from monitor.retention.job import jobs
from monitor.retention.rounds import Rounds
from monitor.services.actor import operator
from monitor.services.keeping import Keeping, Status
from monitor.settings import Settings, load
from monitor.store.connection import connect
from monitor.store.forgetting import COUNTED
from monitor.store.lock import EngineRunningError, only_engine
from monitor.store.migration import upgrade

command = typer.Typer(help="Keeping and forgetting: what is there, what is due, and do it now.")

Config = Annotated[Path | None, typer.Option(help="Settings.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print it as JSON.")]


@command.command()
def status(as_json: AsJson = False, config: Config = None) -> None:
    """Show how much of each kind is kept, since when, and how much is due.

    Example:

        vigie retention status
    """
    told = _status(load(config))
    if as_json:
        stdout.print_json(msgspec.json.encode(told).decode())
    else:
        _show(told)


@command.command()
def run(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would be forgotten.")
    ] = False,
    confirm: Annotated[
        bool,
        typer.Option("--confirm", help="Also where the clock leapt, or an old log was loaded."),
    ] = False,
    config: Config = None,
) -> None:
    """Forget now what is due. A running engine does so by itself; then this only confirms.

    Examples:

        vigie retention run --dry-run

        vigie retention run --confirm
    """
    settings = load(config)
    if dry_run:
        _show(_status(settings))
        return
    try:
        with only_engine(settings.database_url):
            upgrade(settings.database_url)
            if confirm:
                _confirm(settings)
            _run(settings)
    except EngineRunningError:
        if not confirm:
            raise
        _confirm(settings)
        stderr.print("An engine is running: it forgets all that is due from its next round on.")


def _status(settings: Settings) -> Status:
    with stored(settings) as database:
        return Keeping(database, assembly.periods_of(settings)).status(clock.now_ms())


def _confirm(settings: Settings) -> None:
    with stored(settings) as database:
        Keeping(database, assembly.periods_of(settings)).confirm(operator(), clock.now_ms())


def _run(settings: Settings) -> None:
    """One whole round, by an engine that reads nothing."""
    database = connect(settings.database_url)
    stopping = Stopping()
    engine = assembly.open_engine(settings, database, assembly.open_enricher(settings))
    rounds = assembly.open_retention(settings, database)
    with stopped_by_signals(stopping), progress("kinds") as shown:
        task = shown.add_task("forgetting", total=len(jobs()))
        # Without anything to read, event time is the clock's.
        engine.idle(clock.now_ms())
        while not stopping():
            rounds.step(engine, is_idle=True)
            shown.update(task, completed=len(jobs()) - rounds.jobs_left)
            if rounds.is_resting:
                break
        engine.stop()
    database.dispose()
    _tell(rounds)
    if stopping():
        raise CommandError("stopped before the end; run it again to go on from there")


def _tell(rounds: Rounds) -> None:
    titles = {kind.name: kind.title for kind in jobs()}
    for name, rows in rounds.rows.items():
        stdout.print(f"{rows:,} rows: {titles[name]}")
    if not rounds.rows:
        stdout.print("Nothing was due.")
    if rounds.postponed is not None:
        raise CommandError(
            f"{rounds.postponed.days} more days of data are too old at once, and wait: see that "
            "the clock is right, then `vigie retention run --confirm`"
        )


def _number(counted: int) -> str:
    return f"{counted:,}" if counted < COUNTED else f"{counted:,} or more"


def _show(told: Status) -> None:
    table = Table(box=None)
    for column in ("what", "kept", "due", "goes before", "forgotten so far", "last"):
        table.add_column(column, justify="right" if column in ("kept", "due") else "left")
    for kind in told.kinds:
        table.add_row(
            safe(kind.title),
            _number(kind.kept),
            _number(kind.due),
            clock.utc(kind.before) if kind.before else "never",
            f"{kind.forgotten:,}",
            clock.utc(kind.last) if kind.last else "",
        )
    stdout.print(table)
    oldest = "none" if told.oldest is None else clock.utc(told.oldest)
    finished = clock.utc(told.finished) if told.finished else "never yet"
    stdout.print(f"Oldest event: {oldest}. Last round: {finished}.")
    if told.waiting_days:
        stdout.print(
            f"[yellow]{told.waiting_days} more days are too old at once, and wait for another "
            f"{told.left // HOUR} hours of running:[/] see that the clock is right, then "
            "`vigie retention run --confirm`."
        )
