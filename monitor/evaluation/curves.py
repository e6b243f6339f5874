"""Curves over every threshold of a score: ROC, precision and recall, and what is under them."""

from collections.abc import Iterable, Sequence
from itertools import pairwise

from msgspec import Struct

from monitor.evaluation.intervals import Estimate, bootstrap

MAXIMUM_POINTS = 200
"""Points of a curve that are kept: more cannot be seen."""

UNSCORED = -1e6
"""The score of what a system says nothing of: below any other."""

Groups = list[tuple[float, int, int]]
"""(score, how many positives, how many negatives have it), highest score first."""


class Curve(Struct, frozen=True):
    """Points (x, y) of the two curves; the areas below them with their intervals.

    ROC: share of negatives, share of positives. PR: recall, precision; its area is the average
    precision, which does not interpolate.
    """

    positives: int
    negatives: int
    roc: list[tuple[float, float]]
    pr: list[tuple[float, float]]
    area: Estimate
    average_precision: Estimate


def grouped(scored: Iterable[tuple[float, bool]], unscored: int = 0) -> Groups:
    """Cases by score; of `unscored` more negatives nothing is said."""
    counts: dict[float, list[int]] = {}
    for score, positive in scored:
        counts.setdefault(score, [0, 0])[0 if positive else 1] += 1
    if unscored:
        counts.setdefault(UNSCORED, [0, 0])[1] += unscored
    return [(score, p, n) for score, (p, n) in sorted(counts.items(), reverse=True)]


def curve(groups: Groups) -> Curve:
    """Both curves of these cases. Empty where there is nothing to tell apart."""
    positives = sum(p for _, p, _ in groups)
    negatives = sum(n for _, _, n in groups)
    size = positives + negatives
    if not positives or not negatives:
        nothing = Estimate(size, None, None, None)
        return Curve(positives, negatives, [], [], nothing, nothing)
    counts = [count for _, p, n in groups for count in (p, n)]
    return Curve(
        positives,
        negatives,
        _thinned(_roc(counts)),
        _thinned(_pr(counts)),
        bootstrap(counts, area, size),
        bootstrap(counts, average_precision, size),
    )


def area(counts: Sequence[int]) -> float | None:
    """Area under the ROC curve; `counts` are positives and negatives by turns, best score first."""
    positives, negatives = sum(counts[::2]), sum(counts[1::2])
    if not positives or not negatives:
        return None
    found = total = 0.0
    for p, n in zip(counts[::2], counts[1::2], strict=True):
        total += n * (found + p / 2)
        found += p
    return total / (positives * negatives)


def average_precision(counts: Sequence[int]) -> float | None:
    """Precision, averaged over recall; `counts` as of `area`."""
    positives = sum(counts[::2])
    if not positives:
        return None
    found = false = 0
    total = 0.0
    for p, n in zip(counts[::2], counts[1::2], strict=True):
        found += p
        false += n
        if p:
            total += p / positives * found / (found + false)
    return total


def _roc(counts: Sequence[int]) -> list[tuple[float, float]]:
    positives, negatives = sum(counts[::2]), sum(counts[1::2])
    points, found, false = [(0.0, 0.0)], 0, 0
    for p, n in zip(counts[::2], counts[1::2], strict=True):
        found += p
        false += n
        points.append((false / negatives, found / positives))
    return points


def _pr(counts: Sequence[int]) -> list[tuple[float, float]]:
    positives = sum(counts[::2])
    points: list[tuple[float, float]] = []
    found = false = 0
    for p, n in zip(counts[::2], counts[1::2], strict=True):
        found += p
        false += n
        points.append((found / positives, found / (found + false)))
    return points


def _thinned(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    kept = points[:1]
    for (ax, ay), (bx, by) in pairwise(points):
        if abs(ax - kept[-1][0]) + abs(ay - kept[-1][1]) > 2 / MAXIMUM_POINTS and (
            (ax, ay) != kept[-1]
        ):
            kept.append((ax, ay))
        if abs(bx - ax) + abs(by - ay) > 0.05 and (ax, ay) != kept[-1]:
            kept.append((ax, ay))
    if points and points[-1] != kept[-1]:
        kept.append(points[-1])
    return [(round(x, 5), round(y, 5)) for x, y in kept]
