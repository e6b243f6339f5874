"""Processes come and go; what is asked is answered, what is written is read, and by one engine."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from monitor.store import tables
from monitor.store.connection import connect
from monitor.store.watching import Watching
from tests.databases import Databases
from tests.monitor.faults.running import (
    configured,
    contents,
    environment,
    stop,
    wait_until,
    world_lines,
    write,
)

PROC = Path("/proc")
needs_proc = pytest.mark.skipif(not PROC.is_dir(), reason="needs /proc to see child processes")


class Run:
    """`vigie run` as a process, and its console."""

    def __init__(self, process: subprocess.Popen[bytes], told: Path) -> None:
        self.process = process
        self._told = told

    def told(self) -> str:
        return self._told.read_text()

    def address(self) -> str:
        """Where its console is, once it says so."""
        link = re.compile(r"http://[\w.]+:\d+(?=/enter)")
        wait_until(lambda: link.search(self.told()) is not None, "it says where its console is")
        found = link.search(self.told())
        assert found is not None
        return found[0]

    def ready(self) -> dict[str, Any]:
        """What `/readyz` says."""
        try:
            with urllib.request.urlopen(f"{self.address()}/readyz", timeout=30) as answer:  # noqa: S310
                return dict(json.load(answer))
        except urllib.error.HTTPError as error:
            return dict(json.load(error))

    def children(self) -> set[int]:
        tasks = (PROC / str(self.process.pid) / "task").glob("*/children")
        return {int(number) for told in tasks for number in told.read_text().split()}


@contextmanager
def running(config: Path, *arguments: str, name: str = "told", **extra: str) -> Iterator[Run]:
    told = config.parent / name
    with told.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "monitor", "run", "--config", config, *arguments],
            stdout=output,
            stderr=output,
            env=environment() | {"VIGIE_WEB__PORT": "0"} | extra,
        )
    try:
        yield Run(process, told)
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()


def add(config: Path, text: str) -> None:
    config.write_text(f"{config.read_text()}\n{text}\n")


def lines_of(url: str) -> dict[str, int]:
    """Lines whose reading is committed, by source."""
    database = connect(url)
    try:
        with database.connect() as connection:
            rows = connection.execute(select(tables.sources.c.name, tables.sources.c.lines))
            return {row.name: row.lines for row in rows}
    finally:
        database.dispose()


def lives(number: int) -> bool:
    try:
        stat = (PROC / str(number) / "stat").read_text()
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


@needs_proc
def test_a_console_that_is_killed_turns_nobody_away(databases: Databases, tmp_path: Path) -> None:
    url = databases.url(empty=True)
    config = configured(tmp_path, tmp_path / "idp.ndjson")
    write(tmp_path / "idp.ndjson", world_lines(days=1, accounts=5))
    add(config, "[web]\nprocesses = 2")
    parts = ("--only", "engine", "--only", "web")
    with running(config, *parts, VIGIE_DATABASE__URL=url) as run:
        wait_until(lambda: run.ready()["ready"], "it is ready")
        wait_until(lambda: len(run.children()) == 2, "two processes serve")
        before = run.children()
        os.kill(min(before), signal.SIGKILL)
        for _ in range(30):
            assert run.ready()["ready"]
        wait_until(
            lambda: len(run.children()) == 2 and min(before) not in run.children(), "both are back"
        )
        assert stop(run.process) == 0
        wait_until(lambda: not any(map(lives, before)), "nobody is left")


@needs_proc
def test_a_second_engine_waits_says_so_and_takes_over(databases: Databases, tmp_path: Path) -> None:
    url = databases.url(empty=True)
    log = tmp_path / "idp.ndjson"
    lines = world_lines(days=1, accounts=10)
    half = len(lines) // 2
    write(log, lines[:half])
    config = configured(tmp_path, log)
    extra = {"VIGIE_DATABASE__URL": url}
    with running(config, name="first", **extra) as first:
        wait_until(lambda: first.ready()["ready"], "the first one is ready")
        with running(config, name="second", **extra) as second:
            wait_until(lambda: second.ready()["role"] == "standby", "the second one waits")
            assert second.ready()["ready"]
            wait_until(lambda: first.ready()["waiting"] == 1, "the first one sees it")
            assert first.ready()["role"] == "engine"
            wait_until(lambda: lines_of(url)["idp"] == half, "the first half is read")
            orphans = first.children()
            first.process.kill()
            first.process.wait()
            write(log, lines)
            wait_until(lambda: lines_of(url)["idp"] == len(lines), "the second one goes on")
            wait_until(lambda: second.ready()["role"] == "engine", "it is the engine")
            assert second.ready()["waiting"] == 0
            wait_until(lambda: not any(map(lives, orphans)), "the first one's console has ended")
            assert stop(second.process) == 0
    database = databases.connect(url)
    with database.connect() as connection:
        events = connection.execute(select(tables.events.c.id)).scalars().all()
    assert len(events) == len(set(events)) == len(lines)


def test_engine_and_console_run_apart(databases: Databases, tmp_path: Path) -> None:
    url = databases.url(empty=True)
    log = tmp_path / "idp.ndjson"
    lines = world_lines(days=1, accounts=5)
    write(log, lines)
    config = configured(tmp_path, log)
    extra = {"VIGIE_DATABASE__URL": url}
    with running(config, "--only", "web", name="web", **extra) as web:
        with running(config, "--only", "engine", name="engine", **extra) as engine:
            wait_until(lambda: web.ready()["engine"] == "alive", "the console sees the engine")
            assert web.ready()["role"] == "web"
            wait_until(lambda: lines_of(url).get("idp") == len(lines), "all is read")
            assert "/enter" not in engine.told()
            assert stop(engine.process) == 0
        assert web.ready()["ready"] in (True, False)
        assert stop(web.process) == 0


def test_new_sources_and_parameters_are_taken_up_and_nothing_is_lost(tmp_path: Path) -> None:
    lines = world_lines()
    third = len(lines) // 3
    one, other = tmp_path / "one.ndjson", tmp_path / "other.ndjson"
    write(one, lines[:third])
    write(other, lines[third:])
    config = configured(tmp_path, one)
    url = f"sqlite:///{tmp_path / 'vigie.db'}"
    with running(config, "--no-console") as run:
        wait_until(lambda: "idp" not in run.told() and _read(url, one=third), "one is read")
        add(config, f'[[sources]]\nname = "other"\npath = "{other}"')
        run.process.send_signal(signal.SIGHUP)
        wait_until(lambda: _read(url, one=third, other=len(lines) - third), "the other is read")
        assert "read anew: sources.other (new)" in run.told()
        add(config, "[detectors.brute_force]\nburst = 12")
        run.process.send_signal(signal.SIGHUP)
        wait_until(lambda: "read anew: detectors.brute_force" in run.told(), "it is opened anew")
        with one.open("ab") as log:
            log.write(lines[-1].replace(b'"uid":"', b'"uid":"again-', 1) + b"\n")
        wait_until(lambda: _read(url, one=third + 1), "it goes on")
        assert stop(run.process) == 0
    assert len(contents(tmp_path / "vigie.db")["events"]) >= len(lines)


def _read(url: str, **wanted: int) -> bool:
    if not Path(url.removeprefix("sqlite:///")).exists():
        return False
    with suppress(OperationalError):  # the tables are not there yet
        found = lines_of(url)
        return {name: found.get(name) for name in wanted} == wanted
    return False


def test_bad_settings_are_refused_and_the_former_hold(tmp_path: Path) -> None:
    log = tmp_path / "idp.ndjson"
    lines = world_lines(days=1, accounts=5)
    write(log, lines[:20])
    config = configured(tmp_path, log)
    before = config.read_text()
    url = f"sqlite:///{tmp_path / 'vigie.db'}"
    bad = {
        f"nonsense = 1\n{before}": "no such setting",
        f'{before}\n[database]\nurl = "sqlite:////tmp/elsewhere.db"\n': "start it again",
        f"{before}\n[correlation]\nnothing = 1\n": "nothing",
    }
    with running(config, "--no-console") as run:
        wait_until(lambda: _read(url, idp=20), "it reads")
        for number, (text, told) in enumerate(bad.items(), 1):
            config.write_text(text)
            run.process.send_signal(signal.SIGHUP)
            wait_until(lambda n=number: run.told().count("the former ones hold") == n, "refused")
            assert told in run.told()
        write(log, lines)
        wait_until(lambda: _read(url, idp=len(lines)), "it goes on")
        wait_until(lambda: _finds(url, "settings_refused"), "it is a finding of health")
        config.write_text(before)
        run.process.send_signal(signal.SIGHUP)
        wait_until(lambda: not _finds(url, "settings_refused"), "it is over")
        assert stop(run.process) == 0


def _finds(url: str, kind: str) -> bool:
    database = connect(url)
    try:
        found = Watching(database).findings(standing=True, limit=9)
    finally:
        database.dispose()
    return any(one.kind == kind for one in found)


def test_the_service_manager_is_told_when_and_how(tmp_path: Path) -> None:
    log = tmp_path / "idp.ndjson"
    write(log, world_lines(days=1, accounts=5))
    config = configured(tmp_path, log)
    address = tmp_path / "notify"
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as manager:
        manager.bind(str(address))
        manager.settimeout(60)
        extra = {"NOTIFY_SOCKET": str(address), "WATCHDOG_USEC": "1000000"}
        with running(config, **extra) as run:
            heard = _until(manager, "READY=1")
            assert run.ready()["engine"] in ("alive", "loading", "absent")
            assert any(one.startswith("STATUS=reads 1 sources") for one in heard)
            _until(manager, "WATCHDOG=1")
            run.process.send_signal(signal.SIGHUP)
            assert _until(manager, "READY=1")[-2].startswith("RELOADING=1\nMONOTONIC_USEC=")
            # An engine that hangs tells nothing, whatever its other threads do.
            run.process.send_signal(signal.SIGTERM)
            _until(manager, "STOPPING=1")
            assert run.process.wait(240) == 0


def _until(manager: socket.socket, wanted: str) -> list[str]:
    heard: list[str] = []
    while wanted not in heard:
        heard.append(manager.recv(4_096).decode())
    return heard
