"""Where a misdeed happens: whom it is done to, when, and how much of a hurry it is in."""

from collections.abc import Callable, Sequence

from msgspec import Struct

from detectors.core.event import DAY, HOUR, MINUTE, SECOND
from monitor.simulation import networks
from monitor.simulation.acts import Act, Sitting, session_uid, sit, sittings, stretches
from monitor.simulation.agents import Machine, office_machine, other_than, own_machine, user_agent
from monitor.simulation.calendar import day_of
from monitor.simulation.chance import dice
from monitor.simulation.lives import live
from monitor.simulation.lives.day import by_gateway, home_address, office_address, residence
from monitor.simulation.lives.persona import FLOOR
from monitor.simulation.parameters import Span
from monitor.simulation.survey import Range
from monitor.simulation.world import Person, World

ABROAD = (
    "Lagos",
    "Moscow",
    "Hanoi",
    "Ho Chi Minh City",
    "Sao Paulo",
    "Rio de Janeiro",
    "Jakarta",
    "New Delhi",
    "Mumbai",
    "Kyiv",
    "Abidjan",
    "Bucharest",
    "Algiers",
    "Chicago",
    "Boston",
    "Warsaw",
    "Milan",
)
"""Where those live who have no business with the account."""
_HURRY = 25.0
_LIKE_ANY = 0.25
"""So many strangers do not happen to have another machine: they have any."""
_LOOK_AHEAD = 45
_TIRED = 0.25
"""So many sign off for breaks where it is not the custom."""
_OFTEN = 3
_LONGEST_BREAK = 80 * MINUTE
_LEASES = (1, 2, 7, 14, 60, 365)


class Partner(Struct, frozen=True):
    """Somebody else who uses the account: where from, with what, and how.

    `ip` is his address now, which his provider changes every `lease` days; on the owner's floor he
    has a `seat`, and the floor's address. `closes` is the share
    of sessions that he ends by a log-off, `pace` his mean minutes between activities, `breaks` how
    many of a full day he signs off for.
    """

    key: str
    network: Range
    ip: str
    lease: int
    machine: Machine
    closes: float
    pace: float
    seat: int | None = None
    breaks: float = 0.0


class Part(Struct, frozen=True):
    """One side of a misdeed: the id that its acts have as their cause, and what it is called."""

    id: str
    behaviour: str


class Scene:
    """One misdeed's circumstances. `id` marks its acts; `start` and `until` are times in ms.

    In a hurry everything happens within minutes from `start`, the owner's own part included,
    which `staged` then holds. `concerned` are the numbers of those, besides the owner, whose
    accounts somebody gets into; nobody of the `taken` is to be among them.
    """

    def __init__(
        self,
        world: World,
        person: Person,
        identifier: str,
        start: int,
        until: int,
        hurry: bool,
        behaviour: str = "",
        taken: frozenset[int] = frozenset(),
    ) -> None:
        self.world = world
        self.person = person
        self.id = identifier
        self.start = start
        self.until = until
        self.hurry = hurry
        self.taken = taken
        self.dice = dice(world.seed, "misdeed", identifier, start)
        self.staged: list[Act] = []
        self.concerned: set[int] = set()
        self._parts = [Part(identifier, behaviour)]
        self._sessions = 0
        self._open: set[str] = set()

    def parts(self) -> tuple[Part, ...]:
        """The sides of the misdeed, the main one first."""
        return tuple(self._parts)

    def part(self, behaviour: str) -> str:
        """Another side of the misdeed, to be the cause of its acts."""
        part = Part(f"{self.id}+{behaviour}{len(self._parts)}", behaviour)
        self._parts.append(part)
        return part.id

    def draw(self, span: Span) -> float:
        """A number from a range."""
        return self.dice.uniform(*span)

    def minutes(self, span: Span) -> int:
        """So many minutes, drawn from a range, in ms; far fewer in a hurry."""
        return self.lasting(*span)

    def lasting(self, low: float, high: float) -> int:
        """So many minutes, drawn between two numbers, in ms; far fewer in a hurry."""
        minutes = self.dice.uniform(low, high)
        return max(20 * SECOND, round(minutes * MINUTE / (_HURRY if self.hurry else 1.0)))

    def times(self, low: int, high: int) -> int:
        """On how many days something is done again: once in a hurry."""
        return 1 if self.hurry else self.dice.randint(low, high)

    def pace(self, minutes: float) -> float:
        """Mean minutes between activities."""
        return minutes / (_HURRY if self.hurry else 1.0)

    def session(self) -> str:
        """The id of a new session."""
        self._sessions += 1
        return session_uid(self.world, self.id, self.start, self._sessions)

    def partner(self, kind: str, site: str, machine: Machine | None = None) -> Partner:
        """Somebody at a place, with a machine most often unlike the owner's unless one is given."""
        network, ip, own = self.stranger(kind, site)
        return self._partner(network, ip, own if machine is None else machine)

    def colleague(self, machine: Machine | None = None) -> Partner:
        """Somebody on the owner's floor, at another workstation or at the one given."""
        site = self.person.site
        desk = self.other_workstation() if machine is None else machine
        seat = self.dice.randrange(len(site.workstations))
        ip = office_address(self.world, site, day_of(self.start), seat)
        return self._partner(site.network, ip, desk, seat)

    def _partner(
        self, network: Range, ip: str, machine: Machine, seat: int | None = None
    ) -> Partner:
        rng = self.dice
        return Partner(
            f"{self.id}/{rng.random()}",
            network,
            ip,
            rng.choice(_LEASES),
            machine,
            min(1.0, max(0.0, self.person.tenant.closes + rng.gauss(0.0, 0.2))),
            rng.uniform(5.0, 25.0),
            seat,
            self._breaks(),
        )

    def _breaks(self) -> float:
        """For how many breaks a partner signs off: by habit, be it not the custom."""
        if not self.person.breaks and self.dice.random() >= _TIRED:
            return 0.0
        return self.draw(self.world.parameters.breaks)

    def address(self, partner: Partner, time: int) -> str:
        """The address that a partner's provider gives him at a time (ms)."""
        if partner.seat is not None:
            return office_address(self.world, self.person.site, day_of(time), partner.seat)
        lease = day_of(time) // partner.lease
        if lease == day_of(self.start) // partner.lease:
            return partner.ip
        return networks.address(dice(self.world.seed, partner.key, lease), partner.network)

    def stranger(self, kind: str, site: str) -> tuple[Range, str, Machine]:
        """A network at a place, an address in it, and a machine, most often unlike the owner's."""
        network = networks.network(self.dice, kind, site)
        is_like_any = self.dice.random() < _LIKE_ANY
        machine = own_machine(self.dice) if is_like_any else self.other_machine()
        return network, networks.address(self.dice, network), machine

    def other_machine(self) -> Machine:
        """A machine unlike all that the owner works with."""
        person = self.person
        desks = person.site.workstations if person.place == FLOOR else ()
        return other_than(self.dice, person.machine, person.next_machine, *desks)

    def other_workstation(self) -> Machine:
        """A workstation unlike those that the owner sits at, or a laptop on the floor."""
        person = self.person
        taken = {(m.family, m.system) for m in person.site.workstations}
        for _ in range(8):
            machine = office_machine(self.dice)
            if (machine.family, machine.system) not in taken:
                return machine
        return self.other_machine()

    def machine_of(self, sitting: Sitting) -> Machine:
        """The machine that the owner had in a session of his."""
        person = self.person
        known = (
            *person.site.workstations,
            person.machine,
            person.next_machine,
            person.browser,
            person.phone,
            person.next_phone,
        )
        for machine in known:
            if sitting.agent in {user_agent(machine, sitting.end), user_agent(machine, self.start)}:
                return machine
        return person.machine

    def far_away(self, km: float, candidates: Sequence[str]) -> str:
        """One of these places that is at least so far from the owner's home, or the farthest."""
        home = residence(self.person, day_of(self.start)).network
        apart = {c: networks.distance_km(home, networks.ranges("fixed", c)[0]) for c in candidates}
        far = [city for city in candidates if apart[city] >= km]
        return self.dice.choice(far) if far else max(apart, key=lambda city: apart[city])

    def in_the_country(self) -> list[str]:
        """The other cities of the owner's country."""
        home = self.person.site
        country = networks.ranges("fixed", home.city)[0].country
        return [
            place
            for place in networks.places("fixed")
            if place != home.city and networks.ranges("fixed", place)[0].country == country
        ]

    def working(self, days: int, *, whole_days: bool = False) -> list[Sitting]:
        """The owner's longest session on each of the next so many working days.

        For `whole_days` those between breaks are one, which is called as the last. In a hurry one
        that began just before `start`, at home.
        """
        if self.hurry:
            return [self._at_home()]
        found: list[Sitting] = []
        first = day_of(self.start)
        for day in range(first, min(first + _LOOK_AHEAD, day_of(self.until) + 1)):
            worked = sittings(live(self.world, self.person, day))
            if whole_days and self.person.breaks:
                worked = _in_one(self.person, worked)
            whole = [
                s
                for s in worked
                if s.start >= self.start and s.end - s.start >= 2 * HOUR and s.end < self.until
            ]
            if whole:
                found.append(max(whole, key=lambda s: s.end - s.start))
            if len(found) == days:
                break
        return found

    def some(self, days: int, share: float) -> list[Sitting]:
        """The owner's sessions of a share of the next so many working days.

        At least three, for what happens once or twice is a loan, and none where there are not so
        many; fewer in a world that ends within days.
        """
        least = max(1, min(_OFTEN, (self.until - self.start) // (2 * DAY)))
        found = self.working(days, whole_days=True)
        if self.hurry:
            return found
        kept = [sitting for sitting in found if self.dice.random() < share]
        if len(kept) < least:
            kept = found[:least]
        return kept if len(kept) >= least else []

    def use(
        self,
        start: int,
        end: int,
        machine: Machine,
        ip: str,
        *,
        person: Person | None = None,
        mfa: bool | None = None,
        closes: float = 0.6,
        pace: float = 8.0,
        cause: str | None = None,
    ) -> list[Act]:
        """Somebody else's session on the owner's account, or on another's (times in ms)."""
        return sit(
            self.dice,
            self.person if person is None else person,
            self.session(),
            start,
            end,
            machine,
            self._ways(start, end, ip),
            mfa=mfa,
            closes=closes,
            pace=self.pace(pace),
            cause=self.id if cause is None else cause,
        )

    def visit(self, partner: Partner, start: int, end: int, ip: str | None = None) -> list[Act]:
        """A partner's work on the account from `start` to `end` (ms).

        It takes as many sessions as the tenant's lifetime asks for, or as the partner's breaks do,
        and goes on in an open one where one stays signed in for days.
        """
        tenant = self.person.tenant
        where = self.address(partner, start) if ip is None else ip
        acts: list[Act] = []
        if partner.breaks and not self.hurry:
            for since, until in stretches(self.dice, start, end, partner.breaks):
                acts += self.use(
                    since, until, partner.machine, where, closes=partner.closes, pace=partner.pace
                )
            return acts
        if tenant.stays and not self.hurry:
            return self._stay(partner, start, end, where)
        while start < end:
            until = min(end, start + tenant.session)
            if end - until < 5 * MINUTE:
                until = end
            acts += self.use(
                start,
                until,
                partner.machine,
                where,
                closes=partner.closes if until == end else 0.0,
                pace=partner.pace,
            )
            start = until + self.lasting(0.1, 1.5)
        return acts

    def _stay(self, partner: Partner, start: int, end: int, ip: str) -> list[Act]:
        days = self.person.tenant.stays
        name = f"{partner.key}/{day_of(start) // days}"
        resumes = name in self._open
        self._open.add(name)
        return sit(
            self.dice,
            self.person,
            session_uid(self.world, name),
            start,
            end,
            partner.machine,
            self._ways(start, end, ip),
            closes=0.03,
            pace=partner.pace,
            cause=self.id,
            resumes=resumes,
        )

    def _ways(self, start: int, end: int, ip: str) -> Sequence[tuple[int, str]]:
        """From when by which address one who begins at an address works on."""
        where = [(start, ip)]
        site = self.person.site
        return by_gateway(self.dice, site, start, end, where) if ip in site.exits else where

    def _at_home(self) -> Sitting:
        start = self.start - 30 * SECOND
        end = self.start + 5 * MINUTE
        ip = home_address(self.world, self.person, self.start // DAY)
        session = session_uid(self.world, self.id, "owner")
        machine = self.person.machine
        self.staged = sit(
            self.dice,
            self.person,
            session,
            start,
            end,
            machine,
            [(start, ip)],
            closes=0.0,
            pace=0.7,
        )
        return Sitting(session, start, end, ip, user_agent(machine, start), False)


def _in_one(person: Person, worked: Sequence[Sitting]) -> list[Sitting]:
    """The sessions between breaks on one machine in one place, as one."""
    exits = person.site.exits
    found: dict[tuple[str, str], list[Sitting]] = {}
    for sitting in worked:
        known = found.setdefault(("" if sitting.ip in exits else sitting.ip, sitting.agent), [])
        if known and sitting.start - known[-1].end < _LONGEST_BREAK:
            known[-1] = sitting._replace(start=known[-1].start)
        else:
            known.append(sitting)
    return [sitting for known in found.values() for sitting in known]


def _anybody(_person: Person) -> bool:
    return True


class Strategy(Struct, frozen=True):
    """One way of doing it: `act` gives the acts, empty when the circumstances do not allow it.

    `suits` says whom it can be done to. `minor`: nobody would call a reviewer for it, nor for what
    was done on fewer than `least_days` UTC days. One that is
    `held_back` is for reporting on, and never for tuning or training. `begins` is the part of the
    time watched in which it begins (0 to 1).
    """

    name: str
    act: Callable[[Scene], list[Act]]
    suits: Callable[[Person], bool] = _anybody
    minor: bool = False
    held_back: bool = False
    least_days: int = 1
    begins: Span = (0.35, 0.9)
