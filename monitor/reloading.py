"""Brings a running engine to new settings: its sources at once, the rest by opening it anew."""

from sqlalchemy import Engine as Database

from monitor import assembly, placing
from monitor.changes import Changes
from monitor.engine import Engine
from monitor.formats.detection import UnknownFormatError
from monitor.health.vitals import Vitals
from monitor.pipeline import Feed, Pipeline
from monitor.services.relying_party import RelyingPartyError
from monitor.settings import Settings, SettingsError
from monitor.settings import Source as SourceSettings
from monitor.sources.source import SourceError

REFUSALS = (
    SettingsError,
    SourceError,
    UnknownFormatError,
    RelyingPartyError,
    *placing.TROUBLE,
)
"""Why new settings are refused."""


class Reloading:
    """Of one engine at work, between two of its batches. Raises REFUSALS, and nothing has changed;
    or an error of the store, and it is to be tried again."""

    def __init__(
        self, engine: Engine, pipeline: Pipeline, database: Database, vitals: Vitals
    ) -> None:
        self._engine = engine
        self._pipeline = pipeline
        self._database = database
        self._vitals = vitals

    def take_up(self, old: Settings, new: Settings, changes: Changes) -> bool:
        """Whether the engine has to be opened anew for it."""
        if changes.engine:
            _check(new)
        feeds = self._opened(old, new)
        assembly.announce(new, self._database)
        self._vitals.expect(assembly.expectations(new.all_sources))
        self._vitals.refuse(None)
        self._pipeline.take_up(feeds)
        return changes.engine

    def refused(self, reason: str) -> None:
        """New settings were refused."""
        self._vitals.refuse(reason)

    def _opened(self, old: Settings, new: Settings) -> list[Feed]:
        """The feeds of the new settings: those of sources that have not changed as they are."""
        kept = {feed.name: feed for feed in self._pipeline.feeds}
        same = {one.name for one in old.all_sources if _is_same(one, old, new)}
        fresh: list[Feed] = []
        try:
            feeds = []
            for one in new.all_sources:
                if one.name in same:
                    feeds.append(kept[one.name])
                    continue
                feed = assembly.open_feed(new, one, follow=True, database=self._database)
                fresh.append(feed)
                feeds.append(feed)
                feed.resume(self._engine.cursor(feed.name, feed.format))
        except BaseException:
            for feed in fresh:
                feed.close()
            raise
        return feeds


def _is_same(one: SourceSettings, old: Settings, new: Settings) -> bool:
    """Whether a source is read just as before."""
    is_there = any(one == other for other in new.all_sources)
    return is_there and (old.tenant, old.formats) == (new.tenant, new.formats)


def _check(new: Settings) -> None:
    """Raises one of REFUSALS for settings that no engine can be opened with."""
    assembly.correlation_of(new)
    assembly.context_of(new)
    assembly.open_enricher(new)
