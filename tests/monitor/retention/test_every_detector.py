"""With every detector there is, what is found is the same with retention as without."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from sqlalchemy import Engine as Database
from sqlalchemy import create_engine

from detectors.core.event import DAY, Event
from detectors.core.identity import time_of
from monitor import assembly, horizon
from monitor.engine import Engine, Intake
from monitor.formats.detection import named
from monitor.formats.format import Origin
from monitor.retention.periods import Periods
from monitor.retention.rounds import Rounds
from monitor.settings import Settings
from monitor.simulation.simulation import simulate
from monitor.store import tables
from tests.monitor.faults.running import START
from tests.monitor.retention.test_forgetting_changes_nothing import (
    Clock,
    findings,
    incidents,
    lose_newest,
    stored,
)

PERIODS = Periods(details=5 * DAY, events=8 * DAY)
MISDEEDS = {"credential_sharing": 3, "session_hijacking": 2, "brute_force": 2, "mfa_fatigue": 1}


def history() -> list[Event]:
    """Two weeks of a small world, in order."""
    form = named("ocsf")
    origin = Origin("log", "t", lambda *_: 0, lambda *_: 0)  # type: ignore[arg-type]
    lines = simulate(7, days=14, accounts=16, start=START, misdeeds=MISDEEDS).lines()
    return sorted((e for line in lines for e in form.parse(line, origin)), key=lambda e: e.id)


def batches(events: Sequence[Event]) -> Iterator[list[Event]]:
    """A batch for each six hours."""
    for _, some in groupby(events, key=lambda e: e.time // (DAY // 4)):
        yield [*some]


def opened(database: Database) -> Engine:
    settings = Settings()
    enricher = assembly.open_enricher(settings)
    return assembly.open_engine(settings, database, enricher, live=False)


def run(database: Database, events: Sequence[Event], *, forgets: bool) -> None:
    """With a whole round of retention each day, and a crash that loses snapshots each third."""
    engine, clock = opened(database), Clock()
    for number, batch in enumerate(batches(events)):
        engine.process([Intake("log", "ocsf", "s", b"c", batch, lines=len(batch))])
        if number % 4 == 3 and forgets:
            clock.time = engine.watermark
            rounds = Rounds(PERIODS, (), database, clock.now, clock.monotonic)
            while rounds.step(engine, is_idle=True) and not rounds.is_resting:
                pass
        if number % 12 == 11:
            engine = opened(database)
            lose_newest(database)
    engine.stop()


def test_nothing_is_found_less_or_more_or_otherwise() -> None:
    events = history()
    assert len(events) > 1_000
    made: list[Database] = []
    for forgets in (False, True):
        database = create_engine("sqlite://")
        tables.metadata.create_all(database)
        run(database, events, forgets=forgets)
        made.append(database)
    calm, forgetful = made
    with forgetful.begin() as connection:
        at = horizon.noted(connection)
    assert at.kept > START
    assert len(stored(forgetful)) < 0.8 * len(stored(calm))
    assert findings(forgetful) == findings(calm)
    assert incidents(forgetful) == incidents(calm)
    early = [one for one in findings(calm) if time_of(one) < at.kept]
    assert len(early) > 2
    for database in made:
        database.dispose()
