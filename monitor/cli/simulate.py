"""`vigie simulate`: a labelled world of sign-ins, for trying things out and for measuring."""

import sys
from collections.abc import Iterable
from contextlib import ExitStack
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path
from typing import Annotated, BinaryIO

import typer

from detectors.core.event import DAY
from monitor import clock
from monitor.cli.console import CommandError, progress, stderr
from monitor.simulation.directory import directory
from monitor.simulation.simulation import Choice, Simulation, UnknownMisdeedError, simulate
from monitor.simulation.sshd import BRUTE_FORCE, SshdSimulation, simulate_sshd
from monitor.simulation.writing import ndjson

_SHOW_EVERY = 1_000


class Preset(Enum):
    """A world of a usual size: what is shown, or what is measured."""

    WEEK = "week"
    MONTH = "month"


class Strategies(Enum):
    """Which misdeeds and lives there are: all, those to tune on, or those to report on."""

    ALL = "all"
    TRAINING = "training"
    HELD_BACK = "held_back"


_SIZES = {Preset.WEEK: (7.0, 400), Preset.MONTH: (30.0, 1_200)}
_CHOICES: dict[Strategies, Choice] = {
    Strategies.ALL: "all",
    Strategies.TRAINING: "training",
    Strategies.HELD_BACK: "held_back",
}


class LogFormat(Enum):
    """What the simulated log is of: a SaaS's sign-ins, or a few servers' OpenSSH."""

    OCSF = "ocsf"
    SSHD = "sshd"


def command(
    out: Annotated[
        str, typer.Option("--out", metavar="FILE", help="Where the log goes; `-` is the output.")
    ] = "-",
    labels: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Folder for the truth: events, accounts, incidents."),
    ] = None,
    seed: Annotated[int, typer.Option(help="The same seed, the same bytes.")] = 1,
    days: Annotated[
        float | None, typer.Option(min=0.01, max=400, help="How long it lasts; else 7.")
    ] = None,
    accounts: Annotated[
        int | None, typer.Option(min=1, max=100_000, help="How many people; else 400.")
    ] = None,
    preset: Annotated[
        Preset, typer.Option(help="Days and accounts: a week of 400, or a month of 1,200.")
    ] = Preset.WEEK,
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
    strategies: Annotated[
        Strategies,
        typer.Option(help="All misdeeds and lives, those to tune on, or those to report on."),
    ] = Strategies.ALL,
    form: Annotated[
        LogFormat, typer.Option("--format", help="A SaaS's sign-ins, or a few servers' OpenSSH.")
    ] = LogFormat.OCSF,
) -> None:
    """Write the sign-ins of a simulated call-centre SaaS, and the truth about them.

    With --labels FOLDER a `vigie.toml` beside the truth names the accounts that are a program's or
    a room's, as a directory would.

    With --format sshd it is the log of a few servers, with so many administrators.

    Examples:

        vigie simulate --seed 7 --days 7 --accounts 400 --out world.ndjson --labels truth/

        vigie simulate --preset month --seed 7 --strategies held_back --out month.ndjson

        vigie simulate --misdeed credential_sharing=20 --misdeed brute_force=5 | vigie replay -

        vigie simulate --format sshd --accounts 8 --misdeed brute_force=10 --out auth.log
    """
    world: Simulation | SshdSimulation
    usual_days, usual_accounts = _SIZES[preset]
    days = usual_days if days is None else days
    accounts = usual_accounts if accounts is None else accounts
    begin = clock.now_ms() - round(days * DAY)
    if start is not None:
        begin = round(start.replace(tzinfo=UTC).timestamp() * 1000)
    wanted = _wanted(misdeed)
    try:
        if form is LogFormat.SSHD:
            world = _servers(seed, days, accounts, begin, wanted)
        else:
            world = simulate(
                seed,
                days=days,
                accounts=accounts,
                start=begin,
                misdeeds=wanted,
                strategies=_CHOICES[strategies],
            )
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
            if isinstance(world, Simulation):
                _write(labels / "accounts.ndjson", world.accounts())
                (labels / "vigie.toml").write_bytes(directory(world.world.people))
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


def _servers(
    seed: int, days: float, accounts: int, start: int, wanted: dict[str, int] | None
) -> SshdSimulation:
    if wanted is None:
        return simulate_sshd(seed, days=days, accounts=accounts, start=start)
    unknown = sorted(set(wanted) - {BRUTE_FORCE})
    if unknown:
        raise UnknownMisdeedError(f"{unknown[0]} does not happen to servers; only {BRUTE_FORCE}")
    attacks = wanted[BRUTE_FORCE]
    return simulate_sshd(seed, days=days, accounts=accounts, start=start, attacks=attacks)


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
