"""A rehearsal beside the console: a process of its own that tries one draft of a policy, tells how
far it is, and ends when it is done, cancelled, too large, too long, or alone.

What it is told comes as one line of JSON on standard input, which stays open for as long as
somebody wants to know.
"""

import os
import resource
import sys
import threading
from collections.abc import Callable
from typing import Any, Final

import msgspec
from msgspec import Struct
from sqlalchemy import Engine as Database
from sqlalchemy.exc import DBAPIError

from alerts.document import PolicyError, read_text
from alerts.outlook import Example, Outlook, examples, outlook
from alerts.trial import compare
from detectors.core.event import DAY, MINUTE
from monitor import clock, logs
from monitor.rehearsal import Side, Span, TooMuchError, Under, count, finds_alike, rehearse
from monitor.settings import Settings, from_json
from monitor.store import policies, rehearsals
from monitor.store.connection import connect, is_busy, reading
from monitor.store.rehearsals import State, StoredRehearsal

SPANS: Final = ((30, 30), (30, 14), (30, 0), (14, 14), (7, 7), (3, 3), (1, 1))
"""Days that are shown, and days before them that accounts are known from: the first that are not
too many events."""
MOST: Final = 400_000
"""Events that are folded beside a console: it may take 0.7 GB for a while, not more."""
MEMORY: Final = 2 << 30
"""Bytes that the process may have for its own."""
LONGEST: Final = 20 * MINUTE
"""How long (ms) one may take."""
TELL_EVERY_S: Final = 1.0
NICENESS: Final = 10
_ENCODE: Final = msgspec.msgpack.Encoder().encode


class CancelledError(Exception):
    """Nobody wants to know any more."""


class TooLongError(Exception):
    """It took longer than one may."""


class Errand(Struct, frozen=True, kw_only=True):
    """Whose draft is to be tried, and which attempt this is."""

    owner: str
    attempt: str


class Telling:
    """Says how far a rehearsal is, once a second at most, and hears whether it is to go on."""

    def __init__(
        self,
        database: Database,
        errand: Errand,
        total: int,
        now: Callable[[], int] = clock.now_ms,
        longest: int = LONGEST,
    ) -> None:
        self._database = database
        self._errand = errand
        self._total = total
        self._now = now
        self._done = 0
        self._last = clock.monotonic()
        self._ends = self._last + longest / 1_000

    def start(self) -> None:
        """Tell how much there is to do. Raises CancelledError."""
        self._tell()

    def passed(self, number: int) -> None:
        """So many events more are folded. Raises CancelledError, TooLongError."""
        self._done += number
        at = clock.monotonic()
        if at > self._ends:
            raise TooLongError
        if at - self._last >= TELL_EVERY_S:
            self._last = at
            self._tell()

    def _tell(self) -> None:
        owner, attempt = self._errand.owner, self._errand.attempt
        told = {"done": self._done, "total": self._total}
        try:
            with self._database.begin() as connection:
                goes_on = rehearsals.tell(connection, owner, attempt, self._now(), **told)
        except DBAPIError as error:
            if not is_busy(error):
                raise
            return
        if not goes_on:
            raise CancelledError


def run(
    database: Database,
    settings: Settings,
    errand: Errand,
    now: Callable[[], int] = clock.now_ms,
    longest: int = LONGEST,
) -> State:
    """Try the draft of an errand, and keep what it comes to; how it ended."""
    stored = _found(database, errand)
    if stored is None:
        return State.CANCELLED
    trouble = ""
    try:
        found, shown = _tried(database, settings, stored, errand, now, longest)
    except CancelledError:
        return State.CANCELLED
    except TooMuchError:
        trouble = "too-much"
    except TooLongError:
        trouble = "too-long"
    except MemoryError:
        trouble = "memory"
    except PolicyError:
        trouble = "document"
    with database.begin() as connection:
        own = (connection, errand.owner, errand.attempt, now())
        if trouble:
            rehearsals.end(*own, State.FAILED, trouble=trouble)
            return State.FAILED
        rows = [(one.subject.key(), _ENCODE(one)) for one in shown]
        rehearsals.end(*own, State.DONE, body=_ENCODE(found), examples=rows)
    return State.DONE


def fitting(database: Database, until: int, most: int = MOST) -> tuple[Span, int]:
    """The longest time up to `until` (ms) that is not too many events, and how many those are.
    Raises TooMuchError."""
    error: TooMuchError | None = None
    for days, history in SPANS:
        since = until - days * DAY
        span = Span(since - history * DAY, since, until)
        try:
            return span, count(database, span, most)
        except TooMuchError as again:
            error = again
    assert error is not None  # noqa: S101 - there are spans
    raise error


def _found(database: Database, errand: Errand) -> StoredRehearsal | None:
    with reading(database).begin() as connection:
        stored = rehearsals.of(connection, errand.owner)
    is_wanted = stored is not None and stored.attempt == errand.attempt
    return stored if is_wanted else None


def _tried(
    database: Database,
    settings: Settings,
    stored: StoredRehearsal,
    errand: Errand,
    now: Callable[[], int],
    longest: int,
) -> tuple[Outlook, tuple[Example, ...]]:
    with reading(database).begin() as connection:
        held = policies.holding(connection).policy
    before, after = Under(settings, held), Under(settings, read_text(stored.document))
    span, total = fitting(database, now())
    is_once = finds_alike(database, before, after)
    telling = Telling(database, errand, total if is_once else 2 * total, now, longest)
    telling.start()
    first, second = _both(database, before, after, span, telling, is_once=is_once)
    found = compare(first.decided, second.decided)
    told = outlook(
        first.decided,
        second.decided,
        found,
        findings=(first.findings, second.findings),
        since=span.since,
        until=span.until,
        history=span.history,
    )
    return told, examples(found)


def _both(
    database: Database, before: Under, after: Under, span: Span, telling: Telling, *, is_once: bool
) -> tuple[Side, Side]:
    if is_once:
        both = (before.policy, after.policy)
        first, second = rehearse(database, before, span, both, telling.passed)
        return first, second
    (first,) = rehearse(database, before, span, (before.policy,), telling.passed)
    (second,) = rehearse(database, after, span, (after.policy,), telling.passed)
    return first, second


def _bound() -> None:
    """Take no more memory than is ours, and the processor behind everybody else."""
    _soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    limit = MEMORY if hard == resource.RLIM_INFINITY else min(MEMORY, hard)
    resource.setrlimit(resource.RLIMIT_DATA, (limit, hard))
    os.nice(NICENESS)


def _end_with(watched: int) -> None:
    while os.read(watched, 4_096):
        pass
    os._exit(0)


def _first_line(watched: int) -> bytes:
    """Unbuffered: nothing may hold on to what another thread waits for."""
    told = bytearray()
    while not told.endswith(b"\n") and (part := os.read(watched, 1 << 16)):
        told += part
    return bytes(told)


def main() -> None:
    """`python -m monitor.rehearsing`, told by a line what to do."""
    watched = sys.stdin.fileno()
    told: dict[str, Any] = msgspec.json.decode(_first_line(watched))
    settings = from_json(msgspec.json.encode(told.pop("settings")))
    logs.configure(settings.log.format, settings.log.level, "rehearsal")
    threading.Thread(target=_end_with, args=(watched,), daemon=True).start()
    _bound()
    database = connect(settings.database_url)
    try:
        run(database, settings, Errand(**told))
    finally:
        database.dispose()


if __name__ == "__main__":
    main()
