"""Keys are kept as digests, for a while, and exchanged once."""

import pytest
from sqlalchemy import Engine

from monitor.store import tables
from monitor.store.keys import LINK, SESSION, Keys, digest_of
from tests.monitor.web.staging import Stage


@pytest.fixture
def stage(database: Engine) -> Stage:
    return Stage(engine=database)


def test_a_key_holds_until_it_expires_and_only_as_its_kind(stage: Stage) -> None:
    keys = Keys(stage.engine)
    keys.add("key", LINK, 100, 0)
    assert keys.holds("key", LINK, 99)
    assert not keys.holds("key", LINK, 100)
    assert not keys.holds("key", SESSION, 0)
    assert not keys.holds("other", LINK, 0)


def test_an_exchange_succeeds_once(stage: Stage) -> None:
    keys = Keys(stage.engine)
    keys.add("link", LINK, 100, 0)
    assert not keys.exchange("link", "late", 200, 100)
    assert keys.exchange("link", "session", 200, 99)
    assert not keys.exchange("link", "second", 200, 99)
    assert keys.holds("session", SESSION, 150)
    assert not keys.holds("second", SESSION, 150)


def test_a_session_is_no_link(stage: Stage) -> None:
    keys = Keys(stage.engine)
    keys.add("session", SESSION, 100, 0)
    assert not keys.exchange("session", "other", 200, 0)


def test_expired_keys_are_forgotten_and_none_is_kept_as_itself(stage: Stage) -> None:
    keys = Keys(stage.engine)
    keys.add("old", LINK, 10, 0)
    keys.add("new", LINK, 100, 10)
    with stage.engine.connect() as connection:
        kept = [bytes(row.digest) for row in connection.execute(tables.console_keys.select())]
    assert kept == [digest_of("new", b"")]


def test_a_dropped_key_is_gone(stage: Stage) -> None:
    keys = Keys(stage.engine)
    keys.add("key", SESSION, 100, 0)
    keys.drop("key")
    assert not keys.holds("key", SESSION, 0)
