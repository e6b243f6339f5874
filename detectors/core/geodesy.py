"""Distances on the Earth."""

from math import asin, cos, radians, sin, sqrt

from detectors.core.place import Place

EARTH_RADIUS_KM = 6371.0088
"""Mean radius (IUGG)."""


def distance_km(one: Place, other: Place) -> float:
    """Great-circle distance in km (haversine), radii of error not considered."""
    return great_circle_km(one.latitude, one.longitude, other.latitude, other.longitude)


def great_circle_km(
    latitude_a: float, longitude_a: float, latitude_b: float, longitude_b: float
) -> float:
    """Great-circle distance in km between two points in degrees (haversine)."""
    if latitude_a == latitude_b and longitude_a == longitude_b:
        return 0.0
    phi_a = radians(latitude_a)
    phi_b = radians(latitude_b)
    chord = (
        sin((phi_b - phi_a) / 2) ** 2
        + cos(phi_a) * cos(phi_b) * sin(radians(longitude_b - longitude_a) / 2) ** 2
    )
    return 2 * EARTH_RADIUS_KM * asin(sqrt(min(1.0, chord)))
