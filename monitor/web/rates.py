"""How often somebody may: a pace and a burst for each, in bounded memory, by the generic cell rate
algorithm (ITU-T I.371; the virtual scheduling form).

Pure: the time is an argument. For each key one number is kept, when it would have used up all that
it may, so that asking costs one look-up and no timer. Of keys that are more than there is room for,
the one not heard of for longest is forgotten: that lets somebody have a new share early, and never
keeps anybody out.
"""

import math
from collections import OrderedDict
from typing import NamedTuple


class Rate(NamedTuple):
    """So many a second in the long run, and so many at once."""

    per_second: float
    burst: int


class Verdict(NamedTuple):
    """Whether it may be done now, how many more may, and after how many seconds it may be tried
    again (0.0 where it may) and nothing of the burst is used any more."""

    is_allowed: bool
    left: int
    retry: float
    reset: float


class Rates:
    """What many have used. Not for several threads at once."""

    def __init__(self, most: int = 20_000) -> None:
        """`most` is how many keys are remembered; each costs some 200 bytes."""
        self._most = most
        self._due: OrderedDict[str, float] = OrderedDict()

    def __len__(self) -> int:
        return len(self._due)

    def take(self, key: str, rate: Rate, now: float, cost: int = 1) -> Verdict:
        """Use `cost` of what `key` may have, if there is as much; a refusal uses nothing. `now` in
        seconds, of a clock that never goes back; a cost beyond the burst is the whole burst."""
        interval = 1 / rate.per_second
        room = rate.burst * interval
        owed = max(0.0, self._due.get(key, 0.0) - now)
        asked = min(cost, rate.burst) * interval
        # A burst that is just used up must not be refused for the last bit of a float.
        if owed + asked > room + 1e-9:
            return Verdict(False, _whole(room - owed, interval), owed + asked - room, owed)
        owed += asked
        self._note(key, now + owed)
        return Verdict(True, _whole(room - owed, interval), 0.0, owed)

    def look(self, key: str, rate: Rate, now: float) -> Verdict:
        """What `take` would say, without using anything."""
        interval = 1 / rate.per_second
        room = rate.burst * interval
        owed = max(0.0, self._due.get(key, 0.0) - now)
        is_allowed = owed + interval <= room + 1e-9
        retry = 0.0 if is_allowed else owed + interval - room
        return Verdict(is_allowed, _whole(room - owed, interval), retry, owed)

    def _note(self, key: str, due: float) -> None:
        self._due[key] = due
        self._due.move_to_end(key)
        if len(self._due) > self._most:
            self._due.popitem(last=False)


def _whole(room: float, interval: float) -> int:
    return max(0, math.floor(room / interval + 1e-6))
