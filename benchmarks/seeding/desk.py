"""What people's side made of incidents: tickets, measures, challenges, orders, the audit."""

import random
from collections.abc import Sequence
from typing import Final, NamedTuple

from msgspec import structs
from sqlalchemy import Connection, update

from alerts.incident import Incident
from alerts.ladder import Step
from alerts.measure import Measure
from alerts.measure import State as MeasureState
from alerts.outbox import State as OrderState
from alerts.ports import Action, Order, Receipt, Target
from alerts.suppression import Scope, Suppression
from alerts.ticket import Disposition, Kind, Status, Ticket, move
from benchmarks.seeding.scale import Scale
from detectors.core.event import DAY, HOUR, MINUTE
from detectors.core.finding import Severity
from detectors.core.identity import Subject, SubjectKind
from monitor.mfa.challenge import Challenge, Origin, Reason
from monitor.mfa.challenge import State as ChallengeState
from monitor.services.ticket_evidence import title_of
from monitor.store import (
    audit,
    challenges,
    measures,
    outbox,
    reviewers,
    suppressions,
    tables,
    ticket_notes,
    tickets,
)
from monitor.store.outbox import Carried, encoded
from monitor.store.reviewers import ReviewerRow
from monitor.store.suppressions import StoredSuppression
from monitor.store.ticket_notes import Deed
from monitor.store.tickets import Details, StoredTicket

AT_ONCE: Final = 100
"""Incidents of one transaction: what a transaction tells is looked through with each of it."""
_OPEN: Final = 0.03
_SAID: Final = (
    "called the team lead: two people on one desk, agreed until licences come",
    "asked again, harmless: a night shift that travels with phone and laptop",
    "the office network's scanner, a test of the printer",
)
_STEPS: Final = (Step.NOTIFY, Step.CHALLENGE, Step.REVOKE, Step.SUSPEND)
_ACTIONS: Final = (Action.NOTIFY, Action.CHALLENGE, Action.REVOKE, Action.DISABLE)
_DISPOSITIONS: Final = (
    Disposition.TRUE_POSITIVE,
    Disposition.FALSE_POSITIVE,
    Disposition.BENIGN_EXPLAINED,
)


class Worked(NamedTuple):
    """An incident that people work on, and the name of its account."""

    incident: Incident
    name: str


class Desk:
    """Works on incidents as people would."""

    def __init__(self, scale: Scale) -> None:
        self._scale = scale
        self._chance = random.Random(f"desk {scale.seed}")  # noqa: S311 - always the same
        self._people = [f"{number:032x}" for number in range(1, 13)]

    def add_people(self, connection: Connection) -> None:
        """The reviewers."""
        for number, uid in enumerate(self._people):
            role = ("administrator", "approver", "analyst", "viewer")[number % 4]
            email = f"reviewer{number}@vigie.example"
            name = f"Reviewer {number}"
            row = ReviewerRow(uid, email, name, role, None, "active", 1, self._scale.since, None)
            reviewers.add(connection, row)

    def add_suppressions(self, connection: Connection, some: Sequence[Incident]) -> None:
        """A few that hold back what these incidents conclude."""
        for number, incident in enumerate(some):
            scope = Scope(tenant=incident.subject.tenant, category=incident.category)
            since = incident.updated
            until = since + (number % 60) * DAY + HOUR
            made = Suppression(
                scope=scope, owner=self._people[0], reason=_SAID[0], since=since, until=until
            )
            stored = StoredSuppression(made=made, owner_name="Reviewer 0", matches=number)
            suppressions.add(connection, stored)

    def work(self, connection: Connection, some: Sequence[Worked]) -> None:
        """A ticket on each that a reviewer is called for, and what came of it."""
        for one in some:
            incident = one.incident
            if incident.severity < Severity.MEDIUM:
                continue
            ticket = self._ticket(connection, one)
            if incident.subject.kind is SubjectKind.ACCOUNT and self._chance.random() < 0.5:
                self._measure(connection, one, ticket)

    def _ticket(self, connection: Connection, one: Worked) -> StoredTicket:
        """One as it is in the end: what it was before is in its change only."""
        incident, chance = one.incident, self._chance
        new = StoredTicket(
            kind=Kind.INCIDENT,
            incident=incident.id,
            tenant=incident.subject.tenant,
            title=title_of(incident),
            category=incident.category,
            ticket=Ticket(severity=incident.severity, opened=incident.updated),
            due=incident.updated + HOUR,
            created=incident.updated,
            updated=incident.updated,
            tags=("night",) if chance.random() < 0.05 else (),
            details=Details(
                subject=incident.subject,
                account_name=one.name,
                findings=incident.findings,
                last=incident.updated,
            ),
        )
        if chance.random() < _OPEN:
            return tickets.add(connection, new)
        actor = self._someone()
        said = chance.choice(_SAID) if chance.random() < 0.5 else ""
        kept = tickets.add(connection, self._resolved(new, actor[0]), said)
        before = structs.replace(new, id=kept.id)
        at = kept.updated
        ticket_notes.add_change(connection, before, kept, Deed.CHANGED, time=at, actor=actor)
        if said:
            ticket_notes.add_comment(connection, kept, said, time=at, actor=actor)
        self._note(connection, at, "tickets:write", kept)
        return kept

    def _resolved(self, new: StoredTicket, actor: str) -> StoredTicket:
        at = min(new.updated + self._chance.randrange(MINUTE, 3 * DAY), self._scale.until)
        taken = structs.replace(new.ticket, assignee=actor.partition(":")[2])
        closed = move(taken, Status.RESOLVED, at, self._chance.choice(_DISPOSITIONS))
        return structs.replace(new, ticket=closed, due=None, updated=at, version=2)

    def _measure(self, connection: Connection, one: Worked, ticket: StoredTicket) -> None:
        incident, chance = one.incident, self._chance
        which = chance.randrange(len(_STEPS))
        is_waiting = chance.random() < 0.01
        done = MeasureState.IN_FORCE if chance.random() < 0.1 else MeasureState.DONE
        at = incident.updated + MINUTE
        requester, name = self._someone()
        made = measures.add(
            connection,
            Measure(
                tenant=incident.subject.tenant,
                account=incident.subject.uid,
                step=_STEPS[which],
                state=MeasureState.REQUESTED if is_waiting else done,
                created=at,
                incident=incident.id,
                ticket=ticket.id,
                aup="6",
                requested_by=requester,
                requested_name=name,
                requested=at,
                reason=chance.choice(_SAID),
                approvals=1 if is_waiting else 0,
                expires=self._scale.until + DAY if is_waiting else None,
                ordered=None if is_waiting else at,
                carried=None if is_waiting else at + MINUTE,
            ),
        )
        if made is None or is_waiting:
            return
        self._order(connection, one, made, _ACTIONS[which])
        if made.step is Step.CHALLENGE:
            self._challenge(connection, made)

    def _order(self, connection: Connection, one: Worked, made: Measure, action: Action) -> None:
        order = Order(
            key=f"{made.key}:{action}",
            action=action,
            issued=made.created,
            tenant=made.tenant,
            target=Target(tenant=made.tenant, account=made.account, names=(one.name,)),
            measure=made.id,
            ticket=made.ticket,
            aup=("6",),
            reason=made.reason,
        )
        outbox.enqueue(connection, order, "keycloak")
        at = made.created + MINUTE
        is_dead = self._chance.random() < 0.01
        state = OrderState.DEAD if is_dead else OrderState.DONE
        receipt = None if is_dead else encoded(Carried(receipt=Receipt(reference="r1"), at=at))
        table = tables.outbox
        connection.execute(
            update(table)
            .where(table.c.key == outbox.key_of(order, "keycloak"))
            .values(state=state.value, attempts=1, receipt=receipt, updated=at)
        )

    def _challenge(self, connection: Connection, made: Measure) -> None:
        chance = self._chance
        states = (ChallengeState.PASSED, ChallengeState.EXPIRED, ChallengeState.DENIED)
        state = chance.choices(states, (80, 15, 5))[0]
        at = made.created
        put = Challenge(created=at, expires=at + 10 * MINUTE, state=state, ended=at + MINUTE)
        subject = Subject(SubjectKind.ACCOUNT, made.tenant, made.account)
        stored = challenges.StoredChallenge(
            handle=f"{chance.getrandbits(128):032x}",
            tenant=made.tenant,
            account=made.account,
            subject_key=subject.key(),
            reason=Reason.UNUSUAL,
            origin=Origin.POLICY,
            challenge=put,
            language="fr",
            measure=made.id,
            incident=made.incident,
            key=made.key,
            method="totp" if state is ChallengeState.PASSED else None,
            level=2 if state is ChallengeState.PASSED else None,
        )
        challenges.add(connection, stored, chance.randbytes(32))

    def _someone(self) -> tuple[str, str]:
        number = self._chance.randrange(len(self._people))
        return f"reviewer:{self._people[number]}", f"Reviewer {number}"

    def _note(self, connection: Connection, at: int, operation: str, one: StoredTicket) -> None:
        actor, name = self._someone()
        content = {"name": name, "reason": "", "ticket": one.id}
        audit.append(
            connection,
            time=at,
            actor=actor,
            operation=operation,
            subject=f"ticket:{one.id}",
            tenant=one.tenant,
            content=content,
        )
