"""Writes a city database in MaxMind DB format 2.0 (https://maxmind.github.io/MaxMind-DB/).

A value that was written before is pointed to. `build_epoch` is an unsigned 64-bit number, which is
what readers ask for, and names are under `en`, where `geoip2` looks for them.
"""

import struct
from collections.abc import Mapping, Sequence
from typing import Any, BinaryIO

import numpy as np

from detectors.core.place import Place
from monitor.geodata.compact.merging import NOTHING
from monitor.geodata.compact.places import Ints

MARKER = b"\xab\xcd\xefMaxMind.com"
_SEPARATOR = bytes(16)
_POINTER, _TEXT, _DOUBLE, _UINT16, _UINT32, _MAP = 1, 2, 3, 5, 6, 7
_UINT64, _ARRAY = 9, 11
_WIDTHS = (24, 28, 32)
_AT_ONCE = 1 << 20


class Unsigned32(int):
    """A number that readers want as an unsigned 32-bit one, however small it is."""


class Unsigned64(int):
    """The same with 64 bits."""


class Data:
    """The data of a database: values one after the other, each text and map once."""

    def __init__(self) -> None:
        self.content = bytearray()
        self._known: dict[Any, int] = {}

    def put(self, value: Any) -> int:
        """Where the value is, in bytes from the beginning; written unless it was before."""
        key = _frozen(value)
        at = self._known.get(key)
        if at is None:
            body = self._encoded(value)
            at = self._known[key] = len(self.content)
            self.content += body
        return at

    def _encoded(self, value: Any) -> bytes:
        """The value; what is in it is written before it, and pointed to."""
        if isinstance(value, Mapping):
            inner = b"".join(self._within(k) + self._within(v) for k, v in value.items())
            return _control(_MAP, len(value)) + inner
        if isinstance(value, (list, tuple)):
            return _control(_ARRAY, len(value)) + b"".join(map(self._within, value))
        return _scalar(value)

    def _within(self, value: Any) -> bytes:
        if isinstance(value, (list, tuple)):
            return self._encoded(value)
        if isinstance(value, Mapping) or (isinstance(value, str) and len(value) > 2):
            return _pointer(self.put(value))
        return _scalar(value)


def write(
    file: BinaryIO,
    pairs: Ints,
    root: int,
    places: Sequence[Place],
    names: Mapping[str, str],
    metadata: Mapping[str, Any],
) -> None:
    """Write a database of these nodes (see `merging.Graph`) and places.

    `names` are countries' names by code. `metadata` is what the file says of itself, without what
    follows from the rest. Raises ValueError for more than the format can hold.
    """
    data = Data()
    at = np.array([data.put(_record(place, names)) for place in places], np.int64)
    nodes, count = _numbered(pairs, root)
    records = np.where(nodes == NOTHING, count, nodes)
    leaves = nodes < NOTHING
    records[leaves] = count + len(_SEPARATOR) + at[-2 - nodes[leaves]]
    most = int(records.max())
    width = next((width for width in _WIDTHS if most < 1 << width), None)
    if width is None:
        raise ValueError("more networks and places than a database can have")
    for start in range(0, count, _AT_ONCE):
        file.write(_packed(records[start : start + _AT_ONCE].astype(np.uint64), width))
    file.write(_SEPARATOR + data.content + MARKER)
    told = {**metadata, "node_count": Unsigned32(count), "record_size": width}
    # What is pointed to in it is reckoned from its own beginning: nothing is.
    file.write(_plain(told))


def _numbered(pairs: Ints, root: int) -> tuple[Ints, int]:
    """Nodes from the root down: a node comes after those that lead to it; and how many."""
    if root < 0:
        # All of it is one value: a tree has one node at least.
        return np.array([[root, root]], np.int64), 1
    used = np.zeros(len(pairs), bool)
    used[root] = True
    front = np.array([root])
    while front.size:
        below = pairs[front].ravel()
        below = np.unique(below[below >= 0])
        front = below[~used[below]]
        used[front] = True
    kept = np.flatnonzero(used)[::-1]
    number = np.full(len(pairs), NOTHING, np.int64)
    number[kept] = np.arange(len(kept))
    nodes = pairs[kept]
    inner = nodes >= 0
    nodes[inner] = number[nodes[inner]]
    return nodes, len(kept)


def _packed(records: Any, width: int) -> bytes:
    """Nodes as bytes."""
    left, right = records[:, 0], records[:, 1]
    if width == 28:
        high = ((left >> np.uint64(24)) << np.uint64(4)) | (right >> np.uint64(24))
        columns = [*_bytes(left, 3), high, *_bytes(right, 3)]
    else:
        columns = [*_bytes(left, width // 8), *_bytes(right, width // 8)]
    return np.stack(columns, axis=1).astype(np.uint8).tobytes()


def _bytes(numbers: Any, count: int) -> list[Any]:
    shifts = range(8 * (count - 1), -1, -8)
    return [(numbers >> np.uint64(shift)) & np.uint64(255) for shift in shifts]


def _record(place: Place, names: Mapping[str, str]) -> dict[str, Any]:
    country: dict[str, Any] = {"iso_code": place.country}
    if place.country in names:
        country["names"] = {"en": names[place.country]}
    record: dict[str, Any] = {
        "country": country,
        "location": {
            "accuracy_radius": round(place.radius_km),
            "latitude": place.latitude,
            "longitude": place.longitude,
        },
    }
    if place.city is not None:
        record["city"] = {"names": {"en": place.city}}
    if place.region is not None:
        record["subdivisions"] = [{"names": {"en": place.region}}]
    return record


def _frozen(value: Any) -> Any:
    if isinstance(value, Mapping):
        return tuple((k, _frozen(v)) for k, v in value.items())
    if isinstance(value, list):
        return ("list", *map(_frozen, value))
    return (type(value), value)


def _plain(value: Any) -> bytes:
    if isinstance(value, Mapping):
        inner = b"".join(_plain(k) + _plain(v) for k, v in value.items())
        return _control(_MAP, len(value)) + inner
    if isinstance(value, (list, tuple)):
        return _control(_ARRAY, len(value)) + b"".join(map(_plain, value))
    return _scalar(value)


def _scalar(value: Any) -> bytes:
    if isinstance(value, str):
        content = value.encode()
        return _control(_TEXT, len(content)) + content
    if isinstance(value, float):
        return _control(_DOUBLE, 8) + struct.pack(">d", value)
    kind = {Unsigned32: _UINT32, Unsigned64: _UINT64}.get(type(value), _UINT16)
    return _number(kind, value)


def _number(kind: int, value: int) -> bytes:
    content = value.to_bytes((value.bit_length() + 7) // 8)
    return _control(kind, len(content)) + content


def _control(kind: int, size: int) -> bytes:
    """The byte or bytes that open a value: its type and its size."""
    more = b""
    if size >= 65_821:
        short, more = 31, (size - 65_821).to_bytes(3)
    elif size >= 285:
        short, more = 30, (size - 285).to_bytes(2)
    elif size >= 29:
        short, more = 29, (size - 29).to_bytes(1)
    else:
        short = size
    if kind > 7:
        return bytes([short, kind - 7]) + more
    return bytes([kind << 5 | short]) + more


def _pointer(at: int) -> bytes:
    """A pointer to `at` bytes into the data."""
    first = _POINTER << 5
    if at < 2_048:
        return bytes([first | at >> 8, at & 255])
    at -= 2_048
    if at < 1 << 19:
        return bytes([first | 1 << 3 | at >> 16]) + (at & 0xFFFF).to_bytes(2)
    at -= 1 << 19
    if at < 1 << 27:
        return bytes([first | 2 << 3 | at >> 24]) + (at & 0xFF_FFFF).to_bytes(3)
    return bytes([first | 3 << 3]) + (at + 526_336).to_bytes(4)
