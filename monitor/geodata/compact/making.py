"""Makes the shipped city database from its source, measures it, refuses what is out of bounds."""

import hashlib
import lzma
import os
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from babel import Locale
from msgspec import structs

from monitor.geodata.compact.measure import SAMPLE, Bounds, Errors, measure
from monitor.geodata.compact.merging import NOTHING, Graph, grow
from monitor.geodata.compact.places import Anchors, Floats, snap
from monitor.geodata.compact.source import V4, V6, BuildError, Gathered, Networks, read
from monitor.geodata.compact.writing import Unsigned64, write

MOST_KM = 50.0
"""Nothing is farther from where the source has it."""
SNAP_KM = 47.0
"""A place that is chosen stands for those so near. Of the DB-IP City Lite of June 2026 that leaves
95 % of addresses within 27 km and makes 27.1 MB; 50 km would leave 29 km and make 26.7 MB."""
TYPE = "DBIP-City-Lite-Compact"
DESCRIPTION = (
    "IP Geolocation by DB-IP (https://db-ip.com), CC BY 4.0; modified: places merged within 50 km, "
    "names rounded, ranges merged"
)
_LONGEST_V6 = 48
Told = Callable[[str, int, int], None]
"""Is told what is done, how much of it is, and of how much."""


BOUNDS = Bounds()


class Made(NamedTuple):
    """What was written: its errors, nodes, places that are left of how many, and SHA-256."""

    errors: Errors
    nodes: int
    places: int
    before: int
    sha256: str


def make(
    sources: Sequence[Path],
    target: Path,
    *,
    built: int | None = None,
    bounds: Bounds = BOUNDS,
    sample: int = SAMPLE,
    told: Told = lambda _what, _done, _of: None,
) -> Made:
    """Write the database of all `sources` to `target`; packed when that ends in `.xz`.

    `built` is its date (s since 1970) where no source says one. Raises BuildError for a source
    that cannot be read, and for what is out of bounds; then nothing is written.
    """
    gathered = _gather(sources, built, told)
    four, six = gathered.of(V4), gathered.of(V6)
    gathered.networks.clear()
    count = len(gathered.places)
    anchors = snap(
        gathered.places,
        _weights(count, four, six),
        SNAP_KM,
        lambda done, of: told("snapping places", done, of),
    )
    graph = Graph()
    root = _grow(graph, four, six, anchors, told)
    descriptor, name = tempfile.mkstemp(prefix=f".{target.name}-", dir=target.parent)
    part = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            told("writing", 0, 1)
            places = [structs.replace(place, radius_km=MOST_KM) for place in anchors.places]
            names = dict(Locale("en").territories)
            write(file, graph.pairs(), root, places, names, _metadata(gathered))
        errors = measure(
            part,
            gathered.places,
            four,
            six,
            sample,
            lambda done, of: told("measuring", done, of),
        )
        beyond = errors.beyond(bounds)
        if beyond:
            raise BuildError(f"not written: {'; '.join(beyond)}")
        sha256 = _put(part, target, told)
    finally:
        part.unlink(missing_ok=True)
    return Made(errors, graph.count, len(anchors.places), count, sha256)


def _gather(sources: Sequence[Path], built: int | None, told: Told) -> Gathered:
    gathered = Gathered()
    for path in sources:
        read(path, gathered, _telling(told, f"reading {path.name}"))
    if not gathered.places:
        raise BuildError("no place in all of the source")
    gathered.built = gathered.built or built or 0
    if not gathered.built:
        raise BuildError("the source does not say when it was made: say it by --built")
    return gathered


def _telling(told: Told, what: str) -> Callable[[int, int], None]:
    return lambda done, of: told(what, done, of)


def _weights(count: int, four: Networks, six: Networks) -> Floats:
    """How many addresses each place has: of IPv4, and blocks of IPv6 that a line may have."""
    weights = np.zeros(count)
    for networks, bits in ((four, V4), (six, _LONGEST_V6)):
        some = networks.places >= 0
        lengths = networks.lengths[some].astype(np.float64)
        size = np.exp2(np.maximum(0.0, bits - lengths))
        weights += np.bincount(networks.places[some], size, count)
    return weights


def _grow(graph: Graph, four: Networks, six: Networks, anchors: Anchors, told: Told) -> int:
    """Both families in one tree: IPv4 is ::/96 of IPv6. The root."""
    value = grow(graph, four, anchors, MOST_KM, told=_telling(told, "merging IPv4"))
    for _ in range(96 - V6):
        value = int(graph.put(np.array([value]), np.array([NOTHING]))[0])
    return grow(graph, six, anchors, MOST_KM, (V6, 0, value), told=_telling(told, "merging IPv6"))


def _metadata(gathered: Gathered) -> dict[str, object]:
    return {
        "binary_format_major_version": 2,
        "binary_format_minor_version": 0,
        "build_epoch": Unsigned64(gathered.built),
        "database_type": TYPE,
        "description": {"en": DESCRIPTION},
        "ip_version": 6,
        "languages": ["en"],
    }


def _put(part: Path, target: Path, told: Told) -> str:
    """Put it in its place, packed where that is asked for; the SHA-256 of what is not packed."""
    content = part.read_bytes()
    if target.suffix == ".xz":
        told("packing", 0, 1)
        part.write_bytes(lzma.compress(content, preset=9 | lzma.PRESET_EXTREME))
    part.chmod(0o644)
    os.replace(part, target)
    return hashlib.sha256(content).hexdigest()
