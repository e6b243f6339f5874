"""By which time it is reckoned what is old: a clock that leaps must not delete a year at once.

It is the clock's time, and not beyond event time: a history is folded before it is forgotten. While
event time is behind the clock, it stands still. Where it would leap by more than `LEAP`, it waits
until an administrator confirms it, or until the clock has stood by it for `PATIENCE` while we ran:
after months of rest all is well then, and a clock that is wrong is put right meanwhile.
"""

from msgspec import Struct, structs

from detectors.core.event import DAY, HOUR

LEAP = 7 * DAY
PATIENCE = 72 * HOUR
LIVE = LEAP
"""An engine whose event time is further behind the clock still reads a history."""
_LONGEST_LOOK = HOUR
"""Between two looks so much counts as running at most: between them the clock may have leapt."""


class Reckoning(Struct, frozen=True, array_like=True):
    """What was reckoned at the clock's time `looked`, all in ms.

    `time` is what limits are reckoned from, 0 before the first look. `target` is where a leap
    that waits would take it, 0 for none, and `waited` how long it has waited.
    """

    time: int = 0
    looked: int = 0
    target: int = 0
    waited: int = 0


def begin(now: int, watermark: int, oldest: int | None, period: int) -> Reckoning:
    """The first look at a database: the time at which nothing of it is older than `period` (ms),
    where that is before the present. `oldest` is its oldest event's time, None for no event."""
    present = min(now, watermark)
    return Reckoning(present if oldest is None else min(present, oldest + period), now)


def look(known: Reckoning, now: int, watermark: int, confirmed: int = 0) -> Reckoning:
    """One more look, with event time at `watermark`, where a leap to about `confirmed` may be."""
    target = min(now, watermark)
    if target <= known.time or now - watermark > LIVE:
        return Reckoning(known.time, now)
    if target - max(known.time, confirmed) <= LEAP:
        return Reckoning(target, now)
    stood = known.target and abs(target - known.target) <= LEAP
    ran = min(max(0, now - known.looked), _LONGEST_LOOK)
    waited = known.waited + ran if stood else 0
    if waited >= PATIENCE:
        return Reckoning(target, now)
    return structs.replace(known, looked=now, target=target, waited=waited)
