"""`vigie restore`: into an empty database, with what to mind said; else nothing changes."""

import json
from pathlib import Path

import pytest

from monitor import instance
from monitor.store.lock import only_engine
from tests.monitor.cli.calling import call
from tests.monitor.faults.running import configured, contents, world_lines, write


@pytest.fixture
def config(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    log = tmp_path / "idp.ndjson"
    write(log, world_lines(days=1, accounts=5))
    made = configured(tmp_path)
    assert call(capsys, "ingest", log, "--config", made).code == 0
    return made


@pytest.fixture
def backup(config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    path = tmp_path / "one.vigie.tar"
    assert call(capsys, "backup", path, "--config", config).code == 0
    return path


@pytest.fixture
def other(tmp_path: Path) -> Path:
    folder = tmp_path / "other"
    folder.mkdir()
    return configured(folder)


def test_it_is_all_there(
    backup: Path, other: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    done = call(capsys, "restore", backup, "--json", "--config", other)
    assert done.code == 0
    assert json.loads(done.out)["aside"] is None
    assert contents(other.parent / "vigie.db") == contents(tmp_path / "vigie.db")
    again = call(capsys, "restore", backup, "--config", other)
    assert (again.code, "has something in it" in again.told) == (1, True)
    forced = call(capsys, "restore", backup, "--force", "--config", other)
    assert forced.code == 0
    assert "vigie.db.before-" in forced.told
    assert len(list(other.parent.glob("vigie.db.before-*"))) == 1


def test_a_check_touches_no_database(
    backup: Path, other: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    done = call(capsys, "restore", "--check", backup, "--config", other)
    assert (done.code, "whole" in done.told) == (0, True)
    assert not (other.parent / "vigie.db").exists()
    backup.write_bytes(backup.read_bytes()[:-20_000])
    done = call(capsys, "restore", "--check", backup, "--config", other)
    assert done.code == 1
    assert "not whole" in done.told or "damaged" in done.told


def test_a_key_that_is_not_here_and_keys_that_hold_again_are_told(
    config: Path, other: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config.write_text(config.read_text() + '[[sources]]\nname = "crm"\nurl = "push:"\n')
    assert call(capsys, "key", "create", "crm", "--config", config).code == 0
    path = tmp_path / "two.vigie.tar"
    assert call(capsys, "backup", path, "--config", config).code == 0
    done = call(capsys, "restore", path, "--config", other)
    assert done.code == 0
    key, _ = instance.opened(None, tmp_path)
    assert key.fingerprint in done.told
    assert "vigie.key" in done.told
    assert "vigie key list" in done.told
    (other.parent / "vigie.key").write_bytes((tmp_path / "vigie.key").read_bytes())
    done = call(capsys, "restore", path, "--force", "--config", other)
    assert key.fingerprint not in done.told


def test_under_an_engine_nothing_is_restored(
    backup: Path, other: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with only_engine(f"sqlite:///{other.parent / 'vigie.db'}"):
        done = call(capsys, "restore", backup, "--config", other)
    assert done.code == 1
    assert not (other.parent / "vigie.db").exists()


def test_what_is_no_backup_is_told(
    other: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "x").write_bytes(b"x" * 1_000)
    done = call(capsys, "restore", tmp_path / "x", "--config", other)
    assert (done.code, "no backup" in done.told) == (1, True)
    assert call(capsys, "restore", tmp_path / "missing", "--config", other).code == 1


def test_whoever_was_erased_since_the_backup_stays_erased(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    config = tmp_path / "vigie.toml"
    config.write_text(f'data = "{tmp_path}"\ntenant = "acme"\n')
    log = tmp_path / "log.ndjson"
    log.write_text(
        '{"class_uid":3002,"activity_id":1,"status_id":1,"severity_id":1,"time":1790000000000,'
        '"user":{"uid":"canary"},"metadata":{"uid":"e1","version":"1.6.0","product":{"name":"x"}}}'
        "\n"
    )
    end = ("--config", config)
    backup = tmp_path / "a.vigie.tar"
    assert call(capsys, "ingest", log, *end).code == 0
    assert call(capsys, "backup", backup, *end).code == 0
    assert call(capsys, "person", "erase", "canary", "--reason", "#1", *end).code == 0
    for path in tmp_path.glob("vigie.db*"):
        path.unlink()
    done = call(capsys, "restore", backup, "--json", *end)
    assert done.code == 0
    assert json.loads(done.out)["erased"] == 1
    assert b"canary" not in (tmp_path / "vigie.db").read_bytes()
    # Who was erased can be told by the instance's key alone.
    (tmp_path / "vigie.key").unlink()
    for path in tmp_path.glob("vigie.db*"):
        path.unlink()
    refused = call(capsys, "restore", backup, *end)
    assert refused.code == 1
    assert "put vigie.key back first" in refused.told
    assert not (tmp_path / "vigie.db").exists()
