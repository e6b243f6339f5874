"""The console's processes share a socket: one that dies, or new settings, turn nobody away."""

import http.client
import os
import signal
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from msgspec import structs

from monitor.companion import Crew
from monitor.consoles import Consoles
from monitor.listening import listen
from monitor.settings import Metrics, Settings, Web
from monitor.store.migration import upgrade
from tests.monitor.faults.running import wait_until
from tests.monitor.test_companion import asked

ANSWERS = """
import os, select, signal, socket, sys, threading
signal.signal(signal.SIGTERM, signal.SIG_IGN)
told = sys.stdin.buffer.readline()
listener = socket.socket(fileno=int(sys.argv[2]))
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
open(os.environ["NOTE"], "ab").write(told)
print("ready", flush=True)
sys.stdin.buffer.read()
serving.acquire()
os._exit(0)
"""


class Played:
    """Consoles of which each answers with the number of its process."""

    def __init__(self, crew: Crew, settings: Settings, note: Path) -> None:
        self.crew = crew
        self.settings = settings
        self.consoles = Consoles(crew, settings, "played")
        self.note = note
        crew.duty(self.consoles.open)
        wait_until(lambda: self.consoles.is_open and crew.is_ready(), "they are open")

    @property
    def place(self) -> tuple[str, int]:
        host, _, port = self.consoles.address.removeprefix("http://").rpartition(":")
        return host, int(port)

    def met(self) -> set[int]:
        """The processes that answer."""
        return {asked(self.place) for _ in range(30)}

    def meet(self, count: int, without: frozenset[int] = frozenset()) -> frozenset[int]:
        """Ask until so many others have answered; who they are."""
        met: set[int] = set()
        wait_until(lambda: len(met.update(self.met()) or met - without) == count, "they answer")
        return frozenset(met - without)

    def take_up(self, settings: Settings) -> None:
        self.settings = settings
        self.crew.duty(self.consoles.take_up(settings))


@pytest.fixture
def played(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Played]:
    (tmp_path / "played.py").write_text(ANSWERS)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("NOTE", str(tmp_path / "note"))
    settings = Settings(data=tmp_path, web=Web(port=0, processes=2))
    with Crew() as crew:
        one = Played(crew, settings, tmp_path / "note")
        yield one
    one.consoles.close()


def test_one_that_is_killed_leaves_the_others_and_comes_back(played: Played) -> None:
    before = played.meet(2)
    os.kill(min(before), signal.SIGKILL)
    played.meet(1, before)
    assert max(before) in played.meet(2, frozenset((min(before),)))


def test_new_settings_are_told_to_each_in_turn(played: Played) -> None:
    before, place = played.meet(2), played.place
    played.take_up(structs.replace(played.settings, metrics=Metrics(token="x" * 20)))
    played.meet(2, before)
    assert not played.met() & before
    assert played.place == place
    assert played.note.read_bytes().count(b"x" * 20) == 2


def test_another_number_of_them_is_on_the_same_socket(played: Played) -> None:
    place, before = played.place, played.meet(2)
    played.take_up(structs.replace(played.settings, web=Web(port=0, processes=3)))
    played.meet(3, before)
    assert played.place == place


def test_at_another_place_they_are_once_it_is_free(
    played: Played, caplog: pytest.LogCaptureFixture
) -> None:
    taken = listen("127.0.0.1", 0)
    host, port = taken.getsockname()
    before = played.place
    played.take_up(structs.replace(played.settings, web=Web(host=host, port=port, processes=1)))
    wait_until(lambda: "cannot be listened on" in caplog.text, "it is told")
    assert asked(before), "those before serve until then"
    taken.close()
    wait_until(lambda: _answers((host, port)), "they have moved")
    assert not _answers(before)
    assert caplog.text.count("cannot be listened on") == 1


def _answers(place: tuple[str, int]) -> bool:
    try:
        return asked(place) > 0
    except (OSError, ValueError):
        return False


def test_who_is_not_open_yet_takes_settings_up_when_it_is(tmp_path: Path) -> None:
    with Crew() as crew:
        consoles = Consoles(crew, Settings(data=tmp_path, web=Web(port=8_320)))
        take: Callable[[], bool] = consoles.take_up(Settings(data=tmp_path, web=Web(port=8_321)))
        assert take()
        assert not consoles.is_open
        assert consoles.address == "http://127.0.0.1:8321"


def test_the_real_one_answers(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path, web=Web(port=0))
    upgrade(settings.database_url)
    with Crew() as crew:
        consoles = Consoles(crew, settings)
        crew.duty(consoles.open)
        wait_until(lambda: consoles.is_open and crew.is_ready(), "it is ready")
        host, port = consoles.address.removeprefix("http://").split(":")
        connection = http.client.HTTPConnection(host, int(port), timeout=30)
        connection.request("GET", "/healthz")
        assert connection.getresponse().status == 200
        connection.close()
    consoles.close()
    with pytest.raises(OSError, match="refused"):
        socket.create_connection((host, int(port)), timeout=10)
