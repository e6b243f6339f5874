"""One engine to a database: a lock that ends with its process, however that ends."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.engine import URL

from monitor.store.connection import file_of


class EngineRunningError(Exception):
    """Another process is the engine of this database."""


@contextmanager
def only_engine(url: str | URL) -> Iterator[None]:
    """Be the only engine of this SQLite database while in the block.

    Raises EngineRunningError, naming the process that is. A database in memory, or on a server,
    has no lock file.
    """
    database = file_of(url)
    if database is None:
        yield
        return
    path = Path(f"{database}.lock")
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with path.open("a+") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            held.seek(0)
            holder = held.read(20).strip() or "unknown"
            raise EngineRunningError(
                f"{database} is in use by another vigie (process {holder}): stop that one first"
            ) from None
        held.seek(0)
        held.truncate()
        held.write(str(os.getpid()))
        held.flush()
        yield
