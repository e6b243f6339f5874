"""The measure of keeping: it forgets what is due, and tells of every job, backup and restore."""

from pathlib import Path

from benchmarks.keeping import measure, told
from tests.databases import Databases


def test_everything_is_measured(databases: Databases, tmp_path: Path) -> None:
    url, other = databases.url(empty=True), databases.url(empty=True)
    costs = measure(url, other, tmp_path, events=1_200, accounts=10)
    assert costs.rows["events"] > 300
    assert costs.rows["details"] > 100
    assert {"look", "accounts", "events", "incidents"} <= costs.steps.keys()
    assert costs.taking > 0
    assert costs.restoring > 0
    lines = [*told(costs)]
    assert any(line.startswith("events: ") and "us a row" in line for line in lines)
