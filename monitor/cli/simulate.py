"""`vigie simulate`: a labelled world of sign-ins, for trying things out and for measuring."""

import sys
from collections.abc import Iterable
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, BinaryIO

import typer

from detectors.core.event import DAY
from monitor import clock
from monitor.cli.console import CommandError, progress, stderr
from monitor.simulation.simulation import UnknownMisdeedError, simulate
from monitor.simulation.writing import ndjson

_SHOW_EVERY = 1_000


def command(
    out: Annotated[
        str, typer.Option("--out", metavar="FILE", help="Where the log goes; `-` is the output.")
    ] = "-",
    labels: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Folder for the truth: events, accounts, incidents."),
    ] = None,
    seed: Annotated[int, typer.Option(help="The same seed, the same bytes.")] = 1,
    days: Annotated[float, typer.Option(min=0.01, max=400, help="How long it lasts.")] = 7.0,
    accounts: Annotated[int, typer.Option(min=1, max=100_000, help="How many people.")] = 400,
    start: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"], help="Begin (UTC); else it ends now."
        ),
    ] = None,
    misdeed: Annotated[
        list[str] | None,
        typer.Option(metavar="BEHAVIOUR[/STRATEGY]=N", help="How many of what; else a few of all."),
    ] = None,
) -> None:
    """Write the sign-ins of a simulated call-centre SaaS as OCSF, and the truth about them.

    Examples:

        vigie simulate --seed 7 --days 7 --accounts 400 --out world.ndjson --labels truth/

        vigie simulate --misdeed credential_sharing=20 --misdeed brute_force=5 | vigie replay -
    """
    begin = clock.now_ms() - round(days * DAY)
    if start is not None:
        begin = round(start.replace(tzinfo=UTC).timestamp() * 1000)
    try:
        world = simulate(seed, days=days, accounts=accounts, start=begin, misdeeds=_wanted(misdeed))
    except (UnknownMisdeedError, ValueError) as error:
        raise CommandError(str(error), 2) from error
    with ExitStack() as opened, progress("lines") as shown:
        log: BinaryIO = (
            sys.stdout.buffer if out == "-" else opened.enter_context(Path(out).open("wb"))
        )
        truth: BinaryIO | None = None
        if labels is not None:
            labels.mkdir(parents=True, exist_ok=True)
            truth = opened.enter_context((labels / "events.ndjson").open("wb"))
            _write(labels / "accounts.ndjson", world.accounts())
            _write(labels / "incidents.ndjson", world.incidents)
        task = shown.add_task("simulating", total=None)
        written = 0
        for written, (line, label) in enumerate(world.records(), 1):
            log.write(line + b"\n")
            if truth is not None:
                truth.writelines(ndjson((label,)))
            if written % _SHOW_EVERY == 0:
                shown.update(task, completed=written)
        log.flush()
    misdeeds = len(world.incidents)
    stderr.print(f"{written:,} lines of {accounts:,} accounts, {misdeeds:,} misdeeds, seed {seed}")


def _write(path: Path, values: Iterable[object]) -> None:
    with path.open("wb") as written:
        written.writelines(ndjson(values))


def _wanted(given: list[str] | None) -> dict[str, int] | None:
    if not given:
        return None
    wanted: dict[str, int] = {}
    for text in given:
        name, _, number = text.partition("=")
        if not number.isdigit():
            raise CommandError(f"--misdeed {text}: expected BEHAVIOUR=N", 2)
        wanted[name] = int(number)
    return wanted
