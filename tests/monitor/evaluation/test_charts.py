"""Plots are well-formed, escape what they are given, and stay within their frame."""

import re
from xml.etree import ElementTree

import pytest

from monitor.evaluation.charts import HEIGHT, WIDTH, Interval, Series, intervals, lines


def label(value: float) -> str:
    return f"{value:.0%}"


def test_lines_are_within_their_frame() -> None:
    svg = lines([Series("Vigie", 0, [(0.0, 0.0), (1.0, 1.0)])], "ROC", "x", "y")
    root = ElementTree.fromstring(svg)  # noqa: S314 - our own
    assert root.get("aria-label") == "ROC"
    points = re.findall(r"([\d.]+),([\d.]+)", svg[svg.index("points=") :])
    assert all(0 <= float(x) <= WIDTH and 0 <= float(y) <= HEIGHT for x, y in points)


def test_a_step_rises_before_it_reaches_further() -> None:
    plain = lines([Series("a", 0, [(0, 0), (1, 1)])], "t", "x", "y")
    stepped = lines([Series("a", 0, [(0, 0), (1, 1)])], "t", "x", "y", stepped=True)
    (first, corner, last) = stepped.partition('points="')[2].partition('"')[0].split()
    assert plain.count(",") + 1 == stepped.count(",")
    assert corner == f"{first.partition(',')[0]},{last.partition(',')[2]}"


def test_ticks_of_its_own() -> None:
    svg = lines([], "t", "x", "y", y_ticks=[(0.5, "0.01")])
    assert ">0.01<" in svg
    assert svg.count(">25<") == 1, "per cent of x only"


def test_a_series_of_nothing_is_left_out() -> None:
    assert "polyline" not in lines([Series("a", 0, [])], "t", "x", "y")


@pytest.mark.parametrize("value", [None, 0.0, 0.5, 1.0, 7.0])
def test_intervals_show_what_there_is(value: float | None) -> None:
    row = Interval("Vigie", 0, value, 0.1, 0.9, "so much")
    svg = intervals([row], "title", label)
    ElementTree.fromstring(svg)  # noqa: S314 - our own
    assert ("circle" in svg) == (value is not None)
    assert ("—" in svg) == (value is None)


def test_names_are_escaped() -> None:
    row = Interval("<b>&", 0, 0.5, 0.1, 0.9, "<i>")
    for svg in (
        intervals([row], "<t>", label),
        lines([Series("<b>&", 0, [(0, 0)])], "<", ">", "&"),
    ):
        ElementTree.fromstring(svg)  # noqa: S314 - our own
        assert "<b>" not in svg
