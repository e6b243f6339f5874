"""The places of a source, and fewer that stand for them: none farther than the error allowed."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from detectors.core.geodesy import EARTH_RADIUS_KM
from detectors.core.place import Place

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
DECIMALS = 2
"""Of degrees: about a kilometre, and half of the bytes."""
_TOGETHER = 512
_KM_A_DEGREE = EARTH_RADIUS_KM * np.pi / 180


class Anchors(NamedTuple):
    """Places that stand for others: `of` gives each place's anchor by its number in `places`.

    `latitude` and `longitude` of the anchors in degrees, rounded; `error` in km is how far each
    place is from its anchor.
    """

    places: list[Place]
    of: Ints
    error: Floats
    latitude: Floats
    longitude: Floats


def distances(
    latitude_a: Floats | float,
    longitude_a: Floats | float,
    latitude_b: Floats | float,
    longitude_b: Floats | float,
) -> Floats:
    """Great-circle distances in km between points in degrees (haversine)."""
    phi_a, phi_b = np.radians(latitude_a), np.radians(latitude_b)
    width = np.sin(np.radians(np.subtract(longitude_b, longitude_a)) / 2) ** 2
    chord = np.sin((phi_b - phi_a) / 2) ** 2 + np.cos(phi_a) * np.cos(phi_b) * width
    result: Floats = 2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.minimum(1.0, chord)))
    return result


def snap(
    places: Sequence[Place],
    weights: Floats,
    most_km: float,
    told: Callable[[int, int], None] = lambda _done, _of: None,
) -> Anchors:
    """Choose places to stand for all others of their country within `most_km`.

    From the heaviest on: what no heavier one is near enough to is chosen itself. Then each place
    goes to the nearest one that was chosen.
    """
    latitude = np.array([place.latitude for place in places])
    longitude = np.array([place.longitude for place in places])
    of = np.full(len(places), -1, np.int64)
    error = np.zeros(len(places))
    anchors: list[int] = []
    by_country: dict[str, list[int]] = {}
    for number, place in enumerate(places):
        by_country.setdefault(place.country, []).append(number)
    done = 0
    for _, numbers in sorted(by_country.items()):
        some = np.array(numbers, np.int64)
        some = some[np.argsort(latitude[some], kind="stable")]
        first = len(anchors)
        anchors += _chosen(some, latitude[some], longitude[some], weights[some], most_km)
        stand = [_rounded(places[number]) for number in anchors[first:]]
        _assign(some, latitude, longitude, stand, first, most_km, of, error)
        done += len(numbers)
        told(done, len(places))
    chosen = [_rounded(places[number]) for number in anchors]
    return Anchors(
        chosen,
        of,
        error,
        np.array([place.latitude for place in chosen]),
        np.array([place.longitude for place in chosen]),
    )


def _chosen(some: Ints, north: Floats, east: Floats, weights: Floats, most_km: float) -> list[int]:
    """Those of one country's places, in order of latitude, that are to stand for the others."""
    free = np.ones(len(some), bool)
    chosen: list[int] = []
    # By weight, and among equals by number: the same source gives the same file.
    for at in np.lexsort((some, -weights)):
        if not free[at]:
            continue
        here, there = round(float(north[at]), DECIMALS), round(float(east[at]), DECIMALS)
        first, last = _between(north, here, here, most_km)
        window = first + np.flatnonzero(free[first:last])
        free[window[distances(here, there, north[window], east[window]) <= most_km]] = False
        chosen.append(int(some[at]))
    return chosen


def _assign(
    some: Ints,
    latitude: Floats,
    longitude: Floats,
    stand: Sequence[Place],
    first: int,
    most_km: float,
    of: Ints,
    error: Floats,
) -> None:
    """Give each of one country's places, in order of latitude, to the nearest that was chosen."""
    north = np.array([place.latitude for place in stand])
    east = np.array([place.longitude for place in stand])
    order = np.argsort(north, kind="stable")
    north, east = north[order], east[order]
    for start in range(0, len(some), _TOGETHER):
        part = some[start : start + _TOGETHER]
        low, high = _between(north, latitude[part[0]], latitude[part[-1]], most_km)
        far = distances(
            latitude[part, None], longitude[part, None], north[None, low:high], east[None, low:high]
        )
        nearest = far.argmin(axis=1)
        of[part] = first + order[low + nearest]
        error[part] = far[np.arange(len(part)), nearest]


def _between(north: Floats, low: float, high: float, most_km: float) -> tuple[int, int]:
    """Where in `north`, in order, those are that may be within reach of latitudes from `low` on."""
    reach = most_km / _KM_A_DEGREE + 10.0**-DECIMALS
    first, last = np.searchsorted(north, (low - reach, high + reach), side="left")
    return int(first), int(last)


def _rounded(place: Place) -> Place:
    """With less digits, and the name of the town rather than of its quarter."""
    city = (place.city or "").partition(" (")[0].strip() or None
    return Place(
        place.country,
        place.region,
        city,
        round(place.latitude, DECIMALS),
        round(place.longitude, DECIMALS),
    )
