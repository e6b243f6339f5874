"""The other side of the gate: its list, in a database."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine, select

from alerts.ports import Action
from alerts.responders.gate import ACTIONS, Terms, open_responder
from monitor.store import tables
from monitor.store.connection import connect
from monitor.store.gate_list import GateTable
from tests.alerts.responders.contract import NOW, Fault, around


class ListWorld:
    """What is put on the list, and taken off."""

    actions: frozenset[Action] = ACTIONS
    faults: frozenset[Fault] = frozenset()
    is_exact = True
    secrets: tuple[str, ...] = ()

    def __init__(self, database: Engine) -> None:
        self._database = database
        self._known: frozenset[tuple[str, str]] = frozenset()
        self._done: list[str] = []
        listed = GateTable(database, lambda: NOW)
        self.responder = open_responder("gate", Terms(kind="gate"), around(listed))

    def effects(self) -> list[str]:
        table = tables.gate_list
        with self._database.connect() as connection:
            rows = connection.execute(select(table.c.verdict, table.c.account)).all()
        found = frozenset((verdict, account) for verdict, account in rows)
        self._done += [f"on: {verdict} {account}" for verdict, account in found - self._known]
        self._done += [f"off: {verdict} {account}" for verdict, account in self._known - found]
        self._known = found
        return list(self._done)

    def play(self, fault: Fault | None) -> None:
        assert fault is None


@contextmanager
def world(folder: Path) -> Iterator[ListWorld]:
    """One list."""
    database = connect(f"sqlite:///{folder / 'gate.db'}")
    tables.metadata.create_all(database, [tables.gate_list, tables.gate_changes])
    try:
        yield ListWorld(database)
    finally:
        database.dispose()
