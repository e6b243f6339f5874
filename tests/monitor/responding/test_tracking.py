"""A ticket and its issue in a Jira follow each other, and never chase each other."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, update

from alerts.egress.outbound import Outbound
from alerts.outbox import State
from alerts.ports import Action
from alerts.responders.jira import Terms
from alerts.ticket import Change, Disposition, Kind, Status
from detectors.core.finding import Severity
from detectors.core.identity import Subject, SubjectKind
from monitor.responding.duty import Surroundings, openings
from monitor.responding.tracking import Asking, Tracking, open_duty, trackers
from monitor.services.actor import operator
from monitor.services.opening import open_ticket
from monitor.services.ticket_changing import changed_by, say
from monitor.settings import Settings
from monitor.store import outbox, tables, ticket_notes, tickets
from monitor.store.outbox import Carried, OrderRow, Wanted, encoded
from monitor.store.tickets import StoredTicket
from tests.alerts.responders.contract import around as outside
from tests.alerts.responders.jira_server import TOKEN, USER, JiraServer, jira_server

NOW = 1_800_000_000_000
WHO = Subject(SubjectKind.ACCOUNT, "acme", "u-1")


class World:
    """One database and one Jira, with what lies between them."""

    def __init__(self, database: Engine, server: JiraServer, folder: Path, **terms: Any) -> None:
        self.database = database
        self.server = server
        self.now = NOW
        self.seconds = 0.0
        table = {"kind": "jira", "url": server.address, "username": USER, "token": TOKEN}
        self.settings = Settings(
            data=folder,
            responders={"jira": table | {"project": "SEC"} | terms},
            outbound=Outbound(allow=("127.0.0.1",)),
        )
        self.around = Surroundings(settings=self.settings, database=database, now=lambda: self.now)
        found = trackers(self.settings)["jira"]
        assert isinstance(found, Terms)
        self.terms = found
        self.jira = self._opened()
        self.asking = Asking("jira", self.terms, self._opened, lambda: self.seconds)
        self.duty = Tracking(self.around, {"jira": self.terms}, (self.asking,))

    def _opened(self) -> Any:
        from alerts.responders.jira import open_responder

        return open_responder("jira", self.terms, outside(now=lambda: self.now))

    def open(self, severity: Severity = Severity.HIGH, title: str = "Odd sign-ins") -> int:
        with self.database.begin() as connection:
            return open_ticket(
                connection, Kind.REPORT, "acme", WHO, title, now=self.now, severity=severity
            )

    def change(self, number: int, **changes: Any) -> None:
        with self.database.begin() as connection:
            one = tickets.ticket(connection, number)
            assert one is not None
            changed_by(connection, operator("anne"), one, Change(**changes), self.now, None)

    def ticket(self, number: int) -> StoredTicket:
        with self.database.connect() as connection:
            found = tickets.ticket(connection, number)
        assert found is not None
        return found

    def waiting(self) -> list[OrderRow]:
        with self.database.connect() as connection:
            return outbox.page(connection, Wanted(states=frozenset((State.WAITING,))))[::-1]

    def follow(self) -> None:
        """What changed here is told."""
        for _ in range(20):
            self.seconds -= 1_000  # nobody is asked
            if not self.duty.step():
                return

    def carry(self) -> None:
        """Orders are carried out, until there are none."""
        self.follow()
        while rows := self.waiting():
            for row in rows:
                receipt = self.jira.deliver(row.order)
                carried = encoded(Carried(receipt=receipt, at=self.now))
                table = tables.outbox
                with self.database.begin() as connection:
                    connection.execute(
                        update(table)
                        .where(table.c.id == row.id)
                        .values(state=State.DONE, receipt=carried)
                    )
                    outbox.tell(connection, row.id, row.tenant)
            self.follow()

    def ask(self) -> None:
        """The tracker is asked what changed."""
        self.seconds += 100_000
        self.duty.step()


@pytest.fixture
def world(database: Engine, tmp_path: Path) -> Iterator[World]:
    with jira_server() as server:
        yield World(database, server, tmp_path, dispositions={"Won't Do": "false_positive"})


def test_a_grave_ticket_gets_an_issue_and_a_link_to_it(world: World) -> None:
    number, small = world.open(), world.open(Severity.LOW, "Small")
    world.carry()
    assert [one["fields"]["summary"] for one in world.server.issues.values()] == [
        f"Odd sign-ins (#{number})"
    ]
    with world.database.connect() as connection:
        (link,) = ticket_notes.links_of(connection, number)
        assert ticket_notes.links_of(connection, small) == []
    assert link.title == "SEC-1"
    assert link.address == f"{world.server.address}/browse/SEC-1"


def test_each_comment_and_each_step_is_told_once(world: World) -> None:
    number = world.open()
    world.carry()
    with world.database.begin() as connection:
        one = tickets.ticket(connection, number)
        assert one is not None
        say(connection, operator("anne"), one, "Called her.", NOW)
    world.change(number, status=Status.IN_PROGRESS)
    world.carry()
    world.carry()
    assert [one.partition(" ")[0] for one in world.server.done] == ["made", "moved", "told"]
    assert "anne:\nCalled her." in world.server.comments["SEC-1"][0]["body"]
    assert world.server.issues["SEC-1"]["fields"]["status"]["name"] == "In Progress"


def test_what_people_do_there_happens_here(world: World) -> None:
    number = world.open()
    world.carry()
    world.server.put("SEC-1", "In Review")
    world.ask()
    assert world.ticket(number).ticket.status is Status.IN_PROGRESS
    world.server.put("SEC-1", "Done", "Won't Do")
    world.carry()
    world.ask()
    found = world.ticket(number).ticket
    assert (found.status, found.disposition) == (Status.RESOLVED, Disposition.FALSE_POSITIVE)
    world.carry()
    # Nothing is told back of what came from there.
    assert world.server.done == ["made SEC-1"]
    with world.database.connect() as connection:
        told = [one.text for one in ticket_notes.comments_of(connection, number)]
        by = {one.actor for one in ticket_notes.changes_of(connection, number)}
    assert told == ["SEC-1: In Review", "SEC-1: Done (Won't Do)"]
    assert "daemon:tracker:jira" in by


def test_what_is_over_there_without_a_finding_waits_for_people(world: World) -> None:
    number = world.open()
    world.carry()
    world.server.put("SEC-1", "Done")
    for _ in range(3):
        world.ask()
    assert world.ticket(number).ticket.status is Status.NEW
    with world.database.connect() as connection:
        told = [one.text for one in ticket_notes.comments_of(connection, number)]
    assert told == ["SEC-1: Done"]
    # Somebody says it there afterwards.
    world.server.put("SEC-1", "Done", "Won't Do")
    world.carry()
    world.ask()
    assert world.ticket(number).ticket.disposition is Disposition.FALSE_POSITIVE


def test_nothing_is_taken_from_there_while_something_is_on_its_way(world: World) -> None:
    number = world.open()
    world.carry()
    world.change(number, status=Status.RESOLVED, disposition=Disposition.TRUE_POSITIVE)
    world.follow()
    assert world.waiting()
    world.server.put("SEC-1", "In Progress")
    world.ask()
    assert world.ticket(number).ticket.status is Status.RESOLVED
    world.carry()
    assert world.server.issues["SEC-1"]["fields"]["status"]["name"] == "Done"


def test_a_change_of_something_else_moves_nothing_back(world: World) -> None:
    number = world.open()
    world.carry()
    world.server.put("SEC-1", "In Progress")  # and nobody has asked yet
    world.change(number, add_tags=("seen",))
    world.carry()
    assert world.server.issues["SEC-1"]["fields"]["status"]["name"] == "In Progress"


def test_an_issue_that_is_a_copy_changes_nothing(world: World) -> None:
    number = world.open()
    world.carry()
    copy = {**world.server.issues["SEC-1"], "key": "SEC-2"}
    world.server.issues["SEC-2"] = {**copy, "fields": dict(copy["fields"])}
    world.server.put("SEC-2", "In Progress")
    world.ask()
    assert world.ticket(number).ticket.status is Status.NEW


def test_a_tracker_that_is_new_is_told_of_all_open_tickets(world: World) -> None:
    for index in range(3):
        world.open(title=f"Ticket {index}")
    done = world.open(title="Over")
    world.change(done, status=Status.RESOLVED, disposition=Disposition.BENIGN_EXPLAINED)
    world.carry()
    assert len(world.server.issues) == 3


def test_a_tracker_that_cannot_be_asked_is_asked_later(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.asking.terms = world.terms
    world.server.edition = "datacenter"  # the token is not taken
    world.open()
    world.follow()
    world.ask()
    assert "cannot be asked" in caplog.text
    assert TOKEN not in caplog.text
    assert not world.asking.is_due
    world.seconds += 120
    assert world.asking.is_due


def test_without_trackers_there_is_nothing_to_do(database: Engine, tmp_path: Path) -> None:
    assert "tracking" in openings()
    duty = open_duty(Surroundings(settings=Settings(data=tmp_path), database=database))
    assert duty.step() is False
    duty.close()


def test_who_is_told_may_be_no_tracker(database: Engine, tmp_path: Path) -> None:
    hook = {"kind": "webhook", "url": "https://a.example", "secret": "whsec_" + "A" * 32}
    settings = Settings(
        data=tmp_path, responders={"hook": {**hook, "actions": ["track"], "tenants": ["acme"]}}
    )
    around = Surroundings(settings=settings, database=database, now=lambda: NOW)
    duty = open_duty(around)
    with database.begin() as connection:
        for tenant in ("acme", "other"):
            open_ticket(connection, Kind.REPORT, tenant, None, "Odd", now=NOW)
    while duty.step():
        pass
    with database.connect() as connection:
        rows = outbox.page(connection, Wanted(action=Action.TRACK))
    assert [(one.tenant, one.responder) for one in rows] == [("acme", "hook")]
