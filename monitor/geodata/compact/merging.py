"""Networks as a tree with few nodes: siblings near each other are one, and like subtrees shared."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from monitor.geodata.compact.places import Anchors, Floats, Ints, distances
from monitor.geodata.compact.source import Networks

NOTHING = -1
"""The value for what is nowhere; an anchor a is -2 - a, and what is 0 or more is a node."""
_HALF = np.int64(1) << np.int64(31)


class Level(NamedTuple):
    """What there is at one depth, in order: the prefixes, what each of them is, and how far (km)
    and how heavy (addresses) what is in it is from its anchor."""

    prefixes: NDArray[np.uint64]
    values: Ints
    errors: Floats
    weights: Floats


class Graph:
    """Nodes of two values each; those alike are one node, wherever in the tree they are."""

    def __init__(self) -> None:
        self._pairs = [np.empty((0, 2), np.int64)]
        self._keys = np.empty(0, np.uint64)
        self._numbers = np.empty(0, np.int64)
        self.count = 0

    def put(self, left: Ints, right: Ints) -> Ints:
        """The numbers of nodes with these values; what is new is made."""
        keys = _key(left) << np.uint64(32) | _key(right)
        distinct, first, which = np.unique(keys, return_index=True, return_inverse=True)
        at = np.minimum(np.searchsorted(self._keys, distinct), max(0, len(self._keys) - 1))
        known = self._keys[at] == distinct if len(self._keys) else np.zeros(len(distinct), bool)
        numbers = np.empty(len(distinct), np.int64)
        numbers[known] = self._numbers[at[known]]
        new = np.flatnonzero(~known)
        # In order of their place: then the same networks give the same file.
        order = new[np.argsort(first[new])]
        numbers[order] = np.arange(self.count, self.count + len(order))
        self.count += len(order)
        self._pairs.append(np.stack((left[first[order]], right[first[order]]), axis=1))
        self._learn(distinct[new], numbers[new])
        made: Ints = numbers[which]
        return made

    def pairs(self) -> Ints:
        """The two values of each node, by number; a node comes after those that it leads to."""
        return np.concatenate(self._pairs)

    def _learn(self, keys: NDArray[np.uint64], numbers: Ints) -> None:
        if not len(keys):
            return
        at = np.searchsorted(self._keys, keys)
        self._keys = np.insert(self._keys, at, keys)
        self._numbers = np.insert(self._numbers, at, numbers)


def _key(values: Ints) -> NDArray[np.uint64]:
    return (values + _HALF).astype(np.uint64)


def grow(
    graph: Graph,
    networks: Networks,
    anchors: Anchors,
    most_km: float,
    inside: tuple[int, int, int] | None = None,
    told: Callable[[int, int], None] = lambda _done, _of: None,
) -> int:
    """Put one family into the graph; its root.

    Siblings become one while nothing in them is more than `most_km` from the place of the heavier
    one. `inside` is (depth, prefix, value) of something that is there already, and not merged.
    """
    bits = networks.bits
    depth = bits
    level = _added(_empty(), networks, anchors, depth, inside)
    while depth:
        told(bits - depth, bits)
        level = _merged(graph, level, anchors, most_km)
        depth -= 1
        level = _added(level, networks, anchors, depth, inside)
    told(bits, bits)
    return int(level.values[0]) if len(level.values) else NOTHING


def _empty() -> Level:
    return Level(np.empty(0, np.uint64), np.empty(0, np.int64), np.empty(0), np.empty(0))


def _added(
    level: Level,
    networks: Networks,
    anchors: Anchors,
    depth: int,
    inside: tuple[int, int, int] | None,
) -> Level:
    """The level with the networks that are exactly as long."""
    some = (networks.lengths == depth) & (networks.places >= 0)
    parts = [level]
    if some.any():
        places = networks.places[some]
        weight = np.full(len(places), 2.0 ** min(networks.bits - depth, 52))
        prefixes = networks.starts[some] >> np.uint64(networks.bits - depth)
        parts.append(Level(prefixes, -2 - anchors.of[places], anchors.error[places], weight))
    if inside is not None and inside[0] == depth:
        prefix, value = np.array(inside[1:2], np.uint64), np.array(inside[2:], np.int64)
        parts.append(Level(prefix, value, np.zeros(1), np.zeros(1)))
    if len(parts) == 1:
        return level
    prefixes = np.concatenate([part.prefixes for part in parts])
    order = np.argsort(prefixes, kind="stable")
    return Level(
        prefixes[order],
        np.concatenate([part.values for part in parts])[order],
        np.concatenate([part.errors for part in parts])[order],
        np.concatenate([part.weights for part in parts])[order],
    )


def _merged(graph: Graph, level: Level, anchors: Anchors, most_km: float) -> Level:
    """The level above: a node for every two siblings, or one value where that will do."""
    above = level.prefixes >> np.uint64(1)
    first = np.ones(len(above), bool)
    first[1:] = above[1:] != above[:-1]
    prefixes, where = above[first], np.cumsum(first) - 1
    side = (level.prefixes & np.uint64(1)).astype(np.int64)
    values = np.full((len(prefixes), 2), NOTHING, np.int64)
    errors = np.zeros((len(prefixes), 2))
    weights = np.zeros((len(prefixes), 2))
    values[where, side] = level.values
    errors[where, side] = level.errors
    weights[where, side] = level.weights
    one, error = _joined(values, errors, weights, anchors)
    apart = error > most_km
    if apart.any():
        one[apart] = graph.put(values[apart, 0], values[apart, 1])
        error[apart] = 0.0
    return Level(prefixes, one, error, weights.sum(axis=1))


def _joined(values: Ints, errors: Floats, weights: Floats, anchors: Anchors) -> tuple[Ints, Floats]:
    """The place that two siblings would have together, and how far from it anything in them is;
    infinitely far where they cannot be one."""
    rows = np.arange(len(values))
    heavy = (weights[:, 1] > weights[:, 0]).astype(np.int64)
    one, other = values[rows, heavy], values[rows, 1 - heavy]
    error = np.full(len(values), np.inf)
    same = (one == other) & (one < NOTHING)
    error[same] = errors[same].max(axis=1)
    near = np.flatnonzero((one != other) & (one < NOTHING) & (other < NOTHING))
    a, b = -2 - one[near], -2 - other[near]
    country = _countries(anchors)
    alike = country[a] == country[b]
    near, a, b = near[alike], a[alike], b[alike]
    moved = distances(
        anchors.latitude[a], anchors.longitude[a], anchors.latitude[b], anchors.longitude[b]
    )
    light = 1 - heavy[near]
    # At most: what is so far from the lighter's place, and that one from the heavier's.
    error[near] = np.maximum(errors[near, heavy[near]], moved + errors[near, light])
    return one.copy(), error


def _countries(anchors: Anchors) -> Ints:
    """A number for each anchor's country."""
    names = np.array([place.country for place in anchors.places])
    return np.unique(names, return_inverse=True)[1].astype(np.int64)
