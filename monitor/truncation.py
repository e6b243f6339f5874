"""What is left of an event's details once they are no longer needed: networks, no addresses."""

import ipaddress
from functools import lru_cache

from msgspec import structs

from detectors.core.event import AccountChange, Event, SignIn
from detectors.core.place import Device, Place

PREFIX = {4: 24, 6: 48}
"""Bits of an address that are kept, by version."""


def truncated(event: Event) -> Event:
    """The same event with its address as a network (`203.0.113.0/24`), of its user agent the
    program's family only, no device that could be told from others, and of its place the city, in
    whole degrees; of an answer, not what it was about. An event that is so already stays as it is.
    """
    if not isinstance(event, SignIn | AccountChange):
        return structs.replace(event, shown=()) if event.shown else event
    return structs.replace(
        event,
        ip=None if event.ip is None else network_of(event.ip),
        user_agent=_family(event.user_agent, event.device),
        device=_kind_of(event.device),
        place=_around(event.place),
    )


@lru_cache(maxsize=20_000)
def network_of(address: str) -> str | None:
    """The network that an address is in; None for what is neither address nor network."""
    try:
        if "/" in address:
            return str(ipaddress.ip_network(address))
        version = ipaddress.ip_address(address).version
        return str(ipaddress.ip_network(f"{address}/{PREFIX[version]}", strict=False))
    except ValueError:
        return None


def _family(user_agent: str | None, device: Device | None) -> str | None:
    return None if user_agent is None or device is None else device.family


def _kind_of(device: Device | None) -> Device | None:
    return None if device is None else Device("", device.family, device.os, device.form)


@lru_cache(maxsize=20_000)
def _around(place: Place | None) -> Place | None:
    """Whole degrees: about a hundred kilometres."""
    if place is None:
        return None
    return structs.replace(
        place,
        latitude=float(round(place.latitude)),
        longitude=float(round(place.longitude)),
        radius_km=max(place.radius_km, 100.0),
    )
