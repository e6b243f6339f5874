"""People work on tickets: each sees and changes what is theirs, and nobody's change is lost."""

import threading
from collections.abc import Callable

import pytest
from msgspec import structs
from sqlalchemy import Engine

from alerts.ticket import Change, Disposition, Kind, Status, TicketError
from detectors.core.event import DAY, HOUR
from detectors.core.finding import Severity
from detectors.core.identity import Subject, SubjectKind
from monitor.protection.masking import HIDDEN
from monitor.services.actor import Role, operator
from monitor.services.opening import open_ticket
from monitor.services.refusal import NotAllowedError, NotThereError, StaleError
from monitor.services.tickets import Tickets
from monitor.store import reviewers
from monitor.store.reviewers import ReviewerRow
from monitor.store.ticket_filter import EVERY, TicketFilter
from monitor.store.ticket_notes import LinkKind
from tests.monitor.services.listed import contents, deeds
from tests.monitor.services.people import person, program
from tests.monitor.services.ticketed import NOW, Desk, T, found, incident

ADA = person(Role.ANALYST, uid="r-1")
BOB = person(Role.ANALYST, uid="r-2")
VIEWER = person(Role.VIEWER, uid="r-3")
CONTACT = person(Role.TENANT_CONTACT, tenant=T, uid="r-4")
FOREIGN = person(Role.ANALYST, tenant="other", uid="r-5")
PEOPLE = (
    ReviewerRow("r-1", "ada@x.example", "Ada", "analyst", None, "active", 1, 1, None),
    ReviewerRow("r-2", "bob@x.example", "Bob", "approver", T, "active", 1, 1, None),
    ReviewerRow("r-3", "vi@x.example", "Vi", "viewer", None, "active", 1, 1, None),
    ReviewerRow("r-5", "eve@x.example", "Eve", "analyst", "other", "active", 1, 1, None),
    ReviewerRow("r-6", "out@x.example", "Out", "analyst", None, "disabled", 1, 1, None),
)


@pytest.fixture
def desk(database: Engine) -> Desk:
    with database.begin() as connection:
        for row in PEOPLE:
            reviewers.add(connection, row)
    return Desk(database)


@pytest.fixture
def tickets(desk: Desk) -> Tickets:
    return Tickets(desk.database, lambda: desk.now)


def test_it_goes_from_hand_to_hand_to_its_end(desk: Desk, tickets: Tickets) -> None:
    number = desk.opened().id
    taken = tickets.change(ADA, number, Change(assignee="me"), 1)
    assert (taken.status, taken.assignee_name, taken.version) == (Status.TRIAGED, "Ada", 2)
    given = tickets.change(ADA, number, Change(assignee="bob@x.example"), 2)
    assert given.assignee == "r-2"
    desk.now = NOW + HOUR
    change = Change(disposition=Disposition.AUTHORISED, add_tags=frozenset(("Desk", "vip")))
    closed = tickets.change(BOB, number, change, 3, reason="Two on one desk, agreed.")
    assert (closed.status, closed.due, closed.tags) == (Status.RESOLVED, None, ("desk", "vip"))
    view = tickets.ticket(ADA, number)
    assert [one.text for one in view.comments] == ["Two on one desk, agreed."]
    assert [one.deed for one in view.changes] == ["opened", "changed", "changed", "changed"]
    last = view.changes[-1]
    assert (last.before.assignee_name, last.after.disposition) == ("Bob", Disposition.AUTHORISED)
    assert view.moves == (Status.TRIAGED, Status.IN_PROGRESS)
    assert ("tickets:write", f"ticket:{number}", T) in deeds(desk.database)
    assert {"deed": "changed", "name": "Someone", "assignee": "r-2"} in contents(desk.database)


def test_who_looked_at_another_version_changes_nothing(desk: Desk, tickets: Tickets) -> None:
    number = desk.opened().id
    tickets.change(ADA, number, Change(status=Status.IN_PROGRESS), 1)
    with pytest.raises(StaleError) as caught:
        tickets.change(BOB, number, Change(disposition=Disposition.FALSE_POSITIVE), 1, "no")
    assert caught.value.text.fr
    view = tickets.ticket(ADA, number)
    assert (view.row.status, view.comments) == (Status.IN_PROGRESS, [])
    tickets.change(BOB, number, Change(status=Status.TRIAGED))
    # A comment is no change of the ticket: who edits is not disturbed by it.
    tickets.comment(ADA, number, "I am at it")
    assert tickets.ticket(ADA, number).row.version == 3


def test_what_changes_nothing_is_no_version(desk: Desk, tickets: Tickets) -> None:
    number = desk.opened().id
    tickets.change(ADA, number, Change(assignee="me"))
    assert tickets.change(ADA, number, Change(assignee="me")).version == 2
    assert len(tickets.ticket(ADA, number).changes) == 2


@pytest.mark.one_on_postgresql
@pytest.mark.parametrize(
    "change",
    [
        Change(status=Status.RESOLVED),
        Change(assignee="nobody@x.example"),
        Change(assignee="r-3"),
        Change(assignee="r-5"),
        Change(assignee="r-6"),
        Change(add_tags=frozenset(("two words",))),
    ],
)
def test_what_cannot_be_is_said_and_changes_nothing(
    desk: Desk, tickets: Tickets, change: Change
) -> None:
    number = desk.opened().id
    with pytest.raises(TicketError) as caught:
        tickets.change(ADA, number, change, reason="why")
    assert caught.value.text.en != caught.value.text.fr
    view = tickets.ticket(ADA, number)
    assert (view.row.version, view.comments) == (1, [])


def test_each_sees_and_changes_what_is_theirs(desk: Desk, tickets: Tickets) -> None:
    number = desk.opened().id
    assert [row.number for row in tickets.page(CONTACT, TicketFilter()).rows] == [number]
    assert tickets.page(FOREIGN, TicketFilter()).rows == []
    assert tickets.page(FOREIGN, TicketFilter(tenant=T)).rows == []
    assert tickets.load(FOREIGN).open == {}
    for ask in (
        lambda: tickets.ticket(FOREIGN, number),
        lambda: tickets.change(FOREIGN, number, Change(status=Status.TRIAGED)),
        lambda: tickets.comment(FOREIGN, number, "x"),
        lambda: tickets.open(FOREIGN, incident().id),
    ):
        with pytest.raises(NotThereError):
            ask()
    for actor in (VIEWER, CONTACT, program("tickets:read")):
        with pytest.raises(NotAllowedError):
            tickets.comment(actor, number, "x")
    made = incident(name="one", subject=Subject(SubjectKind.ACCOUNT, T, "u-one"))
    assert tickets.of_incident(FOREIGN, made.id) is None
    assert tickets.of_incident(CONTACT, made.id) == number


def test_who_may_not_look_sees_no_names_and_no_words(desk: Desk, tickets: Tickets) -> None:
    number = desk.opened().id
    tickets.comment(ADA, number, "u-one is Ann")
    for actor in (VIEWER, CONTACT):
        view = tickets.ticket(actor, number)
        assert not view.is_whole
        assert view.comments[0].text == HIDDEN
        assert "u-one" not in repr(view)
        assert "u-one" not in repr(tickets.page(actor, TicketFilter()))
        # Nor by trying names.
        assert tickets.page(actor, TicketFilter(text="ann")).rows == []
        assert tickets.page(actor, TicketFilter(text="acm")).total == 1
    assert "u-one is Ann" in repr(tickets.ticket(ADA, number))
    looks = [one for one in deeds(desk.database) if one[0] == "person:look"]
    assert len(looks) == 1


def test_pages_go_on_where_they_ended_and_tell_what_waits(desk: Desk, tickets: Tickets) -> None:
    numbers = [desk.opened(name).id for name in "abc"]
    first = tickets.page(ADA, TicketFilter(), None, 2)
    rest = tickets.page(ADA, TicketFilter(), first.next, 2)
    assert [row.number for row in (*first.rows, *rest.rows)] == numbers
    assert (first.total, rest.next) == (3, None)
    tickets.change(ADA, numbers[0], Change(assignee="me"))
    desk.suppress(subject=None)
    desk.take(incident(name="held"))
    desk.now = NOW + 2 * HOUR
    load = tickets.load(ADA)
    assert load.open == {Severity.HIGH: 3}
    assert (load.late, load.unassigned, load.held) == (2, 2, 1)
    mine = tickets.page(ADA, TicketFilter(assignee="me")).rows
    assert [row.number for row in mine] == numbers[:1]
    assert [row.is_late for row in tickets.page(ADA, TicketFilter(due_before=desk.now)).rows] == [
        True,
        True,
    ]


def test_links_stay_within_a_tenant(desk: Desk, tickets: Tickets) -> None:
    one, two = desk.opened("a").id, desk.opened("b").id
    other = Subject(SubjectKind.ACCOUNT, "other", "x")
    foreign = desk.take(incident(subject=other)).ticket_id
    tickets.link(ADA, one, LinkKind.DUPLICATE_OF, other=two)
    tickets.link(ADA, one, LinkKind.DUPLICATE_OF, other=two)
    tickets.link(ADA, one, LinkKind.OUTER, address="https://jira.example/SEC-1", title="SEC-1")
    links = tickets.ticket(ADA, two).links
    assert [(link.other, link.is_from_there) for link in links] == [(one, True)]
    for told in ({"other": one}, {"other": foreign}, {"address": "javascript:x"}, {}):
        kind = LinkKind.OUTER if "address" in told else LinkKind.RELATED
        with pytest.raises(TicketError):
            tickets.link(ADA, one, kind, **told)
    with pytest.raises(NotThereError):
        tickets.link(ADA, one, LinkKind.RELATED, other=999)
    tickets.unlink(ADA, two, links[0].id)
    with pytest.raises(NotThereError):
        tickets.unlink(ADA, two, links[0].id)
    assert [link.title for link in tickets.ticket(ADA, one).links] == ["SEC-1"]


def test_a_slight_incident_is_made_a_ticket_by_hand(desk: Desk, tickets: Tickets) -> None:
    low = incident(severity=Severity.LOW)
    desk.put(low)
    number = tickets.open(ADA, low.id)
    assert tickets.open(ADA, low.id) == number
    assert tickets.ticket(ADA, number).changes[0].by == "Someone"
    with pytest.raises(NotThereError):
        tickets.open(ADA, b"0" * 16)


def test_whoever_takes_up_what_is_held_back_has_it(desk: Desk, tickets: Tickets) -> None:
    desk.suppress()
    number = desk.take(incident()).ticket_id or 0
    tagged = tickets.change(ADA, number, Change(add_tags=frozenset(("seen",))))
    assert tagged.held_by is not None
    taken = tickets.change(ADA, number, Change(assignee="me"))
    assert taken.held_by is None
    assert taken.due is not None


def test_earlier_tickets_about_the_same_account_are_told(desk: Desk, tickets: Tickets) -> None:
    first = desk.take(incident(found(1), name="first")).ticket_id
    second = desk.take(incident(found(2), name="second")).ticket_id or 0
    assert [row.number for row in tickets.ticket(ADA, second).others] == [first]


def test_the_operator_gives_tickets_and_has_none(desk: Desk, tickets: Tickets) -> None:
    number = desk.opened().id
    assert tickets.change(operator("root"), number, Change(assignee="r-1")).assignee == "r-1"
    with pytest.raises(TicketError):
        tickets.change(operator("root"), number, Change(assignee="me"))
    assert [one.name for one in tickets.colleagues(operator())] == ["Ada", "Bob", "Eve"]
    bound = structs.replace(BOB, tenant=T)
    assert [one.name for one in tickets.colleagues(bound)] == ["Ada", "Bob"]


def test_who_is_gone_is_known_by_an_id(desk: Desk, tickets: Tickets) -> None:
    number = desk.opened().id
    tickets.change(ADA, number, Change(assignee="r-2"))
    with desk.database.begin() as connection:
        reviewers.remove(connection, "r-2")
    assert tickets.ticket(ADA, number).row.assignee_name == "r-2"


def test_one_that_is_about_nobody_is_nobody_s_look(desk: Desk, tickets: Tickets) -> None:
    with desk.database.begin() as connection:
        number = open_ticket(connection, Kind.GUARDRAIL, T, None, "Guardrail", now=NOW)
    assert tickets.ticket(ADA, number).is_whole
    assert not [one for one in deeds(desk.database) if one[0] == "person:look"]
    assert tickets.page(ADA, TicketFilter(kind=Kind.GUARDRAIL, statuses=EVERY)).total == 1
    assert tickets.ticket(ADA, number).row.due == NOW + DAY // 3


def at_once(count: int, ask: Callable[[int], object]) -> list[Exception]:
    """What goes wrong where so many do it at the same moment, each by a connection of its own."""
    ready, failed = threading.Barrier(count), list[Exception]()

    def run(number: int) -> None:
        ready.wait(20)
        try:
            ask(number)
        except (StaleError, TicketError) as error:
            failed.append(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(240)
    return failed


def test_of_several_who_decide_at_the_same_moment_one_does_and_the_others_are_told(
    desk: Desk, tickets: Tickets
) -> None:
    number = desk.opened().id
    found = [*Disposition][:4]

    def decide(index: int) -> None:
        tickets.change(ADA, number, Change(disposition=found[index]), 1, reason=f"mine {index}")

    failed = at_once(4, decide)
    assert [type(error) for error in failed] == [StaleError] * 3
    view = tickets.ticket(ADA, number)
    assert view.row.version == 2
    (comment,) = view.comments
    assert view.row.disposition is found[int(comment.text[-1])]


def test_changes_at_the_same_moment_are_all_there(desk: Desk, tickets: Tickets) -> None:
    number = desk.take(incident(found(1)), [found(1)]).ticket_id or 0

    def add(index: int) -> None:
        if index == 0:
            desk.take(incident(found(1), severity=Severity.CRITICAL), [found(1)])
        else:
            tickets.change(ADA, number, Change(add_tags=frozenset((f"t{index}",))))

    assert at_once(4, add) == []
    row = tickets.ticket(ADA, number).row
    assert (row.tags, row.severity) == (("t1", "t2", "t3"), Severity.CRITICAL)
    assert row.version == 5


def test_one_ticket_for_an_incident_however_many_open_it(desk: Desk, tickets: Tickets) -> None:
    made = incident(severity=Severity.LOW)
    desk.put(made)
    numbers: list[int] = []
    assert at_once(4, lambda _: numbers.append(tickets.open(ADA, made.id))) == []
    assert len(numbers) == 4
    assert len(set(numbers)) == 1


def test_no_program_says_that_a_guardrail_was_looked_at(desk: Desk, tickets: Tickets) -> None:
    with desk.database.begin() as connection:
        number = open_ticket(connection, Kind.GUARDRAIL, T, None, "Guardrail", now=NOW)
    key, closed = program("tickets:write"), Change(disposition=Disposition.TRUE_POSITIVE)
    with pytest.raises(TicketError, match="only a person"):
        tickets.change(key, number, closed)
    assert tickets.change(key, number, Change(add_tags=frozenset(("seen",)))).tags == ("seen",)
    assert tickets.change(ADA, number, closed).status is Status.RESOLVED
