"""Reads the source of a city database: networks and their places, from MaxMind DB files or CSV.

Schemas: MaxMind's (as DB-IP itself has it, too), and a flat one (`country_code`, `city`, `state1`,
`latitude`, `longitude`). CSV as DB-IP's: first and last address, continent, country, region, city,
latitude, longitude. IPv4 and IPv6 in one file or in several.
"""

import csv
import gzip
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple, TextIO

import numpy as np
from msgspec import Struct, field
from numpy.typing import NDArray

from detectors.core.place import Place
from monitor.enrichment.database import GeoDatabaseError
from monitor.enrichment.location import place_of
from monitor.geodata.tree import Tree
from monitor.trouble import Trouble

V4, V6 = 32, 64
"""Bits of an address that count: no line has less than a /64 of IPv6."""
_PUBLIC = 0b001
"""The three first bits of public IPv6 addresses, 2000::/3."""
_TEREDO, _SIX_TO_FOUR = 0x2001_0000, 0x2002
_COLUMNS = 8
_ROWS = 1 << 18
Told = Callable[[int, int], None]


class BuildError(Trouble):
    """A database cannot be made from its source; says why. Nothing is written."""


class Networks(NamedTuple):
    """Networks of one family: `starts` are the first `bits` bits of their first addresses,
    `lengths` those of their prefixes, `places` the numbers of their places, -1 for none."""

    bits: int
    starts: NDArray[np.uint64]
    lengths: NDArray[np.uint8]
    places: NDArray[np.int64]


class Gathered(Struct):
    """All that was read: distinct places, and the networks of both families.

    `built` is the youngest file's date (s since 1970), 0 where none says.
    """

    places: list[Place] = field(default_factory=list)
    numbers: dict[Place, int] = field(default_factory=dict)
    networks: list[Networks] = field(default_factory=list)
    built: int = 0

    def number(self, place: Place | None) -> int:
        """The number of a place, the next one when it is new; -1 for None."""
        if place is None:
            return -1
        number = self.numbers.setdefault(place, len(self.places))
        if number == len(self.places):
            self.places.append(place)
        return number

    def of(self, bits: int) -> Networks:
        """The networks of one family, in order, none within another. Raises BuildError."""
        some = [one for one in self.networks if one.bits == bits]
        starts = np.concatenate([one.starts for one in some] or [np.empty(0, np.uint64)])
        lengths = np.concatenate([one.lengths for one in some] or [np.empty(0, np.uint8)])
        places = np.concatenate([one.places for one in some] or [np.empty(0, np.int64)])
        order = np.argsort(starts, kind="stable")
        starts, lengths, places = starts[order], lengths[order], places[order]
        ends = starts + (np.uint64(1) << (np.uint64(bits) - lengths)) - np.uint64(1)
        if (starts[1:] <= ends[:-1]).any():
            raise BuildError("some networks are in the source twice: is one file given twice?")
        return Networks(bits, starts, lengths, places)


def read(path: Path, gathered: Gathered, told: Told = lambda _done, _of: None) -> None:
    """Take in one file. Raises BuildError."""
    try:
        if path.suffix == ".mmdb":
            _read_tree(path, gathered, told)
        else:
            _read_rows(path, gathered, told)
    except (GeoDatabaseError, OSError, EOFError, UnicodeDecodeError, csv.Error) as error:
        raise BuildError(f"{path}: {error}") from error


def _read_tree(path: Path, gathered: Gathered, told: Told) -> None:
    tree = Tree(path)
    tree.check()
    gathered.built = max(gathered.built, tree.metadata.build_epoch)
    records = tree.records()
    numbers = np.empty(len(records), np.int64)
    for index, record in enumerate(records.tolist()):
        numbers[index] = gathered.number(_place(tree.decode(record)))
        if index % 5_000 == 0:
            told(index, len(records))
    told(len(records), len(records))
    if (numbers < 0).all():
        raise BuildError(f"{path}: none of its records has a country and a place")
    for bits, starts, lengths, found in _leaves(tree):
        places = numbers[np.searchsorted(records, found)]
        gathered.networks.append(Networks(bits, starts, lengths, places))


Leaves = tuple[int, NDArray[np.uint64], NDArray[np.uint8], NDArray[np.uint32]]


def _leaves(tree: Tree) -> Iterator[Leaves]:
    """The networks of a tree and what they point to, by family; of IPv6 what is public."""
    if tree.bits == V4:
        yield (V4, *_walk(tree, 0, V4, lambda _prefix, _depth: None))
        return
    four = 0
    for _ in range(96):
        four = int(tree.nodes[four, 0]) if four < tree.count else four
    if four < tree.count:
        yield (V4, *_walk(tree, four, V4, lambda _prefix, _depth: None))
    yield (V6, *_walk(tree, 0, V6, _is_public))


Wanted = Callable[[NDArray[np.uint64], int], NDArray[np.bool_] | None]


def _is_public(prefix: NDArray[np.uint64], depth: int) -> NDArray[np.bool_]:
    """Which prefixes of this length are public addresses that are somewhere: mapped IPv4, 6to4 and
    Teredo (RFC 3056, 4380) are somebody else's, wherever they are said to be."""
    wanted = np.ones(len(prefix), bool)
    for mark, length in ((_TEREDO, 32), (_SIX_TO_FOUR, 16)):
        if depth >= length:
            wanted &= (prefix >> np.uint64(depth - length)) != mark
    if depth >= 3:
        wanted &= (prefix >> np.uint64(depth - 3)) == _PUBLIC
    return wanted


def _walk(
    tree: Tree, root: int, bits: int, wanted: Wanted
) -> tuple[NDArray[np.uint64], NDArray[np.uint8], NDArray[np.uint32]]:
    """Every record of data below `root`, level by level; at the last level the first one below."""
    nodes, count = tree.nodes, tree.count
    front = np.array([root], np.uint32)
    prefix = np.zeros(1, np.uint64)
    starts: list[NDArray[np.uint64]] = []
    lengths: list[NDArray[np.uint8]] = []
    found: list[NDArray[np.uint32]] = []
    for depth in range(1, bits + 1):
        below = nodes[front].ravel()
        prefix = np.repeat(prefix << np.uint64(1), 2)
        prefix[1::2] |= np.uint64(1)
        kept = wanted(prefix, depth)
        if kept is not None:
            below, prefix = below[kept], prefix[kept]
        if depth == bits:
            below = _first_below(nodes, count, below, tree.bits - depth)
        data = below > count
        starts.append(prefix[data] << np.uint64(bits - depth))
        lengths.append(np.full(int(data.sum()), depth, np.uint8))
        found.append(below[data])
        inner = below < count
        front, prefix = below[inner], prefix[inner]
    return np.concatenate(starts), np.concatenate(lengths), np.concatenate(found)


def _first_below(
    nodes: NDArray[np.uint32], count: int, below: NDArray[np.uint32], depth: int
) -> NDArray[np.uint32]:
    """The first record of data under each node: what is smaller than a line is not told apart."""
    below = below.copy()
    for _ in range(depth):
        inner = np.flatnonzero(below < count)
        if not inner.size:
            break
        left, right = nodes[below[inner]].T
        below[inner] = np.where(left == count, right, left)
    return below


def _place(record: Any) -> Place | None:
    if isinstance(record, dict) and "country_code" in record:
        record = {
            "country": {"iso_code": record["country_code"]},
            "location": {
                "latitude": record.get("latitude"),
                "longitude": record.get("longitude"),
            },
            "city": {"names": {"en": record.get("city")}},
            "subdivisions": [{"names": {"en": record.get("state1")}}],
        }
    return place_of(record if isinstance(record, dict) else None, 0.0)


def _read_rows(path: Path, gathered: Gathered, told: Told) -> None:
    size = max(1, path.stat().st_size)
    known: dict[tuple[str, ...], int] = {}
    with _opened(path) as (file, reached):
        rows = enumerate(csv.reader(file), 1)
        while some := list(islice(rows, _ROWS)):
            _take_rows(path, some, gathered, known)
            told(reached(), size)


@contextmanager
def _opened(path: Path) -> Iterator[tuple[TextIO, Callable[[], int]]]:
    """The text, and how far in the file it is."""
    with path.open("rb") as raw:
        if path.suffix == ".gz":
            with gzip.open(raw, "rt", encoding="utf-8", newline="") as text:
                yield text, raw.tell
        else:
            with TextIOWrapper(raw, encoding="utf-8", newline="") as text:
                yield text, raw.tell


def _take_rows(
    path: Path,
    rows: list[tuple[int, list[str]]],
    gathered: Gathered,
    known: dict[tuple[str, ...], int],
) -> None:
    """Take in some lines; `known` are the numbers of places by what lines say of them."""
    ranges: dict[int, list[tuple[int, int, int]]] = {V4: [], V6: []}
    for line, row in rows:
        try:
            bits, first, last = _range(row)
            told = tuple(row[3:])
            number = known.get(told)
            if number is None:
                number = known[told] = gathered.number(_place_of_row(row))
        except (OSError, ValueError, IndexError) as error:
            raise BuildError(f"{path}, line {line}: {error}") from error
        if first <= last:
            ranges[bits].append((first, last, number))
    for bits, some in ranges.items():
        if some:
            begin, end, numbers = zip(*some, strict=True)
            made = np.array(begin, np.uint64), np.array(end, np.uint64), np.array(numbers, np.int64)
            gathered.networks.append(_networks(bits, *made))


def _range(row: list[str]) -> tuple[int, int, int]:
    if len(row) != _COLUMNS:
        raise ValueError(f"{len(row)} columns instead of {_COLUMNS}")
    family = socket.AF_INET6 if ":" in row[0] else socket.AF_INET
    first, last = (int.from_bytes(socket.inet_pton(family, text)) for text in row[:2])
    if last < first:
        raise ValueError("the last address is before the first")
    if family == socket.AF_INET:
        return V4, first, last
    # A /64 is where its first address is; what begins within one is no network of its own.
    return V6, -(-first >> 64), last >> 64


def _place_of_row(row: list[str]) -> Place | None:
    country, region, city, latitude, longitude = row[3:]
    if not country or country == "ZZ":
        return None
    told = {
        "country_code": country,
        "state1": region,
        "city": city,
        "latitude": float(latitude),
        "longitude": float(longitude),
    }
    return _place(told)


def _networks(
    bits: int, first: NDArray[np.uint64], last: NDArray[np.uint64], place: NDArray[np.int64]
) -> Networks:
    """Ranges as the fewest prefixes that are exactly them."""
    starts, lengths, places = [], [], []
    one = np.uint64(1)
    while first.size:
        left = last - first + one
        # Of 2^64 addresses there is none: nobody has all of IPv6.
        largest = np.uint64(1) << np.floor(np.log2(left.astype(np.float64))).astype(np.uint64)
        largest = np.where(largest > left, largest >> one, largest)
        aligned = first & (~first + one)
        size = np.where(aligned == 0, largest, np.minimum(aligned, largest))
        starts.append(first)
        lengths.append((bits - np.log2(size.astype(np.float64))).astype(np.uint8))
        places.append(place)
        more = first + (size - one) < last
        first, last, place = (first + size)[more], last[more], place[more]
    made = Networks(bits, np.concatenate(starts), np.concatenate(lengths), np.concatenate(places))
    return made if bits == V4 else _public(made)


def _public(given: Networks) -> Networks:
    """Those of IPv6 networks that `_is_public` is true of."""
    kept = np.zeros(len(given.starts), bool)
    for length in np.unique(given.lengths):
        some = given.lengths == length
        kept[some] = _is_public(given.starts[some] >> np.uint64(V6 - length), int(length))
    kept &= given.lengths >= 3
    return Networks(given.bits, given.starts[kept], given.lengths[kept], given.places[kept])
