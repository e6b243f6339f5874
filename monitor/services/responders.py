"""Responders as people see them: what each can do, whether it answers, and what waits for it."""

from collections.abc import Callable, Mapping
from typing import Final

from msgspec import Struct
from sqlalchemy import Connection
from sqlalchemy import Engine as Database

from alerts.outbox import State, reason_of
from alerts.ports import Action
from alerts.responders.roster import Entry, Roster
from alerts.wording import plain, said
from monitor.clock import now_ms
from monitor.services.actor import Actor
from monitor.services.authority import Operation, allowed
from monitor.store import leases, outbox
from monitor.store.connection import reading
from monitor.store.leases import Watched

_WAITING: Final = (State.WAITING, State.LEASED)


class ResponderState(Struct, frozen=True, kw_only=True):
    """One responder. Times are ms since 1970 UTC, None for never or not now.

    `kind` and `actions` are empty for one that the settings do not name any more; `tenants` none
    for all. `open_until`: it failed `failures` times in a row, and is left in peace until then.
    `succeeded` is when it last carried an order out; `failed` when it last did not, for `reason`.
    `oldest` is when the oldest of those that wait was written.
    """

    name: str
    kind: str
    actions: tuple[Action, ...]
    tenants: tuple[str, ...]
    failures: int
    open_until: int | None
    succeeded: int | None
    failed: int | None
    reason: str
    oldest: int | None
    waiting: int
    dead: int
    parked: int
    done: int

    @property
    def is_known(self) -> bool:
        """Whether the settings have it."""
        return bool(self.actions)

    @property
    def is_failing(self) -> bool:
        """Whether it did not answer the last time it was asked."""
        return self.failures > 0

    @property
    def is_well(self) -> bool:
        """Whether nobody has to look."""
        return not (self.is_failing or self.dead or self.parked)


class Responders:
    """The responders of one database and its settings. Safe to share between threads."""

    def __init__(self, database: Database, roster: Roster, now: Callable[[], int] = now_ms) -> None:
        """`now` gives ms since 1970 UTC."""
        self._reading = reading(database)
        self._roster = roster
        self._now = now

    @allowed(Operation.OUTBOX_READ)
    def all(self, actor: Actor, language: str = "en") -> list[ResponderState]:
        """Those of the settings and those that ever had an order, those that need somebody
        first."""
        with self._reading.begin() as connection:
            return states_of(connection, self._roster, language)


def states_of(connection: Connection, roster: Roster, language: str) -> list[ResponderState]:
    """How each responder is, those that need somebody first."""
    tallies, watched = outbox.tallies(connection), leases.breakers(connection)
    entries = {entry.name: entry for entry in roster.entries}
    names = {*entries, *watched, *(one.responder for one in tallies)}
    found = [
        _state(
            connection,
            name,
            entries.get(name),
            {one.state: one for one in tallies if one.responder == name},
            watched.get(name),
            language,
        )
        for name in sorted(names)
    ]
    return sorted(found, key=lambda one: (one.is_well, not one.is_known))


def _state(
    connection: Connection,
    name: str,
    entry: Entry | None,
    tallies: Mapping[State, outbox.Tally],
    watched: Watched | None,
    language: str,
) -> ResponderState:
    count = {state: tallies[state].count if state in tallies else 0 for state in State}
    failed, reason = _failure(connection, name, tallies, watched)
    done = outbox.latest(connection, name, State.DONE) if State.DONE in tallies else None
    oldest = [tallies[state].oldest for state in _WAITING if state in tallies]
    breaker = None if watched is None else watched.breaker
    return ResponderState(
        name=name,
        kind="" if entry is None else entry.kind,
        actions=() if entry is None else tuple(one for one in Action if one in entry.actions),
        tenants=() if entry is None else tuple(sorted(entry.tenants)),
        failures=0 if breaker is None else breaker.failures,
        open_until=breaker.until if breaker is not None and breaker.is_open else None,
        succeeded=None if done is None else done[0],
        failed=failed,
        reason=plain(said(reason_of(reason), language)) if reason else "",
        oldest=min(oldest, default=None),
        waiting=sum(count[state] for state in _WAITING),
        dead=count[State.DEAD],
        parked=count[State.PARKED],
        done=count[State.DONE],
    )


def _failure(
    connection: Connection,
    name: str,
    tallies: Mapping[State, outbox.Tally],
    watched: Watched | None,
) -> tuple[int | None, str | None]:
    """When it last did not carry an order out, as far as that is still known, and why."""
    found: list[tuple[int, str | None]] = []
    if watched is not None and watched.breaker.failures:
        found.append((watched.updated, watched.reason))
    for state in (State.DEAD, State.WAITING):
        latest = outbox.latest(connection, name, state) if state in tallies else None
        if latest is not None and latest[1]:
            found.append(latest)
    return max(found, key=lambda one: one[0], default=(None, None))
