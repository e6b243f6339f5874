"""Counts go when nothing can add to them any more, and not while folding again may need them."""

from sqlalchemy import Engine as Database

from detectors.core.census import WINDOW
from monitor.retention.jobs.ledgers import Ledgers
from monitor.store import tables
from tests.monitor.retention.working import DAY, LIMITS, NOW, add, count, run


def test_quiet_ones_go(database: Database) -> None:
    today = NOW // DAY
    folded = LIMITS.folded // DAY
    for number, (kind, day) in enumerate(
        (
            ("source", today - 17),
            ("source", today - 15),
            ("tenant", today - 17),
            ("tally", folded - WINDOW),
            ("tally", folded - WINDOW - 5),
            ("census", today),
        )
    ):
        add(
            database,
            tables.ledgers,
            kind=kind,
            subject_key=number,
            day=day,
            version=1,
            body=b"x",
        )
    with database.begin() as connection:
        assert Ledgers().due(connection, LIMITS).kept == 6
    assert run(Ledgers(), database) == 3
    assert count(database, tables.ledgers) == 3
