"""Trains the models from a seed, and measures them on what they never saw.

Worlds to learn from have only strategies and lives that may be tuned on; worlds to report on have
other seeds, the strategies that are held back, and all lives.
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import sklearn  # type: ignore[import-untyped]
from msgspec import Struct
from sklearn.ensemble import IsolationForest  # type: ignore[import-untyped]
from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]
from sklearn.metrics import (  # type: ignore[import-untyped]
    average_precision_score,
    roc_auc_score,
)

from detectors.account_sharing import SIGN_ONS, WORK
from detectors.core.event import Event
from detectors.core.model import AdditiveModel
from detectors.unusual_sign_in import MODEL as SIGN_IN
from monitor.models import sign_ins
from monitor.models.additive import (
    Fitted,
    Matrix,
    TooLittleError,
    Truth,
    export,
    fit,
    matrix_of,
)
from monitor.models.examples import Example, harvest
from monitor.models.labels import Label
from monitor.models.reliability import Bin
from monitor.models.sign_ins import SignIns
from monitor.models.stopping import SignInFigures, bins, fit_sign_ins, measure
from monitor.models.store import save

SEED = 2026
ACCOUNTS = 500
WORLDS = 20
REPORT_WORLDS = 3
DAYS = 28
_REPORT = 500
TREES = 100
SPEAKS = 1.5
"""Log-odds at which the tables say how many are spoken of."""

Told = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is done, and how much there is."""


class Plan(Struct, frozen=True, kw_only=True):
    """What to train on: worlds of so many accounts, each `days` long, drawn from a seed."""

    seed: int = SEED
    accounts: int = ACCOUNTS
    worlds: int = WORLDS
    report_worlds: int = REPORT_WORLDS
    days: int = DAYS


class Row(Struct, frozen=True):
    """Of one strategy or life: how many accounts, and how many the model speaks for and against."""

    name: str
    shared: bool
    held_back: bool
    accounts: int
    spoken_for: int
    spoken_against: int


class Figures(Struct, frozen=True, kw_only=True):
    """How one model does on the worlds to report on, an account counted once, at its last week.

    `novelty` is the area of the isolation forest alone, `with_novelty` the average precision of
    both together, beside `precision` of the model alone.
    """

    name: str
    examples: int
    shared_examples: int
    accounts: int
    shared: int
    area: float
    precision: float
    novelty: float
    with_novelty: float
    found: int
    false: int
    bins: tuple[Bin, ...]
    rows: tuple[Row, ...]


class Trained(Struct, frozen=True):
    """Models by name, scikit-learn's estimators that they are made from, and their figures."""

    plan: Plan
    models: dict[str, AdditiveModel]
    estimators: dict[str, Any]
    figures: tuple[Figures, ...]
    labels: int
    sign_in: SignInFigures | None = None

    def write(self, folder: Path) -> None:
        """Put the files of the models and their manifest into a folder. Raises OSError."""
        save(
            folder,
            self.models,
            self.estimators,
            seed=self.plan.seed,
            accounts=self.plan.accounts,
            worlds=self.plan.worlds,
            labels=self.labels,
            scikit_learn=sklearn.__version__,
        )


def train(
    plan: Plan,
    enrich: Callable[[Event], Event],
    labels: Sequence[Label] = (),
    told: Told = lambda _what, _done, _total: None,
) -> Trained:
    """Train and measure; the same plan and labels give the same models, to the bit.

    A model that there are too few examples for is left out. Raises TooLittleError when both are.
    """
    learned = _worlds(plan, plan.worlds, 0, "training", enrich, told)
    reported = _worlds(plan, plan.report_worlds, _REPORT, "held_back", enrich, told)
    learned += [label.example() for label in labels]
    models: dict[str, AdditiveModel] = {}
    estimators: dict[str, Any] = {}
    figures = []
    for number, (name, rich) in enumerate(((WORK, True), (SIGN_ONS, False))):
        told("fitting", number, 2)
        mine = [e for e in learned if e.rich == rich]
        try:
            fitted = fit(*_table(mine), [e.tenant for e in mine])
        except TooLittleError:
            # Small worlds may have no log of one of the two styles.
            continue
        models[name] = export(fitted)
        estimators[name] = fitted.estimator
        last = _last_weeks([e for e in reported if e.rich == rich])
        figures.append(_measure(name, fitted, mine, last, plan.seed))
    if not models:
        raise TooLittleError("too few examples: more accounts or more worlds are needed")
    told("fitting", 2, 2)
    sign_in = _sign_in(plan, enrich, told, models, estimators)
    return Trained(plan, models, estimators, tuple(figures), len(labels), sign_in)


def _sign_in(
    plan: Plan,
    enrich: Callable[[Event], Event],
    told: Told,
    models: dict[str, AdditiveModel],
    estimators: dict[str, Any],
) -> SignInFigures | None:
    """The model of one sign-in, put beside the others; None where there is too little."""
    learned, reported = SignIns([]), SignIns([])
    for into, what, count, first, choice in (
        (learned, "sign-ins to learn from", plan.worlds, 0, "training"),
        (reported, "sign-ins to report on", plan.report_worlds, _REPORT, "held_back"),
    ):
        for found in _each_world(plan, count, first, choice, enrich, told, what, sign_ins.harvest):
            into.examples += found.examples
            into.honest += found.honest
            into.unseen += found.unseen
    try:
        fitted = fit_sign_ins(learned.examples)
    except TooLittleError:
        return None
    models[SIGN_IN] = export(fitted)
    estimators[SIGN_IN] = fitted.estimator
    return measure(SIGN_IN, fitted, learned.examples, reported, plan.seed)


def _worlds(
    plan: Plan, count: int, first: int, strategies: Any, enrich: Any, told: Told
) -> list[Example]:
    what = "worlds to report on" if first else "worlds to learn from"
    worlds = _each_world(plan, count, first, strategies, enrich, told, what, harvest)
    return [example for world in worlds for example in world]


def _each_world(
    plan: Plan,
    count: int,
    first: int,
    strategies: Any,
    enrich: Any,
    told: Told,
    what: str,
    harvested: Any,
) -> Iterator[Any]:
    for number in range(count):
        before = number * plan.days
        yield harvested(
            plan.seed * 1_000 + first + number,
            enrich,
            accounts=plan.accounts,
            days=plan.days,
            strategies=strategies,
            told=_days(told, what, before, count * plan.days),
        )
        told(what, before + plan.days, count * plan.days)


def _days(told: Told, what: str, before: int, total: int) -> Callable[[int], None]:
    return lambda day: told(what, before + day, total)


def _table(examples: Sequence[Example]) -> tuple[Matrix, Truth]:
    shared = np.asarray([e.shared for e in examples], dtype=np.bool_)
    return matrix_of([e.features for e in examples]), shared


def _last_weeks(examples: Sequence[Example]) -> list[Example]:
    last = {example.group: example for example in examples}
    return list(last.values())


def _measure(
    name: str, fitted: Fitted, learned: list[Example], reported: list[Example], seed: int
) -> Figures:
    features, shared = _table(reported)
    scores = fitted.scores(features)
    known, truth = _table(learned)
    novelty, joined = _novelty(
        fitted.scores(known), scores, truth, _usual(learned), _usual(reported), seed
    )
    both = bool(shared.any()) and not bool(shared.all())
    return Figures(
        name=name,
        examples=len(learned),
        shared_examples=int(truth.sum()),
        accounts=len(reported),
        shared=int(shared.sum()),
        area=float(roc_auc_score(shared, scores)) if both else 0.0,
        precision=float(average_precision_score(shared, scores)) if both else 0.0,
        novelty=float(roc_auc_score(shared, novelty)) if both else 0.0,
        with_novelty=float(average_precision_score(shared, joined)) if both else 0.0,
        found=int((scores[shared] >= SPEAKS).sum()),
        false=int((scores[~shared] >= SPEAKS).sum()),
        bins=bins(scores, shared),
        rows=_rows(reported, scores),
    )


def _usual(examples: Sequence[Example]) -> Matrix:
    """Features against the median and spread of the accounts of the same tenant and week; what is
    not known is as usual."""
    features = matrix_of([e.features for e in examples])
    keys = np.asarray([f"{e.tenant}/{e.week}" for e in examples])
    for key in np.unique(keys):
        mine = keys == key
        for column in range(features.shape[1]):
            values = features[mine, column]
            known = values[~np.isnan(values)]
            if len(known):
                middle = np.median(known)
                spread = np.median(np.abs(known - middle))
                features[mine, column] = (values - middle) / (spread + 0.1)
    found: Matrix = np.nan_to_num(np.clip(features, -10.0, 10.0))
    return found


def _novelty(
    learned: Matrix, reported: Matrix, truth: Truth, known: Matrix, new: Matrix, seed: int
) -> tuple[Matrix, Matrix]:
    """The isolation forest's novelty of the accounts reported on, and a score of it and the model
    together."""
    forest = IsolationForest(n_estimators=TREES, random_state=seed).fit(known[~truth])
    novel, fresh = -forest.score_samples(known), -forest.score_samples(new)
    together = LogisticRegression().fit(np.column_stack([learned, novel]), truth)
    return fresh, together.decision_function(np.column_stack([reported, fresh]))


def _rows(examples: Sequence[Example], scores: Matrix) -> tuple[Row, ...]:
    names = sorted({(e.shared, e.strategy if e.shared else e.persona) for e in examples})
    found = []
    for shared, name in names:
        mine = [
            (e, float(s))
            for e, s in zip(examples, scores, strict=True)
            if e.shared == shared and name == (e.strategy if shared else e.persona)
        ]
        found.append(
            Row(
                name,
                shared,
                any(e.held_back for e, _ in mine),
                len(mine),
                sum(score >= SPEAKS for _, score in mine),
                sum(score <= -SPEAKS for _, score in mine),
            )
        )
    return tuple(found)
