"""What became of orders stays for a year, and longer where something of it can still be undone."""

from sqlalchemy import Engine as Database

from alerts.ladder import Step
from alerts.measure import Measure
from alerts.measure import State as MeasureState
from alerts.outbox import State
from alerts.ports import Action
from monitor.retention.jobs.orders import Orders
from monitor.store import measures, outbox, tables
from monitor.store.gate_list import GateTable
from monitor.store.outbox import Wanted
from tests.monitor.retention.working import LIMITS, run
from tests.monitor.store.orders import order

OLD = LIMITS.incidents - 1


def put(database: Database, key: str, state: State, at: int, number: int | None = None) -> None:
    table = tables.outbox
    with database.begin() as connection:
        outbox.enqueue(connection, order(key, Action.DISABLE, measure=number, issued=at), "idp")
        mine = table.c.id == max(outbox.numbers(connection, Wanted(), 99))
        connection.execute(table.update().where(mine).values(state=state))


def measure(database: Database, state: MeasureState) -> int:
    one = Measure(tenant="acme", account="u-1", step=Step.SUSPEND, state=state, created=OLD)
    with database.begin() as connection:
        made = measures.add(connection, one)
    assert made is not None
    return made.id


def test_what_is_over_goes_and_what_people_must_look_at_stays(database: Database) -> None:
    for state in State:
        put(database, state.value, state, OLD)
    put(database, "new", State.DONE, LIMITS.incidents)
    with database.begin() as connection:
        assert Orders().due(connection, LIMITS).due == 2
    assert run(Orders(), database) == 2
    with database.connect() as connection:
        kept = {one.order.key for one in outbox.page(connection, Wanted())}
    assert kept == {"new"} | {s.value for s in State} - {"done", "cancelled"}


def test_who_was_asked_to_lock_an_account_is_known_until_it_is_given_back(
    database: Database,
) -> None:
    held = measure(database, MeasureState.IN_FORCE)
    gone = measure(database, MeasureState.UNDONE)
    put(database, "held", State.DONE, OLD, held)
    put(database, "gone", State.DONE, OLD, gone)
    assert run(Orders(), database) == 1
    with database.connect() as connection:
        assert [one.order.key for one in outbox.page(connection, Wanted())] == ["held"]


def test_what_the_gate_held_until_then_goes(database: Database) -> None:
    listed = GateTable(database, lambda: 0)
    listed.put("acme", "u-1", "disabled", 0, LIMITS.time - 1, "a")
    listed.put("acme", "u-2", "disabled", 0, LIMITS.time + 1, "b")
    run(Orders(), database)
    assert listed.verdicts("acme", "u-1") == frozenset()
    assert listed.verdicts("acme", "u-2") == {"disabled"}
