"""Picks real address ranges for the simulated world from location and network databases.

The picture it takes is kept in `networks.json`, so that a simulation needs no database and gives
the same bytes whatever database is installed.
"""

import sys
from collections.abc import Iterator, Mapping
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from random import Random
from typing import Any

import maxminddb
import msgspec
from msgspec import Struct

from monitor.simulation.chance import dice

PREFIXES_EACH = 12
"""How many ranges of 256 addresses are kept per network and city."""
LONG_PREFIXES_EACH = 5
"""How many IPv6 ranges (/48) are kept per network and country."""
FIXED6 = "fixed6"
"""The kind of IPv6 ranges: their site is a country, for few databases tell more, and wrongly."""
_TRIES_EACH = 4_000

_Block = IPv4Network | IPv6Network


class Wanted(Struct, frozen=True):
    """One network in one city to look for; `cities` are the names the database may use.

    No `cities` are any. `within` are the ranges to look in, all of the network by default.
    """

    site: str
    kind: str
    asn: int
    country: str
    cities: tuple[str, ...]
    within: tuple[str, ...] = ()


class Range(Struct, frozen=True):
    """What was found: ranges that the databases place at one point, in one network.

    A prefix is the part of the address before its last number, or of IPv6 its first 48 bits.
    """

    site: str
    kind: str
    asn: int
    organisation: str
    country: str
    city: str
    latitude: float
    longitude: float
    prefixes: tuple[str, ...]


def _wanted(kind: str, rows: str) -> Iterator[Wanted]:
    for row in rows.strip().splitlines():
        site, country, cities, numbers = (part.strip() for part in row.split("|"))
        names = tuple(name.strip() for name in cities.split(",") if name.strip())
        for number in numbers.split():
            asn, *within = number.split("@")
            yield Wanted(site, kind, int(asn), country, names, tuple(within))


WANTED = (
    *_wanted(
        "fixed",
        """
        Lyon | FR | Lyon, Villeurbanne | 3215 12322 5410 15557
        Lille | FR | Lille, Roubaix | 3215 12322 15557
        Paris | FR | Paris | 3215 12322 5410 15557
        Marseille | FR | Marseille | 3215 12322 15557
        Toulouse | FR | Toulouse | 3215 12322
        Nantes | FR | Nantes | 3215 12322
        Bordeaux | FR | Bordeaux | 3215 5410
        Rabat | MA | Rabat | 36903 36884
        Casablanca | MA | Casablanca | 36903 36925
        Tunis | TN | Tunis | 2609 37705
        Antananarivo | MG | Antananarivo | 37054 37037
        Dakar | SN | Dakar | 8346 37649
        Porto | PT | Porto | 3243 2860 12353
        Lisbon | PT | Lisbon | 3243 2860
        London | GB | London | 2856
        Madrid | ES | Madrid | 3352
        Barcelona | ES | Barcelona | 3352
        Brussels | BE | Evere, Brussels | 5432
        Berlin | DE | Berlin | 3320
        Lagos | NG | Lagos | 29465
        Moscow | RU | Moscow | 12389 8359
        Hanoi | VN | Hanoi | 7552 45899
        Ho Chi Minh City | VN | Ho Chi Minh City | 45899
        Sao Paulo | BR | Sao Paulo | 28573
        Rio de Janeiro | BR | Rio de Janeiro | 28573
        Jakarta | ID | Jakarta | 7713
        New Delhi | IN | New Delhi | 24560
        Mumbai | IN | Mumbai | 24560
        Kyiv | UA | Kyiv | 15895
        Abidjan | CI | Abidjan | 29571
        Bucharest | RO | Bucharest | 8708
        Algiers | DZ | Algiers | 36947
        Chicago | US | Chicago | 7922
        Boston | US | Boston | 7922
        Rennes | FR | Rennes | 3215 12322
        Strasbourg | FR | Strasbourg | 3215 12322 5410
        Montpellier | FR | Montpellier | 3215 12322
        Nice | FR | Nice | 3215 12322
        Grenoble | FR | Grenoble | 3215 12322
        Marrakesh | MA | Marrakesh | 36903 36925
        Tangier | MA | Tangier | 36903 36925
        Sfax | TN | Sfax | 2609 37705
        Hammamet | TN | Hammamet | 2609 37693
        Coimbra | PT | Coimbra | 3243 2860 12353
        Faro | PT | Faro | 3243 2860 12353
        Milan | IT | Milan | 3269 12874
        Warsaw | PL | Warsaw | 5617
        """,
    ),
    *_wanted(
        "mobile",
        """
        FR | FR | Paris | 51207 3215@92.184.96.0/19 15557@77.136.0.0/16 5410@80.214.0.0/15
        TN | TN | Tunis | 37693
        MA | MA | Casablanca | 36925
        PT | PT | Lisbon | 42863
        SN | SN | Dakar | 8346
        MG | MG | Antananarivo | 37054
        """,
    ),
    *_wanted(
        "hosting",
        """
        Paris | FR | Paris | 16276 12876
        Roubaix | FR | Roubaix | 16276
        Gravelines | FR | Gravelines | 16276
        London | GB | London | 63949 20473
        Falkenstein | DE | Falkenstein | 24940
        Nuremberg | DE | Nuremberg | 24940
        Frankfurt | DE | Frankfurt am Main | 14061 63949
        Amsterdam | NL | Amsterdam | 14061 20473
        New York | US | New York | 14061
        Dublin | IE | Dublin | 16509
        """,
    ),
    *_wanted(
        "vpn",
        """
        Frankfurt | DE | Frankfurt am Main | 9009
        London | GB | London | 9009
        Madrid | ES | Madrid | 212238
        Amsterdam | NL | Amsterdam | 212238 136787
        Stockholm | SE | Stockholm | 39351
        Malmo | SE | Malmo | 39351
        Paris | FR | Paris | 212238 9009
        Zurich | CH | Zurich | 212238 9009
        """,
    ),
    *_wanted(
        "relay",
        """
        Paris | FR | Paris | 36183
        London | GB | London | 36183
        Frankfurt | DE | Frankfurt am Main | 36183
        """,
    ),
    *_wanted(
        "gateway",
        """
        Paris | FR | Paris | 62044
        Frankfurt | DE | Frankfurt am Main | 62044
        Zurich | CH | Zurich | 62044
        """,
    ),
    *_wanted("tor", "Berlin | DE | Berlin | 60729"),
    *_wanted(
        FIXED6,
        """
        FR | FR | | 3215 12322 5410 15557
        PT | PT | | 3243 2860 12353
        MA | MA | | 36903
        TN | TN | | 2609 37705
        SN | SN | | 8346 37649
        GB | GB | | 2856
        DE | DE | | 3320
        BR | BR | | 28573
        VN | VN | | 7552 45899
        IN | IN | | 24560
        RO | RO | | 8708
        US | US | | 7922
        """,
    ),
)


def survey(city: maxminddb.Reader, asn: maxminddb.Reader) -> list[Range]:
    """The ranges wanted, as two databases of the usual layout know them, in the order wanted."""
    numbers = {wanted.asn for wanted in WANTED}
    blocks: dict[int, list[_Block]] = {number: [] for number in numbers}
    names: dict[int, str] = {}
    for network, facts in asn:
        if isinstance(facts, dict) and isinstance(network, IPv4Network | IPv6Network):
            number = facts.get("autonomous_system_number")
            if number in numbers:
                blocks[int(str(number))].append(network)
                names[int(str(number))] = str(facts.get("autonomous_system_organization"))
    return [
        found
        for wanted in WANTED
        if (found := _find(wanted, blocks[wanted.asn], names.get(wanted.asn, ""), city)) is not None
    ]


def _find(
    wanted: Wanted, blocks: list[_Block], organisation: str, city: maxminddb.Reader
) -> Range | None:
    rng = dice(wanted.site, wanted.kind, wanted.asn)
    wide = _wide(wanted, blocks)
    weights = [block.num_addresses for block in wide]
    most = LONG_PREFIXES_EACH if wanted.kind == FIXED6 else PREFIXES_EACH
    place: tuple[str, float, float] | None = None
    prefixes: list[str] = []
    for _ in range(_TRIES_EACH if wide else 0):
        prefix = _prefix(rng, rng.choices(wide, weights)[0])
        where = _whereabouts(wanted, prefix, city)
        if where is None or prefix in prefixes or (place is not None and where != place):
            continue
        place = where
        prefixes.append(prefix)
        if len(prefixes) == most:
            break
    if place is None:
        return None
    name, latitude, longitude = place
    return Range(
        wanted.site,
        wanted.kind,
        wanted.asn,
        organisation,
        wanted.country,
        name,
        latitude,
        longitude,
        tuple(sorted(prefixes)),
    )


def _wide(wanted: Wanted, blocks: list[_Block]) -> list[_Block]:
    """The network's blocks of the family wanted that hold a whole range."""
    if wanted.kind == FIXED6:
        return [b for b in blocks if b.version == 6 and b.prefixlen <= 48]
    wide: list[_Block] = [b for b in blocks if b.version == 4 and b.prefixlen <= 24]
    if not wanted.within:
        return wide
    inside = [IPv4Network(text) for text in wanted.within]
    return [
        block if block.subnet_of(limit) else limit
        for block in wide
        if isinstance(block, IPv4Network)
        for limit in inside
        if block.overlaps(limit)
    ]


def _prefix(rng: Random, block: _Block) -> str:
    """A range of the block, by lot: its address without the last number, or the first 48 bits."""
    if block.version == 4:
        offset = rng.randrange(block.num_addresses) & ~0xFF
        return str(block.network_address + offset).rsplit(".", 1)[0]
    chosen = int(block.network_address) + (rng.randrange(block.num_addresses) >> 80 << 80)
    return ":".join(f"{chosen >> shift & 0xFFFF:x}" for shift in (112, 96, 80))


def _whereabouts(
    wanted: Wanted, prefix: str, city: maxminddb.Reader
) -> tuple[str, float, float] | None:
    """The point that a whole range is at, None when it is not all at one or not as wanted."""
    if wanted.kind == FIXED6:
        addresses = [f"{prefix}:{subnet:x}::1" for subnet in range(0, 65_536, 4_369)]
    else:
        addresses = [f"{prefix}.{last}" for last in range(0, 256, 15)]
    places = {_place(city.get(address)) for address in addresses}
    if len(places) != 1:
        return None
    (place,) = places
    if place is None or place[0] != wanted.country:
        return None
    if wanted.cities and place[1] not in wanted.cities:
        return None
    return place[1], place[2], place[3]


def _place(facts: Any) -> tuple[str, str, float, float] | None:
    if not isinstance(facts, Mapping) or "city" not in facts or "location" not in facts:
        return None
    location = facts["location"]
    return (
        str(facts["country"]["iso_code"]),
        str(facts["city"]["names"]["en"]),
        float(location["latitude"]),
        float(location["longitude"]),
    )


def main(city: Path, asn: Path, out: Path) -> None:
    """Survey two database files and write what was found as JSON."""
    with maxminddb.open_database(city) as places, maxminddb.open_database(asn) as numbers:
        found = survey(places, numbers)
    text = msgspec.json.format(msgspec.json.encode(found), indent=1)
    out.write_bytes(text + b"\n")


if __name__ == "__main__":
    main(*(Path(argument) for argument in sys.argv[1:4]))
