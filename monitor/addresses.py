"""Addresses as strangers write them: one spelling each, and what of one a subscriber has."""

import ipaddress
import re

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_WITH_PORT = re.compile(r"\[([^\]]*)\](?::[0-9]{1,5})?|([0-9.]+):[0-9]{1,5}")


def prefix_of(address: str) -> str:
    """What of an address one subscriber has: itself in IPv4, its /64 in IPv6 (RFC 6177)."""
    found = address_of(address)
    if found is None or found.version == 4:
        return address if found is None else str(found)
    return str(ipaddress.ip_network((int(found), 64), strict=False))


def network_of(text: str) -> Network:
    """A network of proxies. Raises ValueError with what was expected."""
    try:
        network = ipaddress.ip_network(text)
    except ValueError:
        raise ValueError(f"expected an address or a network, got {text!r}") from None
    if network.prefixlen == 0:
        raise ValueError(f"{text} is everybody: anybody could say to be anybody")
    return network


def address_of(text: str) -> Address | None:
    """An address, with its port or without, an IPv4 address within IPv6 as the former; None for
    anything else (`unknown`, `_hidden`, a name)."""
    ported = _WITH_PORT.fullmatch(text)
    bare = text if ported is None else ported[1] or ported[2] or ""
    if "%" in bare:
        return None
    try:
        found = ipaddress.ip_address(bare)
    except ValueError:
        return None
    mapped = found.ipv4_mapped if found.version == 6 else None
    return mapped or found
