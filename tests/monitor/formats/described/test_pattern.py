"""Patterns whose cost is known: a matcher that counts its steps shows that the judgement holds."""

import importlib
import re
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from monitor.formats.described.pattern import (
    LONGEST_PATTERN,
    OPEN_LIMIT,
    PatternError,
    pattern_of,
)
from monitor.formats.format import MAXIMUM_LINE

NGINX = (
    r"(?P<ip>\S+) - (?P<user>\S+) \[(?P<time>[^\]]+)\] "
    r'"(?P<method>\S+) (?P<path>\S+) [^"]*" (?P<status>\d{3}) \d+ "[^"]*" "(?P<agent>[^"]*)"'
)
LINEAR = (
    r"(?>.*?\() \d+ \(",
    r".*x",
    r"(?P<user>.*?) from (?P<ip>\S+) port (?P<port>\d+)(?: ssh2)?$",
    r"(?s).*$",
    r"\d+\d",
    NGINX,
    r"(?:\d{1,3}\.){3}\d{1,3} (?P<rest>.*)$",
    r"\S+\s+(?P<message>.*)$",
    r"(?i)login|logout",
    r".*+x?",
    r"(a|b)*c",
    r"(a|ab)*c",
    r"user=(?P<u>[^,]*),ip=(?P<i>[^,]*)(?:,sid=(?P<s>.*))?",
    r"x{2,5}xx",
    r"[\u03b1-\u03c9]+\d",
    r"(?x) a+ b # a comment",
    r"",
)
OPEN = (
    r".*[wx]+y",
    r"(?P<user>.*?) from (?P<ip>\S+) \((?P<why>[^()]*)\)$",
    r".*?a(?>.*)b",
    r".*?a.*+b",
    r"(?i)A*a+b",
    r"[\u03b1-\u03c9]+\w+x",
)
REFUSED = {
    r"(a+)+b": r"\(a\+\) is repeated, and may be read in several ways",
    r"(a|a)*b": "is repeated",
    r"(a*)*": "is repeated",
    r"(\w+\s?)*$": "is repeated",
    r"^(([a-z])+.)+[A-Z]([a-z])+$": "is repeated",
    r"((a{1,9}){1,9}){1,9}b": "is repeated",
    r"(?:a?){20}a{20}": "is repeated",
    r"(?:.*,)*x": "is repeated",
    r"(?:a*?b?a)+c": "is repeated",
    r"(.*)(.*)(.*)x": "may each end at several places; say where a part ends",
    r".*a.*b.*c": r"\.\* and \.\* may each end at several places",
    r"(?:b|a?)(?:b|a?)(?:b|a?)(?:b|a?)(?:b|a?)(?:b|a?)(?:b|a?)c": "too many choices",
    r"a?a?a?a?a?a?a?a?b": "too many choices",
    r"(?=x)y": "a look ahead or behind cannot be used",
    r"(?<!x)y": "a look ahead or behind cannot be used",
    r"(a)\1": "a reference to another group cannot be used",
    r"(a)?(?(1)b|c)": "a condition on another group cannot be used",
    r"[": "is no regular expression: unterminated",
    r"(?P<a>x)(?P<a>y)": "is no regular expression: redefinition",
    r"[[a]": "is no regular expression: Possible nested set",
    "a" * (LONGEST_PATTERN + 1): "longer than 2,000 characters",
}


@pytest.mark.parametrize("text", LINEAR)
def test_where_the_next_character_decides_a_line_may_be_as_long_as_any(text: str) -> None:
    assert pattern_of(text).limit == MAXIMUM_LINE


@pytest.mark.parametrize("text", OPEN)
def test_one_open_part_limits_the_line(text: str) -> None:
    pattern = pattern_of(text)
    assert pattern.limit == OPEN_LIMIT
    assert pattern.match("x" * (OPEN_LIMIT + 1)) is None


@pytest.mark.parametrize("text", REFUSED)
def test_what_could_cost_more_than_a_line_is_worth_is_refused(text: str) -> None:
    with pytest.raises(PatternError, match=REFUSED[text]):
        pattern_of(text)


def test_a_pattern_matches_as_python_does() -> None:
    line = '192.0.2.1 - ann [04/May/2024:10:00:00 +0200] "POST /login HTTP/1.1" 302 5 "-" "Mozilla"'
    found = pattern_of(NGINX).match(line)
    assert found is not None
    assert found.groupdict() == {
        "ip": "192.0.2.1",
        "user": "ann",
        "time": "04/May/2024:10:00:00 +0200",
        "method": "POST",
        "path": "/login",
        "status": "302",
        "agent": "Mozilla",
    }
    assert pattern_of(r"a(.*)$").match("ab\nc") is None
    assert pattern_of(r"a(.*)").match("ab\nc") is not None


@pytest.fixture(autouse=True, scope="module")
def deep() -> Iterator[None]:
    """The counting matcher goes as deep as a line is long."""
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(20_000)
    yield
    sys.setrecursionlimit(limit)


class CostlyError(Exception):
    """More steps than expected."""


def steps(tree: Any, text: str, most: int) -> int:
    """How often a matcher that goes back, as Python's does, looks at a character or a choice."""
    taken = 0

    def step() -> None:
        nonlocal taken
        taken += 1
        if taken > most:
            raise CostlyError

    def sequence(items: list[Any], at: int) -> Iterator[int]:
        step()
        if not items:
            yield at
            return
        for end in item(items[0], at):
            yield from sequence(items[1:], end)

    def item(node: Any, at: int) -> Iterator[int]:
        kind, value = str(node[0]), node[1]
        if kind in ("LITERAL", "NOT_LITERAL", "ANY", "IN"):
            step()
            if at < len(text) and one_character(node).fullmatch(text[at]):
                yield at + 1
        elif kind == "AT":
            if at == (len(text) if "END" in str(value) else 0):
                yield at
        elif kind == "SUBPATTERN":
            yield from sequence(list(value[3]), at)
        elif kind == "BRANCH":
            for branch in value[1]:
                yield from sequence(list(branch), at)
        elif kind in ("MAX_REPEAT", "MIN_REPEAT"):
            yield from repeat(value, at, 0, kind == "MAX_REPEAT")
        elif kind == "POSSESSIVE_REPEAT":
            for end in repeat(value, at, 0, True):
                yield end
                return
        else:
            assert kind == "ATOMIC_GROUP"
            for end in sequence(list(value), at):
                yield end
                return

    def repeat(value: Any, at: int, done: int, is_greedy: bool) -> Iterator[int]:
        step()
        least, most_often, body = value
        if not is_greedy and done >= least:
            yield at
        if done < int(most_often):
            for end in sequence(list(body), at):
                if end > at or done < least:
                    yield from repeat(value, end, done + 1, is_greedy)
        if is_greedy and done >= least:
            yield at

    next(sequence(list(tree), 0), None)
    return taken


def one_character(node: Any) -> Any:
    key = repr(node)
    if key not in SETS:
        parser, compiler = (importlib.import_module(f"re.{n}") for n in ("_parser", "_compiler"))
        SETS[key] = compiler.compile(parser.SubPattern(parser.State(), [node]), 0)
    return SETS[key]


SETS: dict[str, Any] = {}


def parsed(text: str) -> Any:
    return importlib.import_module("re._parser").parse(text)


def test_the_counting_matcher_sees_what_backtracks() -> None:
    with pytest.raises(CostlyError):
        steps(parsed(r"(a+)+b"), "a" * 30, 100_000)
    assert steps(parsed(r"a+b"), "a" * 30, 100_000) < 500


ATOMS = st.sampled_from(["a", "b", " ", ".", "[ab]", "[^a]", r"\w", r"\d", r"\S", "ab", " b"])
QUANTIFIERS = st.sampled_from(["", "*", "+", "?", "*?", "{2}", "{1,3}", "*+", "{2,}"])
PATTERNS = st.recursive(
    st.tuples(ATOMS, QUANTIFIERS).map("".join),
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=4).map("".join),
        st.tuples(inner, inner).map(lambda two: f"(?:{two[0]}|{two[1]})"),
        st.tuples(inner, QUANTIFIERS).map(lambda two: f"({two[0]}){two[1]}"),
        inner.map(lambda one: f"(?>{one})"),
        st.tuples(st.sampled_from([".*", ".*?", ".+"]), inner).map("".join),
        inner.map(lambda one: f"{one}$"),
    ),
    max_leaves=6,
)
UNITS = st.text(alphabet="ab1 ", min_size=1, max_size=4)
ENDS = st.text(alphabet="ab1 ", max_size=3)
SHORT, LONG = 24, 96
"""Four times as long: four times the steps, or sixteen times where a part is open."""
SLACK = 1.75


def growth_of(text: str, start: str, unit: str, end: str, most: int = 3_000_000) -> tuple[int, int]:
    """The steps that lines of two lengths take."""
    tree = parsed(text)
    lines = [start + unit * (length // len(unit)) + end for length in (SHORT, LONG)]
    return steps(tree, lines[0], most), steps(tree, lines[1], most)


@settings(max_examples=300)
@given(PATTERNS, ENDS, UNITS, ENDS)
def test_what_is_accepted_costs_what_it_should(text: str, start: str, unit: str, end: str) -> None:
    try:
        pattern = pattern_of(text)
    except PatternError:
        assume(False)
    short, long = growth_of(text, start, unit, end)
    times = 4 if pattern.limit == MAXIMUM_LINE else 16
    assert long <= SLACK * times * short + 200


def test_a_square_would_be_noticed() -> None:
    short, long = growth_of(r".*[ab]+c", "", "ab", "")
    assert long > SLACK * 4 * short + 200
    with pytest.raises(CostlyError):
        growth_of(r"(?:.*,)*x", "", ",", "")


@given(st.text(max_size=30))
def test_any_text_is_a_pattern_or_refused(text: str) -> None:
    try:
        pattern = pattern_of(text)
    except PatternError as error:
        assert str(error)  # noqa: PT017 - both ends are right
    else:
        expected = re.match(text, "abc 123")
        found = pattern.match("abc 123")
        assert (found and found[0]) == (expected and expected[0])
