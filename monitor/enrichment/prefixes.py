"""A table of address prefixes in which the most specific one decides."""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Generic, TypeAlias, TypeVar

Address: TypeAlias = IPv4Address | IPv6Address
Prefix: TypeAlias = IPv4Network | IPv6Network

V = TypeVar("V")


class Prefixes(Generic[V]):
    """Built once; a look-up costs one dictionary access per length of prefix in the table."""

    def __init__(self, entries: Iterable[tuple[Prefix, V]]) -> None:
        """Later entries win over earlier ones for the same prefix."""
        tables: dict[tuple[int, int], dict[int, V]] = {}
        for prefix, value in entries:
            width = prefix.max_prefixlen - prefix.prefixlen
            table = tables.setdefault((prefix.version, width), {})
            table[int(prefix.network_address) >> width] = value
        self._tables = {
            version: tuple((w, tables[v, w]) for v, w in sorted(tables) if v == version)
            for version in (4, 6)
        }

    def find(self, address: Address) -> V | None:
        """The value of the narrowest prefix that holds the address; None when none does."""
        number = int(address)
        for width, table in self._tables[address.version]:
            value = table.get(number >> width)
            if value is not None:
                return value
        return None
