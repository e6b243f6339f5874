"""Hours hold in their zone, over midnight and over the clock change, and end when they say."""

from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.hours import DAYS, Hours


def hours(begins: str, ends: str, zone: str = "Europe/Paris", *days: str) -> Hours:
    return Hours(from_=begins, to=ends, zone=zone, days=frozenset(days))


def at(*parts: int) -> int:
    return int(datetime(*parts, tzinfo=UTC).timestamp() * 1_000)  # type: ignore[misc,arg-type]


def test_a_night_goes_over_midnight() -> None:
    night = hours("22:00", "07:00")
    for hour, holds in ((20, False), (21, True), (23, True)):  # 20:00 UTC is 21:00 in Paris
        assert night.hold(at(2026, 1, 14, hour, 0)) is holds
    assert night.hold(at(2026, 1, 15, 5, 59))
    assert not night.hold(at(2026, 1, 15, 6, 0))
    assert night.end(at(2026, 1, 14, 23, 0)) == at(2026, 1, 15, 6, 0)
    assert night.end(at(2026, 1, 15, 5, 0)) == at(2026, 1, 15, 6, 0)
    assert night.end(at(2026, 1, 15, 12, 0)) == at(2026, 1, 15, 12, 0)


def test_a_day_is_named_by_where_the_night_begins() -> None:
    friday = hours("22:00", "07:00", "UTC", "fri")
    assert friday.hold(at(2026, 1, 16, 23, 0))
    assert friday.hold(at(2026, 1, 17, 3, 0))
    assert not friday.hold(at(2026, 1, 16, 3, 0))
    assert not friday.hold(at(2026, 1, 17, 23, 0))


def test_the_clock_change_does_not_move_the_end() -> None:
    night = hours("22:00", "07:00")
    assert night.end(at(2026, 3, 28, 23, 0)) == at(2026, 3, 29, 5, 0)  # 07:00 is UTC+2 by then
    assert night.end(at(2026, 10, 24, 23, 0)) == at(2026, 10, 25, 6, 0)


@given(
    st.integers(0, 4_000_000_000_000),
    st.integers(0, 1_439),
    st.integers(0, 1_439),
    st.sampled_from(["UTC", "Europe/Paris", "America/St_Johns", "Australia/Lord_Howe"]),
    st.frozensets(st.sampled_from(DAYS)),
)
def test_whoever_waits_for_the_end_is_out_of_them(
    now: int, begins: int, ends: int, zone: str, days: frozenset[str]
) -> None:
    clock = [f"{m // 60:02}:{m % 60:02}" for m in (begins, ends)]
    one = hours(clock[0], clock[1], zone, *days)
    until = one.end(now)
    assert until >= now
    assert (until > now) <= one.hold(now)
    if begins != ends and not days:
        # Of hours that are asked for twice by a clock change, one is enough.
        assert until - now <= 26 * 3_600_000


@pytest.mark.parametrize(
    ("one", "why"),
    [
        (hours("22:00", "07:00", "Europe/Atlantis"), "time zone"),
        (hours("22:00", "07:00", "../etc/passwd"), "time zone"),
        (hours("22:00", "07:00", "UTC", "friday"), "days"),
        (hours("22:00", "22:00"), "one time"),
    ],
)
def test_what_are_no_hours_is_said(one: Hours, why: str) -> None:
    assert one.fault is not None
    assert why in one.fault.en
    assert one.fault.fr != one.fault.en


def test_they_are_read_from_a_document() -> None:
    told = {"from": "22:00", "to": "07:00", "zone": "UTC", "days": ["mon"]}
    assert msgspec.convert(told, Hours).fault is None
    for bad in ({"from": "24:00", "to": "07:00"}, {"from": "7:00", "to": "08:00"}):
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert(bad, Hours)
