"""A link opens the console once and for a while; a session lasts half a day."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine

from monitor.services.admission import (
    KEY_LENGTH,
    LINK_LIFETIME,
    SESSION_LIFETIME,
    Admission,
    form_token,
    is_form_token,
    issue_link,
    link,
)
from tests.monitor.web.staging import NOON, Stage


class Clock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> int:
        return self.now


@pytest.fixture
def stage(database: Engine) -> Stage:
    return Stage(engine=database)


def test_a_link_is_good_once(stage: Stage) -> None:
    admission = Admission(stage.engine)
    key = admission.issue_link()
    session = admission.enter(key)
    assert session is not None
    assert admission.admits(session)
    assert admission.enter(key) is None
    assert not admission.admits(key)
    assert admission.enter(session) is None


def test_of_many_at_once_one_comes_in(stage: Stage) -> None:
    admission = Admission(stage.engine)
    key = admission.issue_link()
    with ThreadPoolExecutor(8) as pool:
        sessions = list(pool.map(lambda _: admission.enter(key), range(16)))
    assert sum(session is not None for session in sessions) == 1


def test_links_and_sessions_come_to_an_end(stage: Stage) -> None:
    clock = Clock()
    admission = Admission(stage.engine, clock)
    late, used = admission.issue_link(), admission.issue_link()
    clock.now += LINK_LIFETIME - 1
    session = admission.enter(used)
    assert session is not None
    clock.now += 1
    assert admission.enter(late) is None
    clock.now += SESSION_LIFETIME - 2
    assert admission.admits(session)
    clock.now += 1
    assert not admission.admits(session)


def test_a_session_that_was_left_is_closed(stage: Stage) -> None:
    admission = Admission(stage.engine)
    session = admission.enter(issue_link(stage.engine)) or ""
    other = admission.enter(issue_link(stage.engine)) or ""
    admission.leave(session)
    assert not admission.admits(session)
    assert admission.admits(other)


@pytest.mark.parametrize("key", ["", "x", "x" * KEY_LENGTH, "x" * 10_000, "\ud800" * KEY_LENGTH])
def test_another_key_opens_nothing(stage: Stage, key: str) -> None:
    admission = Admission(stage.engine)
    admission.issue_link()
    assert admission.enter(key) is None
    assert not admission.admits(key)


def test_the_key_stands_where_no_server_sees_it() -> None:
    assert link("http://127.0.0.1:8320/", "abc") == "http://127.0.0.1:8320/enter#abc"


def test_a_form_is_of_one_session() -> None:
    assert is_form_token("one", form_token("one"))
    assert not is_form_token("one", form_token("two"))
    assert not is_form_token("one", "é\ud800")
