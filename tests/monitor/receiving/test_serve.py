"""The process that receives: what it has stored is there once, however it or its parent ends."""

import os
import resource
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import msgspec
import pytest
import trustme
from sqlalchemy import Engine, select

from monitor import clock
from monitor.receiving import serve as module
from monitor.receiving.serve import Service, WriterEndedError, allow_descriptors, sources_of
from monitor.receiving.writer import Writer
from monitor.settings import Database, Settings, Source, to_json
from monitor.store import tables
from monitor.store.inbox import Inbox
from monitor.store.receipts import read_receipts
from tests.monitor.receiving.served import (
    PATIENCE_S,
    M,
    Process,
    client_context,
    pem_options,
    wait_for,
)

UDP = Source(name="udp", url="syslog+udp://127.0.0.1:0")
TCP = Source(name="tcp", url="syslog+tcp://127.0.0.1:0")


def numbered(count: int, start: int = 0) -> list[bytes]:
    return [M + b" %d" % n for n in range(start, start + count)]


def send(port: int, lines: list[bytes]) -> None:
    with socket.create_connection(("127.0.0.1", port)) as client:
        client.sendall(b"".join(line + b"\n" for line in lines))


def test_only_sources_of_syslog_are_received() -> None:
    settings = Settings(sources=(UDP, Source(name="crm", url="push:"), Source(name="x", path="x")))
    assert [one.name for one in sources_of(settings)] == ["udp"]


def test_when_told_to_end_it_takes_and_stores_what_has_come(database: Engine) -> None:
    with Process(database, UDP, TCP) as process:
        send(process.ports["tcp"], numbered(20_000))
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            for line in numbered(50):
                sender.sendto(line, ("127.0.0.1", process.ports["udp"]))
        assert process.stop() == 0
        assert process.lines("tcp") == numbered(20_000)
        assert process.lines("udp") == numbered(50)
        told = read_receipts(database)
        assert (told["tcp"].messages, told["udp"].messages) == (20_000, 50)
        assert told["tcp"].listening == []


def test_the_counts_of_those_before_are_counted_on(database: Engine) -> None:
    with Process(database, TCP) as process:
        send(process.ports["tcp"], numbered(10))
        wait_for(lambda: read_receipts(database).get("tcp") and process.lines("tcp"))
        assert process.stop() == 0
        process.__exit__()
        process.start()
        wait_for(lambda: read_receipts(database)["tcp"].listening)
        assert read_receipts(database)["tcp"].messages == 10
        process.kill()
        process.__exit__()
        process.start()
        send(process.ports["tcp"], numbered(10, 10))
        assert process.stop() == 0
        assert read_receipts(database)["tcp"].messages == 20
        notes = select(tables.engine.c.name).where(tables.engine.c.name.like("receiv%"))
        with database.connect() as connection:
            assert len(connection.execute(notes).all()) == 2, "those of the last one"


@pytest.mark.timeout(3_600)
@pytest.mark.parametrize("kills", [2, pytest.param(100, marks=pytest.mark.soak)])
def test_killed_at_any_instant_it_has_stored_each_message_once_or_not_at_all(
    database: Engine, kills: int
) -> None:
    """A sender is told nothing by syslog: what was in our memory is lost, and no more."""
    inbox, found = Inbox(database), set[bytes]()

    def take() -> int:
        """What was stored since the last time, out of the inbox; how much that was."""
        arrived = inbox.after("tcp", 0, 100_000, 1 << 30)
        lines = [line for one in arrived for line in one.parcel.lines]
        assert len(found | {*lines}) == len(found) + len(lines), "each once"
        found.update(lines)
        if arrived:
            inbox.drop("tcp", 0, arrived[-1].id)
        return len(lines)

    with Process(database, TCP) as process:
        for turn in range(kills):
            writer = threading.Thread(
                target=_send_on, args=(process.ports["tcp"], turn * 1_000_000)
            )
            writer.start()
            wait_for(take)
            process.kill()
            writer.join()
            take()
            process.__exit__()
            process.start()
        assert process.stop() == 0


def _send_on(port: int, start: int) -> None:
    try:
        for part in range(200):
            send(port, numbered(500, start + 500 * part))
    except OSError:
        return


def test_when_its_parent_is_gone_it_stores_what_has_come_and_ends(database: Engine) -> None:
    with Process(database, TCP) as process:
        send(process.ports["tcp"], numbered(100))
        assert process.process.stdin is not None
        process.process.stdin.close()
        assert process.process.wait(PATIENCE_S) == 0
        assert process.lines("tcp") == numbered(100)


def test_new_settings_hold_at_once_and_bad_ones_not_at_all(database: Engine) -> None:
    with Process(database, TCP) as process:
        assert process.process.stdin is not None
        process.process.stdin.write(b"{}}\n")
        process.tell(msgspec.structs.replace(process.settings, sources=(TCP, UDP)))
        process.hear()
        send(process.ports["tcp"], numbered(1))
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.sendto(M, ("127.0.0.1", process.ports["udp"]))
        wait_for(lambda: process.lines("tcp") and process.lines("udp"))
        assert process.stop() == 0
        assert process.process.stderr is not None
        assert b"the former ones hold" in process.process.stderr.read()


def test_a_renewed_certificate_is_shown_to_the_next_connection(database: Engine) -> None:
    former, renewed = trustme.CA(), trustme.CA()
    source = Source(name="tls", url="syslog+tls://127.0.0.1:0", options=pem_options(former))
    with Process(database, source) as process:
        say(process.ports["tls"], former, M)
        source = msgspec.structs.replace(source, options=pem_options(renewed))
        process.tell(msgspec.structs.replace(process.settings, sources=(source,)))

        def is_renewed() -> bool:
            try:
                say(process.ports["tls"], renewed, M)
            except OSError:
                return False
            return True

        wait_for(is_renewed)
        assert process.stop() == 0
        assert process.lines("tls") == [M, M]
        assert set(read_receipts(database)["tls"].refused) <= {"handshake"}


def say(port: int, authority: trustme.CA, line: bytes) -> None:
    with (
        socket.create_connection(("127.0.0.1", port)) as client,
        client_context(authority).wrap_socket(client, server_hostname="127.0.0.1") as secure,
    ):
        secure.sendall(line + b"\n")


@pytest.mark.parametrize("told", [b"", b"x\n"])
def test_without_settings_there_is_nothing_to_do(told: bytes) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "monitor.receiving.serve"],
        input=told,
        capture_output=True,
        check=False,
        timeout=PATIENCE_S,
    )
    assert done.returncode == (1 if told else 0)
    assert (b"syslog cannot be received" in done.stderr) == bool(told)


def test_without_a_database_it_says_why_and_ends(tmp_path: Path) -> None:
    settings = Settings(database=Database(url=f"sqlite:///{tmp_path / 'vigie.db'}"))
    (tmp_path / "vigie.db").mkdir()
    done = subprocess.run(
        [sys.executable, "-m", "monitor.receiving.serve"],
        input=to_json(settings, lambda _: True) + b"\n",
        capture_output=True,
        check=False,
        timeout=PATIENCE_S,
    )
    assert done.returncode == 1
    assert b"syslog cannot be received: the database cannot be opened" in done.stderr
    assert b"Traceback" not in done.stderr


def test_an_interrupt_at_the_terminal_ends_it_too(database: Engine) -> None:
    with Process(database, TCP) as process:
        os.kill(process.process.pid, signal.SIGINT)
        assert process.process.wait(PATIENCE_S) == 0


def test_it_may_have_more_descriptors_than_a_process_is_given() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard))
    try:
        allow_descriptors()
        assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] >= min(hard, 16_384) > 256
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_counts_are_stored_now_and_then(database: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_NOTED_EVERY_S", 0.0)
    url = database.url.render_as_string(hide_password=False)
    service = Service(Settings(database=Database(url=url), sources=(TCP,)), lambda _: None)
    thread = threading.Thread(target=service.run)
    thread.start()
    wait_for(lambda: read_receipts(database).get("tcp"))
    service.stop()
    thread.join(PATIENCE_S)
    assert read_receipts(database)["tcp"].updated <= clock.now_ms()


def test_when_nothing_is_stored_any_more_it_ends_to_be_started_again(
    database: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Writer, "_work", lambda self: None)
    url = database.url.render_as_string(hide_password=False)
    service = Service(Settings(database=Database(url=url)), lambda _: None)
    with pytest.raises(WriterEndedError):
        service.run()
