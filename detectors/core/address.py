"""What of an address is a line's, whoever is behind it and however it is written."""

from functools import lru_cache
from ipaddress import ip_address


@lru_cache(maxsize=50_000)
def block(ip: str, bits4: int, bits6: int) -> str:
    """The first so many bits of an IPv4 or IPv6 address, as hexadecimal digits.

    Bits are whole bytes. What is no address is its own block.
    """
    try:
        address = ip_address(ip)
    except ValueError:
        return ip
    bits = bits4 if address.version == 4 else bits6
    return address.packed[: bits // 8].hex()


def line_of(ip: str) -> str:
    """The line that an address is of, as far as it shows: an operator gives one line another
    address of the same block (24 bits of IPv4, 48 of IPv6)."""
    return block(ip, 24, 48)


def is_ipv6(ip: str | None) -> bool:
    """Whether it is an address of IPv6; not where it is not known."""
    return ip is not None and ":" in ip


def are_two_families(ip: str | None, other: str | None) -> bool:
    """Whether one is IPv4 and the other IPv6; not where either is not known."""
    return bool(ip and other) and not are_one_family(ip, other)


def are_one_family(ip: str | None, other: str | None) -> bool:
    """Whether both are IPv4, or both IPv6; not where either is not known."""
    return ip is not None and other is not None and is_ipv6(ip) == is_ipv6(other)
