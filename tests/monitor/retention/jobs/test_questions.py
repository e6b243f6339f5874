"""Kept questions go with the reviewer who kept them, and nobody else's."""

from sqlalchemy import Engine as Database

from monitor.retention.jobs.questions import Questions
from monitor.store import marks, questions, tables
from monitor.store.marks import Mark
from tests.monitor.retention.working import LIMITS, add, count, run


def test_they_go_with_whoever_asked_them(database: Database) -> None:
    add(
        database,
        tables.reviewers,
        uid="r-1",
        email="ada@vigie.example",
        email_key="ada@vigie.example",
        name="Ada",
        role="analyst",
        state="active",
        version=1,
        created=1,
    )
    owners = ("reviewer:r-1", "reviewer:r-2", "key:k-1", "operator:root")
    with database.begin() as connection:
        for owner in owners:
            questions.put(
                connection, owner, None, "tickets", "mine", "severity=high", shared=True, now=1
            )
            marks.put(connection, owner, "incidents", Mark(2, 1))
        due = Questions().due(connection, LIMITS)
    assert (due.kept, due.due) == (4, 2)
    assert run(Questions(), database) == 2
    with database.begin() as connection:
        left = {one.owner for one in questions.seen_by(connection, "", None, "tickets")}
        kept = {owner for owner in owners if marks.mark_of(connection, owner, "incidents")}
    assert kept == left == set(owners) - {"reviewer:r-2"}
    assert count(database, tables.ticket_filters) == 3
