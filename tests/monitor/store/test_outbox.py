"""An order is written once with what decided it, and only people drive what was given up."""

import threading

import pytest
from sqlalchemy import Engine, select

from alerts.outbox import Because, State
from alerts.ports import Action
from detectors.core.identity import Subject, SubjectKind
from monitor.store import outbox, tables
from monitor.store.outbox import OrderRow, Wanted
from tests.databases import Databases
from tests.monitor.store.orders import NOW, TENANT, order


def put(database: Engine, *orders: tuple[str, Action], responder: str = "idp") -> list[OrderRow]:
    with database.begin() as connection:
        for key, action in orders:
            outbox.enqueue(connection, order(key, action, measure=7), responder)
        return outbox.page(connection, Wanted())[::-1]


def state_of(database: Engine, number: int) -> State:
    with database.connect() as connection:
        found = outbox.row(connection, number)
    assert found is not None
    return found.state


def set_state(database: Engine, number: int, state: State) -> None:
    table = tables.outbox
    with database.begin() as connection:
        connection.execute(table.update().where(table.c.id == number).values(state=state))


def test_an_order_is_kept_as_it_was_given_and_told(database: Engine) -> None:
    given = order(measure=3, ticket=4, values={"name": "Zoé"}, until=NOW + 5, aup=("6", "9"))
    with database.begin() as connection:
        assert outbox.enqueue(connection, given, "idp", due=NOW + 9)
    with database.connect() as connection:
        kept = outbox.of_measure(connection, 3)[0]
        assert outbox.of_ticket(connection, 4) == [kept]
        told = connection.execute(select(tables.changes)).all()
    assert kept.order == given
    assert (kept.state, kept.due, kept.since, kept.attempts) == (State.WAITING, NOW + 9, NOW + 9, 0)
    assert kept.subject_key == Subject(SubjectKind.ACCOUNT, TENANT, "u-1").key()
    assert [(one.kind, one.reference, one.tenant) for one in told] == [
        ("order", str(kept.id), TENANT)
    ]


def test_the_same_order_is_one_row_for_each_responder(database: Engine) -> None:
    with database.begin() as connection:
        assert outbox.enqueue(connection, order(), "idp")
        assert not outbox.enqueue(connection, order(reason="again"), "idp")
        assert outbox.enqueue(connection, order(), "gate")
        assert [one.responder for one in outbox.page(connection, Wanted())] == ["gate", "idp"]


def test_what_is_not_committed_is_not_there(database: Engine) -> None:
    with database.connect() as connection, connection.begin() as transaction:
        outbox.enqueue(connection, order(), "idp")
        transaction.rollback()
    with database.connect() as connection:
        assert outbox.page(connection, Wanted()) == []


def test_of_two_that_decide_the_same_at_once_one_writes_it(databases: Databases) -> None:
    database = databases.new()
    wrote: list[bool] = []
    ready = threading.Barrier(2)

    def decide() -> None:
        ready.wait(10)
        with database.begin() as connection:
            wrote.append(outbox.enqueue(connection, order(), "idp"))

    threads = [threading.Thread(target=decide) for _ in range(2)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(240)
    assert sorted(wrote) == [False, True]


def test_lists_are_filtered_and_go_back_page_by_page(database: Engine) -> None:
    rows = put(database, ("a", Action.DISABLE), ("b", Action.ENABLE), ("c", Action.NOTIFY))
    set_state(database, rows[0].id, State.DEAD)
    with database.connect() as connection:

        def keys(wanted: Wanted, before: int | None = None, limit: int = 9) -> list[str]:
            return [o.order.key for o in outbox.page(connection, wanted, before, limit)]

        assert keys(Wanted(), limit=2) == ["c", "b"]
        assert keys(Wanted(), before=rows[1].id) == ["a"]
        assert keys(Wanted(states=frozenset({State.DEAD}))) == ["a"]
        assert keys(Wanted(action=Action.ENABLE, measure=7)) == ["b"]
        assert keys(Wanted(responder="gate")) == []
        assert outbox.numbers(connection, Wanted(), 2) == [rows[0].id, rows[1].id]
        told = {(one.state, one.count) for one in outbox.tallies(connection)}
    assert told == {(State.DEAD, 1), (State.WAITING, 2)}


@pytest.mark.parametrize("state", State)
def test_people_drive_what_was_given_up_or_parked_and_cancel_what_is_not_at_work(
    database: Engine, state: State
) -> None:
    (one,) = put(database, ("a", Action.NOTIFY))
    set_state(database, one.id, state)
    with database.begin() as connection:
        driven = outbox.drive(connection, one, NOW + 50)
    assert driven is (state in (State.DEAD, State.PARKED))
    if driven:
        with database.connect() as connection:
            again = outbox.row(connection, one.id)
        assert again is not None
        assert (again.since, again.due, again.attempts) == (NOW + 50, NOW + 50, 0)
    set_state(database, one.id, state)
    with database.begin() as connection:
        cancelled = outbox.cancel(connection, one, NOW + 60)
    assert cancelled is (state in (State.WAITING, State.DEAD, State.PARKED))
    set_state(database, one.id, state)
    with database.begin() as connection:
        assert outbox.hurry(connection, one, NOW + 70) is (state is State.WAITING)


def test_the_contrary_overtakes_unless_it_was_never_to_be_done(database: Engine) -> None:
    first, later, other = put(
        database, ("a", Action.DISABLE), ("b", Action.ENABLE), ("c", Action.REVOKE)
    )
    with database.connect() as connection:
        assert outbox.is_overtaken(connection, first)
        assert not outbox.is_overtaken(connection, later)
        assert not outbox.is_overtaken(connection, other)
    for state in (State.CANCELLED, State.DEAD, State.PARKED):
        set_state(database, later.id, state)
        with database.connect() as connection:
            assert not outbox.is_overtaken(connection, first)
    set_state(database, later.id, State.DONE)
    with database.connect() as connection:
        assert outbox.is_overtaken(connection, first)


def test_what_waits_of_a_measure_is_cancelled_and_what_is_at_work_is_not(database: Engine) -> None:
    rows = put(database, ("a", Action.DISABLE), ("b", Action.DISABLE), ("c", Action.NOTIFY))
    set_state(database, rows[1].id, State.LEASED)
    with database.begin() as connection:
        assert outbox.cancel_of_measure(connection, 7, {Action.DISABLE}, NOW) == 1
    states = [state_of(database, one.id) for one in rows]
    assert states == [State.CANCELLED, State.LEASED, State.WAITING]
    with database.connect() as connection:
        first = outbox.row(connection, rows[0].id)
    assert first is not None
    assert first.reason == Because.OVERTAKEN.word


def test_a_restored_outbox_is_parked(database: Engine) -> None:
    rows = put(database, *((state.value, Action.NOTIFY) for state in State))
    for one, state in zip(rows, State, strict=True):
        set_state(database, one.id, state)
    with database.begin() as connection:
        assert outbox.park_all(connection) == 2
    states = {state: state_of(database, one.id) for one, state in zip(rows, State, strict=True)}
    for state, now in states.items():
        is_parked = state in (State.WAITING, State.LEASED, State.PARKED)
        assert now is (State.PARKED if is_parked else state)


def test_what_was_done_is_forgotten_and_what_people_must_look_at_is_not(database: Engine) -> None:
    rows = put(database, *((state.value, Action.NOTIFY) for state in State))
    for one, state in zip(rows, State, strict=True):
        set_state(database, one.id, state)
    with database.begin() as connection:
        connection.execute(tables.outbox.update().values(measure_id=None))
        assert outbox.forget(connection, NOW, 0, 10) == 0
        assert outbox.forget(connection, NOW + 1, 0, 1) == 1
        assert outbox.forget(connection, NOW + 1, 0, 10) == 1
        kept = {one.state for one in outbox.page(connection, Wanted())}
        assert kept == set(State) - {State.DONE, State.CANCELLED}
        # Of a measure that is gone nothing is tried any more.
        connection.execute(tables.outbox.update().values(measure_id=7))
        assert outbox.over(connection, NOW + 1, 0) == len(kept)
