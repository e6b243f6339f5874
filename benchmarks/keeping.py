"""What forgetting, a backup and a restore cost, on a database that an engine has filled."""

import argparse
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from msgspec import Struct, field
from sqlalchemy import Engine as Database

from benchmarks import world
from detectors.core.event import DAY
from monitor import assembly
from monitor.backup.archive import Reader
from monitor.backup.restoring import restore
from monitor.backup.taking import take
from monitor.engine import Engine
from monitor.retention.noted import CONFIRMED
from monitor.retention.periods import Periods
from monitor.retention.rounds import Rounds
from monitor.settings import Database as DatabaseSettings
from monitor.settings import Settings, Source
from monitor.store.connection import connect
from monitor.store.migration import upgrade
from monitor.store.watching import Watching
from monitor.store.writing import Writing
from tests.databases import Server

PERIODS = Periods(details=4 * DAY, events=8 * DAY)


class Costs(Struct):
    """Seconds of each step by job, rows by job; seconds and bytes of backup and restore."""

    steps: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    rows: dict[str, int] = field(default_factory=dict)
    events: int = 0
    size: int = 0
    packed: int = 0
    taking: float = 0.0
    restoring: float = 0.0


def fill(database: Database, url: str, folder: Path, events: int, accounts: int) -> Engine:
    """An engine that has read so many events of so many accounts."""
    log = folder / "log.ndjson"
    world.write(log, events, accounts)
    source = Source(name="log", path=str(log), format="ocsf")
    settings = Settings(data=folder, database=DatabaseSettings(url=url), sources=(source,))
    engine = assembly.open_engine(settings, database, assembly.open_enricher(settings), live=False)
    pipeline = assembly.open_pipeline(settings, engine, settings.sources, follow=False)
    pipeline.read_out(lambda: False, lambda _: None)
    pipeline.close()
    return engine


def forget(engine: Engine, database: Database, costs: Costs) -> None:
    """One whole round of retention, every step by itself."""
    now = engine.watermark
    with database.begin() as connection:
        Writing(connection).set_note(CONFIRMED, str(now).encode())
    engine.idle(now)
    rounds = Rounds(PERIODS, (), database, lambda: now)
    while True:
        job = rounds.job or "look"
        began = time.perf_counter()
        rounds.step(engine, is_idle=True)
        costs.steps[job].append(time.perf_counter() - began)
        if rounds.is_resting:
            break
    costs.rows = dict(rounds.rows)


def measure(url: str, empty: str, folder: Path, events: int, accounts: int) -> Costs:
    """Everything, on a new database at `url`, restored into the one at `empty`."""
    costs = Costs(events=events)
    upgrade(url)
    database = connect(url)
    engine = fill(database, url, folder, events, accounts)
    costs.size = Watching(database).size()
    path = folder / "one.vigie.tar"
    began = time.perf_counter()
    costs.packed = take(database, path, engine.watermark).size
    costs.taking = time.perf_counter() - began
    began = time.perf_counter()
    with Reader(path) as reader:
        restore(reader, empty, engine.watermark)
    costs.restoring = time.perf_counter() - began
    forget(engine, database, costs)
    engine.stop()
    database.dispose()
    return costs


def told(costs: Costs) -> Iterator[str]:
    """The figures, a line each."""
    mib = 1 << 20
    yield f"{costs.events:,} events, {costs.size / mib:,.0f} MiB"
    for job, steps in costs.steps.items():
        spent, rows = sum(steps), costs.rows.get(job, 0)
        each = f", {1e6 * spent / rows:,.0f} us a row" if rows else ""
        longest = f"longest step {1e3 * max(steps):,.0f} ms"
        yield f"{job}: {rows:,} rows in {len(steps):,} steps, {spent:,.1f} s{each}, {longest}"
    yield (
        f"backup: {costs.taking:,.1f} s, {costs.size / mib / costs.taking:,.0f} MiB/s, "
        f"{costs.packed / mib:,.0f} MiB"
    )
    yield f"restore: {costs.restoring:,.1f} s, {costs.size / mib / costs.restoring:,.0f} MiB/s"


@contextmanager
def _places(kind: str, folder: Path) -> Iterator[tuple[str, str]]:
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'vigie.db'}", f"sqlite:///{folder / 'other.db'}"
        return
    server = Server()
    server.start()
    with server.database("template0") as one, server.database("template0") as other:
        yield server.url_of(one), server.url_of(other)
    server.remove()


def main() -> None:
    """Measure and tell."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=200_000)
    parser.add_argument("--accounts", type=int, default=2_000)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, _places(given.database, Path(name)) as places:
        for line in told(measure(*places, Path(name), given.events, given.accounts)):
            print(line)


if __name__ == "__main__":
    main()
