"""Where a misdeed happens: whom it is done to, when, and how much of a hurry it is in."""

from collections.abc import Callable, Sequence

from msgspec import Struct

from detectors.core.event import DAY, HOUR, MINUTE, SECOND
from monitor.simulation import networks
from monitor.simulation.acts import Act, Sitting, session_uid, sit, sittings
from monitor.simulation.agents import Machine, other_than, own_machine, user_agent
from monitor.simulation.calendar import day_of
from monitor.simulation.chance import dice
from monitor.simulation.lives import live
from monitor.simulation.lives.day import home_address
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
)
"""Where those live who have no business with the account."""
_HURRY = 25.0
_LIKE_ANY = 0.25
"""So many strangers do not happen to have another machine: they have any."""
_ON_A_FLOOR = frozenset({"agent", "night_agent", "supervisor"})
_LOOK_AHEAD = 21


class Scene:
    """One misdeed's circumstances. `id` marks its acts; `start` and `until` are times in ms.

    In a hurry everything happens within minutes from `start`, the owner's own part included,
    which `staged` then holds.
    """

    def __init__(
        self, world: World, person: Person, identifier: str, start: int, until: int, hurry: bool
    ) -> None:
        self.world = world
        self.person = person
        self.id = identifier
        self.start = start
        self.until = until
        self.hurry = hurry
        self.dice = dice(world.seed, "misdeed", identifier)
        self.staged: list[Act] = []
        self._sessions = 0

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
        return session_uid(self.world, self.id, self._sessions)

    def stranger(self, kind: str, site: str) -> tuple[Range, str, Machine]:
        """A network at a place, an address in it, and a machine, most often unlike the owner's."""
        network = networks.network(self.dice, kind, site)
        is_like_any = self.dice.random() < _LIKE_ANY
        machine = own_machine(self.dice) if is_like_any else self.other_machine()
        return network, networks.address(self.dice, network), machine

    def other_machine(self) -> Machine:
        """A machine unlike all that the owner works with."""
        person = self.person
        desks = person.site.workstations if person.persona in _ON_A_FLOOR else ()
        return other_than(self.dice, person.machine, person.next_machine, *desks)

    def far_away(self, km: float, candidates: Sequence[str]) -> str:
        """One of these places that is at least so far from the owner's home."""
        home = self.person.home
        far = [
            city
            for city in candidates
            if networks.distance_km(home, networks.ranges("fixed", city)[0]) >= km
        ]
        return self.dice.choice(far)

    def working(self, days: int) -> list[Sitting]:
        """The owner's longest session on each of the next so many working days.

        In a hurry one that began just before `start`, at home.
        """
        if self.hurry:
            return [self._at_home()]
        found: list[Sitting] = []
        first = day_of(self.start)
        for day in range(first, first + _LOOK_AHEAD):
            whole = [
                s
                for s in sittings(live(self.world, self.person, day))
                if s.start >= self.start and s.end - s.start >= 2 * HOUR and s.end < self.until
            ]
            if whole:
                found.append(max(whole, key=lambda s: s.end - s.start))
            if len(found) == days:
                break
        return found

    def use(
        self,
        start: int,
        end: int,
        machine: Machine,
        ip: str,
        *,
        mfa: bool | None = None,
        closes: float = 0.6,
        pace: float = 8.0,
    ) -> list[Act]:
        """Somebody else's session on the owner's account (times in ms)."""
        return sit(
            self.dice,
            self.person,
            self.session(),
            start,
            end,
            machine,
            [(start, ip)],
            mfa=mfa,
            closes=closes,
            pace=self.pace(pace),
            cause=self.id,
        )

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


def _anybody(_person: Person) -> bool:
    return True


class Strategy(Struct, frozen=True):
    """One way of doing it: `act` gives the acts, empty when the circumstances do not allow it.

    `suits` says whom it can be done to. `minor`: nobody would call a reviewer for it.
    """

    name: str
    act: Callable[[Scene], list[Act]]
    suits: Callable[[Person], bool] = _anybody
    minor: bool = False
