"""Puts a backup into an empty database: all of it is checked, and there at once or not at all."""

from collections.abc import Callable

from sqlalchemy import Engine as Database
from sqlalchemy.engine import URL

from monitor.backup.archive import BackupError, Manifest, Reader
from monitor.backup.noted import RESTORED, encode
from monitor.backup.taking import head_of
from monitor.store import migration, outbox, recoveries
from monitor.store.connection import connect, parse, reading
from monitor.store.dump import LEFT_OUT, Loading, UnknownTableError
from monitor.store.staging import staged
from monitor.store.writing import Writing

ENDED = "a backup was put back / une sauvegarde a été restaurée"
"""Why recoveries that were open are so no more."""
Progress = Callable[[str, int], object]


def check(reader: Reader, told: Progress = lambda *_: None) -> None:
    """Read a backup to its end. Raises BackupError where anything is not as it was written."""
    for table in reader.manifest.tables:
        for rows in reader.parts(table):
            told(table, len(rows))


def restore(
    reader: Reader,
    url: str | URL,
    now: int,
    *,
    force: bool = False,
    told: Progress = lambda *_: None,
    erase: Callable[[Database], object] = lambda _: None,
) -> str | None:
    """Put a backup into the database of `url`, and bring it to this version's tables. `erase` is
    given the new database before it takes its place: whoever was erased since is erased again.

    The database must have nothing in it; with `force` what is there is kept aside, and where is
    returned. Raises BackupError, OSError and sqlalchemy.exc.DBAPIError: all is as it was then.
    """
    manifest = reader.manifest
    if not migration.is_known(manifest.revision):
        raise BackupError(
            f"the backup is of revision {manifest.revision}, this version of Vigie knows up to "
            f"{migration.head()}: restore it with the version that made it ({manifest.vigie})"
        )
    with staged(parse(url), force=force) as stage:
        migration.upgrade(stage.url, manifest.revision)
        database = connect(stage.url)
        try:
            _load(reader, database, told)
        finally:
            database.dispose()
        migration.upgrade(stage.url)
        _finish(manifest, stage.url, now, erase)
    return stage.aside


def _load(reader: Reader, database: Database, told: Progress) -> None:
    manifest = reader.manifest
    loading = Loading(database)
    try:
        for table, content in manifest.tables.items():
            if table in LEFT_OUT:
                continue
            for rows in reader.parts(table):
                told(table, loading.load(table, content.columns, rows))
    except UnknownTableError as error:
        raise BackupError(f"the backup has more than its revision: {error}") from error
    loading.set_sequences(manifest.sequences)
    wanted = {t: content.rows for t, content in manifest.tables.items() if t not in LEFT_OUT}
    found = loading.counts(wanted)
    if found != wanted:
        wrong = ", ".join(t for t in wanted if found[t] != wanted[t])
        raise BackupError(f"not all rows of {wrong} could be stored")


def _check_head(manifest: Manifest, database: Database) -> None:
    with reading(database).begin() as connection:
        found = head_of(connection)
    if manifest.audit is not None and tuple(manifest.audit) != found:
        raise BackupError(
            f"the audit in the backup ends at {found[0]:,}, and its manifest says "
            f"{manifest.audit[0]:,}: it is not what was backed up"
        )


def _finish(manifest: Manifest, url: URL, now: int, erase: Callable[[Database], object]) -> None:
    database = connect(url)
    try:
        _check_head(manifest, database)
        erase(database)
        with database.begin() as connection:
            # Whatever was sent since the backup was made, it does not know of it.
            outbox.park_all(connection)
            # Nor that somebody stopped a recovery; and its waiting time has passed without them.
            recoveries.end_all(connection, now, ENDED)
            Writing(connection).set_note(RESTORED, encode((now, manifest.made)))
    finally:
        database.dispose()
