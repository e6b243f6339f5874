"""A draft that somebody tried goes a week after it was heard of last, with its examples."""

from sqlalchemy import Engine as Database

from monitor.retention.jobs.rehearsals import KEPT, Rehearsals
from monitor.store import rehearsals
from monitor.store.rehearsals import State
from tests.monitor.retention.working import LIMITS, run
from tests.monitor.store.test_rehearsals import tried


def test_what_nobody_looks_for_goes(database: Database) -> None:
    with database.begin() as connection:
        for owner, age in (("reviewer:old", KEPT + 1), ("reviewer:new", KEPT)):
            rehearsals.begin(connection, tried(owner, LIMITS.time - age))
            told = {"examples": [(7, b"x")], "body": b"x"}
            rehearsals.end(connection, owner, "a1", LIMITS.time - age, State.DONE, **told)
        due = Rehearsals().due(connection, LIMITS)
    assert (due.kept, due.due) == (2, 1)
    assert run(Rehearsals(), database) == 1
    with database.begin() as connection:
        assert rehearsals.of(connection, "reviewer:old") is None
        left = rehearsals.of(connection, "reviewer:new")
        assert left is not None
        assert rehearsals.examples(connection, left) == [b"x"]
