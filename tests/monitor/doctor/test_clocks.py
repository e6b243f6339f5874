"""Clocks that are apart are told: the server's, and those that logs are written by."""

from pathlib import Path

import pytest

from detectors.core.event import DAY, MINUTE
from monitor import clock
from monitor.doctor import clocks
from monitor.doctor.clocks import is_synchronised, look
from monitor.store.connection import connect
from monitor.store.writing import Writing
from tests.databases import Databases
from tests.monitor.doctor.engines import looked, made, settings_of


def test_the_kernel_is_asked_and_nothing_is_changed() -> None:
    assert is_synchronised() in (True, False, None)
    assert is_synchronised() == is_synchronised()


@pytest.mark.parametrize(("kept", "noted"), [(True, False), (False, True), (None, True)])
def test_a_clock_that_nothing_keeps_is_worth_a_note(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, kept: bool | None, noted: bool
) -> None:
    monkeypatch.setattr(clocks, "is_synchronised", lambda: kept)
    check = looked(look, settings_of(tmp_path))["clock"]
    assert (check.good, check.noted) == (True, noted)
    assert "UTC" in check.seen


def test_a_log_from_the_future_is_told(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    made(settings)
    database = connect(settings.database_url)
    with database.begin() as connection:
        writing = Writing(connection)
        for name, ahead in (("well", 4 * MINUTE), ("minutes", 30 * MINUTE), ("days", 3 * DAY)):
            row = writing.source(name, "ocsf")
            writing.save_source(row._replace(last_event=clock.now_ms() + ahead))
    database.dispose()
    checks = looked(look, settings)
    assert "clock of well" not in checks
    assert not checks["clock of minutes"].good
    assert "3.0 days in the future" in checks["clock of days"].seen
    assert "zone" in checks["clock of days"].remedy


def test_the_servers_clock_is_compared(
    databases: Databases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = settings_of(tmp_path, databases.url())
    checks = looked(look, settings)
    if databases.kind == "sqlite":
        assert "database server's clock" not in checks
        return
    assert checks["database server's clock"].good
    ours = clock.now_ms
    monkeypatch.setattr(clock, "now_ms", lambda: ours() + 60_000)
    check = looked(look, settings)["database server's clock"]
    assert not check.good
    assert check.seen.startswith(("60.", "59."))
