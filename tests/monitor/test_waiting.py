"""Who may owe a tick after a restart is found by what was heard of them, each of them once."""

import pytest
from sqlalchemy import Engine as Database

from detectors.core.event import DAY, HOUR
from detectors.core.identity import Subject, SubjectKind
from monitor.store.writing import Writing, encode_event
from monitor.waiting import NOTE, Waiting
from tests.monitor.test_engine import START, sign_in


def add(writing: Writing, account: str, time: int, *, late: bool = False) -> None:
    event = sign_in(time, account)
    key = Subject(SubjectKind.ACCOUNT, event.tenant, account).key() if account else 0
    source = writing.source("s", "test").id
    writing.add_events([(event.id, key, None, source, late, encode_event(event))])


def taken(waiting: Waiting, writing: Writing, most: int) -> list[str]:
    found: list[str] = []
    while waiting.is_due(2 * START):
        some = waiting.take(writing, most)
        assert len(some) <= most
        found.extend(uid for _, uid in some)
    return found


@pytest.mark.parametrize("most", [1, 2, 10])
def test_those_heard_of_so_long_before_what_is_owed_wait(
    database: Database, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    monkeypatch.setattr("monitor.waiting._LOOKED_AT", 3)
    with database.begin() as connection:
        writing = Writing(connection)
        for account, time in (
            ("before", START - DAY - 1),
            ("first", START - DAY + 1),
            ("again", START - HOUR),
            ("again", START),
            ("again", START + 1),
            ("", START),
            ("last", START + DAY),
            ("after", START + DAY + 1),
        ):
            add(writing, account, time)
        add(writing, "late", START, late=True)
        writing.set_note(NOTE, str(START).encode())
        waiting = Waiting(DAY)
        waiting.start(writing, START + DAY)
        assert not waiting.is_due(START - 1)
        assert sorted(taken(waiting, writing, most)) == ["again", "first", "last"]


def test_what_is_owed_is_noted_until_all_of_them_are_met(database: Database) -> None:
    def noted(writing: Writing) -> int:
        return int(writing.note(NOTE) or b"0")

    with database.begin() as connection:
        writing = Writing(connection)
        for account in ("a", "b"):
            add(writing, account, START)
        waiting = Waiting(DAY)
        # Nothing is noted in a database of before: nothing is owed from before.
        waiting.start(writing, START)
        waiting.note(writing, START + DAY)
        assert noted(writing) == START
        assert len(waiting.take(writing, 1)) == 1
        waiting.note(writing, START + DAY)
        assert noted(writing) == START
        assert len(taken(waiting, writing, 1)) == 1
        waiting.note(writing, START + DAY)
        assert noted(writing) == START + DAY
        # A history of before that is read later owes from then.
        waiting.note(writing, START - 9 * DAY)
        assert noted(writing) == START - 9 * DAY
