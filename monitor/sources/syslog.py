"""Addresses where syslog is received, and what may be set for each; the lines lie in the inbox."""

import ipaddress
import re
import ssl
from typing import Annotated, Any, Final, Literal, NamedTuple, cast

import msgspec
from msgspec import Meta, Struct
from sqlalchemy import Engine

from detectors.core.detector import Text
from monitor import clock
from monitor.formats.format import MAXIMUM_LINE
from monitor.sources import inbox
from monitor.sources.source import Chunk, Source, SourceError
from monitor.sources.specification import Opening
from monitor.sources.tls import context_of
from monitor.store.inbox import Inbox
from monitor.store.receipts import Receipts, read_receipts

Transport = Literal["udp", "tcp", "tls"]
Framing = Literal["auto", "octets", "lines"]
"""How a stream is framed: by counts where there are some, always by counts, or never."""

PORTS: Final[dict[Transport, int]] = {"udp": 514, "tcp": 514, "tls": 6514}
_ADDRESS = re.compile(
    r"syslog\+(?P<transport>udp|tcp|tls)://"
    r"(?:\[(?P<six>[0-9A-Fa-f:.]+)\]|(?P<host>[^\[\]:/?#@]+))(?::(?P<port>[0-9]{1,5}))?/?"
)
_PREFIX = "syslog+"
_LOOPBACK = ("127.0.0.0/8", "::1/128")
_OF_TLS = ("certificate", "key", "client_ca")
_OF_STREAMS = ("framing", "connections", "connections_per_sender", "idle_hours")
_MEMORY: Final = 256 << 20
"""Bytes that unfinished messages of all connections of a source may come to."""

_LOOK_EVERY_S = 10.0
_UNTOLD_MS = 60_000

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Address(NamedTuple):
    """Where a source listens; `host` is an address or `localhost`, port 0 any free one."""

    transport: Transport
    host: str
    port: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{_PREFIX}{self.transport}://{host}:{self.port}"

    def is_loopback(self) -> bool:
        """Whether only this machine can reach it."""
        return self.host == "localhost" or ipaddress.ip_address(self.host).is_loopback


class Options(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What may be set for a source of syslog.

    `allow`: networks (CIDR) that may send; none named, this machine only. `maximum_message` is in
    bytes; `messages_per_second` holds for each sender, who may send twice as many at once.
    Of TLS: `certificate` (with the chain), `key`, and `client_ca`, which only those may connect
    that hold a certificate of; all in PEM, by `certificate_file` and so on from files.
    """

    allow: tuple[str, ...] = ()
    framing: Framing = "auto"
    maximum_message: Annotated[int, Meta(ge=480, le=MAXIMUM_LINE)] = 64 << 10
    messages_per_second: Annotated[int, Meta(ge=1, le=1_000_000)] = 5_000
    connections: Annotated[int, Meta(ge=1, le=10_000)] = 500
    connections_per_sender: Annotated[int, Meta(ge=1, le=10_000)] = 20
    idle_hours: Annotated[float, Meta(gt=0, le=24 * 31)] = 12.0
    certificate: str | None = None
    key: str | None = None
    client_ca: str | None = None

    def context(self) -> ssl.SSLContext | None:
        """What connections are wrapped with; None where they are not. Raises CertificateError."""
        if self.certificate is None or self.key is None:
            return None
        return context_of(self.certificate, self.key, self.client_ca)

    def networks(self) -> tuple[Network, ...]:
        """Those that may send. Raises ValueError for one that is none."""
        return tuple(map(ipaddress.ip_network, self.allow or _LOOPBACK))


def accepts(spec: str) -> bool:
    """Whether this kind of source is meant: `syslog+udp://`, `syslog+tcp://`, `syslog+tls://`."""
    return spec.startswith(_PREFIX)


def opened(opening: Opening) -> Source:
    """What was received for the source of this name. Raises SourceError without a database."""
    if opening.database is None or not opening.follow:
        return inbox.opened(opening)
    return SyslogSource(opening.name, opening.database)


def check(opening: Opening) -> None:
    """Raises ValueError for an address that is none, and for options that do not go with it."""
    address = address_of(opening.spec)
    options = options_of(opening.options)
    given = opening.options
    foreign = _foreign(address.transport) & set(given)
    if foreign:
        name = ", ".join(sorted(foreign))
        raise ValueError(f"{name}: of no use with {_PREFIX}{address.transport}; leave it out")
    options.networks()
    if not options.allow and not address.is_loopback():
        raise ValueError(
            f"{address} can be reached from other machines: name those that may send, "
            'such as allow = ["10.0.0.0/8"]'
        )
    if address.transport != "udp" and options.connections * options.maximum_message > _MEMORY:
        raise ValueError(
            "connections times maximum_message comes to more than "
            f"{_MEMORY >> 20} MiB of memory; lower one of them"
        )
    if address.transport == "tls":
        _check_tls(options)


class SyslogSource(inbox.InboxSource):
    """What was received, and is; where nothing can be received any more, that is said."""

    def __init__(self, name: str, database: Engine) -> None:
        super().__init__(name, Inbox(database))
        self._database = database
        self._begun = clock.now_ms()
        self._look_at = 0.0
        self._trouble: Text | None = None

    def read(self, limit: int) -> Chunk | None:
        """The next lines of one sender. Raises SourceError while there are none and nothing is
        listened on."""
        chunk = super().read(limit)
        if chunk is None:
            self._look(clock.monotonic())
        return chunk

    def _look(self, now: float) -> None:
        if now >= self._look_at:
            self._look_at = now + _LOOK_EVERY_S
            receipts = read_receipts(self._database).get(self.name)
            self._trouble = _trouble(receipts, self._begun, clock.now_ms())
        if self._trouble is not None:
            raise SourceError(self._trouble)


def _trouble(receipts: Receipts | None, begun: int, now: int) -> Text | None:
    told = begun if receipts is None else max(begun, receipts.updated)
    if now - told > _UNTOLD_MS:
        return Text(
            en="the process that receives syslog does not tell of itself",
            fr="le processus qui reçoit syslog ne donne pas de nouvelles",
        )
    reason = None if receipts is None else receipts.trouble
    return None if reason is None else Text(en=reason, fr=reason)


def address_of(url: str) -> Address:
    """The address that a source listens at. Raises ValueError for one that is none."""
    found = _ADDRESS.fullmatch(url)
    if found is None:
        raise ValueError(
            "expected such as syslog+udp://127.0.0.1:514, syslog+tcp://0.0.0.0:514 or "
            f"syslog+tls://[::]:6514, got {url!r}"
        )
    transport = cast(Transport, found["transport"])
    port = PORTS[transport] if found["port"] is None else int(found["port"])
    if port > 65_535:
        raise ValueError(f"no such port: {port}")
    host = found["six"] or found["host"]
    if host != "localhost":
        try:
            ipaddress.ip_address(host)
        except ValueError:
            raise ValueError(
                f"expected the address of an interface, localhost, 0.0.0.0 or [::], got {host!r}"
            ) from None
    return Address(transport, host, port)


def options_of(given: Any) -> Options:
    """The options of a source. Raises ValueError for those that it cannot use."""
    try:
        return msgspec.convert(dict(given), Options)
    except msgspec.ValidationError as error:
        raise ValueError(str(error).replace(" - at `$.", " - at `options.")) from None


def _foreign(transport: Transport) -> set[str]:
    if transport == "tls":
        return set()
    return {*_OF_TLS, *(_OF_STREAMS if transport == "udp" else ())}


def _check_tls(options: Options) -> None:
    for name in ("certificate", "key"):
        if getattr(options, name) is None:
            raise ValueError(f"syslog+tls needs {name}_file, the file of a {name} in PEM")
    for name in _OF_TLS:
        text = getattr(options, name)
        if text is not None and "-----BEGIN " not in text:
            raise ValueError(f"{name} is not in PEM; name the file of it by {name}_file")
    options.context()
