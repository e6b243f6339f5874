"""What tells two ends of an account's use apart: two lines, two computers, two browsers, or no more
than two sessions."""

from functools import lru_cache

from detectors.core.address import block
from detectors.core.event import SignIn
from detectors.core.geodesy import distance_km
from detectors.core.place import DESKTOP, FIXED, Device, Network, NetworkKind, Place
from detectors.core.population import Population
from detectors.core.profile import Session
from detectors.core.travel import is_somewhere, may_be_one_line, residual_km

FAR, LINES, MASKED, DESK, BROWSERS, TWINS = "far", "lines", "masked", "desk", "browsers", "twins"
"""The lines, from far apart to hidden on one side; or the systems, the browsers, the sessions."""
FIXED_RADIUS_KM = 50.0
MOBILE_RADIUS_KM = 250.0
ANOTHER_PLACE_KM = 25.0
"""Two lines of one provider that are further apart than this are not one building's."""
LOCATED = (NetworkKind.FIXED, NetworkKind.UNKNOWN)


def is_computer(end: SignIn | Session) -> bool:
    """Whether this is a computer; where the log names no device, a fixed line's client may be."""
    if end.device is not None:
        return end.device.form is DESKTOP
    return end.network is not None and end.network.kind is FIXED


def told_apart(
    one: SignIn | Session, other: SignIn | Session, own: Session | None = None, *, logged: bool
) -> str | None:
    """What tells two ends apart as two computers; None when nothing does.

    `logged`: the log tells sessions apart, so that two of one browser are two.
    """
    if not is_computer(one) or not is_computer(other):
        return None
    first, second = one.device, other.device
    line = line_between(one, other, own)
    if first is None or second is None:
        return (line or TWINS) if logged and first is second else None
    same = first.fingerprint == second.fingerprint
    if same and not logged:
        return None
    return line or _of_one_desk(first, second)


def in_one_office(
    apart: str | None, one: SignIn | Session, other: SignIn | Session, population: Population
) -> str | None:
    """What tells two ends apart where their lines tell nothing: many of the tenant's people come
    from either, so that they may be an office's two providers; or one is behind a server or a VPN
    that several of them use, so that it may be the company's, seen from the other one's desk."""
    if apart == LINES and population.is_seat(one.ip) and population.is_seat(other.ip):
        return _of_one_desk(one.device, other.device)
    if apart == MASKED and (is_served(one, population) or is_served(other, population)):
        return _of_one_desk(one.device, other.device)
    return apart


def is_served(end: SignIn | Session, population: Population) -> bool:
    """Whether this end is behind a server or a VPN that colleagues come through too."""
    return not is_somewhere(end.network) and population.is_common(end.ip)


def _of_one_desk(first: Device | None, second: Device | None) -> str:
    """What tells two ends on one desk apart."""
    if first is None or second is None or first.fingerprint == second.fingerprint:
        return TWINS
    return BROWSERS if first.os == second.os else DESK


def are_two(event: SignIn, own: Session | None, other: Session) -> bool:
    """Whether these are two machines, and not one laptop that was in both places.

    Of one browser they are when its former session here goes on.
    """
    first, second = event.device, other.device
    if first is None or second is None:
        return False
    if first.fingerprint != second.fingerprint:
        return True
    return own is not None and own.closed is None and own.place == event.place


def line_between(
    one: SignIn | Session, other: SignIn | Session, own: Session | None = None
) -> str | None:
    """FAR, LINES or MASKED when two ends are on lines that no one desk has; None when not sure.
    A mobile line beside a fixed one tells as little of the place as a VPN does.

    `own` is what the session of the first was before, where that is an event.
    """
    near, away = one.network, other.network
    if near is None or away is None or one.ip == other.ip or may_be_one_line(one, other):
        return None
    if not (is_somewhere(near) and is_somewhere(away)):
        return None if near.asn == away.asn else MASKED
    if near.kind not in LOCATED or away.kind not in LOCATED:
        return _beside_mobile(one, other)
    if residual_km(one, other, FIXED_RADIUS_KM, MOBILE_RADIUS_KM) > 0:
        return FAR
    if near.asn is None or away.asn is None:
        return None
    apart = near.asn != away.asn or _km(one, other) > ANOTHER_PLACE_KM
    return LINES if apart or _hold_other_lines(one, other, own) else None


def is_one_browser(event: SignIn, other: Session) -> bool:
    first, second = event.device, other.device
    return first is None or second is None or first.fingerprint == second.fingerprint


def _hold_other_lines(one: SignIn | Session, other: SignIn | Session, own: Session | None) -> bool:
    """Whether two ends of one provider in one town are on two lines: no lease goes from one
    address to quite another and back while both go on."""
    if own is None or not isinstance(other, Session):
        return False
    return own.ip == one.ip and own.start < other.last and _block(one.ip) != _block(other.ip)


def _beside_mobile(one: SignIn | Session, other: SignIn | Session) -> str | None:
    """The same for one computer on a mobile line and another on a fixed one: where the first is,
    its country alone says, and who has a line at hand does not share his telephone's."""
    kinds = {end.network.kind for end in (one, other) if end.network}
    if one.device is None or other.device is None or NetworkKind.MOBILE not in kinds:
        return None
    if len(kinds) == 1 or one.device.fingerprint == other.device.fingerprint:
        return None
    if one.place is None or other.place is None or one.place.country == other.place.country:
        return MASKED
    far = residual_km(one, other, FIXED_RADIUS_KM, MOBILE_RADIUS_KM) > 0
    return FAR if far else MASKED


def _block(ip: str | None) -> str:
    """What one line keeps of its address, whatever its lease: 16 bits of IPv4, 48 of IPv6."""
    return "" if ip is None else block(ip, 16, 48)


def _km(one: SignIn | Session, other: SignIn | Session) -> float:
    if one.place is None or other.place is None:
        return 0.0
    return distance_km(one.place, other.place)


def machine(end: SignIn | Session) -> str:
    """A browser at a network and, to a degree, a place: leases move an address by less."""
    return f"{browser_of(end.device)}@{line_of(end.network, end.place)}"


def browser_of(device: Device | None) -> str:
    """The name of a browser; empty where the log names none."""
    return device.fingerprint if device else ""


@lru_cache(maxsize=50_000)
def line_of(network: Network | None, place: Place | None) -> str:
    """The name of a network at, to a degree, a place."""
    asn = network.asn if network else None
    site = f"{place.country}{place.latitude:.0f},{place.longitude:.0f}" if place else ""
    return f"{asn}@{site}"
