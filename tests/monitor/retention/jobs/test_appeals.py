"""That a link to contest a measure was used is known while the link would hold."""

from sqlalchemy import Engine as Database

from monitor.retention.jobs.appeals import Appeals
from monitor.store import tables
from tests.monitor.retention.working import LIMITS, add, count, run


def test_a_link_goes_when_it_holds_no_more(database: Database) -> None:
    for number, expires in enumerate((LIMITS.time - 1, LIMITS.time)):
        add(
            database,
            tables.appeal_links,
            digest=bytes([number]) * 32,
            measure_id=1,
            subject_key=1,
            language="fr",
            created=1,
            expires=expires,
            used=1,
        )
    with database.begin() as connection:
        due = Appeals().due(connection, LIMITS)
    assert (due.kept, due.due) == (2, 1)
    assert run(Appeals(), database) == 1
    assert count(database, tables.appeal_links) == 1
