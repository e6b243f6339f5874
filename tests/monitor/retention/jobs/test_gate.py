"""What the gate's list says goes when it ends by itself, and nothing that a person takes back."""

from sqlalchemy import Engine as Database

from monitor.retention.jobs.gate import Gate
from monitor.store.gate_list import GateTable
from tests.monitor.retention.working import LIMITS, run


def test_what_has_ended_goes(database: Database) -> None:
    listed = GateTable(database, lambda: 0)
    listed.put("acme", "u-1", "disabled", 0, LIMITS.time - 1, "a")
    listed.put("acme", "u-2", "disabled", 0, LIMITS.time + 1, "b")
    listed.put("acme", "u-3", "disabled", 0, None, "c")
    with database.begin() as connection:
        due = Gate().due(connection, LIMITS)
    assert (due.kept, due.due) == (3, 1)
    assert run(Gate(), database) == 1
    assert listed.verdicts("acme", "u-1") == frozenset()
    assert listed.verdicts("acme", "u-2") == listed.verdicts("acme", "u-3") == {"disabled"}
