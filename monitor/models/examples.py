"""Examples to learn from: the use of every account of simulated worlds, week by week."""

from collections.abc import Callable, Iterator
from math import inf

from msgspec import Struct

from detectors.account_sharing import AccountSharing
from detectors.core.context import Context
from detectors.core.event import DAY, Event
from detectors.core.fold import Cell, Fold
from detectors.core.identity import Subject, SubjectKind
from detectors.sharing.features import LEAST_DAYS, is_rich, vector
from detectors.sharing.usage import Usage
from monitor.formats.format import Origin
from monitor.formats.occurrence import Occurrences
from monitor.formats.ocsf import Ocsf
from monitor.formats.year import LatestBefore
from monitor.models.populations import Populations
from monitor.simulation.labels import AccountLabel, IncidentLabel
from monitor.simulation.lives.persona import PERSON
from monitor.simulation.simulation import Choice, Simulation, simulate

SHARING = "credential_sharing"
SHARED_SHARE = 0.2
"""The share of accounts that are shared in a world to learn from: many more than in life, and
taken out again, since a score is against the base rate."""
WEEK = 7 * DAY
BEGUN = 3 * DAY // 2
"""From so long after its first act on an account counts as shared (ms)."""
OVER = 10 * DAY
"""For so long after its last act it still does (ms)."""
START = 1_767_225_600_000 + 4 * DAY
"""A Monday (2026-01-05), in ms: when the worlds begin."""
_NAME = AccountSharing.about.name

Told = Callable[[int], None]


class Example(Struct, frozen=True):
    """The features of one account at the end of a week, and whether several people used it.

    `group` is the same for all weeks of an account. `strategy` is how it was shared, else empty;
    `held_back` that it, or the life of its owner, is not to be trained on.
    """

    features: tuple[float, ...]
    shared: bool
    group: str
    tenant: str
    week: int
    persona: str
    strategy: str = ""
    held_back: bool = False
    rich: bool = True


def harvest(
    seed: int,
    enrich: Callable[[Event], Event],
    *,
    accounts: int,
    days: int,
    strategies: Choice,
    told: Told = lambda _: None,
) -> list[Example]:
    """The examples of one world. `told` is called with every day that is over."""
    world = simulate(
        seed,
        days=days,
        accounts=accounts,
        start=START,
        misdeeds={SHARING: max(1, round(accounts * SHARED_SHARE))},
        strategies=strategies,
    )
    populations = Populations()
    fold = Fold(SubjectKind.ACCOUNT, (AccountSharing(),), Context(), lambda _: populations.context)
    cells: dict[Subject, Cell] = {}
    truth = _Truth(world)
    examples: list[Example] = []
    boundary, week, day, today = START + WEEK, 1, 0, -1
    for event in _events(world, enrich):
        if event.time // DAY != today:
            today = event.time // DAY
            populations.begin(today)
        while event.time >= boundary:
            examples += _look(fold, cells, truth, seed, boundary, week)
            boundary, week = boundary + WEEK, week + 1
        if event.time >= START + (day + 1) * DAY:
            day += 1
            told(day)
        subject = Subject(SubjectKind.ACCOUNT, event.tenant, event.account)
        cell = cells.get(subject)
        if cell is None:
            cell = cells[subject] = fold.fresh(subject)
        fold.observe(cell, event)
        populations.count(event)
    if boundary <= START + days * DAY:
        examples += _look(fold, cells, truth, seed, boundary, week)
    return examples


def _events(world: Simulation, enrich: Callable[[Event], Event]) -> Iterator[Event]:
    form = Ocsf()
    origin = Origin("models", "", LatestBefore(START), Occurrences().occurrence)
    for line in world.lines():
        for event in form.parse(line, origin):
            if event.account:
                yield enrich(event)


class _Truth:
    """Which accounts are shared when, and which say nothing clear."""

    def __init__(self, world: Simulation) -> None:
        self._people: dict[tuple[str, str], AccountLabel] = {
            (label.tenant, label.account): label for label in world.accounts()
        }
        self._misdeeds: dict[tuple[str, str], IncidentLabel] = {}
        for label in world.incidents:
            for account in label.accounts:
                self._misdeeds[label.tenant, account] = label

    def example(
        self, subject: Subject, usage: Usage, seed: int, at: int, week: int
    ) -> Example | None:
        """What an account was at event time `at`; None where that is not clear."""
        person = self._people.get((subject.tenant, subject.uid))
        if person is None or person.kind != PERSON or usage.seen < LEAST_DAYS:
            return None
        misdeed = self._misdeeds.get((subject.tenant, subject.uid))
        begun = inf if misdeed is None else misdeed.start
        shared = misdeed is not None and begun + BEGUN <= at <= misdeed.end + OVER
        if misdeed is not None and not shared and begun < at:
            return None
        if misdeed is not None and misdeed.minor and begun < at:
            return None
        return Example(
            vector(usage),
            shared,
            f"{seed}/{subject.tenant}/{subject.uid}",
            f"{seed}/{subject.tenant}",
            week,
            person.persona,
            misdeed.strategy if misdeed is not None and shared else "",
            person.held_back or (shared and misdeed is not None and misdeed.held_back),
            is_rich(usage),
        )


def _look(
    fold: Fold, cells: dict[Subject, Cell], truth: _Truth, seed: int, at: int, week: int
) -> Iterator[Example]:
    for subject, cell in cells.items():
        fold.advance(cell, at)
        usage = cell.states.get(_NAME)
        example = None if usage is None else truth.example(subject, usage, seed, at, week)
        if example is not None:
            yield example
