"""Which addresses may be connected to: public ones, and what the settings name. Pure.

After IANA's registries of special-purpose addresses (RFC 6890 and what it lists since), stated
here because Python's own idea of them changes from version to version.
"""

import ipaddress
import re
from collections.abc import Callable, Iterable
from typing import Final, NamedTuple

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Resolve = Callable[[str], Iterable[str]]
"""The addresses of a host's name; none where it is not known."""

_SPECIAL_4: Final = {
    "0.0.0.0/8": "unspecified",
    "10.0.0.0/8": "private",
    "100.64.0.0/10": "private (a carrier's)",
    "127.0.0.0/8": "this machine",
    "169.254.0.0/16": "link-local",
    "172.16.0.0/12": "private",
    "192.0.0.0/24": "reserved",
    "192.0.2.0/24": "documentation",
    "192.88.99.0/24": "reserved",
    "192.168.0.0/16": "private",
    "198.18.0.0/15": "for measurements",
    "198.51.100.0/24": "documentation",
    "203.0.113.0/24": "documentation",
    "224.0.0.0/4": "multicast",
    "240.0.0.0/4": "reserved",
}
_SPECIAL_6: Final = {
    "::/128": "unspecified",
    "::1/128": "this machine",
    "64:ff9b:1::/48": "a translator's",
    "fc00::/7": "private",
    "fe80::/10": "link-local",
    "fec0::/10": "private",
    "ff00::/8": "multicast",
    "2001::/23": "reserved",
    "2001:db8::/32": "documentation",
    "2002::/16": "a tunnel (6to4)",
    "3fff::/20": "documentation",
}
_UNICAST_6: Final = ipaddress.IPv6Network("2000::/3")
_EMBEDDING: Final = (
    ipaddress.IPv6Network("::ffff:0:0/96"),  # IPv4-mapped (RFC 4291)
    ipaddress.IPv6Network("64:ff9b::/96"),  # NAT64 (RFC 6052)
)
_METADATA: Final = frozenset(
    map(
        ipaddress.ip_address,
        (
            *("169.254.169.254", "fe80::a9fe:a9fe", "fd00:ec2::254"),  # AWS, Azure, GCP, OpenStack
            *("169.254.170.2", "169.254.170.23", "fd00:ec2::23"),  # AWS, of containers
            "fd20:ce::254",  # GCP
            "168.63.129.16",  # Azure; a public address
            "100.100.100.200",  # Alibaba
            "192.0.0.192",  # Oracle
            "169.254.0.23",  # Tencent
        ),
    )
)
_special: Final[tuple[tuple[Network, str], ...]] = (
    *((ipaddress.IPv4Network(net), name) for net, name in _SPECIAL_4.items()),
    *((ipaddress.IPv6Network(net), name) for net, name in _SPECIAL_6.items()),
)
_ENTRY = re.compile(r"(?:\[(?P<six>[^\]]+)\]|(?P<plain>[^:\[\]]+))(?::(?P<port>[0-9]{1,5}))?")
_HOST = re.compile(
    r"(?=.{1,253}\Z)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?\.)*[a-z]([a-z0-9_-]*[a-z0-9])?"
)


class Allowed(NamedTuple):
    """An entry of `allow`: a network or a host's name, and a port; None for any port."""

    network: Network | None
    host: str
    port: int | None


class Destinations(NamedTuple):
    """What may be connected to; without `internet`, nothing but what is allowed by name."""

    allowed: tuple[Allowed, ...] = ()
    internet: bool = True

    def why_not(self, host: str, port: int, resolve: Resolve) -> str | None:
        """Why a numeric address must not be connected to; None where it may be. `resolve` is asked
        for the allowed hosts, and only when nothing else allows it."""
        address = _address(host)
        if address is None:
            return "not a numeric address"
        why = self._why_not_public(address)
        if why is None or self._is_allowed(address, port, resolve):
            return None
        return why

    def _why_not_public(self, address: Address) -> str | None:
        kind = kind_of(address)
        if kind is None and not self.internet:
            return "not allowed by name"
        return kind

    def _is_allowed(self, address: Address, port: int, resolve: Resolve) -> bool:
        here = [each for each in self.allowed if each.port in (None, port)]
        if address in _METADATA:
            return any(
                e.network is not None and e.network.num_addresses == 1 and address in e.network
                for e in here
            )
        if any(each.network is not None and address in each.network for each in here):
            return True
        hosts = (each.host for each in here if each.network is None)
        return any(address == _address(found) for host in hosts for found in resolve(host))


def kind_of(address: Address) -> str | None:
    """What is special about an address; None for a public one."""
    if address in _METADATA:
        return "a cloud's metadata"
    for network, kind in _special:
        if address in network:
            return kind
    if address.version == 6 and address not in _UNICAST_6:
        return "reserved"
    return None


def read(entries: Iterable[str]) -> tuple[Allowed, ...]:
    """Entries as the settings have them: `10.1.2.0/24`, `10.1.2.3:8443`, `[fd00::5]:443`,
    `scim.intern.example`, `scim.intern.example:8443`. Raises ValueError with what was expected."""
    return tuple(map(_entry, entries))


def _entry(text: str) -> Allowed:
    whole = _network(text)
    if whole is not None:
        return Allowed(whole, "", None)
    found = _ENTRY.fullmatch(text)
    if found is None:
        raise _unreadable(text)
    port = None if found["port"] is None else int(found["port"])
    if port is not None and not 0 < port < 65_536:
        raise _unreadable(text)
    network = _network(found["six"] or found["plain"])
    if network is not None:
        return Allowed(network, "", port)
    host = (found["plain"] or "").lower()
    if _HOST.fullmatch(host) is None:
        raise _unreadable(text)
    return Allowed(None, host, port)


def _unreadable(text: str) -> ValueError:
    return ValueError(
        "expected a network, an address or a host, with or without a port, such as 10.1.2.0/24 "
        f"or scim.intern.example:8443, got {text!r}"
    )


def _network(text: str) -> Network | None:
    try:
        network = ipaddress.ip_network(text)
    except ValueError:
        return None
    if network.prefixlen == 0:
        raise ValueError(f"{text} is every address there is: name those that are meant")
    return network


def _address(host: str) -> Address | None:
    """As it counts: what an IPv6 address embeds, where it is only a way to write that."""
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return None
    if address.version == 6 and any(address in network for network in _EMBEDDING):
        return ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
    return address
