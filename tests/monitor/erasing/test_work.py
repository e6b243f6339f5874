"""What a step knows of whom it erases."""

from sqlalchemy import Engine as Database

from monitor.erasing.work import NoMemory, Work
from monitor.store import erasures
from monitor.store.writing import Writing
from tests.monitor.erasing.leaving import NAME, PEPPER, SUBJECT, WHO, request


def work_on(writing: Writing) -> Work:
    """A step of the only erasure."""
    [erasure] = erasures.every(writing.connection)
    return Work(writing=writing, erasure=erasure, subject=SUBJECT, memory=NoMemory(), pepper=PEPPER)


def test_the_disguise_has_all_the_names_that_are_known(database: Database) -> None:
    request(database)
    with database.begin() as connection:
        work = work_on(Writing(connection))
        work.erasure.names = [NAME]
        assert work.disguise.words == {WHO, NAME}
        assert work.disguise.pseudonym == work.erasure.pseudonym
        assert work.connection is connection


def test_what_did_not_happen_is_not_counted(database: Database) -> None:
    request(database)
    with database.begin() as connection:
        work = work_on(Writing(connection))
        work.count("events", 0)
        assert work.erasure.counts == {}
        work.count("events", 2)
        work.count("events", 3)
        assert work.erasure.counts == {"events": 5}


def test_without_an_engine_there_is_nothing_to_forget(database: Database) -> None:
    memory = NoMemory()
    with database.begin() as connection:
        memory.forget_account(Writing(connection), SUBJECT)
    memory.forget_ledgers()
