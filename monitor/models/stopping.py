"""What scoring one sign-in at once is worth: strangers stopped, for so many owners asked."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from msgspec import Struct
from sklearn.ensemble import IsolationForest  # type: ignore[import-untyped]
from sklearn.metrics import roc_auc_score  # type: ignore[import-untyped]

from detectors.takeover.features import FEATURES
from detectors.unusual_sign_in import Parameters
from monitor.models.additive import Fitted, Matrix, Truth, fit, matrix_of
from monitor.models.reliability import Bin
from monitor.models.sign_ins import SignInExample, SignIns

ASKED = (0.001, 0.005, 0.02)
"""Shares of all honest sign-ons that may be asked to verify again."""
CALLED = 5.0
"""Nats at which a sign-in by itself calls a reviewer (a probability of 0.7, after the prior)."""
_TREES = 100


class Stopped(Struct, frozen=True):
    """How many strangers are stopped at their first sign-in by one score, at each of `ASKED`.

    `name`: sign_in_risk, the model's, `together` (both), `forest` (novelty alone), or `ranked`
    (sign_in_risk, and the forest among equals).
    """

    name: str
    counts: tuple[int, ...]


class Way(Struct, frozen=True):
    """Of one strategy: how many strangers, and for how many a reviewer is called at their first
    sign-in, by sign_in_risk alone and with what the model adds."""

    name: str
    held_back: bool
    strangers: int
    alone: int
    together: int


class SignInFigures(Struct, frozen=True, kw_only=True):
    """How the model of one sign-in does on worlds it never saw.

    `honest` sign-ons are all of them, `strange` those that show something new. `alone` and
    `together` are honest ones that a reviewer is called for.
    """

    name: str
    examples: int
    stolen_examples: int
    honest: int
    strange: int
    strangers: int
    area: float
    forest: float
    alone: int
    together: int
    stopped: tuple[Stopped, ...]
    ways: tuple[Way, ...]
    bins: tuple[Bin, ...]


def fit_sign_ins(examples: Sequence[SignInExample]) -> Fitted:
    """The calibrated model. Raises TooLittleError."""
    return fit(*_table(examples), [e.tenant for e in examples], described=FEATURES)


def measure(
    name: str, fitted: Fitted, learned: Sequence[SignInExample], reported: SignIns, seed: int
) -> SignInFigures:
    """The model beside sign_in_risk and an isolation forest. Of a tie nobody is asked."""
    known, known_truth = _table(learned)
    features, truth = _table(reported.examples)
    first = np.asarray([e.is_first for e in reported.examples], dtype=np.bool_)
    scores = fitted.scores(features)
    spoken = np.asarray([e.spoken for e in reported.examples], dtype=np.float64)
    together = spoken + added(scores)
    novelty = _novelty(known, known_truth, features, seed)
    both = bool(truth.any()) and not bool(truth.all())
    systems = (
        ("sign_in_risk", spoken),
        (name, scores),
        ("together", together),
        ("forest", novelty),
        ("ranked", spoken + 1e-6 * novelty),
    )
    return SignInFigures(
        name=name,
        examples=len(learned),
        stolen_examples=int(known_truth.sum()),
        honest=reported.honest,
        strange=int((~truth).sum()),
        strangers=int(first.sum()) + reported.unseen,
        area=float(roc_auc_score(truth, scores)) if both else 0.0,
        forest=float(roc_auc_score(truth, novelty)) if both else 0.0,
        alone=int((spoken[~truth] >= CALLED).sum()),
        together=int((together[~truth] >= CALLED).sum()),
        stopped=tuple(
            Stopped(system, _stopped(found, truth, first, reported.honest))
            for system, found in systems
        ),
        ways=_ways(reported.examples, spoken, together),
        bins=bins(scores, truth),
    )


def added(scores: Matrix) -> Matrix:
    """What the model's scores add to other evidence, as the detector has it."""
    given = Parameters()
    found: Matrix = np.clip(scores - given.least, 0.0, given.most_for)
    return found


def bins(scores: Matrix, truth: Truth, count: int = 10) -> tuple[Bin, ...]:
    """Predicted shares at the base rate of these examples, in so many parts, and the true ones."""
    base = float(truth.mean()) if len(truth) else 0.0
    if not 0.0 < base < 1.0:
        return ()
    predicted = 1.0 / (1.0 + np.exp(-(scores + np.log(base / (1.0 - base)))))
    found = []
    for number in range(count):
        mine = (predicted * count).astype(int).clip(0, count - 1) == number
        if mine.any():
            mean = round(float(predicted[mine].mean()), 6)
            found.append(Bin(mean, int(truth[mine].sum()), int(mine.sum())))
    return tuple(found)


def _table(examples: Sequence[SignInExample]) -> tuple[Matrix, Truth]:
    truth = np.asarray([e.stolen for e in examples], dtype=np.bool_)
    return matrix_of([e.features for e in examples], len(FEATURES)), truth


def _novelty(known: Matrix, truth: Truth, new: Matrix, seed: int) -> Matrix:
    """The isolation forest's novelty against honest sign-ins; what is not known is as usual."""
    columns = range(known.shape[1])
    seen = [known[~np.isnan(known[:, column]), column] for column in columns]
    usual = np.asarray([np.median(one) if len(one) else 0.0 for one in seen])
    whole, fresh = (np.where(np.isnan(some), usual, some) for some in (known, new))
    forest: Any = IsolationForest(n_estimators=_TREES, random_state=seed).fit(whole[~truth])
    found: Matrix = -forest.score_samples(fresh)
    return found


def _stopped(scores: Matrix, truth: Truth, first: Truth, honest: int) -> tuple[int, ...]:
    ranked = np.sort(scores[~truth])[::-1]
    found = []
    for share in ASKED:
        allowed = int(share * honest)
        limit = ranked[allowed] if allowed < len(ranked) else -np.inf
        found.append(int((scores[first] > limit).sum()))
    return tuple(found)


def _ways(examples: Sequence[SignInExample], alone: Matrix, together: Matrix) -> tuple[Way, ...]:
    found = []
    for name in sorted({e.strategy for e in examples if e.is_first}):
        mine = [n for n, e in enumerate(examples) if e.is_first and e.strategy == name]
        found.append(
            Way(
                name,
                any(examples[n].held_back for n in mine),
                len(mine),
                sum(bool(alone[n] >= CALLED) for n in mine),
                sum(bool(together[n] >= CALLED) for n in mine),
            )
        )
    return tuple(found)
