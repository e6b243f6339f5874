"""The team is told of a ticket that is nearly late, and of one that is late, once each."""

from pathlib import Path

import pytest
from sqlalchemy import Engine

from alerts.aims import Aim, Aims
from alerts.ports import Action
from detectors.core.event import HOUR, MINUTE
from monitor.responding.duty import Surroundings
from monitor.responding.timer import Ringing, timers
from monitor.settings import Settings
from monitor.store import outbox
from tests.monitor.services.ticketed import NOW, Desk

TEAM = {"kind": "webhook", "url": "https://hooks.example/team", "secret": "whsec_" + "A" * 32}
QUICK = Aims(high=Aim(triage_minutes=4, resolution_minutes=9))


@pytest.fixture
def desk(database: Engine) -> Desk:
    return Desk(database)


def rung(desk: Desk, folder: Path, now: int, aims: Aims | None = None) -> int:
    (timer,) = [one for one in timers() if one.name == "clocks"]
    settings = Settings(data=folder, responders={"team": TEAM}, tickets=aims or Aims())
    around = Surroundings(settings=settings, database=desk.database)
    with desk.database.begin() as connection:
        return timer.ring(Ringing(connection=connection, now=now, around=around))


def told(desk: Desk, number: int) -> list[tuple[str, str]]:
    with desk.database.begin() as connection:
        orders = [row.order for row in outbox.of_ticket(connection, number)]
    assert {order.action for order in orders} == {Action.TELL}
    return sorted((order.template, order.values["clock"]) for order in orders)


def test_near_and_late_are_told_once_each(desk: Desk, tmp_path: Path) -> None:
    number = desk.opened().id
    assert rung(desk, tmp_path, NOW + 45 * MINUTE) == 1
    assert rung(desk, tmp_path, NOW + 46 * MINUTE) == 0
    assert rung(desk, tmp_path, NOW + HOUR) == 1
    assert told(desk, number) == [("due", "triage"), ("overdue", "triage")]


def test_the_clock_is_that_of_the_settings(desk: Desk, tmp_path: Path) -> None:
    number = desk.opened().id
    assert rung(desk, tmp_path, NOW + 46 * MINUTE, QUICK) == 1
    assert told(desk, number) == [("overdue", "triage")]
