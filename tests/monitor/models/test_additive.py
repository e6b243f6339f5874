"""The fit: curves keep their direction, say what scikit-learn says, and come out the same."""

from math import isnan, log

import numpy as np
import pytest

from detectors.sharing.features import FEATURES
from monitor.models.additive import export, fit, matrix_of
from tests.monitor.models.examples import made

EXAMPLES = made(1, 600)
NAMES = [f.name for f in FEATURES]


def table(examples):
    shared = np.asarray([e.shared for e in examples])
    return matrix_of([e.features for e in examples]), shared, [e.tenant for e in examples]


def test_it_learns_what_tells_the_examples_apart() -> None:
    fitted = fit(*table(EXAMPLES))
    features, shared, _ = table(made(2, 300))
    scores = fitted.scores(features)
    assert scores[shared].mean() > 1.5
    assert scores[~shared].mean() < -1
    assert fitted.base == pytest.approx(0.33, abs=0.06)


def test_no_curve_bends_the_wrong_way() -> None:
    model = export(fit(*table(EXAMPLES)))
    assert [curve.name for curve in model.curves] == NAMES
    for feature, curve in zip(FEATURES, model.curves, strict=True):
        steps = [b - a for a, b in zip(curve.values, curve.values[1:], strict=False)]
        if feature.rises is not None:
            assert all(step >= 0 if feature.rises else step <= 0 for step in steps), curve.name
        assert curve.missing == 0
    assert max(model.curves[NAMES.index("copresent_days")].values) > 0.5


def test_plain_numbers_say_what_scikit_learn_says() -> None:
    fitted = fit(*table(EXAMPLES))
    model = export(fitted)
    others = [*made(3, 200), *made(4, 50, rich=False)]
    features, _, _ = table(others)
    for example, score in zip(others, fitted.scores(features), strict=True):
        assert model.score(example.features)[0] == pytest.approx(score, abs=1e-4)
    assert any(isnan(v) for v in others[-1].features)


def test_a_score_is_against_the_base_rate() -> None:
    """What tells nothing of an account leaves it as likely to be shared as any other."""
    fitted = fit(*table(EXAMPLES))
    features, shared, _ = table(EXAMPLES)
    odds = 1 / (1 + np.exp(-(fitted.scores(features) + log(fitted.base / (1 - fitted.base)))))
    assert odds.mean() == pytest.approx(shared.mean(), abs=0.02)


def test_the_same_examples_give_the_same_numbers() -> None:
    assert export(fit(*table(EXAMPLES))) == export(fit(*table(EXAMPLES)))


@pytest.mark.parametrize("examples", [EXAMPLES[:3], [e for e in EXAMPLES if not e.shared]])
def test_too_little_to_learn_from_is_said(examples) -> None:
    with pytest.raises(ValueError, match="too few examples"):
        fit(*table(examples))


def test_examples_that_nothing_tells_apart_are_said() -> None:
    features, shared, groups = table(EXAMPLES)
    features[:] = 0.5
    with pytest.raises(ValueError, match="nothing tells"):
        fit(features, shared, groups)
