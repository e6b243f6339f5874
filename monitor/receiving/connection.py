"""One connection of a sender, encrypted or not: gives messages, never waits, never answers."""

import selectors
import socket
import ssl
from enum import Enum, auto
from typing import Final

from monitor.receiving.framing import Framing
from monitor.receiving.senders import Sender
from monitor.receiving.sockets import keep_alive
from monitor.sources.source import Rejected

HANDSHAKE_S: Final = 10.0
STALLED_S: Final = 60.0
"""Seconds that a handshake may take, and that a message may stand still in the middle."""
READ_BYTES: Final = 64 << 10


class State(Enum):
    """How far a connection is; what follows OPEN says how it ended."""

    GREETING = auto()
    OPEN = auto()
    ENDED = auto()
    NO_HANDSHAKE = auto()
    STALLED = auto()


class Connection:
    """A socket that does not wait, the stream that comes out of it, and when it was last alive."""

    def __init__(
        self,
        opened: socket.socket,
        sender: Sender,
        framing: Framing,
        context: ssl.SSLContext | None,
        now: float,
    ) -> None:
        """With a `context` it begins with a handshake. `now` in seconds, as everywhere here."""
        opened.setblocking(False)
        keep_alive(opened)
        self.sender = sender
        self.state = State.OPEN if context is None else State.GREETING
        self.wants = selectors.EVENT_READ
        self.octets = 0
        self.problem = ""
        self._framing = framing
        self._alive = now
        self._socket = opened
        self._encrypted: ssl.SSLSocket | None = None
        if context is not None:
            self._encrypted = self._socket = context.wrap_socket(
                opened, server_side=True, do_handshake_on_connect=False
            )

    def fileno(self) -> int:
        """The descriptor, for a selector."""
        return self._socket.fileno()

    def is_over(self) -> bool:
        """Whether nothing more will come."""
        return self.state not in (State.GREETING, State.OPEN)

    def read(self, now: float) -> tuple[list[bytes], list[Rejected]]:
        """What is there now: messages, and what is put aside. At the end, what it cut off."""
        self._alive = now
        lines: list[bytes] = []
        if self.state is State.GREETING and self._encrypted is not None:
            self._greet(self._encrypted)
        if self.state is State.OPEN:
            data = self._receive()
            if data:
                self.octets += len(data)
                lines = self._framing.feed(data)
            elif data is not None:
                self.state = State.ENDED
        if self._framing.is_lost and not self.is_over():
            self.state = State.ENDED
        if self.is_over():
            self._framing.finish()
        return lines, self._framing.take_rejected()

    def end_if_due(self, now: float, idle: float) -> list[Rejected]:
        """End it when it was silent for too long; what that cuts off is put aside."""
        silent = now - self._alive
        if self.state is State.GREETING:
            if silent >= HANDSHAKE_S:
                self.state = State.NO_HANDSHAKE
        elif silent >= (STALLED_S if self._framing.is_inside_message() else idle):
            self.state = State.STALLED
        return self.end() if self.is_over() else []

    def touch(self, now: float) -> None:
        """We did not read it: what was silent was not the sender."""
        self._alive = now

    def end(self) -> list[Rejected]:
        """End it from our side; what that cuts off is put aside."""
        if not self.is_over():
            self.state = State.ENDED
        self._framing.finish()
        return self._framing.take_rejected()

    def close(self) -> None:
        """Give back the socket."""
        self._socket.close()

    def _greet(self, encrypted: ssl.SSLSocket) -> None:
        try:
            encrypted.do_handshake()
        except ssl.SSLWantReadError:
            self.wants = selectors.EVENT_READ
        except ssl.SSLWantWriteError:
            self.wants = selectors.EVENT_WRITE
        except OSError as error:
            self.state, self.problem = State.NO_HANDSHAKE, str(error)
        else:
            self.state, self.wants = State.OPEN, selectors.EVENT_READ

    def _receive(self) -> bytes | None:
        """What came; None when nothing is there, empty at the end, however it came about."""
        try:
            return self._socket.recv(READ_BYTES)
        except (BlockingIOError, InterruptedError, ssl.SSLWantReadError):
            self.wants = selectors.EVENT_READ
            return None
        except ssl.SSLWantWriteError:
            self.wants = selectors.EVENT_WRITE
            return None
        except OSError as error:
            self.problem = str(error)
            return b""
