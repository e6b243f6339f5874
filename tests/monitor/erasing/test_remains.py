"""What names the person elsewhere goes with it."""

from sqlalchemy import Engine as Database

from monitor.erasing import remains
from monitor.store import restrictions, tables
from monitor.store.writing import Writing
from tests.monitor.erasing.leaving import NAME, NOW, SUBJECT, count, fill, own, request
from tests.monitor.erasing.test_work import work_on


def test_lines_that_name_it_go_and_others_stay(database: Database) -> None:
    fill(database, own(3))
    request(database)
    with database.begin() as connection:
        work = work_on(Writing(connection))
        work.erasure.names = [NAME]
        assert remains.rejects(work)
        assert work.erasure.counts == {"unread lines": 2}
        [left] = connection.execute(tables.rejects.select()).all()
    assert left.raw == b"user=somebody from"


def test_what_was_asked_for_before_goes(database: Database) -> None:
    request(database)
    other = type(SUBJECT)(SUBJECT.kind, "u", SUBJECT.uid)
    with database.begin() as connection:
        for subject in (SUBJECT, other):
            restrictions.restrict(connection, subject, NOW, "#1", "operator:x")
            restrictions.object_to(connection, subject, NOW, "nights", "operator:x")
        assert remains.requests(work_on(Writing(connection)))
    assert count(database, tables.restrictions) == 1
    assert count(database, tables.objections) == 1
