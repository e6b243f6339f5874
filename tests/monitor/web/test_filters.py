"""Filters and cursors survive the address bar."""

from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.incident import Category
from alerts.ticket import Status
from detectors.core.event import DAY
from detectors.core.finding import Severity
from detectors.core.identity import as_uuid
from monitor.store.incident_filter import Cursor, Order
from monitor.web.filters import (
    UNASKED,
    BadQueryError,
    count_filters,
    kept_of,
    list_address,
    read_count,
    read_cursor,
    read_filter,
    read_identifier,
    write_cursor,
)

NOW = 1_800_000_000_000


@given(
    st.sampled_from(Severity),
    st.none() | st.sampled_from(Category),
    st.text(max_size=128).filter(lambda text: text.isprintable() and text == text.strip()),
    st.sampled_from(Order),
    st.sampled_from(("open", "resolved", "all")),
)
def test_a_filter_reads_as_it_was_written(
    severity: Severity, category: Category | None, text: str, order: Order, state: str
) -> None:
    query = {
        "severity": severity.name.lower(),
        "category": category.value if category else "",
        "q": text,
        "sort": order.value,
        "status": state,
        "after": "elsewhere",
    }
    kept = kept_of(query)
    address = list_address(kept)
    read = dict(parse_qsl(address.partition("?")[2]))
    assert read == kept
    assert read_filter(read, NOW, UNASKED) == read_filter(query, NOW, UNASKED)


def test_the_plain_filter_is_an_empty_query() -> None:
    assert list_address(kept_of({"severity": "medium", "status": "open", "q": ""})) == "/incidents"
    assert read_filter({}).severity is Severity.MEDIUM


def test_pages_leave_out_what_is_done_and_programs_do_not() -> None:
    assert read_filter({}).statuses is None
    asked = read_filter({}, states=UNASKED).statuses
    assert asked == frozenset(Status) - {Status.RESOLVED}
    assert read_filter({"status": "all"}, states=UNASKED).statuses is None


def test_ages_count_from_now() -> None:
    assert read_filter({"age": "day"}, NOW).since == NOW - DAY
    assert read_filter({"age": "older_than_week"}, NOW).until == NOW - 7 * DAY
    assert read_filter({"assignee": "nobody"}, NOW).assignee == ""


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
    assert count_filters({}) == 0
    assert count_filters({"sort": "severest", "group": "tenant"}) == 0
    assert count_filters({"severity": "high", "q": "a", "sort": "severest"}) == 2
    assert count_filters({"category": "overload"}) == 1
