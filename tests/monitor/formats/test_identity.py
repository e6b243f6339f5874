"""Ids of events: equal to `timed_id` over their parts, and never of two kinds at once."""

from hypothesis import given
from hypothesis import strategies as st

from detectors.core.identity import MAXIMUM_TIME, time_of, timed_id
from monitor.formats.identity import line_id, native_id

TIMES = st.integers(-5, MAXIMUM_TIME + 5)


@given(TIMES, st.text(), st.text(), st.text(), st.integers(0, 3))
def test_a_native_id_is_a_timed_id(
    time: int, source: str, tenant: str, uid: str, ordinal: int
) -> None:
    parts = ("uid", source, tenant, uid, *((str(ordinal),) if ordinal else ()))
    assert native_id(time, source, tenant, uid, ordinal) == timed_id(time, *parts)


@given(TIMES, st.text(), st.text(), st.binary(), st.integers(0, 9), st.integers(0, 9))
def test_a_line_id_is_a_timed_id(
    time: int, source: str, tenant: str, line: bytes, count: int, ordinal: int
) -> None:
    parts = ("line", source, tenant, line, str(count), str(ordinal))
    assert line_id(time, source, tenant, line, count, ordinal) == timed_id(time, *parts)


def test_every_part_makes_another_id() -> None:
    ids = {
        native_id(1, "s", "t", "u"),
        native_id(2, "s", "t", "u"),
        native_id(1, "S", "t", "u"),
        native_id(1, "s", "T", "u"),
        native_id(1, "s", "t", "U"),
        native_id(1, "s", "t", "u", 1),
        native_id(1, "st", "", "u"),
        line_id(1, "s", "t", b"u", 0),
        line_id(1, "s", "t", b"u", 1),
        line_id(1, "s", "t", b"u", 0, 1),
    }
    assert len(ids) == 10


def test_an_id_carries_the_time_of_its_event() -> None:
    assert time_of(native_id(1_709_283_600_123, "s", "t", "u")) == 1_709_283_600_123
    assert time_of(line_id(0, "s", "t", b"", 0)) == 0
