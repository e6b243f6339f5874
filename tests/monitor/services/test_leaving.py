"""What a preview counts is what goes."""

from sqlalchemy import Engine as Database

from monitor.services.leaving import is_known, parts_of, reference_of
from tests.monitor.erasing.leaving import SUBJECT, enter, erase, fill


def test_what_was_counted_is_what_went(database: Database) -> None:
    fill(database)
    enter(database)
    with database.begin() as connection:
        assert is_known(connection, SUBJECT)
        told = {part.name: part.rows for part in parts_of(connection, SUBJECT, keeps=False)}
    counts = erase(database)
    assert counts["events"] == told["events"]
    assert counts["snapshots"] == told["snapshots"]
    assert counts["incidents"] == told["incidents"]
    assert told["directory"] == told["audit contents"] == told["audit entries"] == 1
    with database.begin() as connection:
        assert not is_known(connection, SUBJECT)
        left = parts_of(connection, SUBJECT, keeps=False)
        assert {part.rows for part in left if not part.stays} == {0}
        # What was done, and that what was said of it was erased.
        assert {part.name: part.rows for part in left if part.rows} == {"audit entries": 2}
        assert all(part.why.en and part.why.fr for part in left)


def test_nobody_is_named_by_a_reference() -> None:
    assert reference_of(SUBJECT) == f"account:{SUBJECT.key()}"
