"""Shapes of lines: what is taken apart, what is of another shape, and what is there."""

from typing import Any

import pytest

from monitor.formats.described.description import Csv, Fields, Json, Regex
from monitor.formats.described.errors import DescriptionError, OtherShapeError
from monitor.formats.described.shapes import CsvShape, RegexShape, Shape, shape_of

NONE = Fields()


def csv(**given: Any) -> Shape:
    return shape_of(Csv(fields=NONE, **given))


def found(shape: Shape, line: bytes, *places: str) -> list[Any]:
    record = shape.read(line)
    return [shape.finder(place)(record) for place in places]


def test_json() -> None:
    shape = shape_of(Json(fields=NONE))
    line = b'{"a": {"b": [1, 2.50]}, "c": "x", "log": "{\\"d\\": true}", "n": null}'
    assert found(shape, line, "a.b[0]", "a.b[1]", "c", "log.d", "n", "z", "z.y") == [
        1, "2.50", "x", True, None, None, None,
    ]  # fmt: skip
    assert list(shape.outline(shape.read(line))) == [
        ("a.b[0]", "1"),
        ("a.b[1]", "2.50"),
        ("c", "x"),
        ("log", '{"d": true}'),
    ]
    with pytest.raises(ValueError, match="cannot be read as a path"):
        shape.finder("a..b")


@pytest.mark.parametrize("line", [b"", b"x", b"[1]", b'"a"', b"[" * 100_000])
def test_what_is_no_json_object_is_of_another_shape(line: bytes) -> None:
    with pytest.raises(OtherShapeError):
        shape_of(Json(fields=NONE)).read(line)


def test_separated_values() -> None:
    shape = csv(columns="Time;User;IP address", delimiter=";", comment="#")
    assert found(shape, b'2024; "ann";"a;""b"""', "time", "ip ADDRESS") == ["2024", 'a;"b"']
    assert shape.read(b"time;user; IP Address ") is None
    assert shape.read(b"# a comment") is None
    assert list(shape.outline(shape.read(b"1;;x"))) == [("Time", "1"), ("IP address", "x")]
    with pytest.raises(ValueError, match="no such column; there are Time, User, IP address"):
        shape.finder("name")


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"a,b", "2 columns instead of 3"),
        (b"a,b,c,d", "4 columns instead of 3"),
        (b'a,b,"c', "not a line of CSV"),
        (b'a,b,"c"d', "not a line of CSV"),
        (b"a,b," + b"c" * 200_000, "not a line of CSV: field larger"),
    ],
)
def test_other_columns_are_of_another_shape(line: bytes, reason: str) -> None:
    with pytest.raises(OtherShapeError, match=reason):
        csv(columns=("x", "y", "z")).read(line)


def test_quotes_and_escapes_are_as_described() -> None:
    plain = csv(columns=("x", "y"), delimiter="\t", quote="")
    assert found(plain, b'"a\tb"', "x", "y") == ['"a', 'b"']
    escaped = csv(columns=("x", "y"), delimiter="|", quote="'", escape="\\")
    assert found(escaped, b"'a|\\'b'|c", "x", "y") == ["a|'b", "c"]


@pytest.mark.parametrize(
    ("given", "key", "reason"),
    [
        ({"columns": ("a", "A")}, "columns", "a name of its own, got 'A'"),
        ({"columns": "a,,b"}, "columns", "a name of its own, got ''"),
        ({"columns": 'a,"b'}, "columns", "not a line of CSV"),
        ({"columns": "a", "delimiter": "\n"}, "delimiter", "delimiter, quote or escape"),
    ],
)
def test_columns_that_cannot_be(given: dict[str, Any], key: str, reason: str) -> None:
    with pytest.raises(DescriptionError) as caught:
        CsvShape(Csv(fields=NONE, **given))
    assert caught.value.key == key
    assert reason in caught.value.reason


def test_patterns_are_tried_in_turn() -> None:
    shape = RegexShape(
        Regex(fields=NONE, pattern=(r"in (?P<user>\S+)", r"out (?P<user>\S+) (?P<why>.*)"))
    )
    assert found(shape, b"in ann", "user", "why") == ["ann", None]
    assert found(shape, b"out bob tired", "user", "why") == ["bob", "tired"]
    assert list(shape.outline(shape.read(b"out bob tired"))) == [("user", "bob"), ("why", "tired")]
    with pytest.raises(OtherShapeError, match="does not match"):
        shape.read(b"on ann")
    with pytest.raises(ValueError, match="no such group; there are user, why"):
        shape.finder("name")


def test_how_far_a_pattern_matches_is_told() -> None:
    shape = RegexShape(Regex(fields=NONE, pattern=r"(?P<ip>\S+) \[(?P<time>[^\]]+)\] (?P<n>\d+)"))
    assert shape.furthest(b"192.0.2.1 [noon] x") == (17, r"(?P<n>\d+)")
    assert shape.furthest(b"192.0.2.1 (noon) x") == (10, r"\[(?P<time>[^\]]+)\] (?P<n>\d+)")
    assert shape.furthest(b"") == (0, r"(?P<ip>\S+) \[(?P<time>[^\]]+)\] (?P<n>\d+)")


def test_a_line_too_long_for_an_open_pattern_says_so() -> None:
    shape = RegexShape(Regex(fields=NONE, pattern=r"(?P<user>.*) left .*:"))
    assert found(shape, b"ann left early:", "user") == ["ann"]
    with pytest.raises(OtherShapeError, match="longer than the 1,024 characters"):
        shape.read(b"a" * 5_000 + b" left :")


def test_a_pattern_that_cannot_be_is_named() -> None:
    for pattern, key in ((r"(a+)+b", "pattern"), (("a", r"(a+)+b"), "pattern[1]")):
        with pytest.raises(DescriptionError) as caught:
            RegexShape(Regex(fields=NONE, pattern=pattern))
        assert caught.value.key == key
        assert "is repeated" in caught.value.reason
