"""What is due is done once, whenever it is looked at; people are called once to what is stuck."""

import pytest
from msgspec import structs
from sqlalchemy import Connection, Engine, select

from alerts import execution
from alerts.ladder import Step
from alerts.measure import Measure, State, Why
from alerts.outbox import State as OrderState
from alerts.ports import Action
from alerts.responders.roster import Roster
from detectors.core.event import HOUR
from monitor.services.carrying import carry_out, take_back
from monitor.services.sweeping import SLOW, let_go, sweep
from monitor.store import measures, restrictions, tables
from tests.monitor.services.measured import (
    NOW,
    ROSTER,
    WHO,
    answer,
    answer_all,
    kept,
    known_account,
    measure,
    rows_of,
)

END = NOW + HOUR


def now_is(connection: Connection, one: Measure) -> Measure:
    told = measures.get(connection, one.id)
    assert told is not None
    return told


def test_a_suspension_ends_by_itself_once(database: Engine) -> None:
    known_account(database)
    with database.begin() as connection:
        one = carry_out(connection, kept(connection, measure()), ROSTER, NOW)
        answer_all(connection, one.id)
        assert sweep(connection, ROSTER, END - 1) == 0
        assert sweep(connection, ROSTER, END) == 1
        assert sweep(connection, ROSTER, END) == 0
        going = now_is(connection, one)
        assert (going.state, going.undone_by) == (State.UNDOING, "daemon:vigie")
        answer_all(connection, one.id)
        assert now_is(connection, one).state is State.UNDONE
        last = rows_of(connection, one.id, Action.NOTIFY)[-1].order
        assert last.template == "restore"
        assert last.values["reason.fr"] == "la suspension est arrivée à son terme"


def test_a_suspension_that_was_never_finished_ends_too(database: Engine) -> None:
    with database.begin() as connection:
        one = carry_out(connection, kept(connection, measure()), ROSTER, NOW)
        scim, _ = rows_of(connection, one.id, Action.DISABLE)
        answer(connection, scim, OrderState.DEAD, reason="gone")
        assert now_is(connection, one).state is State.UNFINISHED
        sweep(connection, ROSTER, END)
        assert now_is(connection, one).state is State.UNDOING
        (row,) = rows_of(connection, one.id, Action.ENABLE)
        assert row.responder == scim.responder


def test_a_request_that_nobody_decides_lapses_and_the_team_is_told(database: Engine) -> None:
    asked = measure(
        Step.DEACTIVATE, State.REQUESTED, until=None, expires=END, requested_by="reviewer:1"
    )
    with database.begin() as connection:
        one = kept(connection, asked)
        assert sweep(connection, ROSTER, END - 1) == 0
        assert sweep(connection, ROSTER, END) == 1
        assert now_is(connection, one).state is State.EXPIRED
        (row,) = rows_of(connection, one.id)
        assert (row.action, row.order.template) == (Action.TELL, "expired")


def test_what_was_decided_and_not_ordered_is_ordered_under_the_same_keys(database: Engine) -> None:
    with database.begin() as connection:
        one = kept(connection, measure())
        assert sweep(connection, ROSTER, NOW) == 1
        keys = {row.key for row in rows_of(connection, one.id)}
        assert len(keys) == 4
        assert sweep(connection, ROSTER, NOW) == 0
        # As a process leaves it that died with half of it done, were that possible.
        before = now_is(connection, one)
        measures.put(connection, before, structs.replace(before, ordered=None), NOW)
        assert sweep(connection, ROSTER, NOW) == 1
        assert {row.key for row in rows_of(connection, one.id)} == keys
        answer_all(connection, one.id)
        held = now_is(connection, one)
        measures.put(connection, held, execution.undo(held, NOW, by="r:2", reason="no"), NOW)
        assert sweep(connection, ROSTER, NOW) == 1
        assert len(rows_of(connection, one.id, Action.ENABLE)) == 2


def test_people_are_called_once_to_what_is_stuck(database: Engine) -> None:
    with database.begin() as connection:
        one = carry_out(connection, kept(connection, measure(until=None)), Roster(()), NOW)
        assert (one.state, one.unfinished) == (State.UNFINISHED, Why.NOBODY)
        assert sweep(connection, ROSTER, NOW) == 1
        assert sweep(connection, ROSTER, NOW) == 0
        told = now_is(connection, one)
        assert told.called == NOW
        ticket = connection.execute(select(tables.tickets)).one()
        assert (ticket.kind, ticket.id) == ("unfinished", told.ticket)
        (row,) = rows_of(connection, one.id)
        assert row.order.template == "unfinished"
        again = measures.put(connection, told, execution.again(told), NOW)
        stuck = carry_out(connection, again, Roster(()), NOW)
        assert stuck.state is State.UNFINISHED
        assert sweep(connection, ROSTER, NOW) == 1
        assert len(connection.execute(select(tables.tickets)).all()) == 1
        assert len(connection.execute(select(tables.ticket_comments)).all()) == 2


def test_people_are_called_anew_to_what_cannot_be_taken_back(database: Engine) -> None:
    def calls(connection: Connection, one: Measure) -> int:
        rows = rows_of(connection, one.id, Action.TELL)
        return sum(row.order.template == "unfinished" for row in rows)

    with database.begin() as connection:
        one = carry_out(connection, kept(connection, measure(until=None)), ROSTER, NOW)
        first, *_ = rows_of(connection, one.id, Action.DISABLE)
        answer(connection, first, OrderState.DEAD, reason="refused")
        assert sweep(connection, ROSTER, NOW) == 1
        assert calls(connection, one) == 1
        going = execution.undo(now_is(connection, one), NOW, by="b", reason="no")
        take_back(connection, measures.put(connection, now_is(connection, one), going, NOW), NOW)
        for row in rows_of(connection, one.id, Action.ENABLE):
            answer(connection, row, OrderState.DEAD, reason="refused")
        assert now_is(connection, one).state is State.UNDO_UNFINISHED
        assert sweep(connection, ROSTER, NOW) == 1
        assert calls(connection, one) == 2


def test_what_a_withdrawn_incident_proposed_is_let_go_and_may_come_again(database: Engine) -> None:
    told = {"until": None, "incident": b"i" * 16, "key": "i:deactivate"}
    proposed = measure(Step.DEACTIVATE, State.PROPOSED, **told)
    with database.begin() as connection:
        one = kept(connection, proposed)
        other = kept(connection, measure(state=State.PROPOSED, incident=b"j" * 16))
        assert let_go(connection, WHO, b"i" * 16, NOW) == 1
        assert now_is(connection, one).state is State.EXPIRED
        assert now_is(connection, other).state is State.PROPOSED
        assert measures.add(connection, proposed) is not None
        assert let_go(connection, WHO, b"x" * 16, NOW) == 0


def test_people_are_called_to_what_takes_too_long(database: Engine) -> None:
    with database.begin() as connection:
        one = carry_out(connection, kept(connection, measure(until=None)), ROSTER, NOW)
        assert sweep(connection, ROSTER, NOW + SLOW - 1) == 0
        assert sweep(connection, ROSTER, NOW + SLOW) == 1
        assert now_is(connection, one).state is State.EXECUTING


def test_what_waits_for_its_time_or_by_law_takes_not_too_long(database: Engine) -> None:
    with database.begin() as connection:
        later = measure(Step.REVOKE, until=None, not_before=NOW + SLOW)
        carry_out(connection, kept(connection, later), ROSTER, NOW)
        assert sweep(connection, ROSTER, NOW + 2 * SLOW - 1) == 0
        assert sweep(connection, ROSTER, NOW + 2 * SLOW) == 1
        restrictions.restrict(connection, WHO, NOW, "ticket 4", "operator:root")
        kept(connection, measure(Step.CHALLENGE, until=None))
        assert sweep(connection, ROSTER, NOW + 9 * SLOW) == 0


def test_a_message_that_does_not_get_through_calls_nobody(database: Engine) -> None:
    with database.begin() as connection:
        one = measure(Step.NOTIFY, until=None)
        one = carry_out(connection, kept(connection, one), ROSTER, NOW)
        (row,) = rows_of(connection, one.id)
        answer(connection, row, OrderState.DEAD, reason="no address")
        assert now_is(connection, one).state is State.UNFINISHED
        assert sweep(connection, ROSTER, NOW) == 0


def test_an_account_that_the_law_protects_waits_and_still_is_given_back(database: Engine) -> None:
    with database.begin() as connection:
        one = carry_out(connection, kept(connection, measure()), ROSTER, NOW)
        answer_all(connection, one.id)
        restrictions.restrict(connection, WHO, NOW, "ticket 4", "operator:root")
        waits = kept(connection, measure(Step.CHALLENGE, until=None))
        assert sweep(connection, ROSTER, NOW) == 0
        assert sweep(connection, ROSTER, END, 1) == 1
        assert now_is(connection, one).state is State.UNDOING
        assert now_is(connection, waits).ordered is None


@pytest.mark.parametrize("most", [1, 3])
def test_no_more_is_done_at_once_than_was_asked_for(database: Engine, most: int) -> None:
    with database.begin() as connection:
        for number in range(5):
            kept(connection, measure(account=f"u-{number}"))
        assert sweep(connection, ROSTER, NOW, most) == most
        assert sweep(connection, ROSTER, NOW) == 5 - most
