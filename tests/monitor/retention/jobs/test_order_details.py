"""To whom an order went and what it said goes after 30 days; what was done, by whom and when not
yet."""

from sqlalchemy import Engine as Database
from sqlalchemy import select

from alerts.ladder import Step
from alerts.measure import Measure
from alerts.measure import State as MeasureState
from alerts.outbox import State
from alerts.ports import AccountState, Action, Receipt, Target
from monitor.retention.jobs.order_details import OrderDetails
from monitor.services.order_views import order_view
from monitor.store import measures, outbox, tables
from monitor.store.outbox import Carried, Wanted
from tests.monitor.retention.working import LIMITS, run
from tests.monitor.store.orders import order

OLD = LIMITS.order_details - 1
ZOE = Target(tenant="acme", account="zoe-1", names=("zoe.c",), email="zoe@acme.example")


def put(
    database: Database, key: str, state: State, at: int = OLD, number: int | None = None
) -> int:
    table = tables.outbox
    given = order(
        key,
        Action.NOTIFY,
        account=None,
        issued=at,
        measure=number,
        reason="zoe-1 shares it",
        values={"name": "zoe.c"},
        template="suspended",
        aup=("9",),
    )
    given = type(given)(**{n: getattr(given, n) for n in given.__struct_fields__} | {"target": ZOE})
    carried = Carried(
        receipt=Receipt(reference="msg-zoe", detail="to zoe@acme.example", changed=False),
        at=at,
        seen=AccountState.ACTIVE,
    )
    with database.begin() as connection:
        outbox.enqueue(connection, given, "mail")
        made = max(outbox.numbers(connection, Wanted(), 99))
        values = {"state": state, "reason": "zoe@acme.example was greylisted"}
        if state is State.DONE:
            values["receipt"] = outbox.encoded(carried)
        connection.execute(table.update().where(table.c.id == made).values(values))
    return made


def raw(database: Database, number: int) -> bytes:
    table = tables.outbox
    with database.connect() as connection:
        row = connection.execute(select(table).where(table.c.id == number)).one()
    return repr([bytes(v) if isinstance(v, memoryview) else v for v in row]).encode()


def test_an_order_that_is_over_says_nothing_of_people_after_a_while(database: Database) -> None:
    done, new = put(database, "a", State.DONE), put(database, "b", State.DONE, OLD + 1)
    assert b"zoe" in raw(database, done)
    assert run(OrderDetails(), database) == 1
    assert b"zoe" not in raw(database, done)
    assert b"zoe" in raw(database, new)
    with database.connect() as connection:
        row = outbox.row(connection, done)
    assert row is not None
    assert row.emptied == LIMITS.time
    view = order_view(row)
    assert (view.account, view.names, view.email, view.grounds) == (None, (), None, "")
    assert (view.template, view.aup, view.carried) == ("suspended", ("9",), OLD)
    assert view.seen is AccountState.ACTIVE
    assert row.subject_key is not None


def test_it_is_done_once_and_to_nothing_that_may_still_be_tried(database: Database) -> None:
    for state in State:
        put(database, state.value, state)
    with database.begin() as connection:
        assert OrderDetails().due(connection, LIMITS).due == 2
    assert run(OrderDetails(), database) == 2
    assert run(OrderDetails(), database) == 0


def test_what_is_in_force_or_waits_for_people_keeps_its_words(database: Database) -> None:
    for state in MeasureState:
        one = Measure(tenant="acme", account="zoe-1", step=Step.SUSPEND, state=state, created=OLD)
        with database.begin() as connection:
            made = measures.add(connection, one)
        assert made is not None
        number = put(database, state.value, State.DONE, OLD, made.id)
        emptied = run(OrderDetails(), database)
        assert (b"zoe-1 shares it" in raw(database, number)) is (emptied == 0)
        assert (emptied == 1) is (state.value in OVER), state


OVER = {"shadow", "refused", "withdrawn", "expired", "done", "undone"}
