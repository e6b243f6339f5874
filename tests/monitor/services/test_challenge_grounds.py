"""Whoever is asked is told which session it is about; the answer teaches what it showed."""

import msgspec
import pytest
from sqlalchemy import Engine, select

from detectors.core.event import Event
from detectors.core.profile import network_key, place_key
from detectors.core.registry import load
from monitor.deciding.desk import Kept
from monitor.deciding.question import Told as Answered
from monitor.deciding.question import Verdict
from monitor.engine import Engine as Core
from monitor.engine import Intake
from monitor.formats.own import Asked
from monitor.services.challenge_grounds import Grounds, grounds_of, sessions_of
from monitor.services.subscriber import Subscriber
from monitor.store import sign_in_questions, tables
from tests.detectors.story import CHROME, FIREFOX, LYON, MOSCOW, Story
from tests.monitor.store.test_sign_in_questions import question

TOLD = Answered(
    handle="a",
    verdict=Verdict.CHALLENGE,
    would_be=Verdict.CHALLENGE,
    risk=0.9,
    reasons=(),
    event="",
)
ALICE, BOB = Subscriber("acme", "alice"), Subscriber("acme", "bob")


@pytest.fixture
def seen(database: Engine) -> Engine:
    """Two days at work, and a session from elsewhere."""
    story = Story().work(range(2), LYON, CHROME).sign_on(1, 700, MOSCOW, FIREFOX, "x")
    events = list(story.sorted())
    Core(database, load(), lambda event: event).process([Intake("s", "f", "x", None, events)])
    return database


def test_a_session_is_told_by_what_the_log_shows_of_it(seen: Engine) -> None:
    assert MOSCOW.place is not None
    assert MOSCOW.network is not None
    with seen.connect() as connection:
        found = grounds_of(connection, ALICE, "x")
    assert (found.whence.program, found.whence.system) == (FIREFOX.family, FIREFOX.os)
    assert (found.whence.city, found.whence.country) == (MOSCOW.place.city or "", "RU")
    names = {FIREFOX.fingerprint, network_key(MOSCOW.network), place_key(MOSCOW.place)}
    assert set(found.shown) == names


@pytest.mark.parametrize("session", ["", "nobody's"])
def test_nothing_is_told_of_one_that_no_log_has(seen: Engine, session: str) -> None:
    with seen.connect() as connection:
        assert grounds_of(connection, ALICE, session) == Grounds()
        assert grounds_of(connection, Subscriber("acme", "bob"), "x") == Grounds()


def test_a_sign_in_that_an_application_asked_about_is_told_by_its_question(seen: Engine) -> None:
    with seen.connect() as connection:
        table = tables.events
        event = connection.execute(select(table.c.id).order_by(table.c.id).limit(1)).scalar()
    asked = Asked(handle="a", time=7, tenant="acme", account="alice", ip="192.0.2.1")
    kept = msgspec.msgpack.encode(Kept(TOLD, asked))
    rows = [
        question(number, account="alice", event_id=one, body=kept)
        for number, one in enumerate((event, b"?" * 16))
    ]
    with seen.begin() as connection:
        sign_in_questions.add(connection, rows)
        known, unread, nobodys = (
            grounds_of(connection, whose, f"question:{row.handle}", f"question.{row.handle}")
            for whose, row in ((ALICE, rows[0]), (ALICE, rows[1]), (BOB, rows[0]))
        )
    assert (known.whence.program, known.ip) == (CHROME.family, "192.0.2.1")
    assert (unread.whence.program, unread.whence.time) == ("", rows[1].time)
    assert nobodys == Grounds()


def test_it_is_told_before_the_engine_read_it_and_after_a_log_told_of_it(seen: Engine) -> None:
    with seen.connect() as connection:
        table = tables.events
        row = connection.execute(select(table).order_by(table.c.id).limit(1)).one()
    record = msgspec.msgpack.decode(row.body, type=Event)
    asked = Asked(handle="a", time=7, tenant="acme", account="alice")
    early = msgspec.msgpack.encode(Kept(TOLD, asked, record))  # type: ignore[arg-type]
    late = msgspec.msgpack.encode(Kept(TOLD, asked))
    questions = [
        question(1, account="alice", event_id=b"?" * 16, body=early),
        question(2, account="alice", event_id=b"!" * 16, body=late),
    ]
    with seen.begin() as connection:
        sign_in_questions.add(connection, questions)
        met = [(b"!" * 16, row.id, questions[1].subject_key, "success")]
        sign_in_questions.meet(connection, met)
        found = [
            grounds_of(connection, ALICE, "", f"question.{one.handle}").whence.program
            for one in questions
        ]
    assert found == [CHROME.family] * 2


def test_sessions_of_late_are_offered_the_last_used_first(seen: Engine) -> None:
    with seen.connect() as connection:
        found = sessions_of(connection, ALICE)
    assert {"x"} < {one.session for one in found}
    assert [one.last for one in found] == sorted((one.last for one in found), reverse=True)
    assert all(one.device and one.place for one in found)
