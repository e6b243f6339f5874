"""`vigie train`: the learned models, made again from a seed and from reviewers' decisions."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import TaskID

from monitor import placing
from monitor.cli.console import CommandError, progress, safe, stderr, stdout
from monitor.evaluation.trial import with_directory
from monitor.evaluation.truth import LabelsError
from monitor.formats.detection import UnknownFormatError
from monitor.models import card, elsewhere, labels
from monitor.models.store import MANIFEST, read_manifest
from monitor.models.train import (
    ACCOUNTS,
    DAYS,
    REPORT_WORLDS,
    SEED,
    WORLDS,
    Plan,
    Told,
    Trained,
    train,
)
from monitor.settings import Settings, load
from monitor.store.connection import connect


def command(
    out: Annotated[
        Path, typer.Option(metavar="FOLDER", help="Where models, manifest and card go.")
    ] = Path("models"),
    seed: Annotated[
        int, typer.Option(min=0, max=1_000_000, help="The same seed, the same bytes.")
    ] = SEED,
    accounts: Annotated[
        int, typer.Option(min=20, max=5_000, help="Accounts of each simulated world.")
    ] = ACCOUNTS,
    worlds: Annotated[int, typer.Option(min=1, max=400, help="Worlds to learn from.")] = WORLDS,
    report_worlds: Annotated[
        int, typer.Option(min=1, max=100, help="Worlds to report on.")
    ] = REPORT_WORLDS,
    days: Annotated[int, typer.Option(min=14, max=90, help="How long each world lasts.")] = DAYS,
    decided: Annotated[
        Path | None,
        typer.Option(
            "--labels",
            metavar="FILE",
            help="Reviewers' decisions, or rows of a labelled log, to learn from too.",
        ),
    ] = None,
    gather: Annotated[
        Path | None,
        typer.Option(
            "--collect", metavar="FILE", help="Write the decisions in the store; no more."
        ),
    ] = None,
    log: Annotated[
        str | None,
        typer.Option(
            "--log", metavar="LOG", help="With --collect: the rows of a labelled log instead."
        ),
    ] = None,
    truth: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER", help="With --log: its labels, as `vigie simulate --labels` has them."
        ),
    ] = None,
    alone: Annotated[
        bool,
        typer.Option("--alone", help="Without the shipped rows of other simulators."),
    ] = False,
    config: Annotated[Path | None, typer.Option(help="Settings.")] = None,
) -> None:
    """Train the learned models on simulated worlds, and measure them on others.

    That of account sharing and that of one sign-in. It takes some ten minutes. The folder then
    holds the models, their manifest with hashes, and a card in English and French; `[models] path`
    in the settings names it.

    Examples:

        vigie train --out models/

        vigie train --seed 7 --worlds 12 --accounts 800 --out models/

        vigie train --collect decisions.ndjson

        vigie train --labels decisions.ndjson --out models/

        vigie train --collect rows.ndjson.xz --log auth.ndjson --truth labels/
    """
    settings = load(config)
    if (log is None) != (truth is None) or (log is not None and gather is None):
        raise CommandError("--log, --truth and --collect go together", 2)
    if gather is not None:
        _collect(gather, settings, log, truth)
        return
    plan = Plan(seed=seed, accounts=accounts, worlds=worlds, report_worlds=report_worlds, days=days)
    try:
        given = [] if decided is None else labels.read(decided)
        known = [label for label in given if label.is_decision]
        # What is fetched is not the same everywhere, and the models must be.
        enricher = placing.open_enricher(settings, fetched=False)
        others = {} if alone else elsewhere.shipped()
        if len(known) < len(given) and decided is not None:
            others[decided.name] = [label for label in given if not label.is_decision]
        with _shown() as told:
            trained = train(plan, enricher.enrich, known, others, told)
        trained.write(out)
        card.write(trained, out)
    except (labels.LabelsError, ValueError) as error:
        raise CommandError(str(error), 2) from error
    except OSError as error:
        raise CommandError(f"{error.filename}: {error.strerror}") from error
    _tell(trained, out)


def _collect(path: Path, settings: Settings, log: str | None, truth: Path | None) -> None:
    try:
        if log is None or truth is None:
            rows = list(labels.collect(connect(settings.database_url)))
        else:
            enricher = placing.open_enricher(settings, fetched=False)
            settings = with_directory(settings, truth)
            rows = list(elsewhere.gather(log, truth, settings, enricher))
            if not rows:
                raise CommandError(
                    f"{log}: nobody in {truth} was seen in it for three days or more; is it the "
                    "log of these labels?"
                )
        count = labels.write(path, rows)
    except (UnknownFormatError, LabelsError) as error:
        raise CommandError(str(error), 2) from error
    except OSError as error:
        raise CommandError(f"{error.filename}: {error.strerror}") from error
    stderr.print(f"{count:,} rows in {safe(path)}")


@contextmanager
def _shown() -> Iterator[Told]:
    with progress("days") as shown:
        tasks: dict[str, TaskID] = {}

        def told(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = shown.add_task(what, total=total)
            shown.update(tasks[what], completed=done)

        yield told


def _tell(trained: Trained, out: Path) -> None:
    figures = trained.figures
    stderr.print(
        f"{figures.name}: {figures.examples:,} examples; area {figures.area:.3f}, average "
        f"precision {figures.precision:.3f} on {figures.accounts:,} accounts never seen"
    )
    for source in trained.sources:
        stderr.print(
            f"  {safe(source.name) or 'our own'}, left out: average precision "
            f"{source.precision:.3f} on {source.accounts:,} accounts, {source.shared:,} shared"
        )
    if (one := trained.sign_in) is not None:
        stderr.print(
            f"{one.name}: {one.examples:,} examples; area {one.area:.3f} on {one.strangers:,} "
            f"strangers never seen"
        )
    manifest = read_manifest(out)
    for file in (*manifest.models.values(), *manifest.estimators.values()):
        stdout.print(f"{file.sha256}  {safe(file.name)}", soft_wrap=True)
    stderr.print(f"Wrote {safe(out / MANIFEST)} and what belongs to it")
