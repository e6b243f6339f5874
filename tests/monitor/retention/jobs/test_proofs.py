"""What a session proved goes when it counts no longer; what it still has to prove stays."""

from sqlalchemy import Engine as Database

from monitor.retention.jobs.proofs import Proofs
from monitor.store import assurances
from monitor.store.assurances import AssuranceRow, DemandRow
from tests.monitor.retention.working import LIMITS, run

WHO = (1, "acme", "u-1")


def test_what_has_ended_goes(database: Database) -> None:
    with database.begin() as connection:
        for session, until in (("old", LIMITS.time - 1), ("new", LIMITS.time + 1)):
            row = AssuranceRow(2, "totp", 0, until)
            assurances.set_assurance(connection, *WHO, session, row)
        asked = DemandRow("challenge", 0, None, "review", "k")
        assurances.set_demand(connection, *WHO, "old", asked)
        due = Proofs().due(connection, LIMITS)
    assert (due.kept, due.due) == (3, 1)
    assert run(Proofs(), database) == 1
    with database.begin() as connection:
        assert assurances.assurance(connection, *WHO, "old") is None
        assert assurances.assurance(connection, *WHO, "new") is not None
        assert assurances.demands(connection, *WHO, "old", LIMITS.time) == [asked]
