"""What became of an order is what its responder said, and never more than that."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from alerts.outbox import LOOKS, Because, Fuse, State
from alerts.ports import AccountState, Action, RefusedError, RetryError
from detectors.core.identity import Subject, SubjectKind
from monitor.store import leases, outbox, restrictions
from tests.monitor.responding.played import Desk, Played
from tests.monitor.store.orders import NOW


@pytest.fixture
def responder() -> Played:
    return Played()


@pytest.fixture
def desk(database: Engine, responder: Played) -> Iterator[Desk]:
    made = Desk(database, {"idp": responder}, fuse=Fuse(failures=3, rest=60_000))
    yield made
    made.delivery.close()


def test_what_was_done_is_kept_with_what_was_said_and_read(desk: Desk, responder: Played) -> None:
    responder.seen = AccountState.DISABLED
    desk.put(action=Action.DISABLE)
    desk.work()
    assert desk.row.state is State.DONE
    carried = desk.row.carried
    assert carried is not None
    assert (carried.receipt.reference, carried.seen) == ("k-1", AccountState.DISABLED)
    assert desk.settled == [7]


def test_a_refusal_is_a_dead_letter_at_once_and_says_why(desk: Desk, responder: Played) -> None:
    responder.raises = RefusedError("no such\n  account" + "x" * 900)
    desk.put()
    desk.work()
    assert (desk.row.state, desk.row.attempts) == (State.DEAD, 1)
    assert desk.row.reason is not None
    assert desk.row.reason.startswith("no such account")
    assert len(desk.row.reason) == 500
    assert desk.settled == [7]


def test_what_may_pass_is_tried_again_later_and_given_up_in_the_end(
    desk: Desk, responder: Played
) -> None:
    responder.raises = RetryError("HTTP 503")
    desk.put()
    desk.work()
    assert (desk.row.state, desk.row.reason) == (State.WAITING, "HTTP 503")
    assert desk.row.due > NOW
    assert desk.settled == []
    desk.outlast()
    assert (desk.row.state, desk.row.attempts, desk.row.reason) == (State.DEAD, 6, "HTTP 503")
    assert len(responder.orders) == 6
    assert desk.settled == [7]


def test_a_responder_is_waited_for_as_long_as_it_asks(desk: Desk, responder: Played) -> None:
    responder.raises = RetryError("HTTP 429", after_s=600)
    desk.put()
    desk.work()
    assert desk.row.due == NOW + 600_000


def test_a_responder_that_is_down_is_left_in_peace_and_its_orders_are_not_used_up(
    desk: Desk, responder: Played
) -> None:
    responder.raises = RetryError("down")
    for number in range(8):
        desk.put(f"k-{number}")
    desk.work()
    assert len(responder.orders) == 3
    with desk.database.connect() as connection:
        watched = leases.breakers(connection)["idp"]
    assert watched.breaker.is_open
    assert watched.reason == "down"
    # A process that takes over goes on to leave it in peace.
    desk.delivery = desk.again()
    desk.work()
    assert len(responder.orders) == 3
    responder.raises = None
    desk.outlast()
    assert {one.state for one in desk.rows()} == {State.DONE}
    with desk.database.connect() as connection:
        assert not leases.breakers(connection)["idp"].breaker.is_open


def test_an_account_that_is_read_back_otherwise_is_asked_for_again_and_then_told(
    desk: Desk, responder: Played
) -> None:
    responder.seen = AccountState.ACTIVE
    desk.put(action=Action.DISABLE)
    desk.work()
    assert (desk.row.state, desk.row.reason) == (State.WAITING, Because.OTHERWISE.word)
    desk.outlast()
    assert (desk.row.state, desk.row.reason) == (State.DEAD, Because.OTHERWISE.word)
    assert len(responder.orders) == LOOKS
    assert desk.settled == [7]


def test_one_that_is_read_back_otherwise_only_at_first_is_done(
    desk: Desk, responder: Played
) -> None:
    responder.seen = AccountState.ACTIVE
    desk.put(action=Action.DISABLE)
    desk.work()
    responder.seen = AccountState.DISABLED
    desk.outlast()
    assert (desk.row.state, desk.row.reason) == (State.DONE, None)


def test_one_that_cannot_be_read_back_is_done_and_not_called_confirmed(
    desk: Desk, responder: Played
) -> None:
    responder.seen = RetryError("HTTP 503")
    desk.put(action=Action.DISABLE)
    desk.outlast()
    assert desk.row.state is State.DONE
    assert desk.row.carried is not None
    assert desk.row.carried.seen is None


def test_a_bug_of_ours_is_tried_again_and_given_up_as_one(desk: Desk, responder: Played) -> None:
    responder.raises = ZeroDivisionError()
    desk.put()
    desk.outlast()
    assert (desk.row.state, desk.row.reason) == (State.DEAD, Because.BUG.word)


def test_the_contrary_that_was_ordered_since_is_what_holds(desk: Desk, responder: Played) -> None:
    responder.raises = RetryError("down")
    desk.put("off", Action.DISABLE)
    desk.work()
    desk.put("on", Action.ENABLE, measure=8)
    responder.raises = None
    desk.outlast()
    assert [one.state for one in desk.rows()] == [State.CANCELLED, State.DONE]
    assert list(responder.done) == ["on"]
    assert desk.settled == [7, 8]


def test_nothing_is_done_about_a_restricted_account_but_what_gives_back(
    desk: Desk, responder: Played
) -> None:
    with desk.database.begin() as connection:
        subject = Subject(SubjectKind.ACCOUNT, "acme", "u-1")
        restrictions.restrict(connection, subject, NOW, "ticket 91", "reviewer:1")
    desk.put("off", Action.CHALLENGE)
    desk.put("mail", Action.NOTIFY)
    desk.put("on", Action.ENABLE, measure=8)
    desk.outlast()
    states = {one.order.key: one.state for one in desk.rows()}
    assert states == {"off": State.CANCELLED, "mail": State.CANCELLED, "on": State.DONE}
    assert list(responder.done) == ["on"]
    assert {one.reason for one in desk.rows()} == {Because.RESTRICTED.word, None}


def test_a_suspension_that_would_have_ended_is_not_begun(desk: Desk, responder: Played) -> None:
    desk.put(action=Action.DISABLE, until=NOW + 5)
    desk.clock.pass_(5)
    desk.work()
    assert (desk.row.state, desk.row.reason) == (State.CANCELLED, Because.PAST.word)
    assert responder.orders == []


def test_an_order_that_everybody_dies_of_is_not_tried_for_ever(
    desk: Desk, responder: Played
) -> None:
    desk.put()
    for _ in range(6):
        with desk.database.begin() as connection:
            taken = leases.lease(connection, "idp", desk.clock.at, desk.clock.at + 1, "dead")
            assert taken is not None
            leases.reclaim(connection, desk.clock.at + 1)
    desk.work()
    assert (desk.row.state, desk.row.reason) == (State.DEAD, Because.LOST.word)
    assert responder.orders == []


def test_a_dead_letter_that_a_person_drives_again_is_new(desk: Desk, responder: Played) -> None:
    responder.raises = RefusedError("no")
    desk.put()
    desk.work()
    responder.raises = None
    desk.clock.pass_(10 * 24 * 3_600_000)
    dead = desk.row
    with desk.database.begin() as connection:
        assert outbox.drive(connection, dead, desk.clock.at)
    desk.work()
    assert desk.row.state is State.DONE
    assert responder.orders[0].key == responder.orders[1].key
