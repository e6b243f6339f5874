"""People at home: one machine, an address that changes with the provider's leases, or a VPN."""

from detectors.core.event import MINUTE
from monitor.simulation import networks
from monitor.simulation.acts import Act
from monitor.simulation.chance import dice
from monitor.simulation.lives.day import Day


def home_agent_day(day: Day) -> list[Act]:
    """A shift at home."""
    span = _span(day)
    if span is None:
        return []
    start, end = span
    return day.sitting(start, end, day.machine, [(start, day.home())])


def vpn_user_day(day: Day) -> list[Act]:
    """A shift at home, every other time through a VPN, now and then switched on half-way."""
    span = _span(day)
    if span is None:
        return []
    start, end = span
    rng = day.dice
    usual = dice(day.world.seed, "vpn", day.person.number)
    provider = networks.network(usual, "vpn", usual.choice(networks.places("vpn")))
    lot = rng.random()
    addresses = [(start, day.home())]
    if lot < 0.4:
        addresses = [(start, networks.address(rng, provider))]
    elif lot < 0.55:
        addresses.append((start + (end - start) // 2, networks.address(rng, provider)))
    return day.sitting(start, end, day.machine, addresses)


def _span(day: Day) -> tuple[int, int] | None:
    if day.is_off():
        return None
    start_minute, length = day.person.site.shifts[day.person.shift]
    start = day.begin(start_minute)
    return start, start + round((length + day.dice.gauss(0.0, 15.0)) * MINUTE)
