"""What was received and is not stored yet: bounded in all, and for each sender."""

import threading
from collections.abc import Sequence
from typing import Final

from monitor.receiving.senders import Sender
from monitor.sources.source import Rejected

MOST_BYTES: Final = 32 << 20
MOST_OF_ONE: Final = 4 << 20
"""Bytes that wait at most, of all senders and of one; a stream may go beyond by what is read of it
at once. Datagrams may take half, so that a flood of them holds up no stream."""

_OF_ONE_MESSAGE = 64


class Parcelled:
    """What one sender sent to one source since the last time it was taken."""

    __slots__ = ("lines", "rejects", "sender", "size", "source")

    def __init__(self, source: str, sender: Sender) -> None:
        self.source = source
        self.sender = sender
        self.lines: list[bytes] = []
        self.rejects: list[Rejected] = []
        self.size = 0


class Spool:
    """Filled by the thread that receives, emptied by the one that stores."""

    def __init__(self, most: int = MOST_BYTES, of_one: int = MOST_OF_ONE) -> None:
        self._most = most
        self._of_one = of_one
        self._used = 0
        self._parcels: dict[tuple[str, str], Parcelled] = {}
        self._changed = threading.Condition()
        self._is_closed = False

    def has_room(self, sender: Sender) -> bool:
        """Whether a stream of this sender may be read."""
        return sender.waiting < self._of_one and self._used < self._most

    def add(
        self, source: str, sender: Sender, lines: Sequence[bytes], rejects: Sequence[Rejected] = ()
    ) -> None:
        """Keep what was read of a stream: it is too late to refuse it."""
        size = sum(map(len, lines)) + sum(len(one.head) for one in rejects)
        size += _OF_ONE_MESSAGE * (len(lines) + len(rejects))
        with self._changed:
            self._keep(source, sender, lines, rejects, size)

    def offer(
        self, source: str, sender: Sender, lines: Sequence[bytes], rejects: Sequence[Rejected] = ()
    ) -> int:
        """Keep as many of these datagrams as there is room for; how many that is. Rejects are
        kept when all lines are."""
        with self._changed:
            room = min(self._of_one - sender.waiting, self._most // 2 - self._used)
            size = kept = 0
            for line in lines:
                size += len(line) + _OF_ONE_MESSAGE
                if size > room:
                    size -= len(line) + _OF_ONE_MESSAGE
                    break
                kept += 1
            if kept == len(lines):
                of_rejects = sum(len(one.head) + _OF_ONE_MESSAGE for one in rejects)
                if size + of_rejects <= room:
                    self._keep(source, sender, lines, rejects, size + of_rejects)
                    return kept + len(rejects)
            self._keep(source, sender, lines[:kept], (), size)
            return kept

    def take(self, wait: float, linger: float = 0.0) -> list[Parcelled]:
        """All that there is; waits so many seconds for something, and then for more to come."""
        with self._changed:
            if not self._parcels and not self._is_closed:
                self._changed.wait(wait)
            if self._parcels and linger and not self._is_closed:
                self._changed.wait_for(lambda: self._is_closed, linger)
            taken, self._parcels = [*self._parcels.values()], {}
            return taken

    def release(self, parcels: Sequence[Parcelled]) -> None:
        """These are stored: their room is free again."""
        with self._changed:
            for one in parcels:
                self._used -= one.size
                one.sender.waiting -= one.size

    def close(self) -> None:
        """Nothing more comes: whoever takes need not wait."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()

    @property
    def used(self) -> int:
        """Bytes that wait."""
        return self._used

    def _keep(
        self,
        source: str,
        sender: Sender,
        lines: Sequence[bytes],
        rejects: Sequence[Rejected],
        size: int,
    ) -> None:
        if not lines and not rejects:
            return
        key = (source, sender.name)
        parcel = self._parcels.get(key)
        # One that was forgotten and came again is another sender by the same name.
        if parcel is None or parcel.sender is not sender:
            key = key if parcel is None else (source, f"{sender.name}#{id(sender)}")
            parcel = self._parcels.setdefault(key, Parcelled(source, sender))
        parcel.lines += lines
        parcel.rejects += rejects
        parcel.size += size
        sender.waiting += size
        self._used += size
        self._changed.notify()
