"""What moved an assessment each way: the evidence for its conclusion, and that against it."""

from collections.abc import Mapping, Sequence
from math import log
from typing import Final

from msgspec import Struct

from alerts.incident import Assessment, Contribution, Hypothesis

HARMLESS: Final = frozenset((Hypothesis.ONE_PERSON, Hypothesis.ROAMING))
_ORDER: Final = tuple(Hypothesis)
_LEAST: Final = 1e-12
_NOTHING: Final = 0.005
"""Nats below which nothing moved."""


class Reason(Struct, frozen=True, kw_only=True):
    """What one detector's findings moved together (nats; above 0: for the conclusion), the one of
    them that moved most, and how many of them moved anything."""

    detector: str
    finding: bytes
    nats: float
    findings: int


class Weighing(Struct, frozen=True, kw_only=True):
    """The odds of one explanation against another, in nats: what was believed before, and what
    moved it, the strongest first. Prior, reasons and `beyond`, what is not counted of evidence that
    a model has weighed too, sum to `odds`.

    `toward` and `against` are None where the question is whether anybody attacks at all.
    """

    toward: Hypothesis | None
    against: Hypothesis | None
    prior: float
    odds: float
    reasons: tuple[Reason, ...]
    beyond: float = 0.0


def weigh(assessment: Assessment, *, is_attack: bool) -> Weighing:
    """What moved the likeliest explanation against the likeliest one of the other kind (harmless
    or not), or whether it is an attack."""
    if is_attack:
        return _weighing(None, None, _odds(assessment.attack, 1 - assessment.attack), assessment)
    shares = dict(zip(_ORDER, assessment.posterior, strict=True))
    toward = max(_ORDER, key=lambda one: shares[one])
    others = [one for one in _ORDER if (one in HARMLESS) is not (toward in HARMLESS)]
    against = max(others, key=lambda one: shares[one])
    return _weighing(toward, against, _odds(shares[toward], shares[against]), assessment)


def likeliest_harmless(shares: Mapping[Hypothesis, float]) -> Hypothesis:
    """Of the harmless explanations the likelier one."""
    return max((one for one in _ORDER if one in HARMLESS), key=lambda one: shares[one])


def _weighing(
    toward: Hypothesis | None, against: Hypothesis | None, odds: float, assessment: Assessment
) -> Weighing:
    moved = [(part, _moved(part, toward, against)) for part in assessment.contributions]
    reasons = _reasons([(part, nats) for part, nats in moved if abs(nats) >= _NOTHING])
    beyond = _uncounted(assessment, toward, against)
    return Weighing(
        toward=toward,
        against=against,
        prior=odds - beyond - sum(nats for _, nats in moved),
        odds=odds,
        reasons=reasons,
        beyond=beyond,
    )


def _uncounted(
    assessment: Assessment, toward: Hypothesis | None, against: Hypothesis | None
) -> float:
    left_out = dict(zip((Hypothesis.SHARED, Hypothesis.TAKEN_OVER), assessment.beyond, strict=True))
    return sum(
        sign * left_out[one]
        for one, sign in ((toward, -1.0), (against, 1.0))
        if one is not None and one in left_out
    )


def _moved(part: Contribution, toward: Hypothesis | None, against: Hypothesis | None) -> float:
    if toward is None or against is None:
        return part.attack
    return part.weights[_ORDER.index(toward)] - part.weights[_ORDER.index(against)]


def _reasons(moved: Sequence[tuple[Contribution, float]]) -> tuple[Reason, ...]:
    groups: dict[tuple[str, bool], list[tuple[Contribution, float]]] = {}
    for part, nats in moved:
        groups.setdefault((part.detector, nats > 0), []).append((part, nats))
    found = []
    for (detector, _), parts in groups.items():
        strongest = min(parts, key=lambda each: (-abs(each[1]), each[0].finding))[0]
        total = sum(nats for _, nats in parts)
        found.append(
            Reason(detector=detector, finding=strongest.finding, nats=total, findings=len(parts))
        )
    return tuple(sorted(found, key=lambda one: (-abs(one.nats), one.detector)))


def _odds(share: float, other: float) -> float:
    return log(max(share, _LEAST)) - log(max(other, _LEAST))
