"""`vigie secrets`: tells whose key it is, and starts anew only when told so."""

from pathlib import Path

import pytest

from monitor.instance import KEY_FILE
from monitor.store.migration import upgrade
from tests.monitor.cli.calling import call


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "vigie.toml"
    path.write_text('data = "."\n')
    return path


def test_the_key_is_the_databases_or_it_is_told(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    done = call(capsys, "secrets", "status", "--config", config)
    assert done.code == 1
    assert "no key yet" in done.told
    upgrade(f"sqlite:///{tmp_path / 'vigie.db'}")
    assert call(capsys, "secrets", "reset", "--yes", "--config", config).code == 0
    done = call(capsys, "secrets", "status", "--config", config)
    assert done.code == 0
    assert "this database's" in done.out
    (tmp_path / KEY_FILE).unlink()
    (tmp_path / KEY_FILE).write_text("A" * 43)
    done = call(capsys, "secrets", "status", "--config", config)
    assert done.code == 1
    assert "vigie secrets reset" in done.told
    assert "A" * 43 not in done.told


def test_nothing_is_reset_without_a_word_or_a_database(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(capsys, "secrets", "reset", "--yes", "--config", config).code == 1
    upgrade(f"sqlite:///{tmp_path / 'vigie.db'}")
    assert call(capsys, "secrets", "reset", "--config", config).code == 1
    assert not (tmp_path / KEY_FILE).exists()
