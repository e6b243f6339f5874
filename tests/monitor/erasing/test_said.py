"""What is said of an erased account on others' tickets goes, with what they were found by."""

from typing import Any

import pytest
from sqlalchemy import Connection, insert
from sqlalchemy import Engine as Database
from sqlalchemy import Text as Words

from alerts.ladder import Step
from alerts.measure import Measure, State
from alerts.ports import Action, Order, Target
from alerts.suppression import Scope, Suppression
from alerts.ticket import Kind, Ticket
from detectors.core.detector import Text
from detectors.core.finding import Severity
from detectors.core.identity import Subject, SubjectKind
from monitor.erasing.said import INSTEAD, TEXTS
from monitor.services.actor import operator
from monitor.services.opening import open_ticket
from monitor.services.tickets import Tickets
from monitor.store import measures, outbox, policies, questions, suppressions, tables, tickets
from monitor.store.suppressions import StoredSuppression
from monitor.store.ticket_filter import TicketFilter
from monitor.store.ticket_notes import LinkKind, add_link, changes_of, comments_of, links_of
from monitor.store.tickets import StoredTicket
from tests.monitor.erasing.leaving import (
    NAME,
    NOW,
    SUBJECT,
    WHO,
    count,
    dumped,
    enter,
    erase,
    fill,
    is_named,
)


def found(database: Database, text: str) -> list[int]:
    with database.begin() as connection:
        return [one.id for one in tickets.page(connection, TicketFilter(text=text), None, 9)]


def test_its_own_tickets_go_and_others_keep_all_but_its_name(database: Database) -> None:
    fill(database)
    with database.begin() as connection:
        own, other = (
            open_ticket(connection, Kind.REPORT, SUBJECT.tenant, about, "Report", now=NOW)
            for about in (SUBJECT, None)
        )
    service = Tickets(database, lambda: NOW)
    service.comment(operator(), own, f"asked {NAME}")
    service.comment(operator(), other, f"the same line as {NAME.upper()}")
    service.comment(operator(), other, "two on one desk")
    assert found(database, SUBJECT.uid) == [own]
    counts = erase(database)
    assert (counts["rows of tickets"], counts["comments"]) == (1, 1)
    assert found(database, "report") == [other]
    with database.begin() as connection:
        texts = [comment.text for comment in comments_of(connection, other)]
    assert texts == [INSTEAD, "two on one desk"]
    assert found(database, "desk two") == [other]
    assert found(database, NAME) == []
    assert not is_named(database)


def opened(database: Database, about: Subject | None, **more: Any) -> StoredTicket:
    tenant = SUBJECT.tenant if about is None else about.tenant
    with database.begin() as connection:
        number = open_ticket(connection, Kind.REPORT, tenant, about, "Report", now=NOW, **more)
        found = tickets.ticket(connection, number)
    assert found is not None
    return found


def told(key: str, about: str | None = None, **more: Any) -> Order:
    target = (
        None if about is None else Target(tenant="t", account=about, email=f"{about}@t.example")
    )
    return Order(key=key, action=Action.TELL, issued=NOW, tenant="t", target=target, **more)


def test_nothing_of_its_own_tickets_and_measures_is_left(database: Database) -> None:
    one, other = opened(database, SUBJECT, tags=("x",)), opened(database, None)
    made = Measure(tenant="t", account=WHO, step=Step.SUSPEND, state=State.IN_FORCE, created=NOW)
    with database.begin() as connection:
        add_link(connection, other, LinkKind.RELATED, other=one.id)
        measure = measures.add(connection, made)
        assert measure is not None
        # Whom they were about is not said in them.
        outbox.enqueue(connection, told("a", ticket=one.id, reason="canary"), "chat")
        outbox.enqueue(connection, told("b", measure=measure.id, reason="canary"), "chat")
        outbox.enqueue(connection, told("c", ticket=other.id), "chat")
        used = {"digest": b"d" * 32, "measure_id": measure.id, "subject_key": SUBJECT.key()}
        times = {"language": "fr", "created": NOW, "expires": NOW, "used": NOW}
        connection.execute(insert(tables.appeal_links).values(used | times))
        # A comment of when nobody knew whom it was about.
        text = {"time": NOW, "actor": "reviewer:r-1", "actor_name": "Ada", "text": "canary?"}
        connection.execute(insert(tables.ticket_comments).values(ticket_id=one.id, **text))
    counts = erase(database)
    assert (counts["rows of tickets"], counts["rows of measures"]) == (1, 1)
    assert counts["rows of outbox"] == 2
    for table in (tables.ticket_comments, tables.ticket_tags, tables.appeal_links):
        assert count(database, table) == 0
    for table in (tables.tickets, tables.outbox):
        assert count(database, table) == 1
    assert links(database, other) == []
    assert not is_named(database)


def links(database: Database, one: StoredTicket) -> list[str]:
    with database.begin() as connection:
        return [link.title for link in links_of(connection, one.id)]


def test_what_names_it_on_others_tickets_goes_and_nothing_else(database: Database) -> None:
    enter(database)  # It is zcanary as well, and zoe@canary.example.
    facts = {"account": "zcanary", "organisation": "Acme"}
    one = opened(database, None, facts=facts, tags=("zcanary", "night"), text="who is this?")
    with database.begin() as connection:
        for title in ("zcanary at night", "a night"):
            address = f"https://wiki.example/{len(title)}"
            add_link(connection, one, LinkKind.OUTER, address=address, title=title)
    erase(database)
    with database.begin() as connection:
        [left] = tickets.page(connection, TicketFilter(), None, 9)
        assert left.details.facts == {"account": INSTEAD, "organisation": "Acme"}
        assert left.tags == ("night",)
        assert [change.after.tags for change in changes_of(connection, one.id)] == [("night",)]
        assert [comment.text for comment in comments_of(connection, one.id)] == ["who is this?"]
    assert links(database, one) == [INSTEAD, "a night"]
    assert found(database, "zcanary") == []
    assert found(database, "acme") == [one.id]
    assert not is_named(database)


def test_what_people_wrote_about_others_and_for_themselves(database: Database) -> None:
    enter(database)
    other = Measure(
        tenant="t",
        account="a1",
        step=Step.NOTIFY,
        state=State.UNDONE,
        created=NOW,
        reason="shares it with Zcanary",
        decision="seen",
        undo_reason="it was zoe@canary.example",
    )
    scope = Scope(tenant="t", subject=Subject(SubjectKind.ACCOUNT, "t", "a1"))
    held = Suppression(scope=scope, owner="reviewer:r-1", reason="as zcanary", since=NOW, until=NOW)
    with database.begin() as connection:
        measure = measures.add(connection, other)
        assert measure is not None
        kept = suppressions.add(connection, StoredSuppression(made=held, owner_name="Ada"))
        for name in ("mine", "zcanary", "of zcanary"):
            query = f"text={name}"
            questions.put(connection, "key:k", None, "tickets", name, query, shared=False, now=NOW)
        policies.add(
            connection, 0, "# canary", actor="key:k", actor_name="k", reason="zcanary", now=NOW
        )
        values = {"account": "a1", "text": "zcanary called", "note": "calm"}
        outbox.enqueue(connection, told("a", "a1", values=values, reason="by zcanary"), "chat")
    counts = erase(database)
    assert counts["texts"] == 9
    with database.begin() as connection:
        found = measures.get(connection, measure.id)
        assert found is not None
        assert (found.reason, found.decision, found.undo_reason) == (INSTEAD, "seen", INSTEAD)
        one = suppressions.suppression(connection, kept.id)
        assert one is not None
        assert (one.made.reason, one.made.scope) == (INSTEAD, scope)
        asked = questions.seen_by(connection, "key:k", None, "tickets")
        assert {(q.name == "mine", q.query == INSTEAD) for q in asked} == {
            (True, False),
            (False, True),
        }
        newest = policies.newest(connection)
        assert newest is not None
        assert (newest.reason, newest.document) == (INSTEAD, "# canary")
        [order] = outbox.page(connection, outbox.Wanted())
    assert order.order.values == values | {"text": INSTEAD}
    assert order.order.reason == INSTEAD
    assert order.order.target is not None
    assert b"zcanary" not in dumped(database).lower()


def test_another_tenant_keeps_its_own(database: Database) -> None:
    enter(database)
    elsewhere = Subject(SubjectKind.ACCOUNT, "u", "somebody")
    one = opened(database, elsewhere, text="our own zcanary")
    nowhere = opened(database, Subject(SubjectKind.ACCOUNT, "", "x"), text="some zcanary")
    erase(database)
    with database.begin() as connection:
        assert [c.text for c in comments_of(connection, one.id)] == ["our own zcanary"]
        assert [c.text for c in comments_of(connection, nowhere.id)] == [INSTEAD]


def test_it_is_known_by_what_tickets_and_orders_call_it(database: Database) -> None:
    """Its events, and with them its names, are forgotten before its tickets are."""
    with database.begin() as connection:
        details = tickets.Details(subject=SUBJECT, account_name=NAME)
        of_ticket = opened_with(connection, details)
        outbox.enqueue(connection, told("a", WHO), "mail")
    other = opened(database, None, text=f"as {NAME} did")
    second = opened(database, None, text=f"write to {WHO}@t.example")
    assert of_ticket
    erase(database)
    with database.begin() as connection:
        for one in (other, second):
            assert [c.text for c in comments_of(connection, one.id)] == [INSTEAD]
    assert not is_named(database)


def opened_with(connection: Connection, details: tickets.Details) -> int:
    made = StoredTicket(
        kind=Kind.REPORT,
        tenant=SUBJECT.tenant,
        title=Text("Report", "Report"),
        ticket=Ticket(severity=Severity.LOW, opened=NOW),
        created=NOW,
        updated=NOW,
        details=details,
    )
    return tickets.add(connection, made).id


NAMES_NOBODY = {
    "account_notes": "tenant account actor actor_name",
    "ticket_comments": "actor actor_name",
    "ticket_changes": "actor actor_name",
    "ticket_links": "responder state",
    "ticket_filters": "owner tenant",
    "tickets": "tenant assignee search",
    "suppressions": "tenant owner owner_name ended_by",
    "measures": "key tenant account rule aup requester requester_name decider decider_name "
    "undone_by",
    "policies": "document actor actor_name",
    "outbox": "key responder tenant holder",
    "recoveries": "tenant account requester requester_name prover prover_name decider decider_name "
    "settler",
}
"""Texts that are no free ones: references, and names of those who work here; `search` is made anew,
and a policy's document names networks and rules."""
LOOKED_THROUGH = {
    "ticket_comments": "text",
    "ticket_links": "address title",
    "ticket_tags": "tag",
    "tickets": "title",
}


def test_every_free_text_of_these_tables_is_looked_through() -> None:
    told = {name: set(words.split()) for name, words in NAMES_NOBODY.items()}
    for name, words in LOOKED_THROUGH.items():
        told.setdefault(name, set()).update(words.split())
    for table, columns in TEXTS:
        told[table.name].update(columns)
    for name in (*told, "ticket_tags"):
        texts = {c.name for c in tables.metadata.tables[name].c if isinstance(c.type, Words)}
        assert texts == told[name], name


def test_a_few_at_a_time_come_to_the_same(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("monitor.erasing.said._AT_ONCE", 2)
    monkeypatch.setattr("monitor.erasing.said._TICKETS", 2)
    enter(database)
    with database.begin() as connection:
        for number in range(5):
            query = f"text=zcanary {number}"
            questions.put(
                connection, "key:k", None, "tickets", f"{number}", query, shared=False, now=NOW
            )
            outbox.enqueue(connection, told(f"k{number}", reason="by zcanary"), "chat")
    for _ in range(5):
        opened(database, None, text="zcanary did")
        opened(database, SUBJECT)
    counts = erase(database)
    assert (counts["texts"], counts["comments"], counts["rows of tickets"]) == (10, 5, 5)
    assert not is_named(database)
