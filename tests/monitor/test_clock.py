"""The clock: times as people read them, and readings that move on."""

from monitor import clock


def test_times_are_told_in_utc() -> None:
    assert clock.utc(0) == "1970-01-01 00:00:00 UTC"
    assert clock.utc(1_790_000_000_999) == "2026-09-21 14:13:20 UTC"


def test_a_time_beyond_every_calendar_is_told_as_a_number() -> None:
    assert clock.utc(1 << 62) == str(1 << 62)


def test_readings_move_on() -> None:
    before, started = clock.now_ms(), clock.monotonic()
    clock.pause(0.01)
    assert clock.now_ms() >= before > 1_700_000_000_000
    assert clock.monotonic() - started >= 0.01


def test_a_time_as_programs_read_it() -> None:
    assert clock.iso(0) == "1970-01-01T00:00:00.000Z"
    assert clock.iso(1_767_607_323_045) == "2026-01-05T10:02:03.045Z"
