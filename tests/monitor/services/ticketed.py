"""Incidents with findings as an engine stores them, and tickets that follow them, for tests."""

from collections.abc import Sequence

import msgspec
from msgspec import structs
from sqlalchemy import Engine, delete, insert, update

from alerts.incident import Assessment, Category, Contribution, Incident
from alerts.suppression import Scope, Suppression
from alerts.ticket import Disposition, Status, move
from detectors.core.event import DAY, Activity, Outcome, SignIn
from detectors.core.finding import Evidence, Finding, Severity, Theme, Weights, finding
from detectors.core.identity import Subject, SubjectKind, timed_id
from monitor.services.opening import take
from monitor.services.ticket_evidence import Taken
from monitor.store import incident_words, suppressions, tables, tickets
from monitor.store.reading import StoredIncident
from monitor.store.suppressions import StoredSuppression
from monitor.store.ticket_notes import Deed, changes_of
from monitor.store.tickets import StoredTicket

NOW = 1_800_000_000_000
T = "acme"
ANN = Subject(SubjectKind.ACCOUNT, T, "u-1042")


def found(number: int, subject: Subject = ANN, detector: str = "impossible_travel") -> Finding:
    """A finding, another one for each number."""
    evidence = Evidence("apart", Weights(shared=3.0), {})
    anchor = timed_id(NOW + number, "event", subject.uid)
    return finding(detector, subject, NOW + number, Severity.HIGH, evidence, (anchor,))


def incident(
    *findings: Finding,
    subject: Subject = ANN,
    category: Category = Category.CREDENTIAL_SHARING,
    severity: Severity = Severity.HIGH,
    name: str = "one",
) -> Incident:
    """An incident of these findings; the same `name` is the same incident."""
    given = findings or (found(1, subject),)
    parts = tuple(Contribution(one.id, one.detector, (0.0, 0.0, 3.0, 0.0), 0.0) for one in given)
    return Incident(
        id=timed_id(NOW, str(subject), name),
        subject=subject,
        theme=Theme.USE,
        category=category,
        severity=severity,
        confidence=90,
        assessment=Assessment((0.1, 0.1, 0.7, 0.1), 0.0, parts),
        findings=tuple(one.id for one in given),
        opened=NOW,
        updated=max(one.time for one in given),
        reached=NOW,
    )


class Desk:
    """A database in which incidents come and are followed, with a clock that tests set."""

    def __init__(self, database: Engine) -> None:
        self.database = database
        self.now = NOW

    def put(
        self, made: Incident, findings: Sequence[Finding] = (), *, withdrawn: bool = False
    ) -> StoredIncident:
        """Store an incident as an engine does, in place of what it was."""
        row = {
            "id": made.id,
            "subject_key": made.subject.key(),
            "tenant": made.subject.tenant,
            "subject": made.subject.uid,
            "category": made.category.value,
            "severity": int(made.severity),
            "updated": made.updated,
            "withdrawn": withdrawn,
            "body": msgspec.msgpack.encode(made),
        }
        with self.database.begin() as connection:
            connection.execute(delete(tables.incidents).where(tables.incidents.c.id == made.id))
            connection.execute(insert(tables.incidents), [row])
            incident_words.replace(connection, made)
            for one in findings or [found(1, made.subject)]:
                connection.execute(delete(tables.findings).where(tables.findings.c.id == one.id))
                values = {
                    "id": one.id,
                    "subject_key": one.subject.key(),
                    "detector": one.detector,
                    "severity": int(one.severity),
                    "withdrawn": withdrawn,
                    "incident_id": made.id,
                    "body": msgspec.msgpack.encode(one),
                }
                connection.execute(insert(tables.findings), [values])
        return StoredIncident(made, withdrawn)

    def withdraw(self, *findings: Finding) -> None:
        """Withdraw findings, as an engine does."""
        table = tables.findings
        with self.database.begin() as connection:
            gone = update(table).where(table.c.id.in_([one.id for one in findings]))
            connection.execute(gone.values(withdrawn=True))

    def name(self, one: Finding, name: str) -> None:
        """Store the event that a finding stands on, of an account of this name."""
        event = SignIn(
            id=one.event_ids[0],
            time=one.time,
            tenant=one.subject.tenant,
            account=one.subject.uid,
            account_name=name,
            source="idp",
            activity=Activity.LOGON,
            outcome=Outcome.SUCCESS,
        )
        row = {
            "id": event.id,
            "account_key": one.subject.key(),
            "source_id": 1,
            "late": False,
            "body": msgspec.msgpack.encode(event),
        }
        with self.database.begin() as connection:
            connection.execute(insert(tables.events), [row])

    def take(
        self, made: Incident, findings: Sequence[Finding] = (), *, withdrawn: bool = False
    ) -> Taken:
        """An incident comes, or changes, and is followed."""
        stored = self.put(made, findings, withdrawn=withdrawn)
        with self.database.begin() as connection:
            return take(connection, stored, withdrawn, self.now)

    def ticket(self, number: int | None) -> StoredTicket:
        """The ticket of this number."""
        assert number is not None
        with self.database.begin() as connection:
            found = tickets.ticket(connection, number)
        assert found is not None
        return found

    def opened(self, name: str = "one") -> StoredTicket:
        """A new ticket, of an incident of its own."""
        subject = Subject(SubjectKind.ACCOUNT, T, f"u-{name}")
        return self.ticket(self.take(incident(subject=subject, name=name)).ticket_id)

    def close(self, one: StoredTicket) -> StoredTicket:
        """Somebody closes a ticket."""
        closed = move(one.ticket, Status.RESOLVED, self.now, Disposition.BENIGN_EXPLAINED)
        after = structs.replace(one, ticket=closed, due=None, updated=self.now)
        with self.database.begin() as connection:
            made = tickets.put(connection, one, after)
        assert made is not None
        return made

    def deeds(self, number: int | None) -> list[tuple[Deed, int]]:
        """What became of a ticket, in order."""
        assert number is not None
        with self.database.begin() as connection:
            return [(one.deed, one.number) for one in changes_of(connection, number)]

    def suppress(
        self,
        subject: Subject | None = ANN,
        *,
        until: int = NOW + DAY,
        up_to: Severity = Severity.HIGH,
        since: int = NOW,
    ) -> StoredSuppression:
        """Hold back what is found of somebody."""
        scope = Scope(tenant=T, category=Category.CREDENTIAL_SHARING, subject=subject, up_to=up_to)
        made = Suppression(scope=scope, owner="r-1", reason="known", since=since, until=until)
        with self.database.begin() as connection:
            one = StoredSuppression(made=made, owner_name="Ada")
            return suppressions.add(connection, one)
