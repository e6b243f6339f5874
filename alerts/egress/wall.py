"""The wall that whatever is sent passes, by any library: which addresses, and how long.

Python tells an audit hook (PEP 578) of each socket that is to be connected, with the numeric
address, before it is. A wall *stands* for a block of code: for what that block calls, and for the
threads that it begins by `threading`. Elsewhere in the process nothing is looked at. What is no
Python (libpq, the resolver) is not seen.
"""

import os
import socket
import sys
import threading
from collections.abc import Callable, Iterator, MutableMapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import Any, Final
from weakref import WeakKeyDictionary

from alerts.egress.destinations import Destinations, read
from alerts.egress.outbound import Outbound

_CONNECT: Final = "socket.connect"
_CONNECTS: Final = frozenset((_CONNECT, "socket.sendto", "socket.sendmsg"))
_PROCESSES: Final = frozenset(
    ("subprocess.Popen", "os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.system")
)
_PROXIES: Final = ("http_proxy", "https_proxy", "ftp_proxy", "all_proxy")
MOST_REFUSED: Final = 20
"""Refusals that a standing wall remembers."""


class ForbiddenError(PermissionError):
    """Something that the wall does not let out: libraries meet it as a failed connection."""

    def __init__(self, why: str) -> None:
        super().__init__(f"refused by the settings' [outbound]: {why}")
        self.why = why


class Standing:
    """One block behind the wall. `refused`: what it did not let out, in words."""

    def __init__(self, destinations: Destinations, outer: "Standing | None") -> None:
        self.refused: list[str] = []
        self._is_late = False
        self._destinations = destinations
        self._outer = outer
        self._is_over = False
        self._lock = threading.Lock()
        self._connections: list[socket.socket] = []

    @property
    def is_late(self) -> bool:
        """Whether its time, or that of a block around it, was up before it ended: every connection
        that it had made was cut."""
        return self._is_late or (self._outer is not None and self._outer.is_late)

    def connects(self, connection: socket.socket, address: object, *, is_kept: bool) -> None:
        """A socket is about to be connected, or to send one message unless `is_kept`. Raises
        ForbiddenError, TimeoutError."""
        why = self._why_not(connection, address)
        if why is not None:
            raise self.refusal(why)
        if self._outer is not None:
            try:
                self._outer.connects(connection, address, is_kept=is_kept)
            except ForbiddenError as error:
                self._remember(error.why)
                raise
        with self._lock:
            if self._is_late:
                raise TimeoutError("the time for all of it is up")
            if self._is_over:
                raise self.refusal("a connection after the end of what it was for")
            if is_kept:  # a copy: TLS takes the socket's own handle away from it
                self._connections.append(socket.socket(fileno=os.dup(connection.fileno())))

    def refusal(self, why: str) -> ForbiddenError:
        """The error for it, which is remembered here and around."""
        standing: Standing | None = self
        while standing is not None:
            standing._remember(why)
            standing = standing._outer
        return ForbiddenError(why)

    def cut(self) -> None:
        """Time is up: whoever waits for an answer waits no longer."""
        with self._lock:
            self._is_late = not self._is_over
            self._close(how=socket.SHUT_RDWR)

    def end(self) -> None:
        """Nothing is connected for it from now on; what it connected is its owner's to close."""
        with self._lock:
            self._is_over = True
            self._close(how=None)

    def _remember(self, why: str) -> None:
        if len(self.refused) < MOST_REFUSED:
            self.refused.append(why)

    def _close(self, how: int | None) -> None:
        for connection in self._connections:
            if how is not None:
                _shut(connection, how)
            connection.close()
        self._connections.clear()

    def _why_not(self, connection: socket.socket, address: object) -> str | None:
        if connection.family not in (socket.AF_INET, socket.AF_INET6):
            return "a connection that is no internet one"
        if address is None:  # of a socket that is connected already
            return None
        if not isinstance(address, tuple) or len(address) < 2 or not isinstance(address[0], str):
            return "an address that cannot be read"
        host, port = address[0], address[1]
        why = self._destinations.why_not(host, port, _resolved)
        return None if why is None else f"{host} port {port} ({why})"


class Wall:
    """What the settings let out. Raises ValueError for entries that cannot be read."""

    def __init__(self, outbound: Outbound) -> None:
        self.outbound = outbound
        self._destinations = Destinations(read(outbound.allow), outbound.internet)

    def why_not(self, host: str, port: int) -> str | None:
        """Why a host, by name or address, cannot be connected to as it is at now; None where it
        can. Nothing is connected to."""
        found = _resolved(host)
        if not found:
            return f"{host} is not known"
        refused = [(one, self._destinations.why_not(one, port, _resolved)) for one in found]
        if any(why is None for _, why in refused):
            return None
        return ", ".join(f"{one} is not allowed ({why})" for one, why in dict(refused).items())

    @contextmanager
    def standing(self, whole_s: float | None = None) -> Iterator[Standing]:
        """Within it, and in threads that are begun within, nothing else is connected to, and no
        process is begun; after `whole_s` (None: the settings' own) connections are cut. For code
        that waits, not for coroutines: whatever else the thread does meanwhile is within."""
        _install()
        thread = threading.current_thread()
        standing = Standing(self._destinations, _here())
        seconds = self.outbound.whole_seconds if whole_s is None else whole_s
        timer = threading.Timer(seconds, standing.cut)
        timer.daemon = True
        timer.start()
        token = _standing.set(standing)
        before, _within[thread] = _within.get(thread), standing
        try:
            yield standing
        finally:
            _standing.reset(token)
            if before is None:
                del _within[thread]
            else:
                _within[thread] = before
            timer.cancel()
            standing.end()


def forget_proxies(environment: MutableMapping[str, str] | None = None) -> None:
    """Take the proxies out of the process's environment: behind one, the wall sees nothing but the
    proxy. For the process that delivers, once, before anything else runs in it."""
    given = os.environ if environment is None else environment
    for name in [*given]:
        if name.lower() in _PROXIES:
            del given[name]
    given["NO_PROXY"] = given["no_proxy"] = "*"


# Both: a context goes along to threads that were there before, a thread knows it in every context.
_standing: ContextVar[Standing | None] = ContextVar("standing", default=None)
_within: WeakKeyDictionary[threading.Thread, Standing] = WeakKeyDictionary()
_installing = threading.Lock()
_installed: list[bool] = []


def _install() -> None:
    """Once a process: a hook cannot be taken away again."""
    with _installing:
        if not _installed:
            sys.addaudithook(_look)
            # Of a thread that begins, the hook is told nothing before Python 3.12, and there no
            # context is handed on.
            threading.Thread.start = _beginning(threading.Thread.start)  # type: ignore[method-assign, assignment]
            _installed.append(True)


def _beginning(start: Callable[[threading.Thread], None]) -> Callable[[threading.Thread], None]:
    @wraps(start)
    def begin(thread: threading.Thread) -> None:
        standing = _here()
        if standing is not None:
            _within[thread] = standing
        start(thread)

    return begin


def _here() -> Standing | None:
    return _standing.get() or _within.get(threading.current_thread())


def _look(event: str, given: tuple[Any, ...]) -> None:
    if event in _CONNECTS:
        standing = _here()
        if standing is not None:
            standing.connects(given[0], given[1], is_kept=event == _CONNECT)
    elif event in _PROCESSES:
        standing = _here()
        if standing is not None:
            raise standing.refusal("another process")


def _shut(connection: socket.socket, how: int) -> None:
    try:
        connection.shutdown(how)
    except OSError:  # not connected, or no more
        return


def _resolved(host: str) -> list[str]:
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return []
    return [str(each[4][0]) for each in found]
