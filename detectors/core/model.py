"""Learned scores that anybody can read: a sum of curves, or of small trees, one part a feature."""

from bisect import bisect_right
from collections.abc import Sequence
from math import fsum, isnan
from typing import Protocol

from msgspec import Struct

LEAF = -1
"""In place of a feature, where a tree asks no more."""


class Model(Protocol):
    """Log-odds against the base rate of training, in nats, and the part of each feature in them.

    The same values give the same bits, alone or among a thousand: plain floating point in a fixed
    order, and an exact sum.
    """

    @property
    def version(self) -> str:
        """The SHA-256 of the file that it was read from."""
        ...

    @property
    def intercept(self) -> float:
        """The score without any feature's part."""
        ...

    @property
    def names(self) -> tuple[str, ...]:
        """Its features, in the order of their values."""
        ...

    def score(self, values: Sequence[float]) -> tuple[float, tuple[float, ...]]:
        """The score, and what each feature added to it. Raises ValueError for another number of
        features."""
        ...


class Curve(Struct, frozen=True):
    """What a feature adds to a score, in nats: straight lines between `values` at `knots`.

    Below the first knot and above the last one it is level. `missing` is added where the feature
    is not known (NaN). Raises ValueError for knots that do not rise or values that do not fit.
    """

    name: str
    knots: tuple[float, ...]
    values: tuple[float, ...]
    missing: float = 0.0

    def __post_init__(self) -> None:
        rises = all(a < b for a, b in zip(self.knots, self.knots[1:], strict=False))
        if not self.knots or len(self.knots) != len(self.values) or not rises:
            raise ValueError(f"the curve of {self.name} has no shape")

    def at(self, value: float) -> float:
        """What this value adds, in nats."""
        if isnan(value):
            return self.missing
        knots, values = self.knots, self.values
        right = bisect_right(knots, value)
        if right == 0:
            return values[0]
        if right == len(knots):
            return values[-1]
        left = right - 1
        share = (value - knots[left]) / (knots[right] - knots[left])
        return values[left] + share * (values[right] - values[left])


class AdditiveModel(Struct, frozen=True, tag="curves"):
    """A `Model` of `intercept` plus a sum of curves, one for each feature."""

    version: str
    intercept: float
    curves: tuple[Curve, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Its features, in the order of their values."""
        return tuple(curve.name for curve in self.curves)

    @property
    def asked(self) -> frozenset[str]:
        """The features whose curve bends."""
        return frozenset(curve.name for curve in self.curves if any(curve.values))

    def score(self, values: Sequence[float]) -> tuple[float, tuple[float, ...]]:
        """As `Model.score` says."""
        _check(values, len(self.curves))
        parts = tuple(c.at(v) for c, v in zip(self.curves, values, strict=True))
        return fsum((self.intercept, *parts)), parts


class Node(Struct, frozen=True, array_like=True):
    """One place of a tree. What is at most `limit` of feature number `asks` goes to node `left`,
    what is above to node `right`, what is not known (NaN) to `unknown`.

    `nats`: at a leaf (`asks` is `LEAF`) what the tree adds; before one, the mean of what it added
    to the examples that came by here.
    """

    nats: float
    asks: int = LEAF
    limit: float = 0.0
    left: int = 0
    right: int = 0
    unknown: int = 0


class TreeModel(Struct, frozen=True, tag="trees"):
    """A `Model` of `intercept` plus what each of its trees adds.

    A feature's part in that is by how much the mean moved where a tree asked for it, over all trees
    (Saabas, 2014). `intercept` holds the means at the roots. Raises ValueError for a tree that asks
    for a feature that there is not, or that leads back.
    """

    version: str
    intercept: float
    features: tuple[str, ...]
    trees: tuple[tuple[Node, ...], ...]

    def __post_init__(self) -> None:
        for number, tree in enumerate(self.trees):
            if not tree or not all(self._leads_on(tree, place) for place in range(len(tree))):
                raise ValueError(f"tree {number} has no shape")

    @property
    def names(self) -> tuple[str, ...]:
        """Its features, in the order of their values."""
        return self.features

    @property
    def asked(self) -> frozenset[str]:
        """The features that any tree asks for."""
        return frozenset(
            self.features[node.asks] for tree in self.trees for node in tree if node.asks != LEAF
        )

    def score(self, values: Sequence[float]) -> tuple[float, tuple[float, ...]]:
        """As `Model.score` says."""
        _check(values, len(self.features))
        parts = [0.0] * len(self.features)
        for tree in self.trees:
            node = tree[0]
            while node.asks != LEAF:
                value = values[node.asks]
                if isnan(value):
                    following = tree[node.unknown]
                else:
                    following = tree[node.left if value <= node.limit else node.right]
                parts[node.asks] += following.nats - node.nats
                node = following
        return fsum((self.intercept, *parts)), tuple(parts)

    def _leads_on(self, tree: tuple[Node, ...], place: int) -> bool:
        node = tree[place]
        if node.asks == LEAF:
            return True
        ways = (node.left, node.right, node.unknown)
        return 0 <= node.asks < len(self.features) and all(place < w < len(tree) for w in ways)


def _check(values: Sequence[float], count: int) -> None:
    if len(values) != count:
        raise ValueError(f"{len(values)} features where the model has {count}")
