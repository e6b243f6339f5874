"""The queue: incidents with how far people are, what is new to whoever asks, and in groups.

An incident and its ticket are one thing to whoever works through them.
"""

from collections.abc import Callable, Collection, Mapping
from enum import StrEnum
from typing import Final

from msgspec import Struct, structs
from sqlalchemy import Engine as Database

from alerts.ticket import Disposition, Status
from detectors.core.finding import Severity
from detectors.core.identity import Subject, as_uuid
from monitor.clock import now_ms
from monitor.services.actor import Actor, ActorKind
from monitor.services.authority import Operation, allowed, permits, within
from monitor.services.marks import Marks
from monitor.services.review import Review, bound
from monitor.services.ticket_views import names_of
from monitor.services.views import IncidentRow
from monitor.store import feed, incident_words, stream, tickets
from monitor.store.connection import reading
from monitor.store.incident_filter import Cursor, Filter
from monitor.store.incident_groups import Groups, Place
from monitor.store.reading import Reading
from monitor.store.tickets import StoredTicket

PAGE: Final = 40
ROOM: Final = "incidents"
ME: Final = "me"
"""Whoever asks, as an assignee."""
MOST_NEWS: Final = 500
GROUPS: Final = 30
CAMPAIGNS: Final = 12
"""Of one page: each is counted by itself."""


class Grouping(StrEnum):
    """By what incidents are put together."""

    ACCOUNT = "account"
    TENANT = "tenant"
    CAMPAIGN = "campaign"


class Handling(Struct, frozen=True, kw_only=True):
    """How far people are with an incident: its ticket's number and version, its state, whose it
    is, and by when it is due (ms)."""

    number: int
    version: int
    status: Status
    disposition: Disposition | None
    assignee: str | None
    assignee_name: str
    due: int | None
    is_late: bool
    is_held: bool


class QueueRow(IncidentRow, frozen=True, kw_only=True):
    """One incident in the list; `handling` is None where it has no ticket. `is_fresh`: it came
    since the last visit of whoever asks, or something came to it."""

    handling: Handling | None = None
    is_fresh: bool = False


class QueuePage(Struct, frozen=True, kw_only=True):
    """Some incidents, where the next ones begin, how many there are of this filter or that there
    are more than are counted, since when they are new to whoever asks (ms), and where what comes
    to it begins."""

    rows: list[QueueRow]
    next: Cursor | None
    total: int
    is_more: bool
    since: int | None
    place: tuple[int, int]


class GroupRow(Struct, frozen=True, kw_only=True):
    """The incidents of an account, an address, a tenant or a campaign (`campaign` is the one of
    which the others are); more than 1,000 are not counted."""

    subject: Subject
    campaign: str | None
    row: QueueRow | None
    incidents: int
    severity: Severity
    updated: int


class GroupPage(Struct, frozen=True, kw_only=True):
    """Some groups, the one to which something came last first, and where the next ones begin."""

    groups: list[GroupRow]
    next: Place | Cursor | None


class News(Struct, frozen=True, kw_only=True):
    """The ids of incidents that came or changed, those of a filter to which evidence came, and
    whether there are more than that."""

    changed: list[str]
    came: list[str]
    is_more: bool


class Queue:
    """The queue over one database. Safe to share between threads; `now` gives ms since 1970
    UTC."""

    def __init__(self, database: Database, review: Review, now: Callable[[], int] = now_ms) -> None:
        self._reading = reading(database)
        self._incidents = Reading(database)
        self._groups = Groups(database)
        self._review = review
        self._marks = Marks(database, ROOM, now)
        self._now = now

    @property
    def marks(self) -> Marks:
        """Where people are in the list."""
        return self._marks

    @allowed(Operation.INCIDENTS_READ)
    def page(
        self,
        actor: Actor,
        wanted: Filter,
        after: Cursor | None,
        language: str,
        limit: int = PAGE,
        *,
        fresh: bool = False,
    ) -> QueuePage:
        """One page of the list; `fresh`: of what is new to whoever asks."""
        since = self._marks.since(actor)
        place = self._place()
        wanted = self._asked(actor, wanted, since if fresh else None)
        found = self._review.page(actor, wanted, after, language, limit)
        return QueuePage(
            rows=self._with_tickets(actor, found.rows, since),
            next=found.next,
            total=found.total,
            is_more=found.is_more,
            since=since,
            place=place,
        )

    @allowed(Operation.INCIDENTS_READ)
    def rows(
        self, actor: Actor, wanted: Filter, incidents: Collection[bytes], language: str
    ) -> list[QueueRow]:
        """Those of these incidents that are of a filter, in its order."""
        wanted = self._asked(actor, wanted, None)
        found = self._review.among(actor, wanted, incidents, language)
        return self._with_tickets(actor, found, self._marks.since(actor))

    @allowed(Operation.INCIDENTS_READ)
    def groups(
        self, actor: Actor, wanted: Filter, by: Grouping, after: Place | None, language: str
    ) -> GroupPage:
        """Groups by account or tenant, of the newest 20,000 of a filter. Whoever may not look at
        whom incidents are about has none by account."""
        wanted = bound(self._asked(actor, wanted, None), actor)
        is_masked = not permits(actor, Operation.PERSON_LOOK)
        if by is Grouping.ACCOUNT and is_masked:
            return GroupPage(groups=[], next=None)
        ask = self._groups.tenants if by is Grouping.TENANT else self._groups.subjects
        found = ask(wanted, after, GROUPS + 1)
        named: dict[Subject, QueueRow] = {}
        if by is Grouping.ACCOUNT:
            ids = self._groups.newest_of(found[:GROUPS])
            named = {row.subject: row for row in self.rows(actor, wanted, ids, language)}
        made = [
            GroupRow(
                subject=one.subject,
                campaign=None,
                row=named.get(one.subject),
                incidents=one.incidents,
                severity=one.severity,
                updated=one.updated,
            )
            for one in found[:GROUPS]
        ]
        return GroupPage(groups=made, next=found[GROUPS - 1].place if found[GROUPS:] else None)

    @allowed(Operation.INCIDENTS_READ)
    def campaigns(
        self, actor: Actor, wanted: Filter, after: Cursor | None, language: str
    ) -> GroupPage:
        """Attacks on many accounts, each with how many incidents name one of its addresses."""
        of_many = structs.replace(wanted, of_many=True)
        page = self.page(actor, of_many, after, language, CAMPAIGNS)
        made = [self._campaign(actor, wanted, row) for row in page.rows]
        return GroupPage(groups=made, next=page.next)

    @allowed(Operation.INCIDENTS_READ)
    def within_campaign(self, actor: Actor, wanted: Filter, campaign: bytes) -> Filter:
        """The filter for the incidents that name one of a campaign's addresses."""
        stored = self._incidents.incident(campaign)
        own = within(actor)
        if stored is None or own not in (None, stored.incident.subject.tenant):
            return structs.replace(wanted, words=())
        words = tuple(incident_words.addresses_in(stored.incident))
        return structs.replace(wanted, words=words, tenant=stored.incident.subject.tenant)

    @allowed(Operation.INCIDENTS_READ)
    def news(self, actor: Actor, wanted: Filter, place: tuple[int, int] | None) -> News:
        """What came or changed behind a place, of which at most 500 of each are looked at; nothing
        where none is said."""
        if place is None:
            return News(changed=[], came=[], is_more=False)
        tenant = within(actor)
        with self._reading.begin() as connection:
            came = feed.changes(connection, place[0], MOST_NEWS, tenant)
            kinds = (stream.Kind.TICKET.value,)
            told = stream.changes(connection, place[1], kinds, MOST_NEWS, tenant)
            numbers = [int(one.reference) for one in told if one.reference.isdigit()]
            handled = tickets.tickets_of(connection, numbers)
        ids = {one.incident for one in came}
        rows = self._incidents.among(bound(self._asked(actor, wanted, None), actor), ids)
        changed = ids | {one.incident for one in handled.values() if one.incident is not None}
        return News(
            changed=[as_uuid(one) for one in sorted(changed)],
            came=[as_uuid(one.incident.id) for one in rows],
            is_more=len(came) == MOST_NEWS,
        )

    def _place(self) -> tuple[int, int]:
        with self._reading.begin() as connection:
            return feed.newest(connection), stream.newest(connection)

    def _asked(self, actor: Actor, wanted: Filter, since: int | None) -> Filter:
        """The filter in terms of who asks; of tickets for those who may read of them."""
        if not permits(actor, Operation.TICKETS_READ):
            wanted = structs.replace(wanted, statuses=None, assignee=None)
        own = wanted.assignee
        if own == ME:
            own = actor.uid if actor.kind is ActorKind.REVIEWER else actor.reference
        return structs.replace(wanted, assignee=own, fresh=since)

    def _campaign(self, actor: Actor, wanted: Filter, row: QueueRow) -> GroupRow:
        identifier = bytes.fromhex(row.id.replace("-", ""))
        members = self.within_campaign(actor, wanted, identifier)
        return GroupRow(
            subject=row.subject,
            campaign=row.id,
            row=row,
            incidents=self._review.count(actor, self._asked(actor, members, None)),
            severity=row.severity,
            updated=row.updated,
        )

    def _with_tickets(
        self, actor: Actor, rows: list[IncidentRow], since: int | None
    ) -> list[QueueRow]:
        found: Mapping[bytes, StoredTicket] = {}
        names: Mapping[str, str] = {}
        ids = {row.id: bytes.fromhex(row.id.replace("-", "")) for row in rows}
        if rows and permits(actor, Operation.TICKETS_READ):
            with self._reading.begin() as connection:
                found = tickets.with_incidents(connection, list(ids.values()))
                names = names_of(connection, [one.ticket.assignee for one in found.values()])
        return [self._row(row, found.get(ids[row.id]), names, since) for row in rows]

    def _row(
        self,
        row: IncidentRow,
        one: StoredTicket | None,
        names: Mapping[str, str],
        since: int | None,
    ) -> QueueRow:
        came = max(row.updated, 0 if one is None else one.created)
        told = {name: getattr(row, name) for name in IncidentRow.__struct_fields__}
        handling = None if one is None else _handling(one, names, self._now())
        is_fresh = since is not None and came > since
        return QueueRow(**told, handling=handling, is_fresh=is_fresh)


def _handling(one: StoredTicket, names: Mapping[str, str], now: int) -> Handling:
    ticket = one.ticket
    return Handling(
        number=one.id,
        version=one.version,
        status=ticket.status,
        disposition=ticket.disposition,
        assignee=ticket.assignee,
        assignee_name=names.get(ticket.assignee or "", ticket.assignee or ""),
        due=one.due,
        is_late=one.due is not None and now >= one.due,
        is_held=one.held_by is not None,
    )
