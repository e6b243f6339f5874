"""The audit's oldest entries go, and what is left proves itself whole."""

from sqlalchemy import Engine as Database

from monitor.chain.sealing import Sealer
from monitor.retention.jobs.audit import Audit
from monitor.store import audit, tables, trail
from monitor.store.connection import reading
from tests.monitor.retention.working import DAY, LIMITS, NOW, count, run

SEALER = Sealer(b"k" * 32)
DAYS = (1_200, 1_100, 1_096, 1_094, 1)


def fill(database: Database, times: int = 1) -> None:
    with database.begin() as connection:
        for days in DAYS:
            for _ in range(times):
                audit.append(
                    connection,
                    time=NOW - days * DAY,
                    actor="operator:sam",
                    operation="keys:write",
                    subject=f"key:{days}",
                )


def test_what_is_older_than_three_years_goes_and_the_rest_holds(database: Database) -> None:
    fill(database, 300)
    with database.begin() as connection:
        due = Audit().due(connection, LIMITS)
    assert (due.kept, due.due) == (1_500, 900)
    assert run(Audit(), database, sealer=SEALER) == 900
    # Two steps, and an entry of each.
    assert count(database, tables.audit) == count(database, tables.audit_contents) == 602
    with reading(database).begin() as connection:
        verdict = trail.verify(connection, SEALER.public, [])
        last = trail.newest(connection, trail.Filter(operation="audit:forget"), None, 1)
    assert verdict.is_whole
    assert verdict.first == 901
    assert last[0][0].actor == "daemon:vigie"
    assert run(Audit(), database, sealer=SEALER) == 0


def test_without_the_instance_key_nothing_goes(database: Database) -> None:
    fill(database)
    assert run(Audit(), database) == 0
    assert count(database, tables.audit) == len(DAYS)
