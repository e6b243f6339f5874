"""Small sources in which all that is met in real ones occurs."""

import csv
import gzip
import io
from ipaddress import IPv4Address, IPv6Address, ip_network
from pathlib import Path
from random import Random
from typing import Any

from mmdb_writer import MMDBWriter
from netaddr import IPSet

TOWNS = (
    ("FR", "Paris", "Ile-de-France", 48.8566, 2.3522),
    ("FR", "Versailles", "Ile-de-France", 48.80, 2.13),
    ("FR", "Paris (Auteuil)", "Ile-de-France", 48.851, 2.262),
    ("FR", "Lyon", "Rhone", 45.764, 4.8357),
    ("FR", "Strasbourg", "Grand Est", 48.5734, 7.7521),
    ("DE", "Kehl", "Baden", 48.5727, 7.8090),
    ("US", "New York", "New York", 40.7128, -74.0060),
    ("US", "Boston", "Massachusetts", 42.36, -71.05),
    ("FJ", "Suva", "", -18.1416, 178.4419),
    ("FJ", "Taveuni", "", -16.85, -179.97),
    ("IS", "Reykjavik", "", 64.1466, -21.9426),
    ("ZA", "Cape Town", "Western Cape", -33.92, 18.42),
)
"""Neighbours within 50 km, in one country and in two; around the antimeridian; far from all."""
BUILT = 1_780_666_922
Rows = list[tuple[str, tuple[Any, ...] | None]]


def rows(seed: int = 1, count: int = 400) -> Rows:
    """Networks of both families, side by side, with their towns; None: nobody knows where."""
    chance = Random(seed)
    made: Rows = []
    at = 20 << 24
    for _ in range(count):
        length = chance.choice((16, 20, 22, 24, 24, 24, 28, 32))
        size = 1 << (32 - length)
        at = -(-at // size) * size
        made.append((f"{IPv4Address(at)}/{length}", town(chance)))
        at += size
    at = 0x2A00 << 112
    for _ in range(count // 2):
        length = chance.choice((32, 40, 48, 48, 56, 64, 64, 68, 96))
        size = 1 << (128 - length)
        at = -(-at // size) * size
        made.append((f"{IPv6Address(at)}/{length}", town(chance)))
        at += size
    made += [
        ("2001::/32", TOWNS[7]),
        ("2002::/16", TOWNS[6]),
        ("fc00::/7", TOWNS[5]),
        ("10.0.0.0/8", None),
    ]
    return made


def town(chance: Random) -> tuple[Any, ...] | None:
    """Mostly the first few, as networks of one provider are."""
    if chance.random() < 0.03:
        return None
    return TOWNS[min(int(chance.expovariate(0.4)), len(TOWNS) - 1)]


def flat(where: tuple[Any, ...] | None) -> dict[str, Any]:
    """As some packagers of DB-IP's data have it; nobody knows where: 0, 0."""
    country, city, region, latitude, longitude = where or ("", "", "", 0.0, 0.0)
    return {
        "country_code": country,
        "city": city,
        "state1": region,
        "state2": "",
        "postcode": "",
        "timezone": "",
        "latitude": latitude,
        "longitude": longitude,
    }


def nested(where: tuple[Any, ...] | None) -> dict[str, Any]:
    """As DB-IP itself has it, and MaxMind."""
    if where is None:
        return {"continent": {"code": "EU"}}
    country, city, region, latitude, longitude = where
    record: dict[str, Any] = {
        "city": {"names": {"en": city}},
        "continent": {"code": "EU", "names": {"en": "Europe"}},
        "country": {"iso_code": country, "names": {"en": country, "de": country}},
        "location": {"latitude": latitude, "longitude": longitude},
    }
    if region:
        record["subdivisions"] = [{"names": {"en": region}}]
    return record


def as_tree(path: Path, made: Rows, version: int, schema: Any, **more: Any) -> Path:
    """A MaxMind DB file of the rows."""
    writer = MMDBWriter(version, "Source-City", float_type="f64", **more)
    for network, where in made:
        writer.insert_network(IPSet([network]), schema(where))
    writer.to_db_file(str(path))
    return path


def as_rows(path: Path, made: Rows) -> Path:
    """DB-IP's CSV of the rows, packed when it is called so."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_ALL)
    for network, where in made:
        net = ip_network(network)
        country, city, region, latitude, longitude = where or ("ZZ", "", "", 0, 0)
        writer.writerow((net[0], net[-1], "EU", country, region, city, latitude, longitude))
    content = text.getvalue().encode()
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return path


def four(made: Rows) -> Rows:
    """Those of IPv4."""
    return [row for row in made if ":" not in row[0]]


def six(made: Rows) -> Rows:
    """Those of IPv6."""
    return [row for row in made if ":" in row[0]]
