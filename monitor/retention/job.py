"""A job of retention forgets one kind of thing when it is old. Jobs are found in their folder."""

import importlib
import pkgutil
from collections.abc import Collection
from typing import ClassVar, Protocol

from msgspec import Struct
from sqlalchemy import Connection
from sqlalchemy import Engine as Database

from monitor.cells import Cells
from monitor.chain.sealing import Sealer
from monitor.engine import Beside
from monitor.retention import jobs as folder
from monitor.retention.periods import Limits
from monitor.store.writing import Writing


class Work(Struct, kw_only=True):
    """What a step may work with: an open transaction of the engine's and what that has in memory,
    what is old, and the names of the sources that are set up.

    `undated`: what came before it was noted when things came is old as well. `sealer` signs for
    the instance; None where its key is not at hand.
    """

    beside: Beside
    limits: Limits
    sources: Collection[str]
    undated: bool = False
    sealer: Sealer | None = None

    @property
    def writing(self) -> Writing:
        """The engine's statements in the transaction."""
        return self.beside.writing

    @property
    def cells(self) -> Cells:
        """The accounts in memory."""
        return self.beside.cells

    @property
    def connection(self) -> Connection:
        """The transaction's connection."""
        return self.writing.connection


class Due(Struct, frozen=True, kw_only=True):
    """How many of a kind there are, how many of them go now, and the time (ms) before which."""

    kept: int
    due: int
    before: int


class Job(Protocol):
    """Forgets one kind of thing, from the beginning of a round until there is no more to do.

    Jobs inherit from this. What one remembers between steps it may lose: it then begins again.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    """What goes, as commands and the documentation call it."""

    def step(self, work: Work) -> int | None:
        """Do a small part; how many rows it changed, None when there was nothing left to do."""

    def apart(self, database: Database) -> None:
        """What cannot be done within a transaction of the engine's, before each step."""

    def due(self, connection: Connection, limits: Limits) -> Due:
        """What is there and what would go, only looking."""


def jobs() -> list[type[Job]]:
    """The jobs there are, in the order of their names."""
    found: list[type[Job]] = []
    for info in pkgutil.iter_modules(folder.__path__):
        module = importlib.import_module(f"{folder.__name__}.{info.name}")
        own = (k for k in vars(module).values() if getattr(k, "__module__", "") == module.__name__)
        found += [kind for kind in own if isinstance(kind, type) and hasattr(kind, "due")]
    return sorted(found, key=lambda kind: kind.name)
