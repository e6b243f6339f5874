"""The world of the demonstration: a month of history up to now, and then live traffic for ever."""

import heapq
from collections.abc import Iterator
from itertools import cycle
from random import Random
from typing import NamedTuple

from detectors.core.event import DAY, HOUR, MINUTE, SECOND
from monitor.simulation.acts import LOGON, OTHER, RENEWAL, Act, Sitting, sittings
from monitor.simulation.calendar import day_of
from monitor.simulation.chance import dice
from monitor.simulation.labels import EventLabel, IncidentLabel
from monitor.simulation.lives import live
from monitor.simulation.misdeeds.scene import Scene, Strategy
from monitor.simulation.parameters import Parameters
from monitor.simulation.population import build
from monitor.simulation.simulation import Record, Simulation, incident_labels, record, strategies
from monitor.simulation.world import Person, World

SOURCE = "demo"
"""What the log is called among sources."""
SEED = 2026
ACCOUNTS = 300
DAYS = 30
HISTORY = {
    "credential_sharing/two_cities": 4,
    "credential_sharing/abroad": 2,
    "credential_sharing/taking_turns": 3,
    "credential_sharing/on_a_mobile_network": 1,
    "credential_sharing/resold_seat": 3,
    "credential_sharing/same_office": 4,
    "credential_sharing/household": 1,
    "credential_sharing/relay": 4,
    "credential_sharing/days_off": 1,
    "credential_sharing/loan": 2,
    "account_takeover": 10,
    "session_hijacking": 8,
    "brute_force": 8,
    "mfa_fatigue": 4,
    "password_spraying": 3,
    "credential_stuffing": 3,
    "account_enumeration": 2,
    "login_flood": 1,
}
"""How many of each misdeed the history has."""
RECENT = {
    "account_takeover/abroad": 1,
    "account_takeover/after_brute_force": 1,
    "session_hijacking/other_machine": 2,
    "mfa_fatigue/accepted": 1,
    "brute_force/one_address": 1,
    "password_spraying/one_address": 1,
    "credential_stuffing/one_address": 1,
    "account_enumeration/dictionary": 1,
    "login_flood/one_address": 1,
}
"""How many more begin within its last days: what there is to decide today."""
RECENTLY = (40 * HOUR, 90 * MINUTE)
"""From how long before now until how long before now, in ms."""
LIVE = (
    "credential_sharing/two_cities",
    "brute_force/one_address",
    "session_hijacking/other_machine",
    "account_takeover/abroad",
    "credential_sharing/taking_turns",
    "brute_force/many_addresses",
    "session_hijacking/scripted",
    "account_takeover/hosted",
    "credential_sharing/resold_seat",
    "session_hijacking/copied_agent",
    "mfa_fatigue/burst",
    "credential_sharing/abroad",
    "password_spraying/one_address",
    "account_takeover/phished",
    "login_flood/one_address",
    "credential_sharing/relay",
    "credential_stuffing/one_address",
    "account_enumeration/dictionary",
)
"""What happens live, in turn."""
EVERY = MINUTE
"""A new incident begins live about so often, in ms."""
GAP = 300
"""Live lines come about so many ms apart, by day and by night."""
_LEAD = 40 * SECOND
"""An owner's part begins half a minute before the misdeed does."""


_PARAMETERS = Parameters(
    tenants=(4, 4),
    pace=(22.0, 44.0),
    night=0.1,
    names_only=0.25,
    without_sessions=0.0,
    without_agents=0.0,
    activities=(1.0, 0.0, 0.0, 0.0),
    session_hours=(10.0, 12.0),
    gateway=0.0,
    varied=0.0,
)


class Due(NamedTuple):
    """A live line, to be written when it is `time` (ms): the time stamp that it bears."""

    time: int
    line: bytes
    label: EventLabel


class Demonstration:
    """The demonstration's world as of `now` (ms): the same for the same time and seed."""

    def __init__(self, now: int, seed: int = SEED, accounts: int = ACCOUNTS) -> None:
        start = now - DAYS * DAY
        self.now = now
        self.world = build(seed, accounts, day_of(start), _PARAMETERS, held_back=False)
        recently = (now - RECENTLY[0], now - RECENTLY[1])
        self.simulation = Simulation(
            self.world, start, now, HISTORY, recent=RECENT, recently=recently
        )
        self.live_incidents: list[IncidentLabel] = []

    def history(self) -> Iterator[Record]:
        """The lines up to now, by time."""
        return self.simulation.records()

    def live(self) -> Iterator[Due]:
        """What happens from now on, by time, without end; `live_incidents` grows as it goes.

        Numbers its events after those of the history, however much of it was read.
        """
        numbers = iter(range(1 << 40, 1 << 62))
        labels: dict[str, str] = {}
        upcoming: list[tuple[int, int, Act]] = []
        pushed = 0
        crimes = self._crimes()
        for slice_start, acts in _slices(self.world, self.now):
            crime = next(crimes)(slice_start)
            if crime is not None:
                told, committed = crime
                self.live_incidents += told
                labels |= {label.id: label.behaviour for label in told}
                acts.extend(committed)
            for act in acts:
                pushed += 1
                heapq.heappush(upcoming, (act.time, pushed, act))
            while upcoming and upcoming[0][0] < slice_start + EVERY:
                act = heapq.heappop(upcoming)[2]
                written = record(self.world.seed, next(numbers), act, labels.get(act.cause))
                yield Due(act.time, written.line, written.label)

    def _crimes(self) -> Iterator["_Crime"]:
        taken = {uid for label in self.simulation.incidents for uid in label.accounts}
        for number, wanted in enumerate(cycle(LIVE)):
            behaviour, strategy = strategies(wanted)[0]
            yield _Crime(self.world, number, behaviour, strategy, taken)


class _Crime:
    """One live misdeed, still to be committed."""

    def __init__(
        self, world: World, number: int, behaviour: str, strategy: Strategy, taken: set[str]
    ) -> None:
        self._world = world
        self._number = number
        self._behaviour = behaviour
        self._strategy = strategy
        self._taken = taken

    def __call__(self, at: int) -> tuple[list[IncidentLabel], list[Act]] | None:
        """Its labels and acts, the owner's part among them, all later than `at` (ms)."""
        rng = dice(self._world.seed, "live", self._number, at)
        person = self._victim(rng, at)
        if person is None:
            return None
        start = at + _LEAD + rng.randrange(20 * SECOND)
        identifier = f"live-{at}-{self._number}"
        scene = Scene(self._world, person, identifier, start, start + DAY, True, self._behaviour)
        acts = sorted(self._strategy.act(scene), key=lambda act: act.time)
        if not acts:
            return None
        return incident_labels(scene, self._strategy, acts), scene.staged + acts

    def _victim(self, rng: Random, at: int) -> Person | None:
        """Somebody not at work, whom nothing was done to yet; else anybody it suits."""
        suited = [p for p in self._world.people if self._strategy.suits(p)]
        fresh = [p for p in suited if p.uid not in self._taken] or suited
        rng.shuffle(fresh)
        for person in fresh[:40]:
            if not _is_at_work(self._world, person, at):
                self._taken.add(person.uid)
                return person
        return fresh[0] if fresh else None


def _is_at_work(world: World, person: Person, at: int) -> bool:
    day = day_of(at)
    acts = [act for d in (day - 1, day, day + 1) for act in live(world, person, d)]
    return any(s.start - HOUR <= at <= s.end + HOUR for s in sittings(acts))


def _slices(world: World, now: int) -> Iterator[tuple[int, list[Act]]]:
    """The honest part of every minute from `now` on, in the order of time."""
    rng = dice(world.seed, "traffic", now)
    loaded = day_of(now) - 2
    acts: list[Act] = []
    on_duty: list[tuple[Sitting, Person]] = []
    at = now
    while True:
        while loaded <= day_of(at + EVERY) + 1:
            for person in world.people:
                lived = live(world, person, loaded)
                acts += (act for act in lived if act.time >= at)
                on_duty += ((s, person) for s in _still(lived) if s.end >= at)
            acts.sort(key=lambda act: act.time)
            loaded += 1
        end = at + EVERY
        done = next((n for n, act in enumerate(acts) if act.time >= end), len(acts))
        minute = acts[:done]
        del acts[:done]
        on_duty = [(s, p) for s, p in on_duty if s.end >= at]
        yield at, minute + _traffic(rng, world, on_duty, at, end)
        at = end


def _still(acts: list[Act]) -> list[Sitting]:
    """The sessions that stay at one address."""
    wandering: dict[str, set[str]] = {}
    for act in acts:
        if act.session is not None:
            wandering.setdefault(act.session, set()).add(act.ip)
    return [s for s in sittings(acts) if len(wandering[s.session]) == 1]


def _traffic(
    rng: Random, world: World, on_duty: list[tuple[Sitting, Person]], at: int, end: int
) -> list[Act]:
    """More of what those on duty do, so that there is something to see at any hour."""
    present = [(s, p) for s, p in on_duty if s.start < at and s.end > end]
    services = [p for p in world.people if p.persona == "service"]
    acts: list[Act] = []
    moment = at + round(rng.expovariate(1.0) * GAP)
    while moment < end:
        if present:
            sitting, person = rng.choice(present)
            activity = RENEWAL if rng.random() < 0.4 else OTHER
            acts.append(
                Act(moment, person, activity, None, sitting.session, sitting.ip, sitting.agent)
            )
        elif services:
            usual = live(world, rng.choice(services), day_of(at))[0]
            acts.append(usual._replace(time=moment, activity=LOGON))
        moment += 1 + round(rng.expovariate(1.0) * GAP)
    return acts
