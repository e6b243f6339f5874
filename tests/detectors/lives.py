"""Lives of accounts drawn from ranges: honest ones in many variants, and ones taken over."""

from collections.abc import Callable
from random import Random
from typing import NamedTuple

from detectors.core.event import (
    DAY,
    HOUR,
    MINUTE,
    SECOND,
    AccountChange,
    Activity,
    Change,
    Event,
    FailureReason,
    Outcome,
    SignIn,
)
from detectors.core.identity import timed_id
from detectors.core.place import Device, Form, Network, NetworkKind, Place
from tests.detectors.story import MONDAY

DAYS = 26
CITIES = {
    "FR": (("Paris", 48.85, 2.35), ("Lyon", 45.76, 4.84), ("Lille", 50.63, 3.06),
           ("Toulouse", 43.60, 1.44), ("Nantes", 47.22, -1.55), ("Marseille", 43.30, 5.37)),
    "MA": (("Casablanca", 33.57, -7.59), ("Rabat", 34.02, -6.83), ("Fes", 34.03, -5.0)),
    "MG": (("Antananarivo", -18.88, 47.51), ("Toamasina", -18.15, 49.40),
           ("Mahajanga", -15.72, 46.32)),
}  # fmt: skip
PROVIDERS = {
    "FR": (3215, 12322, 15557, 5410),
    "MA": (36903, 36925, 6713),
    "MG": (37054, 37608, 21042),
}
CARRIERS = {"FR": (20810, 51207), "MA": (36884, 36926), "MG": (37303, 37037)}
ABROAD = (
    ("RU", "Moscow", 55.75, 37.62, 12389), ("NG", "Lagos", 6.45, 3.40, 29465),
    ("US", "Chicago", 41.88, -87.63, 7922), ("BR", "Sao Paulo", -23.55, -46.63, 27699),
    ("VN", "Hanoi", 21.03, 105.85, 45899), ("ES", "Madrid", 40.42, -3.70, 3352),
    ("RO", "Bucharest", 44.43, 26.10, 8708), ("IN", "Mumbai", 19.08, 72.88, 55836),
    ("GB", "London", 51.51, -0.13, 2856), ("SN", "Dakar", 14.69, -17.44, 8346),
)  # fmt: skip
HOSTS = ((16276, "FR", 50.69, 3.17), (14061, "NL", 52.37, 4.90), (24940, "DE", 49.45, 11.08))
VPNS = ((9009, "NL", 52.37, 4.90), (212238, "CH", 47.37, 8.54), (60068, "FR", 48.85, 2.35))
COMPUTERS = (
    ("Chrome", "Windows", 50), ("Edge", "Windows", 24), ("Firefox", "Windows", 10),
    ("Safari", "Mac OS X", 9), ("Chrome", "Mac OS X", 7), ("Firefox", "Linux", 4),
)  # fmt: skip
PHONES = (("Chrome", "Android", 60), ("Safari", "iOS", 40))


class Spot(NamedTuple):
    """An address with what is known of it."""

    ip: str
    place: Place | None
    network: Network


class Machine(NamedTuple):
    """A device and the version that its program has on day 0."""

    device: Device
    version: int

    def agent(self, day: int) -> str:
        """What it calls itself on a day: a version more every four weeks."""
        version = self.version + (day + self.version * 7) // 28
        return f"Mozilla/5.0 ({self.device.os}) Like Gecko Chrome/{version}.0.0.0"


class Told(NamedTuple):
    """An account's events; when a stranger began, and what an incident of it is called."""

    events: list[Event]
    start: int | None = None
    category: str = ""


class Life:
    """One account: who it is drawn to be, and what is told of it."""

    def __init__(self, rng: Random, **fixed: object) -> None:
        self.rng = rng
        self.events: list[Event] = []
        self.country = str(fixed.get("country", rng.choice(("FR", "FR", "MA", "MG"))))
        self.office = self.line()
        self.home = self.line(other_than=self.office)
        self.carrier = self.mobile()
        self.computer = self.machine()
        self.own = self.machine()
        self.phone = self.machine(PHONES)
        self.begin = rng.choice((5, 6, 7, 8, 9, 12, 13)) * 60 + rng.randrange(60)
        self.length = rng.randrange(360, 540)
        self.mfa = rng.choice((None, None, None, True))
        self.pace = rng.uniform(4, 14)
        self.signs_off = rng.random()
        self.has_phone = rng.random() < 0.4
        self.works_at_home = rng.random() < 0.3
        self._sessions = 0

    # Where and with what.
    def address(self) -> str:
        """An address of documentation, or of nobody."""
        return (
            f"198.{self.rng.randrange(18, 20)}.{self.rng.randrange(256)}.{self.rng.randrange(256)}"
        )

    def line(self, other_than: Spot | None = None, country: str | None = None) -> Spot:
        """A fixed line in the account's country, of another provider if so asked."""
        country = country or self.country
        providers = [
            asn for asn in PROVIDERS[country] if other_than is None or asn != other_than.network.asn
        ]
        city, latitude, longitude = self.rng.choice(CITIES[country])
        place = Place(country, None, city, latitude, longitude, 20.0)
        asn = self.rng.choice(providers)
        return Spot(self.address(), place, Network(asn, f"ISP {asn}", NetworkKind.FIXED))

    def same_provider_elsewhere(self) -> Spot:
        """A fixed line of the owner's own provider in another city."""
        taken = {self.home.place, self.office.place}
        places = [
            Place(self.country, None, city, latitude, longitude, 20.0)
            for city, latitude, longitude in CITIES[self.country]
        ]
        free = [place for place in places if place not in taken]
        return Spot(self.address(), self.rng.choice(free), self.home.network)

    def mobile(self, country: str | None = None) -> Spot:
        """A mobile network, which surfaces in the capital."""
        country = country or self.country
        city, latitude, longitude = CITIES[country][0]
        asn = self.rng.choice(CARRIERS[country])
        place = Place(country, None, city, latitude, longitude, 100.0)
        return Spot(self.address(), place, Network(asn, f"Mobile {asn}", NetworkKind.MOBILE))

    def abroad(self) -> Spot:
        """A home in a country that the account has nothing to do with."""
        country, city, latitude, longitude, asn = self.rng.choice(ABROAD)
        place = Place(country, None, city, latitude, longitude, 20.0)
        return Spot(self.address(), place, Network(asn, f"ISP {asn}", NetworkKind.FIXED))

    def hidden(self, kind: NetworkKind) -> Spot:
        """A server, a VPN, a relay or a Tor exit."""
        asn, country, latitude, longitude = self.rng.choice(
            VPNS if kind is NetworkKind.VPN else HOSTS
        )
        place = Place(country, None, None, latitude, longitude, 50.0)
        if kind in (NetworkKind.RELAY, NetworkKind.TOR):
            asn += 100_000
        return Spot(self.address(), place, Network(asn, f"Host {asn}", kind))

    def machine(
        self,
        among: tuple[tuple[str, str, int], ...] = COMPUTERS,
        other_than: tuple[Machine, ...] = (),
    ) -> Machine:
        """A computer or a phone, as common as it is."""
        taken = {machine.device.fingerprint for machine in other_than}
        free = [(f, o, w) for f, o, w in among if f"{f}-{o}" not in taken]
        family, os, _ = self.rng.choices(free, [w for _, _, w in free])[0]
        form = Form.PHONE if among is PHONES else Form.DESKTOP
        return Machine(Device(f"{family}-{os}", family, os, form), self.rng.randrange(128, 134))

    def stranger(self) -> Machine:
        """A computer unlike the owner's."""
        return self.machine(other_than=(self.computer, self.own))

    # What happens.
    def at(self, day: int, minute: float) -> int:
        """Event time in ms."""
        return MONDAY + day * DAY + round(minute * MINUTE)

    def tell(
        self,
        time: int,
        spot: Spot,
        machine: Machine | None,
        session: str | None,
        activity: Activity = Activity.OTHER,
        reason: FailureReason | None = None,
        mfa: bool | None = None,
    ) -> None:
        """One event."""
        device = machine.device if machine else None
        self.events.append(
            SignIn(
                id=timed_id(time, "life", str(len(self.events))),
                time=time,
                tenant="t",
                account="a",
                activity=activity,
                outcome=Outcome.SUCCESS if reason is None else Outcome.FAILURE,
                failure_reason=reason,
                session=session,
                ip=spot.ip,
                user_agent=machine.agent((time - MONDAY) // DAY) if machine else None,
                mfa=mfa,
                place=spot.place,
                network=spot.network,
                device=device,
            )
        )

    def change(self, time: int, spot: Spot, machine: Machine | None, change: Change) -> None:
        """A change to the account, from an address."""
        self.events.append(
            AccountChange(
                id=timed_id(time, "life", str(len(self.events))),
                time=time,
                tenant="t",
                account="a",
                change=change,
                ip=spot.ip,
                place=spot.place,
                network=spot.network,
                device=machine.device if machine else None,
            )
        )

    def session(self) -> str:
        """The id of a new session."""
        self._sessions += 1
        return f"s{self._sessions}"

    def sit(
        self,
        start: int,
        end: int,
        spot: Spot,
        machine: Machine | None,
        pace: float | None = None,
        mfa: bool | None = None,
        moves: tuple[tuple[int, Spot], ...] = (),
    ) -> str:
        """A session: a sign-on, then activity at a person's pace; moves to other addresses."""
        session = self.session()
        mean = pace or self.pace
        self.tell(
            start, spot, machine, session, Activity.LOGON, mfa=self.mfa if mfa is None else mfa
        )
        time = start
        while True:
            time += SECOND * 5 + round(self.rng.expovariate(1 / mean) * MINUTE)
            if time > end:
                break
            here = spot
            for since, other in moves:
                here = other if time >= since else here
            activity = Activity.REFRESH if self.rng.random() < 0.1 else Activity.OTHER
            self.tell(time, here, machine, session, activity)
        if self.rng.random() < self.signs_off:
            self.tell(time, spot, machine, session, Activity.LOGOFF)
        return session

    def fail(self, time: int, spot: Spot, machine: Machine | None, count: int) -> None:
        """Wrong passwords just before a time."""
        for number in range(count):
            before = (count - number) * round(self.rng.uniform(6, 25) * SECOND)
            self.tell(
                time - before, spot, machine, None, Activity.LOGON, FailureReason.BAD_PASSWORD
            )

    def is_working(self, day: int) -> bool:
        """Whether the owner works on this day."""
        return day % 7 < 5

    def day(self, day: int, spot: Spot | None = None, machine: Machine | None = None) -> None:
        """A working day at the office or at home, and perhaps a look from the phone."""
        rng = self.rng
        home = spot is None and self.works_at_home and day % 7 in (1, 4)
        spot = spot or (self.home if home else self.office)
        machine = machine or (self.own if home else self.computer)
        start = self.at(day, self.begin + rng.gauss(0, 9))
        if rng.random() < 0.08:
            self.fail(start, spot, machine, rng.choice((1, 1, 2, 3)))
        noon = start + round(self.length * rng.uniform(0.4, 0.55) * MINUTE)
        end = start + self.length * MINUTE
        self.sit(start, noon, spot, machine)
        self.sit(noon + 45 * MINUTE, end, spot, machine)
        if self.has_phone and rng.random() < 0.5:
            look = rng.choice((start - HOUR, noon + 10 * MINUTE, end + HOUR))
            where = self.home if rng.random() < 0.4 else self.carrier
            self.sit(look, look + 6 * MINUTE, where, self.phone, 2)

    def live(self, days: range | None = None, but: tuple[int, ...] = ()) -> "Life":
        """Ordinary working days."""
        for day in days or range(DAYS):
            if self.is_working(day) and day not in but:
                self.day(day)
        return self

    def in_the_shift(self, day: int, low: float = 0.1, high: float = 0.6) -> int:
        """A time on a day while the owner works."""
        return self.at(day, self.begin + self.length * self.rng.uniform(low, high))

    def weekday(self, low: int = 11, high: int = 24) -> int:
        """A working day some way into the log."""
        return self.rng.choice([day for day in range(low, high) if day % 7 < 5])

    def told(self, start: int | None = None, category: str = "") -> Told:
        """All events in order."""
        return Told(sorted(self.events, key=lambda event: event.id), start, category)


Draw = Callable[[Random], Told]
HONEST: dict[str, Draw] = {}
TAKEN: dict[str, Draw] = {}


def honest(draw: Draw) -> Draw:
    """Register an honest variant."""
    HONEST[draw.__name__] = draw
    return draw


def taken(draw: Draw) -> Draw:
    """Register a way of taking over."""
    TAKEN[draw.__name__] = draw
    return draw
