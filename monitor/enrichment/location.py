"""Where an address is and in what network, from MaxMind databases; never raises for an address."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from pathlib import Path
from typing import Any, Protocol, Self, TypeAlias, TypeVar

from detectors.core.place import Network, NetworkKind, Place
from monitor.enrichment.database import Database, Purpose, Record
from monitor.enrichment.networks import Networks, load_networks
from monitor.enrichment.prefixes import Address, Prefixes
from monitor.enrichment.shipped import unpack

Whereabouts: TypeAlias = tuple[Place | None, Network]

LONGEST_ADDRESS = 64
"""Characters; what is longer is no address."""

COMPACT_SUFFIX = "-Compact"
COMPACT_RADIUS_KM = 50.0
"""The shipped city database snaps places by up to this much; its own radius means nothing."""

NOWHERE = Network(None, None, NetworkKind.UNKNOWN)
PRIVATE = Network(None, None, NetworkKind.PRIVATE)

_PRIVATE_RANGES = (
    "10.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "100.64.0.0/10",  # shared by carriers, RFC 6598
    "127.0.0.0/8",
    "169.254.0.0/16",
    "::1/128",
    "fc00::/7",
    "fe80::/10",
)
# Teredo, 6to4 and its anycast relays are registered far from their users.
_JUNK_RANGES = ("2001::/32", "2002::/16", "192.88.99.0/24")
_NOT_LOCATED = Prefixes(
    [(ip_network(text), PRIVATE) for text in _PRIVATE_RANGES]
    + [(ip_network(text), NOWHERE) for text in _JUNK_RANGES]
)
_TRANSLATED = ip_network("64:ff9b::/96")  # NAT64, RFC 6052

T = TypeVar("T")

_INTERNED = 200_000
_ANONYMISERS = (
    ("is_tor_exit_node", NetworkKind.TOR),
    ("is_anonymous_vpn", NetworkKind.VPN),
    ("is_public_proxy", NetworkKind.VPN),
    ("is_residential_proxy", NetworkKind.VPN),
)
_CONNECTIONS = {"Cellular": NetworkKind.MOBILE, "Satellite": NetworkKind.SATELLITE}
_PLAIN = (NetworkKind.FIXED, NetworkKind.MOBILE, NetworkKind.UNKNOWN)


class Locator(Protocol):
    """What enrichment needs of a location source; a fake in tests keeps a dictionary."""

    @property
    def version(self) -> str:
        """Changes whenever answers may change."""
        ...

    def look_up(self, ip: str | None) -> Whereabouts:
        """Place (None = not known) and network of an address as logged. Never raises."""
        ...


class Location:
    """A `Locator` over up to four databases and the list of network kinds."""

    def __init__(
        self,
        city: Database,
        autonomous_systems: Database,
        networks: Networks,
        anonymous: Database | None = None,
        connections: Database | None = None,
    ) -> None:
        self._city = city
        self._autonomous_systems = autonomous_systems
        self._networks = networks
        self._anonymous = anonymous
        self._connections = connections
        self._is_compact = city.type.endswith(COMPACT_SUFFIX)
        self._places: dict[Place, Place] = {}
        self._known: dict[Network, Network] = {}

    @classmethod
    def open(
        cls,
        *,
        city: Path | None = None,
        autonomous_systems: Path | None = None,
        anonymous: Path | None = None,
        connections: Path | None = None,
        networks: Path | None = None,
        cache: Path | None = None,
    ) -> Self:
        """Open the user's own databases where given, else the shipped ones, unpacked in `cache`.

        `networks` is a list that wins over the shipped one. Raises GeoDatabaseError,
        NetworkListError or ShippedDataError.
        """
        return cls(
            Database(city or unpack("city.mmdb", cache), Purpose.CITY),
            Database(autonomous_systems or unpack("asn.mmdb", cache), Purpose.ASN),
            load_networks(networks),
            None if anonymous is None else Database(anonymous, Purpose.ANONYMOUS_IP),
            None if connections is None else Database(connections, Purpose.CONNECTION_TYPE),
        )

    @property
    def version(self) -> str:
        """Types and build times of the databases, and a digest of the list of networks."""
        names = [database.version for database in self._databases()]
        return "+".join([*names, f"networks@{self._networks.version}"])

    @property
    def placed_by(self) -> str:
        """Types and build times of the databases that say where an address is and whose it is."""
        return f"{self._city.version}+{self._autonomous_systems.version}"

    @property
    def unreadable(self) -> int:
        """How many look-ups met a damaged record."""
        return sum(database.unreadable for database in self._databases())

    @property
    def is_shipped_data(self) -> bool:
        """Whether the shipped city data is in use, so that its credit must be shown."""
        return self._is_compact

    def look_up(self, ip: str | None) -> Whereabouts:
        """Place and network of an address as logged; unknown for anything that is none."""
        address = address_of(ip)
        if address is None:
            return None, NOWHERE
        not_located = _NOT_LOCATED.find(address)
        if not_located is not None:
            return None, not_located
        place = place_of(self._city.get(address), COMPACT_RADIUS_KM if self._is_compact else None)
        if place is not None:
            place = _intern(self._places, place)
        return place, _intern(self._known, self._network(address))

    def close(self) -> None:
        """Close the databases; no look-up may follow."""
        for database in self._databases():
            database.close()

    def _databases(self) -> list[Database]:
        optional = (self._anonymous, self._connections)
        return [self._city, self._autonomous_systems, *(d for d in optional if d is not None)]

    def _network(self, address: Address) -> Network:
        record = self._autonomous_systems.get(address) or {}
        number = record.get("autonomous_system_number")
        number = number if isinstance(number, int) and number > 0 else None
        kind = self._observed_kind(address, self._networks.kind(address, number))
        return Network(number, _text(record.get("autonomous_system_organization")), kind)

    def _observed_kind(self, address: Address, listed: NetworkKind) -> NetworkKind:
        record = (self._anonymous.get(address) if self._anonymous else None) or {}
        for flag, kind in _ANONYMISERS:
            if record.get(flag) is True:
                return kind
        if listed not in _PLAIN:
            return listed
        if record.get("is_hosting_provider") is True:
            return NetworkKind.HOSTING
        record = (self._connections.get(address) if self._connections else None) or {}
        return _CONNECTIONS.get(str(record.get("connection_type")), listed)


def address_of(ip: str | None) -> Address | None:
    """The address that a text stands for, mapped and translated IPv4 unwrapped; else None."""
    if not ip or len(ip) > LONGEST_ADDRESS:
        return None
    try:
        address = ip_address(ip)
    except ValueError:
        return None
    if isinstance(address, IPv4Address):
        return address
    if address.scope_id is not None:
        address = IPv6Address(int(address))
    if address in _TRANSLATED:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.ipv4_mapped or address


def place_of(record: Record | None, radius_km: float | None = None) -> Place | None:
    """The place that a City record gives, None without country or usable coordinates.

    `radius_km` replaces the record's own radius of error. Latitude and longitude both exactly 0
    are what databases write for "not known".
    """
    if record is None:
        return None
    country = _code(record, "country") or _code(record, "registered_country")
    location = record.get("location")
    if country is None or not isinstance(location, dict):
        return None
    latitude = _degrees(location.get("latitude"), 90.0)
    longitude = _degrees(location.get("longitude"), 180.0)
    if latitude is None or longitude is None or (latitude == 0.0 and longitude == 0.0):
        return None
    if radius_km is None:
        radius_km = _degrees(location.get("accuracy_radius"), 20_040.0) or 0.0
    subdivisions = record.get("subdivisions")
    region = _name(subdivisions[0]) if isinstance(subdivisions, list) and subdivisions else None
    return Place(country, region, _name(record.get("city")), latitude, longitude, abs(radius_km))


def _intern(known: dict[T, T], value: T) -> T:
    if len(known) >= _INTERNED:
        known.clear()
    return known.setdefault(value, value)


def _code(record: Record, field: str) -> str | None:
    country = record.get(field)
    return _text(country.get("iso_code")) if isinstance(country, dict) else None


def _name(value: Any) -> str | None:
    names = value.get("names") if isinstance(value, dict) else None
    if not isinstance(names, dict):
        return None
    return _text(names.get("en")) or _text(names.get("fr"))


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _degrees(value: Any, limit: float) -> float | None:
    # By type and not by isinstance: a boolean is no number here. Not-a-number fails the comparison.
    if type(value) is float or type(value) is int:
        return float(value) if -limit <= value <= limit else None
    return None
