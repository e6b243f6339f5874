"""Notes on accounts: who may write, read and take away, and that they go with the account."""

from pathlib import Path

import pytest
from sqlalchemy import Engine as Database

from detectors.core.identity import Subject, SubjectKind
from monitor.services import account_notes
from monitor.services.account_notes import LONGEST, AccountNotes, NoteError
from monitor.services.actor import Role
from monitor.services.leaving import is_known, parts_of
from monitor.services.refusal import NotAllowedError, NotThereError
from monitor.store import restrictions
from monitor.store.connection import connect
from tests.databases import placed
from tests.monitor.services.listed import contents, deeds
from tests.monitor.services.people import ADMINISTRATOR, person, program
from tests.monitor.web.staging import NOON, TENANT, Stage, sign_in

WHOSE = Subject(SubjectKind.ACCOUNT, TENANT, "u-1")
HANDLE = WHOSE.handle()
ANALYST = person(Role.ANALYST, uid="r-7")
COLLEAGUE = person(Role.ANALYST, uid="r-8")


@pytest.fixture
def engine(tmp_path: Path) -> Database:
    made = connect(placed(tmp_path / "v.db"))
    Stage(engine=made).put_events([sign_in("u-1", NOON)])
    return made


def test_a_note_is_written_and_read_and_written_down_without_its_words(engine: Database) -> None:
    notes = AccountNotes(engine, lambda: NOON)
    made = notes.write(ANALYST, HANDLE, "  Called the owner.  \n\nThey confirm.\n")
    assert (made.text, made.time, made.by) == (
        "Called the owner.\n\nThey confirm.",
        NOON,
        "Someone",
    )
    assert notes.of(COLLEAGUE, HANDLE) == ([_as_seen(made, is_own=False)], None)
    assert deeds(engine) == [("notes:write", f"account:{WHOSE.key()}", TENANT)]
    assert "owner" not in str(contents(engine))


def test_only_its_author_or_an_administrator_takes_it_away(engine: Database) -> None:
    notes = AccountNotes(engine)
    one, two = (notes.write(ANALYST, HANDLE, text).id for text in "ab")
    with pytest.raises(NoteError):
        notes.remove(COLLEAGUE, HANDLE, one)
    notes.remove(ANALYST, HANDLE, one)
    notes.remove(ADMINISTRATOR, HANDLE, two)
    with pytest.raises(NotThereError):
        notes.remove(ADMINISTRATOR, HANDLE, two)
    assert notes.of(ANALYST, HANDLE) == ([], None)


def test_another_accounts_note_is_not_there(engine: Database) -> None:
    Stage(engine=engine).put_events([sign_in("u-2", NOON)])
    notes = AccountNotes(engine)
    one = notes.write(ANALYST, HANDLE, "x").id
    other = Subject(SubjectKind.ACCOUNT, TENANT, "u-2").handle()
    with pytest.raises(NotThereError):
        notes.remove(ANALYST, other, one)


@pytest.mark.parametrize("text", ["", " \n ", "a\0b", "x" * (LONGEST + 1)])
def test_what_is_no_note_is_not_kept(engine: Database, text: str) -> None:
    with pytest.raises(NoteError):
        AccountNotes(engine).write(ANALYST, HANDLE, text)


def test_there_is_an_end_to_notes(engine: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(account_notes, "MOST", 2)
    notes = AccountNotes(engine)
    for text in "ab":
        notes.write(ANALYST, HANDLE, text)
    with pytest.raises(NoteError):
        notes.write(ANALYST, HANDLE, "c")
    [first], place = notes.of(ANALYST, HANDLE, None, 1)
    [second], end = notes.of(ANALYST, HANDLE, place, 1)
    assert (first.text, second.text, end) == ("b", "a", None)


def test_viewers_read_none_and_other_tenants_people_find_no_account(engine: Database) -> None:
    notes = AccountNotes(engine)
    for actor in (person(Role.VIEWER), program("notes:read")):
        with pytest.raises(NotAllowedError):
            notes.write(actor, HANDLE, "x")
    with pytest.raises(NotAllowedError):
        notes.of(person(Role.VIEWER), HANDLE)
    with pytest.raises(NotThereError):
        notes.of(person(Role.ANALYST, tenant="another"), HANDLE)


def test_of_a_restricted_account_nothing_is_read_or_written(engine: Database) -> None:
    notes = AccountNotes(engine)
    notes.write(ANALYST, HANDLE, "x")
    with engine.begin() as connection:
        restrictions.restrict(connection, WHOSE, NOON, "#1", "operator:x")
    for ask in (lambda: notes.of(ANALYST, HANDLE), lambda: notes.write(ANALYST, HANDLE, "y")):
        with pytest.raises(NotThereError):
            ask()


def test_an_erasure_says_that_notes_go(engine: Database) -> None:
    AccountNotes(engine).write(ANALYST, HANDLE, "x")
    with engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM events")
        assert is_known(connection, WHOSE)
        [part] = [one for one in parts_of(connection, WHOSE, keeps=True) if one.name == "notes"]
    assert (part.rows, part.stays) == (1, False)


def _as_seen(made: account_notes.NoteView, *, is_own: bool) -> account_notes.NoteView:
    return account_notes.NoteView(
        id=made.id, time=made.time, by=made.by, text=made.text, is_own=is_own
    )
