"""Times as descriptions write them, checked against Python's own reading where that has one."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.formats.described.stamps import StampError, first_of, stamp_of
from monitor.formats.stamp import UnreadableTimeError

PARIS = ZoneInfo("Europe/Paris")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NOON = 1_714_809_600_000
"""2024-05-04 08:00:00 UTC, ten o'clock in Paris."""


def year_of(month: int, day: int) -> int:
    return 2024


@pytest.mark.parametrize(
    ("written", "text", "time"),
    [
        ("auto", "1714809600", NOON),
        ("auto", "1714809600123", NOON + 123),
        ("auto", "2024-05-04T08:00:00Z", NOON),
        ("auto", "2024-05-04 10:00:00", NOON),
        ("auto", "2024-05-04 08:00:00 UTC", NOON),
        ("iso8601", "2024-05-04T08:00:00.123456789Z", NOON + 123),
        ("iso8601", "2024-05-04T10:00:00", NOON),
        ("unix_s", "1714809600", NOON),
        ("unix_s", "1714809600.1234", NOON + 123),
        ("unix_s", "1.7148096e9", NOON),
        ("unix_s", "5", 5_000),
        ("unix_ms", "1714809600123", NOON + 123),
        ("unix_us", "1714809600123456", NOON + 123),
        ("unix_ns", "1714809600123456789", NOON + 123),
        ("%d/%b/%Y:%H:%M:%S %z", "04/May/2024:10:00:00 +0200", NOON),
        ("%d/%b/%Y:%T", "4/may/2024:10:00:00", NOON),
        ("%Y-%m-%d %H:%M:%S,%f", "2024-05-04 10:00:00,5", NOON + 500),
        ("%a, %d %b %Y %T %Z", "Sat, 04 May 2024 08:00:00 GMT", NOON),
        ("%a %B %e %T %Z %Y", "Saturday May  4 10:00:00 CEST 2024", NOON),
        ("%m/%d/%y %I:%M:%S %p", "05/04/24 10:00:00 AM", NOON),
        ("%F %l:%M %p", "2024-05-04  8:00 p.m.", NOON + 10 * 3_600_000),
        ("%F %I %p", "2024-05-04 12 AM", NOON - 10 * 3_600_000),
        ("%b %d %T", "May  4 10:00:00", NOON),
        ("%Y%j", "2024125", NOON - 10 * 3_600_000),
        ("%s.%L", "1714809600.123", NOON + 123),
        ("at %F %T %%", "at 2024-05-04 10:00:00 %", NOON),
        ("%FT%TZ", "2024-05-04T10:00:00Z", NOON),
    ],
)
def test_times(written: str, text: str, time: int) -> None:
    assert stamp_of(written).read(text, year_of, PARIS) == time
    assert stamp_of(written).read(f" {text} ", year_of, PARIS) == time


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("iso8601", "1714809600"),
        ("iso8601", "yesterday"),
        ("unix_s", "soon"),
        ("unix_s", "nan"),
        ("unix_s", "1e300"),
        ("unix_s", "-1"),
        ("unix_us", "9" * 20),
        ("%d/%b/%Y", "04/Floreal/2024"),
        ("%d/%b/%Y", "04/Mai/2024"),
        ("%d/%m/%Y", "30/02/2024"),
        ("%d/%m/%Y", "04/13/2024"),
        ("%d/%m/%Y", "04/05/2024 more"),
        ("%d/%m/%Y %H:%M", "04/05/2024 24:00"),
        ("%d/%m/%Y %I %p", "04/05/2024 13 PM"),
        ("%d/%m/%Y %z", "04/05/2024 +9900"),
        ("%Y%j", "2023366"),
        ("%Y%j", "2023000"),
        ("%b %d", "May 4" + " " * 200 + "."),
        ("auto", "x" * 500),
    ],
)
def test_what_is_no_such_time_is_said(written: str, text: str) -> None:
    with pytest.raises(UnreadableTimeError):
        stamp_of(written).read(text, year_of, None)


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("rfc", "expected one of auto, iso8601, unix_s"),
        ("%q", "no directive '%q'; there are %%"),
        ("%", "no directive '%'"),
        ("%H:%M", "names no day"),
        ("%m %Y", "names no day"),
        ("%j", "names no day"),
        ("%F %d", "%d is there twice"),
        ("%F %I:%M", "%I needs %p"),
    ],
)
def test_formats_that_are_none(written: str, reason: str) -> None:
    with pytest.raises(StampError) as caught:
        stamp_of(written)
    assert reason in str(caught.value)


def test_an_hour_that_comes_twice_is_its_first_passing() -> None:
    stamp = stamp_of("%F %T")
    assert stamp.read("2024-10-27 02:30:00", year_of, PARIS) == 1_729_989_000_000
    assert stamp.read("2024-10-27 02:30:00", year_of, None) == 1_729_996_200_000


def test_a_stamp_without_a_year_tells_its_day() -> None:
    stamp = stamp_of("%d %b %T")
    assert not stamp.has_year
    assert stamp.day_without_year("29 Feb 10:00:00") == (2, 29)
    assert stamp.day_without_year("29 Floreal 10:00:00") is None
    assert stamp.day_without_year("x" * 500) is None
    assert stamp_of("%F").day_without_year("2024-05-04") is None


def test_of_several_formats_the_first_that_reads_it_counts() -> None:
    both = first_of([stamp_of("%b %d %T"), stamp_of("iso8601"), stamp_of("unix_s")])
    assert both.read("May 4 10:00:00", year_of, PARIS) == NOON
    assert both.read("2024-05-04T10:00:00", year_of, PARIS) == NOON
    assert both.read("1714809600", year_of, PARIS) == NOON
    with pytest.raises(UnreadableTimeError, match="not a number"):
        both.read("x", year_of, None)
    assert both.day_without_year("May 4 10:00:00") == (5, 4)
    assert both.day_without_year("2024-05-04T10:00:00") is None
    assert both.day_without_year("x") is None
    assert first_of([stamp_of("iso8601"), stamp_of("unix_s")]).has_year


@given(
    st.integers(1, 3_124_223_999_999_999).map(lambda us: EPOCH + timedelta(microseconds=us)),
    st.sampled_from(
        [
            "%Y-%m-%d %H:%M:%S.%f",
            "%d/%b/%Y:%H:%M:%S",
            "%b %d %Y %I:%M:%S %p",
            "%y%m%d %H%M%S",
            "%Y %j",
        ]
    ),
)
def test_what_python_writes_is_read_as_python_reads_it(when: datetime, written: str) -> None:
    text = when.strftime(written)
    expected = datetime.strptime(text, written).replace(tzinfo=UTC)
    got = stamp_of(written).read(text, year_of, None)
    assert got == (expected - EPOCH) // timedelta(milliseconds=1)


@given(st.text(max_size=30), st.text(alphabet="%YmdHMSbpzjfT:/ -x", max_size=12))
def test_any_format_is_answered_and_any_text_read_or_refused(text: str, written: str) -> None:
    try:
        stamp = stamp_of(written)
    except StampError:
        return
    stamp.day_without_year(text)
    try:
        assert stamp.read(text, year_of, PARIS) >= 0
    except UnreadableTimeError as error:
        assert str(error)  # noqa: PT017 - both ends are right
