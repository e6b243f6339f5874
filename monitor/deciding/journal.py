"""Questions on their way into a database that has one writer at a time: a file of their own.

The engine holds the one writer's place for as long as a batch takes, and whoever signs in does not
wait for that. So what is asked is committed to a small file beside the database, answered, and
carried over when there is a gap. A kill at any instant leaves it in the one, in the other, or in
both, and twice is once: the question's row says whether it is there.
"""

import logging
import os
import sqlite3
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from msgspec import structs
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from monitor.clock import monotonic, now_ms
from monitor.deciding.shelf import Direct, Entry, decode, encode, enter
from monitor.store.connection import explain, is_busy
from monitor.store.sign_in_questions import QuestionRow

SUFFIX: Final = "-asked"
"""What the file is called behind the database's name."""
AT_ONCE: Final = 200
_RETRY_S = 0.05
_LINGER_S = 0.25
_LOOK_S = 5.0
"""How often it is looked whether a process that died left anything."""
_SWEEP_S = 5.0
"""How often what went is overwritten."""
_BUSY_MS = 2_000
_TABLE = (
    "CREATE TABLE IF NOT EXISTS waiting ("
    " id INTEGER PRIMARY KEY AUTOINCREMENT,"
    " handle TEXT NOT NULL, asker TEXT NOT NULL, question TEXT NOT NULL,"
    " is_end INTEGER NOT NULL, received INTEGER NOT NULL, body BLOB NOT NULL)"
)
_INDEXES = (
    "CREATE UNIQUE INDEX IF NOT EXISTS uq_waiting ON waiting (asker, question, is_end)",
    "CREATE INDEX IF NOT EXISTS ix_waiting_handle ON waiting (handle)",
)
_PUT = (
    "INSERT INTO waiting (handle, asker, question, is_end, received, body)"
    " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING handle"
)
_NEXT = "SELECT id, received, body FROM waiting WHERE id > ? ORDER BY id LIMIT ?"

log = logging.getLogger(__name__)


class Journal:
    """The file, and the thread that carries over what is in it."""

    def __init__(self, path: Path, engine: Engine, now: Callable[[], int] = now_ms) -> None:
        """Opened with the first question, or at once where the file is there: whoever had it may
        have left something. Several processes may have it."""
        self._path = path
        self._engine = engine
        self._there = Direct(engine)
        self._now = now
        self._lock = threading.RLock()
        self._opened: sqlite3.Connection | None = None
        self._changed = threading.Event()
        self._ending = threading.Event()
        self._is_closed = False
        self._thread: threading.Thread | None = None
        # Whether bytes of what was carried over may be left in the file; another may have.
        self._left = True
        if path.exists():
            self._start()

    def put(self, given: Sequence[Entry], now: int) -> set[str]:
        """In one transaction of the file."""
        new: set[str] = set()
        with self._lock, self._own() as connection:
            connection.execute("BEGIN IMMEDIATE")
            for one in given:
                row = one.row
                # Another process may have kept it here, and carried it over meanwhile.
                if not one.is_end and self._is_there(row):
                    continue
                values = (row.handle, row.asker, row.question, one.is_end, now, encode(one))
                new.update(handle for (handle,) in connection.execute(_PUT, values).fetchall())
        self._changed.set()
        return new

    def find(self, asker: str, question: str) -> QuestionRow | None:
        """What somebody asked under this name, here or there."""
        mine = "asker = ? AND question = ? AND is_end = 0"
        return self._first(mine, (asker, question)) or self._there.find(asker, question)

    def of(self, handle: str) -> QuestionRow | None:
        """The question of this handle, and how it ended, here or there."""
        # In the order in which things leave: what is not here any more is there already.
        ended = self._first("handle = ? AND is_end = 1", (handle,))
        row = self._first("handle = ? AND is_end = 0", (handle,)) or self._there.of(handle)
        if row is None or ended is None or row.outcome is not None:
            return row
        return structs.replace(row, outcome=ended.outcome)

    def waiting(self) -> int:
        """How many are here."""
        with self._lock:
            return int(self._own().execute("SELECT count(*) FROM waiting").fetchone()[0])

    def close(self) -> None:
        """End the thread; what is not carried over is so at the next start."""
        self._is_closed = True
        self._ending.set()
        self._changed.set()
        if self._thread is not None:
            self._thread.join()
        with self._lock:
            if self._opened is not None:
                self._opened.close()

    def _start(self) -> None:
        self._thread = threading.Thread(target=self._run, name="asked", daemon=True)
        self._thread.start()

    def _own(self) -> sqlite3.Connection:
        if self._opened is None:
            self._opened = _opened(self._path)
            if self._thread is None:
                self._start()
        return self._opened

    def _is_there(self, row: QuestionRow) -> bool:
        """Whether something was asked under the same name; a handle is nobody else's."""
        if row.question == row.handle:
            return False
        return self._there.find(row.asker, row.question) is not None

    def _first(self, where: str, values: tuple[str, ...]) -> QuestionRow | None:
        # What is asked for is one of two texts above.
        query = f"SELECT body FROM waiting WHERE {where} LIMIT 1"  # noqa: S608
        if self._opened is None and not self._path.exists():
            return None
        with self._lock:
            row = self._own().execute(query, values).fetchone()
        return None if row is None else _told(decode(row[0]))

    def _run(self) -> None:
        # What is carried over twice is there once: forgetting it here may be taken back.
        own = _opened(self._path, durable=False)
        swept = monotonic()
        try:
            while not self._is_closed:
                is_empty = self._carry(own)
                if is_empty and self._left and monotonic() - swept >= _SWEEP_S:
                    self._left, swept = not _sweep(own), monotonic()
                if is_empty:
                    self._changed.wait(_LOOK_S)
                    self._changed.clear()
                # What comes meanwhile goes with it: each time costs the disk as much as an answer.
                self._ending.wait(_LINGER_S if is_empty else _RETRY_S)
            self._carry(own)
        finally:
            own.close()

    def _carry(self, own: sqlite3.Connection) -> bool:
        """Carry over all that is there; whether nothing is left."""
        try:
            while rows := own.execute(_NEXT, (0, AT_ONCE)).fetchall():
                entries = [decode(body) for _, _, body in rows]
                with self._engine.begin() as connection:
                    enter(connection, entries, rows[-1][1])
                with self._lock, own:
                    own.execute("BEGIN IMMEDIATE")
                    own.executemany("DELETE FROM waiting WHERE id = ?", [row[:1] for row in rows])
                self._left = True
        except DBAPIError as error:
            if not is_busy(error):
                log.warning("what was asked waits beside the database: %s", explain(error))
            return False
        except (sqlite3.Error, SQLAlchemyError) as error:
            log.warning("what was asked waits beside the database: %s", type(error).__name__)
            return False
        return True


def _told(entry: Entry) -> QuestionRow:
    """Its row, with the outcome that it tells."""
    if not entry.is_end:
        return entry.row
    return structs.replace(entry.row, outcome=entry.asked.outcome.value)


def _sweep(connection: sqlite3.Connection) -> bool:
    """Leave nothing in the file's log of what went, for whoever was asked about may be erased;
    whether that was done."""
    try:
        [(is_busy_now, _, _)] = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    except sqlite3.Error:
        return False
    return not is_busy_now


def _opened(path: Path, *, durable: bool = True) -> sqlite3.Connection:
    # Who signed in is nobody else's to read; what SQLite puts beside it is as open as it is.
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
    connection.execute(f"PRAGMA busy_timeout = {_BUSY_MS}")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA secure_delete = ON")
    # What was answered must be there also after a power cut.
    connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
    connection.execute(_TABLE)
    for index in _INDEXES:
        connection.execute(index)
    return connection
