"""A server that answers as a test wants it, over a real socket: well, wrongly, slowly, never."""

import socket
import threading
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Self

Speech = Callable[["Speaker", socket.socket], None]


def says(status: int, body: bytes = b"", *headers: str) -> Speech:
    """Answers whole, and closes."""

    def speech(speaker: "Speaker", talk: socket.socket) -> None:
        lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}", "Connection: close"]
        talk.sendall("\r\n".join([*lines, *headers, "", ""]).encode() + body)

    return speech


def drips(start: bytes) -> Speech:
    """Sends a beginning, then a byte every few milliseconds, for ever."""

    def speech(speaker: "Speaker", talk: socket.socket) -> None:
        talk.sendall(start)
        while not speaker.ending.wait(0.02):
            talk.sendall(b"a")

    return speech


def pours(speaker: "Speaker", talk: socket.socket) -> None:
    """Sends without an end, as fast as it is taken."""
    talk.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
    while not speaker.ending.is_set():
        talk.sendall(b" " * 65_536)


def hangs(speaker: "Speaker", talk: socket.socket) -> None:
    """Takes the question and says nothing."""
    speaker.ending.wait()


def hangs_up(speaker: "Speaker", talk: socket.socket) -> None:
    """Takes the question and closes."""


class Speaker:
    """Gives each connection the next of the speeches, and then the last of them again; `asked`
    is what came, heads and bodies."""

    def __init__(self, *speeches: Speech) -> None:
        self._speeches: Sequence[Speech] = speeches
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        self.asked: list[tuple[str, bytes]] = []
        self.ending = threading.Event()
        self._threads = [threading.Thread(target=self._serve)]

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.ending.set()
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        for thread in self._threads:
            thread.join(240)

    def _serve(self) -> None:
        while not self.ending.is_set():
            try:
                talk, _ = self._listening.accept()
            except OSError:
                return
            heard = self._heard(talk)
            if heard is None:
                talk.close()
                continue
            speech = self._speeches[min(len(self.asked), len(self._speeches) - 1)]
            self.asked.append(heard)
            thread = threading.Thread(target=self._speak, args=(talk, speech))
            self._threads.append(thread)
            thread.start()

    def _heard(self, talk: socket.socket) -> tuple[str, bytes] | None:
        """What is asked; None from who has gone away before it was said."""
        talk.settimeout(30)
        taken = b""
        try:
            while b"\r\n\r\n" not in taken:
                taken += _more(talk)
            head, _, body = taken.partition(b"\r\n\r\n")
            text = head.decode("latin-1").lower()
            length = int(text.partition("content-length:")[2].split("\r\n")[0] or 0)
            while len(body) < length:
                body += _more(talk)
        except OSError:
            return None
        return text, body

    def _speak(self, talk: socket.socket, speech: Speech) -> None:
        with talk:
            try:
                speech(self, talk)
            except OSError:
                return  # whoever asked has gone away


def _more(talk: socket.socket) -> bytes:
    """What comes next, of which there is always something. Raises OSError."""
    if part := talk.recv(65_536):
        return part
    raise ConnectionError("nothing more comes")
