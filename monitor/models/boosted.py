"""Fits small trees one after the other, calibrates their sum, and tells it as plain numbers.

Gradient boosting (Friedman, 2001) as scikit-learn has it: each tree asks a few questions about the
features and mends what those before it left. Unlike curves, trees may weigh two features together:
two browsers at once say little of who works on one line, and much of who works on two.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray
from sklearn.base import clone  # type: ignore[import-untyped]
from sklearn.ensemble import HistGradientBoostingClassifier  # type: ignore[import-untyped]
from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]
from sklearn.model_selection import GroupKFold  # type: ignore[import-untyped]
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from detectors.core.feature import Described
from detectors.core.model import Node, TreeModel
from detectors.sharing.features import FEATURES
from monitor.models.additive import (
    DIGITS,
    LEAST_EXAMPLES,
    Matrix,
    TooLittleError,
    Truth,
    logit,
)

FOLDS = 8
MOST_FOLDS = 16
"""Groups up to which each is left out by itself."""
TREES = 300
LEAVES = 8
RATE = 0.06
"""Share of what a tree finds that is taken from it (scikit-learn's `learning_rate`)."""
LEAST_IN_LEAF = 60
"""Examples in a leaf at least."""
PENALTY = 5.0
"""Weight of the L2 penalty on what a leaf adds."""
FEATURES_ASKED = 0.5
"""Share of the features, drawn anew for each question, that it is chosen from."""
_FAR = 1e9
"""In place of infinity, where only what is not known goes the other way: no feature is so large."""
Weights = NDArray[np.float64]


class FittedTrees(Struct, frozen=True):
    """What was fitted: scikit-learn's estimator, what makes log-odds of its decisions (`slope`,
    `offset`), the weighted share of shared accounts among the examples, and what the columns were
    of. `unseen` are the examples' own scores, each by trees that saw none of its group."""

    estimator: Any
    slope: float
    offset: float
    base: float
    unseen: Matrix
    described: tuple[Described, ...] = FEATURES

    def scores(self, features: Matrix) -> Matrix:
        """Log-odds against the base rate, as scikit-learn reckons them."""
        with threadpool_limits(1):
            decision: Matrix = self.estimator.decision_function(features)
        return self.slope * decision + self.offset - logit(self.base)


def fit_trees(
    features: Matrix,
    shared: Truth,
    groups: Sequence[str],
    weights: Weights,
    *,
    described: tuple[Described, ...] = FEATURES,
    seed: int = 0,
) -> FittedTrees:
    """The calibrated model over these features: as sure as what it says of groups that it never
    saw came true (Platt, 1999).

    Raises TooLittleError when there are too few examples of either kind.
    """
    count = len(set(groups))
    folds = count if count <= MOST_FOLDS else FOLDS
    if folds < 2 or min(int(shared.sum()), int((~shared).sum())) < LEAST_EXAMPLES:
        raise TooLittleError("too few examples to learn from")
    # A column of which nothing is known cannot be asked for, and cannot be sorted either.
    features = np.where(np.isnan(features).all(axis=0), 0.0, features)
    if not (np.nanmax(features, axis=0) > np.nanmin(features, axis=0)).any():
        raise TooLittleError("nothing tells the examples apart")
    boosting = HistGradientBoostingClassifier(
        max_iter=TREES,
        learning_rate=RATE,
        max_leaf_nodes=LEAVES,
        min_samples_leaf=LEAST_IN_LEAF,
        l2_regularization=PENALTY,
        max_features=FEATURES_ASKED,
        monotonic_cst=[_DIRECTIONS[one.rises] for one in described],
        early_stopping=False,
        random_state=seed,
    )
    with threadpool_limits(1):
        decisions = _unseen(boosting, features, shared, groups, weights, folds)
        sigmoid = LogisticRegression(C=np.inf)
        sigmoid.fit(decisions.reshape(-1, 1), shared, sample_weight=weights)
        boosting.fit(features, shared, sample_weight=weights)
    slope, offset = float(sigmoid.coef_[0, 0]), float(sigmoid.intercept_[0])
    base = float(weights[shared].sum() / weights.sum())
    unseen = slope * decisions + offset - logit(base)
    return FittedTrees(boosting, slope, offset, base, unseen, described)


def _unseen(
    boosting: Any, features: Matrix, shared: Truth, groups: Sequence[str], weights: Any, folds: int
) -> Matrix:
    """What trees fitted without an example's group decide of it."""
    found = np.zeros(len(features))
    for learned, left in GroupKFold(folds).split(features, shared, np.asarray(groups)):
        known = features[learned]
        known = np.where(np.isnan(known).all(axis=0), 0.0, known)
        one = clone(boosting).fit(known, shared[learned], sample_weight=weights[learned])
        found[left] = one.decision_function(features[left])
    return found


_DIRECTIONS = {True: 1, False: -1, None: 0}


def export_trees(fitted: FittedTrees, version: str = "") -> TreeModel:
    """The same model as plain numbers: scores agree but for the rounding of what leaves add."""
    boosting, slope = fitted.estimator, fitted.slope
    begins = float(boosting._baseline_prediction.ravel()[0])
    trees = tuple(_tree(one.nodes, slope) for (one,) in boosting._predictors)
    roots = sum(tree[0].nats for tree in trees)
    intercept = slope * begins + fitted.offset - logit(fitted.base) + roots
    names = tuple(feature.name for feature in fitted.described)
    return TreeModel(version, round(intercept, DIGITS), names, trees)


def _tree(nodes: Any, slope: float) -> tuple[Node, ...]:
    """scikit-learn's nodes, of which children come after their parent, with means in between."""
    added = np.zeros(len(nodes))
    for place in range(len(nodes) - 1, -1, -1):
        node = nodes[place]
        if node["is_leaf"]:
            added[place] = slope * node["value"]
        else:
            two = [int(node["left"]), int(node["right"])]
            added[place] = np.average(added[two], weights=nodes["count"][two])
    return tuple(
        Node(round(float(nats), DIGITS))
        if node["is_leaf"]
        else Node(
            round(float(nats), DIGITS),
            int(node["feature_idx"]),
            min(float(node["num_threshold"]), _FAR),
            int(node["left"]),
            int(node["right"]),
            int(node["left"] if node["missing_go_to_left"] else node["right"]),
        )
        for node, nats in zip(nodes, added, strict=True)
    )
