"""Looks at personal data: whoever may, and has said why, sees names and addresses whole.

Opening an incident is a reason by itself, written down once an hour for each person and incident.
Who may not look sees them masked.
"""

from collections.abc import Callable
from typing import Any, Final

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, select
from sqlalchemy import Engine as Database

from detectors.core.event import HOUR, MINUTE
from detectors.core.identity import Subject, SubjectKind, as_uuid
from monitor.clock import now_ms
from monitor.services.actor import Actor
from monitor.services.audit import record
from monitor.services.authority import Operation, allowed, permits
from monitor.services.leaving import reference_of
from monitor.services.protection import reason_of, subject_of
from monitor.store import tables
from monitor.store.connection import reading

EVERY: Final = HOUR
SHOWN: Final = 15 * MINUTE
"""How long (ms) an account's page shows whom it is about after somebody said why they look."""
"""A look that goes on is written down again after so long."""
_REMEMBERED = 10_000
_MOST_TOLD = 500
_LOOK = Operation.PERSON_LOOK
_SHOWN = "shown"


class Look(Struct, frozen=True, kw_only=True):
    """That somebody looked: when (ms), as what, and why, where that was not erased since.

    `by` is what stands for them where nobody is named.
    """

    time: int
    by: str
    reason: str
    shows: bool = False
    """The account's page showed whom it is about from then on."""


class Looks:
    """Says who may see what, and writes down who did. Safe to share between threads."""

    def __init__(self, database: Database, now: Callable[[], int] = now_ms) -> None:
        self._database = database
        self._reading = reading(database)
        self._now = now
        self._seen: dict[tuple[str, str, str, int], None] = {}

    @allowed(Operation.INCIDENTS_READ)
    def opens(self, actor: Actor, subject: Subject, incident: bytes) -> bool:
        """Whether somebody who opens an incident sees whom it is about; that is written down."""
        if not permits(actor, _LOOK):
            return False
        why = f"incident:{as_uuid(incident)}"
        about = reference_of(subject) if subject.kind is SubjectKind.ACCOUNT else why
        self._note(actor, about, subject.tenant, why)
        return True

    @allowed(Operation.TICKETS_READ)
    def opens_ticket(self, actor: Actor, subject: Subject | None, tenant: str, number: int) -> bool:
        """The same of who opens a ticket; of one about nobody nothing is written down."""
        if not permits(actor, _LOOK):
            return False
        if subject is None:
            return True
        why = f"ticket:{number}"
        about = reference_of(subject) if subject.kind is SubjectKind.ACCOUNT else why
        self._note(actor, about, tenant, why)
        return True

    @allowed(Operation.MEASURES_READ)
    def opens_measure(self, actor: Actor, subject: Subject, measure: str) -> bool:
        """Whether somebody who opens a measure (its reference) sees whom it is about; that is
        written down."""
        if not permits(actor, _LOOK):
            return False
        self._note(actor, reference_of(subject), subject.tenant, measure)
        return True

    @allowed(Operation.OUTBOX_READ)
    def opens_order(self, actor: Actor, subject: Subject | None, number: int) -> bool:
        """The same of who opens an order of the outbox."""
        if not permits(actor, _LOOK):
            return False
        if subject is not None:
            self._note(actor, reference_of(subject), subject.tenant, f"order:{number}")
        return True

    @allowed(Operation.PERSON_LOOK)
    def look(self, actor: Actor, tenant: str, account: str, reason: str) -> None:
        """Write down that somebody looks at an account, and why. Raises NotThereError for one of
        another tenant, ProtectionError where no reason is given."""
        subject = subject_of(actor, tenant, account)
        self._note(actor, reference_of(subject), tenant, reason_of(reason))

    @allowed(Operation.PERSON_LOOK)
    def show(self, actor: Actor, subject: Subject, reason: str) -> int:
        """The same of who has an account's page show whom it is about, from now until the time
        (ms) that is given back. Raises as `look` does."""
        subject_of(actor, subject.tenant, subject.uid)
        why, about = reason_of(reason), reference_of(subject)
        with self._database.begin() as connection:
            told = {_SHOWN: True}
            record(connection, actor, _LOOK, about, tenant=subject.tenant, reason=why, content=told)
        return self._now() + SHOWN

    @allowed(Operation.ACCOUNTS_READ)
    def shows(self, actor: Actor, subject: Subject) -> bool:
        """Whether it does so for somebody now. The page is masked for everybody else."""
        if not permits(actor, _LOOK):
            return False
        entries = tables.audit
        since = self._now() - SHOWN
        where = (
            entries.c.subject == reference_of(subject),
            entries.c.actor == actor.reference,
            entries.c.operation == _LOOK.scope,
            entries.c.time > since,
        )
        with self._reading.begin() as connection:
            return any(look.shows for look in _told(connection, *where, most=_MOST_TOLD))

    @allowed(Operation.PERSON_READ)
    def of(self, actor: Actor, tenant: str, account: str) -> list[Look]:
        """Who looked at an account, the latest first. Raises NotThereError."""
        subject = subject_of(actor, tenant, account)
        with self._reading.begin() as connection:
            return looks_at(connection, subject)

    def _note(self, actor: Actor, about: str, tenant: str, why: str) -> None:
        hour = self._now() // EVERY
        key = (actor.reference, about, why, hour)
        if key in self._seen:
            return
        with self._database.begin() as connection:
            if not _is_noted(connection, actor.reference, about, why, hour * EVERY):
                record(connection, actor, _LOOK, about, tenant=tenant, reason=why)
        if len(self._seen) >= _REMEMBERED:
            self._seen.clear()
        self._seen[key] = None


def looks_at(connection: Connection, subject: Subject, most: int = _MOST_TOLD) -> list[Look]:
    """Who looked at an account, the latest first."""
    entries = tables.audit
    where = (
        entries.c.subject == reference_of(subject),
        entries.c.tenant == subject.tenant,
        entries.c.operation == _LOOK.scope,
    )
    return _told(connection, *where, most=most)


def _is_noted(connection: Connection, by: str, about: str, why: str, since: int) -> bool:
    entries = tables.audit
    where = (
        entries.c.subject == about,
        entries.c.actor == by,
        entries.c.operation == _LOOK.scope,
        entries.c.time >= since,
    )
    return any(look.reason == why for look in _told(connection, *where, most=_MOST_TOLD))


def _told(connection: Connection, *where: Any, most: int) -> list[Look]:
    entries, contents = tables.audit, tables.audit_contents
    query = (
        select(entries.c.time, entries.c.actor, contents.c.body)
        .outerjoin(contents, contents.c.number == entries.c.number)
        .where(*where)
        .order_by(entries.c.number.desc())
        .limit(most)
    )
    return [_look(time, by, body) for time, by, body in connection.execute(query)]


def _look(time: int, by: str, body: bytes | None) -> Look:
    """What was written down, as far as it is there."""
    told = {} if body is None else msgspec.json.decode(bytes(body))
    if not isinstance(told, dict):
        told = {}
    return Look(
        time=time, by=by, reason=str(told.get("reason", "")), shows=told.get(_SHOWN) is True
    )
