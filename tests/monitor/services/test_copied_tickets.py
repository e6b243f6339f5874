"""A copy tells what people did about somebody, and neither who did nor who reported it."""

import json

from msgspec import structs
from sqlalchemy import Engine as Database
from sqlalchemy import insert

from alerts.ladder import Step
from alerts.measure import State as MeasureState
from alerts.suppression import Scope, Suppression
from alerts.ticket import Kind
from detectors.core.identity import Subject, SubjectKind
from monitor.services import copied_tickets
from monitor.services.copied_tickets import HIDDEN
from monitor.services.opening import open_ticket
from monitor.store import restrictions, suppressions, tables, tickets
from monitor.store.suppressions import StoredSuppression
from monitor.store.ticket_notes import add_comment
from tests.monitor.erasing.leaving import NOW, SUBJECT
from tests.monitor.services.measured import kept, measure


def test_what_was_decided_is_told_without_who(database: Database) -> None:
    one = measure(
        Step.DEACTIVATE,
        MeasureState.IN_FORCE,
        SUBJECT.uid,
        requested_by="reviewer:ada",
        requested_name="Ada",
        reason="used by three people",
    )
    with database.begin() as connection:
        kept(connection, structs.replace(one, tenant=SUBJECT.tenant))
        kept(connection, measure())
        [line] = copied_tickets.measure_lines(connection, SUBJECT)
    told = json.loads(line)
    assert (told["step"], told["reason"]) == ("deactivate", "used by three people")
    assert told["requested_by"] == "reviewer"
    assert b"Ada" not in line


def test_tickets_are_told_with_what_was_said_and_nobody_who_said_it(database: Database) -> None:
    with database.begin() as connection:
        number = open_ticket(
            connection, Kind.APPEAL, SUBJECT.tenant, SUBJECT, "Appeal", now=1, text="not me"
        )
        [line] = copied_tickets.ticket_lines(connection, SUBJECT)
    told = json.loads(line)
    assert (told["number"], told["kind"], told["status"]) == (number, "appeal", "new")
    assert told["comments"] == [{"time": 1, "by": "daemon", "text": "not me"}]


def reviewer(database: Database, name: str, email: str) -> None:
    row = {"uid": name, "email": email, "email_key": email, "name": name, "role": "analyst"}
    with database.begin() as connection:
        made = insert(tables.reviewers).values(
            row | {"state": "active", "version": 1, "created": 1}
        )
        connection.execute(made)


def test_who_works_here_is_named_nowhere_in_what_they_wrote(database: Database) -> None:
    reviewer(database, "Ada Byron", "ada@vigie.example")
    one = measure(
        Step.SUSPEND,
        MeasureState.UNDONE,
        SUBJECT.uid,
        requested_by="reviewer:r-9",
        requested_name="Grace",
        reason="Grace says so",
        decision="ADA BYRON agrees",
        undo_reason="ask ada@vigie.example",
    )
    with database.begin() as connection:
        kept(connection, structs.replace(one, tenant=SUBJECT.tenant))
        number = open_ticket(connection, Kind.GUARDRAIL, SUBJECT.tenant, SUBJECT, "X", now=1)
        ticket = tickets.ticket(connection, number)
        assert ticket is not None
        # Who left since is known by what they did.
        by = ("reviewer:r-gone", "Linus T.")
        add_comment(connection, ticket, "as Linus T. told Ada Byron's team", time=2, actor=by)
        told = b"".join(
            [
                *copied_tickets.ticket_lines(connection, SUBJECT),
                *copied_tickets.measure_lines(connection, SUBJECT),
            ]
        )
    for name in (b"ada", b"grace", b"linus"):
        assert name not in told.lower()
    [comment] = json.loads(told.splitlines()[0])["comments"]
    assert comment == {"time": 2, "by": "reviewer", "text": f"as {HIDDEN} told {HIDDEN}'s team"}


def test_who_reported_it_is_not_told(database: Database) -> None:
    facts = {"account": SUBJECT.uid, "contact": "neighbour@home.example"}
    text = "they share it\n\n✉ Neighbour@home.example"
    with database.begin() as connection:
        open_ticket(
            connection, Kind.REPORT, SUBJECT.tenant, SUBJECT, "R", now=1, text=text, facts=facts
        )
        [line] = copied_tickets.ticket_lines(connection, SUBJECT)
    assert b"eighbour" not in line
    told = json.loads(line)
    assert told["facts"] == {"account": SUBJECT.uid}
    assert told["comments"][0]["text"].startswith("they share it")


def test_what_was_held_back_about_it_is_told_also_while_its_data_is_restricted(
    database: Database,
) -> None:
    reviewer(database, "Ada Byron", "ada@vigie.example")
    with database.begin() as connection:
        for subject in (SUBJECT, Subject(SubjectKind.ACCOUNT, "t", "a1")):
            scope = Scope(tenant="t", subject=subject)
            made = Suppression(
                scope=scope, owner="o", reason="Ada Byron knows them", since=NOW, until=NOW + 5
            )
            suppressions.add(connection, StoredSuppression(made=made, owner_name="Ada Byron"))
        restrictions.restrict(connection, SUBJECT, NOW, "#1", "operator:x")
        [line] = copied_tickets.suppression_lines(connection, SUBJECT)
    told = {"since": NOW, "until": NOW + 5, "reason": f"{HIDDEN} knows them", "matches": 0}
    assert json.loads(line) == told
