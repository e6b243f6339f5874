"""At which hours of the week a source speaks, learned from the last weeks, by the clock."""

import msgspec
from msgspec import Struct, field

from detectors.core.event import DAY, HOUR, MINUTE

WEEK = 7 * 24
WEEKS = 5
"""Weeks that are kept, the present one included."""
GAP = 10 * MINUTE
"""Longer than this without a look, and nobody knows what came meanwhile."""
LEAP = 7 * DAY
"""A leap of the clock over so much is believed after an hour: it may have been set wrongly."""
LEAST_WEEKS = 2
"""Weeks that an hour of the week must be known from, before its silence says anything."""
_RING = WEEK * WEEKS
_UNKNOWN = 255
_LONGEST = 14 * DAY


class Missed(Struct, frozen=True):
    """What a quiet is long by: minutes in which lines usually come, and whole such hours."""

    minutes: int
    hours: int


NOTHING_MISSED = Missed(0, 0)


class Hours(Struct, array_like=True):
    """In how many of its minutes lines came, hour by hour over the last weeks (a ring).

    `first` is the hour (since 1970) that it began in, `hour` the present one, `minutes` which of
    its minutes had lines (a bit each), `partly` that it was not watched from its beginning on.
    `watched` is until when it was, and `leapt` when a leap of the clock began that is not
    believed yet, in ms; 0 for none.
    """

    first: int = 0
    hour: int = 0
    minutes: int = 0
    partly: bool = True
    watched: int = 0
    leapt: int = 0
    ring: bytearray = field(default_factory=lambda: bytearray([_UNKNOWN]) * _RING)

    def take(self, now: int) -> None:
        """Lines came."""
        self.pass_time(now)
        if self.hour == now // HOUR:
            self.minutes |= 1 << (now % HOUR // MINUTE)

    def pass_time(self, now: int) -> None:
        """It is watched, and the clock is at `now`."""
        if self.watched == 0:
            self.first = self.hour = now // HOUR
            self.watched = now
            return
        if abs(now - self.watched) > LEAP and not self._is_believed(now):
            return
        self.leapt = 0
        if now < self.watched - GAP or now > self.watched + GAP:
            self._skip_to(now)
        elif now // HOUR > self.hour:
            self._close(self.minutes.bit_count())
            self.hour += 1
            self.minutes, self.partly = 0, False
        self.watched = max(now, self.watched) if now > self.watched - GAP else now

    def missed(self, since: int, until: int) -> Missed:
        """What usually comes in such a time, and did not; nothing where that is not known."""
        if self.leapt:
            return NOTHING_MISSED
        since = max(since, until - _LONGEST)
        minutes, hours = 0.0, 0
        for hour in range(since // HOUR, until // HOUR + 1):
            began, ended = max(since, hour * HOUR), min(until, (hour + 1) * HOUR)
            # Its neighbours too: shifts begin later, and clocks change.
            usual = min(self._usual(near) for near in (hour - 1, hour, hour + 1))
            minutes += usual * max(0, ended - began) / HOUR
            hours += usual > 0 and ended - began == HOUR
        return Missed(int(minutes), hours)

    def _usual(self, hour: int) -> int:
        """In how many of its minutes lines come at least, as a rule; 0 where that is not known."""
        known = sorted(
            self.ring[(hour - WEEK * back) % _RING]
            for back in range(1, WEEKS)
            if hour - WEEK * back >= self.first
            and self.ring[(hour - WEEK * back) % _RING] != _UNKNOWN
        )
        if len(known) < LEAST_WEEKS:
            return self._round_the_clock()
        # One week of several may have been a holiday.
        return known[1] if len(known) > LEAST_WEEKS else known[0]

    def _round_the_clock(self) -> int:
        """The least of the last week's hours, if all are known; a source may never rest."""
        last = [self.ring[(self.hour - back) % _RING] for back in range(1, WEEK + 1)]
        return 0 if _UNKNOWN in last or self.hour - WEEK < self.first else min(last)

    def _is_believed(self, now: int) -> bool:
        if not self.leapt or not self.leapt <= now <= self.leapt + HOUR + GAP:
            self.leapt = now
            return False
        return now - self.leapt >= HOUR

    def _close(self, minutes: int) -> None:
        self.ring[self.hour % _RING] = _UNKNOWN if self.partly else minutes

    def _skip_to(self, now: int) -> None:
        """What was between is not known, nor what the hours at its ends would have come to."""
        last = now // HOUR
        for hour in range(max(min(self.hour, last), last - _RING + 1), last):
            self.ring[hour % _RING] = _UNKNOWN
        self.hour, self.minutes, self.partly = last, 0, True
        self.first = min(self.first, last)


def decode(kept: bytes | None) -> Hours:
    """The hours that were kept as MessagePack; fresh ones for none, and for what is none."""
    if kept is None:
        return Hours()
    try:
        hours = msgspec.msgpack.decode(kept, type=Hours)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return Hours()
    return hours if len(hours.ring) == _RING else Hours()
