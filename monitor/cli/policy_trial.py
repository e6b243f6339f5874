"""`dry-run` of the policy: what would have been found and done, before anything is saved."""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from alerts.ladder import Step
from alerts.policy import Outcome, Response
from alerts.trial import Comparison, Turn, compare, counts
from alerts.wording import counted
from detectors.core.detector import Text
from detectors.core.event import DAY
from detectors.core.finding import Severity
from detectors.core.identity import as_uuid
from monitor import clock
from monitor.cli.console import progress, safe, stderr, stdout
from monitor.cli.policy_desk import CURRENT, AsJson, Config, policy_of, print_json
from monitor.cli.stored import stored
from monitor.rehearsal import Side, Span, Under, count, finds_alike, rehearse
from monitor.services.actor import operator
from monitor.services.audit import record
from monitor.services.authority import Operation
from monitor.settings import Settings, load

SHOWN = 40
_INCIDENT = Text("incident", "incident")


def dry_run(
    which: Annotated[
        str,
        typer.Argument(
            metavar="WHICH", help="`current`, `shipped`, a version's number, or a file (`-`)."
        ),
    ] = CURRENT,
    days: Annotated[int, typer.Option(min=1, max=90, help="The last days that are shown.")] = 7,
    history: Annotated[
        int, typer.Option(min=0, max=366, help="Days before them, to know the accounts from.")
    ] = 30,
    thresholds: Annotated[
        Path | None,
        typer.Option("--settings", metavar="TOML", help="Other settings: detectors, rules …"),
    ] = None,
    every: Annotated[
        bool, typer.Option("--all", help="Show every difference, also of what calls nobody.")
    ] = False,
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Fold the last days again in memory, under another policy or other settings, and show what
    would have been found and done: what is new, and what is gone. Nothing is saved or done.

    Examples:

        vigie policy dry-run policy.toml

        vigie policy dry-run policy.toml --days 30 --history 60 --json

        vigie policy dry-run --settings stricter.toml
    """
    settings = load(config)
    other = settings if thresholds is None else load(thresholds)
    before = Under(settings, policy_of(CURRENT, config)[1])
    after = Under(other, policy_of(which, config)[1])
    until = clock.now_ms()
    since = until - days * DAY
    span = Span(since - history * DAY, since, until)
    first, second = _both(settings, before, after, span)
    found = compare(first.decided, second.decided)
    if as_json:
        print_json(_told(span, first, second, found))
    else:
        _show(first, second, found, every=every)


def _both(settings: Settings, before: Under, after: Under, span: Span) -> tuple[Side, Side]:
    with stored(settings) as database:
        with database.begin() as connection:
            told = {"since": span.since, "until": span.until}
            record(connection, operator(), Operation.POLICY_READ, "policy:dry-run", content=told)
        total = count(database, span)
        is_once = finds_alike(database, before, after)
        with progress("events") as shown:
            task = shown.add_task("folding", total=total if is_once else 2 * total)

            def passed(number: int) -> None:
                shown.advance(task, number)

            if is_once:
                policies = (before.policy, after.policy)
                first, second = rehearse(database, before, span, policies, passed)
            else:
                (first,) = rehearse(database, before, span, (before.policy,), passed)
                (second,) = rehearse(database, after, span, (after.policy,), passed)
        return first, second


def _show(first: Side, second: Side, found: Comparison, *, every: bool) -> None:
    stdout.print(
        f"{_number(first)} → {_number(second)}: {len(found.added)} new, {len(found.removed)} gone, "
        f"{len(found.changed)} otherwise, {len(found.answered)} answered otherwise"
    )
    stdout.print(_steps(first, second))
    turns = found.turns if every else [one for one in found.turns if _matters(one)]
    shown = turns if every else turns[:SHOWN]
    if shown:
        stdout.print(_turns(shown))
    if len(found.turns) > len(shown):
        stderr.print(f"{len(found.turns) - len(shown)} more; --all shows them")


def _matters(turn: Turn) -> bool:
    """Whether something else is done, or a reviewer is called, or is not any more."""
    sides = [one.incident.severity for one in (turn.before, turn.after) if one is not None]
    return bool(turn.added or turn.removed) or max(sides) >= Severity.MEDIUM


def _number(side: Side) -> str:
    return counted(len(side.decided), _INCIDENT, "en")


def _steps(first: Side, second: Side) -> Table:
    """How often each step comes to what, before and after."""
    table = Table("step", "what becomes of it", "before", "after", box=None)
    before, after = counts(first.decided), counts(second.decided)
    for step in Step:
        for outcome in Outcome:
            pair = before.get(step, {}).get(outcome, 0), after.get(step, {}).get(outcome, 0)
            if any(pair):
                table.add_row(step.word, outcome.value, *map(str, pair))
    return table


def _turns(turns: Iterable[Turn]) -> Table:
    table = Table("", "time", box=None)
    for name in ("tenant", "account", "what", "severity", "done"):
        table.add_column(name, overflow="fold")
    for turn in turns:
        incident = turn.incident
        sign = "[green]+[/]" if turn.before is None else "[red]-[/]" if turn.after is None else "~"
        done = [f"+{_word(one)}" for one in turn.added] + [f"-{_word(one)}" for one in turn.removed]
        table.add_row(
            sign,
            clock.utc(incident.reached),
            safe(incident.subject.tenant),
            safe(incident.subject.uid),
            incident.category.value,
            _severity(turn),
            safe(" ".join(done)),
        )
    return table


def _severity(turn: Turn) -> str:
    told = [one.incident.severity.name.lower() for one in (turn.before, turn.after) if one]
    return " → ".join(dict.fromkeys(told))


def _word(response: Response) -> str:
    why = response.because or response.outcome
    return f"{response.step.word}:{why}"


def _told(span: Span, first: Side, second: Side, found: Comparison) -> dict[str, Any]:
    sides = {
        name: {
            "incidents": len(side.decided),
            "findings": side.findings,
            "steps": {
                step.word: {outcome.value: number for outcome, number in of.items()}
                for step, of in counts(side.decided).items()
            },
        }
        for name, side in (("before", first), ("after", second))
    }
    groups = {
        name: [_turn(one) for one in getattr(found, name)]
        for name in ("added", "removed", "changed", "answered")
    }
    return {"since": span.since, "until": span.until, **sides, **groups, "same": found.same}


def _turn(turn: Turn) -> dict[str, Any]:
    incident = turn.incident
    return {
        "incident": as_uuid(incident.id),
        "tenant": incident.subject.tenant,
        "subject": incident.subject.uid,
        "kind": incident.subject.kind.value,
        "category": incident.category.value,
        "severity": incident.severity.name.lower(),
        "former_severity": None
        if turn.before is None
        else turn.before.incident.severity.name.lower(),
        "time": incident.reached,
        "added": [_response(one) for one in turn.added],
        "removed": [_response(one) for one in turn.removed],
    }


def _response(one: Response) -> dict[str, Any]:
    return {
        "step": one.step.word,
        "outcome": one.outcome.value,
        "because": one.because and one.because.value,
        "rule": one.rule,
        "until": one.until,
    }
