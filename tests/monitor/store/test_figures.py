"""What waits is counted once, by what people decide by, and never what is put away."""

from sqlalchemy import Engine

from alerts.incident import Category
from alerts.ladder import Step
from alerts.measure import State
from alerts.ticket import Status
from detectors.core.event import DAY, HOUR
from detectors.core.finding import Severity
from detectors.core.identity import Subject, SubjectKind, timed_id
from monitor.mfa.lost_factor import State as Case
from monitor.store import figures, restrictions, tables
from monitor.store.figures import InHand, Raised, Waiting
from tests.monitor.services.measured import kept, measure

NOW = 1_800_000_000_000


def put(
    database: Engine,
    name: str,
    *,
    severity: Severity = Severity.HIGH,
    age: int = 0,
    status: Status | None = None,
    tenant: str = "acme",
    **ticket: object,
) -> Subject:
    """An incident of that long ago, with a ticket where a status is given."""
    subject = Subject(SubjectKind.ACCOUNT, tenant, name)
    identifier = timed_id(NOW - age, name)
    row = {
        "id": identifier,
        "subject_key": subject.key(),
        "tenant": tenant,
        "subject": name,
        "category": Category.CREDENTIAL_SHARING.value,
        "severity": int(severity),
        "updated": NOW - age,
        "withdrawn": False,
        "body": b"",
    }
    with database.begin() as connection:
        connection.execute(tables.incidents.insert(), [row])
        if status is not None:
            told = {
                "kind": "incident",
                "incident_id": identifier,
                "subject_key": subject.key(),
                "tenant": tenant,
                "title": name,
                "severity": int(severity),
                "status": status.value,
                "opened": NOW - age,
                "reopened": 0,
                "withdrawn": False,
                "search": "",
                "created": NOW,
                "updated": NOW,
                "version": 1,
                **ticket,
            }
            connection.execute(tables.tickets.insert(), [told])
    return subject


def test_what_nobody_resolved_waits_and_what_nobody_took_up_is_new(database: Engine) -> None:
    put(database, "without a ticket")
    put(database, "new", status=Status.NEW)
    put(database, "seen", status=Status.TRIAGED, age=2 * DAY)
    put(database, "over", status=Status.RESOLVED)
    put(database, "held back", status=Status.NEW, suppressed_by=1)
    put(database, "not worth a call", severity=Severity.LOW)
    with database.begin() as connection:
        found = figures.waiting(connection, NOW)
    sharing = Category.CREDENTIAL_SHARING
    assert sorted(found, key=lambda row: row.age) == [
        Waiting(Severity.HIGH, sharing, 0, True, 2),
        Waiting(Severity.HIGH, sharing, 2, False, 1),
    ]


def test_an_account_that_is_restricted_and_another_tenants_are_not_counted(
    database: Engine,
) -> None:
    hidden = put(database, "hidden", status=Status.NEW)
    put(database, "theirs", status=Status.NEW, tenant="zenith")
    with database.begin() as connection:
        restrictions.restrict(connection, hidden, NOW, "asked", "operator:x")
        kept(connection, measure(Step.SUSPEND, State.HELD, "hidden"))
        every, own = figures.waiting(connection, NOW), figures.waiting(connection, NOW, "acme")
        assert [row.count for row in every] == [1]
        assert own == []
        assert figures.raised(connection, (NOW - DAY, NOW + 1), "acme") == []
        assert figures.measures_in(connection, {State.HELD}) == 0
        assert figures.in_hand(connection, NOW, "me", "acme") == InHand(0, 0, 0, 0)


def test_incidents_are_counted_on_the_day_that_they_began(database: Engine) -> None:
    for name, age in (("now", 0), ("also now", HOUR), ("before", DAY), ("long ago", 9 * DAY)):
        put(database, name, age=age)
    with database.begin() as connection:
        found = figures.raised(connection, (NOW - 2 * DAY, NOW - 2 * HOUR, NOW + 1))
    assert sorted(found, key=lambda row: row.span) == [
        Raised(0, Severity.HIGH, 1),
        Raised(1, Severity.HIGH, 2),
    ]


def test_open_tickets_are_late_or_somebodys_or_nobodys(database: Engine) -> None:
    put(database, "late", status=Status.NEW, due=NOW - 1)
    put(database, "mine", status=Status.TRIAGED, assignee="me", due=NOW + HOUR)
    put(database, "over", status=Status.RESOLVED, due=NOW - 1, resolved=NOW - HOUR)
    put(database, "contests", status=Status.NEW, kind="appeal")
    with database.begin() as connection:
        assert figures.in_hand(connection, NOW, "me") == InHand(1, 2, 1, 1)
        assert figures.resolved(connection, NOW - DAY) == 1
        assert figures.resolved(connection, NOW) == 0


def test_what_was_done_is_counted_when_it_was_confirmed(database: Engine) -> None:
    with database.begin() as connection:
        kept(connection, measure(Step.SUSPEND, State.IN_FORCE, "a", confirmed=NOW))
        kept(connection, measure(Step.NOTIFY, State.DONE, "b", confirmed=NOW))
        kept(connection, measure(Step.SUSPEND, State.EXECUTING, "c"))
        assert figures.carried_out(connection, NOW - DAY) == 1
        assert figures.cases_in(connection, Case.REQUESTED) == 0


def test_events_and_the_last_one_are_those_of_logs(database: Engine) -> None:
    """What people answer comes from Vigie's own source, and makes no day of a log."""
    with database.begin() as connection:
        assert figures.last_event(connection, "vigie") is None
        rows = [{"name": "idp", "last_event": NOW}, {"name": "vigie", "last_event": NOW + DAY}]
        connection.execute(tables.sources.insert(), [{"format": "x", **row} for row in rows])
        assert figures.last_event(connection, "vigie") == NOW
        assert figures.events(connection, NOW - DAY, NOW) == 0
