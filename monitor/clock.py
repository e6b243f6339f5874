"""The one place that reads the clock."""

import time


def now_ms() -> int:
    """Milliseconds since 1970 UTC."""
    return time.time_ns() // 1_000_000


def monotonic() -> float:
    """Seconds, for measuring durations."""
    return time.monotonic()


def pause(seconds: float) -> None:
    """Wait so long."""
    time.sleep(seconds)
