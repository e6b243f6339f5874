"""Takes a backup while the engine runs: all tables as they are at one moment, or no file at all."""

import logging
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from sqlalchemy import Connection
from sqlalchemy import Engine as Database
from sqlalchemy.exc import DBAPIError

from detectors.core.event import DAY
from monitor.backup.archive import FORMAT, BackupError, Manifest, Writer, sync_folder
from monitor.backup.noted import TAKEN, Taken, encode
from monitor.health.pulse import our_version
from monitor.store import dump, migration, trail
from monitor.store.connection import explain, reading
from monitor.store.writing import Writing

log = logging.getLogger(__name__)

SUFFIX = ".vigie.tar"
_KEY_NOTE = "key"
_STALE = DAY

Progress = Callable[[str, int], object]
"""Told of a table and how many more of its rows are written."""


def take(database: Database, to: Path, now: int, told: Progress = lambda *_: None) -> Taken:
    """Write a backup to the file `to`, which must not be there; only its owner can read it.

    What is committed meanwhile is not in it, and waits for nobody. Raises BackupError, OSError and
    sqlalchemy.exc.DBAPIError; there is no file then.
    """
    with _beside(to) as file:
        with reading(database).begin() as connection:
            revision = migration.revision_of(connection)
            if revision != migration.head():
                raise BackupError(
                    f"the database is at {revision}, this version's is {migration.head()}: "
                    "run `vigie db upgrade`"
                )
            key = Writing(connection).note(_KEY_NOTE)
            manifest = Manifest(
                format=FORMAT,
                vigie=our_version(),
                revision=revision,
                database=database.dialect.name,
                made=now,
                key=None if key is None else key.decode(),
                sequences=dump.sequences(connection),
                audit=head_of(connection),
            )
            writer = Writer(file, manifest)
            for table in dump.names():
                with closing(dump.rows(connection, table)) as rows:
                    for count in writer.table(table, dump.columns(table), rows):
                        told(table, count)
        writer.close()
        size = file.tell()
    taken = Taken(path=str(to.absolute()), size=size, rows=manifest.rows, made=now)
    _note(database, taken)
    return taken


def head_of(connection: Connection) -> tuple[int, str]:
    """The audit's head as a manifest has it."""
    head = trail.head(connection)
    return head.number, head.digest.hex()


def keep_newest(folder: Path, most: int) -> list[Path]:
    """Delete backups of a folder but the newest ones, by their names; which went."""
    found = sorted(path for path in folder.glob(f"*{SUFFIX}") if path.is_file())
    gone = found[: max(0, len(found) - most)]
    for path in gone:
        path.unlink()
    return gone


def clear_remains(folder: Path, now: int) -> None:
    """Delete what backups left that were killed more than a day ago."""
    for path in folder.glob(f".*{SUFFIX}.*.part"):
        with suppress(OSError):
            if path.stat().st_mtime_ns // 1_000_000 < now - _STALE:
                path.unlink()


@contextmanager
def _beside(to: Path) -> Iterator[BinaryIO]:
    """A file beside `to` that takes its name when all went well, and is gone otherwise."""
    if to.exists():
        raise BackupError(f"{to} is there already: nothing is overwritten")
    part = to.with_name(f".{to.name}.{secrets.token_hex(4)}.part")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        _name(part, to)
    finally:
        with suppress(FileNotFoundError):
            part.unlink()
    sync_folder(to.parent)


def _name(part: Path, to: Path) -> None:
    """Give the finished file its name, unless somebody else has taken it."""
    try:
        os.link(part, to)
    except FileExistsError:
        raise BackupError(f"{to} is there already: nothing is overwritten") from None
    except OSError:
        # A file system without hard links.
        if to.exists():
            raise BackupError(f"{to} is there already: nothing is overwritten") from None
        part.rename(to)


def _note(database: Database, taken: Taken) -> None:
    """Let others know of it; a database that takes no note now has been backed up all the same."""
    try:
        with database.begin() as connection:
            Writing(connection).set_note(TAKEN, encode(taken))
    except DBAPIError as error:
        log.warning("the backup is whole, but could not be noted: %s", explain(error))
