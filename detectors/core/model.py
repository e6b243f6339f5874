"""A learned additive score: a sum of curves, one for each feature, that anybody can read."""

from bisect import bisect_right
from collections.abc import Sequence
from math import fsum, isnan

from msgspec import Struct


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


class AdditiveModel(Struct, frozen=True):
    """Log-odds against the base rate of training, as `intercept` plus a sum of curves, in nats.

    `version` is the SHA-256 of the file that it was read from. The same values give the same
    bits, alone or among a thousand: plain floating point in a fixed order, and an exact sum.
    """

    version: str
    intercept: float
    curves: tuple[Curve, ...]

    def score(self, values: Sequence[float]) -> tuple[float, tuple[float, ...]]:
        """The score, and what each feature added to it. Raises ValueError for another number of
        features."""
        if len(values) != len(self.curves):
            raise ValueError(f"{len(values)} features where the model has {len(self.curves)}")
        parts = tuple(c.at(v) for c, v in zip(self.curves, values, strict=True))
        return fsum((self.intercept, *parts)), parts
