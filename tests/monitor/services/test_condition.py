"""Ready is who can be asked: tables of this version, and an engine that keeps up."""

import os
import socket
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine as Database
from sqlalchemy import insert, text

from detectors.core.event import HOUR, MINUTE
from monitor.health import responding
from monitor.health.pulse import ALIVE, PULSE, Pulse, Who, encode, ourselves
from monitor.health.waiting import tell
from monitor.services.condition import BEHIND, WAITING, Condition, plain
from monitor.store import tables
from monitor.store.connection import connect
from monitor.store.watching import Watching
from monitor.store.writing import Writing

NOW = 1_800_000_000_000


def beat(database: Database, **values: Any) -> None:
    pulse = Pulse(**{"time": NOW, "who": ourselves(NOW), "caught_up": NOW} | values)
    with database.begin() as connection:
        Writing(connection).set_note(PULSE, encode(pulse))


def condition(database: Database) -> Condition:
    return Condition(Watching(database), lambda: NOW)


def codes(database: Database) -> list[str]:
    found = condition(database).readiness()
    assert found.ready is (not found.reasons)
    return [reason.code for reason in found.reasons]


def test_an_engine_that_keeps_up_is_ready(database: Database) -> None:
    beat(database)
    assert codes(database) == []
    assert plain(condition(database).readiness()) == {
        "ready": True,
        "engine": "alive",
        "role": "web",
        "waiting": 0,
        "responding": "none",
        "reasons": (),
    }


def test_it_says_what_runs_beside_it(database: Database) -> None:
    parent = Who(socket.gethostname(), os.getppid(), "0.1.0", NOW)
    beat(database, who=parent)
    assert condition(database).readiness().role == "engine"
    tell(database, parent, NOW)
    found = condition(database).readiness()
    assert (found.role, found.waiting) == ("standby", 1)
    tell(database, Who("elsewhere", os.getppid(), "0.1.0", NOW), NOW)
    assert condition(database).readiness().waiting == 2


def test_without_an_engine_it_is_not(database: Database) -> None:
    assert codes(database) == ["engine"]
    beat(database, time=NOW - ALIVE)
    assert codes(database) == ["engine"]
    assert condition(database).readiness().engine == "absent"


def test_an_engine_that_comes_to_no_end_is_behind(database: Database) -> None:
    beat(database, caught_up=NOW - BEHIND)
    assert codes(database) == []
    beat(database, caught_up=NOW - BEHIND - MINUTE)
    assert codes(database) == ["behind"]


def test_while_the_first_history_is_loaded_people_may_look(database: Database) -> None:
    beat(database, caught_up=0)
    assert codes(database) == []
    assert condition(database).readiness().engine == "loading"


@pytest.mark.parametrize(("waited", "expected"), [(WAITING, []), (WAITING + 1, ["inbox"])])
def test_what_was_sent_may_not_wait_for_long(
    database: Database, waited: int, expected: list[str]
) -> None:
    beat(database)
    row = {"source": "crm", "lines": 1, "size": 1, "body": b"", "received": NOW - waited}
    with database.begin() as connection:
        connection.execute(insert(tables.inbox), [row])
    assert codes(database) == expected


@pytest.mark.parametrize(("revision", "expected"), [("0001", ["schema"]), ("9999", [])])
def test_older_tables_do_not_serve_and_newer_ones_do(
    database: Database, revision: str, expected: list[str]
) -> None:
    beat(database)
    with database.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :r"), {"r": revision})
    assert codes(database) == expected


def test_a_database_that_is_not_there_is_a_reason_without_its_address(tmp_path: Path) -> None:
    database = connect(f"sqlite:///{tmp_path / 'secret' / 'vigie.db'}")
    found = condition(database).readiness()
    assert [reason.code for reason in found.reasons] == ["database"]
    assert "secret" not in str(found)
    database.dispose()


def test_it_says_whether_incidents_are_responded_to_and_lets_people_look_anyway(
    database: Database,
) -> None:
    beat(database)

    def told(**values: Any) -> str:
        pulse = responding.Pulse(**{"time": NOW, "who": ourselves(NOW - HOUR)} | values)
        with database.begin() as connection:
            Writing(connection).set_note(responding.NOTE, responding.encode(pulse))
        found = condition(database).readiness()
        assert found.ready
        return found.responding

    assert told() == "alive"
    assert told(waiting=3) == "behind"
    assert told(ended=True) == "absent"
    assert told(time=NOW - responding.ALIVE) == "absent"
