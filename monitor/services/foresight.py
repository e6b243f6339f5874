"""What somebody wants held back, looked at before it is: what it would have held back lately."""

from collections.abc import Callable
from typing import Final

import msgspec
from msgspec import Struct, structs
from sqlalchemy import Engine as Database
from sqlalchemy import select

from alerts.incident import Incident
from alerts.suppression import LONGEST_REASON, Scope, Suppression, checked, meets
from detectors.core.event import DAY
from detectors.core.finding import Severity
from monitor.clock import now_ms
from monitor.protection.masking import mask_subject
from monitor.services.actor import Actor
from monitor.services.authority import Operation, allowed, permits, within
from monitor.services.refusal import NotThereError
from monitor.services.suppressions import Wish, scope_of
from monitor.store import restrictions, tables
from monitor.store.connection import reading

DAYS: Final = 30
"""The last days that are looked at."""
MOST: Final = 2_000
"""Incidents that are looked at, the latest."""
SHOWN: Final = 10
_CALLED: Final = Severity.MEDIUM

_incident = msgspec.msgpack.Decoder(Incident).decode


class Foreseen(Struct, frozen=True, kw_only=True):
    """What would have been held back since a time (ms): how many incidents, how many of these
    called a reviewer, and the latest; `graver` are those that would have called people all the
    same. `is_cut`: there were more than are looked at."""

    since: int
    held: int
    called: int
    graver: int
    latest: tuple[Incident, ...]
    is_cut: bool


class Foresight:
    """Of one database. Safe to share between threads; `now` gives ms since 1970 UTC."""

    def __init__(self, database: Database, now: Callable[[], int] = now_ms) -> None:
        self._reading = reading(database)
        self._now = now

    @allowed(Operation.TICKETS_READ)
    def look(self, actor: Actor, wish: Wish) -> Foreseen:
        """What a wish would have held back in the last days; whether it says why does not matter
        yet. Raises SuppressionError, NotThereError for another tenant."""
        if within(actor) not in (None, wish.tenant):
            raise NotThereError("there is no such tenant")
        now, scope = self._now(), scope_of(wish)
        reason = wish.reason[:LONGEST_REASON].strip() or "-"
        made = Suppression(scope=scope, owner="", reason=reason, since=now, until=wish.until)
        checked(made, now)
        found, is_cut = self._incidents(scope, now - DAYS * DAY)
        held = [one for one in found if meets(scope, one)]
        latest = tuple(held[:SHOWN])
        if not permits(actor, Operation.PERSON_LOOK):
            latest = tuple(
                structs.replace(one, subject=mask_subject(one.subject)) for one in latest
            )
        return Foreseen(
            since=now - DAYS * DAY,
            held=len(held),
            called=sum(one.severity >= _CALLED for one in held),
            graver=len(found) - len(held),
            latest=latest,
            is_cut=is_cut,
        )

    def _incidents(self, scope: Scope, since: int) -> tuple[list[Incident], bool]:
        """Those of the scope whatever their severity, the latest first; none about who is
        restricted."""
        table = tables.incidents
        query = select(table.c.body).where(
            table.c.tenant == scope.tenant,
            table.c.updated >= since,
            table.c.withdrawn.is_(False),
        )
        if scope.category is not None:
            query = query.where(table.c.category == scope.category.value)
        if scope.subject is not None:
            query = query.where(table.c.subject_key == scope.subject.key())
        query = query.order_by(table.c.updated.desc(), table.c.id.desc()).limit(MOST + 1)
        anything = structs.replace(scope, up_to=Severity.CRITICAL)
        with self._reading.begin() as connection:
            hidden = restrictions.hidden(connection)
            bodies = connection.execute(query).scalars().all()
        found = [_incident(body) for body in bodies[:MOST]]
        seen = [one for one in found if one.subject.key() not in hidden and meets(anything, one)]
        return seen, len(bodies) > MOST
