"""Picks real address ranges for the simulated world from location and network databases.

The picture it takes is kept in `networks.json`, so that a simulation needs no database and gives
the same bytes whatever database is installed.
"""

import sys
from collections.abc import Iterator, Mapping
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

import maxminddb
import msgspec
from msgspec import Struct

from monitor.simulation.chance import dice

PREFIXES_EACH = 12
"""How many ranges of 256 addresses are kept per network and city."""
_TRIES_EACH = 4_000


class Wanted(Struct, frozen=True):
    """One network in one city to look for; `cities` are the names the database may use."""

    site: str
    kind: str
    asn: int
    country: str
    cities: tuple[str, ...]


class Range(Struct, frozen=True):
    """What was found: ranges that the databases place at one point, in one network."""

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
        names = tuple(name.strip() for name in cities.split(","))
        for number in numbers.split():
            yield Wanted(site, kind, int(number), country, names)


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
        """,
    ),
    *_wanted(
        "mobile",
        """
        FR | FR | Paris | 51207
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
        Falkenstein | DE | Falkenstein | 24940
        Nuremberg | DE | Nuremberg | 24940
        Frankfurt | DE | Frankfurt am Main | 14061
        Amsterdam | NL | Amsterdam | 14061
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
        """,
    ),
)


def survey(city: maxminddb.Reader, asn: maxminddb.Reader) -> list[Range]:
    """The ranges wanted, as two databases of the usual layout know them, in the order wanted."""
    numbers = {wanted.asn for wanted in WANTED}
    blocks: dict[int, list[IPv4Network]] = {number: [] for number in numbers}
    names: dict[int, str] = {}
    for network, facts in asn:
        if network.version == 4 and isinstance(facts, dict):
            number = facts.get("autonomous_system_number")
            if number in numbers and isinstance(network, IPv4Network):
                blocks[int(str(number))].append(network)
                names[int(str(number))] = str(facts.get("autonomous_system_organization"))
    return [
        found
        for wanted in WANTED
        if (found := _find(wanted, blocks[wanted.asn], names.get(wanted.asn, ""), city)) is not None
    ]


def _find(
    wanted: Wanted, blocks: list[IPv4Network], organisation: str, city: maxminddb.Reader
) -> Range | None:
    rng = dice(wanted.site, wanted.kind, wanted.asn)
    wide = [block for block in blocks if block.prefixlen <= 24]
    weights = [block.num_addresses for block in wide]
    place: tuple[str, float, float] | None = None
    prefixes: list[str] = []
    for _ in range(_TRIES_EACH if wide else 0):
        block = rng.choices(wide, weights)[0]
        offset = rng.randrange(block.num_addresses) & ~0xFF
        prefix = str(block.network_address + offset).rsplit(".", 1)[0]
        where = _whereabouts(wanted, prefix, city)
        if where is None or prefix in prefixes or (place is not None and where != place):
            continue
        place = where
        prefixes.append(prefix)
        if len(prefixes) == PREFIXES_EACH:
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


def _whereabouts(
    wanted: Wanted, prefix: str, city: maxminddb.Reader
) -> tuple[str, float, float] | None:
    """The point that a whole range is at, None when it is not all at one or not as wanted."""
    places = {_place(city.get(f"{prefix}.{last}")) for last in range(0, 256, 15)}
    if len(places) != 1:
        return None
    (place,) = places
    if place is None or place[0] != wanted.country or place[1] not in wanted.cities:
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
