"""What is asked is written once, with the line that the engine reads of it."""

from msgspec import structs
from sqlalchemy import Engine, select

from alerts.responders.gate import CHALLENGE
from detectors.core.event import Outcome, SignIn
from monitor.deciding.shelf import DEMANDED, Direct, Entry, decode, encode, key_of, session_of
from monitor.formats.format import Origin
from monitor.formats.own import Asked, Own
from monitor.services import assurance
from monitor.services.own_sign_ins import SOURCE
from monitor.services.subscriber import Subscriber
from monitor.store import tables
from monitor.store.inbox import Inbox
from tests.monitor.store.test_sign_in_questions import NOW, question

ORIGIN = Origin(SOURCE, SOURCE, lambda *_: 2026, lambda *_: 0)
ANN = Subscriber("acme", "u-1")


def entry(number: int = 1, *, demands: bool = False, **changes: object) -> Entry:
    """What is kept of a question."""
    row = question(number, **changes)
    asked = Asked(
        handle=row.handle, time=row.time, tenant="acme", account="u-1", session=row.session
    )
    return Entry(row, asked, demands)


def lines(engine: Engine) -> list[SignIn]:
    """What the engine will read."""
    arrived = Inbox(engine).after(SOURCE, 0, 1_000, 64 << 20)
    read = [line for one in arrived for line in one.parcel.lines]
    return [event for line in read for event in Own().parse(line, ORIGIN)]  # type: ignore[misc]


def test_it_is_written_once_however_often_it_is_put(database: Engine) -> None:
    shelf, one, other = Direct(database), entry(), entry(2)
    assert shelf.put([one, other], NOW) == {one.row.handle, other.row.handle}
    assert shelf.put([one], NOW) == set()
    assert [event.outcome for event in lines(database)] == [Outcome.PENDING] * 2
    assert shelf.find("key:1", "q-1") == shelf.of(one.row.handle) == one.row
    assert shelf.find("key:2", "q-1") is None
    shelf.close()


def test_how_it_ended_is_told_once(database: Engine) -> None:
    shelf, one = Direct(database), entry()
    end = Entry(one.row, structs.replace(one.asked, outcome=Outcome.SUCCESS))
    assert end.is_end
    assert shelf.put([one, end], NOW) == {one.row.handle}
    assert shelf.put([end], NOW) == set()
    assert [event.outcome for event in lines(database)] == [Outcome.PENDING, Outcome.SUCCESS]
    known = shelf.of(one.row.handle)
    assert known is not None
    assert known.outcome == "success"


def test_a_session_that_is_challenged_has_to_prove_itself_at_the_gate(database: Engine) -> None:
    one = entry(session="s-1", demands=True)
    without = entry(2, demands=True)
    Direct(database).put([one, without], NOW)
    with database.begin() as connection:
        [demand] = assurance.demands(connection, ANN, "s-1", NOW + 5)
        assert connection.execute(select(tables.session_demands)).all() != []
    assert (demand.verdict, demand.key) == (CHALLENGE, key_of(one.row.handle))
    assert demand.until == one.row.time + DEMANDED
    assert session_of(one.row) == "s-1"
    assert session_of(without.row) == f"question:{without.row.handle}"


def test_what_is_kept_comes_back_as_it_was() -> None:
    one = entry(session="s-1", demands=True)
    assert decode(encode(one)) == one
