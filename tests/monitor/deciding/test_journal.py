"""What is asked is durable beside the database, and comes into it once, whoever is killed when."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from msgspec import structs
from sqlalchemy import Engine, func, select

from detectors.core.event import Outcome
from monitor.clock import monotonic, pause
from monitor.deciding.journal import SUFFIX, Journal
from monitor.deciding.shelf import Entry
from monitor.store import tables
from monitor.store.connection import connect
from monitor.store.inbox import durable
from tests.monitor.deciding.test_shelf import entry, lines
from tests.monitor.store.test_sign_in_questions import NOW


@pytest.fixture
def url(migrated_file: Path, tmp_path: Path) -> str:
    path = tmp_path / "vigie.db"
    path.write_bytes(migrated_file.read_bytes())
    return f"sqlite:///{path}"


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    made = durable(url, 50)
    yield made
    made.dispose()


def file_of(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///") + SUFFIX)


def eventually(found: Callable[[], bool]) -> None:
    until = monotonic() + 240
    while not found():
        assert monotonic() < until, "it did not come"
        pause(0.01)


def count(engine: Engine) -> int:
    with engine.begin() as connection:
        query = select(func.count()).select_from(tables.sign_in_questions)
        return int(connection.execute(query).scalar_one())


def test_it_is_found_before_and_after_it_is_carried_over(url: str, engine: Engine) -> None:
    journal = Journal(file_of(url), engine)
    assert journal.find("key:1", "q-1") is None
    assert not file_of(url).exists(), "nothing is made while nobody asks"
    one = entry()
    # Somebody else is writing: nobody waits for that.
    with connect(url).begin():
        assert journal.put([one], NOW) == {one.row.handle}
        assert journal.put([one], NOW) == set()
        assert journal.find("key:1", "q-1") == journal.of(one.row.handle) == one.row
        assert journal.waiting() == 1
        beside = sorted(file_of(url).parent.glob(f"*{SUFFIX}*"))
        assert len(beside) == 3
        assert all(path.stat().st_mode & 0o077 == 0 for path in beside), "it names people"
    eventually(lambda: journal.waiting() == 0)
    assert journal.find("key:1", "q-1") == journal.of(one.row.handle) == one.row
    assert len(lines(engine)) == 1
    assert journal.put([entry(2)], NOW) == {entry(2).row.handle}
    journal.close()
    assert count(engine) == 2, "what is there is carried over before the end"


def test_what_a_process_left_is_taken_up_by_the_next(url: str, engine: Engine) -> None:
    first = Journal(file_of(url), engine)
    with connect(url).begin():
        first.put([entry(n) for n in range(1, 6)], NOW)
        first.close()
        assert first._path.exists()
    second = Journal(file_of(url), engine)
    eventually(lambda: count(engine) == 5)
    second.close()
    assert len(lines(engine)) == 5


def test_carried_over_twice_it_is_there_once(url: str, engine: Engine) -> None:
    """As after a kill between the two commits."""
    journal = Journal(file_of(url), engine)
    journal._there.put([entry()], NOW)
    journal.put([entry()], NOW)
    eventually(lambda: journal.waiting() == 0)
    journal.close()
    assert (count(engine), len(lines(engine))) == (1, 1)


def test_asked_of_two_processes_it_is_once_though_the_first_was_carried_over(
    url: str, engine: Engine
) -> None:
    """As when an application asks again while the first process takes its time."""
    first, second = Journal(file_of(url), engine), Journal(file_of(url), engine)
    one = entry()
    again = Entry(structs.replace(one.row, handle="f" * 32, event_id=b"f" * 16), one.asked)
    assert second.find("key:1", "q-1") is None
    assert first.put([one], NOW) == {one.row.handle}
    eventually(lambda: first.waiting() == 0)
    assert second.put([again], NOW) == set()
    assert second.find("key:1", "q-1") == one.row
    first.close()
    second.close()
    assert count(engine) == 1


def test_nothing_is_left_beside_the_database_of_what_was_carried_over(
    url: str, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody may be erased, and this file is none that erasing knows of."""
    monkeypatch.setattr("monitor.deciding.journal._SWEEP_S", 0.0)
    monkeypatch.setattr("monitor.deciding.journal._LOOK_S", 0.02)
    journal = Journal(file_of(url), engine)
    journal.put([entry(session="canary")], NOW)

    def left() -> bytes:
        found = file_of(url).parent.glob(f"{file_of(url).name}*")
        return b"".join(path.read_bytes() for path in found)

    assert b"canary" in left()
    eventually(lambda: b"canary" not in left())
    journal.close()


def test_how_it_ended_is_known_before_it_is_carried_over(url: str, engine: Engine) -> None:
    """Or somebody could say the contrary meanwhile."""
    journal, one = Journal(file_of(url), engine), entry()
    end = structs.replace(one, asked=structs.replace(one.asked, outcome=Outcome.SUCCESS))
    journal.put([one], NOW)
    eventually(lambda: journal.waiting() == 0)
    with connect(url).begin():
        assert journal.put([end], NOW) == {one.row.handle}
        assert journal.put([end], NOW) == set()
        here = journal.of(one.row.handle)
    eventually(lambda: journal.waiting() == 0)
    there = journal.of(one.row.handle)
    assert here is not None
    assert here.outcome == "success"
    assert there == here
    journal.close()


_ASKER = """
import sys
from pathlib import Path
from monitor.deciding.journal import Journal
from monitor.store.inbox import durable
from tests.monitor.deciding.test_shelf import entry
url, path = sys.argv[1:]
journal = Journal(Path(path), durable(url, 50))
for number in range(1, 100_000):
    journal.put([entry(number, event_id=number.to_bytes(16, "big"))], number)
    print(number, flush=True)
"""


def test_whatever_was_answered_before_a_kill_is_there(url: str, engine: Engine) -> None:
    command = [sys.executable, "-c", _ASKER, url, str(file_of(url))]
    root = Path(__file__).parents[3]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=root) as process:
        assert process.stdout is not None
        for _ in range(60):
            process.stdout.readline()
        os.kill(process.pid, signal.SIGKILL)
        answered = 60 + len([line for line in process.stdout.read().splitlines() if line])
    journal = Journal(file_of(url), engine)
    eventually(lambda: journal.waiting() == 0)
    journal.close()
    assert count(engine) == len(lines(engine)) >= answered
    assert count(engine) <= answered + 1, "at most the one that nobody was told of"
