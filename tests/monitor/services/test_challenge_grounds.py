"""Whoever is asked is told which session it is about; the answer teaches what it showed."""

import pytest
from sqlalchemy import Engine

from detectors.core.profile import network_key, place_key
from detectors.core.registry import load
from monitor.engine import Engine as Core
from monitor.engine import Intake
from monitor.services.challenge_grounds import Grounds, grounds_of, sessions_of
from monitor.services.subscriber import Subscriber
from tests.detectors.story import CHROME, FIREFOX, LYON, MOSCOW, Story

ALICE = Subscriber("acme", "alice")


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


def test_sessions_of_late_are_offered_the_last_used_first(seen: Engine) -> None:
    with seen.connect() as connection:
        found = sessions_of(connection, ALICE)
    assert {"x"} < {one.session for one in found}
    assert [one.last for one in found] == sorted((one.last for one in found), reverse=True)
    assert all(one.device and one.place for one in found)
