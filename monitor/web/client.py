"""Who is at the other end of a request: by its connection, or by what a trusted proxy says.

A header that names the client is worth what its writer is: it is read only when the connection
comes from an address in the settings, from the right (the nearest proxy wrote last), and up to the
first address that is no trusted proxy's. `X-Forwarded-For`, `-Proto` and `-Host`, or `Forwarded`
(RFC 7239): the settings say which of them the proxy writes, and the other is not looked at, since
most proxies pass on what they do not know.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, Literal, NamedTuple

from starlette.requests import HTTPConnection
from starlette.types import Scope

from monitor.addresses import Address, address_of, network_of

Manner = Literal["x-forwarded", "forwarded"]
"""Which headers the proxies write."""

_MAXIMUM = 4_096
"""Bytes of such a header; a longer one is not read."""
_HOPS = 32
_TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_PAIR = re.compile(rf'[ \t]*({_TOKEN})=({_TOKEN}|"(?:[^"\\]|\\.)*+")[ \t]*(;|,|\Z)')
_HOST = re.compile(r"[A-Za-z0-9._-]{1,253}(:[0-9]{1,5})?|\[[0-9A-Fa-f:.]{2,45}\](:[0-9]{1,5})?")


class Hop(NamedTuple):
    """What one proxy says of whom it heard: None where it says nothing."""

    address: str | None
    scheme: str | None = None
    host: str | None = None


class TrustedProxies:
    """The proxies whose word is taken. `networks` are addresses or networks (CIDR).

    Raises ValueError for what is no network, and for one that holds every address.
    """

    def __init__(self, networks: Iterable[str] = (), manner: Manner = "x-forwarded") -> None:
        self._networks = tuple(network_of(text) for text in networks)
        self._read = _forwarded if manner == "forwarded" else _x_forwarded

    def apply(self, scope: Scope) -> None:
        """Put the client's own address, scheme and host into the scope of a request that a trusted
        proxy handed on; leave any other as it is."""
        told = self._told(scope)
        if told is not None:
            _tell(scope, *told)

    def heard(self, scope: Scope) -> str:
        """The client's address as a trusted proxy says it; empty where none says any."""
        told = self._told(scope)
        is_said = told is not None and address_of(told[1].address or "") is not None
        return told[0] if told is not None and is_said else ""

    def _told(self, scope: Scope) -> tuple[str, Hop] | None:
        if not self._networks or not scope.get("client"):
            return None
        peer = address_of(scope["client"][0])
        if peer is None or not self._trusts(peer):
            return None
        client, found = str(peer), Hop(None)
        for hop in self._read(_gathered(scope)):
            found = Hop(hop.address, hop.scheme or found.scheme, hop.host or found.host)
            heard = address_of(hop.address or "")
            if heard is None:
                break
            client = str(heard)
            if not self._trusts(heard):
                break
        return client, found

    def _trusts(self, address: Address) -> bool:
        return any(
            address.version == network.version and address in network for network in self._networks
        )


def client_of(request: HTTPConnection) -> str:
    """The client's address as text, behind trusted proxies too; empty where it is not known."""
    client = request.scope.get("client")
    if not client:
        return ""
    address = address_of(client[0])
    return client[0] if address is None else str(address)


def _gathered(scope: Scope) -> Mapping[str, str]:
    """The headers of interest; lines of the same name are one list (RFC 9110, 5.3)."""
    found: dict[str, str] = {}
    for raw, value in scope["headers"]:
        name = raw.decode("latin-1").lower()
        if name in _NAMES and len(found.get(name, "")) + len(value) <= _MAXIMUM:
            text = value.decode("latin-1")
            found[name] = f"{found[name]},{text}" if name in found else text
    return found


_NAMES: Final = ("forwarded", "x-forwarded-for", "x-forwarded-proto", "x-forwarded-host")


def _x_forwarded(headers: Mapping[str, str]) -> Iterator[Hop]:
    """Hops from the nearest on. Of schemes and hosts there may be fewer than of addresses."""
    addresses, schemes, hosts = (
        [part.strip() for part in headers.get(name, "").split(",")][::-1] for name in _NAMES[1:]
    )
    for index, address in enumerate(addresses[:_HOPS]):
        yield Hop(
            address or None,
            schemes[index] if index < len(schemes) else None,
            hosts[index] if index < len(hosts) else None,
        )


def _forwarded(headers: Mapping[str, str]) -> Iterator[Hop]:
    """Hops from the nearest on; none of a header that breaks the grammar anywhere."""
    hops: list[dict[str, str]] = [{}]
    text, at = headers.get("forwarded", ""), 0
    while at < len(text):
        pair = _PAIR.match(text, at)
        if pair is None:
            return
        name, value, sign = pair[1].lower(), pair[2], pair[3]
        if name in hops[-1]:
            return
        hops[-1][name] = re.sub(r"\\(.)", r"\1", value[1:-1]) if value[0] == '"' else value
        if sign == ",":
            hops.append({})
        at = pair.end()
    for hop in hops[: -_HOPS - 1 : -1]:
        yield Hop(hop.get("for"), hop.get("proto"), hop.get("host"))


def _tell(scope: Scope, client: str, found: Hop) -> None:
    scope["client"] = (client, 0)
    if found.scheme is not None and found.scheme.lower() in ("http", "https"):
        scope["scheme"] = found.scheme.lower()
    if found.host is not None and _HOST.fullmatch(found.host):
        others = [(name, value) for name, value in scope["headers"] if name != b"host"]
        scope["headers"] = [*others, (b"host", found.host.encode("ascii"))]
