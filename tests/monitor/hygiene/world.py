"""An engine with accounts in its logs and in its directory, and rounds of hygiene over them."""

from collections.abc import Sequence

from sqlalchemy import Engine as Database

from detectors.core.event import DAY, Event
from monitor.hygiene.facts import Fact, Thresholds
from monitor.hygiene.kept import read, read_tally
from monitor.hygiene.rounds import Phase, Rounds
from monitor.hygiene.score import Tally
from monitor.hygiene.versions import load
from monitor.store import tables
from monitor.store.hygiene import HygieneTable
from tests.detectors.story import CHROME, LYON, MONDAY, Story
from tests.monitor.test_listings import Clock, T, enter, intake, open_engine, take_up

__all__ = ["DAY", "MONDAY", "Clock", "T", "World", "enter", "work"]


def work(uid: str, days: range, tenant: str = T) -> Story:
    """Days of ordinary work."""
    return Story(uid, tenant).work(days, LYON, CHROME)


class World:
    """An engine on a database, whose clock the test sets; rounds begin every six hours."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.clock = Clock()
        self.engine = open_engine(database, self.clock)
        self.rounds = self.new_rounds()

    def new_rounds(self) -> Rounds:
        """As another engine begins with."""
        return Rounds(Thresholds(), load(), self.clock, self.clock.seconds)

    def at(self, days: float) -> "World":
        """The clock so many days after `MONDAY`."""
        self.clock.now = MONDAY + round(days * DAY)
        return self

    def read(self, events: Sequence[Event]) -> "World":
        """Have the engine judge these."""
        self.engine.process([intake(events)])
        return self

    def round(self) -> int:
        """A whole round, if it is time for one; its steps."""
        take_up(self.engine)
        self.engine.idle(self.clock.now)
        steps = 0
        while self.rounds.step(self.engine, is_idle=True) or self.rounds.phase is not Phase.RESTING:
            steps += 1
            assert steps < 10_000, "it never ends"
        return steps

    def facts(self) -> dict[str, set[Fact]]:
        """What is said of whom."""
        with self.database.begin() as connection:
            shown = HygieneTable(connection).accounts(None, 0, None, 10_000)
        return {
            one.account.uid: {said.fact for said in read(one.body).said}
            for one in shown
            if one.facts
        }

    def days(self, tenant: str = T) -> dict[int, Tally]:
        """What a tenant came to, by days after `MONDAY`."""
        with self.database.begin() as connection:
            rows = HygieneTable(connection).days(tenant, 0)
        return {row.day - MONDAY // DAY: read_tally(row.body) for row in rows}

    def rows(self) -> list[tuple[object, ...]]:
        """All that is kept of accounts and of tenants."""
        found: list[tuple[object, ...]] = []
        with self.database.begin() as connection:
            for table in (tables.hygiene_accounts, tables.hygiene_days, tables.accounts):
                found += [tuple(row) for row in connection.execute(table.select())]
        return sorted(found, key=repr)
