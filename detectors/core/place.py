"""Where and with what: places, networks and devices as enrichment found them."""

from enum import Enum

from msgspec import Struct


class NetworkKind(Enum):
    """What sort of network an address is in, as far as it says where its user is.

    FIXED and MOBILE say so, more or less closely; HOSTING, VPN, RELAY, TOR and SATELLITE are not
    a place at all; PRIVATE and UNKNOWN say nothing.
    """

    FIXED = "fixed"
    MOBILE = "mobile"
    HOSTING = "hosting"
    VPN = "vpn"
    RELAY = "relay"
    TOR = "tor"
    SATELLITE = "satellite"
    PRIVATE = "private"
    UNKNOWN = "unknown"

    # Members are one object each, and Enum's own hash is a call into Python at every look-up.
    __hash__ = object.__hash__


NO_PLACES = frozenset({NetworkKind.HOSTING, NetworkKind.VPN, NetworkKind.RELAY, NetworkKind.TOR})
"""Networks whose users may be anywhere: where their addresses are located is nobody's place."""

SERVERS = frozenset({NetworkKind.HOSTING, NetworkKind.TOR})
"""Networks that nobody sits at, nor switches on for privacy as people do a VPN."""

NOWHERE = NO_PLACES | {NetworkKind.SATELLITE, NetworkKind.PRIVATE}
"""Networks whose address does not say where its user is."""


class Form(Enum):
    """What sort of thing the client runs on."""

    DESKTOP = "desktop"
    PHONE = "phone"
    TABLET = "tablet"
    SCRIPT = "script"
    UNKNOWN = "unknown"

    __hash__ = object.__hash__


# As names: see `detectors.core.event.SUCCESS`.
FIXED, MOBILE = NetworkKind.FIXED, NetworkKind.MOBILE
DESKTOP, PHONE, TABLET = Form.DESKTOP, Form.PHONE, Form.TABLET
UNNAMED = Form.UNKNOWN


class Place(Struct, frozen=True, array_like=True, gc=False, cache_hash=True):
    """A located place: ISO 3166-1 alpha-2 country, WGS 84 degrees, radius of error in km."""

    country: str
    region: str | None
    city: str | None
    latitude: float
    longitude: float
    radius_km: float = 0.0


class Network(Struct, frozen=True, array_like=True, gc=False, cache_hash=True):
    """The network of an address: autonomous system number (None = not known), its name, kind."""

    asn: int | None
    organisation: str | None
    kind: NetworkKind


class Former(Struct, frozen=True, array_like=True, gc=False, cache_hash=True):
    """How an address was placed by the databases before the present ones, which place it elsewhere
    or in another network; `built` tells those databases by a number."""

    built: int
    place: Place | None
    network: Network | None


class Relocated(Struct, array_like=True, gc=False):
    """How an account knows an address that the present databases may place elsewhere.

    `last` is when it was last used (ms); `now` and `asn` are what the databases `built` said of it
    then, 0 and None when it was last used before they came. `older`: not even the ones before those
    placed it where the account knows it.
    """

    last: int
    place: Place | None
    network: Network | None
    now: Place | None = None
    asn: int | None = None
    built: int = 0
    older: bool = False


class Device(Struct, frozen=True, array_like=True, gc=False, cache_hash=True):
    """A client program on a machine; `fingerprint` does not change when the program is updated."""

    fingerprint: str
    family: str
    os: str
    form: Form
