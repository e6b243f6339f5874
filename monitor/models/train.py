"""Trains the models from a seed, and measures them on what they never saw.

Worlds to learn from have only strategies and lives that may be tuned on; worlds to report on have
other seeds, the strategies that are held back, and all lives.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import sklearn  # type: ignore[import-untyped]
from msgspec import Struct, structs
from sklearn.ensemble import IsolationForest  # type: ignore[import-untyped]
from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]
from sklearn.metrics import (  # type: ignore[import-untyped]
    average_precision_score,
    roc_auc_score,
)

from detectors.account_sharing import MODEL as ACCOUNTS_MODEL
from detectors.core.event import Event
from detectors.core.model import Curve, TreeModel
from detectors.unusual_sign_in import MODEL as SIGN_IN
from monitor.models import sign_ins
from monitor.models.additive import Matrix, TooLittleError, Truth, export, matrix_of
from monitor.models.boosted import FittedTrees, Weights, export_trees, fit_trees
from monitor.models.examples import Example, harvest
from monitor.models.labels import REVIEWED, Label
from monitor.models.reliability import Bin
from monitor.models.sign_ins import SignIns
from monitor.models.stopping import SignInFigures, bins, fit_sign_ins, measure
from monitor.models.store import Plain, save

SEED = 2026
ACCOUNTS = 500
WORLDS = 20
REPORT_WORLDS = 3
DAYS = 28
_REPORT = 500
TREES = 100
_SHOWN = 4_000
_QUANTILES = (0.05, 0.5, 0.8, 0.95, 0.99)
SPEAKS = 1.5
"""Log-odds at which the tables say how many are spoken of."""

WHOLE = 1_000
"""Accounts from which on a source counts in full: a few decisions do not outweigh worlds."""
OWN = 2.0
"""What our own simulator counts for against another author's: it has more lives and strategies."""
SHARED_WEIGHT = 0.25
"""Of the weight of a source, that of its shared accounts."""

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
    both together, beside `precision` of the model alone. `bins` are of accounts that were learned
    from, each scored by trees that saw none of its group.
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


class Source(Struct, frozen=True):
    """How the model of accounts does on worlds of somebody whose worlds it never saw: by trees
    that were fitted on all the others' alone. Accounts are counted once, at their last week.

    `name` is empty for our own simulator; `area`, `precision`, `found` and `false` as in `Figures`.
    """

    name: str
    accounts: int
    shared: int
    area: float
    precision: float
    found: int
    false: int


class Trained(Struct, frozen=True):
    """Models by name, scikit-learn's estimators that they are made from, and their figures.

    `labels` counts reviewers' decisions, `elsewhere` the rows of logs that others wrote. `moves`
    says of each feature of accounts what it adds on average, by its value.
    """

    plan: Plan
    models: dict[str, Plain]
    estimators: dict[str, Any]
    figures: Figures
    labels: int
    sign_in: SignInFigures | None = None
    elsewhere: int = 0
    sources: tuple[Source, ...] = ()
    moves: tuple[Curve, ...] = ()

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
            elsewhere=self.elsewhere,
            scikit_learn=sklearn.__version__,
        )


def train(
    plan: Plan,
    enrich: Callable[[Event], Event],
    labels: Sequence[Label] = (),
    elsewhere: Mapping[str, Sequence[Label]] = MappingProxyType({}),
    told: Told = lambda _what, _done, _total: None,
) -> Trained:
    """Train and measure; the same plan and labels give the same models, to the bit.

    `elsewhere` are rows of logs that others wrote, by who did. That of one sign-in is left out
    where there are too few examples for it. Raises TooLittleError when there are for the other.
    """
    learned = _worlds(plan, plan.worlds, 0, "training", enrich, told)
    reported = _worlds(plan, plan.report_worlds, _REPORT, "held_back", enrich, told)
    learned += [label.example() for label in labels]
    learned += [label.example(source) for source, rows in elsewhere.items() for label in rows]
    told("fitting", 0, 1)
    fitted = fit_trees(*_table(learned), _groups(learned), weights_of(learned), seed=plan.seed)
    figures = _measure(ACCOUNTS_MODEL, fitted, learned, _last_weeks(reported), plan.seed)
    figures = structs.replace(figures, bins=_bins_of_unseen(learned, fitted.unseen))
    model = export_trees(fitted)
    models: dict[str, Plain] = {ACCOUNTS_MODEL: model}
    estimators = {ACCOUNTS_MODEL: fitted.estimator}
    told("fitting", 1, 1)
    sign_in = _sign_in(plan, enrich, told, models, estimators)
    return Trained(
        plan,
        models,
        estimators,
        figures,
        len(labels),
        sign_in,
        sum(map(len, elsewhere.values())),
        _sources(learned, fitted.unseen) if elsewhere else (),
        _moves(model, learned),
    )


def _groups(examples: Sequence[Example]) -> list[str]:
    """What is left out together to see how sure the model may be: all that one simulator wrote; a
    tenant's accounts where there is but one."""
    sources = {e.source for e in examples}
    return [e.source for e in examples] if len(sources) > 2 else [e.tenant for e in examples]


def weights_of(examples: Sequence[Example]) -> Weights:
    """Weights of mean 1: every source of `WHOLE` accounts or more counts for as much (our own for
    `OWN` times that), a smaller one for its part of it, and each of its accounts for as much,
    however many weeks it was looked at. Of a source's weight `SHARED_WEIGHT` is that of shared
    accounts, so that no source's habit of sharing tells whose worlds one is in."""
    weeks = Counter((e.source, e.group) for e in examples)
    weights = np.asarray([1.0 / weeks[e.source, e.group] for e in examples])
    sources = np.asarray([e.source for e in examples])
    shared = np.asarray([e.shared for e in examples])
    for source in sorted(set(sources)):
        accounts = sum(name == source for name, _ in weeks)
        whole = (1.0 if source else OWN) * min(1.0, accounts / WHOLE)
        for kind, share in ((shared, SHARED_WEIGHT), (~shared, 1.0 - SHARED_WEIGHT)):
            part = share * whole
            mine = (sources == source) & kind
            if mine.any():
                weights[mine] *= part / weights[mine].sum()
    found: Weights = weights / weights.mean()
    return found


def _bins_of_unseen(examples: Sequence[Example], unseen: Matrix) -> tuple[Bin, ...]:
    """How often what trees predict of accounts of a group that they never saw comes true."""
    mine = list({e.group: place for place, e in enumerate(examples)}.values())
    return bins(unseen[mine], np.asarray([examples[place].shared for place in mine]))


def _moves(model: TreeModel, examples: Sequence[Example]) -> tuple[Curve, ...]:
    """What each feature adds on average where its value is about so high, and where it is not
    known. With trees that depends on the others too: this is for the eye, not for scoring."""
    last = _last_weeks(examples)
    shown = last[:: max(1, len(last) // _SHOWN)]
    values, _ = _table(shown)
    parts = np.asarray([model.score(e.features)[1] for e in shown])
    return tuple(
        _move(name, values[:, place], parts[:, place]) for place, name in enumerate(model.names)
    )


def _move(name: str, values: Matrix, parts: Matrix) -> Curve:
    known = ~np.isnan(values)
    if not known.any():
        return Curve(name, (0.0,), (0.0,))
    mine, added = values[known], parts[known]
    knots = sorted({round(float(q), 3) for q in np.quantile(mine, _QUANTILES)})
    nearest = np.abs(mine[:, None] - np.asarray(knots)).argmin(axis=1)
    means = [added[nearest == n] for n in range(len(knots))]
    unknown = 0.0 if known.all() else round(float(parts[~known].mean()), 3)
    return Curve(
        name,
        tuple(knots),
        tuple(round(float(one.mean()), 3) if len(one) else 0.0 for one in means),
        unknown,
    )


def _sources(examples: Sequence[Example], unseen: Matrix) -> tuple[Source, ...]:
    found = []
    for name in sorted({e.source for e in examples} - {REVIEWED}):
        last = {e.group: place for place, e in enumerate(examples) if e.source == name}
        mine = list(last.values())
        shared = np.asarray([examples[place].shared for place in mine])
        scores = unseen[mine]
        both = bool(shared.any()) and not bool(shared.all())
        found.append(
            Source(
                name,
                len(mine),
                int(shared.sum()),
                float(roc_auc_score(shared, scores)) if both else 0.0,
                float(average_precision_score(shared, scores)) if both else 0.0,
                int((scores[shared] >= SPEAKS).sum()),
                int((scores[~shared] >= SPEAKS).sum()),
            )
        )
    return tuple(found)


def _sign_in(
    plan: Plan,
    enrich: Callable[[Event], Event],
    told: Told,
    models: dict[str, Plain],
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
    name: str, fitted: FittedTrees, learned: list[Example], reported: list[Example], seed: int
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
