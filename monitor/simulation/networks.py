"""The addresses of the simulated world: real ranges of real networks, as `survey.py` found them.

IP geolocation by DB-IP (https://db-ip.com), CC BY 4.0.
"""

from functools import cache
from importlib.resources import files
from random import Random

import msgspec

from detectors.core.geodesy import great_circle_km
from monitor.simulation.survey import FIXED6, Range


class UnknownPlaceError(ValueError):
    """There are no addresses of this kind at this place."""


@cache
def ranges(kind: str, site: str) -> tuple[Range, ...]:
    """The networks of a kind at a place; UnknownPlaceError if none.

    The kinds are fixed, mobile, hosting, vpn, relay, gateway, tor, and fixed6 for IPv6. The place
    of a mobile network and of IPv6 is the country of its subscribers, wherever they are.
    """
    found = tuple(r for r in _all() if r.kind == kind and r.site == site)
    if not found:
        raise UnknownPlaceError(f"no {kind} network at {site}")
    return found


@cache
def places(kind: str) -> tuple[str, ...]:
    """Where there are networks of a kind."""
    return tuple(dict.fromkeys(r.site for r in _all() if r.kind == kind))


def network(rng: Random, kind: str, site: str) -> Range:
    """One network of a kind at a place, by lot."""
    return rng.choice(ranges(kind, site))


def address(rng: Random, network: Range) -> str:
    """One address of a network, by lot."""
    return f"{rng.choice(network.prefixes)}.{rng.randrange(1, 255)}"


def long_network(fixed: Range) -> Range | None:
    """The IPv6 ranges of the same provider in the same country, None when there are none."""
    found = (r for r in _all() if r.kind == FIXED6 and r.site == fixed.country)
    return next((r for r in found if r.asn == fixed.asn), None)


def long_address(line: Random, device: Random, network: Range) -> str:
    """An IPv6 address: `line` draws the home's 64 bits, `device` the others (RFC 8981)."""
    home = f"{line.choice(network.prefixes)}:{line.randrange(1, 0xFFFF):x}"
    return f"{home}:{':'.join(f'{device.randrange(1, 0xFFFF):x}' for _ in range(4))}"


def prefix(address: str) -> str:
    """The part of an address that a network's `prefixes` are compared with."""
    if ":" in address:
        return ":".join(address.split(":")[:3])
    return address.rpartition(".")[0]


def distance_km(one: Range, other: Range) -> float:
    """Great-circle distance in km between the points that the databases give."""
    return great_circle_km(one.latitude, one.longitude, other.latitude, other.longitude)


@cache
def _all() -> tuple[Range, ...]:
    raw = files("monitor.simulation").joinpath("networks.json").read_bytes()
    return msgspec.json.decode(raw, type=tuple[Range, ...])
