"""Filters of people are kept one for each name."""

from sqlalchemy import Engine

from monitor.store import questions


def test_one_for_each_name(database: Engine) -> None:
    with database.begin() as connection:
        one = questions.put(connection, "reviewer:1", None, "a", "x=1", shared=False, now=1)
        assert questions.put(connection, "reviewer:1", None, "a", "x=2", shared=True, now=2) == one
        other = questions.put(connection, "reviewer:2", "acme", "a", "x=3", shared=True, now=2)
        assert questions.number_of(connection, "reviewer:1", but="b") == 1
        assert questions.number_of(connection, "reviewer:1", but="a") == 0
        seen = questions.seen_by(connection, "reviewer:2", "acme")
        assert [(row.id, row.query, row.created) for row in seen] == [(other, "x=3", 2)]
        assert [row.id for row in questions.seen_by(connection, "reviewer:3", None)] == [one]
        assert not questions.remove(connection, "reviewer:2", None, one)
        assert questions.remove(connection, "reviewer:1", None, one)
        assert questions.seen_by(connection, "reviewer:2", "globex") == []
        assert not questions.remove(connection, "reviewer:2", "globex", other)
        assert questions.remove(connection, "reviewer:2", "acme", other)
