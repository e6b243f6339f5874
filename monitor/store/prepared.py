"""Statements that are put together once: for whoever asks the same thing for every sign-in.

Building a statement and finding out that it is known costs several times what the database does for
a row by its key.
"""

from typing import Any

from sqlalchemy import Connection, Select
from sqlalchemy.sql.selectable import CompoundSelect


class Prepared:
    """One statement, with names for its values (`bindparam`). Safe to share between threads.

    What comes back is as the driver gives it: on SQLite a truth is a number.
    """

    def __init__(self, statement: Select[Any] | CompoundSelect[Any]) -> None:
        self._statement = statement
        self._compiled: dict[str, tuple[str, tuple[str, ...] | None, dict[str, Any]]] = {}

    def rows(self, connection: Connection, **values: Any) -> list[tuple[Any, ...]]:
        """What is found with these values."""
        name = connection.dialect.name
        text, order, fixed = self._compiled.get(name) or self._compile(connection)
        given = {**fixed, **values}
        told = given if order is None else tuple([given[one] for one in order])
        return connection.exec_driver_sql(text, told).all()  # type: ignore[return-value]

    def _compile(
        self, connection: Connection
    ) -> tuple[str, tuple[str, ...] | None, dict[str, Any]]:
        compiled = self._statement.compile(dialect=connection.dialect)
        positions = getattr(compiled, "positiontup", None)
        order = tuple(positions) if positions else None
        made = (str(compiled), order, dict(compiled.params))
        self._compiled[connection.dialect.name] = made
        return made
