"""Tickets go where people put them, open again by evidence, and tell when they are late."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from alerts.ticket import (
    LIMITS,
    Change,
    Clock,
    Disposition,
    Status,
    Ticket,
    TicketError,
    Warned,
    assign,
    changed,
    due,
    evidence,
    is_anew,
    move,
    moves,
    wakes,
    warning,
)
from detectors.core.event import DAY, HOUR, MINUTE
from detectors.core.finding import Severity

NOW = 1_800_000_000_000
NEW = Ticket(severity=Severity.HIGH, opened=NOW)
FOUND = Disposition.FALSE_POSITIVE


def test_a_ticket_is_looked_at_worked_on_and_closed() -> None:
    triaged = move(NEW, Status.TRIAGED, NOW + 1)
    working = move(triaged, Status.IN_PROGRESS, NOW + 2)
    closed = move(working, Status.RESOLVED, NOW + 3, FOUND)
    assert (closed.triaged, closed.resolved, closed.disposition) == (NOW + 1, NOW + 3, FOUND)
    other = move(closed, Status.RESOLVED, NOW + 9, Disposition.AUTHORISED)
    assert (other.resolved, other.disposition) == (NOW + 3, Disposition.AUTHORISED)


def test_what_is_closed_at_once_was_looked_at() -> None:
    assert move(NEW, Status.RESOLVED, NOW + 5, FOUND).triaged == NOW + 5


def test_people_may_take_it_back() -> None:
    closed = move(NEW, Status.RESOLVED, NOW + 5, FOUND)
    again = move(closed, Status.IN_PROGRESS, NOW + 9)
    assert (again.disposition, again.resolved, again.opened) == (None, None, NOW + 9)
    assert again.reopened == 0


@pytest.mark.parametrize(
    ("ticket", "status", "disposition"),
    [
        (NEW, Status.RESOLVED, None),
        (NEW, Status.TRIAGED, FOUND),
        (move(NEW, Status.IN_PROGRESS, NOW), Status.NEW, None),
        (move(NEW, Status.RESOLVED, NOW, FOUND), Status.NEW, None),
        (move(NEW, Status.RESOLVED, NOW, FOUND), Status.RESOLVED, None),
    ],
)
def test_where_it_cannot_go_is_said_in_both_languages(
    ticket: Ticket, status: Status, disposition: Disposition | None
) -> None:
    with pytest.raises(TicketError) as caught:
        move(ticket, status, NOW, disposition)
    assert caught.value.text.en != caught.value.text.fr


def test_whoever_takes_it_has_looked_at_it() -> None:
    taken = assign(NEW, "r-1", NOW + 4)
    assert (taken.status, taken.triaged, taken.assignee) == (Status.TRIAGED, NOW + 4, "r-1")
    left = assign(taken, None, NOW + 5)
    assert (left.status, left.assignee) == (Status.TRIAGED, None)


def test_evidence_opens_it_again_in_the_same_hands() -> None:
    closed = move(assign(NEW, "r-1", NOW), Status.RESOLVED, NOW + 1, FOUND)
    again = evidence(closed, Severity.MEDIUM, NOW + DAY)
    assert again == Ticket(severity=Severity.MEDIUM, opened=NOW + DAY, assignee="r-1", reopened=1)


def test_what_became_graver_has_its_time_anew_and_what_did_not_keeps_it() -> None:
    graver = evidence(NEW, Severity.CRITICAL, NOW + HOUR)
    assert (graver.severity, graver.opened) == (Severity.CRITICAL, NOW + HOUR)
    milder = evidence(NEW, Severity.MEDIUM, NOW + HOUR)
    assert (milder.severity, milder.opened) == (Severity.MEDIUM, NOW)


def test_clocks_run_by_severity() -> None:
    first = due(NEW, NOW)
    assert first is not None
    assert (first.clock, first.at, first.is_near, first.is_past) == (
        Clock.TRIAGE,
        NOW + HOUR,
        False,
        False,
    )
    near = due(NEW, NOW + 45 * MINUTE)
    assert near is not None
    assert near.is_near
    assert not near.is_past
    triaged = due(move(NEW, Status.TRIAGED, NOW), NOW + DAY)
    assert triaged is not None
    assert (triaged.clock, triaged.is_past) == (Clock.RESOLUTION, True)
    assert due(move(NEW, Status.RESOLVED, NOW, FOUND), NOW + 9 * DAY) is None


def test_what_is_graver_may_take_less_time() -> None:
    limits = [LIMITS[severity] for severity in Severity]
    assert limits == sorted(limits, key=lambda one: -one.triage)
    assert limits == sorted(limits, key=lambda one: -one.resolution)
    assert all(one.triage < one.resolution for one in limits)


class Life(RuleBasedStateMachine):
    """Whatever people and evidence do, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.ticket = NEW
        self.now = NOW

    @rule(
        status=st.sampled_from(Status),
        disposition=st.none() | st.sampled_from(Disposition),
        later=st.integers(0, DAY),
    )
    def put(self, status: Status, disposition: Disposition | None, later: int) -> None:
        self.now += later
        possible = {*moves(self.ticket), self.ticket.status}
        try:
            self.ticket = move(self.ticket, status, self.now, disposition)
        except TicketError:
            fits = (status is Status.RESOLVED) is (disposition is not None)
            assert status not in possible or not fits

    @rule(severity=st.sampled_from(Severity), later=st.integers(0, DAY))
    def found(self, severity: Severity, later: int) -> None:
        self.now += later
        self.ticket = evidence(self.ticket, severity, self.now)
        assert self.ticket.status is not Status.RESOLVED

    @rule(assignee=st.none() | st.just("r-1"))
    def given(self, assignee: str | None) -> None:
        self.ticket = assign(self.ticket, assignee, self.now)

    @invariant()
    def it_makes_sense(self) -> None:
        ticket = self.ticket
        is_closed = ticket.status is Status.RESOLVED
        assert (ticket.disposition is not None) is is_closed
        assert (ticket.resolved is not None) is is_closed
        assert (ticket.triaged is None) is (ticket.status is Status.NEW)
        assert ticket.opened <= self.now
        assert (due(ticket, self.now) is None) is is_closed


TestLife = Life.TestCase


@given(st.sampled_from(Severity), st.integers(0, 200 * DAY))
def test_what_is_past_was_near(severity: Severity, later: int) -> None:
    found = due(Ticket(severity=severity, opened=NOW), NOW + later)
    assert found is not None
    assert found.is_near or not found.is_past
    assert found.is_past is (NOW + later >= found.at)


def test_a_change_gives_it_away_and_puts_it_somewhere() -> None:
    taken = changed(NEW, Change(assignee="r-2"), NOW + 1)
    assert (taken.status, taken.assignee) == (Status.TRIAGED, "r-2")
    both = changed(NEW, Change(assignee="r-2", status=Status.IN_PROGRESS), NOW + 1)
    assert (both.status, both.assignee, both.triaged) == (Status.IN_PROGRESS, "r-2", NOW + 1)
    assert changed(taken, Change(assignee="r-2"), NOW + 9) == taken
    assert changed(taken, Change(assignee=None), NOW + 9).assignee is None


def test_what_was_found_resolves_it() -> None:
    closed = changed(NEW, Change(disposition=FOUND), NOW + 1)
    assert (closed.status, closed.disposition) == (Status.RESOLVED, FOUND)
    assert changed(closed, Change(status=Status.RESOLVED), NOW + 2) == closed
    with pytest.raises(TicketError):
        changed(NEW, Change(status=Status.RESOLVED), NOW + 1)
    with pytest.raises(TicketError):
        changed(NEW, Change(status=Status.TRIAGED, disposition=FOUND), NOW + 1)


def test_a_change_of_nothing_is_none() -> None:
    assert Change().is_empty
    assert not Change(assignee=None).is_empty
    assert not Change(add_tags=frozenset(("vip",))).is_empty
    assert changed(NEW, Change(), NOW + 1) == NEW


def test_it_is_warned_of_twice_and_no_more() -> None:
    near, past = NOW + 45 * MINUTE, NOW + HOUR
    assert wakes(NEW, Warned.NOTHING) == near
    assert wakes(NEW, Warned.NEAR) == past
    assert wakes(NEW, Warned.PAST) is None
    assert warning(NEW, Warned.NOTHING, near - 1) is None
    assert warning(NEW, Warned.NOTHING, near) is Warned.NEAR
    assert warning(NEW, Warned.NEAR, past - 1) is None
    assert warning(NEW, Warned.NEAR, past) is Warned.PAST
    assert warning(NEW, Warned.NOTHING, past) is Warned.PAST
    assert warning(NEW, Warned.PAST, past + DAY) is None


def test_what_is_closed_is_never_late() -> None:
    closed = move(NEW, Status.RESOLVED, NOW, FOUND)
    assert wakes(closed, Warned.NOTHING) is None
    assert warning(closed, Warned.NOTHING, NOW + 99 * DAY) is None


def test_another_clock_is_warned_of_anew() -> None:
    triaged = move(NEW, Status.TRIAGED, NOW + 1)
    assert is_anew(NEW, triaged)
    assert not is_anew(triaged, move(triaged, Status.IN_PROGRESS, NOW + 2))
    assert is_anew(triaged, evidence(triaged, Severity.CRITICAL, NOW + 3))
    assert is_anew(triaged, move(triaged, Status.RESOLVED, NOW + 3, FOUND))
    assert not is_anew(NEW, assign(NEW, None, NOW + 3))


@given(st.sampled_from(Severity), st.sampled_from(Warned), st.integers(0, 100 * DAY))
def test_a_warning_comes_when_it_was_said_to(
    severity: Severity, warned: Warned, later: int
) -> None:
    ticket = Ticket(severity=severity, opened=NOW)
    at = wakes(ticket, warned)
    is_due = at is not None and NOW + later >= at
    assert (warning(ticket, warned, NOW + later) is not None) is is_due
