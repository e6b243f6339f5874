"""Examples to learn from: the use of every account of simulated worlds, week by week."""

from collections.abc import Callable, Iterable, Iterator

from msgspec import Struct

from detectors.account_sharing import AccountSharing
from detectors.core.context import Context
from detectors.core.event import DAY, Event
from detectors.core.fold import Cell, Fold
from detectors.core.identity import Subject, SubjectKind
from detectors.sharing.features import LEAST_DAYS, is_rich, vector
from detectors.sharing.usage import Usage
from monitor.evaluation.truth import SHARING, USE
from monitor.formats.format import Origin
from monitor.formats.occurrence import Occurrences
from monitor.formats.ocsf import Ocsf
from monitor.formats.year import LatestBefore
from monitor.models.populations import Populations
from monitor.simulation.labels import AccountLabel, IncidentLabel
from monitor.simulation.lives.persona import PERSON
from monitor.simulation.simulation import Choice, Simulation, simulate

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
    `held_back` that it, or the life of its owner, is not to be trained on. `source` is who wrote
    the log: empty for our own simulator.
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
    source: str = ""


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
    truth = Known(world.accounts(), world.incidents)
    return weekly(_events(world, enrich), truth, f"{seed}", START, days, told)


def weekly(
    events: Iterable[Event],
    truth: "Known",
    prefix: str,
    start: int,
    days: int,
    told: Told = lambda _: None,
) -> list[Example]:
    """The examples of a log, week by week from `start` (ms, UTC midnight) for so many days.

    `events` are of accounts, enriched and in order; groups and tenants are called after `prefix`.
    """
    populations = Populations()
    fold = Fold(SubjectKind.ACCOUNT, (AccountSharing(),), Context(), lambda _: populations.context)
    cells: dict[Subject, Cell] = {}
    examples: list[Example] = []
    boundary, week, day, today = start + WEEK, 1, 0, -1
    for event in events:
        if event.time // DAY != today:
            today = event.time // DAY
            populations.begin(today)
        while event.time >= boundary:
            examples += _look(fold, cells, truth, prefix, boundary, week)
            boundary, week = boundary + WEEK, week + 1
        if event.time >= start + (day + 1) * DAY:
            day += 1
            told(day)
        subject = Subject(SubjectKind.ACCOUNT, event.tenant, event.account)
        cell = cells.get(subject)
        if cell is None:
            cell = cells[subject] = fold.fresh(subject)
        fold.observe(cell, event)
        populations.count(event)
    if boundary <= start + days * DAY:
        examples += _look(fold, cells, truth, prefix, boundary, week)
    return examples


def _events(world: Simulation, enrich: Callable[[Event], Event]) -> Iterator[Event]:
    form = Ocsf()
    origin = Origin("models", "", LatestBefore(START), Occurrences().occurrence)
    for line in world.lines():
        for event in form.parse(line, origin):
            if event.account:
                yield enrich(event)


class Known:
    """Which accounts are shared when, and which say nothing clear."""

    def __init__(
        self, accounts: Iterable[AccountLabel], incidents: Iterable[IncidentLabel]
    ) -> None:
        self._people = {(label.tenant, label.account): label for label in accounts}
        self._misdeeds: dict[tuple[str, str], list[IncidentLabel]] = {}
        for label in incidents:
            for account in label.accounts:
                self._misdeeds.setdefault((label.tenant, account), []).append(label)

    def example(
        self, subject: Subject, usage: Usage, prefix: str, at: int, week: int
    ) -> Example | None:
        """What an account was at event time `at`; None where that is not clear."""
        key = subject.tenant, subject.uid
        person = self._people.get(key)
        if person is None or person.kind != PERSON or usage.seen < LEAST_DAYS:
            return None
        begun = [one for one in self._misdeeds.get(key, ()) if one.start < at]
        sharing = next((one for one in begun if one.behaviour == SHARING), None)
        if person.allowed_to_share or any(not _is_clear(one, at) for one in begun):
            return None
        return Example(
            vector(usage),
            sharing is not None,
            f"{prefix}/{subject.tenant}/{subject.uid}",
            f"{prefix}/{subject.tenant}",
            week,
            person.persona,
            "" if sharing is None else sharing.strategy,
            person.held_back or (sharing is not None and sharing.held_back),
            is_rich(usage),
        )


def _is_clear(misdeed: IncidentLabel, at: int) -> bool:
    """Whether an account's use at `at` shows a misdeed that began before plainly, or not at all."""
    if misdeed.behaviour != SHARING:
        return misdeed.behaviour not in USE or not misdeed.success
    return not misdeed.minor and misdeed.start + BEGUN <= at <= misdeed.end + OVER


def _look(
    fold: Fold, cells: dict[Subject, Cell], truth: Known, prefix: str, at: int, week: int
) -> Iterator[Example]:
    for subject, cell in cells.items():
        fold.advance(cell, at)
        usage = cell.states.get(_NAME)
        example = None if usage is None else truth.example(subject, usage, prefix, at, week)
        if example is not None:
            yield example
