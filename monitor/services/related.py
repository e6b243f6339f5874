"""What goes with an incident: others about the same account, of the same campaign, from the same
address or machine; and those of its tenant that came to the same."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Final

from msgspec import Struct, structs
from sqlalchemy import Connection
from sqlalchemy import Engine as Database

from alerts.incident import Category, Incident
from detectors.core.event import DAY, SignIn
from detectors.core.finding import Severity
from detectors.core.identity import Subject, SubjectKind, as_uuid
from monitor.protection.masking import mask_name, mask_subject
from monitor.services.actor import Actor
from monitor.services.authority import Operation, allowed, permits, within
from monitor.store import related
from monitor.store.connection import reading
from monitor.store.reading import Reading, StoredIncident

SHOWN: Final = 8
"""Of each sort."""
_LOOKED_AT: Final = 200
"""Sign-ins of an incident by which others are found."""
_ADDRESSES: Final = 20


class Tie(StrEnum):
    """Why one goes with another."""

    ACCOUNT = "account"
    CAMPAIGN = "campaign"
    ADDRESS = "address"
    DEVICE = "device"
    CATEGORY = "category"


class RelatedView(Struct, frozen=True, kw_only=True):
    """Another incident, and by what it goes with this one; times are event times in ms."""

    id: str
    category: Category
    severity: Severity
    subject: Subject
    account_name: str | None
    confidence: int
    updated: int
    withdrawn: bool
    ties: tuple[Tie, ...]


class RelatedPage(Struct, frozen=True, kw_only=True):
    """Those that go with it, and those that are merely alike; at most 8 each."""

    going_with: tuple[RelatedView, ...]
    alike: tuple[RelatedView, ...]


class Relations:
    """Finds them. Safe to share between threads."""

    def __init__(self, database: Database) -> None:
        self._reading = reading(database)
        self._incidents = Reading(database)

    @allowed(Operation.INCIDENTS_READ)
    def of(self, actor: Actor, identifier: bytes) -> RelatedPage | None:
        """What goes with an incident; None where there is none of this id that the actor sees."""
        stored = self._incidents.incident(identifier)
        if stored is None or within(actor) not in (None, stored.incident.subject.tenant):
            return None
        incident = stored.incident
        own = self._evidence([incident.id])
        with self._reading.begin() as connection:
            ties = _tied(connection, incident, own)
            every = list(ties)
            first = related.first_findings(connection, [one.incident for one in every])
        events = {
            event.id: event
            for event in self._incidents.events(
                [i for finding in first.values() for i in finding.event_ids[:4]]
            )
            if isinstance(event, SignIn)
        }
        mine = {trace for event in own for trace in related.traces(event)}
        views = []
        for one in every:
            finding = first.get(one.incident.id)
            theirs = [events[i] for i in finding.event_ids if i in events] if finding else []
            shared = {kind for event in theirs for kind, _ in related.traces(event) & mine}
            more = {Tie(kind) for kind in shared}
            views.append(_view(one, ties[one] | more, theirs))
        if not permits(actor, Operation.PERSON_LOOK):
            views = [_veiled(one) for one in views]
        return _page(views)

    def _evidence(self, incidents: list[bytes]) -> list[SignIn]:
        found = self._incidents.findings_of(incidents)
        wanted = [
            identifier
            for some in found.values()
            for one in some
            if not one.withdrawn
            for identifier in one.finding.event_ids
        ]
        events = self._incidents.events(list(dict.fromkeys(wanted))[:_LOOKED_AT])
        return [event for event in events if isinstance(event, SignIn)]


def _tied(
    connection: Connection, incident: Incident, own: list[SignIn]
) -> dict[StoredIncident, set[Tie]]:
    """Those that may go with it: each by an index, so that 100,000 others cost nothing."""
    subject = incident.subject
    addresses = list(dict.fromkeys(event.ip for event in own if event.ip))[:_ADDRESSES]
    sources = [Subject(SubjectKind.SOURCE, subject.tenant, ip) for ip in addresses]
    others = [one for one in (*sources, *incident.others) if one != subject]
    but, tenant = incident.id, subject.tenant
    found: dict[bytes, StoredIncident] = {}
    ties: dict[bytes, set[Tie]] = {}

    def add(some: Iterable[StoredIncident], *why: Tie) -> None:
        for one in some:
            found.setdefault(one.incident.id, one)
            ties.setdefault(one.incident.id, set()).update(why)

    add(related.about(connection, [subject], but, SHOWN), Tie.ACCOUNT)
    add(related.about(connection, others, but, SHOWN), Tie.ADDRESS)
    span = (incident.opened - DAY, incident.updated + DAY)
    named = {subject, *sources, *incident.others}
    campaigns = related.campaigns(connection, tenant, *span, but, SHOWN)
    add((one for one in campaigns if _meets(one.incident, named)), Tie.CAMPAIGN)
    add(related.like(connection, tenant, incident.category, but, 3 * SHOWN), Tie.CATEGORY)
    add(related.lately(connection, tenant, but, related.MOST))
    return {found[identifier]: some for identifier, some in ties.items()}


def _meets(campaign: Incident, named: set[Subject]) -> bool:
    return campaign.subject in named or not named.isdisjoint(campaign.others)


def _page(views: list[RelatedView]) -> RelatedPage:
    strong = [one for one in views if set(one.ties) - {Tie.CATEGORY}]
    strong.sort(key=lambda one: (-len(one.ties), -one.updated, one.id))
    alike = [one for one in views if set(one.ties) == {Tie.CATEGORY}]
    alike.sort(key=lambda one: (-one.updated, one.id))
    return RelatedPage(going_with=tuple(strong[:SHOWN]), alike=tuple(alike[:SHOWN]))


def _view(stored: StoredIncident, ties: set[Tie], events: list[SignIn]) -> RelatedView:
    incident = stored.incident
    name = None
    if incident.subject.kind is SubjectKind.ACCOUNT:
        mine = (one.account_name for one in events if one.account == incident.subject.uid)
        name = next((one for one in mine if one), None)
    return RelatedView(
        id=as_uuid(incident.id),
        category=incident.category,
        severity=incident.severity,
        subject=incident.subject,
        account_name=name,
        confidence=incident.confidence,
        updated=incident.updated,
        withdrawn=stored.withdrawn,
        ties=tuple(one for one in Tie if one in ties),
    )


def _veiled(one: RelatedView) -> RelatedView:
    name = None if one.account_name is None else mask_name(one.account_name)
    return structs.replace(one, subject=mask_subject(one.subject), account_name=name)
