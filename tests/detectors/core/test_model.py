"""Models: curves and trees, missing values, and the same bits whoever asks."""

from math import nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.core.model import LEAF, AdditiveModel, Curve, Node, TreeModel

RISING = Curve("rising", (0.0, 1.0, 3.0), (-1.0, 0.0, 4.0), missing=0.25)
MODEL = AdditiveModel("0" * 64, -0.5, (RISING, Curve("level", (0.0,), (0.125,))))
numbers = st.one_of(st.floats(allow_nan=True, allow_infinity=True), st.floats(-1, 4))


@pytest.mark.parametrize(
    ("value", "adds"),
    [(-5.0, -1.0), (0.0, -1.0), (0.5, -0.5), (1.0, 0.0), (2.0, 2.0), (3.0, 4.0), (99.0, 4.0)],
)
def test_a_curve_is_straight_between_its_knots_and_level_beyond(value: float, adds: float) -> None:
    assert RISING.at(value) == adds


def test_what_is_not_known_adds_its_own() -> None:
    assert RISING.at(nan) == 0.25


def test_a_score_is_the_sum_of_its_parts() -> None:
    score, parts = MODEL.score((2.0, 7.0))
    assert parts == (2.0, 0.125)
    assert score == 1.625


@given(st.lists(st.tuples(numbers, numbers), max_size=20))
def test_alone_or_among_many_the_same_bits(many: list[tuple[float, float]]) -> None:
    together = [MODEL.score(values) for values in many]
    assert together == [MODEL.score(values) for values in reversed(many)][::-1]
    assert all(-1.5 <= score <= 3.625 for score, _ in together)


@pytest.mark.parametrize(
    ("knots", "values"), [((), ()), ((0.0, 0.0), (1.0, 2.0)), ((0.0, 1.0), (1.0,))]
)
def test_a_curve_without_a_shape_is_refused(
    knots: tuple[float, ...], values: tuple[float, ...]
) -> None:
    with pytest.raises(ValueError, match="has no shape"):
        Curve("bad", knots, values)


def test_another_number_of_features_is_refused() -> None:
    with pytest.raises(ValueError, match="1 features where the model has 2"):
        MODEL.score((1.0,))


DEEP = (
    Node(0.5, asks=0, limit=1.0, left=1, right=2, unknown=1),
    Node(-1.0),
    Node(2.0, asks=1, limit=3.0, left=3, right=4, unknown=4),
    Node(1.0),
    Node(4.0),
)
TREES = TreeModel("1" * 64, 0.25, ("first", "second", "third"), (DEEP, (Node(0.0),)))


@pytest.mark.parametrize(
    ("values", "parts"),
    [
        ((1.0, 9.0, 0.0), (-1.5, 0.0, 0.0)),
        ((1.1, 3.0, 0.0), (1.5, -1.0, 0.0)),
        ((1.1, 3.1, nan), (1.5, 2.0, 0.0)),
        ((nan, 9.0, 0.0), (-1.5, 0.0, 0.0)),
        ((2.0, nan, 0.0), (1.5, 2.0, 0.0)),
    ],
)
def test_a_tree_adds_its_leaf_and_says_which_feature_moved_it(
    values: tuple[float, ...], parts: tuple[float, ...]
) -> None:
    assert TREES.score(values) == (0.25 + sum(parts), parts)
    assert TREES.asked == {"first", "second"}
    assert TREES.names == ("first", "second", "third")


@given(st.lists(st.tuples(numbers, numbers, numbers), max_size=20))
def test_trees_give_the_same_bits_alone_or_among_many(many: list[tuple[float, ...]]) -> None:
    together = [TREES.score(values) for values in many]
    assert together == [TREES.score(values) for values in reversed(many)][::-1]
    assert all(score in {-1.25, 0.75, 3.75} for score, _ in together)


@pytest.mark.parametrize(
    "tree",
    [
        (),
        (Node(0.0, asks=0, limit=0.0, left=0, right=1, unknown=1), Node(1.0)),
        (Node(0.0, asks=0, limit=0.0, left=1, right=2, unknown=1), Node(1.0)),
        (Node(0.0, asks=3, limit=0.0, left=1, right=1, unknown=1), Node(1.0)),
        (Node(0.0, asks=LEAF - 1, limit=0.0, left=1, right=1, unknown=1), Node(1.0)),
        (Node(0.0, asks=0, limit=0.0, left=1, right=1, unknown=0), Node(1.0)),
    ],
)
def test_a_tree_that_leads_nowhere_or_back_is_refused(tree: tuple[Node, ...]) -> None:
    with pytest.raises(ValueError, match="tree 0 has no shape"):
        TreeModel("", 0.0, ("first", "second", "third"), (tree,))


def test_trees_refuse_another_number_of_features() -> None:
    with pytest.raises(ValueError, match="2 features where the model has 3"):
        TREES.score((1.0, 2.0))
