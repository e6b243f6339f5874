"""Like nodes are one node, and siblings become one only while nothing in them is moved too far."""

import numpy as np

from detectors.core.place import Place
from monitor.geodata.compact.merging import NOTHING, Graph, grow
from monitor.geodata.compact.places import Anchors
from monitor.geodata.compact.source import V4, Networks


def anchors(*east: float, error: float = 0.0, countries: str = "") -> Anchors:
    """Places along a meridian's circle at 45 degrees; a tenth of a degree is 7.9 km there."""
    names = countries.split() or ["FR"] * len(east)
    places = [Place(c, None, None, 45.0, e) for c, e in zip(names, east, strict=True)]
    return Anchors(
        places,
        np.arange(len(east)),
        np.full(len(east), error),
        np.full(len(east), 45.0),
        np.array(east, float),
    )


def networks(*some: tuple[str, int, int]) -> Networks:
    """Networks by their bits: (bits of the prefix, length, place)."""
    starts = [int(bits or "0", 2) << (V4 - length) for bits, length, _ in some]
    return Networks(
        V4,
        np.array(starts, np.uint64),
        np.array([length for _, length, _ in some], np.uint8),
        np.array([place for *_, place in some], np.int64),
    )


def test_like_nodes_are_one_whenever_they_are_met() -> None:
    graph = Graph()
    one = np.array([-2, -3, -2, 0]), np.array([-3, -2, -3, NOTHING])
    assert graph.put(*one).tolist() == [0, 1, 0, 2]
    assert graph.put(np.array([0, -2]), np.array([NOTHING, -3])).tolist() == [2, 0]
    assert graph.put(np.array([7]), np.array([8])).tolist() == [3]
    assert graph.count == 4
    assert graph.pairs().tolist() == [[-2, -3], [-3, -2], [0, NOTHING], [7, 8]]


def test_siblings_of_one_place_are_one() -> None:
    graph = Graph()
    given = networks(("0", 1, 0), ("10", 2, 0), ("110", 3, 0), ("111", 3, 0))
    assert grow(graph, given, anchors(4.0), 50.0) == -2
    assert graph.count == 0


def test_siblings_near_each_other_are_where_the_heavier_one_is() -> None:
    graph = Graph()
    given = networks(("0", 1, 0), ("10", 2, 1), ("11", 2, 1))
    assert grow(graph, given, anchors(4.0, 4.5), 50.0) == -2
    given = networks(("00", 2, 0), ("1", 1, 1))
    root = grow(graph, given, anchors(4.0, 4.5), 50.0)
    # Where nobody is on one side, nobody is put there.
    assert graph.pairs()[root].tolist() == [0, -3]


def test_what_was_moved_is_not_moved_too_far_by_being_moved_again() -> None:
    far = networks(("0", 1, 0), ("1", 1, 1))
    assert grow(Graph(), far, anchors(4.0, 4.6), 50.0) == -2
    assert grow(Graph(), far, anchors(4.0, 4.6, error=10.0), 50.0) == 0
    chain = networks(("00", 2, 0), ("01", 2, 1), ("10", 2, 2), ("11", 2, 2))
    graph = Graph()
    root = grow(graph, chain, anchors(4.0, 4.4, 4.8), 50.0)
    assert graph.pairs()[root].tolist() == [-2, -4]


def test_a_border_is_never_crossed() -> None:
    given = networks(("0", 1, 0), ("1", 1, 1))
    assert grow(Graph(), given, anchors(4.0, 4.1, countries="FR DE"), 50.0) == 0


def test_what_is_there_already_is_put_in_its_place() -> None:
    graph = Graph()
    inside = int(graph.put(np.array([-2]), np.array([-3]))[0])
    root = grow(graph, networks(("1", 1, 0)), anchors(4.0, 9.0), 50.0, (2, 0b00, inside))
    [left, right] = graph.pairs()[root].tolist()
    assert right == -2
    assert graph.pairs()[left].tolist() == [inside, NOTHING]


def test_nothing_at_all_is_nothing() -> None:
    assert grow(Graph(), networks(), anchors(4.0), 50.0) == NOTHING
    assert grow(Graph(), networks(("0", 1, -1)), anchors(4.0), 50.0) == NOTHING
