"""What `run` and `demo` share: told to stop, everything is committed and the console ended."""

import socket
import threading
from contextlib import closing, suppress
from pathlib import Path

import pytest
from msgspec import structs
from sqlalchemy.exc import OperationalError

from monitor.cli import serving as serving_module
from monitor.cli.serving import Part, _Serving, serve_until
from monitor.companion import Companion, Crew
from monitor.daemon import Stopping
from monitor.engine import Outcome
from monitor.pipeline import Pipeline
from monitor.settings import Metrics, Settings, from_json, load
from monitor.store.lock import only_engine
from monitor.store.migration import upgrade
from tests.monitor.faults.running import configured, contents, wait_until, world_lines, write


class StopsWhenRead(Stopping):
    """Told to stop once there was nothing to do."""

    def pause(self, seconds: float) -> bool:
        self.stop()
        return True


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    log = tmp_path / "idp.ndjson"
    write(log, world_lines(days=1, accounts=10))
    return load(configured(tmp_path, log), {})


def test_all_is_read_and_committed_before_it_ends(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stopping = StopsWhenRead()
    serve_until(stopping, settings, parts=frozenset((Part.ENGINE,)))
    lines = len((tmp_path / "idp.ndjson").read_bytes().splitlines())
    assert len(contents(tmp_path / "vigie.db")["events"]) == lines
    assert "committed" in capsys.readouterr().err
    with only_engine(settings.database_url):
        pass


def test_told_to_stop_before_it_began_it_reads_nothing(settings: Settings, tmp_path: Path) -> None:
    stopping = Stopping()
    stopping.stop()
    serve_until(stopping, settings, parts=frozenset((Part.ENGINE,)))
    assert not (tmp_path / "vigie.db").exists()


def test_the_console_and_its_link_are_there_from_the_start(
    settings: Settings,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    happened: list[str] = []
    monkeypatch.setattr(Companion, "start", lambda one: happened.append("start"))
    monkeypatch.setattr(Companion, "watch", lambda one: None)
    monkeypatch.setattr(Companion, "stop", lambda one: happened.append("stop"))
    other = Companion("another", "none", ())
    stopping = StopsWhenRead()
    serve_until(stopping, settings, [other])
    told = capsys.readouterr().err
    assert "http://localhost:8320/" in told, "where browsers make passkeys"
    # The other one, what responds, and the console.
    assert happened[:3] == ["start"] * 3
    assert set(happened[3:]) == {"stop"}


def test_an_engine_that_hangs_tells_the_watchdog_nothing_whatever_else_works(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hangs, has_come, goes_on = threading.Event(), threading.Event(), threading.Event()
    step = Pipeline.step

    def hanging(pipeline: Pipeline) -> Outcome | None:
        if hangs.is_set():
            has_come.set()
            goes_on.wait()
        return step(pipeline)

    monkeypatch.setattr(Pipeline, "step", hanging)
    looks: list[float] = []
    look = Crew._look
    monkeypatch.setattr(Crew, "_look", lambda crew: (looks.append(0.0), look(crew))[1])
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as manager:
        manager.bind(str(tmp_path / "notify"))
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        monkeypatch.setenv("WATCHDOG_USEC", "200000")
        monkeypatch.delenv("WATCHDOG_PID", raising=False)
        stopping = Stopping()
        parts = frozenset((Part.ENGINE,))
        engine = threading.Thread(
            target=lambda: serve_until(stopping, settings, parts=parts), daemon=True
        )
        engine.start()
        manager.settimeout(60)
        while manager.recv(4_096) != b"WATCHDOG=1":
            pass
        hangs.set()
        # What waits to be the engine tells it too: from its next step on only the crew is at work.
        assert has_come.wait(240)
        drained(manager)
        until = len(looks) + 10
        wait_until(lambda: len(looks) > until, "the crew works on")
        assert b"WATCHDOG=1" not in drained(manager)
        hangs.clear()
        goes_on.set()
        manager.settimeout(60)
        while manager.recv(4_096) != b"WATCHDOG=1":
            pass
        stopping.stop()
        engine.join(240)
        assert b"STOPPING=1" in drained(manager)


def drained(manager: socket.socket) -> list[bytes]:
    """What was said and not heard yet."""
    manager.setblocking(False)
    heard = []
    with suppress(BlockingIOError):
        while True:
            heard.append(manager.recv(4_096))
    return heard


def away(*_: object) -> Settings:
    raise OperationalError("select", None, Exception("no server listens there"))


def test_new_settings_wait_while_one_that_waits_finds_no_database(settings: Settings) -> None:
    stopping = Stopping()
    serving = _Serving(stopping, settings, frozenset((Part.ENGINE,)), away)
    stopping.reload()
    assert not serving._is_done_waiting()
    assert stopping.take_reload()


def test_the_console_is_opened_though_the_database_takes_nothing_now(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    serving = _Serving(Stopping(), settings, frozenset(Part), None)
    monkeypatch.setattr(serving._consoles, "open", lambda: True)
    monkeypatch.setattr(serving_module, "take_key", away)
    assert serving._open_consoles()


def test_what_responds_is_told_new_settings_and_the_secrets_of_its_own_only(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[Settings] = []
    monkeypatch.setattr(Companion, "start", lambda one: None)
    monkeypatch.setattr(Companion, "watch", lambda one: None)
    monkeypatch.setattr(Companion, "tell", lambda one, line: told.append(from_json(line)))
    hook = {"kind": "webhook", "url": "https://hooks.example.com/", "secret": "whsec_" + "A" * 44}
    given = structs.replace(
        settings,
        responders={"hook": hook},
        metrics=Metrics(token="x" * 20),
        sources=tuple(structs.replace(one, options={"a": "b"}) for one in settings.sources),
    )
    upgrade(settings.database_url)
    serving = _Serving(Stopping(), settings, frozenset((Part.RESPONDING,)), lambda: given)
    assert serving._begin()
    serving._stopping.reload()
    serving._heed()
    assert [one.responders for one in told] == [{"hook": hook}]
    assert told[0].metrics.token is None
    assert all(not one.options for one in told[0].sources)
    apart = _Serving(Stopping(), settings, frozenset((Part.WEB,)), None)
    apart._respond()
    assert apart._responder is None
