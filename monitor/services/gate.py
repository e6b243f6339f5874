"""What the built-in gate answers about a session: let it pass, ask for proof, or turn it away.

For whoever stands before the application and asks at every request: one read by the primary key,
and nothing is written.
"""

from collections.abc import Callable, Iterable
from enum import StrEnum

from msgspec import Struct
from sqlalchemy import Engine as Database

from alerts.responders.gate import CHALLENGE, DISABLED, REVOKED
from monitor.clock import now_ms
from monitor.store.connection import reading
from monitor.store.gate_list import Entry, entries


class Verdict(StrEnum):
    """What becomes of a request; the gravest that stands."""

    PASS = "pass"
    CHALLENGE = "challenge"
    """A second factor is asked for first."""
    SIGN_IN = "sign_in"
    """The session was ended: its user signs in again."""
    DENY = "deny"
    """Nobody comes in with this account."""


class Answer(Struct, frozen=True, kw_only=True):
    """A verdict, until when it stands (ms, None for until it is taken back or does not stand at
    all), and the order that it stands on."""

    verdict: Verdict = Verdict.PASS
    until: int | None = None
    order: str = ""


class Gate:
    """Reads the list of one database. Safe to share between threads."""

    def __init__(self, database: Database, now: Callable[[], int] = now_ms) -> None:
        """`now` gives ms since 1970 UTC."""
        self._reading = reading(database)
        self._now = now

    def ask(self, tenant: str, account: str, began: int) -> Answer:
        """About a session of an account that began at a time (ms). Raises
        sqlalchemy.exc.DBAPIError: whoever stands before the application decides what is done
        then."""
        with self._reading.begin() as connection:
            found = entries(connection, tenant, account, self._now())
        return answer(found, began)


def answer(standing: Iterable[Entry], began: int) -> Answer:
    """The gravest verdict of what stands against an account, for a session that began then."""
    told = {entry.verdict: entry for entry in standing}
    for name, verdict in (
        (DISABLED, Verdict.DENY),
        (REVOKED, Verdict.SIGN_IN),
        (CHALLENGE, Verdict.CHALLENGE),
    ):
        entry = told.get(name)
        if entry is None or (name == REVOKED and began >= entry.since):
            # Who has signed in since is let pass.
            continue
        return Answer(verdict=verdict, until=entry.until, order=entry.key)
    return Answer()
