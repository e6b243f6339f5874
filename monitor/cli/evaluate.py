"""`vigie evaluate`: how well Vigie and published rules do on logs whose truth is known."""

import shlex
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from monitor import assembly
from monitor.cli.console import CommandError, progress, safe, stderr, stdout
from monitor.enrichment.enricher import Enricher
from monitor.evaluation import report
from monitor.evaluation.ablation import (
    Ablated,
    without_detectors,
    without_features,
    without_findings,
)
from monitor.evaluation.baselines.baseline import Baseline, baselines
from monitor.evaluation.measures import cases
from monitor.evaluation.steps import STEPS, steps
from monitor.evaluation.summary import Summary, summarise
from monitor.evaluation.trial import RBA, Log, Told, Trial, run, with_directory
from monitor.evaluation.truth import LabelsError
from monitor.evaluation.verdicts import VIGIE
from monitor.evaluation.wording import interval, told, word
from monitor.formats.detection import UnknownFormatError
from monitor.settings import Settings, load


def command(
    logs: Annotated[
        list[str], typer.Argument(metavar="LOG…", help="Labelled logs; `-` is standard input.")
    ],
    labels: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FOLDER",
            help="Truth as `vigie simulate --labels` writes it: one for all logs, or one for each.",
        ),
    ] = None,
    form: Annotated[
        str,
        typer.Option("--format", metavar="NAME|auto", help="The logs' format; rba holds labels."),
    ] = "auto",
    config: Annotated[Path | None, typer.Option(help="Settings: detectors' parameters.")] = None,
    html: Annotated[
        Path | None, typer.Option(metavar="OUT", help="Report with plots, one file.")
    ] = None,
    json: Annotated[Path | None, typer.Option(metavar="OUT", help="All figures.")] = None,
    markdown: Annotated[
        Path | None, typer.Option(metavar="OUT", help="The same tables as a document.")
    ] = None,
    missed: Annotated[
        Path | None,
        typer.Option("--cases", metavar="OUT.ndjson", help="What was missed, and false alarms."),
    ] = None,
    ablation: Annotated[
        bool,
        typer.Option(
            "--ablation",
            help="Also without each detector's findings, and each feature of the learned model, "
            "in turn; and step by step from the published sign-in score.",
        ),
    ] = False,
    rerun: Annotated[
        bool,
        typer.Option(
            "--rerun", help="With --ablation: run the whole chain again without each; exact, slow."
        ),
    ] = False,
    beside: Annotated[
        bool, typer.Option("--baselines/--no-baselines", help="Published rules on the same events.")
    ] = True,
    directory: Annotated[
        bool,
        typer.Option(
            "--directory/--no-directory",
            help="Kinds of accounts from `vigie.toml` in a folder of labels.",
        ),
    ] = True,
    made_by: Annotated[
        str | None,
        typer.Option(metavar="COMMAND", help="What made the report, to tell in place of this."),
    ] = None,
    language: Annotated[
        str | None, typer.Option(metavar="en|fr", help="What the page opens in; else the setting.")
    ] = None,
) -> None:
    """Measure Vigie, and published rules beside it, on logs whose truth is known.

    Each log with its own folder of labels is a world of its own, and the figures are over all of
    them. The RBA data set holds its labels itself and is streamed. Exits 0 whatever the figures.

    Examples:

        vigie simulate --seed 7 --days 30 --out world.ndjson --labels truth/

        vigie evaluate world.ndjson --labels truth/ --html report.html

        vigie evaluate a.ndjson b.ndjson --labels a/ --labels b/ --ablation --json figures.json

        vigie evaluate rba-dataset.csv --format rba --markdown rba.md
    """
    worlds = _worlds(logs, labels or [], form)
    outputs = [path for path in (html, json, markdown, missed) if path is not None]
    _check(outputs, logs)
    if rerun and not ablation:
        raise CommandError("--rerun says how to do --ablation; give both", 2)
    if language not in (None, *report.LANGUAGES):
        raise CommandError(f"--language {language}: there are {', '.join(report.LANGUAGES)}", 2)
    settings = load(config)
    shown_in = language or settings.language
    enricher = assembly.open_enricher(settings)
    try:
        chain = _Chain(worlds, settings, enricher, form, directory)
        kinds = baselines().values() if beside else ()
        trials = chain.run(kinds, steps=STEPS if ablation else None)
        ablated = None
        if ablation:
            ablated = chain.ablate(trials) if rerun else without_findings(trials)
    except UnknownFormatError as error:
        raise CommandError(str(error), 2) from error
    except LabelsError as error:
        raise CommandError(str(error), 1) from error
    flags = {
        "--ablation": ablation,
        "--rerun": rerun,
        "--no-baselines": not beside,
        "--no-directory": not directory,
    }
    called = _called(logs, labels or [], form, config, flags)
    summary = summarise(
        trials,
        made_by or called,
        ablated,
        exact=rerun,
        features=without_features(trials) if ablation else (),
        steps=steps(trials) if ablation else (),
    )
    if html is not None:
        _write(html, report.html(summary, shown_in).encode())
    if json is not None:
        _write(json, report.json(summary))
    if markdown is not None:
        _write(markdown, report.markdown(summary).encode())
    if missed is not None:
        _write(missed, report.ndjson(cases(trials, VIGIE)))
    _tell(summary, shown_in)


def _worlds(logs: Sequence[str], labels: Sequence[Path], form: str) -> list[Log]:
    if form == RBA:
        if labels:
            raise CommandError("logs of format rba hold their labels; --labels does not apply", 2)
        return [Log(RBA, tuple(logs), None)]
    if not labels:
        raise CommandError("--labels FOLDER is missing, or --format rba", 2)
    if len(labels) == 1:
        return [Log(_name(logs[0]), tuple(logs), labels[0])]
    if len(labels) != len(logs):
        raise CommandError(
            f"{len(labels)} folders of labels for {len(logs)} logs: give one for all, or one "
            "for each",
            2,
        )
    pairs = zip(logs, labels, strict=True)
    return [Log(_name(log), (log,), folder) for log, folder in pairs]


def _name(log: str) -> str:
    return Path(log).name.partition(".")[0] if log != "-" else log


def _check(outputs: Sequence[Path], logs: Sequence[str]) -> None:
    taken = {Path(log).resolve() for log in logs if log != "-"}
    for path in outputs:
        target = path.resolve()
        if target in taken:
            raise CommandError(f"{path} is an input or another output; not written over", 2)
        if target.is_dir() or not target.parent.is_dir():
            raise CommandError(f"{path} is no file that can be written", 2)
        taken.add(target)


@contextmanager
def _progress(log: Log) -> Iterator[Told]:
    with progress("events" if log.labels is not None else "bytes") as shown:
        task = shown.add_task(safe(log.name), total=None)

        def tell(done: int, total: int | None) -> None:
            shown.update(task, completed=done, total=total)

        yield tell


class _Chain:
    """All worlds through Vigie, as often as asked for."""

    def __init__(
        self,
        worlds: Sequence[Log],
        settings: Settings,
        enricher: Enricher,
        form: str,
        directory: bool,
    ) -> None:
        self._enricher = enricher
        self._form = form
        self._worlds = [
            (log, with_directory(settings, log.labels) if directory else settings) for log in worlds
        ]

    def run(
        self,
        kinds: Iterable[type[Baseline]] = (),
        without: frozenset[str] = frozenset(),
        steps: Iterable[type[Baseline]] | None = None,
    ) -> list[Trial]:
        """One trial for each world."""
        kinds, trials = list(kinds), []
        for log, settings in self._worlds:
            with _progress(log) as tell:
                one = run(log, settings, self._enricher, self._form, kinds, tell, without, steps)
                trials.append(one)
        if not any(trial.events for trial in trials):
            raise CommandError("there is no event in these logs", 1)
        return trials

    def ablate(self, trials: Sequence[Trial]) -> list[Ablated]:
        """Everything again without each detector in turn."""

        def again(off: frozenset[str]) -> Sequence[Trial]:
            stderr.print(f"without {safe(', '.join(sorted(off)))}")
            return self.run(without=off)

        return without_detectors(again, trials)


def _called(
    logs: Sequence[str],
    labels: Sequence[Path],
    form: str,
    config: Path | None,
    flags: dict[str, bool],
) -> str:
    """The command that makes these figures, to stand beside them."""
    words = ["vigie", "evaluate", *logs]
    for folder in labels:
        words += ["--labels", str(folder)]
    if form != "auto":
        words += ["--format", form]
    if config is not None:
        words += ["--config", str(config)]
    return shlex.join([*words, *(flag for flag, is_given in flags.items() if is_given)])


def _write(path: Path, content: bytes) -> None:
    target = path.resolve()
    beside = target.with_name(f".{target.name}.part")
    try:
        beside.write_bytes(content)
        beside.replace(target)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
    stderr.print(f"{safe(path)} is written")


def _tell(summary: Summary, language: str) -> None:
    table = Table(box=None, pad_edge=False)
    for key in ("figure", "interval", "cases", "asked", "reached"):
        table.add_column(word(key, language), justify="left" if key == "figure" else "right")
    table.columns[0].header = ""
    for target in summary.targets:
        unit = report.unit_of(target.name)
        verdict = "unknown" if target.is_met is None else "yes" if target.is_met else "no"
        colour = {"yes": "green", "no": "red", "unknown": "dim"}[verdict]
        table.add_row(
            f"{word(target.name, language)}: [bold]{told(target.figure.value, language, unit)}[/]",
            interval(target.figure, language, unit),
            str(report.size_of(target.figure)),
            told(target.asked, language, unit),
            f"[{colour}]{word(verdict, language)}[/]",
        )
    stdout.print(table)
