"""Filters of people are kept one for each list and name."""

from functools import partial

from sqlalchemy import Engine

from monitor.store import questions


def test_one_for_each_name(database: Engine) -> None:
    with database.begin() as connection:
        put = partial(questions.put, connection)
        seen_by = partial(questions.seen_by, connection, room="tickets")
        one = put("reviewer:1", None, "tickets", "a", "x=1", shared=False, now=1)
        assert put("reviewer:1", None, "tickets", "a", "x=2", shared=True, now=2) == one
        other = put("reviewer:2", "acme", "tickets", "a", "x=3", shared=True, now=2)
        assert questions.number_of(connection, "reviewer:1", "tickets", but="b") == 1
        assert questions.number_of(connection, "reviewer:1", "tickets", but="a") == 0
        seen = seen_by("reviewer:2", "acme")
        assert [(row.id, row.query, row.created) for row in seen] == [(other, "x=3", 2)]
        assert [row.id for row in seen_by("reviewer:3", None)] == [one]
        assert not questions.remove(connection, "reviewer:2", None, one)
        assert questions.remove(connection, "reviewer:1", None, one)
        assert seen_by("reviewer:2", "globex") == []
        assert not questions.remove(connection, "reviewer:2", "globex", other)
        assert questions.remove(connection, "reviewer:2", "acme", other)


def test_lists_have_each_their_own(database: Engine) -> None:
    """The same name in another list is another filter, and is counted with that list's."""
    with database.begin() as connection:
        for room in ("tickets", "incidents"):
            questions.put(connection, "key:k", None, room, "mine", room, shared=False, now=1)
        (one,) = questions.seen_by(connection, "key:k", None, "incidents")
        assert one.query == "incidents"
        assert questions.number_of(connection, "key:k", "incidents", but="") == 1
