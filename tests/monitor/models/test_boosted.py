"""The trees: they keep the direction of features, say what scikit-learn says, and come out the
same; how sure they are is what came true of groups that they never saw."""

from collections.abc import Iterator
from functools import cache
from math import isnan, log

import msgspec
import numpy as np
import pytest

from detectors.core.model import TreeModel
from detectors.sharing.features import FEATURES
from monitor.models import boosted
from monitor.models.boosted import FittedTrees, export_trees, fit_trees
from tests.monitor.models.examples import made
from tests.monitor.models.test_additive import table

EXAMPLES = made(1, 900, tenants=5)
FEWER = 60
"""Trees, a fifth of those that are shipped: what is tried here does not hang on their number."""
NAMES = [f.name for f in FEATURES]


@pytest.fixture(scope="module", autouse=True)
def fewer_trees() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(boosted, "TREES", FEWER)
        yield


def fitted(examples=EXAMPLES) -> FittedTrees:
    features, shared, groups = table(examples)
    return fit_trees(features, shared, groups, np.ones(len(shared)))


@cache
def usual() -> FittedTrees:
    """What `EXAMPLES` come to, fitted once for all tests that only look at it."""
    return fitted()


def test_it_learns_what_tells_the_examples_apart() -> None:
    features, shared, _ = table(made(2, 300))
    scores = usual().scores(features)
    assert scores[shared].mean() > 1.5
    assert scores[~shared].mean() < -1
    assert "copresent_days" in export_trees(usual()).asked


def test_plain_numbers_say_what_scikit_learn_says() -> None:
    one = usual()
    model = export_trees(one)
    assert model.names == tuple(NAMES)
    others = [*made(3, 200), *made(4, 50, rich=False)]
    features, _, _ = table(others)
    for example, score in zip(others, one.scores(features), strict=True):
        assert model.score(example.features)[0] == pytest.approx(score, abs=1e-3)
    assert any(isnan(v) for v in others[-1].features)


def test_more_of_a_feature_never_speaks_against_its_direction() -> None:
    model = export_trees(usual())
    for example in made(5, 25):
        for place, feature in enumerate(FEATURES):
            if feature.rises is None:
                continue
            row = list(example.features)
            scores = []
            for value in np.linspace(0.0, feature.most, 9):
                row[place] = float(value)
                scores.append(model.score(row)[0])
            steps = np.diff(scores) * (1 if feature.rises else -1)
            assert steps.min() >= -1e-4, feature.name


def test_it_is_as_sure_as_came_true_of_groups_that_it_never_saw() -> None:
    one = usual()
    _, shared, _ = table(EXAMPLES)
    odds = 1 / (1 + np.exp(-(one.unseen + log(one.base / (1 - one.base)))))
    assert odds.mean() == pytest.approx(shared.mean(), abs=0.01)
    sure = odds > 0.8
    assert sure.sum() > 50
    assert odds[sure].mean() == pytest.approx(shared[sure].mean(), abs=0.06)


def test_what_tells_of_one_group_alone_is_believed_less() -> None:
    """A feature that is somebody's habit, and not sharing, makes the model unsure."""
    features, shared, groups = table(EXAMPLES)
    place = NAMES.index("hops")
    for number, group in enumerate(sorted(set(groups))):
        mine = np.asarray(groups) == group
        features[mine, place] = np.where(shared[mine] == bool(number % 2), 1.0, 0.0)
    both = fit_trees(features, shared, groups, np.ones(len(shared)))
    assert both.slope < usual().slope


def test_that_something_is_not_known_may_be_all_that_tells() -> None:
    """Then a tree asks for no number, and its file is read back all the same."""
    features, shared, groups = table(EXAMPLES)
    features[:] = 0.5
    features[:, NAMES.index("hours")] = np.where(shared, np.nan, 4.0 + np.arange(len(shared)) % 2)
    model = export_trees(fit_trees(features, shared, groups, np.ones(len(shared))))
    assert model.asked == {"hours"}
    assert msgspec.json.decode(msgspec.json.encode(model), type=TreeModel) == model


def test_the_same_examples_give_the_same_numbers() -> None:
    assert export_trees(fitted()) == export_trees(usual())


def test_a_feature_of_which_nothing_is_known_is_not_asked_for() -> None:
    features, shared, groups = table(EXAMPLES)
    features[:, NAMES.index("hours")] = np.nan
    model = export_trees(fit_trees(features, shared, groups, np.ones(len(shared))))
    assert "hours" not in model.asked


@pytest.mark.parametrize("examples", [EXAMPLES[:3], [e for e in EXAMPLES if not e.shared]])
def test_too_little_to_learn_from_is_said(examples) -> None:
    with pytest.raises(ValueError, match="too few examples"):
        fitted(examples)


def test_examples_that_nothing_tells_apart_are_said() -> None:
    features, shared, groups = table(EXAMPLES)
    features[:] = 0.5
    with pytest.raises(ValueError, match="nothing tells"):
        fit_trees(features, shared, groups, np.ones(len(shared)))
