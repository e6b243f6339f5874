"""The database: that it is there, at this version, sound, and how large it is."""

from collections.abc import Iterator

from sqlalchemy.exc import DBAPIError

from monitor.doctor.check import Check
from monitor.settings import Settings
from monitor.store import migration
from monitor.store.connection import (
    UnsuitableDatabaseError,
    connect,
    explain,
    file_of,
    reading,
    shown,
)


def look(settings: Settings) -> Iterator[Check]:
    """Its revision, its size and its soundness."""
    url = settings.database_url
    try:
        at = migration.current(url)
    except (DBAPIError, OSError, UnsuitableDatabaseError, migration.NewerDatabaseError) as error:
        told = explain(error) if isinstance(error, DBAPIError) else str(error)
        yield Check("database", False, told, "check the address and its rights")
        return
    place = shown(url)
    if at is None:
        yield Check("database", True, f"{place}: not made yet; `vigie run` makes it")
        return
    yield Check("database", at == migration.head(), f"{place}: at {at}", "run `vigie db upgrade`")
    path = file_of(url)
    if path is not None:
        megabytes = sum(
            part.stat().st_size for part in path.parent.glob(f"{path.name}*") if part.is_file()
        ) / (1 << 20)
        yield Check("database's size", True, f"{megabytes:,.0f} MiB")
        sound = _quick_check(url)
        yield Check("database's soundness", sound == "ok", sound, "restore a backup")


def _quick_check(url: str) -> str:
    database = connect(url)
    try:
        with reading(database).begin() as connection:
            return str(connection.exec_driver_sql("PRAGMA quick_check(1)").scalar())
    finally:
        database.dispose()
