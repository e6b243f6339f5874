"""Retention: whether what is old goes in time, or waits for somebody."""

from collections.abc import Iterator

from detectors.core.event import DAY
from monitor import clock
from monitor.doctor.check import Check, database_of, note
from monitor.health.pulse import PULSE, decode
from monitor.retention.noted import NOTE, noted
from monitor.settings import Settings
from monitor.store.watching import Watching

_LATE = DAY


def look(settings: Settings) -> Iterator[Check]:
    """When it last came to its end."""
    with database_of(settings) as database:
        if database is None:
            return
        watching = Watching(database)
        known = noted(watching.note(NOTE))
        pulse = decode(watching.note(PULSE))
    now = clock.now_ms()
    name = "retention"
    kept = settings.retention
    days = f"events {kept.events_days} days, whole {kept.truncate_days}"
    if known.reckoning.target:
        over = (known.reckoning.target - known.reckoning.time) // DAY
        advice = "see that the clock is right, then `vigie retention run --confirm`"
        yield note(name, f"{over} more days are too old at once, and wait", advice)
    elif not known.began:
        yield Check(name, True, f"{days}; nothing was due yet: the engine has not run")
    elif pulse is not None and pulse.is_alive(now) and now - known.finished > _LATE:
        last = clock.utc(known.finished) if known.finished else "never"
        yield Check(name, now - known.began <= _LATE, f"last at {last}", "see what the engine logs")
    else:
        yield Check(name, True, f"{days}; last at {clock.utc(known.finished or known.began)}")
