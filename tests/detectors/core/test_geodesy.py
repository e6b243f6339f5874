"""Distances between known places."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.core.geodesy import EARTH_RADIUS_KM, distance_km, great_circle_km
from detectors.core.place import Place

latitudes = st.floats(-90, 90)
longitudes = st.floats(-180, 180)


@pytest.mark.parametrize(
    ("one", "other", "km"),
    [
        ((48.8566, 2.3522), (51.5074, -0.1278), 344),
        ((48.8566, 2.3522), (35.6762, 139.6503), 9712),
        ((0.0, 179.9), (0.0, -179.9), 22.24),
        ((90.0, 0.0), (-90.0, 0.0), 20015),
    ],
)
def test_known_distances(one: tuple[float, float], other: tuple[float, float], km: float) -> None:
    assert great_circle_km(*one, *other) == pytest.approx(km, rel=0.01)


@given(latitudes, longitudes, latitudes, longitudes)
def test_it_is_a_distance(a: float, b: float, c: float, d: float) -> None:
    distance = great_circle_km(a, b, c, d)
    assert 0 <= distance <= EARTH_RADIUS_KM * 3.1416
    assert distance == pytest.approx(great_circle_km(c, d, a, b), abs=1e-6)
    assert great_circle_km(a, b, a, b) == 0


def test_between_places() -> None:
    lyon = Place("FR", None, "Lyon", 45.76, 4.84)
    paris = Place("FR", None, "Paris", 48.85, 2.35)
    assert distance_km(lyon, paris) == pytest.approx(392, abs=3)
