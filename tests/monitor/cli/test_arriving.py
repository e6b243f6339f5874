"""A restored audit is held to what was signed, and what was lost by it is told and no fault."""

import json
import sqlite3
from pathlib import Path

import pytest

from monitor import signing
from monitor.chain.sealing import Statement
from monitor.services.witness import Witness
from monitor.settings import load
from monitor.store.connection import connect
from tests.databases import placed
from tests.monitor.cli.calling import Called, call
from tests.monitor.cli.test_key import PUSHED, settings


@pytest.fixture
def config(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    made = settings(tmp_path, PUSHED)
    placed(tmp_path / "vigie.db")
    assert call(capsys, "key", "create", "one", "--config", made).code == 0
    return made


def witness(config: Path) -> None:
    """Sign what was entered, as a daemon does."""
    given = load(config, {})
    sealer = signing.sealer_of(given)
    assert sealer is not None
    database = connect(given.database_url)
    seen = Witness(database, sealer, signing.checkpoints_of(given))
    seen.look()
    assert seen.fault is None
    database.dispose()


def statements(config: Path) -> list[Statement]:
    kept = signing.checkpoints_of(load(config, {}))[0]
    return [seal.statement for seal in kept.read().seals]


def restored(capsys: pytest.CaptureFixture[str], config: Path, backup: Path) -> Called:
    done = call(capsys, "restore", "--force", backup, "--config", config)
    assert done.code == 0
    return done


def verified(capsys: pytest.CaptureFixture[str], config: Path) -> Called:
    return call(capsys, "audit", "verify", "--config", config)


def test_what_was_entered_after_the_backup_is_told_as_lost(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    backup = tmp_path / "one.vigie.tar"
    assert call(capsys, "backup", backup, "--config", config).code == 0
    witness(config)
    assert call(capsys, "key", "revoke", "one", "--config", config).code == 0
    witness(config)
    assert "is behind the last checkpoint" in restored(capsys, config, backup).told
    assert statements(config) == [Statement.HEAD, Statement.HEAD, Statement.RESTORED]
    done = verified(capsys, config)
    assert done.code == 0
    assert "were lost when a backup was restored" in done.out
    witness(config)
    assert verified(capsys, config).code == 0
    shown = call(capsys, "audit", "list", "--json", "--config", config)
    last = json.loads(shown.out)[0]
    assert last["operation"] == "database:restore"
    assert last["content"]["signed_until"] > last["content"]["entries"]


def test_where_nothing_was_signed_since_nothing_is_lost(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    witness(config)
    backup = tmp_path / "one.vigie.tar"
    assert call(capsys, "backup", backup, "--config", config).code == 0
    assert "checkpoint" not in restored(capsys, config, backup).told
    assert statements(config) == [Statement.HEAD]
    assert verified(capsys, config).code == 0


def test_an_audit_that_is_not_whole_is_told_and_restored_all_the_same(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    database = sqlite3.connect(tmp_path / "vigie.db")
    with database:
        database.execute("UPDATE audit SET actor = 'operator:eve' WHERE number = 1")
    database.close()
    backup = tmp_path / "one.vigie.tar"
    assert call(capsys, "backup", backup, "--config", config).code == 0
    assert "The audit in it is not whole (1 faults)" in restored(capsys, config, backup).told
    assert verified(capsys, config).code == 1
