"""One engine to a database, and one that responds: locks that end with their process, however that
ends."""

import fcntl
import os
import select
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path
from typing import Any, Final, NamedTuple, Protocol

from sqlalchemy import Connection, NullPool, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError

from detectors.core.identity import digest64
from monitor.store.connection import explain, file_of, parse, shown
from monitor.trouble import Trouble

_LOOK_EVERY_S = 0.5
_LONGEST_NAME = 63
"""Bytes that PostgreSQL keeps of an application's name."""


class Right(NamedTuple):
    """What only one process at a time may be to a database, and how it is told: 'is ...'."""

    name: str
    words: str


ENGINE: Final = Right("engine", "the engine of")
RESPONDING: Final = Right("responding", "what responds for")


class EngineRunningError(Trouble):
    """Another process is what we want to be of this database."""


class LockLostError(Exception):
    """We are no longer known to be the only one of this database."""


class _Lock(Protocol):
    """What a kind of database gives: taken by one process at a time, gone with its process."""

    def take(self) -> str | None:
        """Try to get it, at once: None when it is ours, else who holds it."""
        ...

    def is_held(self) -> bool:
        """Whether it still is ours, as far as can be known without asking anybody."""
        ...

    def release(self) -> None:
        """Let go of it, and of the wish for it."""
        ...


class EngineLock:
    """The right to be the engine of one database, or another that there is. Of one thread."""

    def __init__(self, url: str | URL, right: Right = ENGINE) -> None:
        self._name = f"{right.words} {shown(url)}"
        self._shown = shown(url)
        target = parse(url)
        database = file_of(target)
        self._lock: _Lock
        if target.get_backend_name() == "postgresql":
            self._lock = _SessionLock(target, right.name)
        elif database is not None:
            own = "" if right is ENGINE else f".{right.name}"
            self._lock = _FileLock(Path(f"{database}{own}.lock"))
        else:
            self._lock = _NoLock()

    def take(self) -> None:
        """Be it, or raise EngineRunningError, naming who is."""
        holder = self._lock.take()
        if holder is not None:
            raise EngineRunningError(
                f"{self._shown} is in use by another vigie ({holder}): stop that one first"
            )

    def wait(
        self,
        is_stopping: Callable[[], bool],
        pause: Callable[[float], object],
        told: Callable[[str], object],
        *,
        patient: bool = False,
    ) -> bool:
        """Wait until we are it; False when told to stop before.

        Tells whom or what it waits for, once. A server that cannot be reached is an error when it
        is met first, and is waited for after that, or from the start when `patient`.
        """
        waits_for = ""
        while not is_stopping():
            try:
                holder = self._lock.take()
            except DBAPIError as error:
                if not (patient or waits_for):
                    raise
                holder = explain(error)
                reason = f"{holder}: waiting for it"
            else:
                if holder is None:
                    return True
                reason = f"another vigie ({holder}) is {self._name}: waiting for it"
            # Whoever ends between two looks has no name any more: that is no news.
            if holder != _ENDED or not waits_for:
                if reason != waits_for:
                    told(reason)
                waits_for = reason
            pause(_LOOK_EVERY_S)
        return False

    def check(self) -> None:
        """Raise LockLostError when it is no longer ours; cheap."""
        if not self._lock.is_held():
            raise LockLostError(f"the lock that makes us {self._name} is gone")

    def release(self) -> None:
        """Let somebody else be it."""
        self._lock.release()


@contextmanager
def only_engine(url: str | URL, right: Right = ENGINE) -> Iterator[EngineLock]:
    """Be the only one of this database while in the block, or raise EngineRunningError."""
    lock = EngineLock(url, right)
    try:
        lock.take()
        yield lock
    finally:
        lock.release()


@contextmanager
def next_engine(
    url: str | URL,
    is_stopping: Callable[[], bool],
    pause: Callable[[float], object],
    told: Callable[[str], object],
    right: Right = ENGINE,
) -> Iterator[EngineLock | None]:
    """Be the only one of this database while in the block, once the one before has ended; None
    when told to stop before that."""
    lock = EngineLock(url, right)
    try:
        yield lock if lock.wait(is_stopping, pause, told) else None
    finally:
        lock.release()


class _NoLock:
    """Of a database in memory, which nobody else can open."""

    def take(self) -> None:
        return None

    def is_held(self) -> bool:
        return True

    def release(self) -> None:
        return None


def _of_ours(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


class _FileLock:
    """`flock` on a file beside the database."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: TextIOWrapper | None = None

    def take(self) -> str | None:
        self.release()
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        file = open(self._path, "a+", opener=_of_ours)  # noqa: SIM115 - a Path opens for all
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            holder = file.read(20).strip() or "unknown"
            file.close()
            return f"process {holder}"
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        self._file = file
        return None

    def is_held(self) -> bool:
        # Somebody who removes the file makes way for another one.
        if self._file is None:
            return False
        try:
            return os.path.samestat(os.fstat(self._file.fileno()), self._path.stat())
        except FileNotFoundError:
            return False

    def release(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


class _SessionLock:
    """PostgreSQL's advisory lock on a session of its own, which the server ends with it."""

    def __init__(self, url: URL, right: str) -> None:
        self._url = url
        self._right = right
        self._connection: Connection | None = None

    def take(self) -> str | None:
        try:
            connection = self._connection = self._connection or self._session()
            schema = connection.execute(text("SELECT current_schema()")).scalar()
            key = {"key": digest64(f"vigie {self._right}", schema or "")}
            if connection.execute(text("SELECT pg_try_advisory_lock(:key)"), key).scalar():
                return None
            return _holder(connection, key, self._right)
        except DBAPIError:
            self.release()
            raise

    def is_held(self) -> bool:
        if self._connection is None or self._connection.invalidated:
            return False
        session: Any = self._connection.connection.dbapi_connection
        if session is None or session.closed:
            return False
        # The server says nothing by itself on this session but that it ends.
        if not select.select([session.fileno()], [], [], 0)[0]:
            return True
        try:
            self._connection.execute(text("SELECT 1"))
        except DBAPIError:
            self.release()
            return False
        return True

    def release(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.invalidate()
            connection.close()
            connection.engine.dispose()

    def _session(self) -> Connection:
        from monitor.store import postgresql  # noqa: PLC0415 - see connect()

        name = f"vigie {self._right}, process {os.getpid()} on {socket.gethostname()}"
        named = self._url.update_query_dict({"application_name": name[:_LONGEST_NAME]})
        # It is idle for as long as we run, whatever the server's usual limit.
        engine = postgresql.connect(named, {"idle_session_timeout": "0"}, poolclass=NullPool)
        return engine.connect().execution_options(isolation_level="AUTOCOMMIT")


_ENDED = "that has just ended"
_HOLDER = text(
    "SELECT a.application_name, a.pid, host(a.client_addr)"
    " FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid"
    " WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1"
    " AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    " AND (l.classid::int8 << 32) | l.objid::int8 = :key"
)


def _holder(connection: Connection, key: dict[str, int], right: str) -> str:
    row = connection.execute(_HOLDER, key).first()
    if row is None:
        return _ENDED
    application, process, address = row
    name = (application or "unknown").removeprefix(f"vigie {right}, ")
    return f"{name}, at the server {process}{f' from {address}' if address else ''}"
