"""Whose accounts there are: where and with what they work, how much, and at which tenant.

Half of them are of one tenant, the others of tenants ever smaller; one account is a busy
service's, that makes a tenth of all sign-ins.
"""

import random
from itertools import accumulate
from typing import Final, NamedTuple

from benchmarks.seeding.scale import Scale
from detectors.core.identity import Subject, SubjectKind
from detectors.core.place import Device, Form, Network, NetworkKind, Place

BUSY: Final = 0.1
"""The part of all sign-ins that the first account makes."""
HALF: Final = 0.5

PLACES: Final = (
    Place("FR", "Île-de-France", "Paris", 48.86, 2.35, 20.0),
    Place("FR", "Auvergne-Rhône-Alpes", "Lyon", 45.76, 4.84, 20.0),
    Place("FR", "Hauts-de-France", "Lille", 50.63, 3.06, 20.0),
    Place("MA", "Casablanca-Settat", "Casablanca", 33.59, -7.61, 50.0),
    Place("TN", "Tunis", "Tunis", 36.81, 10.18, 50.0),
    Place("MG", "Analamanga", "Antananarivo", -18.88, 47.51, 100.0),
    Place("SN", "Dakar", "Dakar", 14.69, -17.45, 50.0),
    Place("PT", "Lisboa", "Lisboa", 38.72, -9.14, 20.0),
)
ABROAD: Final = (
    Place("NG", "Lagos", "Lagos", 6.45, 3.39, 50.0),
    Place("VN", None, "Hanoi", 21.03, 105.85, 50.0),
    Place("BR", "São Paulo", "São Paulo", -23.55, -46.63, 50.0),
)
LINES: Final = (
    Network(3215, "Orange S.A.", NetworkKind.FIXED),
    Network(12322, "Free SAS", NetworkKind.FIXED),
    Network(36903, "Maroc Telecom", NetworkKind.FIXED),
    Network(37054, "Telma", NetworkKind.FIXED),
)
CARRIERS: Final = (
    Network(15557, "SFR mobile", NetworkKind.MOBILE),
    Network(29465, "MTN Nigeria", NetworkKind.MOBILE),
)
HOSTED: Final = Network(24940, "Hetzner Online", NetworkKind.HOSTING)
_CHROME: Final = "Mozilla/5.0 ({}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{}.0.0.0 {}"
_MACHINES: Final = (
    ("Windows NT 10.0; Win64; x64", "Safari/537.36", "Chrome", "Windows", Form.DESKTOP),
    ("Macintosh; Intel Mac OS X 10_15_7", "Safari/537.36", "Chrome", "Mac OS X", Form.DESKTOP),
    ("X11; Linux x86_64", "Safari/537.36", "Chrome", "Linux", Form.DESKTOP),
    ("Linux; Android 10; K", "Mobile Safari/537.36", "Chrome Mobile", "Android", Form.PHONE),
)
_FIRST: Final = ("Awa", "Léa", "Hugo", "Inès", "Noé", "Sana", "Tom", "Zoé", "Élise", "Karim")
_LAST: Final = ("Martin", "Rakoto", "Diallo", "Bennani", "Petit", "Moreau", "Silva", "Trabelsi")


class Station(NamedTuple):
    """What somebody signs in with and from."""

    ip: str
    agent: str
    place: Place
    network: Network
    device: Device


class Person(NamedTuple):
    """One account; `stations` are its own, the one it mostly uses first."""

    number: int
    tenant: str
    uid: str
    name: str
    email: str
    stations: tuple[Station, ...]

    @property
    def subject(self) -> Subject:
        """What events and findings call it."""
        return Subject(SubjectKind.ACCOUNT, self.tenant, self.uid)


class People:
    """All accounts, and how likely each of them is the one that signs in."""

    def __init__(self, scale: Scale) -> None:
        chance = random.Random(f"people {scale.seed}")  # noqa: S311 - the same people every time
        self.all = [_person(number, scale, chance) for number in range(scale.accounts)]
        # Most are at work as much as others, a few for many.
        weights = [chance.paretovariate(3.0) for _ in range(scale.accounts - 1)]
        busiest = sum(weights) * BUSY / (1 - BUSY)
        self.weights = list(accumulate([busiest, *weights]))


def abroad(chance: random.Random) -> Station:
    """Somewhere that nobody works."""
    return _station(chance, chance.choice(ABROAD), HOSTED)


def tenant_of(number: int) -> str:
    """What a tenant is called."""
    return f"centre-{number:03d}"


def _person(number: int, scale: Scale, chance: random.Random) -> Person:
    tenant = 0
    if chance.random() >= HALF:
        # The larger the fewer.
        tenant = 1 + int((scale.tenants - 1) * chance.random() ** 2)
    place = PLACES[tenant % len(PLACES)]
    stations = [_station(chance, place, LINES[tenant % len(LINES)])]
    if number % 3 == 0:
        stations.append(_station(chance, place, CARRIERS[0], phone=True))
    first, last = _FIRST[number % len(_FIRST)], _LAST[number // 7 % len(_LAST)]
    return Person(
        number,
        tenant_of(tenant),
        f"u{number:06d}",
        f"{first} {last}",
        f"agent{number:06d}@{tenant_of(tenant)}.example",
        tuple(stations),
    )


def _station(
    chance: random.Random, place: Place, network: Network, *, phone: bool = False
) -> Station:
    system, engine, family, os, form = _MACHINES[3 if phone else chance.randrange(3)]
    version = 120 + chance.randrange(25)
    return Station(
        f"{chance.randrange(11, 200)}.{chance.randrange(256)}.{chance.randrange(256)}.7",
        _CHROME.format(system, version, engine),
        place,
        network,
        Device(f"{chance.getrandbits(64):016x}", family, os, form),
    )
