"""The one place that reads the clock."""

import time
from datetime import UTC, datetime, timedelta


def now_ms() -> int:
    """Milliseconds since 1970 UTC."""
    return time.time_ns() // 1_000_000


def monotonic() -> float:
    """Seconds, for measuring durations."""
    return time.monotonic()


def monotonic_us() -> int:
    """The same in microseconds, as systemd reads it."""
    return time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1_000


def nanoseconds() -> int:
    """The same as finely as it is known, for what takes microseconds."""
    return time.perf_counter_ns()


def pause(seconds: float) -> None:
    """Wait so long."""
    time.sleep(seconds)


def utc(milliseconds: int) -> str:
    """A time in ms since 1970 as people read it, in UTC; the number where no calendar has it."""
    try:
        moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds)
    except OverflowError:
        return str(milliseconds)
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"


def iso(milliseconds: int) -> str:
    """A time in ms since 1970 as RFC 3339 and RFC 5424 write it, in UTC."""
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds)
    return f"{moment.isoformat(timespec='milliseconds').removesuffix('+00:00')}Z"
