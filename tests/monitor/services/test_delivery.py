"""What is delivered is stored once, several at a time, and nobody waits for ever or without end."""

import threading
from collections.abc import Iterator
from concurrent.futures import Future, wait
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError

from monitor.services import delivery as module
from monitor.services.delivery import (
    PATIENCE_MS,
    ROOM,
    SHARE,
    Deliveries,
    Delivery,
    Room,
    StoreError,
)
from monitor.store.connection import is_busy
from monitor.store.inbox import MOST_BYTES, Inbox, Parcel, durable
from monitor.web.body import MAXIMUM_DECODED, MAXIMUM_LINES, MAXIMUM_SENT
from tests.databases import Databases
from tests.monitor.faults.running import wait_until

NOW = 1_790_000_000_000
SOON_S = 120.0


def parcel(number: int) -> Parcel:
    return Parcel("crm", "push/k", [b"%d" % number])


@pytest.fixture
def url(databases: Databases) -> str:
    return databases.url()


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    made = durable(url, PATIENCE_MS)
    yield made
    made.dispose()


@pytest.fixture
def deliveries(engine: Engine) -> Iterator[Deliveries]:
    made = Deliveries(Inbox(engine), lambda: NOW)
    yield made
    made.close()


def all_stored(made: list[Delivery]) -> list[list[int]]:
    wait([one.stored for one in made], SOON_S)
    return [one.stored.result(0) for one in made]


def test_each_learns_the_ids_of_its_own(deliveries: Deliveries, engine: Engine) -> None:
    made = [deliveries.deliver([parcel(n), parcel(n + 100)], 2) for n in range(20)]
    ids = all_stored(made)
    found = {a.id: a for a in Inbox(engine).after("crm", 0, 100, MOST_BYTES)}
    assert len(found) == 40
    for number, (first, second) in enumerate(ids):
        assert found[first].parcel.lines == [b"%d" % number]
        assert found[second].parcel.lines == [b"%d" % (number + 100)]
        assert found[first].received == NOW


def test_what_comes_meanwhile_goes_into_one_transaction(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    inbox = Inbox(engine)
    sizes: list[int] = []
    begun, go = threading.Event(), threading.Event()
    put = inbox.put

    def slow(sent: Any, received: int) -> list[int]:
        sizes.append(len(sent))
        begun.set()
        assert go.wait(SOON_S)
        return put(sent, received)

    monkeypatch.setattr(inbox, "put", slow)
    deliveries = Deliveries(inbox)
    first = deliveries.deliver([parcel(0)], 1)
    assert begun.wait(SOON_S)
    rest = [deliveries.deliver([parcel(n)], 1) for n in range(1, 30)]
    go.set()
    all_stored([first, *rest])
    deliveries.close()
    assert sizes == [1, 29]


def test_a_transaction_is_bounded(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_GROUP", 10)
    inbox = Inbox(engine)
    sizes: list[int] = []
    put = inbox.put

    def counted(sent: Any, received: int) -> list[int]:
        sizes.append(len(sent))
        return put(sent, received)

    monkeypatch.setattr(inbox, "put", counted)
    deliveries = Deliveries(inbox)
    all_stored([deliveries.deliver([parcel(n)], 4) for n in range(30)])
    deliveries.close()
    assert sum(sizes) == 30
    assert max(sizes) <= 3


class Held:
    """The store while somebody else writes to it and does not end."""

    def __init__(self, url: str) -> None:
        self._engine = durable(url)
        self._connection = self._engine.connect()
        self._connection.begin()
        if self._engine.dialect.name == "postgresql":
            self._connection.execute(text("LOCK TABLE inbox IN ACCESS EXCLUSIVE MODE"))

    def let_go(self) -> None:
        self._connection.rollback()
        self._connection.close()
        self._engine.dispose()


def test_while_another_writes_it_waits_and_then_stores(
    deliveries: Deliveries, url: str, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BEHIND_S", 0.2)
    held = Held(url)
    try:
        made = deliveries.deliver([parcel(1)], 1)
        assert not deliveries.is_behind()
        wait_until(deliveries.is_behind, "it is behind")
        assert not made.stored.done()
    finally:
        held.let_go()
    all_stored([made])
    assert not deliveries.is_behind()
    assert Inbox(engine).waiting().parcels == 1


def test_what_is_stored_at_the_very_instant_is_nothing_that_waits(
    deliveries: Deliveries, monkeypatch: pytest.MonkeyPatch
) -> None:
    def done_meanwhile() -> None:
        deliveries._under_way = []

    monkeypatch.setattr(deliveries, "_wake", done_meanwhile)
    deliveries._under_way = [Delivery([parcel(1)], 1, 0.0, Future())]
    assert not deliveries.is_behind()


def test_what_nobody_waits_for_any_more_is_dropped(
    deliveries: Deliveries, url: str, engine: Engine
) -> None:
    """On SQLite; a server is asked once and may still store it, which doubles nothing."""
    if engine.dialect.name != "sqlite":
        deliveries.close()
        return
    held = Held(url)
    try:
        given_up = [deliveries.deliver([parcel(n)], 1) for n in range(3)]
        given_up[0].is_given_up = True
        given_up[1].is_given_up = True
        given_up[2].stored.cancel()
        wait_until(lambda: not deliveries._under_way and not deliveries._waiting, "all are dropped")
    finally:
        held.let_go()
    all_stored([deliveries.deliver([parcel(7)], 1)])
    assert [a.parcel.lines for a in Inbox(engine).after("crm", 0, 9, MOST_BYTES)] == [[b"7"]]


def test_a_store_that_fails_is_told_to_each_and_the_next_is_tried(
    deliveries: Deliveries, engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE inbox RENAME TO elsewhere"))
    made = [deliveries.deliver([parcel(n)], 1) for n in range(3)]
    wait([one.stored for one in made], SOON_S)
    for one in made:
        with pytest.raises(StoreError, match="inbox"):
            one.stored.result(0)
    assert "cannot be stored" in caplog.text
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE elsewhere RENAME TO inbox"))
    all_stored([deliveries.deliver([parcel(9)], 1)])


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_thread_that_died_is_followed_by_another(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    inbox = Inbox(engine)
    deliveries = Deliveries(inbox)
    with monkeypatch.context() as patched:
        patched.setattr(inbox, "put", _dies)
        lost = deliveries.deliver([parcel(1)], 1)
        thread = deliveries._thread
        assert thread is not None
        thread.join(SOON_S)
    all_stored([deliveries.deliver([parcel(2)], 1)])
    assert not lost.stored.done()
    deliveries.close()


def _dies(*_: object) -> list[int]:
    raise MemoryError


def test_how_much_waits_is_measured_again_when_asked(
    deliveries: Deliveries, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_MEASURED_EVERY_S", 0.0)
    inbox = Inbox(engine)
    inbox.put([Parcel("crm", "k", [bytes(200)])], NOW)
    wait_until(lambda: deliveries.waiting() > 200, "what others put in is seen")
    (ids,) = all_stored([deliveries.deliver([parcel(1)], 1_000)])
    inbox.drop("crm", 0, ids[0])
    wait_until(lambda: deliveries.waiting() == 0, "what was read is seen to be gone")


def test_after_a_commit_there_is_time_for_what_can_wait(engine: Engine) -> None:
    called: Future[None] = Future()

    def after() -> None:
        if not called.done():
            called.set_result(None)
        raise SQLAlchemyError("busy")

    deliveries = Deliveries(Inbox(engine), after=after)
    all_stored([deliveries.deliver([parcel(1)], 1)])
    called.result(SOON_S)
    all_stored([deliveries.deliver([parcel(2)], 1)])
    deliveries.close()


def test_what_was_delivered_is_stored_before_the_end(engine: Engine) -> None:
    deliveries = Deliveries(Inbox(engine))
    made = [deliveries.deliver([parcel(n)], 1) for n in range(50)]
    deliveries.close()
    assert all(one.stored.done() for one in made)
    assert Inbox(engine).waiting().parcels == 50


def test_room_that_is_taken_is_not_there_for_others() -> None:
    room = Room(10)
    assert room.take(6)
    assert not room.take(5)
    assert room.left == 4
    room.give(6)
    assert room.take(10)


def test_one_sender_leaves_room_for_others() -> None:
    # Who has a key and sends slowly on many connections must not silence all other keys.
    room = Room(10, share=7)
    assert room.take(7, "hostile")
    assert not room.take(1, "hostile")
    assert room.take(3, "other")
    room.give(7, "hostile")
    assert room.left == 7
    assert room.take(7, "hostile")


def test_the_largest_body_fits_into_a_share() -> None:
    assert MAXIMUM_SENT + MAXIMUM_DECODED + 64 * MAXIMUM_LINES <= SHARE < ROOM


@given(st.lists(st.integers(1, 8), max_size=60))
def test_never_more_is_held_than_there_is(sizes: list[int]) -> None:
    room, held = Room(20), []
    for size in sizes:
        if room.take(size):
            held.append(size)
        elif held:
            room.give(held.pop())
        assert sum(held) + room.left == 20
        assert room.left >= 0


def look(engine: Engine, table: str) -> None:
    """As a writer who does not wait."""
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SET LOCAL lock_timeout = '50ms'"))
        connection.execute(text(f"SELECT count(*) FROM {table}"))  # noqa: S608


def test_only_a_lock_that_another_holds_is_worth_another_try(engine: Engine, url: str) -> None:
    held = Held(url)
    try:
        with pytest.raises(OperationalError) as raised:
            look(engine, "inbox")
        assert is_busy(raised.value)
    finally:
        held.let_go()
    with pytest.raises(DBAPIError) as other:
        look(engine, "nowhere")
    assert not is_busy(other.value)
