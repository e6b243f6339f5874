"""A job at work on a database of its own: all its steps, each in a transaction."""

from collections.abc import Collection
from typing import Any

from msgspec import structs
from sqlalchemy import Engine as Database
from sqlalchemy import func, insert, select

from alerts.correlation import correlate
from detectors.core import registry
from detectors.core.context import Context
from detectors.core.event import DAY, Event, SignIn
from detectors.core.finding import Evidence, Finding, Severity, Weights, finding
from detectors.core.identity import Subject, SubjectKind
from detectors.password_spraying import PasswordSpraying
from monitor import horizon
from monitor.campaigns import StoredCampaigns
from monitor.cells import Cells
from monitor.chain.sealing import Sealer
from monitor.engine import Beside
from monitor.leanings import StoredLeanings
from monitor.listings import StoredListings
from monitor.naming import Naming
from monitor.populations import StoredPopulations
from monitor.retention.job import Job, Work
from monitor.retention.periods import Limits, Periods
from monitor.store import tables
from monitor.store.writing import Writing, account_key, encode_event
from tests.monitor.test_cells import fold
from tests.monitor.test_engine import sign_in

NOW = 20_000 * DAY
PERIODS = Periods()
LIMITS = PERIODS.at(NOW)
CAMPAIGNS = StoredCampaigns((PasswordSpraying(),), Context())
POPULATIONS = StoredPopulations(Context(), DAY)
LEANINGS = StoredLeanings(registry.load(), POPULATIONS)
_MOST_STEPS = 1_000


def run(
    job: Job,
    database: Database,
    limits: Limits = LIMITS,
    sources: Collection[str] = (),
    cells: Cells | None = None,
    *,
    undated: bool = False,
    sealer: Sealer | None = None,
) -> int:
    """A whole round of one job; how many rows it changed."""
    cells = cells or Cells(fold())
    changed = 0
    for _ in range(_MOST_STEPS):
        job.apart(database)
        with database.begin() as connection:
            writing = Writing(connection)
            cells.beginnings.horizon = horizon.noted(connection)
            beside = Beside(
                writing,
                cells,
                Naming(),
                CAMPAIGNS,
                POPULATIONS,
                LEANINGS,
                limits.time,
                StoredListings(),
            )
            work = Work(
                beside=beside, limits=limits, sources=sources, undated=undated, sealer=sealer
            )
            rows = job.step(work)
        if rows is None:
            return changed
        changed += rows
    raise AssertionError("it never ends")


def visit(days: float, account: str = "a", number: int = 0, **fields: Any) -> SignIn:
    """A sign-in so many days ago."""
    return sign_in(round(NOW - days * DAY), account, "192.0.2.7", number, **fields)


def store(database: Database, *events: Event, late: bool = False) -> None:
    with database.begin() as connection:
        Writing(connection).add_events(
            [(e.id, account_key(e), None, 1, late, encode_event(e)) for e in events]
        )


def stored(database: Database) -> dict[bytes, Event]:
    with database.begin() as connection:
        writing = Writing(connection)
        found: list[Event] = []
        for account in ("a", "b", "c"):
            subject = Subject(SubjectKind.ACCOUNT, "t", account)
            found += writing.events_of(subject, bytes(16))
    return {event.id: event for event in found}


def incident(
    database: Database,
    *events: SignIn,
    severity: Severity = Severity.HIGH,
    days: float | None = None,
) -> Finding:
    """An incident of one finding that these events show, at the last of them or so long ago."""
    last = events[-1]
    subject = Subject(SubjectKind.ACCOUNT, last.tenant, last.account)
    time = last.time if days is None else round(NOW - days * DAY)
    evidence = Evidence("impossible_travel", Weights(shared=6.0), {})
    ids = tuple(event.id for event in reversed(events))
    found = finding("impossible_travel", subject, time, Severity.HIGH, evidence, ids)
    [made] = correlate([found])
    made = structs.replace(made, severity=severity)
    with database.begin() as connection:
        writing = Writing(connection)
        writing.put_findings([found])
        writing.put_incidents([made])
    return found


def count(database: Database, table: Any) -> int:
    with database.begin() as connection:
        return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


def add(database: Database, table: Any, **values: Any) -> None:
    with database.begin() as connection:
        connection.execute(insert(table).values(**values))


def evidence_of(database: Database) -> set[bytes]:
    with database.begin() as connection:
        return set(connection.execute(select(tables.evidence.c.id)).scalars())
