"""A simulated world's log: sorted by time, a pure function of its seed, with labels."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import count, cycle
from typing import NamedTuple

from detectors.core.event import DAY, HOUR
from monitor.simulation.acts import Act
from monitor.simulation.calendar import day_of
from monitor.simulation.chance import dice
from monitor.simulation.labels import (
    BENIGN,
    MAXIMUM_ACCOUNTS,
    MAXIMUM_SOURCES,
    AccountLabel,
    EventLabel,
    IncidentLabel,
)
from monitor.simulation.lives import live
from monitor.simulation.misdeeds import behaviours
from monitor.simulation.misdeeds.scene import Scene, Strategy
from monitor.simulation.world import Parameters, Person, World, build
from monitor.simulation.writing import native_uid, ocsf_line

QUIET = 0.35
"""The share of the time at the beginning in which nothing bad happens."""
_MARGIN = 6 * HOUR
"""A local day may begin so long before the UTC day of its date."""
_PATIENCE = 12
_PER_ACCOUNT_DAY = 1 / 900


class UnknownMisdeedError(ValueError):
    """A misdeed was asked for that nobody knows how to do."""


class Record(NamedTuple):
    """One line of the log, without its newline, and what is true of it."""

    line: bytes
    label: EventLabel


class Simulation:
    """A world between two times (ms): its lines, and the truth about them. Holds no clock."""

    def __init__(
        self, world: World, start: int, end: int, misdeeds: Mapping[str, int] | None = None
    ) -> None:
        self.world = world
        self.start = start
        self.end = end
        wanted = default_misdeeds(world, start, end) if misdeeds is None else misdeeds
        self._misdeeds = _commit(world, start, end, wanted)
        self.incidents = tuple(label for label, _ in self._misdeeds)
        self._behaviours = {label.id: label.behaviour for label in self.incidents}

    def accounts(self) -> list[AccountLabel]:
        """What is true of every account, in the order of their making."""
        concerned: dict[tuple[str, str], list[IncidentLabel]] = {}
        for label in self.incidents:
            for account in label.accounts:
                concerned.setdefault((label.tenant, account), []).append(label)
        return [
            account_label(person, concerned.get((person.tenant.uid, person.uid), ()))
            for person in self.world.people
        ]

    def acts(self) -> Iterator[Act]:
        """Everything that happens, by time; one day at a time is in memory."""
        pending = [act for _, acts in self._misdeeds for act in acts]
        for day in range(day_of(self.start) - 1, day_of(self.end) + 2):
            for person in self.world.people:
                pending += live(self.world, person, day)
            pending.sort(key=_time)
            settled = min(self.end, (day + 1) * DAY - _MARGIN)
            done = 0
            for act in pending:
                if act.time >= settled:
                    break
                done += 1
                if act.time >= self.start:
                    yield act
            del pending[:done]

    def records(self, sequence: Iterable[int] | None = None) -> Iterator[Record]:
        """The log. `sequence` numbers its events, from 0 by default."""
        numbers = iter(count() if sequence is None else sequence)
        for act in self.acts():
            yield record(self.world.seed, next(numbers), act, self._behaviours.get(act.cause))

    def lines(self) -> Iterator[bytes]:
        """The log's lines alone, without their newlines."""
        for written in self.records():
            yield written.line


def simulate(
    seed: int,
    *,
    days: float,
    accounts: int,
    start: int,
    misdeeds: Mapping[str, int] | None = None,
    parameters: Parameters | None = None,
) -> Simulation:
    """A world of so many accounts, watched for `days` from `start` (ms of event time).

    `misdeeds` says how many to commit of each behaviour, or of each `behaviour/strategy`; by
    default a few of every kind. Raises UnknownMisdeedError, or ValueError for a size that is none.
    """
    if not days > 0:
        raise ValueError(f"a simulation of {days} days is none")
    world = build(seed, accounts, day_of(start), parameters)
    return Simulation(world, start, start + round(days * DAY), misdeeds)


def default_misdeeds(world: World, start: int, end: int) -> dict[str, int]:
    """A few of every kind, as many as the world is large and long."""
    size = len(world.people) * (end - start) / DAY * _PER_ACCOUNT_DAY
    return dict.fromkeys(behaviours(), max(1, round(size)))


def record(seed: int, number: int, act: Act, behaviour: str | None) -> Record:
    """One act as a line with its label; `number` is its place in the identity provider's log."""
    uid = native_uid(seed, number)
    person = act.person
    label = EventLabel(
        uid,
        act.time,
        (act.tenant or "") if person is None else person.tenant.uid,
        None if person is None else person.uid,
        "" if person is None else person.persona,
        behaviour or BENIGN,
        act.cause or None,
    )
    return Record(ocsf_line(act, uid), label)


def account_label(person: Person, incidents: Iterable[IncidentLabel]) -> AccountLabel:
    """What is true of one account."""
    mine = tuple(incidents)
    return AccountLabel(
        person.tenant.uid,
        person.uid,
        person.name,
        person.persona,
        person.site.city,
        tuple(dict.fromkeys(label.behaviour for label in mine)),
        tuple(label.id for label in mine),
    )


def incident_label(
    identifier: str, person: Person, behaviour: str, strategy: Strategy, acts: list[Act]
) -> IncidentLabel:
    """What is true of a misdeed, from its acts (at least one, by time)."""
    accounts = tuple(dict.fromkeys(act.person.uid for act in acts if act.person is not None))
    return IncidentLabel(
        identifier,
        person.tenant.uid,
        person.uid if accounts == (person.uid,) else None,
        accounts[:MAXIMUM_ACCOUNTS],
        behaviour,
        strategy.name,
        acts[0].time,
        acts[-1].time,
        len(acts),
        any(act.detail is None for act in acts),
        strategy.minor,
        tuple(dict.fromkeys(act.ip for act in acts))[:MAXIMUM_SOURCES],
    )


def strategies(wanted: str) -> list[tuple[str, Strategy]]:
    """The ways of doing a behaviour, or the one that `behaviour/strategy` names."""
    behaviour, _, name = wanted.partition("/")
    found = [(behaviour, s) for s in behaviours().get(behaviour, ()) if name in {"", s.name}]
    if not found:
        raise UnknownMisdeedError(f"nobody knows how to do {wanted}; there are {[*behaviours()]}")
    return found


def _commit(
    world: World, start: int, end: int, wanted: Mapping[str, int]
) -> list[tuple[IncidentLabel, list[Act]]]:
    committed: list[tuple[IncidentLabel, list[Act]]] = []
    taken: set[int] = set()
    for kind in sorted(wanted):
        ways = cycle(strategies(kind))
        for number in range(wanted[kind]):
            behaviour, strategy = next(ways)
            done = _attempt(world, start, end, f"{kind}-{number}", behaviour, strategy, taken)
            if done is not None:
                committed.append(done)
    committed.sort(key=lambda one: (one[0].start, one[0].id))
    return committed


def _attempt(
    world: World,
    start: int,
    end: int,
    name: str,
    behaviour: str,
    strategy: Strategy,
    taken: set[int],
) -> tuple[IncidentLabel, list[Act]] | None:
    """Do it to somebody whom nothing is done to yet; None when the world has nobody for it."""
    rng = dice(world.seed, "plan", name, start)
    suited = [p for p in world.people if strategy.suits(p) and p.number not in taken]
    for person in rng.sample(suited, min(_PATIENCE, len(suited))):
        begin = start + round((end - start) * rng.uniform(QUIET, 0.9))
        identifier = f"{name}-{person.uid}"
        scene = Scene(world, person, identifier, begin, end, hurry=False)
        acts = sorted((a for a in strategy.act(scene) if a.time < end), key=_time)
        if acts:
            taken.add(person.number)
            return incident_label(identifier, person, behaviour, strategy, acts), acts
    return None


def _time(act: Act) -> int:
    return act.time
