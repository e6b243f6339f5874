"""One at a time has an order; who is not heard of loses it; who lost it settles nothing."""

import pytest
from sqlalchemy import Engine

from alerts.outbox import Because, Breaker, Next, State
from alerts.ports import AccountState, Action, Receipt
from monitor.store import leases, outbox
from monitor.store.outbox import Carried, OrderRow, Wanted
from tests.monitor.store.orders import NOW, order

UNTIL = NOW + 60_000
CARRIED = Carried(
    receipt=Receipt(reference="r", detail="d"), at=NOW + 1, seen=AccountState.DISABLED
)


def put(database: Engine, *orders: tuple[str, Action, str | None]) -> None:
    with database.begin() as connection:
        for key, action, account in orders:
            outbox.enqueue(connection, order(key, action, account), "idp")


def take(database: Engine, now: int = NOW, holder: str = "me") -> OrderRow | None:
    with database.begin() as connection:
        return leases.lease(connection, "idp", now, UNTIL, holder)


def taken(database: Engine, now: int = NOW, holder: str = "me") -> OrderRow:
    found = take(database, now, holder)
    assert found is not None
    return found


def row(database: Engine, number: int) -> OrderRow:
    with database.connect() as connection:
        found = outbox.row(connection, number)
    assert found is not None
    return found


def test_an_order_is_leased_to_one_and_its_attempt_is_counted(database: Engine) -> None:
    put(database, ("a", Action.NOTIFY, "u-1"), ("b", Action.NOTIFY, "u-1"))
    first, second = taken(database), taken(database, holder="other")
    assert (first.order.key, second.order.key) == ("a", "b")
    assert (first.state, first.holder, first.leased, first.attempts) == (
        State.LEASED,
        "me",
        UNTIL,
        1,
    )
    assert take(database) is None


def test_nothing_is_leased_before_its_time_nor_for_another_responder(database: Engine) -> None:
    with database.begin() as connection:
        outbox.enqueue(connection, order(), "idp", due=NOW + 5)
        outbox.enqueue(connection, order(), "gate")
    assert take(database, NOW + 4) is None
    assert taken(database, NOW + 5).responder == "idp"


def test_what_changes_one_account_goes_in_order_and_the_rest_does_not_wait(
    database: Engine,
) -> None:
    put(
        database,
        ("off", Action.DISABLE, "u-1"),
        ("on", Action.ENABLE, "u-1"),
        ("other", Action.DISABLE, "u-2"),
        ("mail", Action.NOTIFY, "u-1"),
        ("call", Action.TELL, None),
    )
    first = taken(database)
    assert first.order.key == "off"
    assert {taken(database).order.key for _ in range(3)} == {"other", "mail", "call"}
    assert take(database) is None
    with database.begin() as connection:
        # Not done yet: what comes later about the account waits for it.
        later = Next(state=State.WAITING, due=NOW + 100)
        assert leases.put_back(connection, first, later, "HTTP 503", NOW)
    assert take(database, NOW + 50) is None
    again = taken(database, NOW + 100)
    assert (again.order.key, again.attempts, again.reason) == ("off", 2, "HTTP 503")
    with database.begin() as connection:
        assert leases.done(connection, again, CARRIED, NOW + 101)
    assert taken(database, NOW + 101).order.key == "on"


def test_what_keeps_one_ticket_elsewhere_goes_in_order_and_other_tickets_do_not_wait(
    database: Engine,
) -> None:
    with database.begin() as connection:
        for key, ticket in (("open", 1), ("comment", 1), ("other", 2)):
            given = order(key, Action.TRACK, None, ticket=ticket)
            outbox.enqueue(connection, given, "idp")
    first = taken(database)
    assert (first.order.key, taken(database).order.key) == ("open", "other")
    assert take(database) is None
    with database.begin() as connection:
        leases.done(connection, first, CARRIED, NOW)
    assert taken(database).order.key == "comment"


@pytest.mark.parametrize("state", [State.DEAD, State.PARKED, State.CANCELLED])
def test_what_is_not_delivered_by_itself_stops_nothing_behind_it(
    database: Engine, state: State
) -> None:
    put(database, ("off", Action.DISABLE, "u-1"), ("on", Action.ENABLE, "u-1"))
    first = taken(database)
    with database.begin() as connection:
        leases.put_back(connection, first, Next(state=state, due=NOW), "x", NOW)
    assert taken(database).order.key == "on"


def test_who_is_not_heard_of_loses_the_order_and_settles_nothing(database: Engine) -> None:
    put(database, ("a", Action.NOTIFY, "u-1"))
    lost = taken(database)
    with database.begin() as connection:
        assert leases.reclaim(connection, UNTIL - 1) == 0
        assert leases.reclaim(connection, UNTIL) == 1
    mine = taken(database, UNTIL)
    assert mine.attempts == 2
    with database.begin() as connection:
        assert not leases.done(connection, lost, CARRIED, UNTIL)
        assert not leases.give_up(connection, lost, "no", UNTIL)
        assert not leases.call_off(connection, lost, Because.PAST, UNTIL)
        assert not leases.put_back(connection, lost, Next(state=State.DEAD, due=0), "", UNTIL)
        assert leases.done(connection, mine, CARRIED, UNTIL)
    settled = row(database, mine.id)
    assert (settled.state, settled.carried) == (State.DONE, CARRIED)
    assert (settled.holder, settled.leased) == (None, None)


def test_what_was_erased_meanwhile_is_settled_by_nobody(database: Engine) -> None:
    put(database, ("a", Action.NOTIFY, "u-1"))
    mine = taken(database)
    with database.begin() as connection:
        connection.execute(outbox.tables.outbox.delete())
        assert not leases.done(connection, mine, CARRIED, NOW)


def test_orders_for_a_responder_that_is_gone_are_found(database: Engine) -> None:
    put(database, ("a", Action.NOTIFY, "u-1"))
    with database.connect() as connection:
        assert leases.strangers(connection, {"idp"}, NOW, 9) == []
        assert leases.strangers(connection, {"gate"}, NOW - 1, 9) == []
        found = leases.strangers(connection, {"gate"}, NOW, 9)
    with database.begin() as connection:
        assert leases.give_up(connection, found[0], Because.NOBODY.word, NOW)
    assert row(database, found[0].id).state is State.DEAD


def test_how_responders_did_is_kept(database: Engine) -> None:
    open_ = Breaker(failures=5, until=NOW + 9)
    with database.begin() as connection:
        assert leases.breakers(connection) == {}
        leases.note_breaker(connection, "idp", open_, "HTTP 503", NOW)
        assert leases.breakers(connection)["idp"] == leases.Watched(open_, "HTTP 503", NOW)
        leases.note_breaker(connection, "idp", Breaker(), "HTTP 503", NOW + 1)
        assert leases.breakers(connection)["idp"] == leases.Watched(Breaker(), None, NOW + 1)
        assert outbox.page(connection, Wanted()) == []
