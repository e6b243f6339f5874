"""Details of events: accounts follow the horizon first, so that nothing is folded without them."""

from typing import ClassVar

from msgspec import msgpack, structs
from sqlalchemy import Connection

from detectors.core.identity import first_id
from monitor import horizon
from monitor.retention.job import Due, Job, Work
from monitor.retention.periods import Limits
from monitor.store import forgetting, tables
from monitor.store.writing import decode_event, encode_event
from monitor.truncation import truncated

_ACCOUNTS = 25
_FOLDED = 200
"""Events folded in one step."""
_TRUNCATED = 250
_FINDINGS = 500


class Details(Job):
    """Moves the horizon, and truncates what is behind it; evidence for review stays whole."""

    name: ClassVar[str] = "details"
    title: ClassVar[str] = "addresses and user agents of events"

    def __init__(self) -> None:
        self._account: int | None = None
        self._finding: bytes | None = bytes(16)
        self._cited: set[bytes] = set()
        self._event = bytes(16)

    def step(self, work: Work) -> int | None:
        """Carry some accounts on to the horizon, else truncate some events behind it."""
        at = work.cells.beginnings.horizon
        if at.closed < work.limits.folded:
            # What comes in from before it, from now on, is too late.
            at = move(work, closed=work.limits.folded)
        if at.carried < at.closed:
            return self._carry(work)
        if work.limits.truncates and at.coarse < at.carried:
            return self._truncate(work)
        return None

    def due(self, connection: Connection, limits: Limits) -> Due:
        """Events that have their details, and those that lose them."""
        at = horizon.noted(connection)
        table, whole = tables.events, first_id(at.coarse)
        limit = limits.folded if limits.truncates else 0
        return Due(
            kept=forgetting.count(connection, table, table.c.id >= whole),
            due=forgetting.count(
                connection, table, table.c.id >= whole, table.c.id < first_id(limit)
            ),
            before=limit,
        )

    def _carry(self, work: Work) -> int:
        beginnings = work.cells.beginnings
        at = beginnings.horizon
        span = first_id(at.carried), first_id(at.closed)
        some = work.writing.subjects_between(self._account, *span, _ACCOUNTS)
        room = _FOLDED
        for key, subject in some.items():
            folded = beginnings.carry(work.writing, subject, work.cells.run, work.limits.time, room)
            room -= folded
            if room <= 0:
                # It may have more: it is gone on with.
                return 0
            self._account = key
        if not some:
            self._account = None
            move(work, carried=at.closed)
        # Nothing is forgotten by following.
        return 0

    def _truncate(self, work: Work) -> int:
        at = work.cells.beginnings.horizon
        if self._finding is not None:
            found, self._finding = forgetting.cited(
                work.connection, self._finding, at.coarse, at.carried, _FINDINGS
            )
            self._cited.update(event for event, _ in found)
            return 0
        after = max(self._event, first_id(at.coarse))
        rows = forgetting.bodies_between(work.connection, after, first_id(at.carried), _TRUNCATED)
        changed = []
        for identifier, body in rows:
            if identifier not in self._cited:
                coarse = encode_event(truncated(decode_event(body)))
                if coarse != body:
                    changed.append((identifier, coarse))
        forgetting.replace_bodies(work.connection, changed)
        if len(rows) == _TRUNCATED:
            self._event = rows[-1][0]
        else:
            move(work, coarse=at.carried)
            self._finding, self._event = bytes(16), bytes(16)
            self._cited.clear()
        return len(changed)


def move(work: Work, **to: int) -> horizon.Horizon:
    """Move the horizon and note it, in the step's transaction."""
    beginnings = work.cells.beginnings
    beginnings.horizon = structs.replace(beginnings.horizon, **to)
    work.writing.set_note(horizon.NOTE, msgpack.encode(beginnings.horizon))
    return beginnings.horizon
