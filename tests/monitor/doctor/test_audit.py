"""An audit that was tampered with is told, and one of which no place is signed outside is noted."""

from pathlib import Path

import pytest
from sqlalchemy import update

from monitor import instance, signing
from monitor.cli.recording import write_down
from monitor.doctor import audit as module
from monitor.doctor.audit import look
from monitor.doctor.check import Check
from monitor.services.witness import Witness
from monitor.settings import Settings
from monitor.store import tables
from monitor.store.connection import connect
from tests.monitor.doctor.engines import looked, made, settings_of


def filled(folder: Path) -> Settings:
    settings = settings_of(folder)
    made(settings)
    instance.opened(None, folder)
    database = connect(settings.database_url)
    for _ in range(3):
        write_down(database, "console:link", "console")
    database.dispose()
    return settings


def check(settings: Settings) -> Check:
    return looked(look, settings)["audit"]


def test_without_a_key_or_a_database_there_is_nothing_to_prove(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    assert looked(look, settings) == {}
    instance.opened(None, tmp_path)
    assert looked(look, settings) == {}
    made(settings)
    assert check(settings) == Check("audit", True, "0 entries, whole")
    (tmp_path / instance.KEY_FILE).write_text("none")
    assert looked(look, settings) == {}


def test_one_of_which_nothing_is_signed_is_noted(tmp_path: Path) -> None:
    settings = filled(tmp_path)
    assert (check(settings).good, check(settings).noted) == (True, True)
    sealer = signing.sealer_of(settings)
    assert sealer is not None
    database = connect(settings.database_url)
    Witness(database, sealer, signing.checkpoints_of(settings)).look()
    database.dispose()
    assert (check(settings).good, check(settings).noted) == (True, False)
    assert check(settings).seen.startswith("3 entries, whole; last signed at")


def test_one_that_was_altered_is_not_in_order(tmp_path: Path) -> None:
    settings = filled(tmp_path)
    database = connect(settings.database_url)
    with database.begin() as connection:
        connection.execute(update(tables.audit).where(tables.audit.c.number == 2).values(actor="x"))
    database.dispose()
    assert not check(settings).good
    assert "at number 2 (altered)" in check(settings).seen


def test_a_large_one_is_left_to_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_MOST", 2)
    told = check(filled(tmp_path))
    assert (told.good, told.noted) == (True, True)
    assert "vigie audit verify" in told.remedy


def test_checkpoints_that_cannot_be_read_are_told(tmp_path: Path) -> None:
    settings = filled(tmp_path)
    signing.checkpoints_of(settings)[0].path.mkdir()
    assert not check(settings).good
