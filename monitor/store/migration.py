"""Brings a database to this version's tables, in one transaction, and never an unknown one."""

from io import StringIO
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.engine import URL

from monitor.store.connection import connect, file_of, reading

_MIGRATIONS = Path(__file__).parent / "migrations"


class NewerDatabaseError(Exception):
    """The database was brought to a revision that this version of Vigie does not know."""

    def __init__(self, revision: str) -> None:
        super().__init__(
            f"the database is at revision {revision}, this version of Vigie knows up to {head()}: "
            "it was written by a newer one; install that one, or restore an older backup"
        )
        self.revision = revision


def upgrade(url: str | URL) -> None:
    """Bring the database to `head()`, made first where there is none; nothing if it is there.

    All in one transaction: it is there in full, or as it was before. Raises NewerDatabaseError,
    and sqlalchemy.exc.DBAPIError where the database cannot be written.
    """
    engine = connect(url)
    try:
        with engine.begin() as connection:
            if _known(connection) != head():
                config = _config()
                config.attributes["connection"] = connection
                command.upgrade(config, "head")
    finally:
        engine.dispose()


def current(url: str | URL) -> str | None:
    """The revision that the database is at; None for one that is not there, or empty.

    Raises NewerDatabaseError for a revision that this version does not know.
    """
    path = file_of(url)
    if path is not None and not path.exists():
        return None
    engine = connect(url)
    try:
        with reading(engine).begin() as connection:
            return _known(connection)
    finally:
        engine.dispose()


def is_current(url: str | URL) -> bool:
    """Whether the database has this version's tables. Raises NewerDatabaseError."""
    return current(url) == head()


def is_known(revision: str) -> bool:
    """Whether this version knows such tables; else a newer one made them."""
    scripts = ScriptDirectory.from_config(_config())
    return revision in {script.revision for script in scripts.walk_revisions()}


def head() -> str:
    """The revision of this version's tables."""
    newest = ScriptDirectory.from_config(_config()).get_current_head()
    if newest is None:
        raise FileNotFoundError(f"no migrations in {_MIGRATIONS}")
    return newest


def sql(dialect: str) -> str:
    """The statements that make this version's tables, for `sqlite` or `postgresql`, to read."""
    written = StringIO()
    config = _config(written)
    config.attributes["dialect"] = dialect
    command.upgrade(config, "head", sql=True)
    return written.getvalue()


def _known(connection: Connection) -> str | None:
    revision = MigrationContext.configure(connection).get_current_revision()
    if revision is not None and not is_known(revision):
        raise NewerDatabaseError(revision)
    return revision


def _config(output: StringIO | None = None) -> Config:
    config = Config(output_buffer=output) if output is not None else Config()
    # Alembic reads its options through ConfigParser, where a percent sign is a reference.
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    return config
