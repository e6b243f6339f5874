"""Notes are an account's own, the last first, and one goes without another."""

from sqlalchemy import Engine as Database

from detectors.core.identity import Subject, SubjectKind
from monitor.store import account_notes

ZOE = Subject(SubjectKind.ACCOUNT, "t", "zoe")
BOB = Subject(SubjectKind.ACCOUNT, "t", "bob")


def test_notes_are_read_the_last_first_in_parts(database: Database) -> None:
    with database.begin() as connection:
        made = [
            account_notes.add(connection, ZOE, n, "reviewer:1", "Ada", f"note {n}")
            for n in range(5)
        ]
        other = account_notes.add(connection, BOB, 9, "reviewer:1", "Ada", "another's")
        found = account_notes.of_account(connection, ZOE, None, 3)
        assert [one.text for one in found] == ["note 4", "note 3", "note 2"]
        assert account_notes.of_account(connection, ZOE, found[-1].id) == made[1::-1]
        assert account_notes.count(connection, ZOE) == 5
        assert account_notes.of_id(connection, other.id) == other
        assert (other.tenant, other.account, other.time) == ("t", "bob", 9)


def test_one_goes_alone_and_once(database: Database) -> None:
    with database.begin() as connection:
        one = account_notes.add(connection, ZOE, 1, "reviewer:1", "Ada", "x")
        two = account_notes.add(connection, ZOE, 2, "reviewer:1", "Ada", "y")
        assert account_notes.remove(connection, one.id)
        assert not account_notes.remove(connection, one.id)
        assert account_notes.of_id(connection, one.id) is None
        assert account_notes.of_account(connection, ZOE) == [two]
