"""Responders: what each can do, whether it answers, when it last did and did not, what waits."""

from pathlib import Path

import pytest
from sqlalchemy import Connection
from sqlalchemy import Engine as Database

from alerts.outbox import Breaker, State
from alerts.ports import Action
from alerts.responders.roster import Entry, Roster
from monitor.services.actor import Role
from monitor.services.refusal import NotAllowedError
from monitor.services.responders import Responders
from monitor.store import leases, outbox, tables
from monitor.store.connection import connect
from monitor.store.outbox import Wanted
from tests.databases import placed
from tests.monitor.services.people import person
from tests.monitor.store.orders import NOW, order

VIEWER = person(Role.VIEWER)
ROSTER = Roster(
    (
        Entry(name="gate", kind="gate", actions=frozenset((Action.DISABLE, Action.ENABLE))),
        Entry(
            name="mail",
            kind="mail",
            actions=frozenset((Action.NOTIFY,)),
            tenants=frozenset(("acme",)),
        ),
    )
)


@pytest.fixture
def database(tmp_path: Path) -> Database:
    return connect(placed(tmp_path / "vigie.db"))


def put(connection: Connection, name: str, key: str, state: State, at: int, why: str = "") -> None:
    table = tables.outbox
    outbox.enqueue(connection, order(key, Action.NOTIFY), name)
    number = max(one.id for one in outbox.page(connection, Wanted()))
    values = {"state": state, "updated": at, "due": at, "reason": why or None}
    connection.execute(table.update().where(table.c.id == number).values(values))


def test_those_that_need_somebody_come_first(database: Database) -> None:
    with database.begin() as connection:
        put(connection, "gate", "a", State.DONE, NOW + 1)
        put(connection, "gate", "b", State.DONE, NOW + 9)
        put(connection, "mail", "c", State.DONE, NOW + 2)
        put(connection, "mail", "d", State.DEAD, NOW + 5, "550 nobody")
        put(connection, "mail", "e", State.WAITING, NOW + 3, "421 later")
        put(connection, "gone", "f", State.DEAD, NOW + 4, "HTTP 404")
        leases.note_breaker(
            connection, "mail", Breaker(failures=5, until=NOW + 60), "does not answer", NOW + 7
        )
    mail, gone, gate = Responders(database, ROSTER).all(VIEWER)
    assert (mail.name, mail.kind, mail.tenants) == ("mail", "mail", ("acme",))
    assert (mail.failures, mail.open_until, mail.reason) == (5, NOW + 60, "does not answer")
    assert (mail.succeeded, mail.failed) == (NOW + 2, NOW + 7)
    assert (mail.waiting, mail.dead, mail.done) == (1, 1, 1)
    assert not gone.is_known
    assert (gone.failed, gone.reason) == (NOW + 4, "HTTP 404")
    assert gate.is_well
    assert gate.actions == (Action.DISABLE, Action.ENABLE)
    assert (gate.succeeded, gate.failed, gate.oldest) == (NOW + 9, None, None)


def test_one_that_was_never_asked_is_shown(database: Database) -> None:
    found = Responders(database, ROSTER).all(VIEWER)
    assert [one.name for one in found] == ["gate", "mail"]
    assert found[0].succeeded is None
    assert Responders(database, Roster()).all(VIEWER) == []


def test_a_tenants_contact_has_no_business_with_them(database: Database) -> None:
    with pytest.raises(NotAllowedError):
        Responders(database, ROSTER).all(person(Role.TENANT_CONTACT, tenant="acme"))
