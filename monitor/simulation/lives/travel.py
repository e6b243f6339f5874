"""Travellers: no faster than trains and aircraft are, with a telephone that roams."""

from random import Random
from typing import NamedTuple

from detectors.core.event import HOUR, MINUTE
from monitor.simulation import agents, networks
from monitor.simulation.acts import Act
from monitor.simulation.calendar import weekday
from monitor.simulation.chance import dice
from monitor.simulation.lives.day import Day
from monitor.simulation.lives.persona import ROAD, Persona
from monitor.simulation.survey import Range

TRAIN_KM_H = 160.0
PLANE_KM_H = 650.0
BY_TRAIN_KM = 800.0
AIRPORTS = 3 * HOUR
_DESTINATIONS = (
    "Paris",
    "Lyon",
    "London",
    "Madrid",
    "Barcelona",
    "Brussels",
    "Berlin",
    "Lisbon",
    "Casablanca",
    "Tunis",
    "Nantes",
    "Bordeaux",
    "Nice",
    "Montpellier",
    "Strasbourg",
    "Marrakesh",
    "Hammamet",
    "Milan",
    "Faro",
)


class Trip(NamedTuple):
    """Where a traveller goes in a week: out on one local day, back on another."""

    hotel: Range
    out: int
    back: int


def duration(km: float) -> int:
    """How long a journey takes, in ms: by train when near, else by plane with its airports."""
    if km < BY_TRAIN_KM:
        return round(km / TRAIN_KM_H * HOUR) + HOUR
    return round(km / PLANE_KM_H * HOUR) + AIRPORTS


def traveller_day(day: Day) -> list[Act]:
    """At home, on the way, at the other end or on the way back; the telephone roams all along."""
    if day.is_weekend or day.is_off():
        return []
    trip = _trip(day)
    if trip is None or not trip.out <= day.day <= trip.back:
        return _at_base(day) + _telephone(day, day.home())
    journey = duration(networks.distance_km(day.person.home.network, trip.hotel))
    wifi = networks.address(dice(day.world.seed, "hotel", day.person.number, trip.out), trip.hotel)
    if day.day == trip.out:
        arrival = day.at(450) + journey
        acts = _work(day, max(arrival, day.at(560)), day.at(1_130), wifi)
        return acts + _telephone(day, wifi if arrival < day.at(1_300) else None)
    if day.day == trip.back:
        leave = day.at(900)
        acts = _work(day, day.at(530), leave, wifi)
        home = leave + journey
        if home < day.at(1_320):
            acts += _work(day, home, home + 40 * MINUTE, day.home())
            return acts + _telephone(day, day.home())
        return acts + _telephone(day, None)
    return _work(day, day.at(530), day.at(1_120), wifi) + _telephone(day, wifi)


def nomad_day(day: Day) -> list[Act]:
    """Works from wherever he is for weeks: at home, then by the sea, travelling on a free day."""
    if day.is_weekend or day.is_off():
        return []
    rng = dice(day.world.seed, "nomad", day.person.number)
    begins = day.world.first_day + rng.randrange(2, 20)
    begins -= weekday(begins)
    weeks = rng.randint(1, 4)
    place = networks.network(rng, "fixed", rng.choice(_DESTINATIONS))
    if not begins <= day.day < begins + 7 * weeks:
        return _at_base(day)
    own_line = networks.address(rng, place)
    start, end = day.begin(560), day.at(1_100)
    cafes = [networks.address(day.dice, networks.network(day.dice, "fixed", place.site))]
    where = day.dice.choice([own_line, own_line, *cafes, day.road()])
    track = day.behind(start, end, [(start, where)])
    return day.sitting(start, end, day.program(), track, device="laptop")


def manager_day(day: Day) -> list[Act]:
    """A desktop in the office, and on trips and in the evening a laptop that is new one day."""
    if day.is_weekend or day.is_off():
        return []
    rng, site = day.dice, day.person.site
    usual = dice(day.world.seed, "manager", day.person.number)
    laptop = agents.own_machine(usual)
    since = day.world.first_day + usual.randrange(-20, 22)
    evenings = usual.uniform(0.0, 0.4)
    trip = _trip(day)
    if trip is not None and trip.out <= day.day <= trip.back and trip.out >= since:
        wifi = networks.address(
            dice(day.world.seed, "hotel", day.person.number, trip.out), trip.hotel
        )
        journey = duration(networks.distance_km(day.person.home.network, trip.hotel))
        start = max(day.at(450) + journey, day.at(560)) if day.day == trip.out else day.at(530)
        end = day.at(900) if day.day == trip.back else day.at(1_120)
        if start >= end:
            return []
        return day.sitting(start, end, laptop, [(start, wifi)], device="new laptop")
    seat = day.person.number % len(site.workstations)
    start, end = day.span(535, rng.uniform(7.5, 9.5) * 60)
    acts = day.sitting(start, end, site.workstations[seat], [(start, day.office(seat))])
    if day.day >= since and rng.random() < evenings:
        later = end + round(rng.uniform(1.0, 3.0) * HOUR)
        until = later + round(rng.uniform(10, 60) * MINUTE)
        track = day.at_home(later, until)
        acts += day.sitting(later, until, laptop, track, device="new laptop", mishaps=False)
    return acts


def _trip(day: Day) -> Trip | None:
    """This week's trip, if there is one."""
    monday = day.day - weekday(day.day)
    lot: Random = dice(day.world.seed, "trip", day.person.number, monday)
    if lot.random() < 0.35:
        return None
    away = [city for city in _DESTINATIONS if city != day.person.site.city]
    out = monday + lot.randrange(0, 3)
    hotel = networks.network(lot, "fixed", lot.choice(away))
    return Trip(hotel, out, out + lot.randint(1, 2))


def _at_base(day: Day) -> list[Act]:
    return _work(day, day.begin(540), day.at(1_080), day.home())


def _work(day: Day, start: int, end: int, ip: str) -> list[Act]:
    if start >= end:
        return []
    track = day.behind(start, end, [(start, ip)])
    return day.sitting(start, end, day.machine, track, device="laptop")


def _telephone(day: Day, wifi: str | None) -> list[Act]:
    """A few looks in the day through the home carrier, and one on Wi-Fi in the evening."""
    rng = day.dice
    road = day.road()
    start = day.at(470 + rng.uniform(0, 60))
    addresses = [(start, road)]
    if wifi is not None:
        addresses.append((day.at(1_330), wifi))
    end = day.at(1_350 + rng.uniform(0, 60))
    return day.sitting(
        start,
        end,
        day.phone,
        addresses,
        device="phone",
        closes=0.0,
        mishaps=False,
        pace=rng.uniform(40, 120),
    )


PERSONAS = (
    Persona("traveller", traveller_day, 3.0, ROAD),
    Persona("manager", manager_day, 1.5, ROAD, held_back=True),
    Persona("nomad", nomad_day, 1.0, ROAD, held_back=True),
)
