"""`vigie run`: refuses to start with nothing to read, and serves what the settings say."""

from pathlib import Path

import pytest

from monitor.cli import serving
from tests.monitor.cli.calling import call
from tests.monitor.faults.running import configured


def test_without_sources_it_says_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    done = call(capsys, "run", "--config", configured(tmp_path))
    assert done.code == 2
    assert "vigie.example.toml" in done.told
    assert "vigie demo" in done.told


def test_the_settings_are_handed_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    import importlib

    served: list[tuple[object, ...]] = []
    module = importlib.import_module("monitor.cli.run")
    assert module.serve is serving.serve
    monkeypatch.setattr(module, "serve", lambda s, **k: served.append((s.sources[0].name, k)))
    config = configured(tmp_path, tmp_path / "idp.ndjson")
    assert call(capsys, "run", "--config", config).code == 0
    assert call(capsys, "run", "--no-console", "--config", config).code == 0
    assert served == [("idp", {"with_console": True}), ("idp", {"with_console": False})]
