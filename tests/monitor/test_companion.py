"""Companions neither die for long nor outlive us, and a crew looks after them whatever we do."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from monitor import clock, companion
from monitor.companion import Companion, Crew
from monitor.listening import listen

WAITS = """
import sys
open(sys.argv[1], "a").write("started\\n")
sys.stdin.buffer.read()
"""
ENDS = """
import sys
open(sys.argv[1], "a").write("started\\n")
"""
STUBBORN = """
import signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
open(sys.argv[1], "a").write("started\\n")
time.sleep(60)
"""


@pytest.fixture
def note(tmp_path: Path) -> Path:
    return tmp_path / "note"


def played(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str) -> Companion:
    """A companion that runs this program."""
    (tmp_path / "played.py").write_text(program)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    return Companion("the companion", "played", [str(tmp_path / "note")])


def starts(note: Path) -> int:
    return len(note.read_text().splitlines()) if note.exists() else 0


def wait_for(reached: Callable[[], bool]) -> None:
    until = time.monotonic() + 240
    while not reached():
        assert time.monotonic() < until
        time.sleep(0.02)


def test_it_runs_once_however_often_it_is_started(
    tmp_path: Path, note: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = played(tmp_path, monkeypatch, WAITS)
    one.watch()
    one.start()
    wait_for(lambda: starts(note) == 1)
    one.start()
    one.watch()
    one.stop()
    one.stop()
    assert starts(note) == 1


def test_one_that_keeps_ending_is_started_less_and_less_often(
    tmp_path: Path, note: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [0.0]
    monkeypatch.setattr(clock, "monotonic", lambda: now[0])
    one = played(tmp_path, monkeypatch, ENDS)
    one.start()
    pauses = []
    for count in range(1, 5):
        wait_for(partial(lambda wanted: starts(note) == wanted, count))
        process = one._process
        assert process is not None
        process.wait()
        began = now[0]
        while one._process is process:
            now[0] += 0.5
            one.watch()
        pauses.append(now[0] - began)
    one.stop()
    assert pauses == [1.0, 2.0, 4.0, 8.0]


def test_one_that_does_not_listen_is_killed(
    tmp_path: Path, note: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(companion, "_GRACE_S", 0.3)
    one = played(tmp_path, monkeypatch, STUBBORN)
    one.start()
    wait_for(lambda: starts(note) == 1)
    process = one._process
    assert process is not None
    one.stop()
    assert process.returncode == -signal.SIGKILL


def test_a_companion_sees_that_its_parent_was_killed(tmp_path: Path, note: Path) -> None:
    (tmp_path / "played.py").write_text(WAITS + 'open(sys.argv[1], "a").write("ended\\n")')
    parent = (
        "import sys, time\n"
        "from monitor.companion import Companion\n"
        f"Companion('the companion', 'played', [{str(note)!r}]).start()\n"
        "time.sleep(60)"
    )
    search = os.pathsep.join([str(tmp_path), os.getcwd()])
    with subprocess.Popen(
        [sys.executable, "-c", parent], env=os.environ | {"PYTHONPATH": search}
    ) as process:
        wait_for(lambda: starts(note) == 1)
        process.kill()
    wait_for(lambda: starts(note) == 2)
    assert note.read_text() == "started\nended\n"


def test_it_is_told_its_line_each_time_it_starts(tmp_path: Path, note: Path) -> None:
    (tmp_path / "played.py").write_text(
        "import sys\n"
        "with open(sys.argv[1], 'ab') as note:\n"
        "    note.write(sys.stdin.buffer.readline())\n"
    )
    search = os.pathsep.join([str(tmp_path), os.getcwd()])
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("PYTHONPATH", search)
        one = Companion("the companion", "played", [str(note)], b"a secret")
        for count in (1, 2):
            one.start()
            wait_for(partial(lambda wanted: starts(note) == wanted, count))
            assert one._process is not None
            one._process.wait()
    one.stop()
    assert note.read_bytes() == b"a secret\n" * 2


def test_one_that_never_listens_to_what_it_is_told_is_no_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "played.py").write_text("import os; os._exit(0)\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    one = Companion("the companion", "played", (), b"x" * (4 << 20))
    one.start()
    one.stop()


ANNOUNCES = """
import sys
for line in sys.stdin.buffer:
    with open(sys.argv[1], "ab") as note:
        note.write(line)
    sys.stdout.write("ready\\n")
    sys.stdout.flush()
"""
ANSWERS = """
import os, select, signal, socket, sys, threading
signal.signal(signal.SIGTERM, signal.SIG_IGN)
listener = socket.socket(fileno=int(sys.argv[1]))
listener.setblocking(False)
serving = threading.Lock()
def serve():
    while True:
        select.select([listener], [], [])
        with serving:
            try:
                one, _ = listener.accept()
            except BlockingIOError:
                continue
            one.sendall(b"%d" % os.getpid())
            one.close()
threading.Thread(target=serve, daemon=True).start()
print("ready", flush=True)
sys.stdin.buffer.read()
serving.acquire()
os._exit(0)
"""


def announcing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, told: bytes) -> Companion:
    (tmp_path / "played.py").write_text(ANNOUNCES)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    return Companion("one", "played", [str(tmp_path / "note")], told, announces=True)


def test_it_is_ready_once_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one = announcing(tmp_path, monkeypatch, b"first")
    assert not one.is_ready()
    one.start()
    wait_for(one.is_ready)
    assert one.is_ready(), "it stays so"
    one.stop()
    assert not one.is_ready()


def test_what_it_is_told_later_is_told_again_when_it_starts_again(
    tmp_path: Path, note: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = announcing(tmp_path, monkeypatch, b"first")
    one.start()
    wait_for(one.is_ready)
    one.tell(b"second")
    wait_for(lambda: note.read_bytes() == b"first\nsecond\n")
    one.stop()
    one.start()
    wait_for(lambda: note.read_bytes() == b"first\nsecond\nsecond\n")
    one.renew(b"third")
    wait_for(lambda: note.read_bytes().endswith(b"second\nthird\n"))
    one.stop()


def test_a_crew_starts_again_who_was_killed_whatever_we_do(
    tmp_path: Path, note: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = played(tmp_path, monkeypatch, WAITS)
    with Crew() as crew:
        crew.add(one)
        last = None
        for count in (1, 2, 3):
            # It may have begun before we know it.
            wait_for(partial(lambda former: one._process is not former, last))
            wait_for(partial(lambda wanted: starts(note) == wanted, count))
            last = one._process
            assert last is not None
            if count < 3:
                last.kill()
    assert last.poll() is not None


def test_who_is_removed_ends_and_is_not_started_again(
    tmp_path: Path, note: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = played(tmp_path, monkeypatch, WAITS)
    with Crew() as crew:
        crew.add(one)
        wait_for(lambda: starts(note) == 1)
        crew.remove(one)
        assert one._process is None
        done = []
        crew.duty(lambda: bool(done.append(1)) or len(done) > 3)
        wait_for(lambda: len(done) > 3)
    assert starts(note) == 1


def test_a_duty_is_done_until_it_says_so() -> None:
    times = []
    with Crew() as crew:
        crew.duty(lambda: bool(times.append(1)) or len(times) == 3)
        wait_for(lambda: len(times) == 3)
        seen = []
        crew.duty(lambda: bool(seen.append(1)) or len(seen) == 2)
        wait_for(lambda: len(seen) == 2)
    assert len(times) == 3


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_crew_that_fails_says_so() -> None:
    def fails() -> bool:
        raise KeyError("nobody foresaw this")

    with Crew() as crew:
        crew.duty(fails)
        wait_for(lambda: crew.failure is not None)
    assert isinstance(crew.failure, KeyError)


def asked(address: tuple[str, int]) -> int:
    """The process that answers."""
    with socket.create_connection(address, timeout=30) as connection:
        return int(connection.recv(64))


def test_on_a_shared_socket_nobody_is_turned_away_while_they_are_renewed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "played.py").write_text(ANSWERS)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    listener = listen("127.0.0.1", 0)
    address = listener.getsockname()
    number = str(listener.fileno())
    ones = [
        Companion("one", "played", [number], b"", fds=(listener.fileno(),), announces=True)
        for _ in range(2)
    ]
    with Crew() as crew:
        crew.add(*ones)
        wait_for(crew.is_ready)
        before = {one._process.pid for one in ones if one._process is not None}
        crew.renew(ones, b"")
        met: set[int] = set()
        until = time.monotonic() + 240
        while time.monotonic() < until and (met & before or len(met - before) < 2):
            met = {asked(address) for _ in range(20)}
        assert len(met) == 2
        assert not met & before
    listener.close()
