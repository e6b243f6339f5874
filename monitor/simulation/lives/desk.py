"""People with a desk: supervisors with a telephone beside it, and staff who work at home too."""

from detectors.core.event import HOUR, MINUTE
from monitor.simulation import networks
from monitor.simulation.acts import Act
from monitor.simulation.lives.day import Day
from monitor.simulation.world import carrier

_COMMUTE = 50 * MINUTE


def supervisor_day(day: Day) -> list[Act]:
    """A desktop in the office, and a telephone that goes from Wi-Fi to its carrier and back.

    The carrier's address is where the carrier is and not where the telephone is.
    """
    if day.is_off():
        return []
    rng, site = day.dice, day.person.site
    start_minute, length = site.shifts[day.person.shift]
    start = day.begin(start_minute - 15)
    end = start + round((length + 30) * MINUTE)
    seat = day.person.number % len(site.workstations)
    acts = day.sitting(start, end, site.workstations[seat], [(start, day.office(seat))])
    network = networks.network(rng, "mobile", carrier(site.city))
    road = networks.address(rng, network)
    out = start - _COMMUTE
    addresses = [(out, road), (start, day.office(seat))]
    moment = start
    for _ in range(rng.randint(0, 3)):
        moment += round(rng.uniform(0.7, 2.5) * HOUR)
        if moment + 20 * MINUTE >= end:
            break
        addresses += [(moment, road), (moment + 15 * MINUTE, day.office(seat))]
    evening = end + _COMMUTE
    addresses += [(end, networks.address(rng, network)), (evening, day.home())]
    late = evening + round(rng.uniform(0.2, 2.0) * HOUR)
    return acts + day.sitting(
        out, late, day.person.phone, addresses, closes=0.05, mishaps=False, pace=35.0
    )


def desk_day(day: Day) -> list[Act]:
    """A laptop in the office three days a week and at home the others; at times in the evening."""
    if day.is_off():
        return []
    rng, site = day.dice, day.person.site
    start = day.begin(525)
    end = start + round(rng.uniform(7.5, 9.5) * HOUR)
    at_home = rng.random() < 0.4
    where = day.home() if at_home else site.addresses[0]
    acts = day.sitting(start, end, day.machine, [(start, where)])
    if rng.random() < 0.2:
        later = end + _COMMUTE + round(rng.uniform(0.5, 2.0) * HOUR)
        stay = later + round(rng.uniform(15, 50) * MINUTE)
        acts += day.sitting(later, stay, day.machine, [(later, day.home())])
    return acts
