"""Addresses as logs write them, made one and the same text per address."""

import re
from functools import lru_cache
from ipaddress import IPv6Address, ip_address
from socket import AF_INET, inet_pton

_LONGEST = 64
_BRACKETED = re.compile(r"\[([^\]]*)\](?::\d{1,5})?")
_WITH_PORT = re.compile(r"(\d{1,3}(?:\.\d{1,3}){3}):\d{1,5}")


@lru_cache(maxsize=65_536)
def address(text: str) -> str | None:
    """The canonical text of an IP address (RFC 5952 for IPv6), or None when it is not one.

    Brackets, a port and an IPv6 zone are taken off, an IPv4 address mapped into IPv6 is
    unmapped. A host name or `UNKNOWN` is not an address.
    """
    try:
        # The usual case, in a tenth of the time: canonical when it is one at all.
        inet_pton(AF_INET, text)
    except (OSError, ValueError):
        return _other(text)
    return text


def _other(text: str) -> str | None:
    text = text[: _LONGEST + 1].strip()
    if len(text) > _LONGEST:
        return None
    wrapped = _BRACKETED.fullmatch(text) or _WITH_PORT.fullmatch(text)
    try:
        found = ip_address((wrapped.group(1) if wrapped else text).partition("%")[0])
    except ValueError:
        return None
    if isinstance(found, IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    return str(found)
