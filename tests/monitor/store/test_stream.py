"""Changes on people's side get ids in the order of their commits."""

import threading

from sqlalchemy import Engine, select

from monitor.store import tables
from monitor.store.stream import Kind, tell


def test_what_changed_is_told_with_what_it_is_and_whose(database: Engine) -> None:
    with database.begin() as connection:
        tell(connection, Kind.TICKET, "1", "acme")
        tell(connection, Kind.POLICY, "2")
    with database.begin() as connection:
        rows = connection.execute(select(tables.changes).order_by(tables.changes.c.id)).all()
    assert [(r.kind, r.reference, r.tenant) for r in rows] == [
        ("ticket", "1", "acme"),
        ("policy", "2", ""),
    ]


def test_whoever_takes_an_id_first_commits_first(database: Engine) -> None:
    """A reader behind the last id that it saw would else miss one for ever."""
    seen: list[str] = []

    def other() -> None:
        with database.begin() as connection:
            tell(connection, Kind.TICKET, "second")
            rows = connection.execute(select(tables.changes.c.reference)).scalars()
            seen.extend(rows)

    thread = threading.Thread(target=other)
    with database.begin() as connection:
        tell(connection, Kind.TICKET, "first")
        thread.start()
        thread.join(0.2)
        assert thread.is_alive()
        assert seen == []
    thread.join()
    assert seen == ["first", "second"]
