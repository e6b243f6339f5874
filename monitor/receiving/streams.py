"""Receives the connections of one source (RFC 6587, RFC 5425); slows down who sends too much."""

import logging
import socket
import ssl
from collections.abc import Iterator
from typing import Final

from monitor.formats.syslog import stamped
from monitor.receiving.connection import Connection, State
from monitor.receiving.framing import Framing
from monitor.receiving.senders import Senders
from monitor.receiving.spool import Spool
from monitor.sources.source import Rejected
from monitor.sources.syslog import Options
from monitor.store.receipts import Refusal

AT_ONCE: Final = 32
"""Connections that are accepted before it is the turn of the others."""
_HOUR_S = 3_600.0

log = logging.getLogger(__name__)


class Streams:
    """The listening sockets of one source, and its connections."""

    def __init__(
        self,
        source: str,
        opened: list[socket.socket],
        senders: Senders,
        options: Options,
        context: ssl.SSLContext | None,
        spool: Spool,
    ) -> None:
        """With a `context` connections are encrypted."""
        self.sockets = opened
        self.options = options
        self.context = context
        self.connections: set[Connection] = set()
        self._source = source
        self._senders = senders
        self._spool = spool

    def accept(self, listener: socket.socket, now: float) -> Iterator[Connection]:
        """New connections, for one turn; those that may not be are closed and counted.

        Raises OSError when the process has no descriptors left.
        """
        for _ in range(AT_ONCE):
            try:
                opened, peer = listener.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            made = self._admitted(opened, peer[0], now)
            if made is not None:
                yield made

    def read(self, connection: Connection, now: float, stamp: bytes) -> float:
        """Take what is there; for how many seconds it must not be read then."""
        before = connection.octets
        lines, rejects = connection.read(now)
        return self._keep(connection, lines, rejects, connection.octets - before, now, stamp)

    def end_due(self, now: float) -> list[Connection]:
        """End connections where nothing comes any more; they are still to be closed."""
        idle = _HOUR_S * self.options.idle_hours
        ended = []
        for connection in self.connections:
            rejects = connection.end_if_due(now, idle)
            if connection.is_over():
                self._keep(connection, [], rejects, 0, now, b"")
                ended.append(connection)
        return ended

    def end(self, connection: Connection, now: float) -> None:
        """End one from our side."""
        self._keep(connection, [], connection.end(), 0, now, b"")
        self.drop(connection)

    def drop(self, connection: Connection) -> None:
        """Close one that is over."""
        if connection not in self.connections:
            return
        self.connections.remove(connection)
        connection.sender.connections -= 1
        if connection.state is State.NO_HANDSHAKE:
            self._senders.refuse(Refusal.HANDSHAKE, connection.sender)
            log.info(
                "%s: %s: no TLS: %s", self._source, connection.sender.address, connection.problem
            )
        elif connection.state is State.STALLED:
            self._senders.refuse(Refusal.STALLED, connection.sender)
        connection.close()

    def _admitted(self, opened: socket.socket, peer: str, now: float) -> Connection | None:
        sender = self._senders.find(peer, now)
        if isinstance(sender, Refusal):
            self._senders.refuse(sender)
            opened.close()
            return None
        if (
            len(self.connections) >= self.options.connections
            or sender.connections >= self.options.connections_per_sender
            or not sender.arrivals.take(now)
        ):
            self._senders.refuse(Refusal.TOO_MANY, sender)
            opened.close()
            return None
        framing = Framing(sender.name, self.options.maximum_message, self.options.framing)
        try:
            made = Connection(opened, sender, framing, self.context, now)
        except OSError:  # gone already
            opened.close()
            return None
        self.connections.add(made)
        sender.connections += 1
        return made

    def _keep(
        self,
        connection: Connection,
        lines: list[bytes],
        rejects: list[Rejected],
        octets: int,
        now: float,
        stamp: bytes,
    ) -> float:
        sender = connection.sender
        if not lines and not rejects:
            return 0.0
        host = sender.host
        self._spool.add(self._source, sender, [stamped(m, stamp, host) for m in lines], rejects)
        self._senders.took(sender, len(lines), octets, len(rejects))
        return sender.bucket.charge(len(lines) + len(rejects), now)
