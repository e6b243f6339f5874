"""What the built-in gate answers about a session, read from the tables themselves.

The gate's own processes answer from memory (`monitor/gate/memory.py`); this is for whoever asks
once, and has to know what is committed now.
"""

from collections.abc import Callable

from sqlalchemy import Engine as Database

from monitor.clock import now_ms
from monitor.gate.judging import Answer, judge
from monitor.gate.reading import standing_of
from monitor.store.connection import reading


class Gate:
    """Reads the tables of one database. Safe to share between threads."""

    def __init__(self, database: Database, now: Callable[[], int] = now_ms) -> None:
        """`now` gives ms since 1970 UTC."""
        self._reading = reading(database)
        self._now = now

    def ask(self, tenant: str, account: str, session: str = "", began: int = 0) -> Answer:
        """About a session of an account that began at a time (ms; 0 where nobody knows). Raises
        sqlalchemy.exc.DBAPIError."""
        now = self._now()
        with self._reading.begin() as connection:
            standing = standing_of(connection, (tenant, account), now)
        return judge(standing, session, began, now)
