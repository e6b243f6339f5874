"""How sure a figure is: Wilson's interval for shares, a Poisson bootstrap for all else."""

from collections.abc import Callable, Sequence
from math import exp, sqrt
from random import Random

from msgspec import Struct

Z = 1.959963984540054
"""Two-sided 95 % of a normal distribution."""
REPLICATES = 400
SEED = "evaluation"
FEWEST_VALUES = 6
"""Below so many values not even their whole range covers the median in 95 % of cases."""
_TAIL = 0.025
_SMALL = 30


class Share(Struct, frozen=True):
    """So many of so many, with Wilson's 95 % interval (Wilson 1927); `value` None of none."""

    found: int
    total: int
    value: float | None
    low: float
    high: float


class Estimate(Struct, frozen=True):
    """A figure from `size` cases with its bootstrapped 95 % interval; None where there are none."""

    size: int
    value: float | None
    low: float | None
    high: float | None


def share(found: int, total: int) -> Share:
    """The share with its interval; of nothing, it may be anything."""
    if total <= 0:
        return Share(0, 0, None, 0.0, 1.0)
    p = found / total
    scale = 1 + Z * Z / total
    centre = (p + Z * Z / (2 * total)) / scale
    half = Z * sqrt(p * (1 - p) / total + Z * Z / (4 * total * total)) / scale
    low = 0.0 if found == 0 else max(0.0, centre - half)
    high = 1.0 if found == total else min(1.0, centre + half)
    return Share(found, total, p, low, high)


def bootstrap(
    counts: Sequence[int], figure: Callable[[Sequence[int]], float | None], size: int
) -> Estimate:
    """A figure of groups of like cases, so many in each, and how it varies when these do.

    Each replicate draws every group's count from a Poisson distribution around it: a bootstrap
    over cases at the cost of one over groups. The same input gives the same interval.
    """
    value = figure(counts)
    if value is None:
        return Estimate(size, None, None, None)
    random = Random(SEED)  # noqa: S311 - a seeded bootstrap
    drawn = [figure([_poisson(random, count) for count in counts]) for _ in range(REPLICATES)]
    found = sorted(one for one in drawn if one is not None)
    if not found:
        return Estimate(size, value, None, None)
    return Estimate(size, value, quantile(found, _TAIL), quantile(found, 1 - _TAIL))


def of_values(values: Sequence[float], at: float) -> Estimate:
    """A quantile (`at`, 0 to 1) of these values; too few of them have no interval."""
    ordered = sorted(values)
    if len(ordered) < FEWEST_VALUES:
        value = quantile(ordered, at) if ordered else None
        return Estimate(len(ordered), value, None, None)
    counts = [1] * len(ordered)

    def figure(drawn: Sequence[int]) -> float | None:
        return _weighted_quantile(ordered, drawn, at)

    return bootstrap(counts, figure, len(ordered))


def rate(events_by_case: Sequence[tuple[int, int]], per: float) -> Estimate:
    """Events in all, times `per`, over all cases: (events of a case, how many such cases) each.

    Of no events at all the upper end is that of the rule of three.
    """
    total = sum(cases for _, cases in events_by_case)
    if not total:
        return Estimate(0, None, None, None)

    def figure(drawn: Sequence[int]) -> float | None:
        cases = sum(drawn)
        happened = sum(e * n for (e, _), n in zip(events_by_case, drawn, strict=True))
        return happened * per / cases if cases else None

    found = bootstrap([cases for _, cases in events_by_case], figure, total)
    if not any(events for events, cases in events_by_case if cases):
        return Estimate(total, 0.0, 0.0, 3.0 * per / total)
    return found


def quantile(ordered: Sequence[float], at: float) -> float:
    """The quantile of sorted values, between neighbours in proportion."""
    place = at * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def _weighted_quantile(ordered: Sequence[float], weights: Sequence[int], at: float) -> float | None:
    repeated = [v for v, n in zip(ordered, weights, strict=True) for _ in range(n)]
    return quantile(repeated, at) if repeated else None


def _poisson(random: Random, mean: int) -> int:
    if mean > _SMALL:
        return max(0, round(random.gauss(mean, sqrt(mean))))
    limit, product, drawn = exp(-mean), random.random(), 0
    while product > limit:
        product *= random.random()
        drawn += 1
    return drawn
