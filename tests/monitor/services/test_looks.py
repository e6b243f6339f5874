"""A look at personal data is written down with its reason, and not at every click."""

import pytest
from sqlalchemy import Engine as Database
from sqlalchemy import delete

from detectors.core.identity import Subject, SubjectKind, as_uuid
from monitor.clock import now_ms
from monitor.services.actor import Role
from monitor.services.looks import EVERY, Looks
from monitor.services.protection import ProtectionError
from monitor.services.refusal import NotAllowedError, NotThereError
from monitor.store import tables
from tests.monitor.services.listed import contents, deeds
from tests.monitor.services.people import ADMINISTRATOR, person, program

ZOE = Subject(SubjectKind.ACCOUNT, "t", "zoe")
SOURCE = Subject(SubjectKind.SOURCE, "t", "192.0.2.1")
INCIDENT = bytes(range(16))
WHY = f"incident:{as_uuid(INCIDENT)}"
ANALYST = person(Role.ANALYST, uid="r-7")


class Clock:
    def __init__(self) -> None:
        self.now = now_ms()

    def __call__(self) -> int:
        return self.now


def test_opening_an_incident_is_written_down_once_an_hour(database: Database) -> None:
    clock = Clock()
    looks = Looks(database, clock)
    for _ in range(3):
        assert looks.opens(ANALYST, ZOE, INCIDENT)
    # Another process knows nothing of it but what is written.
    assert Looks(database, clock).opens(ANALYST, ZOE, INCIDENT)
    assert deeds(database) == [("person:look", f"account:{ZOE.key()}", "t")]
    assert [told["reason"] for told in contents(database)] == [WHY]
    assert looks.opens(ADMINISTRATOR, ZOE, INCIDENT)
    assert looks.opens(ANALYST, ZOE, INCIDENT[::-1])
    clock.now += EVERY
    assert looks.opens(ANALYST, ZOE, INCIDENT)
    assert len(deeds(database)) == 4


def test_an_incident_of_addresses_is_told_by_itself(database: Database) -> None:
    assert Looks(database).opens(ANALYST, SOURCE, INCIDENT)
    assert deeds(database) == [("person:look", WHY, "t")]


@pytest.mark.parametrize(
    "actor",
    [
        person(Role.VIEWER),
        person(Role.TENANT_CONTACT, tenant="t"),
        program("incidents:read"),
    ],
)
def test_who_may_not_look_sees_masked_values_and_leaves_no_trace(
    database: Database, actor: object
) -> None:
    assert not Looks(database).opens(actor, ZOE, INCIDENT)  # type: ignore[arg-type]
    assert deeds(database) == []


def test_who_may_not_read_incidents_is_refused(database: Database) -> None:
    with pytest.raises(NotAllowedError):
        Looks(database).opens(program("events:write"), ZOE, INCIDENT)


def test_a_look_has_a_reason(database: Database) -> None:
    looks = Looks(database)
    with pytest.raises(ProtectionError):
        looks.look(ANALYST, "t", "zoe", " ")
    with pytest.raises(NotThereError):
        looks.look(person(Role.ANALYST, tenant="u"), "t", "zoe", "ticket 3")
    with pytest.raises(NotAllowedError):
        looks.look(person(Role.VIEWER), "t", "zoe", "ticket 3")
    looks.look(ANALYST, "t", "zoe", "ticket 3")
    [look] = looks.of(ADMINISTRATOR, "t", "zoe")
    assert (look.by, look.reason) == (ANALYST.reference, "ticket 3")
    assert looks.of(ADMINISTRATOR, "t", "bob") == []
    with pytest.raises(NotThereError):
        looks.of(person(Role.ADMINISTRATOR, tenant="u"), "t", "zoe")


def test_that_somebody_looked_stays_when_the_reason_is_erased(database: Database) -> None:
    looks = Looks(database)
    looks.look(ANALYST, "t", "zoe", "ticket 3")
    with database.begin() as connection:
        connection.execute(delete(tables.audit_contents))
    [look] = looks.of(ADMINISTRATOR, "t", "zoe")
    assert (look.by, look.reason) == (ANALYST.reference, "")
