"""Brings a database to this version's tables, while the version before uses it; never an unknown.

Migrations only expand: new tables, new columns that may be null or have the server's default, new
indexes. What an index is added to on a server goes through `migrations/indexes.py`.
"""

import os
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, NullPool, inspect, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError

from detectors.core.identity import digest64
from monitor.clock import pause
from monitor.store.connection import connect, file_of, parse, reading
from monitor.trouble import Trouble

if TYPE_CHECKING:
    from alembic.config import Config

_MIGRATIONS = Path(__file__).parent / "migrations"
_SESSION = {
    # Whoever waits for a table makes everybody behind him wait too: it is tried again instead.
    "lock_timeout": "2s",
    # An index on a large table takes its time.
    "statement_timeout": "0",
}
_ATTEMPTS = 60
_PAUSE_S = 0.5


class NewerDatabaseError(Trouble):
    """The database was brought to a revision that this version of Vigie does not know."""

    def __init__(self, revision: str) -> None:
        super().__init__(
            f"the database is at revision {revision}, this version of Vigie knows up to {head()}: "
            "it was written by a newer one; install that one, or restore an older backup"
        )
        self.revision = revision


def upgrade(url: str | URL, revision: str = "head") -> None:
    """Bring the database to `head()`, made first where there is none; nothing if it is there.

    On SQLite all in one transaction: it is there in full, or as it was before. On PostgreSQL one
    transaction for each migration, one upgrade at a time; a lock that somebody holds is waited
    for, for some two minutes. `revision` stops before: at an earlier version's tables.

    Raises NewerDatabaseError, sqlalchemy.exc.DBAPIError where the database cannot be written, and
    OSError where it cannot be made.
    """
    target = parse(url)
    if target.get_backend_name() == "postgresql":
        _upgrade_server(target, revision)
        return
    engine = connect(target)
    path = file_of(target)
    if path is not None and not path.exists():
        # By the system, which says what is in the way; and for its owner only.
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    try:
        with engine.begin() as connection:
            if _known(connection) != head():
                _run(connection, revision)
    finally:
        engine.dispose()


def _upgrade_server(url: URL, revision: str) -> None:
    from monitor.store import postgresql  # noqa: PLC0415 - see connect()

    engine = postgresql.connect(url, _SESSION, poolclass=NullPool)
    try:
        if _known_of(engine) == head():
            return
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as guard:
            _take_turn(guard)
            for attempt in range(_ATTEMPTS):
                try:
                    if _known_of(engine) != head():
                        with engine.connect() as connection:
                            _run(connection, revision)
                except DBAPIError as error:
                    if attempt == _ATTEMPTS - 1 or not postgresql.is_busy(error):
                        raise
                    pause(_PAUSE_S)
                else:
                    break
    finally:
        engine.dispose()


def _take_turn(guard: Connection) -> None:
    """Wait for another upgrade to end. Asked again and again: a statement that waits would itself
    be waited for by an index that is built beside others' statements."""
    schema = guard.execute(text("SELECT current_schema()")).scalar()
    key = {"key": digest64("vigie upgrade", schema or "")}
    while not guard.execute(text("SELECT pg_try_advisory_lock(:key)"), key).scalar():
        pause(_PAUSE_S)


def _run(connection: Connection, revision: str) -> None:
    from alembic import command  # noqa: PLC0415 - for those who upgrade only

    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def current(url: str | URL) -> str | None:
    """The revision that the database is at; None for one that is not there, or empty.

    Raises NewerDatabaseError for a revision that this version does not know.
    """
    path = file_of(url)
    if path is not None and not path.exists():
        return None
    engine = connect(url)
    try:
        return _known_of(engine)
    finally:
        engine.dispose()


def is_current(url: str | URL) -> bool:
    """Whether the database has this version's tables. Raises NewerDatabaseError."""
    return current(url) == head()


def revision_of(connection: Connection) -> str | None:
    """The revision that the tables of an open connection are at. Raises NewerDatabaseError."""
    return _known(connection)


def is_known(revision: str) -> bool:
    """Whether this version knows such tables; else a newer one made them."""
    return revision in _revisions()


def head() -> str:
    """The revision of this version's tables."""
    return _revisions()[-1]


def _revisions() -> tuple[str, ...]:
    """All of them in order, as their files are called: every command asks, and to load the
    migrations for it took longer than most have to do."""
    found = sorted(path.stem[1:5] for path in (_MIGRATIONS / "versions").glob("r[0-9]*.py"))
    if not found:
        raise FileNotFoundError(f"no migrations in {_MIGRATIONS}")
    return tuple(found)


def sql(dialect: str) -> str:
    """The statements that make this version's tables, for `sqlite` or `postgresql`, to read."""
    from alembic import command  # noqa: PLC0415 - see above

    written = StringIO()
    config = _config(written)
    config.attributes["dialect"] = dialect
    command.upgrade(config, "head", sql=True)
    return written.getvalue()


def _known_of(engine: Engine) -> str | None:
    with reading(engine).begin() as connection:
        return _known(connection)


def _known(connection: Connection) -> str | None:
    # Alembic itself is for those who upgrade: it takes as long to load as most commands run.
    if not inspect(connection).has_table("alembic_version"):
        return None
    noted = connection.execute(text("SELECT version_num FROM alembic_version"))
    revision: str | None = noted.scalar_one_or_none()
    if revision is not None and not is_known(revision):
        raise NewerDatabaseError(revision)
    return revision


def _config(output: StringIO | None = None) -> "Config":
    from alembic.config import Config  # noqa: PLC0415 - see above

    config = Config(output_buffer=output) if output is not None else Config()
    # Alembic reads its options through ConfigParser, where a percent sign is a reference.
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    return config
