"""What anybody reports becomes a ticket; nothing tells who is a user, and robots get little."""

from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, event, select

from alerts.ladder import Step
from alerts.policy import Mode, Policy
from alerts.responders.kind import roster as reading_roster
from alerts.responders.roster import Roster
from alerts.rule import Rule, When
from alerts.ticket import Kind
from detectors.core.event import DAY, HOUR, MINUTE
from detectors.core.finding import Severity
from detectors.core.identity import Subject, SubjectKind
from detectors.core.registry import load
from monitor import assembly
from monitor.directory.account import AccountChanges
from monitor.engine import Engine as Core
from monitor.formats.format import Origin
from monitor.formats.own import Own
from monitor.services.actor import Role, operator
from monitor.services.directory import Directory
from monitor.services.keyring import Keyring
from monitor.services.refusal import NotAllowedError
from monitor.services.reports import ADDRESS, Heard, Report, Reports
from monitor.services.riddle import LIFE, SOONEST
from monitor.settings import Settings
from monitor.store import tables, tickets
from monitor.store.inbox import Inbox
from monitor.store.incident_filter import Filter
from monitor.store.outbox import Wanted, page
from monitor.store.reading import Reading
from monitor.store.restrictions import restrict
from monitor.store.ticket_filter import TicketFilter
from monitor.store.ticket_notes import comments_of
from monitor.store.tickets import StoredTicket
from tests.monitor.responding.incidents import adopt
from tests.monitor.responding.responded import follow, measures_of, orders_of
from tests.monitor.services.people import person, program
from tests.monitor.services.reviewing import NOON, Clock
from tests.monitor.services.test_riddle import answer_to

ZOE = Subject(SubjectKind.ACCOUNT, "atlas", "u-7")
SEEN = Report(account="zoe@atlas.example", text="Her whole team signs in as her.", contact="x@y.z")
IP = "203.0.113.9"


class Desk:
    """Reports over a database with one account that is known, and a clock."""

    def __init__(self, engine: Engine, per_hour: int = 60, roster: Roster | None = None) -> None:
        self.engine = engine
        self.clock = Clock()
        self.reports = Reports(
            engine, Keyring(b"p"), self.clock, per_hour, roster, "https://vigie.example"
        )
        changes = AccountChanges(email="zoe@atlas.example")
        Directory(engine).create(operator(), ZOE.tenant, ZOE.uid, changes)

    def send(
        self,
        report: Report = SEEN,
        *,
        ip: str = IP,
        trap: str = "",
        wait: int = SOONEST,
        wrong: bool = False,
    ) -> Heard:
        """Open the page, read, and send the form."""
        riddle = self.reports.riddle()
        self.clock.now += wait
        answer = str(answer_to(riddle) + wrong)
        return self.reports.by_form(report, riddle.token, answer, trap, ip)

    def tickets(self) -> list[StoredTicket]:
        with self.engine.begin() as connection:
            found = tickets.page(connection, TicketFilter(), None, 100)
        return sorted(found, key=lambda one: one.id)

    def texts(self, number: int) -> list[str]:
        with self.engine.begin() as connection:
            return [one.text for one in comments_of(connection, number)]

    def told(self) -> list[tuple[str, str]]:
        """The accounts of which the detectors are told."""
        arrived = Inbox(self.engine).after("vigie", 0, 1_000, 1 << 20)
        origin = Origin("vigie", "vigie", lambda *_: 2026, lambda *_: 0)
        lines = [line for one in arrived for line in one.parcel.lines]
        return [(e.tenant, e.account) for line in lines for e in Own().parse(line, origin)]


@pytest.fixture
def desk(database: Engine) -> Desk:
    return Desk(database)


def test_a_report_is_a_ticket_and_the_detectors_are_told(desk: Desk) -> None:
    assert desk.send() is Heard.TAKEN
    [ticket] = desk.tickets()
    assert (ticket.kind, ticket.subject, ticket.tenant) == (Kind.REPORT, ZOE, "atlas")
    assert ticket.ticket.severity is Severity.MEDIUM
    assert ticket.details.facts == {
        "account": "zoe@atlas.example",
        "contact": "x@y.z",
        "way": "form",
    }
    [text] = desk.texts(ticket.id)
    assert text.startswith("Her whole team signs in as her.")
    assert desk.told() == [("atlas", "u-7")]


def test_further_ones_about_an_account_join_and_others_do_not(desk: Desk) -> None:
    for text in ("one", "two", "three"):
        assert desk.send(Report(account="u-7", text=text)) is Heard.TAKEN
    for name in ("nobody", "", "nobody"):
        assert desk.send(Report(account=name, text="who?")) is Heard.TAKEN
    first, *others = desk.tickets()
    assert [text.split("\n")[0] for text in desk.texts(first.id)] == ["one", "two", "three"]
    assert [one.subject for one in others] == [None] * 3
    # Lists show it to people who may not see whom it is about.
    assert {one.title.en for one in (first, *others)} == {"Report of a misuse"}


def test_whether_there_is_an_account_is_told_to_nobody(desk: Desk) -> None:
    """Not by the answer, nor by what the database is asked on the way to it."""
    asked: list[str] = []
    event.listen(desk.engine, "before_cursor_execute", lambda *told: asked.append(told[2]))
    seen = []
    for name in ("u-7", "u-8"):
        asked.clear()
        assert desk.send(Report(account=name, text="x")) is Heard.TAKEN
        seen.append([one.split(" FROM ")[0] for one in asked if one.startswith("SELECT acc")])
    assert seen[0] == seen[1]
    with desk.engine.begin() as connection:
        assert len(connection.execute(select(tables.inbox.c.id)).all()) == 2
    assert desk.told() == [("atlas", "u-7")]


def test_a_robot_that_fills_in_everything_is_thanked_and_nothing_is_kept(desk: Desk) -> None:
    assert desk.send(trap="https://spam.example") is Heard.TAKEN
    assert (desk.tickets(), desk.told()) == ([], [])


def test_who_cannot_add_is_too_quick_or_sends_twice_is_not_heard(desk: Desk) -> None:
    assert desk.send(wrong=True) is Heard.WRONG
    assert desk.send(wait=SOONEST - 1) is Heard.LATE
    assert desk.send(wait=LIFE + 1) is Heard.LATE
    riddle = desk.reports.riddle()
    desk.clock.now += MINUTE
    given = (SEEN, riddle.token, str(answer_to(riddle)), "", IP)
    assert desk.reports.by_form(*given) is Heard.TAKEN
    assert desk.reports.by_form(*given) is Heard.LATE
    assert len(desk.tickets()) == 1


def test_one_address_has_an_end_and_so_have_all_together(database: Engine) -> None:
    desk = Desk(database, per_hour=12)
    heard = [desk.send(wait=SOONEST) for _ in range(ADDRESS.at_once + 2)]
    assert heard.count(Heard.TAKEN) == ADDRESS.at_once
    assert desk.send(ip="203.0.113.10") is Heard.TAKEN
    assert desk.send(ip="203.0.113.11") is Heard.TAKEN
    assert desk.send(ip="203.0.113.12") is Heard.TOO_MANY
    desk.clock.now += HOUR
    assert desk.send(ip="203.0.113.13") is Heard.TAKEN


def test_of_an_account_that_is_to_be_left_alone_the_detectors_hear_nothing(desk: Desk) -> None:
    with desk.engine.begin() as connection:
        restrict(connection, ZOE, NOON, "asked for", "operator:root")
    assert desk.send() is Heard.TAKEN
    assert desk.told() == []


def test_a_program_passes_on_what_its_key_is_for(desk: Desk) -> None:
    bound = program("reports:write", tenant="bolt")
    desk.reports.by_program(bound, SEEN, "r-1")
    desk.reports.by_program(bound, SEEN, "r-1")
    [ticket] = desk.tickets()
    # Zoe is another tenant's: here, nobody is meant.
    assert (ticket.tenant, ticket.subject) == ("bolt", None)
    free = program("reports:write")
    for _ in range(2):
        desk.reports.by_program(free, SEEN)
    assert desk.tickets()[-1].subject == ZOE
    assert len(desk.texts(desk.tickets()[-1].id)) == 2
    with pytest.raises(NotAllowedError):
        desk.reports.by_program(program("events:write"), SEEN)
    # Whoever takes a call about it passes it on as well, a tenant's contact for their own.
    desk.reports.by_program(person(Role.TENANT_CONTACT, tenant="bolt"), SEEN)
    assert desk.tickets()[-1].tenant == "bolt"


def test_a_message_that_comes_again_is_the_same(desk: Desk) -> None:
    for identifier in ("m-1", "m-1", "m-2"):
        desk.reports.by_message(SEEN, identifier)
    [ticket] = desk.tickets()
    assert len(desk.texts(ticket.id)) == 2


@pytest.mark.parametrize(
    "told",
    [
        {"text": ""},
        {"text": " \n "},
        {"text": "x" * 4_001},
        {"text": "a\0b"},
        {"text": "x", "account": "a\nb"},
        {"text": "x", "account": "a\n"},
        {"text": "x", "account": "a" * 257},
        {"text": "x", "severity": "critical"},
        {},
    ],
)
def test_what_is_no_report_is_refused(told: dict[str, str]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(told, Report)


@settings(max_examples=20)
@given(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=200))
def test_whatever_is_written_stays_what_it_is(text: str) -> None:
    told = {"text": f"x{text}"}
    assert msgspec.convert(told, Report).text == f"x{text}"


@pytest.mark.one_on_postgresql
def test_a_stranger_gets_nobody_revoked_whatever_the_policy_says(
    database: Engine, tmp_path: Path
) -> None:
    """All the way: the form, the engine's own source, the incident, its ticket, the policy."""
    policy = Policy(
        mode=Mode.ACT,
        rules=(
            Rule(
                name="all",
                when=When(severity="informational"),
                then=frozenset(step.word for step in Step),
                hours=1,
                alone=True,
            ),
        ),
    )
    adopt(database, policy)
    desk = Desk(database)
    for day in range(3):
        desk.clock.now = NOON + day * DAY
        assert desk.send(Report(account="u-7", text=f"day {day}")) is Heard.TAKEN
    settings = Settings(data=tmp_path)
    core = Core(database, load(), lambda event: event)
    pipeline = assembly.open_pipeline(
        settings, core, settings.all_sources, follow=False, database=database
    )
    pipeline.read_out(lambda: False, lambda _: None)
    [one] = Reading(database).incidents(Filter(severity=Severity.INFORMATIONAL), None, 10)
    assert (one.incident.subject, one.incident.severity) == (ZOE, Severity.LOW)
    assert len(one.incident.findings) == 3
    follow(database, now=desk.clock.now)
    assert measures_of(database) == []
    [ticket] = desk.tickets()
    assert (ticket.kind, ticket.incident) == (Kind.REPORT, one.incident.id)
    assert {action for _, action in orders_of(database)} <= {"tell"}


def test_the_team_is_told_of_each(database: Engine) -> None:
    desk = Desk(database, roster=reading_roster({"hook": {"kind": "webhook"}}))
    for name in ("u-7", "u-7", "nobody"):
        desk.send(Report(account=name, text="Look at <b>this</b>"))
    with database.begin() as connection:
        orders = [row.order for row in page(connection, Wanted())][::-1]
    assert [order.template for order in orders] == ["report"] * 3
    assert [order.target.account if order.target else None for order in orders] == [
        "u-7",
        "u-7",
        None,
    ]
    assert orders[0].values["link"] == f"https://vigie.example/tickets/{orders[0].ticket}"
    assert orders[0].values["text"] == "Look at <b>this</b>"
