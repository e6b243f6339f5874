"""What `run` and `demo` share: told to stop, everything is committed and the console ended."""

from pathlib import Path

import pytest

from monitor.cli.serving import Part, serve_until
from monitor.companion import Companion
from monitor.daemon import Stopping
from monitor.settings import Settings, load
from monitor.store.lock import only_engine
from tests.monitor.faults.running import configured, contents, world_lines, write


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
    assert "http://127.0.0.1:8320/" in told
    assert happened[:2] == ["start", "start"]
    assert set(happened[2:]) == {"stop"}
