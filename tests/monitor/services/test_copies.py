"""Records of a copy, one kind after the other, whatever is left of the account."""

import json

from msgspec import structs
from sqlalchemy import Engine as Database
from sqlalchemy import delete

from monitor.services import copies
from monitor.store import erasing, tables
from tests.monitor.erasing.leaving import NAME, SUBJECT, WHO, fill, own


def test_events_that_are_only_kept_as_evidence_are_told_once(database: Database) -> None:
    fill(database, own(5))
    with database.begin() as connection:
        [first, *_] = copies.events(connection, SUBJECT)
        for finding in (b"f" * 16, b"g" * 16):
            erasing.put_evidence(connection, finding, [first], SUBJECT.key())
        assert len(list(copies.events(connection, SUBJECT))) == 5
        connection.execute(delete(tables.events))
        assert [e.id for e in copies.events(connection, SUBJECT)] == [first.id]


def test_there_is_no_profile_of_whoever_is_not_known(database: Database) -> None:
    with database.begin() as connection:
        assert copies.profile(connection, SUBJECT) is None
        assert copies.directory_record(connection, SUBJECT) is None
        assert copies.hygiene_record(connection, SUBJECT) is None
        assert list(copies.look_lines(connection, SUBJECT)) == []


def test_a_profile_is_told_by_names(database: Database) -> None:
    fill(database, own(30))
    with database.begin() as connection:
        found = copies.profile(connection, SUBJECT)
    assert found is not None
    told = json.loads(copies.profile_record(found))
    assert told["uses"] == found.uses
    session = next(iter(told["sessions"].values()))
    assert session["ip"].startswith("198.51.100.")
    assert len(session["first_event"]) == 36


def test_an_event_says_in_which_format_it_was_read(database: Database) -> None:
    fill(database, own(1))
    with database.begin() as connection:
        forms = copies.formats(connection)
        [event] = copies.events(connection, SUBJECT)
    line = json.loads(copies.event_line(structs.replace(event, source="source"), forms))
    assert line["metadata"]["log_format"] == "test"
    assert line["user"]["uid"] == WHO


def test_lines_that_name_it_are_redacted(database: Database) -> None:
    fill(database, own(1))
    with database.begin() as connection:
        found = list(copies.unread_lines(connection, frozenset((WHO, NAME))))
        assert len(found) == 2
        assert list(copies.unread_lines(connection, frozenset(("x",)))) == []
