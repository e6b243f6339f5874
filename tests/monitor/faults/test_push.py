"""What was answered by 202 is there afterwards, once, whoever is killed when; memory stays flat."""

import gzip
import http.client
import queue
import random
import socket
import threading
import time
import zlib
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, func, select, text

from monitor.store import tables
from monitor.store.inbox import Inbox, Terms, durable
from monitor.web.body import MAXIMUM_SENT
from tests.databases import Databases
from tests.monitor.faults.pushing import (
    Client,
    Sender,
    Web,
    configured,
    key_of,
    serving,
)
from tests.monitor.faults.running import daemon, stop, wait_until, world_lines

LINES = 12
SENDERS = 4
TRIES = 40
"""Of a sender that is put off, before it gives up."""
LINE = b'{"class_uid":3002}\n'


def held(database: Engine) -> dict[str, list[tuple[Any, ...]]]:
    """Everything that must be the same whatever happened on the way.

    Bodies come in another order each time, so that there may be more that was withdrawn.
    """
    events, findings, incidents = tables.events, tables.findings, tables.incidents
    asked = (
        select(*(events.c[name] for name in ("id", "account_key", "name_key", "late", "body"))),
        select(findings.c.id, findings.c.body).where(~findings.c.withdrawn),
        select(incidents.c.id, incidents.c.category, incidents.c.severity, incidents.c.body).where(
            ~incidents.c.withdrawn
        ),
    )
    with database.connect() as connection:
        return {
            name: sorted(tuple(map(repr, row)) for row in connection.execute(query))
            for name, query in zip(("events", "findings", "incidents"), asked, strict=True)
        }


def bodies() -> list[bytes]:
    """A day's world in bodies of a few lines, in order of time; among them lines without an id of
    their own, which are several times in their body."""
    lines = world_lines(days=1, accounts=40)
    made = []
    for number, start in enumerate(range(0, len(lines), LINES)):
        body = b"".join(line + b"\n" for line in lines[start : start + LINES])
        stamp = f"2026-09-21T14:{number % 60:02d}:{number // 60:02d}+00:00 web sshd[7]:"
        guess = f"{stamp} Failed password for root from 203.0.113.9 port 4022 ssh2\n"
        made.append(body + guess.encode() * (number % 3))
    return made


def queued(parts: list[bytes]) -> "queue.Queue[bytes]":
    waiting: queue.Queue[bytes] = queue.Queue()
    for part in parts:
        waiting.put(part)
    return waiting


def waiting(database: Engine) -> int:
    with database.connect() as connection:
        return int(connection.execute(select(func.count()).select_from(tables.inbox)).scalar_one())


class Storm(threading.Thread):
    """Kills the web process and the engine, now and then, until told to end."""

    def __init__(self, web: Web, config: Path, told: Path, kills: int, seed: int) -> None:
        super().__init__(daemon=True)
        self.kills = {"web": 0, "engine": 0}
        self.error: BaseException | None = None
        self._web = web
        self._config = config
        self._told = told
        self._kills = kills
        self._pick = random.Random(seed)

    def run(self) -> None:
        """So many of each."""
        try:
            for _ in range(self._kills):
                with daemon(self._config, self._told) as engine:
                    for _ in range(2):
                        time.sleep(self._pick.uniform(0.1, 1.5))
                        self._web.kill()
                        self._web.start()
                        self.kills["web"] += 1
                    time.sleep(self._pick.uniform(0.0, 1.5))
                    engine.kill()
                    self.kills["engine"] += 1
        except BaseException as error:
            self.error = error
            raise


def undisturbed(databases: Databases, folder: Path) -> dict[str, list[tuple[Any, ...]]]:
    """What the database holds when nobody is killed."""
    folder.mkdir()
    url = databases.url()
    database = databases.connect(url)
    key = key_of(database)
    with (
        daemon(configured(folder, url), folder / "engine.log") as engine,
        serving(url, folder) as web,
    ):
        wait_until(lambda: Inbox(database).terms() is not None, "the engine has begun")
        client = Client(web.port, key, queued(bodies()))
        client.start()
        client.join()
        wait_until(lambda: waiting(database) == 0, "the inbox is read")
        assert stop(engine) == 0
    assert client.refused == []
    return held(database)


def kills(databases: Databases, folder: Path, count: int, seed: int) -> None:
    """Push while both processes are killed `count` times and more; then compare."""
    expected = undisturbed(databases, folder / "calm")
    assert len(expected["events"]) > 400
    assert len(expected["incidents"]) >= 2
    storm_folder = folder / f"storm{seed}"
    storm_folder.mkdir()
    url = databases.url()
    database = databases.connect(url)
    key = key_of(database)
    config = configured(storm_folder, url)
    told = storm_folder / "engine.log"
    with serving(url, storm_folder) as web:
        storm = Storm(web, config, told, count, seed)
        sent = queued(bodies() * (1 + count // 3))
        clients = [Client(web.port, key, sent) for _ in range(SENDERS)]
        storm.start()
        for client in clients:
            client.start()
        storm.join()
        assert storm.error is None
        with daemon(config, told) as engine:
            for client in clients:
                client.join()
            wait_until(lambda: waiting(database) == 0, "the inbox is read")
            assert stop(engine) == 0
    assert storm.kills == {"web": 2 * count, "engine": count}
    assert {status for client in clients for status in client.refused} <= {429, 503}
    assert held(database) == expected


def test_kills_of_both_sides_lose_nothing_and_double_nothing(
    databases: Databases, tmp_path: Path
) -> None:
    kills(databases, tmp_path, 1, 1)


@pytest.mark.soak
@pytest.mark.timeout(7_200)
@pytest.mark.parametrize("seed", range(5))
def test_a_hundred_kills_of_both_sides(databases: Databases, tmp_path: Path, seed: int) -> None:
    kills(databases, tmp_path, 20, 100 + seed)


def test_what_was_answered_is_there_even_if_it_was_never_sent_again(
    databases: Databases, tmp_path: Path
) -> None:
    """Senders that give up tell 202 from no answer: the one is kept, the other may be."""
    url = databases.url()
    database = databases.connect(url)
    key = key_of(database)
    Inbox(database).announce(Terms(("crm",)))
    lines = [b'{"n":%d}' % number for number in range(1_500)]
    pick = random.Random(3)
    with serving(url, tmp_path) as web:
        sent = queued(lines)
        clients = [Client(web.port, key, sent, gives_up=True) for _ in range(SENDERS)]
        for client in clients:
            client.start()
        for _ in range(2):
            time.sleep(pick.uniform(0.2, 0.5))
            web.kill()
            web.start()
            web.wait()
        for client in clients:
            client.join()
    accepted = {body for client in clients for body in client.accepted}
    stored = [
        line
        for arrived in Inbox(database).after("crm", 0, 10_000, 1 << 30)
        for line in arrived.parcel.lines
    ]
    assert len(accepted) > 50
    assert accepted <= set(stored) <= set(lines)
    assert len(stored) == len(set(stored))


@pytest.fixture
def pushed(databases: Databases, tmp_path: Path) -> Iterator[tuple[Web, str, Engine]]:
    """A web process without an engine, a key, and the database."""
    url = databases.url()
    database = databases.connect(url)
    key = key_of(database)
    Inbox(database).announce(Terms(("crm",)))
    with serving(url, tmp_path) as web:
        yield web, key, database


def resident(pid: int) -> int:
    """Bytes of memory that a process has, at this moment."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * 4_096


class Watcher(threading.Thread):
    """The most memory that a process has while one looks."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.most = 0
        self._pid = pid
        self._over = threading.Event()

    def run(self) -> None:
        """Look all the time."""
        while not self._over.wait(0.01):
            self.most = max(self.most, resident(self._pid))

    def stop(self) -> int:
        """The most that was seen."""
        self._over.set()
        self.join()
        return self.most


def bomb() -> bytes:
    squeeze = zlib.compressobj(9, wbits=31)
    line = b'{"a":"' + b"x" * 1_000_000 + b'"}\n'
    return b"".join(squeeze.compress(line) for _ in range(300)) + squeeze.flush()


@pytest.mark.one_on_postgresql
def test_bombs_and_floods_leave_memory_flat(pushed: tuple[Web, str, Engine]) -> None:
    web, key, _ = pushed
    with closing(Sender(web.port, key)) as sender:
        assert sender.send(LINE)[0] == 202
    before = resident(web.pid)
    watcher = Watcher(web.pid)
    watcher.start()
    large = gzip.compress(b'{"a":"' + b"x" * 900_000 + b'"}\n') * 20
    statuses: list[int] = []
    pick = random.Random(5)

    def flood(body: bytes, encoded: bool) -> None:
        encoding = {"Content-Encoding": "gzip"} if encoded else {}
        with closing(Sender(web.port, key)) as own:
            for _ in range(TRIES):
                try:
                    status, after = own.send(body, encoding)
                except (OSError, http.client.HTTPException):
                    status, after = 0, ""
                statuses.append(status)
                if status not in (0, 429):
                    return
                # One key has a share of the room, in which these do not all find place at once.
                time.sleep(pick.uniform(0, int(after or 0)))

    attacks = [(bomb(), True), (large, True), (b"x" * (MAXIMUM_SENT + 1), False)] * 5
    threads = [threading.Thread(target=flood, args=attack) for attack in attacks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    most = watcher.stop()
    assert {202, 413} <= set(statuses) <= {0, 202, 413, 429}
    with closing(Sender(web.port, key)) as sender:
        assert sender.send(LINE)[0] == 202
    # Of fifteen senders of 300 MB each, decoded; how much is in hand at once is a matter of luck.
    assert most - before < 900 << 20


def test_a_store_that_is_held_is_told_by_429_and_everything_is_taken_afterwards(
    pushed: tuple[Web, str, Engine],
) -> None:
    web, key, database = pushed
    bodies = [b'{"n":%d}\n' % number for number in range(400)]
    holder = durable(database.url)
    sent = queued(bodies)
    clients = [Client(web.port, key, sent) for _ in range(16)]
    with holder.connect() as connection:
        connection.begin()
        if database.dialect.name == "postgresql":
            connection.execute(text("LOCK TABLE inbox IN EXCLUSIVE MODE"))
        for client in clients:
            client.start()
        wait_until(lambda: sum(len(client.refused) for client in clients) > 15, "429 is told")
        assert not [client for client in clients if client.accepted]
        memory = resident(web.pid)
        connection.rollback()
    holder.dispose()
    for client in clients:
        client.join()
    assert {status for client in clients for status in client.refused} == {429}
    assert memory < 400 << 20
    arrived = Inbox(database).after("crm", 0, 10_000, 1 << 30)
    stored = {line for one in arrived for line in one.parcel.lines}
    assert stored == {body.strip() for body in bodies}


@pytest.mark.one_on_postgresql
def test_many_at_once_are_all_stored(pushed: tuple[Web, str, Engine]) -> None:
    web, key, database = pushed
    bodies = [b'{"n":%d}\n{"m":%d}\n' % (number, number) for number in range(4_000)]
    sent = queued(bodies)
    clients = [Client(web.port, key, sent) for _ in range(40)]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    assert set(Inbox(database).waiting()[:2]) >= {8_000}
    assert {status for client in clients for status in client.refused} <= {429}


@pytest.mark.one_on_postgresql
def test_who_sends_slowly_holds_up_nobody(pushed: tuple[Web, str, Engine]) -> None:
    web, key, _ = pushed
    head = (
        f"POST /api/v1/events HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {key}\r\n"
        "Content-Type: application/x-ndjson\r\nContent-Length: 100\r\n\r\n{"
    )
    slow = [socket.create_connection(("127.0.0.1", web.port)) for _ in range(60)]
    try:
        for one in slow:
            one.sendall(head.encode())
        with closing(Sender(web.port, key)) as sender:
            assert [sender.send(LINE)[0] for _ in range(20)] == [202] * 20
        slow[0].settimeout(30)
        assert slow[0].recv(200).startswith(b"HTTP/1.1 408 ")
    finally:
        for one in slow:
            one.close()


def test_a_refused_sender_that_is_still_writing_reads_why(
    pushed: tuple[Web, str, Engine],
) -> None:
    """Closing at once would throw the answer away with what was not read."""
    web, key, _ = pushed
    for size in (1_000, 900_000):
        with closing(Sender(web.port, f"{key[:-1]}_")) as sender:
            assert [sender.send(b"x" * size)[0] for _ in range(3)] == [401] * 3
