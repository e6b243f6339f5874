"""The report: a page that needs nothing else, JSON for machines, Markdown for the documents."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from math import log10
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from alerts.wording import SPACE, is_french, said
from detectors.sharing.features import FEATURES
from monitor.evaluation.ablation import Ablated
from monitor.evaluation.charts import Interval, Series, intervals, lines
from monitor.evaluation.curves import Curve
from monitor.evaluation.intervals import Estimate, Share
from monitor.evaluation.measures import Case, Measures, Strategy
from monitor.evaluation.steps import ASKED
from monitor.evaluation.summary import Summary, System
from monitor.evaluation.wording import (
    DASH,
    METHOD,
    category,
    detector,
    interval,
    mid_sentence,
    number,
    sentence,
    told,
    word,
)

LANGUAGES = ("en", "fr")
TEMPLATES = Path(__file__).with_name("templates")
_UNITS = {"takeover_delay": "ms", "hijacking_delay": "ms", "honest_rate": ""}
_LEAST_CHANGE = 0.0005
_LEAST_ASKED = 1e-4
_ASKED_TICKS = (1e-4, 1e-3, 1e-2, 1e-1, 1.0)

Figure = Share | Estimate


class Chart(NamedTuple):
    """A plot and its heading."""

    title: str
    svg: str


class Column(NamedTuple):
    """A figure of the ablation: where it stands, in which unit, and whether more is better."""

    key: str
    of: Callable[[Measures], Figure]
    unit: str
    more_is_better: bool


class Cell(NamedTuple):
    """What a figure is without a detector, and by how much it changed for the worse or better."""

    told: str
    change: str
    style: str


class Row(NamedTuple):
    """Vigie without one detector, or without one group of its evidence."""

    name: str
    group: str
    findings: int
    cells: list[Cell]


ABLATION = (
    Column("shared_found", lambda m: m.sharing.recall, "%", True),
    Column("shared_precision", lambda m: m.sharing.precision, "%", True),
    Column("taken_found", lambda m: m.takeover.recall, "%", True),
    Column("taken_precision", lambda m: m.takeover.precision, "%", True),
    Column("stolen_found", lambda m: m.hijacking.recall, "%", True),
    Column("attacks_found", lambda m: m.sources.attacks, "%", True),
    Column("flagged", lambda m: m.honest.flagged, "%", False),
    Column("weekly", lambda m: m.honest.per_thousand_a_week, "", False),
)
"""What the ablation shows of each detector."""


def html(summary: Summary, language: str = "en") -> str:
    """The page, in both languages; `language` is the one that it opens in."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    body = environment.get_template("body.html")
    opened = "fr" if is_french(language) else "en"
    bodies = [{"language": one, "html": body.render(_values(summary, one))} for one in LANGUAGES]
    page = environment.get_template("report.html")
    return page.render(language=opened, bodies=bodies, word=partial(word, language=opened))


def json(summary: Summary) -> bytes:
    """Everything as JSON, one object on one line."""
    return msgspec.json.encode(summary) + b"\n"


def ndjson(cases: Iterable[Case]) -> bytes:
    """What was missed and what was a false alarm, one JSON object a line."""
    return b"".join(msgspec.json.encode(case) + b"\n" for case in cases)


def markdown(summary: Summary) -> str:
    """The document: the same tables, in English."""
    return "\n".join(_document(summary)) + "\n"


def _values(summary: Summary, language: str) -> dict[str, Any]:
    say = partial(word, language=language)
    return {
        "summary": summary,
        "systems": list(zip(summary.systems, summary.measures, strict=True)),
        "word": say,
        "said": partial(sentence, language=language),
        "category": partial(category, language=language),
        "mid_sentence": partial(mid_sentence, language=language),
        "number": lambda value, digits=0: number(value, language, digits),
        "told": lambda value, unit="%": told(value, language, unit),
        "interval": lambda figure, unit="%": interval(figure, language, unit),
        "unit_of": unit_of,
        "size_of": size_of,
        "colon": f"{SPACE}:" if is_french(language) else ":",
        "method": METHOD,
        "interval_charts": list(_interval_charts(summary, language)),
        "curves": list(_curves(summary, language)),
        "reauth_chart": _reauthentication(summary, language),
        "strategy_rows": list(strategy_rows(summary)),
        "other_found": other_found,
        "ablation_columns": [column.key for column in ABLATION],
        "ablation_base": [
            (column.key, told(column.of(summary.vigie).value, language, column.unit))
            for column in ABLATION
        ],
        "ablation_rows": list(ablation_rows(summary, language)),
        "feature_rows": list(feature_rows(summary, language)),
        "step_head": step_head(language),
        "step_rows": list(step_rows(summary, language)),
    }


def unit_of(name: str) -> str:
    """The unit of a target's figure: `%`, `ms`, or none."""
    return _UNITS.get(name, "%")


def size_of(figure: Figure) -> int:
    """How many cases a figure is of."""
    return figure.total if isinstance(figure, Share) else figure.size


def strategy_rows(summary: Summary) -> Iterator[tuple[int | None, Strategy]]:
    """Each behaviour's strategies by number, after all of them together (None)."""
    for whole in summary.vigie.behaviours:
        yield None, whole
        for number_of, one in enumerate(summary.vigie.strategies):
            if (one.behaviour, one.held_back) == (whole.behaviour, whole.held_back):
                yield number_of, one


def other_found(measures: Measures, of: Strategy) -> float | None:
    """The share that another system found of the same misdeeds."""
    known = measures.strategies if of.strategy else measures.behaviours
    for one in known:
        if (one.behaviour, one.strategy, one.held_back) == (
            of.behaviour,
            of.strategy,
            of.held_back,
        ):
            return one.found.value
    return None


def feature_rows(summary: Summary, language: str) -> Iterator[Row]:
    """What changes without each feature of the learned model, those that change most first."""
    names = {feature.name: feature.words for feature in FEATURES}
    for one in sorted(
        summary.features, key=lambda a: (-_worth(a, summary.vigie), -a.findings, a.group or "")
    ):
        cells = [_cell(column, summary.vigie, one.measures, language) for column in ABLATION]
        yield Row(said(names[one.group or ""], language), one.group or "", one.findings, cells)


def step_rows(summary: Summary, language: str) -> Iterator[list[str]]:
    """What each step from the published sign-in score to Vigie's stops."""
    for step in summary.steps:
        shares = (f"{told(s.value, language)} ({interval(s, language)})" for s in step.stopped)
        yield [said(step.rule, language), *shares]


def step_head(language: str) -> list[str]:
    """Over its columns."""
    limits = (told(limit, language) for limit in ASKED)
    return [word("step", language), *(f"{word('asked_of', language)} {of}" for of in limits)]


def ablation_rows(summary: Summary, language: str) -> Iterator[Row]:
    """What changes without each detector, those that change most first."""
    ablation = summary.ablation or []
    order = {one.off: _worth(one, summary.vigie) for one in ablation if one.group is None}
    for one in sorted(ablation, key=lambda a: (-order.get(a.off, 0.0), a.off, a.group or "")):
        cells = [_cell(column, summary.vigie, one.measures, language) for column in ABLATION]
        yield Row(detector(one.off, language), one.group or "", one.findings, cells)


def _worth(one: Ablated, vigie: Measures) -> float:
    return sum(abs(_change(column, vigie, one.measures) or 0.0) for column in ABLATION[:-1])


def _change(column: Column, before: Measures, after: Measures) -> float | None:
    old, new = column.of(before).value, column.of(after).value
    return None if old is None or new is None else new - old


def _cell(column: Column, before: Measures, after: Measures, language: str) -> Cell:
    now = told(column.of(after).value, language, column.unit)
    change = _change(column, before, after)
    if change is None or abs(change) < _LEAST_CHANGE:
        return Cell(now, "", "")
    scaled = change * 100 if column.unit == "%" else change
    shown = number(abs(scaled), language, 1 if column.unit == "%" else 2)
    is_loss = (change < 0) == column.more_is_better
    return Cell(now, f"{'+' if change > 0 else '−'}{shown}", "bad" if is_loss else "good")


def _interval_charts(summary: Summary, language: str) -> Iterator[Chart]:
    pairs = list(zip(summary.systems, summary.measures, strict=True))
    figures: tuple[tuple[str, Callable[[Measures], Share]], ...] = (
        ("sharing_recall", lambda m: m.sharing.recall),
        ("sharing_precision", lambda m: m.sharing.precision),
        ("takeover_recall", lambda m: m.takeover.recall),
        ("honest_flagged", lambda m: m.honest.flagged),
    )
    for key, figure in figures:
        rows = [_row(n, system, figure(m), language) for n, (system, m) in enumerate(pairs)]
        title = word(key, language)
        most = 1.0
        if key == "honest_flagged":
            most = _rounded_up(max(row.high for row in rows))
        yield Chart(title, intervals(rows, title, partial(told, language=language), most))


def _rounded_up(value: float) -> float:
    return next((limit for limit in (0.01, 0.02, 0.04, 0.1, 0.2, 0.4) if value <= limit), 1.0)


def _row(style: int, system: System, figure: Share, language: str) -> Interval:
    reads = f"{told(figure.value, language)} ({interval(figure, language)})"
    return Interval(system.title, style, figure.value, figure.low, figure.high, reads)


def _curves(summary: Summary, language: str) -> Iterator[Chart]:
    kinds: tuple[tuple[str, Callable[[Measures], Curve]], ...] = (
        ("sharing", lambda m: m.sharing_curve),
        ("use", lambda m: m.use_curve),
    )
    pairs = list(enumerate(zip(summary.systems, summary.measures, strict=True)))
    for kind, of in kinds:
        roc = [Series(system.title, n, of(m).roc) for n, (system, m) in pairs]
        pr = [Series(system.title, n, of(m).pr) for n, (system, m) in pairs]
        yield _chart(f"roc_{kind}", roc, "false_rate", "recall", language)
        yield _chart(f"pr_{kind}", pr, "recall", "precision", language)


def _reauthentication(summary: Summary, language: str) -> str:
    """How many are asked, on a scale of powers of ten: what matters is below one in a hundred."""
    series = [
        Series(
            system.title,
            n,
            [(stopped, _of_ten(asked)) for stopped, asked in measures.reauthentication.points],
        )
        for n, (system, measures) in enumerate(zip(summary.systems, summary.measures, strict=True))
    ]
    ticks = [(_of_ten(share), number(share * 100, language, 2)) for share in _ASKED_TICKS]
    return lines(
        [*series[1:], *series[:1]],
        word("reauth", language),
        word("stopped_axis", language),
        word("asked_axis", language),
        y_ticks=ticks,
        stepped=True,
    )


def _of_ten(share: float) -> float:
    return (log10(max(share, _LEAST_ASKED)) - log10(_LEAST_ASKED)) / -log10(_LEAST_ASKED)


def _chart(
    title: str, series: Sequence[Series], x_label: str, y_label: str, language: str
) -> Chart:
    # Vigie is drawn last, so that no baseline covers it.
    drawn = [*series[1:], *series[:1]]
    heading = word(title, language)
    svg = lines(drawn, heading, word(x_label, language), word(y_label, language))
    return Chart(heading, svg)


def _document(summary: Summary) -> Iterator[str]:
    say = partial(word, language="en")
    yield f"# {say('title')}"
    yield ""
    yield f"{say('lead')} This file is made; do not edit it:"
    yield ""
    yield f"```sh\n{summary.command}\n```"
    yield from _section("logs", None)
    yield from _table(
        ["log", "events", "days", "accounts", "honest", "misdeeds to find"],
        [
            [
                log.name,
                number(log.events, "en"),
                number(log.days, "en", 1),
                number(log.accounts, "en"),
                number(log.honest, "en"),
                ", ".join(f"{n} {mid_sentence(b, 'en')}" for b, n in log.misdeeds.items()),
            ]
            for log in summary.logs
        ],
    )
    yield from _section("targets", None)
    yield from _table(
        [say(key) for key in ("figure",)]
        + ["Vigie", say("interval"), say("cases"), say("asked"), say("reached")],
        [
            [
                say(target.name),
                told(target.figure.value, "en", unit := unit_of(target.name)),
                interval(target.figure, "en", unit),
                number(size_of(target.figure), "en"),
                f"{say('at_least' if target.at_least else 'at_most')} "
                f"{told(target.asked, 'en', unit)}",
                say("unknown" if target.is_met is None else "yes" if target.is_met else "no"),
            ]
            for target in summary.targets
        ],
    )
    yield from _beside(summary)
    yield from _thresholds(summary)
    yield from _by_persona(summary)
    yield from _by_strategy(summary)
    yield from _by_detector(summary)
    yield from _by_feature(summary)
    yield from _by_step(summary)
    yield from _section("method", None)
    for paragraph in METHOD:
        yield paragraph.en
        yield ""


_DELAYS = (
    Column("delay", lambda m: m.takeover.median_ms, "ms", False),
    Column("delay90", lambda m: m.takeover.p90_ms, "ms", False),
)


def _beside(summary: Summary) -> Iterator[str]:
    say = partial(word, language="en")
    yield from _section("systems", "systems_note")
    columns = (*ABLATION, *_DELAYS)
    yield from _table(
        [say("system"), *(say(column.key) for column in columns)],
        [
            [system.title, *(_figure(column.of(m), column.unit) for column in columns)]
            for system, m in zip(summary.systems, summary.measures, strict=True)
        ],
    )
    yield ""
    for system in summary.systems[1:]:
        yield f"- {system.title}: {system.rule.en} ({system.credit})"


def _thresholds(summary: Summary) -> Iterator[str]:
    say = partial(word, language="en")
    yield from _section("curves", "curves_note")
    yield from _table(
        [
            say("system"),
            *(f"{kind}, {say(what)}" for kind in ("sharing", "any abuse") for what in _AREAS),
        ],
        [
            [
                system.title,
                *(
                    _figure(figure)
                    for curve in (m.sharing_curve, m.use_curve)
                    for figure in (curve.area, curve.average_precision)
                ),
            ]
            for system, m in zip(summary.systems, summary.measures, strict=True)
        ],
    )
    asked = summary.vigie.reauthentication.asked
    if not asked:
        return
    yield from _section("reauth", "reauth_note")
    yield from _table(
        [say("stopped"), *(system.title for system in summary.systems)],
        [
            [
                told(one.stopped, "en"),
                *(_figure(m.reauthentication.asked[row].asked) for m in summary.measures),
            ]
            for row, one in enumerate(asked)
        ],
    )


_AREAS = ("area", "average")


def _by_persona(summary: Summary) -> Iterator[str]:
    say = partial(word, language="en")
    yield from _section("personas", None)
    yield from _table(
        [say("persona"), say("accounts"), *(system.title for system in summary.systems)],
        [
            [
                persona.replace("_", " ")
                + (" (held back)" if persona in summary.vigie.honest.held_back else ""),
                number(figure.total, "en"),
                *(_figure(m.honest.personas[persona]) for m in summary.measures),
            ]
            for persona, figure in summary.vigie.honest.personas.items()
        ],
    )


def _by_strategy(summary: Summary) -> Iterator[str]:
    say = partial(word, language="en")
    yield from _section("strategies", "strategies_note")
    others = summary.systems[1:]
    yield from _table(
        [say("behaviour"), say("strategy"), say("count"), say("right"), say("any")]
        + [system.title for system in others],
        [
            [
                category(one.behaviour, "en"),
                _whole(one.held_back) if row is None else _strategy(one.strategy, one.held_back),
                number(one.right.total, "en"),
                _figure(one.right),
                told(one.found.value, "en"),
                *(told(other_found(m, one), "en") for m in summary.measures[1:]),
            ]
            for row, one in strategy_rows(summary)
        ],
    )
    missed = summary.vigie.missed
    yield from _section("missed", "missed_note" if missed else "nothing_missed")
    if missed:
        yield from _table(
            [say("behaviour"), say("strategy"), say("count"), say("why")],
            [
                [
                    category(one.behaviour, "en"),
                    _strategy(one.strategy, one.held_back),
                    number(one.count, "en"),
                    say(one.reason),
                ]
                for one in missed
            ],
        )


def _by_detector(summary: Summary) -> Iterator[str]:
    if summary.ablation is None:
        return
    say = partial(word, language="en")
    yield from _section("ablation", "ablation_exact" if summary.exact else "ablation_quick")
    base = [told(column.of(summary.vigie).value, "en", column.unit) for column in ABLATION]
    yield from _table(
        [say("off"), say("findings"), *(say(column.key) for column in ABLATION)],
        [
            [say("nothing_off"), "", *base],
            *(
                [
                    f"{row.name}{': ' + row.group if row.group else ''}",
                    number(row.findings, "en"),
                    *(f"{c.told} ({c.change})" if c.change else c.told for c in row.cells),
                ]
                for row in ablation_rows(summary, "en")
            ),
        ],
    )


def _by_feature(summary: Summary) -> Iterator[str]:
    if not summary.features:
        return
    say = partial(word, language="en")
    yield from _section("features", "features_note")
    base = [told(column.of(summary.vigie).value, "en", column.unit) for column in ABLATION]
    yield from _table(
        [say("off"), say("changed"), *(say(column.key) for column in ABLATION)],
        [
            [say("nothing_off"), "", *base],
            *(
                [
                    row.name,
                    number(row.findings, "en"),
                    *(f"{c.told} ({c.change})" if c.change else c.told for c in row.cells),
                ]
                for row in feature_rows(summary, "en")
            ),
        ],
    )


def _by_step(summary: Summary) -> Iterator[str]:
    if not summary.steps:
        return
    yield from _section("steps", "steps_note")
    yield from _table(step_head("en"), list(step_rows(summary, "en")))


def _section(key: str, note: str | None) -> Iterator[str]:
    yield ""
    yield f"## {word(key, 'en')}"
    yield ""
    if note is not None:
        yield word(note, "en")
        yield ""


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(cell.replace('|', '/') for cell in row)} |"


def _figure(figure: Figure, unit: str = "%") -> str:
    if figure.value is None:
        return DASH
    return f"{told(figure.value, 'en', unit)} ({interval(figure, 'en', unit)})"


def _whole(held_back: bool) -> str:
    return f"**all{' held back' if held_back else ''}**"


def _strategy(name: str, held_back: bool) -> str:
    return f"`{name or '–'}`{' (held back)' if held_back else ''}"
