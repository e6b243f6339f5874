"""Orders reach their responders in order, side by side and no faster than allowed; and what does
not come back is tried again under the same key."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec import structs
from sqlalchemy import Connection, Engine, update
from sqlalchemy.exc import DataError, OperationalError

from alerts.egress.outbound import Outbound
from alerts.ladder import Step
from alerts.outbox import Because, State
from alerts.ports import Action, RefusedError, RetryError
from alerts.responders.gate import DISABLED
from detectors.core.event import DAY, HOUR, MINUTE
from monitor.aside import STORE_TRIES
from monitor.instance import InstanceKey
from monitor.responding.carrier import Outcome
from monitor.responding.delivery import LEFT_BEHIND, STRANGE, open_duty, ways_of
from monitor.responding.duty import Surroundings
from monitor.services import appeal_links
from monitor.services.carrying import carry_out
from monitor.settings import Settings, Web
from monitor.store import leases, outbox, tables
from monitor.store.gate_list import GateTable
from monitor.store.outbox import OrderRow
from tests.alerts.responders.contract import around
from tests.alerts.responders.mailserver import mail_server
from tests.monitor.responding.played import Desk, Played, way
from tests.monitor.services.measured import ROSTER, kept, known_account, measure
from tests.monitor.store.orders import NOW, order


@pytest.fixture
def responder() -> Played:
    return Played()


@pytest.fixture
def desk(database: Engine, responder: Played) -> Iterator[Desk]:
    made = Desk(database, {"idp": responder, "other": Played()})
    yield made
    responder.held.set()
    made.delivery.close()


def test_every_order_is_carried_out_once_and_those_of_an_account_in_their_order(
    desk: Desk, responder: Played
) -> None:
    actions = (Action.DISABLE, Action.REVOKE, Action.NOTIFY)
    for number in range(10):
        for action in actions:
            desk.put(f"{action}-{number}", action, account=f"u-{number % 3}")
    desk.outlast()
    assert {one.state for one in desk.rows()} == {State.DONE}
    assert len(responder.orders) == len(responder.done) == 30
    for account in ("u-0", "u-1", "u-2"):
        mine = [
            o.key
            for o in responder.orders
            if o.target is not None and o.target.account == account and o.action in actions[:2]
        ]
        assert mine == sorted(mine, key=lambda key: int(key.rpartition("-")[2]))


def test_nothing_to_do_is_nothing_written(desk: Desk) -> None:
    assert not desk.delivery.step()
    desk.put(action=Action.DISABLE, responder="idp")
    assert desk.delivery.step()


def test_one_responder_that_hangs_holds_up_no_other(desk: Desk, responder: Played) -> None:
    responder.held.clear()
    desk.put("slow")
    desk.put("quick", responder="other")
    for _ in range(100):
        desk.delivery.step()
        if desk.rows()[1].state is State.DONE:
            break
    assert [one.state for one in desk.rows()] == [State.LEASED, State.DONE]


def test_who_does_not_come_back_is_left_behind_and_the_order_is_tried_again(
    desk: Desk, responder: Played
) -> None:
    responder.held.clear()
    desk.put()
    assert desk.delivery.step()
    desk.clock.pass_(round(way(responder).longest_s * 1_000) + 1)
    while desk.row.state is State.LEASED:
        desk.delivery.step()
    assert (desk.row.state, desk.row.reason) == (State.WAITING, Because.SILENCE.word)
    responder.held.set()
    desk.outlast()
    assert desk.row.state is State.DONE
    # Asked twice under the same key: it was done once.
    assert [o.key for o in responder.orders] == ["k-1", "k-1"]
    assert len(responder.done) == 1


def test_a_responder_that_never_comes_back_does_not_take_every_thread(
    desk: Desk, responder: Played
) -> None:
    responder.held.clear()
    for number in range(8):
        desk.put(f"k-{number}")
    for _ in range(8):
        desk.delivery.step()
        desk.clock.pass_(60_000)
        desk.delivery.step()
    assert len(responder.orders) == LEFT_BEHIND + 1


def test_no_more_are_given_than_the_settings_allow(database: Engine) -> None:
    slow = Played()
    desk = Desk(database, {"idp": slow}, lambda one: way(one, per_minute=2))
    for number in range(5):
        desk.put(f"k-{number}")
    for expected in (1, 2, 3):
        for _ in range(20):
            desk.delivery.step()
        assert len(slow.orders) == expected
        desk.clock.pass_(30_000)
    desk.delivery.close()


def test_an_order_for_a_responder_that_is_gone_is_told_after_a_while(desk: Desk) -> None:
    desk.put(responder="removed")
    desk.work()
    assert desk.row.state is State.WAITING
    desk.clock.pass_(STRANGE + 1_000)
    desk.work()
    assert (desk.row.state, desk.row.reason) == (State.DEAD, Because.NOBODY.word)
    assert desk.settled == [7]


def test_what_is_in_hand_at_the_end_is_settled(desk: Desk, responder: Played) -> None:
    desk.put()
    assert desk.delivery.step()
    desk.delivery.close()
    assert desk.row.state is State.DONE


def test_what_is_left_in_hand_is_tried_again_when_its_lease_has_ended(
    desk: Desk, responder: Played
) -> None:
    responder.held.clear()
    desk.put()
    desk.delivery.step()
    desk.delivery = desk.again()
    desk.work()
    assert desk.row.state is State.LEASED
    responder.held.set()
    assert desk.row.leased is not None
    desk.clock.at = desk.row.leased
    desk.outlast()
    assert (desk.row.state, desk.row.attempts) == (State.DONE, 2)


def test_settings_say_how_responders_are_reached(database: Engine, tmp_path: Path) -> None:
    table = {"kind": "gate", "timeout_seconds": 3, "per_minute": 9, "actions": ["disable"]}
    settings = Settings(data=tmp_path, responders={"door": table})
    found = ways_of(settings, around())
    assert {(name, one.timeout_s, one.per_minute) for name, one in found.items()} == {
        ("door", 3.0, 9)
    }
    off = structs.replace(settings, responders={"door": {**table, "enabled": False}})
    assert ways_of(off, around()) == {}


def test_the_duty_delivers_what_the_settings_say(database: Engine, tmp_path: Path) -> None:
    settings = Settings(data=tmp_path, responders={"gate": {"kind": "gate"}})
    with database.begin() as connection:
        outbox.enqueue(connection, order(action=Action.DISABLE), "gate")
    duty = open_duty(Surroundings(settings=settings, database=database, now=lambda: NOW))
    while duty.step():
        pass
    duty.close()
    assert GateTable(database, lambda: NOW).verdicts("acme", "u-1") == {DISABLED}


def test_what_failed_to_be_written_is_settled_later(
    desk: Desk, responder: Played, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.put()
    settling = desk.delivery._settling
    settle = settling.settle
    fails = [OperationalError("update", None, Exception("away"))]

    def broken(*given: object) -> object:
        if fails:
            raise fails.pop()
        return settle(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(settling, "settle", broken)
    with pytest.raises(OperationalError):
        desk.work()
    desk.work()
    assert desk.row.state is State.DONE
    assert len(responder.orders) == 1


def test_a_notice_that_is_mailed_says_how_to_contest_it_and_the_link_is_kept_nowhere(
    database: Engine, tmp_path: Path
) -> None:
    known_account(database)
    key = InstanceKey(b"k" * 32)
    with mail_server() as server:
        table = {"kind": "mail", "host": "127.0.0.1", "port": server.port, "security": "none"}
        settings = Settings(
            data=tmp_path,
            responders={"mail": table | {"sender": "v@acme.example", "actions": ["notify"]}},
            outbound=Outbound(allow=("127.0.0.1",)),
            web=Web(public_url="https://vigie.example"),
        )
        with database.begin() as connection:
            one = kept(connection, measure(Step.REVOKE, until=None))
            carry_out(connection, one, ROSTER, NOW)
        duty = open_duty(
            Surroundings(settings=settings, database=database, key=key, now=lambda: NOW)
        )
        while duty.step():
            pass
        duty.close()
    (message,) = server.messages
    assert message["To"] == "ann@acme.example"
    text = str(next(iter(message.iter_parts())).get_content())
    link = next(one for one in text.split() if one.startswith("https://vigie.example/appeal#"))
    found = appeal_links.read(key.pepper, link.partition("#")[2], NOW)
    assert found is not None
    assert found.measure == one.id
    with database.connect() as connection:
        rows = outbox.of_measure(connection, one.id)
    assert [row.state for row in rows if row.action is Action.NOTIFY] == [State.DONE]
    assert "appeal#" not in repr(rows)


def test_an_order_that_we_meet_an_error_over_is_put_aside_and_holds_up_no_other(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether before it is carried out or when that is settled, and whatever the error."""
    settling = desk.delivery._settling
    stop, settle = settling.stop, settling.settle

    def stopping(connection: Connection, row: OrderRow, now: int) -> State | None:
        if row.order.key == "before":
            raise ZeroDivisionError
        return stop(connection, row, now)

    def settled(connection: Connection, outcome: Outcome, now: int) -> State:
        if outcome.row.order.key == "after":
            raise ZeroDivisionError
        return settle(connection, outcome, now)

    monkeypatch.setattr(settling, "stop", stopping)
    monkeypatch.setattr(settling, "settle", settled)
    for key in ("before", "after", "good"):
        desk.put(key)
    desk.work()
    found = {one.order.key: (one.state, one.reason) for one in desk.rows()}
    assert found["good"] == (State.DONE, None)
    assert found["before"] == found["after"] == (State.DEAD, Because.OURS.word)
    assert desk.delivery.complaint() is not None


def test_what_came_of_an_order_and_the_store_does_not_take_holds_up_no_other(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    settling = desk.delivery._settling
    settle = settling.settle

    def settled(connection: Connection, outcome: Outcome, now: int) -> State:
        if outcome.row.order.key == "bad":
            raise DataError("update", None, Exception("no such text"))
        return settle(connection, outcome, now)

    monkeypatch.setattr(settling, "settle", settled)
    desk.put("bad")
    desk.put("good", responder="other")
    for _ in range(STORE_TRIES):
        with pytest.raises(DataError):
            desk.work()
    desk.work()
    assert [one.state for one in desk.rows()] == [State.DEAD, State.DONE]


def test_words_of_a_responder_that_no_database_takes_are_kept_without_what_is_none(
    desk: Desk, responder: Played
) -> None:
    responder.raises = RefusedError("half \ud800 a character,\x00 and none")
    desk.put()
    desk.work()
    assert desk.row.reason == "half a character, and none"


def test_an_order_that_cannot_be_read_is_given_up_and_holds_up_no_other(
    desk: Desk, responder: Played
) -> None:
    """Another version wrote it, or it is damaged; people see it all the same."""
    for key in ("body", "action", "good"):
        desk.put(key)
    table = tables.outbox
    with desk.database.begin() as connection:
        changed = update(table).where(table.c.key == "idp:body")
        connection.execute(changed.values(body=b"\xc1\xff"))
        changed = update(table).where(table.c.key == "idp:action")
        connection.execute(changed.values(action="frobnicate"))
    desk.work()
    assert [o.key for o in responder.orders] == ["good"]
    found = {one.key: (one.state, one.reason) for one in desk.rows()}
    assert found["idp:good"] == (State.DONE, None)
    unreadable = (State.DEAD, Because.UNREADABLE.word)
    assert found["idp:body"] == found["idp:action"] == unreadable


def test_a_clock_that_went_ahead_and_came_back_keeps_no_order_waiting(
    desk: Desk, responder: Played
) -> None:
    """A machine that starts with a wrong clock is believed until it is set."""
    desk.clock.pass_(365 * DAY)
    responder.raises = RetryError("away")
    desk.put("failed", issued=desk.clock.at)
    for _ in range(5):
        desk.work()
        desk.clock.pass_(MINUTE)
    assert desk.delivery._settling.breaker("idp").is_open
    desk.clock.pass_(-365 * DAY - HOUR)
    responder.raises = None
    desk.delivery = desk.again()
    desk.work()
    assert desk.row.state is State.DONE


def test_what_was_leased_by_a_clock_that_went_ahead_is_tried_again(
    desk: Desk, responder: Played
) -> None:
    desk.put()
    desk.clock.pass_(365 * DAY)
    with desk.database.begin() as connection:
        now = desk.clock.at
        assert leases.lease(connection, "idp", now, now + MINUTE, "somebody who died")
    desk.clock.pass_(-365 * DAY)
    desk.work()
    assert desk.row.state is State.DONE


def test_a_bug_that_one_order_meets_leaves_its_responder_to_the_others(
    desk: Desk, responder: Played
) -> None:
    responder.raises = ZeroDivisionError("a bug")
    for number in range(6):
        desk.put(f"bad-{number}")
    desk.work()
    assert not desk.delivery._settling.breaker("idp").is_open
