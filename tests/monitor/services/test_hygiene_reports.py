"""The monthly report: what it says, who sees to whom it goes, and that it is sent once."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine as Database

from alerts.responders.roster import Roster
from monitor.services.actor import Role
from monitor.services.hygiene_reports import HygieneReports, compose, send
from monitor.services.refusal import NotAllowedError, NotFreshError, NotThereError, TakenError
from monitor.store import hygiene_reports, outbox
from monitor.store.connection import connect
from monitor.store.outbox import OrderRow, Wanted
from tests.databases import placed
from tests.monitor.services.hygienic import MONTH, NOW, OTHER, ROSTER, T, fill
from tests.monitor.services.listed import deeds
from tests.monitor.services.people import person

APPROVER = person(Role.APPROVER, authenticated=NOW)
VIEWER = person(Role.VIEWER)
CONTACT = person(Role.TENANT_CONTACT, tenant=T)


@pytest.fixture
def filled(tmp_path: Path) -> Database:
    database = connect(placed(tmp_path / "vigie.db"))
    fill(database)
    return database


@pytest.fixture
def desk(filled: Database) -> HygieneReports:
    return HygieneReports(filled, ROSTER, "https://vigie.example", lambda: NOW)


def orders(database: Database) -> list[OrderRow]:
    with database.begin() as connection:
        return outbox.page(connection, Wanted())


def test_it_says_the_score_the_one_before_and_what_to_do_first(filled: Database) -> None:
    with filled.begin() as connection:
        found = compose(connection, T, MONTH)
        assert compose(connection, T, MONTH - 2) is None
        assert compose(connection, "nobody", MONTH) is None
    assert found is not None
    assert found.language == "en"
    assert found.values["tenant"] == "Acme"
    assert found.values["month.fr"] == "octobre 2026"
    # Forty of a hundred dormant at weight 2, ten without a factor at weight 3, no weak one.
    assert found.values["score.en"] == "84.3 of 100"
    assert found.values["trend.fr"] == "78,6 sur 100"
    titles = [found.values[f"{n}.title.en"] for n in (1, 2)]
    assert titles == ["Dormant", "No second factor"]
    assert "3.title.en" not in found.values


def test_an_order_for_each_person_once(filled: Database) -> None:
    with filled.begin() as connection:
        report = compose(connection, T, MONTH)
        assert report is not None
        assert send(connection, report, Roster(), "", NOW) == 0
        assert send(connection, report, ROSTER, "https://v.example", NOW) == 1
        assert send(connection, report, ROSTER, "https://v.example", NOW) == 0
    (row,) = orders(filled)
    target = row.order.target
    assert target is not None
    assert (target.email, target.language) == ("ann@acme.example", "en")
    # Who does not sign in here is not sent to where they would have to.
    assert "link" not in row.order.values


def test_it_is_looked_at_before_it_is_sent(desk: HygieneReports) -> None:
    found = desk.preview(APPROVER, T, "fr")
    assert found.month == "octobre 2026"
    assert "Note\u00a0: 84,3 sur 100" in found.message.text
    assert [one.email for one in found.recipients] == ["ann@acme.example"]
    assert found.goes
    assert found.told is None
    assert desk.preview(VIEWER, T).recipients[0].email == "•••@acme.example"
    assert desk.preview(CONTACT, T).recipients[0].name == "•••"
    assert desk.preview(CONTACT, None).tenant == desk.preview(APPROVER, None).tenant == T


def test_it_is_sent_at_once_and_that_is_written_down(
    desk: HygieneReports, filled: Database
) -> None:
    assert desk.send_now(APPROVER, T) == 1
    assert len(orders(filled)) == 1
    assert deeds(filled) == [("hygiene:report", "hygiene", T)]
    with pytest.raises(TakenError):
        desk.send_now(APPROVER, OTHER)
    assert len(orders(filled)) == 1


def test_who_wants_none_is_left_in_peace(desk: HygieneReports, filled: Database) -> None:
    desk.stop(APPROVER, T)
    assert desk.preview(APPROVER, T).is_stopped
    desk.go_on(APPROVER, T)
    assert not desk.preview(APPROVER, T).is_stopped
    with filled.begin() as connection:
        hygiene_reports.note(connection, T, MONTH, NOW, 1)
    found = desk.preview(APPROVER, T)
    assert (found.told, found.told_month, found.told_recipients) == (NOW, "October 2026", 1)


def test_nobody_sends_who_may_not_and_a_contact_sees_the_own_tenant(desk: HygieneReports) -> None:
    with pytest.raises(NotAllowedError):
        desk.send_now(CONTACT, T)
    with pytest.raises(NotFreshError):
        desk.send_now(person(Role.APPROVER), T)
    asks: list[Callable[[], object]] = [
        lambda: desk.preview(CONTACT, OTHER),
        lambda: desk.preview(APPROVER, "nobody"),
        lambda: desk.send_now(APPROVER, "nobody"),
        lambda: desk.stop(APPROVER, "nobody"),
        lambda: desk.go_on(APPROVER, "nobody"),
    ]
    for ask in asks:
        with pytest.raises(NotThereError):
            ask()
