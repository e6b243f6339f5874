"""One day of one person: its dice, its hours, and what may go wrong at the login page."""

from collections.abc import Sequence
from functools import cached_property
from itertools import pairwise
from random import Random

from detectors.core.event import HOUR, MINUTE, SECOND
from monitor.simulation import networks
from monitor.simulation.acts import (
    BAD_PASSWORD,
    FACTOR_ENABLE,
    LOCKED,
    LOGON,
    MFA_DENIED,
    MFA_TIMEOUT,
    PASSWORD_RESET,
    UNKNOWN_USER,
    Act,
    current,
    session_uid,
    sit,
    slip,
    stretches,
)
from monitor.simulation.agents import Machine, user_agent
from monitor.simulation.calendar import local, weekday
from monitor.simulation.chance import dice
from monitor.simulation.world import Home, Person, Site, World

_FAILURES_TO_LOCK = 5
_SHARED = "shared"
_LEFT = frozenset({_SHARED, "laptop", "desktop"})
"""The devices that one signs off on for a break, where that is the custom."""
_OWN_WAY = frozenset({"phone", "application", "server"})
"""The devices whose traffic does not leave by the company's gateway."""
Track = list[tuple[int, str]]
"""From when (ms) which address."""


class Day:
    """A local day of a person, counted from 1970. Holds no state but its dice."""

    def __init__(self, world: World, person: Person, day: int) -> None:
        self.world = world
        self.person = person
        self.day = day
        self.dice = dice(world.seed, "day", person.number, day)
        self._sessions = 0
        self._used: set[str] = set()
        self._has_enrolled = False
        self._worked: list[list[tuple[int, int]]] = []

    @property
    def is_weekend(self) -> bool:
        """Whether it is Saturday or Sunday."""
        return weekday(self.day) >= 5

    def is_off(self) -> bool:
        """Whether the person does not work."""
        return not is_at_work(self.world, self.person, self.day)

    def at(self, minute: float) -> int:
        """The time (ms) at a minute of the local day."""
        return local(self.person.site.zone, self.day, minute)

    def begin(self, minute: float) -> int:
        """About that minute, as punctual as the person is (ms)."""
        return self.at(minute + self.person.habit + self.dice.gauss(0.0, 5.0))

    def shift(self) -> tuple[int, int]:
        """The person's own shift: its start, in minutes of the day, and its length."""
        return self.person.site.shifts[self.person.shift]

    def rotating(self) -> tuple[int, int]:
        """The shift of this week of the rota."""
        shifts, person = self.person.site.shifts, self.person
        week = (self.day + 3) // 7
        return shifts[(person.shift + week // person.rota) % len(shifts)]

    def span(self, start_minute: float, length: float) -> tuple[int, int]:
        """When work of so many minutes begins and ends, overtime included (ms)."""
        start = self.begin(start_minute)
        minutes = length + self.dice.gauss(0.0, 10.0)
        if self.dice.random() < self.person.overtime:
            minutes += self.dice.uniform(30, 180)
        return start, start + round(minutes * MINUTE)

    @cached_property
    def machine(self) -> Machine:
        """The person's own machine on this day."""
        person = self.person
        return person.machine if self.day < person.machine_change else person.next_machine

    @cached_property
    def phone(self) -> Machine:
        """The person's telephone on this day."""
        person = self.person
        return person.phone if self.day < person.phone_change else person.next_phone

    def home(self, days_later: int = 0) -> str:
        """The IPv4 address at home, which its provider changes every `lease` days."""
        return home_address(self.world, self.person, self.day + days_later)

    def at_home(self, start: int, end: int, device: str = "laptop") -> Track:
        """The addresses that a device at home has: IPv4, IPv6, a telephone when the line drops."""
        rng, person = self.dice, self.person
        home, ip = residence(person, self.day), self.home()
        track = [(start, ip)]
        if home.long is not None:
            long = self._long_address(home, device)
            track, moment = [], start
            while moment < end:
                track.append((moment, long if rng.random() < person.long_share else ip))
                moment += round(rng.uniform(0.3, 5.0) * HOUR)
        if rng.random() < person.drops and end - start > HOUR:
            moment = start + round((end - start) * rng.uniform(0.1, 0.8))
            back = moment + round(rng.uniform(5, 90) * MINUTE)
            after = [one for one in track if one[0] > back]
            kept = [one for one in track if one[0] <= moment]
            track = [*kept, (moment, self.road()), (back, ip), *after]
        return self.behind(start, end, track)

    def behind(self, start: int, end: int, track: Track) -> Track:
        """The same through the person's VPN when it is on: all along, from or until half-way."""
        rng, person = self.dice, self.person
        if rng.random() >= person.vpn_share:
            return track
        exits = person.vpn
        if rng.random() < 0.15:
            exits = networks.network(rng, "vpn", rng.choice(networks.places("vpn")))
        ip = networks.address(rng, exits)
        half = start + round((end - start) * rng.uniform(0.2, 0.8))
        way = rng.random()
        if way < 0.5:
            return [(start, ip)]
        if way < 0.8:
            return [*(one for one in track if one[0] <= half), (half, ip)]
        now = [one for one in track if one[0] <= half][-1]
        return [(start, ip), (half, now[1]), *(one for one in track if one[0] > half)]

    def road(self) -> str:
        """An address that the person's carrier gives the telephone, wherever it is."""
        return networks.address(self.dice, self.person.carrier)

    def office(self, seat: int) -> str:
        """The address that a workstation's traffic leaves the office by."""
        return office_address(self.world, self.person.site, self.day, seat)

    def sitting(
        self,
        start: int,
        end: int,
        machine: Machine,
        addresses: Sequence[tuple[int, str]],
        *,
        device: str = _SHARED,
        closes: float | None = None,
        mishaps: bool = True,
        pace: float | None = None,
        pauses: Sequence[tuple[int, int]] = (),
    ) -> list[Act]:
        """Work from `start` to `end` (ms), in as many sessions as the tenant's lifetime asks for.

        On a `device` of one's own one may stay signed in from day to day.
        """
        tenant, person = self.person.tenant, self.person
        leaves = person.closes if closes is None else closes
        is_own = device != _SHARED
        if device not in _OWN_WAY:
            addresses = by_gateway(self.dice, person.site, start, end, addresses)
        if person.breaks and device in _LEFT:
            return self._in_stretches(start, end, machine, addresses, leaves, mishaps, pace, pauses)
        if is_own and tenant.stays:
            return self._staying(start, end, machine, addresses, device, mishaps, pace, pauses)
        acts: list[Act] = []
        longest = tenant.session if is_own else tenant.longest
        while start < end:
            until = min(end, start + longest)
            if end - until < 5 * MINUTE:
                until = end
            self._sessions += 1
            session = session_uid(self.world, person.uid, self.day, self._sessions)
            acts += self._before(start, machine, addresses, mishaps)
            acts += sit(
                self.dice,
                person,
                session,
                start,
                until,
                machine,
                addresses,
                closes=leaves if until == end else 0.0,
                pace=pace,
                pauses=pauses,
            )
            start = until + round(self.dice.uniform(5, 90) * SECOND)
        return acts

    def _in_stretches(
        self,
        start: int,
        end: int,
        machine: Machine,
        addresses: Sequence[tuple[int, str]],
        leaves: float,
        mishaps: bool,
        pace: float | None,
        pauses: Sequence[tuple[int, int]],
    ) -> list[Act]:
        """Work between breaks: one signs off for each of them, most of the time, and on again."""
        person = self.person
        acts: list[Act] = []
        for begins, until in self._parts(start, end):
            since = _free(begins, pauses)
            if since + MINUTE > until:
                continue
            ip = current(addresses, since)
            agent = user_agent(machine, since)
            if not acts:
                acts += self._before(since, machine, addresses, mishaps)
            elif self.dice.random() < person.slip:
                acts += slip(self.dice, person, since, ip, agent, 1)
            self._sessions += 1
            session = session_uid(self.world, person.uid, self.day, self._sessions)
            acts += sit(
                self.dice,
                person,
                session,
                since,
                until,
                machine,
                addresses,
                closes=leaves if until == end else person.closes,
                pace=pace,
                pauses=pauses,
            )
        return acts

    def _parts(self, start: int, end: int) -> list[tuple[int, int]]:
        """What is between the breaks, which are the same for all that one has open at a time."""
        for worked in self._worked:
            if worked[0][0] < end and start < worked[-1][1]:
                parts, since = [], start
                for (_, gone), (back, _) in pairwise(worked):
                    if since < gone < back < end:
                        parts.append((since, gone))
                        since = back
                return [*parts, (since, end)]
        worked = stretches(self.dice, start, end, self.person.breaks)
        self._worked.append(worked)
        return worked

    def program(self) -> Machine:
        """The person's machine, now and then its other browser."""
        person = self.person
        if self.day < person.machine_change and self.dice.random() < person.browser_share:
            return person.browser
        return self.machine

    def _staying(
        self,
        start: int,
        end: int,
        machine: Machine,
        addresses: Sequence[tuple[int, str]],
        device: str,
        mishaps: bool,
        pace: float | None,
        pauses: Sequence[tuple[int, int]],
    ) -> list[Act]:
        person = self.person
        days = person.tenant.stays
        period = (self.day + person.number) // days
        words = (person.uid, device, machine.family, machine.system, period)
        first = max(period * days - person.number, person.first_day)
        resumes = self._is_used(device, machine, first)
        before = [] if resumes else self._before(start, machine, addresses, mishaps)
        session = session_uid(self.world, *words)
        acts = sit(
            self.dice,
            person,
            session,
            start,
            end,
            machine,
            addresses,
            closes=0.03,
            pace=pace,
            resumes=resumes,
            pauses=pauses,
        )
        return before + acts

    def _is_used(self, device: str, machine: Machine, first: int) -> bool:
        """Whether one signed in on it already, today or since that day."""
        name = f"{device}/{machine.family}/{machine.system}"
        if name in self._used:
            return True
        self._used.add(name)
        person = self.person
        for changed in (person.machine_change, person.phone_change):
            if self.day >= changed:
                first = max(first, changed)
        return any(is_at_work(self.world, person, day) for day in range(first, self.day))

    def _long_address(self, home: Home, device: str) -> str:
        network = home.long or home.network
        seed = self.world.seed
        line = dice(seed, "line", home.key, self.day // home.lease)
        return networks.long_address(
            line, dice(seed, "privacy", self.person.number, device, self.day), network
        )

    def _before(
        self,
        start: int,
        machine: Machine,
        addresses: Sequence[tuple[int, str]],
        mishaps: bool,
    ) -> list[Act]:
        if not mishaps:
            return []
        return self._mishaps(start, addresses[0][1], user_agent(machine, start))

    def _mishaps(self, start: int, ip: str, agent: str) -> list[Act]:
        person = self.person
        lot = self.dice.random()
        if lot < person.forgotten:
            return self._forgotten(start, ip, agent)
        if self._has_expired():
            return self._renewed(start, ip, agent)
        if lot < person.forgotten + person.slip:
            return self._slips(start, ip, agent, self.dice.choice((1, 1, 1, 2)))
        if person.mfa is not None and lot > 1.0 - person.unanswered:
            return self._unanswered(start, ip, agent, person.mfa)
        if self._has_a_new_factor() and not self._has_enrolled:
            self._has_enrolled = True
            moment = start - round(self.dice.uniform(20, 300) * SECOND)
            return [Act(moment, person, FACTOR_ENABLE, None, None, ip, agent, change=True)]
        return []

    def _slips(self, start: int, ip: str, agent: str, times: int) -> list[Act]:
        """Wrong passwords, and now and then a wrong name."""
        person = self.person
        acts = slip(self.dice, person, start, ip, agent, times)
        if acts and self.dice.random() < self.world.parameters.misspelt:
            cut = self.dice.randrange(1, len(person.name))
            wrong = person.name[: cut - 1] + person.name[cut:]
            tenant = person.tenant.uid
            acts[0] = acts[0]._replace(person=None, detail=UNKNOWN_USER, name=wrong, tenant=tenant)
        return acts

    def _unanswered(self, start: int, ip: str, agent: str, method: str) -> list[Act]:
        """The telephone is elsewhere: one request runs out, or a few, or is refused by mistake."""
        moment, acts = start, []
        for _ in range(self.dice.choice((1, 1, 1, 2, 3))):
            moment -= round(self.dice.uniform(35, 90) * SECOND)
            detail = MFA_TIMEOUT if self.dice.random() < 0.85 else MFA_DENIED
            acts.append(Act(moment, self.person, LOGON, detail, None, ip, agent, True, method))
        return acts[::-1]

    def _renewed(self, start: int, ip: str, agent: str) -> list[Act]:
        """The password has run out: some fail first, some choose a new one."""
        person, tenant = self.person, self.person.tenant
        acts: list[Act] = []
        end = start
        if self.dice.random() < tenant.renewed:
            end = start - round(self.dice.uniform(20, 120) * SECOND)
            acts.append(Act(end, person, PASSWORD_RESET, None, None, ip, agent, change=True))
        if self.dice.random() < tenant.expired:
            acts = [*self._slips(end, ip, agent, self.dice.randint(2, 4)), *acts]
        return acts

    def _has_a_new_factor(self) -> bool:
        """Whether a telephone, or the account, is new since the last day of work."""
        person = self.person
        if person.mfa not in {"totp", "push", "sms"}:
            return False
        return any(
            since <= self.day <= since + 30
            and not any(is_at_work(self.world, person, day) for day in range(since, self.day))
            for since in (person.phone_change, person.first_day)
        )

    def _has_expired(self) -> bool:
        week = (self.day + 3) // 7
        due = week % self.person.tenant.expiry_weeks == 0
        return due and weekday(self.day) == 0

    def _forgotten(self, start: int, ip: str, agent: str) -> list[Act]:
        """Tries, perhaps a lock, then a new password a while before `start`."""
        person = self.person
        reset = start - round(self.dice.uniform(20, 90) * SECOND)
        tries = self.dice.randint(2, _FAILURES_TO_LOCK + 2)
        end = reset - round(self.dice.uniform(1, 6) * MINUTE)
        acts = slip(self.dice, person, end, ip, agent, tries)
        told = [
            act._replace(detail=LOCKED if n >= _FAILURES_TO_LOCK else BAD_PASSWORD)
            for n, act in enumerate(acts)
        ]
        change = Act(reset, person, PASSWORD_RESET, None, None, ip, agent, change=True)
        return [*told, change]


def _free(moment: int, pauses: Sequence[tuple[int, int]]) -> int:
    """From when on after a time (ms) one is not busy elsewhere: one does not sign on before."""
    for since, until in sorted(pauses):
        if since <= moment < until:
            moment = until
    return moment


def is_at_work(world: World, person: Person, day: int) -> bool:
    """Whether a person works on a day: not before the first, on leave, or when away."""
    if not person.first_day <= day <= person.last_day:
        return False
    if any(first <= day <= last for first, last in person.leaves):
        return False
    often = person.week[weekday(day)]
    return often > 0 and dice(world.seed, "off", person.number, day).random() < often


def office_address(world: World, site: Site, day: int, seat: int) -> str:
    """The address that a workstation's traffic leaves a floor by on a day, at first."""
    if site.exits:
        return dice(world.seed, "exit", site.exits[0], day, seat).choice(site.exits)
    if dice(world.seed, "outage", site.addresses[0], day).random() < site.outages:
        return site.backup
    return site.addresses[1] if len(site.addresses) > 1 and seat % 7 == 0 else site.addresses[0]


def by_gateway(
    rng: Random, site: Site, start: int, end: int, addresses: Sequence[tuple[int, str]]
) -> Sequence[tuple[int, str]]:
    """The same by one exit of the company's provider after the other, where it has one."""
    ip = current(addresses, start)
    is_at_work = ip in site.exits
    if not site.exits or not (is_at_work or site.gateway_at_home):
        return addresses
    track = [(start, ip if is_at_work else rng.choice(site.exits))]
    moment = start + round(rng.expovariate(1 / site.hops) * HOUR)
    while moment < end:
        track.append((moment, rng.choice(site.exits)))
        moment += MINUTE + round(rng.expovariate(1 / site.hops) * HOUR)
    return track


def residence(person: Person, day: int) -> Home:
    """Where a person lives on a day."""
    return person.home if day < person.move_day else person.next_home


def line_address(world: World, home: Home, day: int) -> str:
    """The IPv4 address that a line has on a day."""
    return networks.address(dice(world.seed, "lease", home.key, day // home.lease), home.network)


def home_address(world: World, person: Person, day: int) -> str:
    """The IPv4 address that a person's home has on a day."""
    return line_address(world, residence(person, day), day)
