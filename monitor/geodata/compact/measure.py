"""How far a built database is from its source: on random addresses, by reading what was written."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from detectors.core.place import Place
from monitor.enrichment.location import place_of
from monitor.geodata.compact.places import Floats, Ints, distances
from monitor.geodata.compact.source import V4, V6, Networks
from monitor.geodata.tree import Tree

SAMPLE = 200_000
"""Random addresses of each family."""
FAR_KM = 100.0
_SEED = 20_260_605


class Bounds(NamedTuple):
    """The most that a database may be off by, in km and shares, and its bytes."""

    p95_km: float = 33.6
    most_km: float = 60.0
    countries: int = 0
    far6: float = 0.000_96
    size: int = 32_000_000


class Errors(NamedTuple):
    """The error table: of IPv4 the 95th percentile and the most (km), addresses in another country
    or nowhere; of IPv6 the share beyond `FAR_KM` or elsewhere; addresses looked at; bytes."""

    p95_km: float
    most_km: float
    countries: int
    far6: float
    asked4: int
    asked6: int
    size: int

    def beyond(self, bounds: Bounds) -> list[str]:
        """What is out of bounds, in words."""
        found = []
        if self.p95_km > bounds.p95_km:
            found.append(f"95 % within {self.p95_km:.1f} km, more than {bounds.p95_km:g}")
        if self.most_km > bounds.most_km:
            found.append(f"up to {self.most_km:.1f} km, more than {bounds.most_km:g}")
        if self.countries > bounds.countries:
            found.append(f"{self.countries} addresses in another country")
        if self.far6 > bounds.far6:
            found.append(f"{self.far6:.3%} of IPv6 beyond {FAR_KM:g} km")
        if self.size > bounds.size:
            found.append(f"{self.size:,} bytes, more than {bounds.size:,}")
        return found


def measure(
    built: Path,
    places: list[Place],
    four: Networks,
    six: Networks,
    sample: int = SAMPLE,
    told: Callable[[int, int], None] = lambda _done, _of: None,
) -> Errors:
    """Compare the file `built` with its source, on `sample` addresses of each family.

    Of IPv4 any of those that the source has somewhere; of IPv6, where one network has more
    addresses than all the others, one in each of so many networks. Raises GeoDatabaseError for a
    file that is damaged.
    """
    tree = Tree(built)
    tree.check()
    chance = np.random.default_rng(_SEED)
    told(0, 2)
    asked, wanted = _drawn4(four, sample, chance)
    far4, elsewhere4 = _compared(tree, 96, asked, wanted, places, V4)
    told(1, 2)
    asked6, wanted6 = _drawn6(six, sample, chance)
    far6, elsewhere6 = _compared(tree, 0, asked6, wanted6, places, V6)
    told(2, 2)
    return Errors(
        float(np.percentile(far4, 95)) if len(far4) else 0.0,
        float(far4.max()) if len(far4) else 0.0,
        int(elsewhere4.sum()),
        float(((far6 > FAR_KM) | elsewhere6).mean()) if len(far6) else 0.0,
        len(asked),
        len(asked6),
        built.stat().st_size,
    )


def _drawn4(
    networks: Networks, sample: int, chance: np.random.Generator
) -> tuple[NDArray[np.uint64], Ints]:
    """Random ones of all addresses that are anywhere, and the numbers of their places."""
    located = np.flatnonzero(networks.places >= 0)
    if not len(located):
        return np.empty(0, np.uint64), np.empty(0, np.int64)
    sizes = np.uint64(1) << (np.uint64(V4) - networks.lengths[located])
    ends = np.cumsum(sizes)
    drawn = chance.integers(0, int(ends[-1]), sample, dtype=np.uint64)
    which = np.searchsorted(ends, drawn, side="right")
    at = located[which]
    asked = networks.starts[at] + (ends[which] - drawn - np.uint64(1))
    return asked, networks.places[at]


def _drawn6(
    networks: Networks, sample: int, chance: np.random.Generator
) -> tuple[NDArray[np.uint64], Ints]:
    located = np.flatnonzero(networks.places >= 0)
    if not len(located):
        return np.empty(0, np.uint64), np.empty(0, np.int64)
    at = located[chance.integers(0, len(located), sample)]
    width = np.uint64(V6) - networks.lengths[at]
    within = chance.integers(0, 1 << 63, sample, dtype=np.uint64) & (
        (np.uint64(1) << width) - np.uint64(1)
    )
    return networks.starts[at] + within, networks.places[at]


def _compared(
    tree: Tree,
    skipped: int,
    asked: NDArray[np.uint64],
    wanted: Ints,
    places: list[Place],
    bits: int,
) -> tuple[Floats, NDArray[np.bool_]]:
    """How far (km) each address is from where the source has it, 0 where it is in another country
    or nowhere; and which are."""
    node = 0
    for _ in range(skipped):
        node = int(tree.nodes[node, 0]) if node < tree.count else node
    records = _look_up(tree, node, asked, bits)
    distinct, which = np.unique(records, return_inverse=True)
    found = [None if r <= tree.count else _read(tree, int(r)) for r in distinct]
    latitude = np.array([0.0 if place is None else place.latitude for place in found])
    longitude = np.array([0.0 if place is None else place.longitude for place in found])
    country = np.array(["" if place is None else place.country for place in found])
    theirs = np.array([place.country for place in places])
    elsewhere = country[which] != theirs[wanted] if len(asked) else np.empty(0, bool)
    north = np.array([place.latitude for place in places])
    east = np.array([place.longitude for place in places])
    far = distances(latitude[which], longitude[which], north[wanted], east[wanted])
    return np.where(elsewhere, 0.0, far), elsewhere


def _look_up(tree: Tree, node: int, asked: NDArray[np.uint64], bits: int) -> NDArray[np.uint32]:
    """The record of each address."""
    at = np.full(len(asked), node, np.uint32)
    for bit in range(bits - 1, -1, -1):
        inner = np.flatnonzero(at < tree.count)
        if not inner.size:
            break
        side = ((asked[inner] >> np.uint64(bit)) & np.uint64(1)).astype(np.intp)
        at[inner] = tree.nodes[at[inner], side]
    return at


def _read(tree: Tree, record: int) -> Place | None:
    return place_of(tree.decode(record))
