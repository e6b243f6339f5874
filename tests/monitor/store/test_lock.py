"""The lock: one engine at a time, none that outlives its process, and a loss that is noticed."""

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import text

from monitor.store.connection import connect
from monitor.store.lock import (
    RESPONDING,
    EngineLock,
    EngineRunningError,
    LockLostError,
    next_engine,
    only_engine,
)
from tests.databases import Databases, Server

HOLD = """
import sys, time
from monitor.store.lock import only_engine
with only_engine(sys.argv[1]):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def url(databases: Databases) -> str:
    return databases.url()


@contextmanager
def held(url: str) -> Iterator[subprocess.Popen[str]]:
    """Another process that is the engine."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, url], stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        yield holder
        holder.kill()


def pause(seconds: float) -> None:
    time.sleep(min(seconds, 0.05))


def never() -> bool:
    return False


def test_a_second_engine_is_refused_until_the_first_is_gone(url: str) -> None:
    with held(url) as holder:
        told = rf"process {holder.pid}\b.*stop that one first"
        with pytest.raises(EngineRunningError, match=told), only_engine(url):
            pytest.fail("two engines at once")
        holder.send_signal(signal.SIGKILL)
        holder.wait()
        with next_engine(url, never, pause, print) as lock:
            assert lock is not None
    with only_engine(url):
        pass


def test_the_next_engine_waits_and_says_so_once(url: str) -> None:
    told: list[str] = []
    waited = threading.Event()
    taken: list[float] = []

    def wait() -> None:
        with next_engine(url, never, lambda s: (pause(s), waited.set()), told.append) as lock:
            assert lock is not None
            lock.check()
            taken.append(time.monotonic())

    with held(url) as holder:
        waiting = threading.Thread(target=wait)
        waiting.start()
        for _ in range(3):
            waited.clear()
            assert waited.wait(240)
        assert taken == []
        killed = time.monotonic()
        holder.kill()
        waiting.join(240)
    assert 0 <= taken[0] - killed < 10
    assert len(told) == 1
    assert f"process {holder.pid}" in told[0]


def test_what_responds_and_the_engine_are_in_nobodys_way(url: str) -> None:
    with only_engine(url), only_engine(url, RESPONDING), held_here(url):
        waiting: list[str] = []
        stops = iter((False, True))
        with next_engine(url, lambda: next(stops), pause, waiting.append, RESPONDING) as lock:
            assert lock is None
        assert "is what responds for" in waiting[0]


@contextmanager
def held_here(url: str) -> Iterator[None]:
    """Nobody else can respond meanwhile, and is told whose turn it is."""
    with pytest.raises(EngineRunningError, match="stop that one first"):
        EngineLock(url, RESPONDING).take()
    yield


def test_a_holder_met_as_it_ends_is_no_news() -> None:
    class Ending:
        """One that is met by its name, then as it ends, then not any more."""

        def __init__(self) -> None:
            self.holders: list[str | None] = ["process 7", "that has just ended", None]

        def take(self) -> str | None:
            return self.holders.pop(0)

        def is_held(self) -> bool:
            return True

        def release(self) -> None:
            self.holders.clear()

    waiting = EngineLock("sqlite://")
    waiting._lock = Ending()
    told: list[str] = []
    assert waiting.wait(never, lambda _: None, told.append)
    assert len(told) == 1
    assert "process 7" in told[0]


def test_told_to_stop_it_waits_no_longer(url: str) -> None:
    stopping: list[bool] = []
    with (
        only_engine(url),
        next_engine(url, lambda: bool(stopping), stopping.append, print) as lock,  # type: ignore[arg-type]
    ):
        assert lock is None


def test_who_lets_go_may_take_it_again_unless_another_has(url: str) -> None:
    first, second = EngineLock(url), EngineLock(url)
    first.take()
    first.check()
    first.release()
    with pytest.raises(LockLostError):
        first.check()
    second.take()
    with pytest.raises(EngineRunningError):
        first.take()
    second.release()
    assert first.wait(never, pause, print)
    first.release()


def test_another_database_is_another_lock(databases: Databases) -> None:
    with only_engine(databases.url()), only_engine(databases.url()):
        pass


def test_a_database_in_memory_needs_none(tmp_path: Path) -> None:
    with only_engine("sqlite://"), only_engine("sqlite://") as lock:
        lock.check()
        assert list(tmp_path.iterdir()) == []


def test_a_lock_file_that_somebody_removed_is_noticed(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'vigie.db'}"
    with only_engine(url) as lock:
        lock.check()
        (tmp_path / "vigie.db.lock").rename(tmp_path / "else")
        with pytest.raises(LockLostError):
            lock.check()
        with only_engine(url), pytest.raises(LockLostError):
            lock.check()


@pytest.fixture
def served(postgresql: Server) -> Iterator[str]:
    with postgresql.database() as name:
        yield postgresql.url_of(name)


def ask(url: str, query: str) -> Any:
    engine = connect(url)
    try:
        with engine.begin() as connection:
            return connection.execute(text(query)).scalar()
    finally:
        engine.dispose()


def until(reached: Callable[[], bool]) -> None:
    ends = time.monotonic() + 240
    while not reached():
        assert time.monotonic() < ends
        time.sleep(0.02)


def test_a_session_that_the_server_ends_is_noticed_and_its_lock_free(served: str) -> None:
    ends = "SELECT pg_terminate_backend(pid, 5000) FROM pg_locks WHERE locktype = 'advisory'"
    with only_engine(served) as lock:
        for _ in range(10):
            lock.check()
        assert ask(served, ends)
        with pytest.raises(LockLostError):
            lock.check()
        with only_engine(served), pytest.raises(LockLostError):
            lock.check()


def test_the_session_is_never_in_a_transaction(served: str) -> None:
    query = "SELECT state FROM pg_stat_activity WHERE application_name LIKE 'vigie engine%'"
    with only_engine(served) as lock:
        assert ask(served, query) == "idle"
        lock.check()
    until(lambda: ask(served, query) is None)


def test_two_schemas_of_one_database_have_an_engine_each(served: str) -> None:
    with psycopg.connect(served) as connection:
        connection.execute("CREATE SCHEMA other")
    with only_engine(served), only_engine(served + "?options=-c%20search_path%3Dother"):
        pass


def test_a_server_that_is_away_is_an_error_first_and_waited_for_later() -> None:
    server = Server()
    try:
        lock = EngineLock(server.url)
        with pytest.raises(Exception, match="refused"):
            lock.wait(never, pause, print)
        told: list[str] = []
        pauses: list[float] = []

        def start_soon(seconds: float) -> None:
            pauses.append(seconds)
            if len(pauses) == 2:
                server.start()

        assert lock.wait(never, start_soon, told.append, patient=True)
        assert len(pauses) == 2
        assert "is it running?" in told[0]
        server.stop()
        with pytest.raises(LockLostError):
            lock.check()
        lock.release()
    finally:
        server.remove()
