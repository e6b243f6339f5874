"""What changed since somebody looked last: incidents, and what people do about them, in order.

Two tables tell of it, each in the order of its commits; a mark is a place in both.
"""

import re
from collections.abc import Iterator
from typing import Final

from msgspec import Struct
from sqlalchemy import Connection, Engine

from detectors.core.identity import as_uuid
from monitor.services.actor import Actor
from monitor.services.authority import Operation, allowed, permits, within
from monitor.store import feed, stream
from monitor.store.connection import reading
from monitor.store.stream import Kind

MOST: Final = 500
INCIDENT: Final = "incident"
_SEEN_BY: Final = {
    Kind.TICKET: Operation.TICKETS_READ,
    Kind.SUPPRESSION: Operation.TICKETS_READ,
    Kind.MEASURE: Operation.MEASURES_READ,
    Kind.POLICY: Operation.POLICY_READ,
    Kind.ORDER: Operation.OUTBOX_READ,
    Kind.CHALLENGE: Operation.MFA_READ,
    Kind.RECOVERY: Operation.MFA_READ,
}
_MARK = re.compile(r"([0-9]{1,18})-([0-9]{1,18})", re.ASCII)


class Mark(Struct, frozen=True, order=True):
    """A place behind a change of incidents and behind one on people's side."""

    incidents: int = 0
    others: int = 0

    def __str__(self) -> str:
        """As `read_mark` reads it."""
        return f"{self.incidents}-{self.others}"


class Changed(Struct, frozen=True, kw_only=True):
    """That something changed: what it is of and its id there; look at it to know how it is now.

    `mark` is the place behind it. `withdrawn`: of an incident, nothing of it stands any more.
    `time` is when it was told (ms), None where that is not kept.
    """

    mark: Mark
    kind: str
    id: str
    tenant: str
    withdrawn: bool = False
    time: int | None = None


class Portion(Struct, frozen=True):
    """What changed behind a mark, and the mark behind it. `is_gap`: more changed than is told,
    since what was behind the mark is not kept, or the mark is of another database: whoever follows
    looks at everything."""

    changes: tuple[Changed, ...]
    mark: Mark
    is_gap: bool = False


def read_mark(text: str) -> Mark | None:
    """The mark that a text is; None where it is none."""
    found = _MARK.fullmatch(text)
    return None if found is None else Mark(int(found[1]), int(found[2]))


class Changes:
    """Of one database. Safe to share between threads."""

    def __init__(self, engine: Engine) -> None:
        self._reading = reading(engine)

    def newest(self) -> Mark:
        """The place behind all that changed; says nothing of what that was."""
        with self._reading.begin() as connection:
            return _newest(connection)

    @allowed(Operation.INCIDENTS_READ)
    def since(self, actor: Actor, mark: Mark | None, most: int = MOST) -> Portion:
        """What changed behind a mark that somebody may see, at most so much; None begins now."""
        with self._reading.begin() as connection:
            newest = _newest(connection)
            if mark is None:
                return Portion((), newest)
            if _is_gap(connection, mark, newest):
                return Portion((), newest, is_gap=True)
            found = tuple(_merged(connection, actor, mark, min(most, MOST)))
        last = found[-1].mark if found else newest
        if len(found) < min(most, MOST):
            # Up to `newest` all was looked at, also what is not for them.
            last = Mark(max(last.incidents, newest.incidents), max(last.others, newest.others))
        return Portion(found, last)


def _newest(connection: Connection) -> Mark:
    return Mark(feed.newest(connection), stream.newest(connection))


def _is_gap(connection: Connection, mark: Mark, newest: Mark) -> bool:
    if mark.incidents > newest.incidents or mark.others > newest.others:
        return True
    return mark.incidents + 1 < feed.oldest(connection) or mark.others + 1 < stream.oldest(
        connection
    )


def _merged(connection: Connection, actor: Actor, mark: Mark, most: int) -> Iterator[Changed]:
    """Incidents first: people act on them."""
    tenant = within(actor)
    kinds = [kind.value for kind, needed in _SEEN_BY.items() if permits(actor, needed)]
    incidents = feed.changes(connection, mark.incidents, most, tenant)
    for one in incidents:
        mark = Mark(one.id, mark.others)
        yield Changed(
            mark=mark,
            kind=INCIDENT,
            id=as_uuid(one.incident),
            tenant=one.tenant,
            withdrawn=one.withdrawn,
        )
    left = most - len(incidents)
    others = stream.changes(connection, mark.others, kinds, left, tenant) if left else []
    for other in others:
        mark = Mark(mark.incidents, other.id)
        yield Changed(
            mark=mark, kind=other.kind, id=other.reference, tenant=other.tenant, time=other.time
        )
