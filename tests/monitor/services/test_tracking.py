"""What a tracker is told of a version of a ticket is told once, and goes with its account; nobody
there says that a guardrail was looked at."""

from msgspec import structs
from sqlalchemy import Engine

from alerts.ports import Action
from alerts.responders.keeping import Keeping
from alerts.ticket import Disposition, Kind, Status
from alerts.tracking import Outer, Stage
from detectors.core.finding import Severity
from detectors.core.identity import Subject, SubjectKind
from monitor.services import tracking
from monitor.services.opening import open_ticket
from monitor.store import outbox, restrictions, ticket_notes, tickets
from monitor.store.outbox import Wanted

NOW = 1_800_000_000_000
WHO = Subject(SubjectKind.ACCOUNT, "acme", "u-1")
TERMS = Keeping(kind="x")


def test_the_same_version_is_told_once(database: Engine) -> None:
    with database.begin() as connection:
        number = open_ticket(connection, Kind.REPORT, "acme", WHO, "Odd", now=NOW, text="It was")
        assert tracking.tell(connection, number, {"jira": TERMS}, NOW) == 2
        assert tracking.tell(connection, number, {"jira": TERMS}, NOW + 1) == 0
        rows = outbox.page(connection, Wanted(action=Action.TRACK))
    assert {one.subject_key for one in rows} == {WHO.key()}
    assert {one.order.template for one in rows} == {"report"}
    assert [one.order.values.get("comment", "") for one in rows] == ["It was", ""]


def test_what_is_not_grave_enough_is_not_told(database: Engine) -> None:
    with database.begin() as connection:
        number = open_ticket(
            connection, Kind.REPORT, "acme", WHO, "Odd", now=NOW, severity=Severity.LOW
        )
        assert tracking.tell(connection, number, {"jira": TERMS, "hook": None}, NOW) == 0
        every = {"jira": Keeping(kind="x", least="low")}
        assert tracking.tell(connection, number, every, NOW) == 1


def test_nothing_is_told_of_whom_the_law_keeps_from_it(database: Engine) -> None:
    with database.begin() as connection:
        number = open_ticket(connection, Kind.REPORT, "acme", WHO, "Odd", now=NOW)
        restrictions.restrict(connection, WHO, NOW, "ticket 4", "operator:root")
        assert tracking.tell(connection, number, {"jira": TERMS}, NOW) == 0
        outer = Outer(
            ticket=number, reference="S-1", address="https://j", stage=Stage.BEGUN, status="x"
        )
        assert not tracking.follow(connection, "jira", TERMS, outer, NOW)


def test_a_ticket_that_is_not_ours_is_left_alone(database: Engine) -> None:
    outer = Outer(ticket=77, reference="S-1", address="https://j", stage=Stage.OVER, status="x")
    with database.begin() as connection:
        assert not tracking.follow(connection, "jira", TERMS, outer, NOW)
        assert tracking.tell(connection, 77, {"jira": TERMS}, NOW) == 0
        assert not tracking.note(connection, 77, {"jira": TERMS})


def test_nobody_there_says_that_a_guardrail_was_looked_at(database: Engine) -> None:
    """Whoever may edit an issue would let a policy act on: what they said is told, and waits."""
    terms = Keeping(kind="x", dispositions={"Done": Disposition.TRUE_POSITIVE})
    outer = Outer(ticket=0, reference="S-1", address="https://j", stage=Stage.NEW, status="To Do")
    over = structs.replace(outer, stage=Stage.OVER, status="Closed", resolution="Done")
    for kind, status in ((Kind.GUARDRAIL, Status.NEW), (Kind.REPORT, Status.RESOLVED)):
        with database.begin() as connection:
            number = open_ticket(connection, kind, "acme", None, "It", now=NOW)
            for seen in (outer, over):
                known = structs.replace(seen, ticket=number)
                moved = tracking.follow(connection, "jira", terms, known, NOW)
            found = tickets.ticket(connection, number)
            said = [one.text for one in ticket_notes.comments_of(connection, number)]
        assert found is not None
        assert (found.ticket.status, moved) == (status, kind is Kind.REPORT)
        assert said == ["S-1: Closed (Done)"]
