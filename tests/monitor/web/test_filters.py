"""Filters and cursors survive the address bar."""

from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.incident import Category
from detectors.core.finding import Severity
from detectors.core.identity import as_uuid
from monitor.store.incident_filter import Cursor, Filter
from monitor.web.filters import (
    BadQueryError,
    count_filters,
    read_count,
    read_cursor,
    read_filter,
    read_identifier,
    write_cursor,
    write_filter,
)

filters = st.builds(
    Filter,
    severity=st.sampled_from(Severity),
    category=st.none() | st.sampled_from(Category),
    text=st.text(max_size=128).filter(lambda text: text.isprintable() and text == text.strip()),
    severest=st.booleans(),
)


@given(filters)
def test_a_filter_reads_as_it_was_written(wanted: Filter) -> None:
    assert read_filter(dict(parse_qsl(write_filter(wanted)))) == wanted


def test_the_plain_filter_is_an_empty_query() -> None:
    assert write_filter(Filter()) == ""
    assert read_filter({}).severity is Severity.MEDIUM


@given(
    st.sampled_from(Severity),
    st.integers(-(10**17), 10**17),
    st.binary(min_size=16, max_size=16),
)
def test_a_cursor_reads_as_it_was_written(severity: Severity, time: int, uid: bytes) -> None:
    cursor = Cursor(int(severity), time, uid)
    assert read_cursor({"after": write_cursor(cursor)}) == cursor


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("severity", "HIGH"),
        ("category", "nothing"),
        ("q", "a\x00"),
        ("q", "x" * 129),
        ("sort", "worst"),
    ],
)
def test_a_bad_value_is_named(name: str, value: str) -> None:
    with pytest.raises(BadQueryError) as raised:
        read_filter({name: value})
    assert raised.value.name == name


@pytest.mark.parametrize("text", ["-1", "1e3", "٣", "9999999999", "x"])
def test_a_bad_count_is_refused(text: str) -> None:
    with pytest.raises(BadQueryError):
        read_count({"known": text}, "known")


@given(st.binary(min_size=16, max_size=16))
def test_an_id_reads_as_it_was_written(uid: bytes) -> None:
    assert read_identifier(as_uuid(uid)) == uid


@pytest.mark.parametrize("text", ["", "x" * 36, "0" * 32, "00000000-0000-0000-0000-00000000000G"])
def test_what_is_no_id_is_none(text: str) -> None:
    assert read_identifier(text) is None


def test_conditions_are_counted_and_the_order_is_none() -> None:
    assert count_filters(Filter()) == 0
    assert count_filters(Filter(severest=True)) == 0
    assert count_filters(Filter(severity=Severity.HIGH, text="a", severest=True)) == 2
    assert count_filters(Filter(category=Category.OVERLOAD)) == 1
