"""What the demonstration's company has besides its log: a directory, terms of its customers,
colleagues, and what these have made of incidents so far."""

import csv
import io
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Final

from msgspec import structs
from sqlalchemy import Engine as Database
from sqlalchemy.exc import DBAPIError

from alerts.incident import Category
from alerts.ladder import Step
from alerts.measure import MeasureError
from alerts.responders.roster import Roster
from alerts.ticket import Change, Disposition, Status, TicketError
from detectors.core.event import DAY, HOUR
from detectors.core.finding import Severity
from detectors.core.identity import SubjectKind
from monitor.clock import now_ms
from monitor.directory.importing import ImportState
from monitor.directory.refusal import DirectoryError
from monitor.directory.tenant import Contact, TenantChanges, tenant_id
from monitor.services.actor import Actor, Role, operator
from monitor.services.directory import Directory
from monitor.services.imports import Imports
from monitor.services.measure_checks import Wanted
from monitor.services.measures import Measures
from monitor.services.refusal import NotThereError, StaleError, TakenError
from monitor.services.reviewers import new_uid
from monitor.services.standing import ACTIVE, actor_of_reviewer
from monitor.services.ticket_views import TicketRow
from monitor.services.tickets import Tickets
from monitor.simulation.demonstration import SOURCE, Demonstration
from monitor.simulation.lives.persona import KIOSK, SERVICE, SHARED
from monitor.simulation.world import Person, carrier
from monitor.store import reviewers
from monitor.store.connection import reading
from monitor.store.incident_filter import Filter
from monitor.store.reading import Reading
from monitor.store.reviewers import ReviewerRow
from monitor.store.ticket_filter import EVERY, TicketFilter
from monitor.store.watching import Watching

COLLEAGUES: Final = (
    ("ines.caron@callcenterrate.example", "Inès Caron", Role.ANALYST),
    ("noor.haddad@callcenterrate.example", "Noor Haddad", Role.APPROVER),
)
"""Who has worked on tickets: nobody can sign in as one of them."""
READ: Final = HOUR
"""The history counts as read once event time is so near to now (ms)."""
_LOOKED_AT: Final = 200
_OPENED: Final = 8
_ENDED: Final = 6
"""Days since the last day of those who have left and go on signing in."""
_LEAVERS: Final = 2
_ASKED: Final = (Category.ACCOUNT_TAKEOVER, Category.SESSION_HIJACKING, Category.MFA_FATIGUE)
_WORK: Final = (
    (Disposition.TRUE_POSITIVE, "Two people, one account: the team leader has been told."),
    (Disposition.FALSE_POSITIVE, "On a business trip, as the manager confirms."),
    (Disposition.TRUE_POSITIVE, "The password was changed; no trace of more."),
    (Disposition.BENIGN_EXPLAINED, "A new laptop, set up at home on Sunday."),
)
_NOTES: Final = (
    "The customer's IT desk calls back in the afternoon.",
    "The user says that they never left Lyon. Waiting for the provider's answer.",
)


class Furnishing:
    """Of one demonstration. Doing it again changes nothing that is there."""

    def __init__(self, database: Database, demonstration: Demonstration, roster: Roster) -> None:
        self._database = database
        self._demonstration = demonstration
        self._tickets = Tickets(database)
        self._measures = Measures(database, roster)
        self._roster = roster
        self._watching = Watching(database)

    def furnish(self) -> None:
        """The company's people, as its staff department has them, and its customers' terms."""
        me = operator()
        directory, imports = Directory(self._database), Imports(self._database)
        sheet = io.BytesIO("".join(self._sheet()).encode())
        try:
            stored = imports.preview(me, sheet, "staff.csv")
            if stored.state is ImportState.PREVIEWED:
                imports.apply(me, stored.id)
        except (DirectoryError, TakenError):
            return
        for tenant in self._demonstration.world.tenants:
            changes = self._terms(tenant.uid)
            try:
                directory.create_tenant(me, tenant.uid, changes)
            except TakenError:
                directory.change_tenant(me, tenant_id(tenant.uid), changes)
        self._welcome()

    def work(self) -> bool:
        """What colleagues made of it, once the history is read; whether that is over."""
        try:
            return self._worked()
        except DBAPIError:
            # The history is being written: they come back to it.
            return False

    def _worked(self) -> bool:
        reached = {one.name: one.last_event for one in self._watching.sources()}
        if reached.get(SOURCE, 0) < self._demonstration.now - READ:
            return False
        analyst, _ = self._colleagues()
        if all(row.assignee is None for row in self._rows(analyst)):
            self._open(analyst)
            rows = self._rows(analyst)
            self._triage(analyst, rows)
            self._ask(analyst, rows)
        return True

    def _rows(self, analyst: Actor) -> list[TicketRow]:
        return self._tickets.page(analyst, TicketFilter(statuses=EVERY), limit=200).rows

    def _open(self, analyst: Actor) -> None:
        """Tickets of what was found while nobody was there yet: the oldest of the grave ones."""
        wanted = Filter(severity=Severity.HIGH)
        found = Reading(self._database).incidents(wanted, None, _LOOKED_AT)
        for one in found[-_OPENED:]:
            self._tickets.open(analyst, one.incident.id)

    def _sheet(self) -> Iterator[str]:
        """The list of accounts, a line at a time."""
        told = io.StringIO()
        writer = csv.writer(told)
        writer.writerow(_HEADINGS)
        leavers, day = self._leavers(), _day(self._demonstration.now)
        for person in self._demonstration.world.people:
            writer.writerow(_cells(person, leavers, day))
            yield told.getvalue()
            told.seek(0)
            told.truncate()

    def _leavers(self) -> frozenset[str]:
        """Who has left as the list says and signs in nevertheless: nothing else is done to them."""
        taken = {u for label in self._demonstration.simulation.incidents for u in label.accounts}
        quiet = [
            person.uid
            for person in self._demonstration.world.people
            if person.kind == "person" and person.uid not in taken and not person.leaves
        ]
        return frozenset(quiet[len(quiet) // 3 :][:_LEAVERS])

    def _terms(self, uid: str) -> TenantChanges:
        """A customer's name, whom to speak to there, and, of the first one, what it allows."""
        world = self._demonstration.world
        first = world.tenants[0].uid == uid
        tenant = next(one for one in world.tenants if one.uid == uid)
        countries = sorted({carrier(site.city) for site in tenant.sites} | {"FR"})
        contact = Contact(
            name="Service informatique",
            email=f"securite@{tenant.domain}",
            about="accès et incidents",
        )
        return TenantChanges(
            name=uid.replace("-", " ").title(),
            zone=tenant.sites[0].zone,
            language="fr",
            contacts=(contact,),
            countries=tuple(countries) if first else (),
        )

    def _welcome(self) -> None:
        with self._database.begin() as connection:
            for email, name, role in COLLEAGUES:
                if reviewers.by_email(connection, email) is None:
                    row = ReviewerRow(
                        uid=new_uid(),
                        email=email,
                        name=name,
                        role=role.value,
                        tenant=None,
                        state=ACTIVE,
                        version=1,
                        created=now_ms() - 20 * DAY,
                        last_sign_in=now_ms() - 2 * HOUR,
                    )
                    reviewers.add(connection, row)

    def _colleagues(self) -> list[Actor]:
        with reading(self._database).connect() as connection:
            rows = [reviewers.by_email(connection, email) for email, _, _ in COLLEAGUES]
        return [actor_of_reviewer(row, now_ms()) for row in rows if row is not None]

    def _triage(self, analyst: Actor, rows: list[TicketRow]) -> None:
        """The oldest are closed, the next ones are at work on."""
        oldest = sorted(rows, key=lambda row: row.created)
        for row, (disposition, why) in zip(oldest, _WORK, strict=False):
            change = Change(disposition=disposition, status=Status.RESOLVED, assignee="me")
            self._change(analyst, row, change, why)
        for row, text in zip(oldest[len(_WORK) :], _NOTES, strict=False):
            self._change(analyst, row, Change(status=Status.IN_PROGRESS, assignee="me"), text)

    def _change(self, analyst: Actor, row: TicketRow, change: Change, reason: str) -> None:
        try:
            self._tickets.change(analyst, row.number, change, reason=reason)
        except (TicketError, StaleError, NotThereError):
            # It is demonstrated by whoever is quicker: by the live log, or by its visitor.
            return

    def _ask(self, analyst: Actor, rows: list[TicketRow]) -> None:
        """Two deactivations wait for a second person."""
        asked = 0
        for row in rows:
            subject = row.subject
            is_one = subject is not None and subject.kind is SubjectKind.ACCOUNT
            if asked < 2 and is_one and subject is not None and row.category in _ASKED:
                wanted = Wanted(
                    tenant=subject.tenant,
                    accounts=(subject.uid,),
                    step=Step.DEACTIVATE,
                    reason="Somebody else is in: the account has to rest until its owner is back.",
                    aup="9",
                    incident=bytes.fromhex((row.incident or "").replace("-", "")) or None,
                    ticket=row.number,
                )
                asked += self._request(analyst, wanted)

    def _request(self, analyst: Actor, wanted: Wanted) -> bool:
        try:
            told = self._measures.preview(analyst, wanted.tenant, wanted.accounts, wanted.step)
            self._measures.request(analyst, structs.replace(wanted, seen=told.seen))
        except (MeasureError, StaleError, NotThereError):
            return False
        return True


_HEADINGS: Final = (
    "tenant",
    "uid",
    "login",
    "name",
    "email",
    "kind",
    "state",
    "role",
    "privileged",
    "mfa",
    "started",
    "ended",
    "sharing_owner",
    "sharing_reason",
    "sharing_until",
)
_ROLES: Final = {"floor": "agent", "desk": "supervisor", "road": "sales"}
_PRIVILEGED: Final = 23
"""One person of so many has rights over others."""


def _day(at: int) -> date:
    return datetime.fromtimestamp(at / 1_000, UTC).date()


def _cells(person: Person, leavers: frozenset[str], day: date) -> tuple[str, ...]:
    """A line of the list."""
    kinds = {SERVICE: "service", KIOSK: "kiosk", SHARED: "shared"}
    is_shared, is_person = person.kind == SHARED, person.kind == "person"
    ended = day - timedelta(days=_ENDED) if person.uid in leavers else None
    shared = ("floor manager", "the desk at the entrance", (day + timedelta(days=90)).isoformat())
    factor = {None: "none", "sms": "weak", "push": "weak"}.get(person.mfa, "strong")
    name = person.name.partition("@")[0].replace(".", " ").title()
    return (
        person.tenant.uid,
        person.uid,
        person.name,
        name,
        f"{person.name.partition('@')[0]}@{person.tenant.domain}" if is_person else "",
        kinds.get(person.kind, "person"),
        "active",
        _ROLES.get(person.place, "agent") if is_person else "",
        "yes" if is_person and person.number % _PRIVILEGED == 0 else "no",
        factor if is_person else "unknown",
        (day - timedelta(days=200 + 7 * (person.number % 90))).isoformat() if is_person else "",
        "" if ended is None else ended.isoformat(),
        *(shared if is_shared else ("", "", "")),
    )
