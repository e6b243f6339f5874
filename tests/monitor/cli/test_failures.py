"""What can go wrong and be put right: the code, and a sentence without parts of programs."""

import sqlite3

import pytest
from sqlalchemy.exc import OperationalError

from detectors.core.detector import Text
from monitor.cli.failures import told
from monitor.enrichment.database import GeoDatabaseError
from monitor.settings import SettingsError
from monitor.sources.source import SourceError
from monitor.store.connection import StoreUrlError, UnsuitableDatabaseError
from monitor.store.lock import EngineRunningError
from monitor.store.migration import NewerDatabaseError


@pytest.mark.parametrize(
    "error",
    [
        SourceError(Text(en="no such log", fr="aucun journal")),
        EngineRunningError("in use by process 7"),
        NewerDatabaseError("r9999"),
        UnsuitableDatabaseError("too old"),
        OSError(28, "No space left on device"),
        GeoDatabaseError("damaged"),
    ],
)
def test_what_failed_exits_with_one(error: Exception) -> None:
    assert told(error) == (1, str(error))


@pytest.mark.parametrize(
    "error", [SettingsError("file", "key", "bad"), StoreUrlError("no address")]
)
def test_what_was_set_wrongly_exits_with_two(error: Exception) -> None:
    assert told(error) == (2, str(error))


def test_an_error_of_the_store_is_told_without_its_statement() -> None:
    cause = sqlite3.OperationalError("database is locked")
    cause.sqlite_errorcode = sqlite3.SQLITE_BUSY
    found = told(OperationalError("INSERT INTO events", {"body": "secret"}, cause))
    assert found == (1, "the database is locked: another process is writing to it")


def test_what_nobody_foresaw_is_not_told() -> None:
    assert told(KeyError("x")) is None


def test_a_file_that_cannot_be_opened_is_named_without_a_number() -> None:
    missing = FileNotFoundError(2, "No such file or directory", "/srv/staff.csv")
    assert told(missing) == (1, "/srv/staff.csv: No such file or directory")
