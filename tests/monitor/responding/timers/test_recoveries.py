"""A waiting time ends and the link is sent; what nobody takes up lapses."""

from pathlib import Path

from sqlalchemy import Engine

from detectors.core.event import DAY
from monitor.instance import InstanceKey
from monitor.mfa.lost_factor import State
from monitor.responding.duty import Surroundings
from monitor.responding.timer import Ringing, timers
from monitor.services.actor import Role
from monitor.settings import Settings
from tests.monitor.responding.timers.test_enrolments import MAIL
from tests.monitor.services.enrolled import ANN, NOW, Desk, known, templates


def rung(database: Engine, folder: Path, now: int, key: InstanceKey | None) -> int:
    (timer,) = [one for one in timers() if one.name == "recoveries"]
    around = Surroundings(
        settings=Settings(data=folder, responders={"mail": MAIL}), database=database, key=key
    )
    with database.begin() as connection:
        return timer.ring(Ringing(connection=connection, now=now, around=around))


def test_the_link_is_sent_when_the_wait_is_over(database: Engine, tmp_path: Path) -> None:
    known(database)
    desk = Desk(database)
    handle = desk.agreed().handle
    key = InstanceKey(b"k" * 32)
    assert rung(database, tmp_path, NOW + DAY - 1, key) == 0
    assert rung(database, tmp_path, NOW + DAY, None) == 0
    assert rung(database, tmp_path, NOW + DAY, key) == 1
    assert rung(database, tmp_path, NOW + DAY, key) == 0
    assert templates(database)[-1] == "recovery_link"
    desk.now = NOW + 3 * DAY
    assert rung(database, tmp_path, desk.now, key) == 1
    assert desk.recoveries.one(desk.who("ada"), handle).state is State.EXPIRED


def test_a_request_that_nobody_decides_lapses(database: Engine, tmp_path: Path) -> None:
    known(database)
    desk = Desk(database)
    one = desk.recoveries.request(desk.who("ada", Role.ANALYST), ANN)
    assert rung(database, tmp_path, NOW + 7 * DAY - 1, None) == 0
    assert rung(database, tmp_path, NOW + 7 * DAY, None) == 1
    desk.now = NOW + 7 * DAY
    assert desk.recoveries.one(desk.who("ada"), one.handle).state is State.EXPIRED
