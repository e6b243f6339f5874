"""A database on trial: whole, what it says it is, as new and as large as expected, and right."""

from collections.abc import Callable, Iterator
from ipaddress import IPv4Address, ip_address
from pathlib import Path
from random import Random
from typing import NamedTuple

from detectors.core.event import DAY
from monitor.enrichment.database import Database, GeoDatabaseError, Purpose
from monitor.enrichment.location import place_of
from monitor.geodata.tree import Tree

LEAST_SHARE = 0.5
"""Networks that a database may have, as a share of those of the one before, of the same type."""
LEAST_RIGHT = 0.75
"""Share of the panel that has to be where it is known to be."""
MOST_CHANGED = 0.15
"""Share of addresses that may be in another country than by the one in use. Makers of databases
differ in the country of one ordinary address in a hundred, and one hosting address in five."""
_DECODED = 20_000
_COMPARED = 5_000
_LEAST_COMPARED = 500

PANEL = {
    "129.132.1.1": "CH", "131.111.8.42": "GB", "128.93.162.1": "FR", "193.51.224.1": "FR",
    "90.1.2.3": "FR", "141.84.43.1": "DE", "130.37.129.1": "NL", "134.58.1.1": "BE",
    "147.96.1.1": "ES", "193.136.1.1": "PT", "131.114.1.1": "IT", "147.102.1.1": "GR",
    "193.166.3.1": "FI", "130.235.1.1": "SE", "129.240.1.1": "NO", "130.225.1.1": "DK",
    "147.32.1.1": "CZ", "158.75.1.1": "PL", "188.44.50.1": "RU", "193.140.83.1": "TR",
    "132.66.0.1": "IL", "18.9.22.69": "US", "171.64.0.1": "US", "128.100.1.1": "CA",
    "132.248.10.44": "MX", "143.107.0.1": "BR", "157.92.1.1": "AR", "200.89.76.1": "CL",
    "133.11.0.1": "JP", "166.111.4.100": "CN", "147.46.10.20": "KR", "140.112.8.116": "TW",
    "137.132.1.1": "SG", "147.8.1.1": "HK", "161.200.1.1": "TH", "203.113.131.1": "VN",
    "14.139.1.1": "IN", "130.102.1.1": "AU", "130.216.1.1": "NZ", "146.141.1.1": "ZA",
    "41.231.1.1": "TN", "196.200.131.1": "MA", "105.158.1.1": "MA", "41.188.1.1": "MG",
    "41.82.1.1": "SN", "41.32.1.1": "EG", "105.112.1.1": "NG", "41.80.1.1": "KE",
}  # fmt: skip
"""Universities and national operators all over the world, and the countries that they are in."""


class TrialError(Exception):
    """A database is not to be used; says why, and is nothing against the one in use."""


class Facts(NamedTuple):
    """What a database is: its type, when it was built (ms), networks in it, bytes."""

    type: str
    built: int
    networks: int
    size: int


class Trial(NamedTuple):
    """How a database did; `located` and `right` of the panel's `asked`."""

    facts: Facts
    right: int
    asked: int


def facts_of(path: Path) -> Facts:
    """What a database is, by its own words and its tree. Raises GeoDatabaseError."""
    return _facts(Tree(path))


def try_out(
    path: Path,
    purpose: Purpose,
    now: int,
    *,
    kind: str | None = None,
    current: Path | None = None,
    lenient: bool = False,
    told: Callable[[str], None] = lambda _: None,
) -> Trial:
    """Put the database at `path` to the test for `purpose`, at `now` (ms).

    `kind` is what its type must be; `current` is the one in use, with which it is compared. When
    `lenient`, it may be older and smaller than that one and disagree with it; it must be whole and
    what it says it is. Raises TrialError.
    """
    try:
        told("reading all of its tree")
        tree = Tree(path)
        tree.check()
        facts = _facts(tree)
        told("reading what is in it")
        records = tree.records()
        for record in records[:: max(1, len(records) // _DECODED)]:
            tree.decode(int(record))
        del tree, records
        # Only now to the reader in C, which trusts what it reads.
        database = Database(path, purpose)
    except GeoDatabaseError as error:
        raise TrialError(str(error)) from error
    try:
        _check_name(facts, kind)
        _check_age(facts, now)
        told("looking up addresses all over the world")
        right, asked = _ask(database, purpose)
        if current is not None and not lenient:
            _compare(database, facts, current, purpose)
    finally:
        database.close()
    return Trial(facts, right, asked)


def _facts(tree: Tree) -> Facts:
    told = tree.metadata
    size = tree.path.stat().st_size
    return Facts(told.database_type, told.build_epoch * 1000, tree.networks(), size)


def _check_name(facts: Facts, kind: str | None) -> None:
    if kind is not None and facts.type != kind:
        raise TrialError(f"it is of type {facts.type!r}, where {kind!r} was asked for")


def _check_age(facts: Facts, now: int) -> None:
    if facts.built > now + DAY:
        raise TrialError("it says that it was built in the future: check the clock")


def _ask(database: Database, purpose: Purpose) -> tuple[int, int]:
    if purpose not in (Purpose.CITY, Purpose.ASN):
        return 0, 0
    right = sum(_is_right(database, ip, country, purpose) for ip, country in PANEL.items())
    if right < LEAST_RIGHT * len(PANEL):
        what = "in their countries" if purpose is Purpose.CITY else "in a network"
        raise TrialError(
            f"of {len(PANEL)} addresses that are known well, it has {right} {what}: that is wrong"
        )
    return right, len(PANEL)


def _is_right(database: Database, ip: str, country: str, purpose: Purpose) -> bool:
    record = database.get(ip_address(ip))
    if purpose is Purpose.ASN:
        return bool((record or {}).get("autonomous_system_number"))
    place = place_of(record)
    return place is not None and place.country == country


def _compare(database: Database, facts: Facts, current: Path, purpose: Purpose) -> None:
    try:
        other = Database(current, purpose)
        # Another maker's has other numbers of networks.
        before = facts_of(current).networks if other.type == facts.type else 0
    except GeoDatabaseError:
        # What is in use is damaged: anything whole is better.
        return
    try:
        if facts.built < other.built:
            raise TrialError("it is older than the one in use")
        if facts.networks < LEAST_SHARE * before:
            raise TrialError(
                f"it has {facts.networks:,} networks, and the one in use {before:,}: "
                "something is missing"
            )
        if purpose is Purpose.CITY:
            _compare_countries(database, other)
    finally:
        other.close()


def _compare_countries(database: Database, other: Database) -> None:
    compared = changed = 0
    for address in _anywhere():
        now, before = place_of(database.get(address)), place_of(other.get(address))
        if now is not None and before is not None:
            compared += 1
            changed += now.country != before.country
    if compared >= _LEAST_COMPARED and changed > MOST_CHANGED * compared:
        raise TrialError(
            f"it has {changed / compared:.0%} of addresses in other countries than the one in use"
        )


def _anywhere() -> Iterator[IPv4Address]:
    chance = Random(1)  # noqa: S311 - always the same addresses
    return (IPv4Address(chance.randrange(1 << 24, 224 << 24)) for _ in range(_COMPARED))
