"""Tells systemd how we are, as sd_notify(3) says: a datagram to the socket that it names."""

import os
import socket
from collections.abc import Mapping
from contextlib import suppress

from monitor import clock

_ADDRESS = "NOTIFY_SOCKET"
_WATCHDOG = "WATCHDOG_USEC"
_WATCHED = "WATCHDOG_PID"


class Notifier:
    """Says nothing where no service manager listens. Never waits, and never fails."""

    def __init__(self, environment: Mapping[str, str] | None = None) -> None:
        """`environment` None is the process's own."""
        given = os.environ if environment is None else environment
        self._address = given.get(_ADDRESS, "")
        self._every = _watchdog_s(given)
        self._alive = -self._every
        self._status = ""

    @property
    def is_heard(self) -> bool:
        """Whether anybody listens."""
        return bool(self._address)

    def ready(self) -> None:
        """We do what we are for; also after reloading."""
        self._send("READY=1")

    def reloading(self) -> None:
        """We read our settings again; `ready` ends it."""
        self._send(f"RELOADING=1\nMONOTONIC_USEC={clock.monotonic_us()}")

    def stopping(self) -> None:
        """We end."""
        self._send("STOPPING=1")

    def status(self, text: str) -> None:
        """What we do, in a few words; told when it is something else than before."""
        text = " ".join(text.split())
        if text != self._status:
            self._status = text
            self._send(f"STATUS={text}")

    def alive(self) -> None:
        """We are not stuck; told twice as often as it has to be."""
        if self._every and clock.monotonic() - self._alive >= self._every:
            self._alive = clock.monotonic()
            self._send("WATCHDOG=1")

    def _send(self, text: str) -> None:
        if not self._address:
            return
        # An address in the abstract name space is written with an @ for its first byte, 0.
        address = f"\0{self._address[1:]}" if self._address[0] == "@" else self._address
        with (
            suppress(OSError),
            socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as told,
        ):
            told.setblocking(False)
            told.sendto(text.encode(), address)


def _watchdog_s(given: Mapping[str, str]) -> float:
    """Half the time (s) after which we count as stuck; 0 where nobody watches us."""
    try:
        microseconds = int(given.get(_WATCHDOG, "0"))
        watched = int(given.get(_WATCHED, str(os.getpid())))
    except ValueError:
        return 0.0
    return microseconds / 2e6 if watched == os.getpid() and microseconds > 0 else 0.0
