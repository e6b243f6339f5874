"""A digest in an address leads to the account, whoever knows it; and to nobody else's."""

import pytest
from sqlalchemy import Engine as Database

from detectors.core.identity import Subject, SubjectKind
from monitor.directory.account import Account
from monitor.store import account_notes, restrictions
from monitor.store.directory import DirectoryTable
from monitor.store.handles import account_of, key_of, names_of
from tests.monitor.web.staging import Stage, shared_account, sign_in

ZOE = Subject(SubjectKind.ACCOUNT, "t", "zoe")


@pytest.mark.parametrize("uid", ["zoe", "a", "b", "c", "d", "e", "</script>", ""])
def test_a_handle_is_the_key_in_sixteen_digits(uid: str) -> None:
    subject = Subject(SubjectKind.ACCOUNT, "t", uid)
    assert len(subject.handle()) == 16
    assert key_of(subject.handle()) == subject.key()


@pytest.mark.parametrize("text", ["", "1", "g" * 16, "A" * 16, "0" * 17, "٠" * 16, "0" * 15 + "\n"])
def test_what_is_no_handle_is_nobodys(text: str) -> None:
    assert key_of(text) is None


def test_whoever_the_logs_alone_know_is_found(database: Database) -> None:
    stage = Stage(engine=database)
    event = sign_in("u-new", 1_778_666_400_000)
    stage.put_events([event])
    whose = Subject(SubjectKind.ACCOUNT, event.tenant, "u-new")
    with database.begin() as connection:
        assert account_of(connection, whose.handle()) == whose
        assert account_of(connection, ZOE.handle()) is None
        assert account_of(connection, "nonsense") is None


def test_an_account_of_which_an_incident_alone_is_left_is_found(database: Database) -> None:
    subject = shared_account(Stage(engine=database)).subject
    with database.begin() as connection:
        connection.exec_driver_sql("DELETE FROM events")
        assert account_of(connection, subject.handle()) == subject


def test_a_note_or_a_restriction_alone_leads_to_its_account(database: Database) -> None:
    bob = Subject(SubjectKind.ACCOUNT, "u", "bob")
    with database.begin() as connection:
        account_notes.add(connection, ZOE, 1, "reviewer:1", "Ada", "x")
        restrictions.restrict(connection, bob, 1, "#1", "reviewer:1")
        assert account_of(connection, ZOE.handle()) == ZOE
        assert account_of(connection, bob.handle()) == bob


def test_names_are_the_directorys(database: Database) -> None:
    bob = Subject(SubjectKind.ACCOUNT, "t", "bob")
    with database.begin() as connection:
        table = DirectoryTable(connection)
        table.add(Account(tenant="t", uid="zoe", display_name="Zoé Martin"), 1)
        table.add(Account(tenant="t", uid="bob"), 1)
        assert names_of(connection, {ZOE, bob}) == {ZOE: "Zoé Martin"}
        assert account_of(connection, bob.handle()) == bob
        assert names_of(connection, ()) == {}
