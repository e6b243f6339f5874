"""One day of one person: its dice, its hours, and what may go wrong at the login page."""

from collections.abc import Sequence
from functools import cached_property

from detectors.core.event import MINUTE, SECOND
from monitor.simulation import networks
from monitor.simulation.acts import (
    BAD_PASSWORD,
    LOCKED,
    LOGON,
    MFA_TIMEOUT,
    PASSWORD_RESET,
    Act,
    session_uid,
    sit,
    slip,
)
from monitor.simulation.agents import Machine, user_agent
from monitor.simulation.calendar import local, weekday
from monitor.simulation.chance import dice
from monitor.simulation.world import Person, World

_FAILURES_TO_LOCK = 5


class Day:
    """A local day of a person, counted from 1970. Holds no state but its dice."""

    def __init__(self, world: World, person: Person, day: int) -> None:
        self.world = world
        self.person = person
        self.day = day
        self.dice = dice(world.seed, "day", person.number, day)
        self._sessions = 0

    @property
    def is_weekend(self) -> bool:
        """Whether it is Saturday or Sunday."""
        return weekday(self.day) >= 5

    def is_off(self) -> bool:
        """Whether the person does not work; weekends have little staff."""
        share = 0.85 if self.is_weekend else self.person.absent
        return self.dice.random() < share

    def at(self, minute: float) -> int:
        """The time (ms) at a minute of the local day."""
        return local(self.person.site.zone, self.day, minute)

    def begin(self, minute: float) -> int:
        """About that minute, as punctual as the person is (ms)."""
        return self.at(minute + self.person.habit + self.dice.gauss(0.0, 5.0))

    @cached_property
    def machine(self) -> Machine:
        """The person's own machine on this day."""
        person = self.person
        return person.machine if self.day < person.machine_change else person.next_machine

    def home(self, days_later: int = 0) -> str:
        """The address at home, which its provider changes every `lease` days."""
        return home_address(self.world, self.person, self.day + days_later)

    def office(self, seat: int) -> str:
        """The address that a workstation's traffic leaves the office by."""
        addresses = self.person.site.addresses
        return addresses[1] if len(addresses) > 1 and seat % 7 == 0 else addresses[0]

    def sitting(
        self,
        start: int,
        end: int,
        machine: Machine,
        addresses: Sequence[tuple[int, str]],
        *,
        closes: float = 0.7,
        mishaps: bool = True,
        pace: float | None = None,
    ) -> list[Act]:
        """A session (times in ms), with whatever went wrong before it."""
        self._sessions += 1
        session = session_uid(self.world, self.person.uid, self.day, self._sessions)
        ip = addresses[0][1]
        agent = user_agent(machine, start)
        before = self._mishaps(start, ip, agent) if mishaps else []
        acts = sit(
            self.dice,
            self.person,
            session,
            start,
            end,
            machine,
            addresses,
            closes=closes,
            pace=pace,
        )
        return before + acts

    def _mishaps(self, start: int, ip: str, agent: str) -> list[Act]:
        drawn = self.world.parameters
        lot = self.dice.random()
        if lot < drawn.forgotten:
            return self._forgotten(start, ip, agent)
        if self._has_expired() and self.dice.random() < drawn.expired:
            return slip(self.dice, self.person, start, ip, agent, self.dice.randint(2, 4))
        if lot < drawn.forgotten + drawn.slip:
            return slip(self.dice, self.person, start, ip, agent, self.dice.choice((1, 1, 1, 2)))
        if self.person.mfa is not None and lot > 0.99:
            moment = start - round(self.dice.uniform(35, 70) * SECOND)
            timeout = Act(
                moment, self.person, LOGON, MFA_TIMEOUT, None, ip, agent, True, self.person.mfa
            )
            return [timeout]
        return []

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


def home_address(world: World, person: Person, day: int) -> str:
    """The address that a person's home has on a day."""
    lot = dice(world.seed, "lease", person.number, day // person.lease)
    return networks.address(lot, person.home)
