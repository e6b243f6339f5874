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
    monkeypatch.setattr(
        module,
        "serve",
        lambda s, parts, reread: served.append(({p.value for p in parts}, reread() == s)),
    )
    config = configured(tmp_path, tmp_path / "idp.ndjson")
    for arguments in ((), ("--no-console",), ("--only", "web"), ("--only", "engine")):
        assert call(capsys, "run", *arguments, "--config", config).code == 0
    assert served == [
        ({"engine", "web", "syslog", "responding"}, True),
        ({"engine", "syslog", "responding"}, True),
        ({"web"}, True),
        ({"engine"}, True),
    ]


def test_the_console_alone_needs_no_sources_and_nothing_alone_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    import importlib

    monkeypatch.setattr(importlib.import_module("monitor.cli.run"), "serve", lambda *a, **k: None)
    config = configured(tmp_path)
    assert call(capsys, "run", "--only", "web", "--config", config).code == 0
    assert call(capsys, "run", "--only", "web", "--no-console", "--config", config).code == 2
    assert call(capsys, "run", "--only", "nobody", "--config", config).code == 2
