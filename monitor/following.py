"""Follows Keycloak realms beside the engine: each is read as often as its settings say.

On a thread of its own, with a connection of its own, in transactions of a few accounts: the engine
waits for none of it. What goes wrong is told and tried again, and takes nothing back.
"""

import logging
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from types import TracebackType
from typing import Final, Self

from msgspec import Struct
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from monitor.clock import monotonic
from monitor.directory.importing import Missing, Outcome
from monitor.directory.keycloak import RealmTerms, Told
from monitor.directory.refusal import DirectoryError
from monitor.services.actor import DAEMON
from monitor.services.realm_import import RealmImport
from monitor.sources.realm_users import RealmUsers, open_realm
from monitor.sources.refusal import RealmError
from monitor.store.connection import connect

LOOK_EVERY_S: Final = 5.0
"""How often it is looked whether a realm is due."""
FIRST_S: Final = 30.0
"""How long after a start a realm is read first: the engine has enough to do until then."""
AGAIN_S: Final = 300.0
"""How long after it failed a realm is read again, if it is not due before."""
_GRACE_S = 5.0

log = logging.getLogger(__name__)


class Followed(Struct, frozen=True):
    """What one reading of a realm came to."""

    users: int
    is_whole: bool
    outcomes: Mapping[Outcome, int]


class Following:
    """Reads realms until the block ends."""

    def __init__(self, realms: Callable[[], Mapping[str, RealmTerms]], url: str) -> None:
        """`realms` gives those of the settings as they are; `url` is the database's address."""
        self._realms = realms
        self._url = url
        self._stop = threading.Event()
        self._due: dict[str, float] = {}
        self._began = monotonic()
        self._thread = threading.Thread(target=self._run, name="realms", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        self._thread.join(_GRACE_S)

    def _run(self) -> None:
        while not self._stop.wait(LOOK_EVERY_S):
            for name, terms in self._realms().items():
                if terms.every_minutes and self._is_due(name) and not self._stop.is_set():
                    self._due[name] = monotonic() + self._read(name, terms)

    def _is_due(self, name: str) -> bool:
        return monotonic() >= self._due.get(name, self._began + FIRST_S)

    def _read(self, name: str, terms: RealmTerms) -> float:
        """Follow one; in how many seconds it is due again."""
        interval = terms.every_minutes * 60
        database = connect(self._url)
        try:
            told = follow(database, name, terms, self._stop.wait, self._stop.is_set)
        except (RealmError, DirectoryError, DBAPIError, ValueError, OSError) as error:
            log.warning("realm %s is not followed for now: %s", name, _why(error))
            return min(interval, AGAIN_S)
        finally:
            database.dispose()
        counts = ", ".join(f"{count} {what.value}" for what, count in told.outcomes.items())
        log.info("realm %s: %d users read, %s", name, told.users, counts or "none")
        return interval


def follow(
    database: Engine,
    name: str,
    terms: RealmTerms,
    wait: Callable[[float], object],
    is_stopping: Callable[[], bool],
) -> Followed:
    """Read a realm once and take its users into the directory; offboard those that are gone where
    the terms say so and nothing was missed. Raises RealmError, DirectoryError, ValueError."""
    users = RealmUsers(open_realm(name, terms), name, terms, wait, is_stopping)
    there: set[str] = set()

    def read() -> Iterator[Told]:
        for told in users.read():
            there.add(told.user.id)
            yield told

    taking = RealmImport(database, name, terms)
    outcomes = Counter(taken.outcome for taken in taking.follow(DAEMON, read()))
    if users.is_whole and terms.missing is Missing.OFFBOARD:
        outcomes.update(taken.outcome for taken in taking.follow_gone(DAEMON, frozenset(there)))
    return Followed(users.seen, users.is_whole, outcomes)


def _why(error: Exception) -> str:
    """Without a statement and its values."""
    return type(error).__name__ if isinstance(error, DBAPIError) else str(error)
