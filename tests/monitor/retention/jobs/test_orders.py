"""What became of orders stays for 90 days, longer where something of it can still be undone, and a
year where people never saw to it."""

from sqlalchemy import Engine as Database

from alerts.ladder import Step
from alerts.measure import Measure
from alerts.measure import State as MeasureState
from alerts.outbox import State
from alerts.ports import Action
from monitor.retention.jobs.orders import Orders
from monitor.store import measures, outbox, tables
from monitor.store.outbox import Wanted
from tests.monitor.retention.working import LIMITS, run
from tests.monitor.services.ticketed import Desk, incident
from tests.monitor.store.orders import order

OLD = LIMITS.orders - 1
OLDEST = LIMITS.incidents - 1
ENDED = {State.DONE, State.CANCELLED}


def put(
    database: Database,
    key: str,
    state: State,
    at: int,
    number: int | None = None,
    ticket: int | None = None,
) -> None:
    table = tables.outbox
    action = Action.DISABLE if ticket is None else Action.TRACK
    with database.begin() as connection:
        made = order(key, action, measure=number, ticket=ticket, issued=at)
        outbox.enqueue(connection, made, "idp")
        mine = table.c.id == max(outbox.numbers(connection, Wanted(), 99))
        connection.execute(table.update().where(mine).values(state=state))


def measure(database: Database, state: MeasureState) -> int:
    one = Measure(tenant="acme", account="u-1", step=Step.SUSPEND, state=state, created=OLD)
    with database.begin() as connection:
        made = measures.add(connection, one)
    assert made is not None
    return made.id


def left(database: Database) -> set[str]:
    with database.connect() as connection:
        return {one.order.key for one in outbox.page(connection, Wanted())}


def test_what_is_over_goes_and_what_people_must_look_at_stays_for_longer(
    database: Database,
) -> None:
    for state in State:
        put(database, state.value, state, OLD)
        put(database, f"old {state.value}", state, OLDEST)
    put(database, "new", State.DONE, LIMITS.orders)
    with database.begin() as connection:
        due = Orders().due(connection, LIMITS)
    assert (due.kept, due.due) == (2 * len(State) + 1, len(State) + len(ENDED))
    assert run(Orders(), database) == due.due
    assert left(database) == {"new", *(set(State) - ENDED)}


def test_who_was_asked_to_lock_an_account_is_known_until_it_is_given_back(
    database: Database,
) -> None:
    for state in (MeasureState.IN_FORCE, MeasureState.UNFINISHED, MeasureState.UNDONE):
        number = measure(database, state)
        put(database, f"done {state}", State.DONE, OLDEST, number)
        put(database, f"dead {state}", State.DEAD, OLD, number)
    assert run(Orders(), database) == 2
    assert left(database) == {
        f"{order} {state}"
        for order in ("done", "dead")
        for state in (MeasureState.IN_FORCE, MeasureState.UNFINISHED)
    }


def test_what_a_tracker_was_told_is_known_as_long_as_the_ticket(database: Database) -> None:
    number = Desk(database).take(incident()).ticket_id
    put(database, "kept", State.DONE, OLDEST, ticket=number)
    put(database, "gone", State.DONE, OLDEST, ticket=99)
    assert run(Orders(), database) == 1
    assert left(database) == {"kept"}
