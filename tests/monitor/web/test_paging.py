"""A cursor leads to where a page ended, and whatever else somebody writes there leads nowhere."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.web.filters import BadQueryError
from monitor.web.paging import FEW, MOST, Window, page, read_place, window_of, write_place

PRINTABLE = st.text(st.characters(exclude_categories=["Cs"]), max_size=60).filter(
    lambda text: "\0" not in text
)
BIG = st.integers(-(1 << 63), (1 << 63) - 1)


@given(BIG, PRINTABLE)
def test_a_cursor_reads_as_it_was_written(number: int, text: str) -> None:
    place = (number, text)
    assert read_place(write_place(place), (int, str)) == place


@given(st.text(max_size=80))
def test_whatever_is_written_there_is_a_place_or_cannot_be_read(text: str) -> None:
    try:
        place = read_place(text, (int, str))
    except BadQueryError:
        return
    assert (type(place[0]), type(place[1])) == (int, str)


@pytest.mark.parametrize(
    "place",
    [(1,), (1, "a", 2), ("1", "a"), (True, "a"), (1 << 63, "a"), (1, "a\0"), (1, "\ud800a")],
)
def test_a_place_of_another_list_cannot_be_read(place: tuple[int | str, ...]) -> None:
    import base64

    cursor = base64.urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=")
    with pytest.raises(BadQueryError):
        read_place(cursor, (int, str))


def test_a_window_has_limits() -> None:
    assert window_of({}, (int,)) == Window(FEW, None)
    assert window_of({"limit": str(MOST)}, (int,)).limit == MOST
    for limit in ("0", str(MOST + 1), "-1", "x", "", "1e2", "٣"):
        with pytest.raises(BadQueryError):
            window_of({"limit": limit}, (int,))


def test_a_page_says_where_the_next_begins() -> None:
    last, first = page([1, 2], None), page([{"a": b"x"}], (7, "z"))
    assert json.loads(bytes(last.body)) == {"items": [1, 2], "next": None}
    told = json.loads(bytes(first.body))
    assert read_place(told["next"], (int, str)) == (7, "z")
