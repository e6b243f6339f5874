"""How Vigie itself is: from what its processes noted in a real database, and this machine."""

from pathlib import Path

import pytest
from sqlalchemy import Engine as Database
from sqlalchemy import insert

from alerts.responders.roster import Roster
from detectors.core.event import MINUTE
from monitor.health.pulse import PULSE, Pulse, Who, encode
from monitor.health.rule import Located
from monitor.services.actor import Role
from monitor.services.machinery import Machine, Machinery
from monitor.services.machinery_views import Line, Wellness
from monitor.services.refusal import NotAllowedError
from monitor.store import tables
from monitor.store.connection import connect
from monitor.store.writing import Writing
from tests.databases import placed
from tests.monitor.services.people import person

NOW = 1_795_000_000_000
WHO = Who("here", 7, "1.0", NOW - MINUTE)
VIEWER = person(Role.VIEWER)


@pytest.fixture
def database(tmp_path: Path) -> Database:
    return connect(placed(tmp_path / "vigie.db"))


def lines(database: Database, folder: Path, language: str = "en") -> dict[str, Line]:
    machine = Machine(data=folder, located=lambda: Located(NOW, 45), backup=lambda _: NOW)
    desk = Machinery(database, Roster(), machine, lambda: NOW)
    found = desk.condition(VIEWER, language)
    assert found.time == NOW
    return {one.name: one for one in found.lines}


def test_before_anything_ran(database: Database, tmp_path: Path) -> None:
    found = lines(database, tmp_path)
    assert found["engine"].wellness is Wellness.UNWELL
    assert found["engine"].remedy == "Start it: vigie run."
    assert found["sources"].wellness is Wellness.NOTE
    assert found["database"].wellness is Wellness.WELL
    assert "sqlite" in found["database"].seen
    assert "free" in found["disk"].seen
    assert found["backup"].wellness is Wellness.WELL
    assert {one.wellness for name, one in found.items() if name in ("responders", "standby")} == {
        Wellness.NONE
    }


def test_an_engine_at_work_and_what_stands_against_it(database: Database, tmp_path: Path) -> None:
    with database.begin() as connection:
        Writing(connection).set_note(PULSE, encode(Pulse(time=NOW, who=WHO, caught_up=NOW)))
    assert lines(database, tmp_path)["engine"].since == WHO.started
    values = {"subject": "disk:/var", "kind": "disk_low", "since": NOW - 5, "until": None}
    with database.begin() as connection:
        connection.execute(insert(tables.health).values(values | {"facts": b"\x80"}))
    disk = lines(database, tmp_path)["disk"]
    assert (disk.wellness, disk.since) == (Wellness.UNWELL, NOW - 5)
    assert disk.remedy


def test_what_nobody_knows_is_no_alarm(database: Database) -> None:
    found = Machinery(database, Roster(), None, lambda: NOW).condition(VIEWER, "fr").lines
    by_name = {one.name: one for one in found}
    assert by_name["disk"].wellness is Wellness.NONE
    assert by_name["location"].wellness is Wellness.NONE
    assert by_name["backup"].wellness is Wellness.NOTE
    assert by_name["engine"].title == "Moteur"


def test_a_tenants_contact_has_no_business_with_it(database: Database) -> None:
    with pytest.raises(NotAllowedError):
        Machinery(database, Roster()).condition(person(Role.TENANT_CONTACT, tenant="a"))
