"""What the directory and hygiene cost: accounts taken up and folded by, then two rounds over them.

`python -m benchmarks.hygiene --accounts 100000` uses a SQLite file in a temporary folder; `--url`
takes another database, which has to be empty.
"""

import argparse
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from sqlalchemy import Engine as Database

from detectors.core import registry
from detectors.core.event import DAY, HOUR, MINUTE, Activity, Event, Outcome, SignIn
from detectors.core.identity import timed_id
from monitor.directory.account import Account, State
from monitor.directory.origin import Origin, Provenance
from monitor.engine import Engine, Intake
from monitor.hygiene.facts import Thresholds
from monitor.hygiene.rounds import Phase, Rounds
from monitor.hygiene.versions import load
from monitor.store.connection import connect
from monitor.store.directory import DirectoryTable
from monitor.store.migration import upgrade

START = 1_793_577_600_000
TENANTS = 200
BATCH = 5_000
AGENT = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/{}.0.0.0 Safari/537.36"


@contextmanager
def told(what: str) -> Iterator[list[float]]:
    """Print how long the block took, and its longest step where it notes any (s)."""
    steps: list[float] = []
    processor, clock = time.process_time(), time.monotonic()
    yield steps
    spent, passed = time.process_time() - processor, time.monotonic() - clock
    longest = f", {len(steps)} steps, the longest {1_000 * max(steps):.0f} ms" if steps else ""
    print(f"{what}: {spent:.1f} s of processor time, {passed:.1f} s by the clock{longest}")


def uses(accounts: int) -> list[Event]:
    """Two uses of each account on each of two days, by time."""
    events: list[Event] = []
    for number in range(accounts):
        for use in range(4):
            at = START + use // 2 * DAY + number % 900 * MINUTE + use % 2 * HOUR + number % 59
            events.append(
                SignIn(
                    id=timed_id(at, str(number), str(use)),
                    time=at,
                    tenant=f"t{number % TENANTS}",
                    account=f"u{number}",
                    account_name=f"user{number}",
                    activity=Activity.LOGON,
                    outcome=Outcome.SUCCESS,
                    session=f"s{number}-{use // 2}",
                    user_agent=AGENT.format(100 + number % 60),
                )
            )
    return sorted(events, key=lambda event: event.id)


def enter(database: Database, accounts: int, at: int) -> None:
    """Have all accounts in the directory, each with another name."""
    said = Provenance(Origin.CSV, START)
    origins = {"uid": said, "state": said}
    with database.begin() as connection:
        table = DirectoryTable(connection)
        table.add_tenants((f"t{number}" for number in range(TENANTS)), Origin.CSV, START)
        for first in range(0, accounts, BATCH):
            made = [
                Account(
                    tenant=f"t{number % TENANTS}",
                    uid=f"u{number}",
                    state=State.ACTIVE,
                    display_name=f"Ann Lee {number}",
                    privileged=number % 50 == 0,
                    aliases=(f"user{number}@example.com",),
                    origins=origins,
                )
                for number in range(first, min(first + BATCH, accounts))
            ]
            table.put([(None, one) for one in made], at)


def measure(url: str, accounts: int) -> None:
    """All of it, on an empty database."""
    upgrade(url)
    database = connect(url)
    now = START + 3 * DAY
    engine = Engine(database, registry.load(), lambda event: event, clock=lambda: now)
    events = uses(accounts)
    with told(f"{len(events)} events of {accounts} accounts"):
        for first in range(0, len(events), BATCH):
            some = events[first : first + BATCH]
            engine.process([Intake("log", "bench", "s", None, some, lines=len(some))])
    enter(database, accounts, now)
    with told("the directory taken up") as steps:
        while True:
            began = time.monotonic()
            if not engine.take_up_directory():
                break
            steps.append(time.monotonic() - began)
    engine.idle(now)
    for name, at in (("the first round", now), ("a round six hours later", now + DAY // 4)):
        rounds = Rounds(Thresholds(), load(), partial(int, at))
        with told(name) as steps:
            while not steps or rounds.phase is not Phase.RESTING:
                began = time.monotonic()
                rounds.step(engine, is_idle=True)
                steps.append(time.monotonic() - began)
    database.dispose()


def main() -> None:
    """Read the arguments, and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--accounts", type=int, default=10_000)
    parser.add_argument("--url")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="vigie-bench-") as folder:
        measure(given.url or f"sqlite:///{Path(folder) / 'vigie.db'}", given.accounts)


if __name__ == "__main__":
    main()
