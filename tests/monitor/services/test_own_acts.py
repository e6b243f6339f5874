"""A subscriber ends a session or all, and what they say of a sign-in counts as far as they proved
who they are."""

import pytest
from sqlalchemy import Engine, select

from alerts.ladder import Step
from alerts.ports import Action
from detectors.core.context import AccountKind
from detectors.core.event import DAY, Answer, Feedback
from monitor.formats.format import Origin
from monitor.formats.own import Own
from monitor.gate.judging import Verdict, judge
from monitor.gate.reading import standing_of
from monitor.services.own_acts import Heard
from monitor.services.own_sign_ins import SOURCE
from monitor.services.subscriber import Subscriber
from monitor.store import measures, restrictions, tables
from monitor.store.inbox import Inbox
from tests.monitor.services.measured import rows_of
from tests.monitor.services.subscribing import MARIE, Place, history
from tests.monitor.web.staging import NOON


@pytest.fixture
def place(database: Engine) -> Place:
    place = Place(database)
    place.stage.put_events(history())
    return place


def told(place: Place) -> list[Feedback]:
    """What detectors are told, as the engine will read it."""
    origin = Origin(SOURCE, SOURCE, lambda *_: 2026, lambda *_: 0)
    lines = [
        line
        for one in Inbox(place.engine).after(SOURCE, 0, 99, 1 << 20)
        for line in one.parcel.lines
    ]
    found = [event for line in lines for event in Own().parse(line, origin)]
    return [event for event in found if isinstance(event, Feedback)]


def test_one_session_is_turned_away_and_nothing_else(place: Place) -> None:
    visit, other = place.visit(), place.visit(session="s-abroad")
    found = next(one for one in place.own.activity.of(visit).sessions if one.session == "s-abroad")
    place.own.acts.sign_out(visit, found)
    with place.engine.connect() as connection:
        table = tables.session_demands
        rows = connection.execute(select(table.c.session, table.c.verdict)).all()
        assert [tuple(row) for row in rows] == [("s-abroad", "revoked")]
        assert connection.execute(select(tables.gate_changes.c.account)).scalars().all() == [
            MARIE.account
        ]
        assert measures.of_account(connection, MARIE.subject) == []
    assert place.own.sessions.visit(other.key) is None
    assert place.own.sessions.visit(visit.key) is not None


def test_the_gate_turns_away_that_session_and_no_other(place: Place) -> None:
    visit = place.visit()
    place.own.acts.sign_out(visit, place.own.activity.of(visit).sessions[1])
    with place.engine.connect() as connection:
        standing = standing_of(connection, (MARIE.tenant, MARIE.account), NOON)
    assert judge(standing, "s-abroad", NOON - DAY, NOON + 1).verdict is Verdict.SIGN_IN
    assert judge(standing, "s-here", NOON - DAY, NOON + 1).verdict is Verdict.PASS


def test_all_end_by_a_measure_that_responders_carry_out_once(place: Place) -> None:
    visit, other = place.visit(), place.visit()
    assert place.own.acts.sign_out_all(visit) is Heard.DONE
    assert place.own.acts.sign_out_all(visit) is Heard.DONE
    with place.engine.connect() as connection:
        (made,) = measures.of_account(connection, MARIE.subject)
        assert made.step is Step.REVOKE
        orders = rows_of(connection, made.id, Action.REVOKE)
        assert [row.responder for row in orders] == ["gate"]
    assert place.own.sessions.visit(other.key) is None
    assert place.own.sessions.visit(visit.key) is not None


def test_it_is_not_done_over_and_over(place: Place) -> None:
    visit = place.visit()
    heard = [place.own.acts.sign_out_all(visit) for _ in range(5)]
    assert heard[3:] == [Heard.DONE, Heard.TOO_MANY]
    place.clock.now += 15 * 60_000
    assert place.own.acts.sign_out_all(place.visit()) is Heard.DONE


def test_it_was_not_me_ends_all_tells_people_and_detectors(place: Place) -> None:
    visit = place.visit(method="passkey")
    event = place.own.activity.of(visit).sign_ins[1].event
    assert place.own.acts.deny(visit, event, proved=True) is Heard.DONE
    (line,) = told(place)
    assert (line.answer, line.session, line.about) == (Answer.NOT_ME, "s-abroad", event.id)
    assert "d2" in line.shown
    with place.engine.connect() as connection:
        (made,) = measures.of_account(connection, MARIE.subject)
        assert made.step is Step.REVOKE
        tickets = connection.execute(select(tables.tickets)).mappings().all()
    assert [(one["kind"], one["tenant"]) for one in tickets] == [("report", MARIE.tenant)]


def test_said_without_proof_it_is_a_report_like_anybody_s(place: Place) -> None:
    """Whoever sits in the account shall not make its owner a stranger, or lock them out by it."""
    visit = place.visit()
    event = place.own.activity.of(visit).sign_ins[0].event
    assert place.own.acts.deny(visit, event, proved=False) is Heard.NOTED
    (line,) = told(place)
    assert (line.answer, line.shown) == (Answer.REPORTED, ())
    with place.engine.connect() as connection:
        assert measures.of_account(connection, MARIE.subject) == []


def test_the_same_said_twice_is_one_ticket_and_one_event(place: Place) -> None:
    visit = place.visit()
    event = place.own.activity.of(visit).sign_ins[1].event
    for _ in range(2):
        place.own.acts.deny(visit, event, proved=True)
    with place.engine.connect() as connection:
        assert len(connection.execute(select(tables.tickets.c.id)).all()) == 1
    assert len({line.id for line in told(place)}) == 1


def test_of_a_restricted_account_detectors_are_told_nothing(place: Place) -> None:
    """It is kept and not used; people are told all the same, and nothing is ordered."""
    with place.engine.begin() as connection:
        restrictions.restrict(connection, MARIE.subject, NOON, "asked for", "x")
    visit = place.visit()
    event = place.own.activity.of(visit).sign_ins[1].event
    place.own.acts.deny(visit, event, proved=True)
    assert told(place) == []
    with place.engine.connect() as connection:
        assert measures.of_account(connection, MARIE.subject) == []
        assert len(connection.execute(select(tables.tickets.c.id)).all()) == 1


def test_where_nobody_ends_sessions_that_is_said(place: Place) -> None:
    whose = Subscriber("elsewhere", "x")
    assert place.own.acts.can_end_one(whose.tenant)
    place.own.acts._roster = type(place.own.acts._roster)()
    assert not place.own.acts.can_end_one(whose.tenant)
    assert place.own.acts.sign_out_all(place.visit(whose)) is Heard.NOTED


@pytest.mark.parametrize("kind", [AccountKind.SHARED, AccountKind.BREAK_GLASS])
def test_of_an_account_that_is_not_one_person_s_people_decide(
    place: Place, kind: AccountKind
) -> None:
    """One of several would end the others' work, or keep out whoever is called at the worst."""
    place.own.acts._kinds = {MARIE.subject: kind}
    visit = place.visit(method="passkey")
    event = place.own.activity.of(visit).sign_ins[1].event
    assert not place.own.acts.can_end_all(MARIE)
    assert place.own.acts.sign_out_all(visit) is Heard.NOTED
    assert place.own.acts.deny(visit, event, proved=True) is Heard.NOTED
    assert [line.answer for line in told(place)] == [Answer.NOT_ME]
    with place.engine.connect() as connection:
        assert measures.of_account(connection, MARIE.subject) == []


def test_ended_sessions_are_forgotten_in_the_end(place: Place) -> None:
    visit = place.visit()
    place.own.acts.sign_out(visit, place.own.activity.of(visit).sessions[1])
    with place.engine.connect() as connection:
        (until,) = connection.execute(select(tables.session_demands.c.until)).scalars()
        assert NOON + 30 * DAY < until < NOON + 90 * DAY
