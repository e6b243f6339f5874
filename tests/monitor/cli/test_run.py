"""`vigie run`: serves what the settings say, and waits for sources where they name none."""

from pathlib import Path

import pytest

from monitor.cli import serving
from tests.monitor.cli.calling import call
from tests.monitor.faults.running import configured


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
        lambda s, parts, reread, said: served.append(({p.value for p in parts}, reread() == s)),
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


def test_no_part_needs_a_source_and_nothing_alone_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    import importlib

    monkeypatch.setattr(importlib.import_module("monitor.cli.run"), "serve", lambda *a, **k: None)
    config = configured(tmp_path)
    assert call(capsys, "run", "--config", config).code == 0, "they are added in the console"
    assert call(capsys, "run", "--only", "web", "--config", config).code == 0
    assert call(capsys, "run", "--only", "web", "--no-console", "--config", config).code == 2
    assert call(capsys, "run", "--only", "nobody", "--config", config).code == 2
