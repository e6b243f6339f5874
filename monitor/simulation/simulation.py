"""A simulated world's log: sorted by time, a pure function of its seed, with labels."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import count, cycle
from typing import Literal, NamedTuple

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
from monitor.simulation.lives import live, personas
from monitor.simulation.lives.persona import KIOSK, SHARED
from monitor.simulation.misdeeds import behaviours, rates
from monitor.simulation.misdeeds.scene import Part, Scene, Strategy
from monitor.simulation.parameters import Parameters
from monitor.simulation.population import build
from monitor.simulation.world import Person, World, traits
from monitor.simulation.writing import as_logged, native_uid, ocsf_line

QUIET = 0.35
"""The share of the time at the beginning in which few bad things begin."""
MONTH = 30.0
"""Days for which the rates of misdeeds are given."""
Choice = Literal["all", "training", "held_back"]
"""Which strategies: all, those to tune and train on, or those to report on."""
_MARGIN = 6 * HOUR
"""A local day may begin so long before the UTC day of its date."""
_PATIENCE = 12


class UnknownMisdeedError(ValueError):
    """A misdeed was asked for that nobody knows how to do."""


class Record(NamedTuple):
    """One line of the log, without its newline, and what is true of it."""

    line: bytes
    label: EventLabel


class Simulation:
    """A world between two times (ms): its lines, and the truth about them. Holds no clock."""

    def __init__(
        self,
        world: World,
        start: int,
        end: int,
        misdeeds: Mapping[str, int] | None = None,
        choice: Choice = "all",
        *,
        recent: Mapping[str, int] | None = None,
        recently: tuple[int, int] | None = None,
    ) -> None:
        """Besides the `misdeeds`, the `recent` ones begin within `recently` (from, to)."""
        self.world = world
        self.start = start
        self.end = end
        wanted = default_misdeeds(world, start, end, choice) if misdeeds is None else misdeeds
        plan = _Plan(world, start, end, choice)
        self._misdeeds = plan.commit(wanted) + plan.commit(recent or {}, recently)
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
        """Everything that is logged, by time; one day at a time is in memory."""
        pending = [act for _, acts in self._misdeeds for act in acts]
        for day in range(day_of(self.start) - 1, day_of(self.end) + 2):
            for person in self.world.people:
                style = person.tenant.style
                lived = live(self.world, person, day)
                pending += (a for act in lived if (a := as_logged(style, act)) is not None)
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
    strategies: Choice = "all",
) -> Simulation:
    """A world of so many accounts, watched for `days` from `start` (ms of event time).

    `misdeeds` says how many to commit of each behaviour, or of each `behaviour/strategy`; by
    default as many of each as its rate says. With the `strategies` of "training" nobody does
    anything, and nobody lives a life, that is held back for reporting; "held_back" has only the
    misdeeds that are, and all lives. Raises UnknownMisdeedError, or ValueError for a size that is
    none.
    """
    if not days > 0:
        raise ValueError(f"a simulation of {days} days is none")
    world = build(seed, accounts, day_of(start), parameters, held_back=strategies != "training")
    return Simulation(world, start, start + round(days * DAY), misdeeds, strategies)


def default_misdeeds(world: World, start: int, end: int, choice: Choice = "all") -> dict[str, int]:
    """As many of every kind as its rate says for a world so large and long; at least one."""
    size = len(world.people) / 1_000 * (end - start) / DAY / MONTH
    return {
        behaviour: max(1, round(rate * size))
        for behaviour, rate in rates().items()
        if any(is_chosen(s, choice) for s in behaviours()[behaviour])
    }


def is_chosen(strategy: Strategy, choice: Choice) -> bool:
    """Whether a strategy is among those asked for."""
    return choice == "all" or strategy.held_back == (choice == "held_back")


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
        person.kind,
        person.kind in {KIOSK, SHARED},
        traits(person),
        personas()[person.persona].held_back,
    )


def incident_label(
    part: Part,
    tenant: str,
    strategy: Strategy,
    acts: list[Act],
    *,
    success: bool,
    part_of: str | None = None,
) -> IncidentLabel:
    """What is true of a side of a misdeed, from its acts (at least one, by time)."""
    accounts = tuple(dict.fromkeys(act.person.uid for act in acts if act.person is not None))
    is_of_one = len(accounts) == 1 and all(act.person is not None for act in acts)
    return IncidentLabel(
        part.id,
        tenant,
        accounts[0] if is_of_one else None,
        accounts[:MAXIMUM_ACCOUNTS],
        part.behaviour,
        strategy.name,
        acts[0].time,
        acts[-1].time,
        len(acts),
        success,
        strategy.minor or len({day_of(act.time) for act in acts}) < strategy.least_days,
        tuple(dict.fromkeys(act.ip for act in acts))[:MAXIMUM_SOURCES],
        strategy.held_back,
        part_of,
    )


def incident_labels(scene: Scene, strategy: Strategy, acts: list[Act]) -> list[IncidentLabel]:
    """What is true of a misdeed's sides, the main one first where it left anything."""
    tenant = scene.person.tenant.uid
    labels = []
    for part in scene.parts():
        mine = [act for act in acts if act.cause == part.id]
        if mine:
            is_main = part.id == scene.id
            success = any(act.detail is None for act in (acts if is_main else mine))
            part_of = None if is_main else scene.id
            labels.append(
                incident_label(part, tenant, strategy, mine, success=success, part_of=part_of)
            )
    return labels


def strategies(wanted: str, choice: Choice = "all") -> list[tuple[str, Strategy]]:
    """The ways of doing a behaviour, or the one that `behaviour/strategy` names."""
    behaviour, _, name = wanted.partition("/")
    known = behaviours().get(behaviour, ())
    if name:
        found = [(behaviour, s) for s in known if s.name == name]
    else:
        found = [(behaviour, s) for s in known if is_chosen(s, choice)]
    if not found:
        raise UnknownMisdeedError(f"nobody knows how to do {wanted}; there are {[*behaviours()]}")
    return found


class _Plan:
    """Who does what to whom, and when; nobody is done two things to."""

    def __init__(self, world: World, start: int, end: int, choice: Choice) -> None:
        self._world = world
        self._start = start
        self._end = end
        self._choice = choice
        self._styles = {tenant.uid: tenant.style for tenant in world.tenants}
        self._taken: set[int] = set()

    def commit(
        self, wanted: Mapping[str, int], within: tuple[int, int] | None = None
    ) -> list[tuple[IncidentLabel, list[Act]]]:
        """The misdeeds wanted, as far as the world has somebody for them, by start; `within` is
        when they begin (ms, from and to), None for when such misdeeds do."""
        committed: list[tuple[IncidentLabel, list[Act]]] = []
        for kind in sorted(wanted):
            known = strategies(kind, self._choice)
            dice(self._world.seed, "ways", kind).shuffle(known)
            ways = cycle(known)
            for number in range(wanted[kind]):
                for _ in known:
                    behaviour, strategy = next(ways)
                    name = f"{kind}-{number}" if within is None else f"{kind}-late-{number}"
                    done = self._attempt(name, behaviour, strategy, within)
                    if done:
                        break
                committed += done
        committed.sort(key=lambda one: (one[0].start, one[0].id))
        return committed

    def _attempt(
        self, name: str, behaviour: str, strategy: Strategy, within: tuple[int, int] | None
    ) -> list[tuple[IncidentLabel, list[Act]]]:
        """Do it to somebody whom nothing is done to yet; empty when there is nobody for it."""
        world, span = self._world, self._end - self._start
        low, high = strategy.begins
        rng = dice(world.seed, "plan", name, strategy.name, self._start)
        suited = [p for p in world.people if strategy.suits(p) and p.number not in self._taken]
        for person in rng.sample(suited, min(_PATIENCE, len(suited))):
            begin = (
                self._start + round(span * rng.uniform(low, high))
                if within is None
                else round(rng.uniform(*within))
            )
            scene = Scene(
                world,
                person,
                f"{name}-{person.uid}",
                begin,
                self._end,
                hurry=False,
                behaviour=behaviour,
                taken=frozenset(self._taken),
            )
            acts = self._logged(strategy.act(scene))
            labels = incident_labels(scene, strategy, acts)
            if labels and labels[0].id == scene.id:
                self._taken |= {person.number, *scene.concerned}
                return [(x, [a for a in acts if a.cause == x.id]) for x in labels]
        return []

    def _logged(self, acts: Iterable[Act]) -> list[Act]:
        """What the log tells of acts between start and end, by time."""
        told: list[Act] = []
        for act in acts:
            tenant = (act.tenant or "") if act.person is None else act.person.tenant.uid
            logged = as_logged(self._styles[tenant], act)
            if logged is not None and self._start <= act.time < self._end:
                told.append(logged)
        return sorted(told, key=_time)


def _time(act: Act) -> int:
    return act.time
