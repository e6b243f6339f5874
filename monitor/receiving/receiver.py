"""Serves every source of syslog in one thread, in turns; what came is handed to the spool.

Nobody can hold it up: sockets do not wait, and of each so much is read in one turn. A connection
whose sender sent too much, or has too much waiting, is left unread, so that its sender waits.
"""

import heapq
import logging
import selectors
import socket
from collections.abc import Callable, Mapping
from functools import partial
from typing import Final, NamedTuple

from monitor import clock
from monitor.receiving.connection import Connection
from monitor.receiving.datagrams import Datagrams
from monitor.receiving.endpoint import Endpoint
from monitor.receiving.spool import Spool
from monitor.receiving.streams import Streams
from monitor.sources.syslog import Address, Options
from monitor.store.receipts import Receipts

SWEEP_S: Final = 1.0
_LAST_TURNS: Final = 200

log = logging.getLogger(__name__)


class Served(NamedTuple):
    """A source as the settings have it."""

    name: str
    address: Address
    options: Options


class Receiver:
    """The sockets of all sources. Used by one thread, but for `wake`."""

    def __init__(
        self, spool: Spool, kept: Mapping[str, Receipts], opened: Callable[[Endpoint], None]
    ) -> None:
        """`kept` are counted on; `opened` is told of each endpoint that is listened on."""
        self.endpoints: dict[str, Endpoint] = {}
        self._spool = spool
        self._kept = kept
        self._tell_opened = opened
        self._selector = selectors.DefaultSelector()
        self._bell, self._push = socket.socketpair()
        self._bell.setblocking(False)
        self._push.setblocking(False)
        self._selector.register(self._bell, selectors.EVENT_READ, self._hear)
        self._owing: list[tuple[float, int, Connection, Streams]] = []
        self._crowded: dict[Connection, Streams] = {}
        self._count = 0
        self._swept = 0.0
        self._is_finishing = False

    def serve(self, sources: list[Served], now: float) -> None:
        """Serve these from now on, and no others."""
        wanted = {one.name: one for one in sources}
        for name, endpoint in [*self.endpoints.items()]:
            if name not in wanted or wanted[name].address != endpoint.address:
                self._close(endpoint, now)
                del self.endpoints[name]
        for one in sources:
            if one.name in self.endpoints:
                self.endpoints[one.name].limit(one.options, now)
                self._end_strangers(self.endpoints[one.name], now)
                continue
            kept = self._kept.get(one.name) or Receipts(str(one.address), clock.now_ms())
            self.endpoints[one.name] = Endpoint(
                one.name, one.address, one.options, kept, self._spool
            )
        self._open(now)

    def step(self, wait: float, now: Callable[[], float] = clock.monotonic) -> None:
        """One turn of every socket where something is; waits so many seconds for the first."""
        ready = self._selector.select(self._until_due(wait, now()))
        at, stamp = now(), _stamp()
        for key, _ in ready:
            key.data(at, stamp)
        self._resume(at, stamp)
        if at - self._swept >= SWEEP_S:
            self._swept = at
            self._sweep(at)

    def wake(self) -> None:
        """End the wait of a `step`. May be called from anywhere."""
        try:
            self._push.send(b"\0")
        except OSError:
            return  # it is full, and so woken already, or closed

    def finish(self, now: Callable[[], float] = clock.monotonic) -> None:
        """Take what has come, and then nothing any more."""
        self._is_finishing = True
        for _, _, connection, served in self._owing:
            self._take_up(connection, served, now())
        for _ in range(_LAST_TURNS):
            ready = self._selector.select(0)
            for key, _ in ready:
                key.data(now(), _stamp())
            if not ready:
                break
        for endpoint in self.endpoints.values():
            self._close(endpoint, now())
        self._selector.close()
        self._bell.close()
        self._push.close()

    def told(self, now: float) -> dict[str, Receipts]:
        """What was taken and refused, by source."""
        at = clock.now_ms()
        return {name: endpoint.told(now, at) for name, endpoint in self.endpoints.items()}

    def _open(self, now: float) -> None:
        for endpoint in self.endpoints.values():
            if endpoint.open_if_due(now) and endpoint.served is not None:
                served = endpoint.served
                for one in served.sockets:
                    self._selector.register(one, selectors.EVENT_READ, self._taker(served, one))
                self._tell_opened(endpoint)

    def _taker(self, served: Datagrams | Streams, opened: socket.socket) -> Callable[..., None]:
        if isinstance(served, Datagrams):
            return partial(self._datagrams, served, opened)
        return partial(self._accept, served, opened)

    def _close(self, endpoint: Endpoint, now: float) -> None:
        served = endpoint.served
        if served is None:
            return
        for one in served.sockets:
            if self._is_registered(one):
                self._selector.unregister(one)
        if isinstance(served, Streams):
            for connection in [*served.connections]:
                self._forget(connection)
                served.end(connection, now)
        endpoint.close_listeners()
        endpoint.served = None

    def _end_strangers(self, endpoint: Endpoint, now: float) -> None:
        """Those that may not send any more are not left connected."""
        if isinstance(endpoint.served, Streams):
            for connection in [*endpoint.served.connections]:
                if not endpoint.senders.may_send(connection.sender.address):
                    self._forget(connection)
                    endpoint.served.end(connection, now)

    def _datagrams(
        self, served: Datagrams, opened: socket.socket, now: float, stamp: bytes
    ) -> None:
        served.read(opened, now, stamp)

    def _accept(self, served: Streams, listener: socket.socket, now: float, _: bytes) -> None:
        try:
            for connection in served.accept(listener, now):
                self._attend(connection, served)
        except OSError as error:
            # No descriptors left: whoever waits to be accepted waits until the next sweep.
            log.warning("connections cannot be accepted: %s", error)
            self._selector.unregister(listener)

    def _read(self, connection: Connection, served: Streams, now: float, stamp: bytes) -> None:
        if not self._spool.has_room(connection.sender):
            self._forget(connection)
            self._crowded[connection] = served
            return
        wanted = connection.wants
        owed = served.read(connection, now, stamp)
        if connection.is_over():
            self._forget(connection)
            served.drop(connection)
        elif owed > 0 and not self._is_finishing:
            self._forget(connection)
            self._count += 1
            heapq.heappush(self._owing, (now + owed, self._count, connection, served))
        elif connection.wants != wanted:
            self._attend(connection, served)

    def _attend(self, connection: Connection, served: Streams) -> None:
        data = partial(self._read, connection, served)
        if self._is_registered(connection):
            self._selector.modify(connection, connection.wants, data)
        else:
            self._selector.register(connection, connection.wants, data)

    def _forget(self, connection: Connection) -> None:
        self._crowded.pop(connection, None)
        if self._is_registered(connection):
            self._selector.unregister(connection)

    def _is_registered(self, opened: Connection | socket.socket) -> bool:
        return opened.fileno() >= 0 and opened.fileno() in self._selector.get_map()

    def _resume(self, now: float, stamp: bytes) -> None:
        """Read again where that was put off, as soon as it may be."""
        while self._owing and self._owing[0][0] <= now:
            _, _, connection, served = heapq.heappop(self._owing)
            self._take_up(connection, served, now)
        for connection, served in [*self._crowded.items()]:
            if self._spool.has_room(connection.sender):
                del self._crowded[connection]
                self._take_up(connection, served, now)

    def _take_up(self, connection: Connection, served: Streams, now: float) -> None:
        if connection in served.connections:
            connection.touch(now)
            self._attend(connection, served)

    def _until_due(self, wait: float, now: float) -> float:
        return min(wait, max(0.0, self._owing[0][0] - now)) if self._owing else wait

    def _sweep(self, now: float) -> None:
        self._open(now)
        for connection in (*self._crowded, *(one[2] for one in self._owing)):
            connection.touch(now)  # it is us who do not read
        for endpoint in self.endpoints.values():
            served = endpoint.served
            if not isinstance(served, Streams):
                continue
            for listener in served.sockets:
                if not self._is_registered(listener):
                    taker = self._taker(served, listener)
                    self._selector.register(listener, selectors.EVENT_READ, taker)
            for connection in served.end_due(now):
                self._forget(connection)
                served.drop(connection)

    def _hear(self, _now: float, _stamp: bytes) -> None:
        try:
            while self._bell.recv(4_096):
                pass
        except BlockingIOError:
            return


def _stamp() -> bytes:
    """The time as RFC 5424 writes it."""
    return clock.iso(clock.now_ms()).encode()
