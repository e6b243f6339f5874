"""Who is told for which month: each once, and nobody who does not want it."""

import pytest
from sqlalchemy import Engine as Database
from sqlalchemy import insert

from monitor.directory.tenant import Contact, Tenant
from monitor.store import hygiene_reports, tables
from monitor.store.directory import DirectoryTable
from monitor.store.hygiene import Day, HygieneTable

DAYS = range(100, 130)
NOW = 1_000


@pytest.fixture
def filled(database: Database) -> Database:
    """Three tenants with days, of which the last one has none in the month."""
    with database.begin() as connection:
        HygieneTable(connection).put_days(
            [
                Day("a", 100, 1, b""),
                Day("a", 101, 1, b""),
                Day("b", 129, 1, b""),
                Day("c", 130, 1, b""),
            ]
        )
    return database


def test_each_is_told_once_for_a_month(filled: Database) -> None:
    with filled.begin() as connection:
        assert hygiene_reports.due(connection, 7, DAYS, 9) == ["a", "b"]
        assert hygiene_reports.due(connection, 7, DAYS, 1) == ["a"]
        assert hygiene_reports.note(connection, "a", 7, NOW, 2)
        assert not hygiene_reports.note(connection, "a", 7, NOW + 1, 3)
        assert hygiene_reports.due(connection, 7, DAYS, 9) == ["b"]
        assert hygiene_reports.due(connection, 8, DAYS, 9) == ["a", "b"]
        assert hygiene_reports.newest(connection, "a") == (7, NOW, 2)
        assert hygiene_reports.newest(connection, "b") is None


def test_who_wants_none_gets_none_until_they_do(filled: Database) -> None:
    with filled.begin() as connection:
        hygiene_reports.stop(connection, "a", NOW, "reviewer:1")
        hygiene_reports.stop(connection, "a", NOW, "reviewer:2")
        assert hygiene_reports.is_stopped(connection, "a")
        assert hygiene_reports.due(connection, 7, DAYS, 9) == ["b"]
        hygiene_reports.go_on(connection, "a")
        assert not hygiene_reports.is_stopped(connection, "a")
        assert hygiene_reports.due(connection, 7, DAYS, 9) == ["a", "b"]


def test_contacts_that_sign_in_and_those_of_the_directory(filled: Database) -> None:
    def reviewer(uid: str, email: str, **more: object) -> dict[str, object]:
        values = {"uid": uid, "email": email, "email_key": email, "name": uid, "version": 1}
        return values | {"tenant": "a", "role": "tenant_contact", "state": "active"} | more

    with filled.begin() as connection:
        connection.execute(
            insert(tables.reviewers),
            [
                one | {"created": 0}
                for one in (
                    reviewer("1", "Ann@a.example"),
                    reviewer("2", "gone@a.example", state="disabled"),
                    reviewer("3", "other@b.example", tenant="b"),
                    reviewer("4", "staff@a.example", role="analyst"),
                )
            ],
        )
        contacts = (
            Contact(name="Ann", email="ann@A.example"),
            Contact(name="Bob", email="bob@a.example"),
            Contact(name="Nobody"),
        )
        DirectoryTable(connection).put_tenant(Tenant(uid="a", contacts=contacts), None, NOW)
        found = hygiene_reports.recipients(connection, "a")
        assert [(one.email, one.is_reviewer) for one in found] == [
            ("Ann@a.example", True),
            ("bob@a.example", False),
        ]
        assert hygiene_reports.recipients(connection, "c") == []
