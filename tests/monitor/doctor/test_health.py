"""What a running engine found wrong is told here too, with what to do."""

from pathlib import Path

from monitor.clock import now_ms
from monitor.doctor.health import look
from monitor.store.connection import connect
from monitor.store.health import HealthBook
from tests.monitor.doctor.engines import alive, looked, made, settings_of

FACTS = {"days": 400, "left": 1_000}


def test_what_stands_is_told_by_how_bad_it_is(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    assert looked(look, settings) == {}
    alive(settings)
    database = connect(settings.database_url)
    with database.begin() as connection:
        book = HealthBook(connection)
        book.open("engine", "retention_waits", now_ms(), FACTS)
        book.open("engine", "clock_leapt", now_ms(), {"by": 1, "en": "forward", "fr": "x"})
        book.open("source:crm", "unheard_of", now_ms(), {})
    database.dispose()
    checks = looked(look, settings)
    assert not checks["Forgetting waits (engine)"].good
    assert "400 more days" in checks["Forgetting waits (engine)"].seen
    assert "vigie retention" in checks["Forgetting waits (engine)"].remedy
    assert checks["This machine's clock leapt (engine)"].noted
    assert not checks["unheard_of (source:crm)"].good


def test_without_an_engine_nothing_is_believed(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    made(settings)
    database = connect(settings.database_url)
    with database.begin() as connection:
        HealthBook(connection).open("engine", "retention_waits", now_ms(), FACTS)
    database.dispose()
    assert looked(look, settings) == {}
