"""Versions of the policy go as entries of the audit do; never the one that holds, and none on which
a measure rests."""

from msgspec import structs
from sqlalchemy import Engine as Database

from alerts.ladder import Step
from alerts.measure import Measure, State
from monitor.retention.jobs.policies import Policies
from monitor.store import measures, policies
from tests.monitor.retention.working import LIMITS, run

OLD = LIMITS.audit - 1


def adopt(database: Database, *times: int) -> None:
    with database.begin() as connection:
        for after, at in enumerate(times):
            policies.add(
                connection,
                after,
                f"# {after}",
                actor="reviewer:r-1",
                actor_name="Ada",
                reason="calmer",
                now=at,
            )


def left(database: Database) -> list[int]:
    with database.begin() as connection:
        return [one.id for one in policies.versions(connection)]


def test_the_one_that_held_at_the_limit_stays(database: Database) -> None:
    adopt(database, OLD - 2, OLD - 1, OLD, LIMITS.audit + 5)
    with database.begin() as connection:
        due = Policies().due(connection, LIMITS)
    assert (due.kept, due.due) == (4, 2)
    assert run(Policies(), database) == 2
    assert left(database) == [4, 3]


def test_the_last_one_never_goes(database: Database) -> None:
    adopt(database, OLD - 1, OLD)
    assert run(Policies(), database) == 1
    assert left(database) == [2]
    assert run(Policies(), database) == 0
    with database.begin() as connection:
        again = policies.add(
            connection, 2, "#", actor="a", actor_name="A", reason="r", now=LIMITS.time
        )
    assert again == 3


def test_none_goes_that_a_measure_rests_on_and_no_gap_is_made(database: Database) -> None:
    adopt(database, OLD - 3, OLD - 2, OLD - 1, OLD)
    one = Measure(tenant="t", account="a", step=Step.NOTIFY, state=State.DONE, created=OLD)
    with database.begin() as connection:
        measures.add(connection, structs.replace(one, key="x", policy=2))
        measures.add(connection, structs.replace(one, key="y", policy=0))
    assert run(Policies(), database) == 1
    assert left(database) == [4, 3, 2]
