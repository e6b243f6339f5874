"""Where somebody is goes forward only, and is kept for each room."""

from sqlalchemy import Engine

from monitor.store import marks
from monitor.store.marks import Mark


def test_it_never_goes_back(database: Engine) -> None:
    with database.begin() as connection:
        assert marks.mark_of(connection, "reviewer:1", "incidents") is None
        marks.put(connection, "reviewer:1", "incidents", Mark(20, 10))
        # Another tab of theirs was slower.
        marks.put(connection, "reviewer:1", "incidents", Mark(15, 5))
        assert marks.mark_of(connection, "reviewer:1", "incidents") == Mark(20, 10)
        marks.put(connection, "reviewer:1", "incidents", Mark(30, 20))
        assert marks.mark_of(connection, "reviewer:1", "incidents") == Mark(30, 20)
        assert marks.mark_of(connection, "reviewer:1", "elsewhere") is None
        assert marks.nobodys(connection) == marks.forget(connection) == 1
