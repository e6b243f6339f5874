"""Days begin, and the gate asks, without anybody doing it."""

from pathlib import Path

from sqlalchemy import Engine

from detectors.core.event import DAY
from monitor.responding.duty import Surroundings
from monitor.responding.timer import Ringing, timers
from monitor.settings import Settings
from monitor.store.gate_list import entries
from tests.monitor.services.enrolled import ANN, NOW, known, required, templates

MAIL = {"kind": "mail", "host": "mail.example", "sender": "v@example.com", "actions": ["notify"]}


def rung(database: Engine, folder: Path, now: int) -> int:
    (timer,) = [one for one in timers() if one.name == "enrolments"]
    around = Surroundings(
        settings=Settings(data=folder, responders={"mail": MAIL}), database=database
    )
    with database.begin() as connection:
        return timer.ring(Ringing(connection=connection, now=now, around=around))


def test_people_are_told_and_then_asked(database: Engine, tmp_path: Path) -> None:
    known(database)
    assert rung(database, tmp_path, NOW) == 0
    required(database)
    assert rung(database, tmp_path, NOW) == 1
    assert rung(database, tmp_path, NOW) == 0
    assert rung(database, tmp_path, NOW + 13 * DAY) == 1
    assert rung(database, tmp_path, NOW + 14 * DAY) == 1
    assert templates(database) == ["enrolment_required", "enrolment_reminder"]
    with database.begin() as connection:
        (entry,) = entries(connection, ANN.tenant, ANN.account, NOW + 14 * DAY)
    assert entry.verdict == "challenge"
    required(database, None)
    assert rung(database, tmp_path, NOW + 15 * DAY) == 1
    with database.begin() as connection:
        assert entries(connection, ANN.tenant, ANN.account, NOW + 15 * DAY) == []
