"""The way that sign-ins took over the map: from each place to the next, how far and how fast."""

from collections.abc import Iterable
from typing import Final

from msgspec import Struct, structs

from detectors.core.event import HOUR, SignIn
from detectors.core.geodesy import distance_km
from detectors.core.place import Place

SHORTEST_KM: Final = 100.0
MOST: Final = 40
FLIGHT_KMH: Final = 900
"""What an airliner does: who is faster did not travel."""
_LEAST_MS: Final = 1_000


class Leg(Struct, frozen=True, kw_only=True):
    """From one place to the next; (longitude, latitude) each, and what they are called.

    `kmh` is the least speed that it takes at its quickest, what the places are uncertain by left
    aside; `milliseconds` is that time, `times` how often it was gone.
    """

    start: tuple[float, float]
    end: tuple[float, float]
    whence: str
    whither: str
    km: int
    milliseconds: int
    kmh: int
    times: int


def journey(sign_ins: Iterable[tuple[SignIn, bool]]) -> list[Leg]:
    """The legs between sign-ins of one account, oldest first, each with whether its address says
    where its user is; the quickest ones first, at most 40."""
    legs: dict[tuple[str, str, tuple[float, float], tuple[float, float]], Leg] = {}
    last: SignIn | None = None
    for event, is_place in sign_ins:
        if not is_place or event.place is None:
            continue
        leg = None if last is None or last.place is None else _leg(last, last.place, event)
        if leg is not None:
            key = (leg.whence, leg.whither, leg.start, leg.end)
            known = legs.get(key)
            quickest = leg if known is None or leg.kmh > known.kmh else known
            times = 1 if known is None else known.times + 1
            legs[key] = structs.replace(quickest, times=times)
        last = event
    return sorted(legs.values(), key=lambda one: (-one.kmh, one.whence, one.whither))[:MOST]


def _leg(last: SignIn, there: Place, event: SignIn) -> Leg | None:
    here = event.place
    if here is None:
        return None
    km = distance_km(there, here)
    if km < SHORTEST_KM:
        return None
    milliseconds = max(event.time - last.time, _LEAST_MS)
    certain = max(0.0, km - there.radius_km - here.radius_km)
    return Leg(
        start=(there.longitude, there.latitude),
        end=(here.longitude, here.latitude),
        whence=_named(there),
        whither=_named(here),
        km=round(km),
        milliseconds=milliseconds,
        kmh=round(certain * HOUR / milliseconds),
        times=1,
    )


def _named(place: Place) -> str:
    town = place.city or place.region
    return f"{town} ({place.country})" if town else place.country
