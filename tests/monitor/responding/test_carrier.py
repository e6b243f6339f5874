"""A carrier says what came of each order, whatever its responder does, and may be left behind."""

from typing import Any

import pytest

from alerts.outbox import State
from alerts.ports import AccountState, Action, RefusedError, Responder, RetryError
from monitor.responding.carrier import Carrier, Outcome, Way
from monitor.store.outbox import OrderRow
from tests.monitor.responding.played import WALL, Clock, Played, nothing, way
from tests.monitor.store.orders import NOW, order


def row(action: Action = Action.DISABLE, account: str | None = "u-1") -> OrderRow:
    given = order("k-1", action, account)
    return OrderRow(
        id=1,
        key="idp:k-1",
        responder="idp",
        action=action,
        tenant="acme",
        subject_key=1,
        measure=None,
        ticket=None,
        state=State.LEASED,
        attempts=1,
        since=NOW,
        due=NOW,
        holder="me",
        leased=NOW + 1,
        reason=None,
        created=NOW,
        updated=NOW,
        order=given,
        carried=None,
    )


def carried(responder: Any, given: OrderRow | None = None) -> Outcome:
    outcomes = nothing()
    carrier = Carrier("idp", way(responder), outcomes)
    carrier.give(row() if given is None else given)
    who, outcome = outcomes.get(timeout=240)
    assert who is carrier
    carrier.end()
    return outcome  # type: ignore[no-any-return]


def test_what_locks_an_account_is_read_back_and_a_message_is_not() -> None:
    responder = Played()
    responder.seen = AccountState.DISABLED
    outcome = carried(responder)
    assert outcome.receipt is not None
    assert outcome.seen is AccountState.DISABLED
    responder.seen = RetryError("nobody asks")
    outcome = carried(responder, row(Action.NOTIFY))
    assert outcome.receipt is not None
    assert outcome.unread is None


def test_an_account_that_cannot_be_read_back_now_is_told_from_one_that_never_can() -> None:
    responder = Played()
    responder.seen = RetryError("HTTP 503")
    assert carried(responder).unread == "HTTP 503"
    responder.seen = RefusedError("HTTP 403")
    outcome = carried(responder)
    assert (outcome.unread, outcome.seen) == (None, None)
    assert outcome.receipt is not None


@pytest.mark.parametrize("error", [RetryError("later", 3), RefusedError("never")])
def test_what_a_responder_says_is_handed_on(error: Exception) -> None:
    responder = Played()
    responder.raises = error
    assert carried(responder).error is error


def test_a_bug_of_a_responder_is_told_as_one_and_the_next_order_is_carried_out(
    caplog: pytest.LogCaptureFixture,
) -> None:
    outcomes = nothing()
    responder = Played()
    responder.raises = ZeroDivisionError("oops")
    carrier = Carrier("idp", way(responder), outcomes)
    carrier.give(row())
    assert outcomes.get(timeout=240)[1].bug
    assert "the responder idp failed" in caplog.text
    responder.raises = None
    carrier.give(row())
    assert outcomes.get(timeout=240)[1].receipt is not None
    carrier.end()


def test_one_that_cannot_be_opened_is_tried_again_and_opened_when_it_can() -> None:
    outcomes = nothing()
    failures: list[Exception] = [OSError("no such file"), ValueError("no address")]
    responder = Played()

    def opened() -> Responder:
        if failures:
            raise failures.pop()
        return responder

    carrier = Carrier("idp", Way(opened=opened, wall=WALL), outcomes)
    for why in ("no address", "no such file"):
        carrier.give(row())
        error = outcomes.get(timeout=240)[1].error
        assert isinstance(error, RetryError)
        assert why in str(error)
    carrier.give(row())
    assert outcomes.get(timeout=240)[1].receipt is not None
    carrier.end()


def test_one_that_does_not_come_back_is_left_and_lets_go_when_it_does() -> None:
    outcomes, clock, responder = nothing(), Clock(), Played()
    responder.held.clear()
    carrier = Carrier("idp", way(responder), outcomes, clock.seconds)
    carrier.give(row())
    assert not carrier.is_late
    clock.pass_(round(carrier.way.longest_s * 1_000) + 1)
    assert carrier.is_late
    carrier.leave()
    responder.held.set()
    outcomes.get(timeout=240)
    # Its own: those of other tests may never end.
    carrier._thread.join(240)
    assert not carrier.is_alive
    assert responder.closed == 1
