"""One field: its places in turn, what is cut off, tables and defaults."""

from typing import Any

import pytest

from monitor.formats.described.description import Field, Fields, Json
from monitor.formats.described.errors import DescriptionError
from monitor.formats.described.reading import Lookup, Reading, Taken, finder_of, places_of
from monitor.formats.described.shapes import shape_of
from monitor.formats.syslog import Envelope

SHAPE = shape_of(Json(fields=Fields()))
NOTHING = frozenset(("", "-"))


def reading(**given: Any) -> Reading[str]:
    field = Field(**given)
    places = places_of(field, SHAPE, NOTHING)
    return Reading(field, places, NOTHING, str, lambda text: None if text == "bad" else text)


def taken(record: dict[str, Any], **given: Any) -> Any:
    return reading(**given).take(record, None).value


def test_the_first_place_that_holds_something_wins() -> None:
    several = ("a", "b.c", "d")
    assert taken({"a": "x", "d": "z"}, places=several) == "x"
    assert taken({"a": None, "b": {"c": 5}}, places=several) == "5"
    assert taken({"a": " - ", "b": {"c": ""}, "d": True}, places=several) == "true"
    assert taken({"a": {"object": 1}}, places=several) is None
    assert taken({"a": "bad", "d": "good"}, places=several) == "good"


def test_what_was_taken_says_whence() -> None:
    one = reading(places=("a", "b"), values={"1": "one"}, default="none")
    assert one.take({"b": 1}, None) == Taken("one", "1", "path b", True)
    assert one.take({"b": 2}, None) == Taken("2", "2", "path b", False)
    assert one.take({}, None) == Taken("none")
    assert reading(places="a").take({"a": "bad"}, None) == Taken(None, "bad", "path a")


def test_several_places_are_joined_when_all_of_them_hold_something() -> None:
    assert taken({"a": "2024", "b": 10}, places=("a", "b"), join="T") == "2024T10"
    assert taken({"a": "2024", "b": "-"}, places=("a", "b"), join="T") is None


def test_an_item_of_a_list_in_a_text() -> None:
    chain = {"xff": "203.0.113.9, 10.0.0.1,-"}
    assert taken(chain, places="xff", split=",") == "203.0.113.9"
    assert taken(chain, places="xff", split=",", item=2) == "10.0.0.1"
    assert taken(chain, places="xff", split=",", item=-2) == "10.0.0.1"
    assert taken(chain, places="xff", split=",", item=-1) is None
    assert taken(chain, places="xff", split=",", item=4) is None


def test_a_part_that_matches() -> None:
    told = {"m": "user=CORP\\ann ok"}
    assert taken(told, places="m", match=r"user=(\S+)") == "CORP\\ann"
    assert taken(told, places="m", match=r"user=([^\\]+)\\(?P<value>\S+)") == "ann"
    assert taken(told, places="m", match=r"user=\S+") == "user=CORP\\ann"
    assert taken(told, places="m", match=r"name=(\S+)") is None
    with pytest.raises(DescriptionError, match=r"match: .*is repeated"):
        reading(places="m", match=r"(a+)+b")


def test_a_list_is_what_its_first_listed_element_says() -> None:
    table = {"otp": "second", "pwd": "first"}
    assert taken({"amr": ["x", "otp", "pwd"]}, places="amr", values=table) == "second"
    assert taken({"amr": ["x", "y"]}, places="amr", values=table) == "x"
    assert taken({"amr": ["x", "y"]}, places="amr", values=table, otherwise="other") == "other"
    assert taken({"amr": []}, places="amr", values=table, otherwise="o", default="d") == "d"


def test_tables_go_by_any_case_and_by_the_longest_that_fits() -> None:
    table = Lookup({"Login": 1, "login*": 2, "login.m*": 3, "*.failed": 4, "*x*": 5, "*": 6})
    asked = ("LOGIN ", "login.web", "login.mfa", "a.failed", "axb", "other")
    assert [table.get(text) for text in asked] == [(1,), (2,), (3,), (4,), (5,), (6,)]
    assert Lookup({"a": 1}).get("b") is None


def test_a_value_of_the_envelope() -> None:
    envelope = Envelope("crm", b"", "web-1", "77")
    assert reading(header="host").take({}, envelope).value == "web-1"
    assert reading(header="pid").take({}, envelope) == Taken("77", "77", "header pid")
    assert reading(header="pid").take({}, None).value is None


def test_a_constant_is_of_no_line() -> None:
    assert reading(constant=7).take({"a": 1}, None) == Taken("7")


def test_a_place_that_cannot_be_is_named() -> None:
    with pytest.raises(DescriptionError, match=r"from: 'a\.\.b': cannot be read"):
        finder_of(SHAPE, "a..b")
