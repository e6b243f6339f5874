"""Counting identical lines within a second, so that each of them is an event of its own."""

from collections import OrderedDict

import msgspec

from detectors.core.identity import digest64

LIVE_LIMIT = 200_000
"""Lines that a live reader remembers."""
_SHIFT = 64
_MASK = (1 << _SHIFT) - 1

_Saved = list[tuple[int, dict[int, int]]]
_decoder = msgspec.msgpack.Decoder(_Saved)


class Occurrences:
    """How often each line was met in each second of event time; one per source.

    `limit` bounds what is remembered (the lines longest not met are forgotten first); None, for
    a replay, remembers all: some 100 bytes for each different line without an id of its own.
    """

    def __init__(self, limit: int | None = LIVE_LIMIT) -> None:
        self._limit = limit
        self._counts: OrderedDict[int, int] | dict[int, int] = (
            {} if limit is None else OrderedDict()
        )
        self._recent: OrderedDict[int, dict[int, int]] = OrderedDict()

    def occurrence(self, second: int, line: bytes) -> int:
        """How many times this line was met in this second (of event time) before; counts it."""
        short = digest64(line) & _MASK
        key = (second << _SHIFT) | short
        counts = self._counts
        count = counts.get(key, 0)
        counts[key] = count + 1
        if isinstance(counts, OrderedDict):
            counts.move_to_end(key)
            if self._limit is not None and len(counts) > self._limit:
                counts.popitem(last=False)
            self._remember(second, short, count + 1)
        return count

    __call__ = occurrence

    def save(self) -> bytes:
        """What a reader must take up again to number the next lines rightly.

        The lines of the newest two seconds of event time, and of the two seconds read last.
        """
        return msgspec.msgpack.encode(list(self._recent.items()))

    def restore(self, saved: bytes) -> None:
        """Take up what `save` gave, in place of all else; ValueError when it is not of `save`."""
        recent = _decoder.decode(saved)
        self._recent = OrderedDict(recent)
        self._counts.clear()
        for second, lines in recent:
            for short, count in lines.items():
                self._counts[(second << _SHIFT) | short] = count

    def _remember(self, second: int, short: int, count: int) -> None:
        recent = self._recent
        lines = recent.get(second)
        if lines is None:
            lines = recent[second] = {}
            self._forget()
        recent.move_to_end(second)
        lines[short] = count
        if self._limit is not None and len(lines) > self._limit:
            del lines[next(iter(lines))]

    def _forget(self) -> None:
        # One line with a clock far ahead must not make the present the past: the seconds read
        # last are kept beside the newest ones.
        seconds = [*self._recent]
        kept = {*seconds[-2:], *sorted(seconds)[-2:]}
        for second in seconds:
            if second not in kept:
                del self._recent[second]
