"""What is over goes with incidents of its age; what is open stays however old."""

from msgspec import structs
from sqlalchemy import Engine as Database

from monitor.mfa import lost_factor
from monitor.retention.jobs.recoveries import Recoveries
from monitor.store import recoveries, tables
from tests.monitor.retention.working import LIMITS, count, run
from tests.monitor.store.test_recoveries import ONE


def test_what_is_over_goes(database: Database) -> None:
    old = LIMITS.incidents - 1
    with database.begin() as connection:
        recoveries.add(connection, ONE)
        for number, ended in ((1, old), (2, LIMITS.incidents)):
            case = structs.replace(ONE.case, state=lost_factor.State.REFUSED, ended=ended)
            recoveries.add(connection, structs.replace(ONE, case=case, handle=f"{number:032x}"))
        due = Recoveries().due(connection, LIMITS)
    assert (due.kept, due.due) == (3, 1)
    assert run(Recoveries(), database) == 1
    assert count(database, tables.recoveries) == 2
