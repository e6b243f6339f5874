"""What the responding process tells of itself every few seconds, for processes that only read."""

from typing import Final

import msgspec
from msgspec import Struct

from detectors.core.event import MINUTE
from monitor.health.pulse import Who
from monitor.health.rule import Responding

NOTE: Final = "responding"
"""The note that it is kept in."""
EVERY_S: Final = 2.0
ALIVE: Final = MINUTE
"""Milliseconds after which a process that tells nothing counts as gone."""
BEHIND: Final = 10 * MINUTE
"""How long it may follow without coming to an end, in ms."""


class Pulse(Struct, kw_only=True):
    """Its account of itself, written at `time` (ms). `mode` is the policy's; `cursor` the last
    change that it followed, `waiting` how many wait, `caught_up` when none did for the last time
    (ms, 0 for never). `counts` are of what was done since it began, `troubles` why duties cannot do
    theirs now. `ended`: it was told to end, and did."""

    time: int
    who: Who
    mode: str = "shadow"
    cursor: int = 0
    waiting: int = 0
    caught_up: int = 0
    counts: dict[str, int] = {}
    troubles: dict[str, str] = {}
    ended: bool = False

    def is_alive(self, now: int) -> bool:
        """Whether its process still runs at `now` (ms), as far as that can be seen."""
        return not self.ended and now - self.time < ALIVE

    def is_behind(self, now: int) -> bool:
        """Whether changes have waited for long."""
        return self.waiting > 0 and now - max(self.caught_up, self.who.started) > BEHIND

    def seen(self) -> Responding:
        """The same as rules of health see it."""
        since = max(self.caught_up, self.who.started) if self.waiting else None
        return Responding(self.time, self.ended, since, tuple(sorted(self.troubles.items())))


encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Pulse).decode


def decode(noted: bytes | None) -> Pulse | None:
    """The pulse that was noted; None for none, or one that this version cannot read."""
    if noted is None:
        return None
    try:
        return _decode(noted)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
