"""What one person asked for by law, what is kept of them and for how long: the protection desk's
look at one account."""

from collections.abc import Callable
from typing import Final

from msgspec import Struct
from sqlalchemy import Connection, func, select
from sqlalchemy import Engine as Database

from detectors.core.detector import Text
from detectors.core.event import DAY
from detectors.core.identity import Subject, time_of
from monitor.clock import now_ms
from monitor.protection.processing import Facts
from monitor.services.actor import Actor
from monitor.services.authority import Operation, allowed, authorise
from monitor.services.leaving import is_known
from monitor.services.looks import Look, looks_at
from monitor.services.protection import subject_of
from monitor.services.refusal import NotThereError
from monitor.store import restrictions, tables
from monitor.store.connection import reading
from monitor.store.handles import account_of
from monitor.store.restrictions import Objection, Restriction

_LOOKS: Final = 100


class Retained(Struct, frozen=True, kw_only=True):
    """Things of one kind: for how many days they are kept, the oldest one's time (ms), and from
    when on (ms) it goes by itself; None where there is none."""

    name: Text
    days: int
    oldest: int | None
    goes: int | None


class Standing(Struct, frozen=True, kw_only=True):
    """What a person asked for, the latest first; who looked at them; and what is kept of them."""

    restrictions: list[Restriction]
    objections: list[Objection]
    looks: list[Look]
    retained: list[Retained]

    @property
    def restriction(self) -> Restriction | None:
        """The one that is on."""
        return next((one for one in self.restrictions if one.until is None), None)


class Rights:
    """Of one database, by the periods of the settings. Safe to share between threads; `now` gives
    ms."""

    def __init__(self, database: Database, facts: Facts, now: Callable[[], int] = now_ms) -> None:
        self._reading = reading(database)
        self._facts = facts
        self._now = now

    @allowed(Operation.PERSON_READ)
    def of(self, actor: Actor, tenant: str, account: str) -> Standing:
        """One account's. Raises NotThereError."""
        subject = subject_of(actor, tenant, account)
        with self._reading.begin() as connection:
            if not is_known(connection, subject):
                raise NotThereError("nothing is known of this account")
            return Standing(
                restrictions=restrictions.restrictions_of(connection, subject)[::-1],
                objections=restrictions.objections_of(connection, subject)[::-1],
                looks=looks_at(connection, subject, _LOOKS),
                retained=self._retained(connection, subject),
            )

    @allowed(Operation.PERSON_READ)
    def whose(self, actor: Actor, handle: str, operation: Operation) -> tuple[str, str]:
        """The tenant and the account of a handle, for whoever may do this to it: who may not is
        told so whoever it is. Raises NotThereError."""
        authorise(actor, operation, self._now())
        with self._reading.begin() as connection:
            subject = account_of(connection, handle)
        if subject is None:
            raise NotThereError("nothing is known of this account")
        found = subject_of(actor, subject.tenant, subject.uid)
        return found.tenant, found.uid

    def _retained(self, connection: Connection, subject: Subject) -> list[Retained]:
        events, incidents = tables.events, tables.incidents
        first = select(events.c.id).where(events.c.account_key == subject.key())
        oldest = connection.execute(first.order_by(events.c.id).limit(1)).scalar()
        seen = None if oldest is None else time_of(bytes(oldest))
        query = select(func.min(incidents.c.updated))
        found = connection.execute(query.where(incidents.c.subject_key == subject.key())).scalar()
        facts, now = self._facts, self._now()
        # What had its details is the newest of what is old enough to lose them.
        detailed = None if seen is None else max(seen, now - facts.details * DAY)
        return [
            _kept(Text("Sign-ins and changes", "Connexions et changements"), facts.events, seen),
            _kept(
                Text(
                    "Addresses and programs of events that nothing was found about",
                    "Adresses et programmes des événements sans suite",
                ),
                facts.details,
                detailed,
            ),
            _kept(Text("Incidents", "Incidents"), facts.incidents, found),
        ]


def _kept(name: Text, days: int, oldest: int | None) -> Retained:
    goes = None if oldest is None else oldest + days * DAY
    return Retained(name=name, days=days, oldest=oldest, goes=goes)
