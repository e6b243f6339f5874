"""How fast somebody would have had to travel, given how little an address says of a place."""

from detectors.core.address import are_two_families
from detectors.core.event import HOUR, MINUTE, SignIn
from detectors.core.geodesy import distance_km
from detectors.core.place import FIXED, NOWHERE, PHONE, TABLET, UNNAMED, Device, Network, Place
from detectors.core.population import Population
from detectors.core.profile import Session

SHORTEST_GAP = MINUTE
"""Clocks of two machines differ, and logs are written late: no gap counts as shorter (ms)."""

AIRPORT = 30 * MINUTE
"""Whoever flies spends at least this on the ground between one place's network and the other's."""

BY_LAND_KMH = 300.0
"""On a short journey the allowance is what the fastest train would take, if that is less."""

HALF_DISTANCE_KM = 100.0
"""A residual distance that counts for half: location databases err by such distances."""

HALF_CIRCUMFERENCE_KM = 20_038.0

APP_LIBRARY = "okhttp"
"""What an app on Android calls itself that gives itself no name. Servers written in the same
languages seldom sign on by it, and who wants to pass for a phone may as well name one."""


def is_somewhere(network: Network | None) -> bool:
    """Whether an address in this network says where its user is; not known counts as yes."""
    return network is None or network.kind not in NOWHERE


def tells_place(end: SignIn | Session, population: Population) -> bool:
    """Whether the address of this end says where its user is, as far as the tenant's people tell of
    the network."""
    return is_somewhere(end.network) and not population.is_misplaced(end.network, end.place)


def is_handheld(device: Device | None) -> bool:
    """Whether the device is carried about and has a mobile line of its own."""
    return device is not None and (
        device.form is PHONE or device.form is TABLET or device.family == APP_LIBRARY
    )


def is_unnamed(device: Device | None) -> bool:
    """Whether nothing says what the device is: the log names none, or a client of no system."""
    return device is None or device.form is UNNAMED


def may_be_one_line(one: SignIn | Session, other: SignIn | Session) -> bool:
    """Whether these may be the IPv4 and the IPv6 of one line: databases tell of them apart, and of
    some operators under two numbers, but an operator of one name in another country is another."""
    near, away = one.network, other.network
    if near is None or away is None or one.ip is None or other.ip is None:
        return False
    if not are_two_families(one.ip, other.ip):
        return False
    if near.asn == away.asn:
        return True
    if one.place and other.place and one.place.country != other.place.country:
        return False
    return is_one_operator(near.organisation, away.organisation)


def is_one_operator(name: str | None, other: str | None) -> bool:
    """Whether two networks are one operator's, by the first word of their names."""
    return _operator(name) == _operator(other) != ""


def _operator(name: str | None) -> str:
    return (name or "").casefold().partition(" ")[0].strip(",.")


def radius_km(
    place: Place, network: Network | None, device: Device | None, fixed: float, mobile: float
) -> float:
    """How far from `place` the user may be, in km: `fixed` only for what is surely a fixed line."""
    sure = network is not None and network.kind is FIXED and not is_handheld(device)
    return max(fixed if sure else mobile, place.radius_km)


def residual_km(
    one: SignIn | Session, other: SignIn | Session, fixed: float, mobile: float
) -> float:
    """The distance in km that no error of location explains; 0 when a place is not known."""
    if one.place is None or other.place is None:
        return 0.0
    doubt = radius_km(one.place, one.network, one.device, fixed, mobile) + radius_km(
        other.place, other.network, other.device, fixed, mobile
    )
    return max(0.0, distance_km(one.place, other.place) - doubt)


def least_speed_kmh(residual: float, gap: int) -> float:
    """The least speed in km/h that explains `residual` km within `gap` ms."""
    return residual / (max(gap, SHORTEST_GAP) / HOUR)


def impossibility(residual: float, gap: int, fastest: float) -> float:
    """How sure it is, 0 to 1, that nobody travelled `residual` km in `gap` ms.

    (1 - (fastest / speed)^3) * residual / (residual + HALF_DISTANCE_KM), `speed` over the time
    that is not spent at airports: 0 up to `fastest` km/h, seven eighths at twice that, and little
    over short distances however quick.
    """
    grounded = min(AIRPORT, residual / BY_LAND_KMH * HOUR)
    speed = least_speed_kmh(residual, gap - round(grounded))
    if speed <= fastest:
        return 0.0
    return (1.0 - (fastest / speed) ** 3) * residual / (residual + HALF_DISTANCE_KM)


def label(place: Place | None) -> str:
    """A place as a person reads it, in any language: `Lyon (FR)`, `FR`, or `?`."""
    if place is None:
        return "?"
    return f"{place.city} ({place.country})" if place.city else place.country or "?"


def device_label(device: Device | None) -> str:
    """A device as a person reads it, in any language: `Firefox / Windows`, or `?`."""
    return "?" if device is None else f"{device.family} / {device.os}"


def network_label(network: Network | None) -> str:
    """A network as a person reads it: its organisation, else its AS number, else `?`."""
    if network is None:
        return "?"
    return network.organisation or ("?" if network.asn is None else f"AS{network.asn}")
