"""What is usual for accounts in general: how often honest ones show something new, and strangers.

Freeman et al. (NDSS 2016) need the probability of a sign-in's features in the whole population,
and among attackers, beside those of the account. Both are here as shares, in a frozen value with
a version: the shipped one is chosen from what is known of office work and not measured on any
customer; a tenant's own counts can be mixed in (`counted_in`), and then outweigh it.
"""

from enum import Enum
from functools import lru_cache
from math import log

from msgspec import Struct, field, structs

from detectors.core.address import block
from detectors.core.identity import digest
from detectors.core.place import NOWHERE, Network, NetworkKind, Place

PRIOR_SIGN_ONS = 200.0
"""So many of a tenant's own sign-ons count as much as the shipped shares."""
PRIOR_ACCOUNT_DAYS = 20_000.0
"""So many account-days of a tenant's own count as much as the shipped rates."""
SEAT = 0.05
"""Share of a tenant's sign-ons, each account once a day, from which an address is an office's."""
EXIT = 0.01
"""The same from which on it may be a company's exit, which some of its people use now and then; and
the share of a network that they have."""
FOREIGN = 0.005
"""The same of a country below which it is a foreign one."""
PEOPLED = 0.05
"""Share of a tenant's sign-ons, each account once a day, of a country that its people are in."""
WELL_KNOWN = 5
"""Counted days of a tenant's sign-ons from which on it tells of what its people never are."""
UNLISTED_HONEST = 1 / 40
UNLISTED_STRANGERS = 0.02
_HOURS = 24


class Newness(Enum):
    """How well an account knows a device. TWIN: one like it, with an older program."""

    KNOWN = "known"
    TWIN = "twin"
    NEW = "new"
    UNSAID = "unsaid"


class Line(Enum):
    """How well an account knows the network a sign-in comes through, and what sort it is.

    SAME is known; ELSEWHERE a known provider at a place never seen; NEW another fixed line and
    CARRIER another mobile network in a country that the account is at home in; ABROAD any line
    in another country. The rest are no places, and new to the account.
    """

    SAME = "same"
    ELSEWHERE = "elsewhere"
    NEW = "new"
    CARRIER = "carrier"
    ABROAD = "abroad"
    HOSTING = "hosting"
    VPN = "vpn"
    TOR = "tor"
    RELAY = "relay"
    UNSAID = "unsaid"


MASKED = frozenset({Line.HOSTING, Line.VPN, Line.TOR})
"""Lines that hide where their user is, and that strangers like."""


def name_of(device: Newness, line: Line, *, handheld: bool) -> str:
    """The name under which a population counts this combination."""
    kind = "" if device is Newness.UNSAID else "/hand" if handheld else "/desk"
    return f"{device.value}{kind}/{line.value}"


# Combination: honest account-days on which it comes up once, share of strangers' first sign-ins.
_SHIPPED: dict[str, tuple[float, float]] = {
    "new/desk/same": (60, 0.03),
    "new/desk/elsewhere": (165, 0.125),
    "new/desk/new": (110, 0.085),
    "new/desk/carrier": (250, 0.03),
    "new/desk/abroad": (1_550, 0.35),
    "new/desk/hosting": (2_400, 0.25),
    "new/desk/vpn": (2_800, 0.20),
    "new/desk/tor": (8_000, 0.05),
    "new/desk/relay": (600, 0.03),
    "new/desk/unsaid": (60, 0.05),
    "new/hand/same": (60, 0.01),
    "new/hand/elsewhere": (80, 0.02),
    "new/hand/new": (80, 0.04),
    "new/hand/carrier": (60, 0.02),
    "new/hand/abroad": (720, 0.10),
    "new/hand/hosting": (1_500, 0.10),
    "new/hand/vpn": (550, 0.10),
    "new/hand/tor": (5_000, 0.01),
    "new/hand/relay": (300, 0.01),
    "new/hand/unsaid": (60, 0.01),
    "twin/desk/same": (40, 0.03),
    "twin/desk/elsewhere": (60, 0.035),
    "twin/desk/new": (90, 0.10),
    "twin/desk/carrier": (80, 0.02),
    "twin/desk/abroad": (500, 0.18),
    "twin/desk/hosting": (500, 0.18),
    "twin/desk/vpn": (250, 0.13),
    "twin/desk/tor": (2_000, 0.03),
    "twin/desk/relay": (100, 0.02),
    "known/desk/new": (40, 0.05),
    "known/desk/elsewhere": (40, 0.03),
    "known/desk/abroad": (100, 0.10),
    "known/desk/hosting": (1_500, 0.135),
    "known/desk/vpn": (100, 0.15),
    "known/desk/tor": (650, 0.02),
    "known/desk/relay": (60, 0.02),
    "known/hand/abroad": (60, 0.02),
    "known/hand/hosting": (60, 0.04),
    "known/hand/vpn": (60, 0.02),
    "known/hand/tor": (600, 0.02),
    "unsaid/elsewhere": (40, 0.035),
    "unsaid/new": (40, 0.055),
    "unsaid/carrier": (40, 0.03),
    "unsaid/abroad": (65, 0.15),
    "unsaid/hosting": (1_800, 0.17),
    "unsaid/vpn": (270, 0.15),
    "unsaid/tor": (1_500, 0.04),
    "unsaid/relay": (60, 0.03),
}


def _shipped_honest() -> dict[str, float]:
    return {name: 1 / days for name, (days, _) in _SHIPPED.items()}


def _shipped_strangers() -> dict[str, float]:
    return {name: share for name, (_, share) in _SHIPPED.items()}


@lru_cache(maxsize=50_000)
def address_of(ip: str) -> str:
    """The name under which a population counts an address: a digest, of IPv6 that of its /64."""
    return digest(block(ip, 32, 64), size=6).hex()


class Shares(Struct, frozen=True):
    """How many of a tenant's sign-ons showed what, of `total`; each account once a day.

    `networks` are by AS number, `devices` by `family/os`, `hours` by the hour of a day in UTC,
    `addresses` by `address_of`. `exits` are the addresses that several accounts came from, be it
    on different days, and `crowds` those that many did. `days` is how many days were counted.
    """

    total: float
    networks: dict[str, float] = field(default_factory=dict)
    countries: dict[str, float] = field(default_factory=dict)
    devices: dict[str, float] = field(default_factory=dict)
    kinds: dict[str, float] = field(default_factory=dict)
    hours: dict[str, float] = field(default_factory=dict)
    addresses: dict[str, float] = field(default_factory=dict)
    exits: frozenset[str] = frozenset()
    crowds: frozenset[str] = frozenset()
    days: int = 0


class Population(Struct, frozen=True):
    """Rates and shares of one population, for all that is folded under one `version`.

    `honest`: how often an honest account shows a combination (`name_of`) for the first time, per
    account-day. `strangers`: its share of the first sign-ins of strangers. `kinds`, `forms` and
    `home_country` are shares of all sign-ins, `hours` the share of each hour of a day in UTC.
    `networks` (by AS number), `countries`, `devices` (`family/os`) and `addresses` (by
    `address_of`) are shares as well, of what a tenant's own people sign on with; empty where they
    were not counted. `exits` are addresses that several of them came from, `crowds` that many did
    (see `Shares`). `days` is of how many days.
    """

    version: str = "shipped-3"
    honest: dict[str, float] = field(default_factory=_shipped_honest)
    strangers: dict[str, float] = field(default_factory=_shipped_strangers)
    kinds: dict[str, float] = field(
        default_factory=lambda: {
            "fixed": 0.80,
            "mobile": 0.12,
            "vpn": 0.03,
            "relay": 0.02,
            "hosting": 0.02,
        }
    )
    forms: dict[str, float] = field(
        default_factory=lambda: {"desktop": 0.80, "phone": 0.15, "tablet": 0.02, "script": 0.03}
    )
    home_country: float = 0.95
    hours: tuple[float, ...] = (1 / _HOURS,) * _HOURS
    networks: dict[str, float] = field(default_factory=dict)
    countries: dict[str, float] = field(default_factory=dict)
    devices: dict[str, float] = field(default_factory=dict)
    addresses: dict[str, float] = field(default_factory=dict)
    exits: frozenset[str] = frozenset()
    crowds: frozenset[str] = frozenset()
    days: int = 0

    @property
    def is_well_known(self) -> bool:
        """Whether the tenant was counted for long enough to tell where its people never are."""
        return self.days >= WELL_KNOWN

    def is_seat(self, ip: str | None) -> bool:
        """Whether many of the tenant's people sign on from this address: an office, its VPN."""
        return ip is not None and self.addresses.get(address_of(ip), 0.0) >= SEAT

    def is_exit(self, ip: str | None) -> bool:
        """Whether several of the tenant's people sign on from this address on many a day."""
        return ip is not None and self.addresses.get(address_of(ip), 0.0) >= EXIT

    def is_common(self, ip: str | None) -> bool:
        """Whether several of the tenant's people come from this address, be it on different days:
        an office, the company's exit or servers, or the exit of a VPN that they have. It tells
        nobody's place; of who somebody is it tells nothing."""
        return ip is not None and (address_of(ip) in self.exits or self.is_exit(ip))

    def is_crowded(self, ip: str | None) -> bool:
        """Whether many of the tenant's people come from this address, be it on different days: a
        stranger's server that gets into so many accounts is told of by what it tries."""
        return ip is not None and address_of(ip) in self.crowds

    def is_gateway(self, ip: str | None) -> bool:
        """Whether so many of the tenant's people sign on from this address, and so often, that it
        is the company's: an office of its own, or where another office's lines come out."""
        return self.is_seat(ip) and self.is_crowded(ip)

    def has_network(self, number: int) -> bool:
        """Whether several of the tenant's people sign on through this network (AS number)."""
        return self.networks.get(str(number), 0.0) >= EXIT

    def is_misplaced(self, network: Network | None, place: Place | None) -> bool:
        """Whether this is a carrier that several of the tenant's people have, located in a country
        that they are not in: a carrier's addresses are located anywhere, and a telephone abroad
        comes through its own at home."""
        if network is None or network.kind is not NetworkKind.MOBILE or network.asn is None:
            return False
        if place is None or not self.has_network(network.asn):
            return False
        return not self.is_peopled(place.country)

    def is_foreign(self, country: str) -> bool:
        """Whether next to nobody of the tenant's people signs on from this country, as far as they
        were counted."""
        return bool(self.countries) and self.countries.get(country, 0.0) < FOREIGN

    def is_alien(self, network: Network | None, place: Place | None) -> bool:
        """Whether next to none of the tenant's people come from here, as far as they were counted:
        neither through this network nor from this country. Servers, VPNs and relays are nowhere."""
        if network is None or network.asn is None or place is None or network.kind in NOWHERE:
            return False
        is_foreign = self.is_well_known and self.is_foreign(place.country)
        return is_foreign and not self.has_network(network.asn)

    def is_peopled(self, country: str) -> bool:
        """Whether a good part of the tenant's people sign on from this country."""
        return self.countries.get(country, 0.0) >= PEOPLED

    def surprise(self, device: Newness, line: Line, *, handheld: bool) -> float:
        """How much this combination speaks for a stranger, in nats, before what else is known.

        log(share among strangers' sign-ins / rate at which honest accounts come to show it).
        """
        name = name_of(device, line, handheld=handheld)
        honest = self.honest.get(name, UNLISTED_HONEST)
        return log(self.strangers.get(name, UNLISTED_STRANGERS) / honest)

    def counted_in(
        self, version: str, account_days: float, counts: dict[str, float]
    ) -> "Population":
        """This population with a tenant's own counts of first times over so many account-days.

        Smoothed as if the shipped rates had been seen over `PRIOR_ACCOUNT_DAYS`: a small tenant
        changes little. Raises ValueError for counts or days below zero.
        """
        if account_days < 0 or any(count < 0 for count in counts.values()):
            raise ValueError("counts and account-days are not negative")
        whole = account_days + PRIOR_ACCOUNT_DAYS
        names = {*self.honest, *counts}
        honest = {
            name: (
                counts.get(name, 0.0) + self.honest.get(name, UNLISTED_HONEST) * PRIOR_ACCOUNT_DAYS
            )
            / whole
            for name in sorted(names)
        }
        return structs.replace(self, version=version, honest=honest)

    def shared_by(self, version: str, shares: Shares) -> "Population":
        """This population with what a tenant's own people sign on with.

        Smoothed as if the shares here had been seen in `PRIOR_SIGN_ONS`. Rates of first times and
        strangers' shares stay as they are.
        """
        whole = shares.total + PRIOR_SIGN_ONS
        hours = enumerate(self.hours)
        return structs.replace(
            self,
            version=version,
            kinds={
                kind: (shares.kinds.get(kind, 0.0) + self.kinds.get(kind, 0.0) * PRIOR_SIGN_ONS)
                / whole
                for kind in sorted({*self.kinds, *shares.kinds})
            },
            hours=tuple(
                (shares.hours.get(str(hour), 0.0) + share * PRIOR_SIGN_ONS)
                / (sum(shares.hours.values()) + PRIOR_SIGN_ONS)
                for hour, share in hours
            ),
            networks={key: count / whole for key, count in sorted(shares.networks.items())},
            countries={key: count / whole for key, count in sorted(shares.countries.items())},
            devices={key: count / whole for key, count in sorted(shares.devices.items())},
            addresses={key: count / whole for key, count in sorted(shares.addresses.items())},
            exits=shares.exits,
            crowds=shares.crowds,
            days=shares.days,
        )


SHIPPED = Population()
