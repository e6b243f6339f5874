"""A measure's orders are written with it, and what becomes of them becomes of the measure."""

import pytest
from msgspec import structs
from sqlalchemy import Engine, insert, select

from alerts import execution
from alerts.digest import due
from alerts.ladder import Step
from alerts.measure import Measure, State, Why
from alerts.outbox import Because
from alerts.outbox import State as OrderState
from alerts.ports import AccountState, Action
from alerts.responders.roster import Entry, Roster
from monitor.services.carrying import EXECUTED, carry_out, settle, take_back
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


def undone(one: Measure) -> Measure:
    return execution.undo(one, NOW + 1, by="reviewer:bob", reason="a mistake")


def test_every_responder_that_offers_it_is_asked_and_the_person_is_told(database: Engine) -> None:
    known_account(database)
    with database.begin() as connection:
        one = carry_out(connection, kept(connection, measure()), ROSTER, NOW)
        assert (one.state, one.ordered) == (State.EXECUTING, NOW)
        rows = rows_of(connection, one.id)
        assert {(row.responder, row.action) for row in rows} == {
            ("scim", Action.DISABLE),
            ("gate", Action.DISABLE),
            ("gate", Action.REVOKE),
            ("mail", Action.NOTIFY),
        }
        order = rows_of(connection, one.id, Action.DISABLE)[0].order
        assert (order.until, order.aup, order.measure) == (one.until, ("6",), one.id)
        assert order.target is not None
        assert (order.target.email, order.target.language) == ("ann@acme.example", "en")
        assert carry_out(connection, one, ROSTER, NOW) is one
        assert len(rows_of(connection, one.id)) == 4


def test_it_is_in_force_once_all_of_it_is_done_and_read_back(database: Engine) -> None:
    with database.begin() as connection:
        one = carry_out(connection, kept(connection, measure()), ROSTER, NOW)
        scim, gate = rows_of(connection, one.id, Action.DISABLE)
        answer(connection, scim, seen=AccountState.DISABLED)
        assert measures.get(connection, one.id) == one
        answer(connection, gate, seen=AccountState.DISABLED)
        answer_all(connection, one.id, Action.REVOKE)
        told = measures.get(connection, one.id)
        assert told is not None
        assert (told.state, told.confirmed) == (State.IN_FORCE, NOW)
    with database.connect() as connection:
        audited = connection.execute(select(tables.audit.c.operation, tables.audit.c.actor)).all()
    assert [tuple(row) for row in audited] == [(EXECUTED, "daemon:vigie")]


def test_what_cannot_be_read_back_is_not_called_confirmed(database: Engine) -> None:
    with database.begin() as connection:
        one = carry_out(connection, kept(connection, measure()), ROSTER, NOW)
        for row in rows_of(connection, one.id, Action.DISABLE, Action.REVOKE):
            answer(connection, row, seen=AccountState.UNKNOWN)
        told = measures.get(connection, one.id)
        assert told is not None
        assert (told.state, told.confirmed) == (State.IN_FORCE, None)


@pytest.mark.parametrize(
    ("reason", "why"),
    [("no such user", Why.ORDERS), (Because.OTHERWISE.word, Why.CONTRADICTED)],
)
def test_what_is_not_done_is_unfinished_until_somebody_drives_it(
    database: Engine, reason: str, why: Why
) -> None:
    with database.begin() as connection:
        one = carry_out(connection, kept(connection, measure()), ROSTER, NOW)
        scim, gate = rows_of(connection, one.id, Action.DISABLE)
        answer(connection, scim, OrderState.DEAD, reason=reason)
        told = measures.get(connection, one.id)
        assert told is not None
        assert (told.state, told.unfinished) == (State.UNFINISHED, why)
        answer(connection, scim, seen=AccountState.DISABLED)
        answer(connection, gate, seen=AccountState.DISABLED)
        answer_all(connection, one.id, Action.REVOKE)
        told = measures.get(connection, one.id)
        assert told is not None
        assert (told.state, told.unfinished) == (State.IN_FORCE, None)


def test_where_nobody_does_it_that_is_said_and_nobody_is_told_of_it(database: Engine) -> None:
    with_mail = Roster(tuple(entry for entry in ROSTER.entries if entry.name == "mail"))
    with database.begin() as connection:
        one = carry_out(connection, kept(connection, measure()), with_mail, NOW)
        assert (one.state, one.unfinished) == (State.UNFINISHED, Why.NOBODY)
        assert rows_of(connection, one.id) == []
        again = measures.put(connection, one, execution.again(one), NOW)
        assert carry_out(connection, again, ROSTER, NOW).state is State.EXECUTING


def test_ordered_anew_it_is_told_again_only_where_it_was_not(database: Engine) -> None:
    with database.begin() as connection:
        one = carry_out(connection, kept(connection, measure()), ROSTER, NOW)
        for failed in (True, False):
            for row in rows_of(connection, one.id):
                if row.state is OrderState.WAITING:
                    is_dead = row.action is Action.DISABLE or failed
                    answer(connection, row, OrderState.DEAD if is_dead else OrderState.DONE)
            stuck = measures.get(connection, one.id)
            assert stuck is not None
            assert stuck.state is State.UNFINISHED
            carry_out(
                connection,
                measures.put(connection, stuck, execution.again(stuck), NOW),
                ROSTER,
                NOW,
            )
        told = [row.state for row in rows_of(connection, one.id, Action.NOTIFY)]
        assert told == [OrderState.DEAD, OrderState.DONE]


def test_a_message_that_cannot_be_sent_does_not_make_a_suspension_undone(database: Engine) -> None:
    with database.begin() as connection:
        one = carry_out(connection, kept(connection, measure()), ROSTER, NOW)
        answer_all(connection, one.id, Action.DISABLE, Action.REVOKE)
        (mail,) = rows_of(connection, one.id, Action.NOTIFY)
        answer(connection, mail, OrderState.DEAD, reason="no address")
        told = measures.get(connection, one.id)
        assert told is not None
        assert told.state is State.IN_FORCE


def test_undoing_asks_those_who_did_it_and_reads_back(database: Engine) -> None:
    with database.begin() as connection:
        one = carry_out(connection, kept(connection, measure()), ROSTER, NOW)
        answer_all(connection, one.id)
        held = measures.get(connection, one.id)
        assert held is not None
        going = measures.put(connection, held, undone(held), NOW)
        going = take_back(connection, going, NOW + 2)
        assert going.state is State.UNDOING
        rows = rows_of(connection, one.id, Action.ENABLE)
        assert {row.responder for row in rows} == {"scim", "gate"}
        assert all(row.order.until is None for row in rows)
        answer_all(connection, one.id, Action.ENABLE)
        over = measures.get(connection, one.id)
        assert over is not None
        assert (over.state, over.confirmed) == (State.UNDONE, NOW)
        (first, last) = rows_of(connection, one.id, Action.NOTIFY)
        assert (first.order.template, last.order.template) == ("suspend", "restore")


def test_what_was_not_begun_is_called_off_and_needs_no_undoing(database: Engine) -> None:
    with database.begin() as connection:
        one = carry_out(connection, kept(connection, measure()), ROSTER, NOW)
        going = measures.put(connection, one, undone(one), NOW)
        over = take_back(connection, going, NOW)
        assert over.state is State.UNDONE
        rows = rows_of(connection, one.id)
        assert {row.state for row in rows} == {OrderState.CANCELLED}
        assert not [row for row in rows if row.action is Action.ENABLE]


def test_whoever_may_have_done_it_is_asked_to_undo_it(database: Engine) -> None:
    with database.begin() as connection:
        one = carry_out(connection, kept(connection, measure()), ROSTER, NOW)
        scim, gate = rows_of(connection, one.id, Action.DISABLE)
        # One answers 5xx after having done it, the other was never asked.
        answer(connection, scim, OrderState.WAITING, reason="503")
        going = measures.put(connection, one, undone(one), NOW)
        assert take_back(connection, going, NOW).state is State.UNDOING
        (row,) = rows_of(connection, one.id, Action.ENABLE)
        assert row.responder == scim.responder != gate.responder


def test_a_suspension_that_ends_does_not_open_what_a_deactivation_holds(database: Engine) -> None:
    with database.begin() as connection:
        first = carry_out(connection, kept(connection, measure()), ROSTER, NOW)
        answer_all(connection, first.id)
        second = kept(connection, measure(Step.DEACTIVATE, until=None, requested_by="r:1"))
        second = carry_out(connection, second, ROSTER, NOW)
        answer_all(connection, second.id)
        held = measures.get(connection, first.id)
        assert held is not None
        over = take_back(connection, measures.put(connection, held, undone(held), NOW), NOW)
        assert over.state is State.UNDONE
        assert rows_of(connection, first.id, Action.ENABLE) == []
        assert len(rows_of(connection, first.id, Action.NOTIFY)) == 1
        locked = measures.get(connection, second.id)
        assert locked is not None
        assert locked.state is State.IN_FORCE
        going = measures.put(connection, locked, undone(locked), NOW)
        take_back(connection, going, NOW)
        assert len(rows_of(connection, second.id, Action.ENABLE)) == 2


def test_an_undoing_that_a_later_measure_overtakes_is_over(database: Engine) -> None:
    with database.begin() as connection:
        one = carry_out(connection, kept(connection, measure()), ROSTER, NOW)
        answer_all(connection, one.id)
        held = measures.get(connection, one.id)
        assert held is not None
        take_back(connection, measures.put(connection, held, undone(held), NOW), NOW)
        for row in rows_of(connection, one.id, Action.ENABLE):
            answer(connection, row, OrderState.CANCELLED, reason=Because.OVERTAKEN.word)
        over = measures.get(connection, one.id)
        assert over is not None
        assert (over.state, over.confirmed) == (State.UNDONE, None)


def test_nothing_is_ordered_about_whom_the_law_keeps_from_it(database: Engine) -> None:
    with database.begin() as connection:
        number = restrictions.restrict(connection, WHO, NOW, "ticket 4", "operator:root")
        one = kept(connection, measure())
        assert carry_out(connection, one, ROSTER, NOW) is one
        assert rows_of(connection, one.id) == []
        restrictions.release(connection, number, NOW, "over", "operator:root")
        assert carry_out(connection, one, ROSTER, NOW).ordered == NOW


@pytest.mark.parametrize(
    ("step", "actions", "state"),
    [
        (Step.NOTIFY, {Action.NOTIFY}, State.DONE),
        (Step.CHALLENGE, {Action.CHALLENGE}, State.IN_FORCE),
        (Step.REVOKE, {Action.REVOKE, Action.NOTIFY}, State.DONE),
        (Step.DEACTIVATE, {Action.DISABLE, Action.REVOKE, Action.NOTIFY}, State.IN_FORCE),
    ],
)
def test_each_step_has_its_orders(
    database: Engine, step: Step, actions: set[Action], state: State
) -> None:
    with database.begin() as connection:
        one = kept(connection, measure(step, until=None, not_before=NOW + 50))
        one = carry_out(connection, one, ROSTER, NOW)
        rows = rows_of(connection, one.id)
        assert {row.action for row in rows} == actions
        assert {row.due for row in rows} == {due(row.order, NOW + 50) for row in rows}
        answer_all(connection, one.id)
        told = measures.get(connection, one.id)
        assert told is not None
        assert told.state is state


def test_settling_what_is_not_there_or_waits_changes_nothing(database: Engine) -> None:
    with database.begin() as connection:
        settle(connection, 99, NOW)
        for state in (State.REQUESTED, State.REFUSED, State.SHADOW, State.UNDONE):
            one = kept(connection, structs.replace(measure(state=state), ordered=NOW))
            settle(connection, one.id, NOW)
            assert measures.get(connection, one.id) == one


RENEWING = Roster(
    (
        Entry(name="gate", kind="gate", actions=frozenset((Action.REVOKE,))),
        Entry(name="idp", kind="keycloak", actions=frozenset((Action.REVOKE, Action.RENEW))),
    )
)


@pytest.mark.one_on_postgresql
@pytest.mark.parametrize(
    ("detector", "withdrawn", "asked"),
    [
        ("failed_challenge", False, True),
        ("denied_sign_in", False, True),
        ("failed_challenge", True, False),
        ("impossible_travel", False, False),
    ],
)
def test_where_somebody_else_knows_the_password_a_new_one_is_asked_for(
    database: Engine, detector: str, withdrawn: bool, asked: bool
) -> None:
    row = {
        "id": b"f" * 16,
        "subject_key": WHO.key(),
        "detector": detector,
        "severity": 4,
        "withdrawn": withdrawn,
        "incident_id": b"i" * 16,
        "body": b"",
    }
    with database.begin() as connection:
        connection.execute(insert(tables.findings).values(row))
        made = kept(connection, measure(Step.REVOKE, until=None, incident=b"i" * 16))
        carry_out(connection, made, RENEWING, NOW)
        found = {(one.responder, one.action) for one in rows_of(connection, made.id)}
    assert (("idp", Action.RENEW) in found) is asked
    assert ("gate", Action.RENEW) not in found


def test_whether_a_new_password_came_about_changes_nothing_about_the_measure(
    database: Engine,
) -> None:
    with database.begin() as connection:
        made = kept(connection, measure(Step.REVOKE, until=None, rule="denied_sign_in"))
        carry_out(connection, made, RENEWING, NOW)
        for row in rows_of(connection, made.id, Action.REVOKE):
            answer(connection, row)
        [renewal] = rows_of(connection, made.id, Action.RENEW)
        answer(connection, renewal, OrderState.DEAD, reason="x")
        found = measures.get(connection, made.id)
    assert found is not None
    assert found.state is State.DONE
