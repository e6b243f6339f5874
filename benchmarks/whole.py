"""The whole chain under measurement: read, parse, enrich, detect, assess, correlate, commit."""

from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from monitor import assembly
from monitor.settings import Engine, Settings, Source
from monitor.store import tables
from monitor.store.connection import connect, reading
from monitor.store.migration import upgrade


class Whole:
    """Steps the pipeline through a log of OCSF lines into a new database."""

    def __init__(self, log: Path, url: str, *, batch: int) -> None:
        upgrade(url)
        self._database = connect(url)
        source = Source(name="application", path=str(log), format="ocsf")
        settings = Settings(engine=Engine(batch=batch), sources=(source,))
        enricher = assembly.open_enricher(settings)
        self._engine = assembly.open_engine(settings, self._database, enricher, live=False)
        self._pipeline = assembly.open_pipeline(
            settings, self._engine, settings.sources, follow=False
        )
        self._pipeline.start()

    def step(self) -> int:
        """One micro-batch, committed; 0 when the log is read."""
        while not self._pipeline.is_exhausted():
            outcome = self._pipeline.step()
            if outcome is not None and outcome.events:
                return outcome.events
        return 0

    def parts(self) -> dict[str, float]:
        """Nothing: it is looked at by a sampler instead."""
        return {}

    def facts(self) -> dict[str, Any]:
        """How many rows there are of each kind, and how long an event's body is."""
        counted = (tables.events, tables.findings, tables.incidents, tables.snapshots)
        with reading(self._database).begin() as connection:
            facts: dict[str, Any] = {
                table.name: connection.execute(select(func.count()).select_from(table)).scalar()
                for table in counted
            }
            length = select(func.avg(func.length(tables.events.c.body)))
            facts["body"] = float(connection.execute(length).scalar() or 0)
        return facts

    def stop(self) -> None:
        """Save what is kept in memory, as at the end of a run."""
        self._engine.stop()
        self._pipeline.close()
