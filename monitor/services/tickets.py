"""Tickets as people and programs work on them: who may see and change which, and never over what
somebody else just made of one."""

from collections.abc import Callable, Mapping
from typing import Final

from msgspec import Struct, structs
from sqlalchemy import Connection
from sqlalchemy import Engine as Database
from sqlalchemy.exc import IntegrityError

from alerts.incident import Incident
from alerts.ticket import Change, Limits, TicketError
from detectors.core.finding import Severity
from monitor.clock import now_ms
from monitor.services.actor import Actor, ActorKind
from monitor.services.authority import Operation, allowed, permits, within
from monitor.services.looks import Looks
from monitor.services.opening import open_by_hand
from monitor.services.refusal import NotThereError
from monitor.services.ticket_changing import changed_by, may_have, note_deed, say, stale
from monitor.services.ticket_views import (
    TicketPage,
    TicketRow,
    TicketView,
    assignees_in,
    names_of,
    row_of,
    veil_row,
    veil_view,
    view_of,
)
from monitor.services.ticket_words import address_of, comment_of, title_of
from monitor.store import reviewers, ticket_notes, tickets
from monitor.store.connection import reading
from monitor.store.reading import Reading
from monitor.store.ticket_filter import Cursor, TicketFilter
from monitor.store.ticket_notes import LinkKind
from monitor.store.tickets import StoredTicket

PAGE: Final = 50
ME: Final = "me"
"""Whoever asks, as an assignee."""
_MOST_REVIEWERS = 500


class Colleague(Struct, frozen=True):
    """Somebody who can be given a ticket."""

    uid: str
    name: str


class Load(Struct, frozen=True, kw_only=True):
    """How much waits: open tickets by severity, those that are late, in nobody's hands, held
    back."""

    open: dict[Severity, int]
    late: int
    unassigned: int
    held: int


class Tickets:
    """The tickets of one database. Safe to share between threads.

    What is changed is told the `version` that it was looked at in, where it has to be the same
    still (StaleError); None changes it as it is. `now` gives ms since 1970 UTC, `limits` are those
    of clocks.
    """

    def __init__(
        self,
        database: Database,
        now: Callable[[], int] = now_ms,
        limits: Mapping[Severity, Limits] | None = None,
    ) -> None:
        self._database = database
        self._reading = reading(database)
        self._incidents = Reading(database)
        self._now = now
        self._limits = limits
        self._looks = Looks(database, now)

    @allowed(Operation.TICKETS_READ)
    def page(
        self,
        actor: Actor,
        wanted: TicketFilter,
        after: Cursor | None = None,
        limit: int = PAGE,
        language: str = "en",
    ) -> TicketPage:
        """Tickets in the order of `wanted`, those behind `after`."""
        wanted, most = bound(actor, wanted), min(max(limit, 1), tickets.MOST)
        with self._reading.begin() as connection:
            found = tickets.page(connection, wanted, after, most + 1)
            total = tickets.count(connection, wanted)
            names = names_of(connection, [one.ticket.assignee for one in found])
        rows = [row_of(one, self._now(), language, names) for one in found[:most]]
        if not permits(actor, Operation.PERSON_LOOK):
            rows = [veil_row(row) for row in rows]
        is_more = len(found) > most
        place = tickets.place_of(found[most - 1], wanted.order) if is_more else None
        return TicketPage(rows=rows, next=place, total=total)

    @allowed(Operation.TICKETS_READ)
    def load(self, actor: Actor) -> Load:
        """How much waits, within what the actor sees."""
        tenant, now = within(actor), self._now()
        wanted = TicketFilter(tenant=tenant)
        with self._reading.begin() as connection:
            return Load(
                open=tickets.severities(connection, wanted),
                late=tickets.count(connection, structs.replace(wanted, due_before=now + 1)),
                unassigned=tickets.count(connection, structs.replace(wanted, assignee="")),
                held=tickets.count(connection, structs.replace(wanted, held=True)),
            )

    @allowed(Operation.TICKETS_READ)
    def ticket(self, actor: Actor, number: int, language: str = "en") -> TicketView:
        """One ticket; that whom it is about was looked at is written down. Raises NotThereError."""
        with self._reading.begin() as connection:
            one = found_for(connection, actor, number)
            comments = ticket_notes.comments_of(connection, number)
            changes = ticket_notes.changes_of(connection, number)
            links = ticket_notes.links_of(connection, number)
            others = tickets.about(connection, one.subject, number) if one.subject else []
            held = [one.ticket.assignee, *(other.ticket.assignee for other in others)]
            names = names_of(connection, {*held, *assignees_in(changes)})
        now = self._now()
        view = view_of(one, comments, changes, links, others, now, language, names)
        is_whole = self._looks.opens_ticket(actor, one.subject, one.tenant, number)
        return view if is_whole else veil_view(view)

    @allowed(Operation.TICKETS_READ)
    def of_incident(self, actor: Actor, incident: bytes) -> int | None:
        """The number of an incident's ticket; None where it has none that the actor sees."""
        with self._reading.begin() as connection:
            one = tickets.of_incident(connection, incident)
        return None if one is None or within(actor) not in (None, one.tenant) else one.id

    @allowed(Operation.TICKETS_READ)
    def incident_of(self, actor: Actor, number: int) -> bytes | None:
        """The incident that a ticket is about, while that is kept; None where there is none.
        Raises NotThereError."""
        with self._reading.begin() as connection:
            one = found_for(connection, actor, number)
        kept = None if one.incident is None else self._incidents.incident(one.incident)
        return None if kept is None else kept.incident.id

    @allowed(Operation.TICKETS_READ)
    def colleagues(self, actor: Actor) -> list[Colleague]:
        """Those who can be given tickets that the actor sees, by address."""
        tenant = within(actor)
        with self._reading.begin() as connection:
            rows = reviewers.page(connection, _MOST_REVIEWERS)
        able = [row for row in rows if may_have(row, tenant)]
        return [Colleague(row.uid, row.name or row.email) for row in able]

    @allowed(Operation.TICKETS_WRITE)
    def open(self, actor: Actor, incident: bytes) -> int:
        """The ticket of an incident, which is opened where it has none. Raises NotThereError."""
        stored = self._incidents.incident(incident)
        if stored is None or within(actor) not in (None, stored.incident.subject.tenant):
            raise NotThereError("there is no such incident")
        try:
            return self._open(actor, stored.incident)
        except IntegrityError:
            # Whoever follows incidents opened it at this very moment: now it is there.
            return self._open(actor, stored.incident)

    @allowed(Operation.TICKETS_WRITE)
    def change(
        self,
        actor: Actor,
        number: int,
        change: Change,
        version: int | None = None,
        reason: str = "",
    ) -> TicketRow:
        """Change a ticket; a `reason` is a comment as well. Raises NotThereError, StaleError,
        TicketError."""
        text = comment_of(reason) if reason.strip() else ""
        with self._database.begin() as connection:
            before = found_for(connection, actor, number, lock=True)
            _check_version(before, version)
            kept = changed_by(connection, actor, before, change, self._now(), self._limits)
            if text:
                say(connection, actor, kept, text, self._now())
            names = names_of(connection, [kept.ticket.assignee])
        return row_of(kept, self._now(), "en", names)

    @allowed(Operation.TICKETS_WRITE)
    def comment(self, actor: Actor, number: int, text: str) -> None:
        """Say something on a ticket. Raises NotThereError, TicketError."""
        told = comment_of(text)
        with self._database.begin() as connection:
            one = found_for(connection, actor, number, lock=True)
            say(connection, actor, one, told, self._now())

    @allowed(Operation.TICKETS_WRITE)
    def link(
        self,
        actor: Actor,
        number: int,
        kind: LinkKind,
        *,
        other: int | None = None,
        address: str = "",
        title: str = "",
    ) -> None:
        """Link a ticket with another of its tenant, or with an address outside; a link that there
        is already stays as it is. Raises NotThereError, TicketError."""
        if (kind is LinkKind.OUTER) is not (other is None):
            raise TicketError(
                "say which other ticket, or which address outside",
                "dites quel autre ticket, ou quelle adresse extérieure",
            )
        place = address_of(address) if kind is LinkKind.OUTER else None
        with self._database.begin() as connection:
            one = found_for(connection, actor, number, lock=True)
            if other is not None:
                _check_other(connection, actor, one, other)
            made = ticket_notes.add_link(
                connection, one, kind, other=other, address=place, title=title_of(title)
            )
            if made is not None:
                content = {"kind": kind.value, "other": other, "address": place}
                note_deed(connection, actor, one, "link", content)

    @allowed(Operation.TICKETS_WRITE)
    def unlink(self, actor: Actor, number: int, link: int) -> None:
        """Take a link away. Raises NotThereError."""
        with self._database.begin() as connection:
            one = found_for(connection, actor, number, lock=True)
            if not ticket_notes.remove_link(connection, number, link):
                raise NotThereError("there is no such link")
            note_deed(connection, actor, one, "unlink", {"link": link})

    def _open(self, actor: Actor, incident: Incident) -> int:
        with self._database.begin() as connection:
            return open_by_hand(connection, incident, actor, self._now(), self._limits)


def bound(actor: Actor, wanted: TicketFilter) -> TicketFilter:
    """Within the own tenant; whoever may not look cannot find out by searching either."""
    tenant = within(actor)
    own = wanted.assignee
    if own == ME:
        own = actor.uid if actor.kind is ActorKind.REVIEWER else actor.reference
    return structs.replace(
        wanted,
        tenant=wanted.tenant if tenant is None else tenant,
        assignee=own,
        by_tenant=not permits(actor, Operation.PERSON_LOOK),
        statuses=wanted.statuses if tenant in (None, wanted.tenant or tenant) else frozenset(),
    )


def found_for(
    connection: Connection, actor: Actor, number: int, *, lock: bool = False
) -> StoredTicket:
    """A ticket that somebody may see. Raises NotThereError."""
    one = tickets.ticket(connection, number, lock=lock)
    if one is None or within(actor) not in (None, one.tenant):
        raise NotThereError("there is no such ticket")
    return one


def _check_version(one: StoredTicket, version: int | None) -> None:
    if version is not None and version != one.version:
        raise stale()


def _check_other(connection: Connection, actor: Actor, one: StoredTicket, other: int) -> None:
    there = found_for(connection, actor, other)
    if there.id == one.id or there.tenant != one.tenant:
        raise TicketError(
            "a ticket goes with another one of its tenant",
            "un ticket se rattache à un autre du même client",
        )
