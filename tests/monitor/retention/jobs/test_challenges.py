"""Challenges that were over long ago go; what is open, or was over lately, stays."""

from msgspec import structs
from sqlalchemy import Engine as Database

from monitor.mfa.challenge import State
from monitor.retention.jobs.challenges import Challenges
from monitor.store import challenges
from tests.monitor.retention.working import LIMITS, run
from tests.monitor.store.test_challenges import ONE, other


def test_what_was_over_long_ago_goes(database: Database) -> None:
    with database.begin() as connection:
        for number, ended in enumerate((LIMITS.orders - 1, LIMITS.orders + 1)):
            over = structs.replace(ONE.challenge, state=State.PASSED, ended=ended)
            challenges.add(connection, other(number, challenge=over), bytes([number]) * 32)
        challenges.add(connection, other(2), b"2" * 32)
        due = Challenges().due(connection, LIMITS)
    assert (due.kept, due.due) == (3, 1)
    assert run(Challenges(), database) == 1
    with database.begin() as connection:
        assert challenges.by_handle(connection, other(0).handle) is None
        assert challenges.by_handle(connection, other(2).handle) is not None
