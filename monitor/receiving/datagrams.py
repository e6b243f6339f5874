"""Receives the datagrams of one source (RFC 5426), and counts those that it has to drop."""

import socket
from typing import Final

from monitor.formats.syslog import stamped
from monitor.receiving.framing import datagram
from monitor.receiving.senders import Sender, Senders
from monitor.receiving.sockets import dropped
from monitor.receiving.spool import Spool
from monitor.sources.source import KEPT_OF_REJECTED, Rejected
from monitor.store.receipts import Refusal

AT_ONCE: Final = 256
"""Datagrams of one socket that are read before it is the turn of the others."""
_BYTES_AT_ONCE = 1 << 20
_LARGEST = 64 << 10


class Datagrams:
    """The sockets of one source of datagrams."""

    def __init__(
        self, source: str, opened: list[socket.socket], senders: Senders, maximum: int, spool: Spool
    ) -> None:
        """`maximum` is the longest message, in bytes."""
        self.sockets = opened
        self.maximum = maximum
        self._source = source
        self._senders = senders
        self._spool = spool
        self._room = bytearray(_LARGEST)
        self._dropped = 0

    def read(self, opened: socket.socket, now: float, stamp: bytes) -> int:
        """Take what is there, for one turn; how many there were. `stamp` is the time."""
        came: dict[Sender, tuple[list[bytes], list[Rejected]]] = {}
        count = octets = 0
        view = memoryview(self._room)
        while count < AT_ONCE and octets < _BYTES_AT_ONCE:
            try:
                size, peer = opened.recvfrom_into(self._room)
            except (BlockingIOError, InterruptedError):
                break
            except OSError:  # told of something else, such as one that could not be delivered
                count += 1
                continue
            count += 1
            octets += size
            self._sort(bytes(view[:size]), peer[0], now, stamp, came)
        for sender, (lines, rejects) in came.items():
            self._keep(sender, lines, rejects)
        return count

    def count_dropped(self) -> None:
        """Ask the kernel what it dropped since the last time."""
        total = dropped(self.sockets)
        if total > self._dropped:
            self._senders.refuse(Refusal.KERNEL, count=total - self._dropped)
        self._dropped = max(self._dropped, total)

    def _sort(
        self,
        data: bytes,
        peer: str,
        now: float,
        stamp: bytes,
        came: dict[Sender, tuple[list[bytes], list[Rejected]]],
    ) -> None:
        sender = self._senders.find(peer, now)
        if isinstance(sender, Refusal):
            self._senders.refuse(sender)
            return
        message = datagram(data, self.maximum)
        if message is None:
            return
        if not sender.bucket.take(now):
            self._senders.refuse(Refusal.TOO_FAST, sender)
            return
        lines, rejects = came.setdefault(sender, ([], []))
        if isinstance(message, bytes):
            lines.append(stamped(message, stamp, sender.host))
        else:
            rejects.append(Rejected(sender.name, message, len(data), data[:KEPT_OF_REJECTED]))

    def _keep(self, sender: Sender, lines: list[bytes], rejects: list[Rejected]) -> None:
        kept = self._spool.offer(self._source, sender, lines, rejects)
        sent = len(lines) + len(rejects)
        if kept < sent:
            self._senders.refuse(Refusal.NO_ROOM, sender, sent - kept)
        held = min(kept, len(lines))
        self._senders.took(sender, held, sum(map(len, lines[:held])), kept - held)
