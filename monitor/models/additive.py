"""Fits an additive model that keeps to the direction of its features, and tells it as curves.

Every feature becomes a few ramps, each rising from 0 to 1 between two knots. A logistic regression
over the ramps is a sum of broken lines, one for each feature. Where a feature has a direction,
ramps whose weight has the wrong sign are left out and the rest is fitted again, until none has:
what is left rises, or falls, as the feature says. What is not known is the mean of one person's
ramps, and so adds nothing.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from msgspec import Struct, structs
from numpy.typing import NDArray
from sklearn.calibration import CalibratedClassifierCV  # type: ignore[import-untyped]
from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]
from sklearn.model_selection import GroupKFold  # type: ignore[import-untyped]
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from detectors.core.feature import Described
from detectors.core.model import AdditiveModel, Curve
from detectors.sharing.features import FEATURES

QUANTILES = (0.05, 0.5, 0.8, 0.95, 0.99)
"""Of the known values of a feature: where its knots may be."""
LEAST_SPAN = 0.3
"""Part of a feature's range that a ramp has at least: no step that one world's numbers set."""
STRENGTH = 0.2
"""Inverse of the weight of the L2 penalty (scikit-learn's `C`)."""
FOLDS = 5
LEAST_EXAMPLES = 12
"""Of either kind, below which there is nothing to learn."""
DIGITS = 6
Matrix = NDArray[np.float64]
Truth = NDArray[np.bool_]


class TooLittleError(ValueError):
    """There is too little to learn from."""


class Ramp(Struct, frozen=True):
    """A column of the regression: feature by its place, from where to where, its mean among
    examples that nothing is wrong with, and its direction."""

    feature: int
    start: float
    end: float
    mean: float
    rises: bool | None = True


class Fitted(Struct, frozen=True):
    """What was fitted: the ramps that were kept, scikit-learn's estimator over them, the share
    of shared accounts (or stolen sign-ins) among the examples, and what the columns were of."""

    ramps: tuple[Ramp, ...]
    estimator: Any
    base: float
    described: tuple[Described, ...] = FEATURES

    def scores(self, features: Matrix) -> Matrix:
        """Log-odds against the base rate, as scikit-learn reckons them."""
        columns = columns_of(features, self.ramps)
        calibrated = self.estimator.calibrated_classifiers_[0]
        slope, offset = _sigmoid(calibrated.calibrators[0])
        decision: Matrix = calibrated.estimator.decision_function(columns)
        return slope * decision + offset - logit(self.base)


def matrix_of(vectors: Sequence[Sequence[float]], width: int = len(FEATURES)) -> Matrix:
    """Vectors of so many features, one a row."""
    return np.asarray(vectors, dtype=np.float64).reshape(-1, width)


def columns_of(features: Matrix, ramps: Sequence[Ramp]) -> Matrix:
    """Each row's ramps: 0 to 1 in the direction of the feature, less the mean of one person's."""
    found = np.empty((len(features), len(ramps)))
    for number, ramp in enumerate(ramps):
        raw = _ramp(features, ramp)
        found[:, number] = np.where(np.isnan(raw), 0.0, raw - ramp.mean)
    return found


def fit(
    features: Matrix,
    shared: Truth,
    groups: Sequence[str],
    *,
    described: tuple[Described, ...] = FEATURES,
    strength: float = STRENGTH,
) -> Fitted:
    """The calibrated model over these features. Examples of one group are in one fold of the
    calibration.

    Raises TooLittleError when there are too few examples of either kind.
    """
    folds = min(FOLDS, len(set(groups)))
    if folds < 2 or min(int(shared.sum()), int((~shared).sum())) < LEAST_EXAMPLES:
        raise TooLittleError("too few examples to learn from")
    with threadpool_limits(1):
        ramps = _ramps(features, shared, described)
        while True:
            if not ramps:
                raise TooLittleError("nothing tells the examples apart")
            columns = columns_of(features, ramps)
            weights = _regression(strength).fit(columns, shared).coef_[0]
            kept = [
                ramp
                for ramp, weight in zip(ramps, weights, strict=True)
                if weight > 0 or ramp.rises is None
            ]
            if len(kept) == len(ramps):
                break
            ramps = kept
        splits = list(GroupKFold(folds).split(columns, shared, np.asarray(groups)))
        estimator = CalibratedClassifierCV(
            _regression(strength), method="sigmoid", cv=splits, ensemble=False
        )
        estimator.fit(columns, shared)
    # The folds were of these examples, and are of no use to anybody who loads it.
    estimator.cv = None
    return Fitted(tuple(ramps), estimator, float(shared.mean()), described)


def export(fitted: Fitted, version: str = "") -> AdditiveModel:
    """The same model as plain numbers: scores agree but for the rounding of its curves."""
    calibrated = fitted.estimator.calibrated_classifiers_[0]
    slope, offset = _sigmoid(calibrated.calibrators[0])
    weights = slope * calibrated.estimator.coef_[0]
    intercept = slope * float(calibrated.estimator.intercept_[0]) + offset - logit(fitted.base)
    curves = []
    for place, feature in enumerate(fitted.described):
        own = [
            (ramp, float(weight))
            for ramp, weight in zip(fitted.ramps, weights, strict=True)
            if ramp.feature == place
        ]
        curves.append(_curve(feature, own))
    return AdditiveModel(version, round(intercept, DIGITS), tuple(curves))


def _curve(feature: Described, own: Sequence[tuple[Ramp, float]]) -> Curve:
    knots = sorted({x for ramp, _ in own for x in (ramp.start, ramp.end)}) or [0.0]
    values = []
    for knot in knots:
        total = 0.0
        for ramp, weight in own:
            risen = min(1.0, max(0.0, (knot - ramp.start) / (ramp.end - ramp.start)))
            total += weight * ((-risen if feature.rises is False else risen) - ramp.mean)
        values.append(round(total, DIGITS))
    return Curve(feature.name, tuple(knots), tuple(values))


def _ramps(
    features: Matrix,
    shared: Truth,
    described: Sequence[Described],
) -> list[Ramp]:
    found = []
    for place, feature in enumerate(described):
        known = features[:, place]
        known = known[~np.isnan(known)]
        if not len(known):
            continue
        knots = _knots(known)
        for start, end in pairwise(knots):
            ramp = Ramp(place, start, end, 0.0, feature.rises)
            raw = _ramp(features[~shared], ramp)
            raw = raw[~np.isnan(raw)]
            mean = float(raw.mean()) if len(raw) else 0.0
            found.append(structs.replace(ramp, mean=mean))
    return found


def _knots(known: Matrix) -> list[float]:
    candidates = [round(float(q), 3) for q in np.quantile(known, QUANTILES)]
    least = LEAST_SPAN * (candidates[-1] - candidates[0])
    knots = [candidates[0]]
    for candidate in candidates[1:]:
        if candidate - knots[-1] >= max(least, 10.0**-DIGITS):
            knots.append(candidate)
    return knots


def _ramp(features: Matrix, ramp: Ramp) -> Matrix:
    width = ramp.end - ramp.start
    risen: Matrix = np.clip((features[:, ramp.feature] - ramp.start) / width, 0.0, 1.0)
    return -risen if ramp.rises is False else risen


def _regression(strength: float) -> LogisticRegression:
    return LogisticRegression(C=strength, max_iter=5_000, tol=1e-6)


def _sigmoid(calibrator: Any) -> tuple[float, float]:
    """Slope and offset of Platt's calibration: p = 1 / (1 + exp(a f + b))."""
    return -float(calibrator.a_), -float(calibrator.b_)


def logit(share: float) -> float:
    """Log-odds of a share between 0 and 1, in nats."""
    return float(np.log(share / (1.0 - share)))
