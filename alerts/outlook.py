"""What two trials of the same time come to, in numbers and in examples: what holds, and a draft."""

from collections.abc import Iterable, Sequence
from typing import Final

from msgspec import Struct

from alerts.incident import Category
from alerts.ladder import Step
from alerts.policy import Outcome, Response
from alerts.trial import Comparison, Decided, Turn, counts
from detectors.core.finding import Severity
from detectors.core.identity import Subject

CALLS: Final = Severity.MEDIUM
"""From this severity up a reviewer is called."""
EXAMPLES: Final = 60
"""Examples that are kept, the gravest first."""


class Pair(Struct, frozen=True, array_like=True):
    """A number under what holds, and under the draft."""

    before: int = 0
    after: int = 0


class Kind(Struct, frozen=True, kw_only=True):
    """What incidents of one category come to: all of them, and those that call a reviewer; how many
    are new, gone, of another severity or category, or answered otherwise."""

    category: Category
    incidents: Pair
    called: Pair
    added: int = 0
    removed: int = 0
    changed: int = 0
    answered: int = 0


class Done(Struct, frozen=True, kw_only=True):
    """How often a step comes to an outcome."""

    step: Step
    outcome: Outcome
    times: Pair


class Answer(Struct, frozen=True, kw_only=True):
    """One response: the step, what becomes of it, why not more, and the rule that asks for it."""

    step: Step
    outcome: Outcome
    because: str = ""
    rule: str = ""


class Example(Struct, frozen=True, kw_only=True):
    """An incident that is otherwise: whose, and what of it. `before` and `after` are severities,
    None where there is no such incident; `reached` is in ms."""

    incident: bytes
    subject: Subject
    category: Category
    before: Severity | None
    after: Severity | None
    reached: int
    added: tuple[Answer, ...] = ()
    removed: tuple[Answer, ...] = ()


class Outlook(Struct, frozen=True, kw_only=True):
    """Both, from `since` to `until` (ms), what was known before from `history` on.

    `accounts` are those about which something is done, proposed or told. `same` is how many
    incidents nothing differs of.
    """

    since: int
    until: int
    history: int
    findings: Pair
    incidents: Pair
    called: Pair
    accounts: Pair
    kinds: tuple[Kind, ...]
    steps: tuple[Done, ...]
    same: int

    @property
    def differs(self) -> int:
        """About how many incidents something is otherwise."""
        return sum(one.added + one.removed + one.changed + one.answered for one in self.kinds)


def outlook(
    before: Sequence[Decided],
    after: Sequence[Decided],
    found: Comparison,
    *,
    findings: tuple[int, int],
    since: int,
    until: int,
    history: int,
) -> Outlook:
    """The numbers of two trials and of how they differ."""
    return Outlook(
        since=since,
        until=until,
        history=history,
        findings=Pair(*findings),
        incidents=Pair(len(before), len(after)),
        called=Pair(_called(before), _called(after)),
        accounts=Pair(_accounts(before), _accounts(after)),
        kinds=_kinds(before, after, found),
        steps=_steps(before, after),
        same=found.same,
    )


def examples(found: Comparison, most: int = EXAMPLES) -> tuple[Example, ...]:
    """Incidents that are otherwise: first those that call somebody under one and not under the
    other, then by severity, the latest first."""
    ordered = sorted(found.turns, key=_weight, reverse=True)
    return tuple(_example(one) for one in ordered[:most])


def _weight(turn: Turn) -> tuple[bool, bool, int, int]:
    sides = [0 if one is None else int(one.incident.severity) for one in (turn.before, turn.after)]
    is_called = (max(sides) >= CALLS) and (min(sides) < CALLS)
    return is_called, bool(turn.added or turn.removed), max(sides), turn.incident.reached


def _example(turn: Turn) -> Example:
    incident = turn.incident
    return Example(
        incident=incident.id,
        subject=incident.subject,
        category=incident.category,
        before=None if turn.before is None else turn.before.incident.severity,
        after=None if turn.after is None else turn.after.incident.severity,
        reached=incident.reached,
        added=tuple(_answer(one) for one in turn.added),
        removed=tuple(_answer(one) for one in turn.removed),
    )


def _answer(one: Response) -> Answer:
    because = "" if one.because is None else one.because.value
    return Answer(step=one.step, outcome=one.outcome, because=because, rule=one.rule)


def _kinds(
    before: Sequence[Decided], after: Sequence[Decided], found: Comparison
) -> tuple[Kind, ...]:
    groups = {
        name: _by_category(turn.incident.category for turn in getattr(found, name))
        for name in ("added", "removed", "changed", "answered")
    }
    all_of = [_by_category(one.incident.category for one in side) for side in (before, after)]
    called = [
        _by_category(one.incident.category for one in side if one.incident.severity >= CALLS)
        for side in (before, after)
    ]
    seen = {*all_of[0], *all_of[1]}
    return tuple(
        Kind(
            category=one,
            incidents=Pair(all_of[0].get(one, 0), all_of[1].get(one, 0)),
            called=Pair(called[0].get(one, 0), called[1].get(one, 0)),
            **{name: group.get(one, 0) for name, group in groups.items()},
        )
        for one in Category
        if one in seen
    )


def _by_category(found: Iterable[Category]) -> dict[Category, int]:
    numbers: dict[Category, int] = {}
    for one in found:
        numbers[one] = numbers.get(one, 0) + 1
    return numbers


def _steps(before: Sequence[Decided], after: Sequence[Decided]) -> tuple[Done, ...]:
    first, second = counts(before), counts(after)
    return tuple(
        Done(step=step, outcome=outcome, times=pair)
        for step in Step
        for outcome in Outcome
        if (pair := Pair(first.get(step, {}).get(outcome, 0), second.get(step, {}).get(outcome, 0)))
        != Pair()
    )


def _called(side: Iterable[Decided]) -> int:
    return sum(one.incident.severity >= CALLS for one in side)


def _accounts(side: Iterable[Decided]) -> int:
    return len({one.incident.subject for one in side if one.responses})
