"""People of one persona to watch, and whether what they do is possible."""

from collections.abc import Iterable
from functools import cache

from detectors.core.event import HOUR
from detectors.core.geodesy import great_circle_km
from monitor.simulation import networks
from monitor.simulation.acts import LOGOFF, Act
from monitor.simulation.lives import live
from monitor.simulation.parameters import Parameters
from monitor.simulation.population import build
from monitor.simulation.survey import Range
from monitor.simulation.world import Person, World

FIRST = 20_770
DAYS = range(FIRST, FIRST + 28)
WORLD = build(36, 600, FIRST, Parameters(company_gateway=0.0))
GATED = build(12, 400, FIRST, Parameters(company_gateway=1.0, gateway_at_home=0.5))
"""One in which every customer's traffic leaves by a provider's exits, half of it at home too."""
FASTEST_KM_H = 900.0
FAR_KM = 100.0


def of(persona: str, world: World = WORLD) -> list[Person]:
    """Everybody of a persona who was there from the first day."""
    return [p for p in world.people if p.persona == persona and p.first_day < FIRST]


def lived(person: Person, world: World = WORLD) -> list[Act]:
    """Four weeks of a person, by time."""
    acts = [act for day in DAYS for act in live(world, person, day)]
    return sorted(acts, key=lambda act: act.time)


def where(ip: str) -> tuple[Range, ...]:
    """The networks that an address is in."""
    return _where(networks.prefix(ip))


@cache
def _where(prefix: str) -> tuple[Range, ...]:
    kinds = ("fixed", "mobile", "hosting", "vpn", "relay", "gateway", "tor", "fixed6")
    return tuple(
        network
        for kind in kinds
        for place in networks.places(kind)
        for network in networks.ranges(kind, place)
        if prefix in network.prefixes
    )


def kind_of(act: Act) -> str:
    """What sort of network an act came from."""
    return where(act.ip)[0].kind


def fastest(acts: Iterable[Act]) -> float:
    """The highest speed (km/h) between two far uses from landlines that follow each other."""
    speed, last = 0.0, None
    for act in acts:
        if act.detail is not None or act.activity == LOGOFF or act.cause:
            continue
        place = where(act.ip)[0]
        if place.kind != "fixed":
            continue
        if last is not None:
            time, there = last
            km = great_circle_km(place.latitude, place.longitude, there.latitude, there.longitude)
            if km > FAR_KM:
                speed = max(speed, km / max((act.time - time) / HOUR, 1e-9))
        last = act.time, place
    return speed
