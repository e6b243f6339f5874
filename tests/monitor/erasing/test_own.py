"""What is the account's own goes, and a name that is another's by now stays that one's."""

from sqlalchemy import Engine as Database

from monitor.erasing import own as stages
from monitor.store import erasures, tables
from monitor.store.writing import Writing
from tests.monitor.erasing.leaving import NAME, NOW, SUBJECT, WHO, count, fill, own, request
from tests.monitor.erasing.test_work import work_on
from tests.monitor.test_engine import START, sign_in


def test_names_are_gathered_and_known_again_by_digest(database: Database) -> None:
    fill(database)
    request(database)
    with database.begin() as connection:
        work = work_on(Writing(connection))
        assert stages.names(work)
        assert work.erasure.names == [NAME]
        assert len(erasures.buried(connection)) == 5
    assert count(database, tables.names) == 0


def test_a_name_that_stands_for_another_is_not_buried(database: Database) -> None:
    first = sign_in(START - 1, "a9", account_name=NAME)
    fill(database, [first, *own(30)])
    request(database)
    with database.begin() as connection:
        work = work_on(Writing(connection))
        assert stages.names(work)
        assert work.erasure.names == []
        assert len(erasures.buried(connection)) == 3
    assert count(database, tables.names) == 1


def test_events_of_after_the_erasure_stay(database: Database) -> None:
    after = sign_in(NOW + 1, WHO)
    request(database)
    fill(database, [*own(5), after])
    with database.begin() as connection:
        writing = Writing(connection)
        work = work_on(writing)
        assert stages.events(work)
        assert work.erasure.counts == {"events": 5}
        [row] = connection.execute(tables.events.select()).all()
        assert row.id == after.id


def test_what_is_known_goes(database: Database) -> None:
    fill(database)
    request(database)
    with database.begin() as connection:
        work = work_on(Writing(connection))
        assert stages.known(work)
        assert work.erasure.counts["snapshots"] >= 1
        assert not work.writing.keys_with_snapshots("account", [SUBJECT.key()])
