"""Curves and areas, compared with scikit-learn's."""

import random

import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

from monitor.evaluation.curves import MAXIMUM_POINTS, curve, grouped


def cases(seed: int, count: int = 300) -> list[tuple[float, bool]]:
    """Scores with many ties, better for positives."""
    draw = random.Random(seed)
    return [
        (round(draw.gauss(1.0 if positive else 0.0, 1.0), 1), positive)
        for positive in (draw.random() < 0.2 for _ in range(count))
    ]


@pytest.mark.parametrize("seed", range(5))
def test_areas_are_those_of_scikit_learn(seed: int) -> None:
    some = cases(seed)
    found = curve(grouped(some))
    scores, positive = [s for s, _ in some], [p for _, p in some]
    assert found.area.value == pytest.approx(roc_auc_score(positive, scores))
    assert found.average_precision.value == pytest.approx(average_precision_score(positive, scores))


def test_areas_have_their_intervals() -> None:
    found = curve(grouped(cases(1))).area
    assert found.low is not None
    assert found.value is not None
    assert found.high is not None
    assert 0.5 < found.low < found.value < found.high < 1


def test_what_nothing_is_said_of_comes_last() -> None:
    found = curve(grouped([(-5.0, True)], unscored=9))
    assert found.area.value == 1.0
    assert found.negatives == 9


def test_curves_begin_and_end_where_they_must() -> None:
    found = curve(grouped(cases(2, 5_000)))
    assert (found.roc[0], found.roc[-1]) == ((0.0, 0.0), (1.0, 1.0))
    assert found.pr[-1][0] == 1.0
    assert len(found.roc) <= 3 * MAXIMUM_POINTS


def test_there_is_no_curve_of_one_kind_alone() -> None:
    assert curve(grouped([(1.0, True)])).roc == []
    assert curve(grouped([], unscored=3)).area.value is None
