"""systemd is told what sd_notify(3) says, on a real socket, and never waited for."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor import clock
from monitor.notify import Notifier


@pytest.fixture(params=["path", "abstract"])
def manager(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[socket.socket, str]]:
    """A service manager's socket, and its address as the environment has it."""
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    if request.param == "path":
        address = str(tmp_path / "notify")
        listener.bind(address)
    else:
        address = f"@vigie-test-{os.getpid()}"
        listener.bind(f"\0{address[1:]}")
    listener.settimeout(10)
    yield listener, address
    listener.close()


def told(listener: socket.socket) -> str:
    return listener.recv(4_096).decode()


def test_what_we_do_is_told(manager: tuple[socket.socket, str]) -> None:
    listener, address = manager
    notifier = Notifier({"NOTIFY_SOCKET": address})
    assert notifier.is_heard
    notifier.ready()
    notifier.status("reads\n3 sources")
    notifier.stopping()
    assert [told(listener) for _ in range(3)] == [
        "READY=1",
        "STATUS=reads 3 sources",
        "STOPPING=1",
    ]


def test_reloading_carries_the_time_as_systemd_asks(manager: tuple[socket.socket, str]) -> None:
    listener, address = manager
    before = clock.monotonic_us()
    Notifier({"NOTIFY_SOCKET": address}).reloading()
    first, second = told(listener).splitlines()
    assert first == "RELOADING=1"
    name, _, value = second.partition("=")
    assert name == "MONOTONIC_USEC"
    assert before <= int(value) <= clock.monotonic_us()


def test_the_same_status_is_told_once(manager: tuple[socket.socket, str]) -> None:
    listener, address = manager
    notifier = Notifier({"NOTIFY_SOCKET": address})
    for text in ("waits", "waits", "reads"):
        notifier.status(text)
    assert [told(listener), told(listener)] == ["STATUS=waits", "STATUS=reads"]
    listener.setblocking(False)
    with pytest.raises(BlockingIOError):
        told(listener)


def test_the_watchdog_is_told_twice_as_often_as_it_asks(
    manager: tuple[socket.socket, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    listener, address = manager
    now = [100.0]
    monkeypatch.setattr(clock, "monotonic", lambda: now[0])
    given = {"NOTIFY_SOCKET": address, "WATCHDOG_USEC": "20000000", "WATCHDOG_PID": "1"}
    Notifier(given).alive()
    given["WATCHDOG_PID"] = str(os.getpid())
    notifier = Notifier(given)
    listener.setblocking(False)
    heard = 0
    for _ in range(61):
        notifier.alive()
        now[0] += 1
        try:
            assert told(listener) == "WATCHDOG=1"
            heard += 1
        except BlockingIOError:
            pass
    assert heard == 7


@pytest.mark.parametrize("usec", ["", "x", "0", "-5"])
def test_who_is_not_watched_tells_nothing(manager: tuple[socket.socket, str], usec: str) -> None:
    listener, address = manager
    Notifier({"NOTIFY_SOCKET": address, "WATCHDOG_USEC": usec}).alive()
    listener.setblocking(False)
    with pytest.raises(BlockingIOError):
        told(listener)


@pytest.mark.parametrize("address", ["", "/nowhere/at/all", "@nobody-listens-here"])
def test_where_nobody_listens_nothing_happens(address: str) -> None:
    notifier = Notifier({"NOTIFY_SOCKET": address} if address else {})
    notifier.ready()
    notifier.status("on")
    notifier.reloading()
    notifier.stopping()
    assert notifier.is_heard is bool(address)


def test_a_manager_that_does_not_read_is_not_waited_for(
    manager: tuple[socket.socket, str],
) -> None:
    _, address = manager
    notifier = Notifier({"NOTIFY_SOCKET": address})
    for number in range(5_000):
        notifier.status(f"{number}")
