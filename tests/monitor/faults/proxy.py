"""A network between us and a server that fails when it is told to."""

import selectors
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_RESET = struct.pack("ii", 1, 0)


class Proxy:
    """Passes bytes on between whoever connects to `port` and a server on this machine.

    `cut_in(word, after)`: the next connection on which `word` is sent breaks so many bytes later,
    in both directions at once; several are done one after the other. `cuts` counts them.
    """

    def __init__(self, server: int) -> None:
        self._server = server
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(0.1)
        self.port: int = self._listener.getsockname()[1]
        self.cuts = 0
        self._plans: list[tuple[bytes, int]] = []
        self._closing = threading.Event()

    def cut_in(self, word: bytes, after: int) -> None:
        """Plan one more cut."""
        self._plans.append((word, after))

    def serve(self) -> None:
        """Take connections until told to end, and let go of everything then."""
        threads: list[threading.Thread] = []
        while not self._closing.is_set():
            try:
                client, _ = self._listener.accept()
            except TimeoutError:
                continue
            threads.append(threading.Thread(target=self._pass_on, args=(client,), daemon=True))
            threads[-1].start()
        for thread in threads:
            thread.join()
        self._listener.close()

    def end(self) -> None:
        """Ask it to end."""
        self._closing.set()

    def _pass_on(self, client: socket.socket) -> None:
        with (
            client,
            suppress(OSError),
            socket.create_connection(("127.0.0.1", self._server)) as server,
            selectors.DefaultSelector() as ready,
        ):
            others = {client: server, server: client}
            for one in others:
                ready.register(one, selectors.EVENT_READ)
            left: int | None = None
            while not self._closing.is_set():
                for key, _ in ready.select(0.1):
                    given = key.fileobj
                    assert isinstance(given, socket.socket)
                    got = given.recv(16_384)
                    if not got:
                        return
                    if given is client:
                        left = self._left(got, left)
                        if left is not None and left < 0:
                            server.sendall(got[:left] if -left < len(got) else b"")
                            self._break(client, server)
                            return
                    others[given].sendall(got)

    def _left(self, got: bytes, left: int | None) -> int | None:
        """How many more bytes may go on this connection; None where no cut is planned on it."""
        if left is not None:
            return left - len(got)
        if not self._plans:
            return None
        word, after = self._plans[0]
        at = got.find(word)
        if at < 0:
            return None
        del self._plans[0]
        return after - (len(got) - at)

    def _break(self, *ends: socket.socket) -> None:
        self.cuts += 1
        for end in ends:
            end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            end.close()


@contextmanager
def passing_on(server: int) -> Iterator[Proxy]:
    """A proxy of the server on this port, at work."""
    proxy = Proxy(server)
    thread = threading.Thread(target=proxy.serve, daemon=True)
    thread.start()
    try:
        yield proxy
    finally:
        proxy.end()
        thread.join()
