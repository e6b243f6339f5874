"""From sources to the engine: reads, parses and hands over micro-batches, cursors included."""

import logging
from collections.abc import Callable, Sequence

import msgspec
from msgspec import Struct
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from detectors.core.event import Event
from monitor import clock
from monitor.engine import Engine, Intake, Outcome
from monitor.erasing.job import Erasing
from monitor.formats.format import Format, MalformedLine, Origin
from monitor.formats.occurrence import Occurrences
from monitor.formats.year import LatestBefore
from monitor.health.rule import Postponed
from monitor.health.vitals import Vitals
from monitor.hygiene.rounds import Rounds as HygieneRounds
from monitor.retention.rounds import Rounds
from monitor.sources.source import Chunk, Source, SourceError
from monitor.store.connection import explain
from monitor.store.writing import Reject

BATCH = 5_000
_TURN = 1_000
"""Lines that one source may give before the one furthest behind is chosen again."""
_PAUSE_S = 0.1
_IDLE_EVERY_S = 5.0
_HEED_EVERY_S = 5.0
"""A change of the directory is taken up within so long, some at a time beside the lines."""
_FIRST_PAUSE_S = 1.0
_LONGEST_PAUSE_S = 30.0
_TROUBLE_S = 10.0
"""A source in trouble may find nothing to read in between; after so long, there is no trouble."""

log = logging.getLogger(__name__)


class _Cursor(Struct, array_like=True):
    source: bytes
    occurrences: bytes


class Feed:
    """One source read in one format: gives intakes, and says how far in event time it is."""

    def __init__(
        self,
        source: Source,
        form: Format,
        tenant: str,
        *,
        origin: str | None = None,
        is_of_tenant: bool = False,
    ) -> None:
        """`origin` goes into the events' ids; it is the source's name where it is not given.

        `is_of_tenant`: the tenant was set for this source by itself.
        """
        self.name = source.name
        self.format = form.name
        self.reached = 0
        self.trouble: str | None = None
        self.error: SourceError | None = None
        self._failed_at = 0.0
        self._source = source
        self._form = form
        self._tenant = tenant
        self._is_of_tenant = is_of_tenant
        self._origin = source.name if origin is None else origin
        self._occurrences = Occurrences()
        self._is_taken = False

    def resume(self, cursor: bytes | None) -> None:
        """Go on from a committed cursor; from the start when None."""
        self._occurrences = Occurrences()
        self._is_taken = False
        if cursor is None:
            self._source.resume(None)
            return
        saved = msgspec.msgpack.decode(cursor, type=_Cursor)
        self._occurrences.restore(saved.occurrences)
        self._source.resume(saved.source)

    def take(self, limit: int) -> Intake | None:
        """At most `limit` lines as events; None when nothing is there now."""
        chunk = self._source.read(limit)
        if chunk is None:
            return None
        if chunk.is_beginning:
            self._occurrences = Occurrences()
        intake = parse_chunk(
            chunk,
            self._form,
            self._origin,
            self._tenant,
            self._occurrences.occurrence,
            is_of_tenant=self._is_of_tenant,
        )
        intake.source = self.name
        intake.cursor = msgspec.msgpack.encode(_Cursor(chunk.cursor, self._occurrences.save()))
        intake.backlog = self._source.backlog()
        self._is_taken = True
        if intake.events:
            self.reached = max(self.reached, intake.events[-1].time)
        return intake

    def note(self, error: SourceError | None) -> None:
        """What was in the way of reading, if anything was."""
        if error is not None:
            self.error, self._failed_at = error, clock.monotonic()
        elif self.error is not None and clock.monotonic() - self._failed_at > _TROUBLE_S:
            self.error = None

    def acknowledge(self) -> None:
        """What was taken is committed."""
        if self._is_taken:
            self._is_taken = False
            self._source.acknowledge()

    def is_exhausted(self) -> bool:
        """Whether it will never give anything more."""
        return self._source.is_exhausted()

    def backlog(self) -> tuple[int, int] | None:
        """Bytes read and bytes there are, where that is known."""
        return self._source.backlog()

    def close(self) -> None:
        """Let go of what it holds open."""
        self._source.close()


def parse_chunk(
    chunk: Chunk,
    form: Format,
    source: str,
    tenant: str,
    occurrence: Callable[[int, bytes], int],
    *,
    is_of_tenant: bool = False,
) -> Intake:
    """A chunk's lines as events; what cannot be read is put aside with its reason."""
    default = tenant if chunk.tenant is None else chunk.tenant
    is_of_tenant = is_of_tenant or chunk.tenant is not None
    origin = Origin(source, default, LatestBefore(chunk.reference), occurrence, is_of_tenant)
    intake = Intake(source, form.name, chunk.path, None, [])
    events: list[Event] = intake.events
    parse = form.parse
    bug: Exception | None = None
    for offset, line in enumerate(chunk.lines):
        try:
            found = parse(line, origin)
        except MalformedLine as error:
            intake.rejects.append(Reject(chunk.position(offset), str(error), line))
            continue
        except Exception as error:  # noqa: BLE001 - a stranger's line that meets a bug of ours
            # It would end the engine at every start, for all sources.
            reason = f"a bug in the format {form.name}, please report it: {error!r:.200}"
            intake.rejects.append(Reject(chunk.position(offset), reason, line))
            bug = error
            continue
        if chunk.tenant is not None and any(e.tenant != chunk.tenant for e in found):
            reason = f"names another tenant than {chunk.tenant!r}, which its sender may speak for"
            intake.rejects.append(Reject(chunk.position(offset), reason, line))
        elif found:
            events.extend(found)
        else:
            intake.skipped += 1
    if bug is not None:
        log.error("a bug in the format %s keeps lines of %s aside", form.name, source, exc_info=bug)
    for unread in chunk.rejects:
        intake.rejects.append(Reject(unread.position, unread.reason.en, unread.head))
    intake.lines = len(chunk.lines) + len(chunk.rejects)
    return intake


class Pipeline:
    """Steps feeds through the engine. Pull only: nothing is read before it can be stored."""

    def __init__(
        self,
        engine: Engine,
        feeds: Sequence[Feed],
        *,
        batch: int = BATCH,
        vitals: Vitals | None = None,
        retention: Rounds | None = None,
        erasing: Erasing | None = None,
        hygiene: HygieneRounds | None = None,
        now: Callable[[], int] = clock.now_ms,
    ) -> None:
        """`vitals` measure the engine, and tell of it while it runs; None: nothing is told.
        `retention` forgets what is old while it runs; None: nothing is forgotten. `erasing` does
        the same with whom it was asked to; None: nobody is erased. `hygiene` keeps facts of all
        accounts; None: nothing is kept. `now` (ms) is how far event time passes while nothing
        comes."""
        self._now = now
        self._engine = engine
        self.feeds = list(feeds)
        self._batch = batch
        self._vitals = vitals
        self._retention = retention
        self._hygiene = hygiene
        self._erasing = erasing
        self._is_drained = False
        self._heeded = 0.0
        self.between: Callable[[], None] = _nothing
        """Is done between two batches while it runs: quick, and told nothing."""

    def start(self, is_stopping: Callable[[], bool] = lambda: False) -> None:
        """Begin, or begin again after an error, at the committed cursors, with the directory as it
        is now."""
        self._engine.start()
        while self._engine.take_up_directory() and not is_stopping():
            pass
        self._heeded = clock.monotonic()
        for feed in self.feeds:
            feed.resume(self._engine.cursor(feed.name, feed.format))
        if self._vitals is not None:
            self._vitals.begin(self._engine, [feed.name for feed in self.feeds])

    def take_up(self, feeds: Sequence[Feed]) -> None:
        """Read these from now on, between two batches; new ones are resumed already."""
        for feed in self.feeds:
            if feed not in feeds:
                feed.close()
        self.feeds = list(feeds)
        if self._vitals is not None:
            self._vitals.begin(self._engine, [feed.name for feed in self.feeds])

    def step(self) -> Outcome | None:
        """Read and commit one micro-batch; None when no source has anything now."""
        intakes = self._gather()
        if not intakes:
            return None
        if self._vitals is None:
            outcome = self._engine.process(intakes)
        else:
            outcome = self._vitals.process(self._engine, intakes)
        for feed in self.feeds:
            feed.acknowledge()
        return outcome

    def is_exhausted(self) -> bool:
        """Whether every source has given all it ever will."""
        return all(feed.is_exhausted() for feed in self.feeds)

    def run(
        self,
        is_stopping: Callable[[], bool],
        pause: Callable[[float], object],
        told: Callable[[Outcome], None] = lambda _: None,
    ) -> None:
        """Step until told to stop or all is read; then save everything. Errors of the store are
        told, waited out and gone on from, at the committed cursors."""
        begun, wait = False, _FIRST_PAUSE_S
        idle_since = clock.monotonic()
        while not is_stopping():
            try:
                if not begun:
                    self.start(is_stopping)
                    begun = True
                self.between()
                outcome = self.step()
                if outcome is None and self._engine.is_behind:
                    self._engine.catch_up()
                elif outcome is None and clock.monotonic() - idle_since >= _IDLE_EVERY_S:
                    self._engine.idle(self._now())
                    idle_since = clock.monotonic()
                self._heed_directory()
                self._forget(is_idle=outcome is None)
                self._tell()
            except (SQLAlchemyError, OSError) as error:
                log.warning("%s; nothing is lost, trying again in %.0f s", describe(error), wait)
                if self._vitals is not None:
                    self._vitals.stumble(describe(error))
                begun = False
                pause(wait)
                # Beginning may go well where a whole batch does not: only a batch ends the trouble.
                wait = min(2 * wait, _LONGEST_PAUSE_S)
                continue
            if outcome is not None:
                told(outcome)
                idle_since, wait = clock.monotonic(), _FIRST_PAUSE_S
            elif self.is_exhausted():
                break
            else:
                pause(_PAUSE_S)
        self._save()

    def read_out(
        self,
        is_stopping: Callable[[], bool],
        pause: Callable[[float], object],
        told: Callable[[Outcome], None] = lambda _: None,
    ) -> None:
        """Read every source to its end, or until told to stop, and save everything.

        An error of the store is the caller's; a source that cannot be read is left where it is,
        and `Feed.trouble` says why.
        """
        self.start(is_stopping)
        while not is_stopping():
            outcome = self.step()
            if outcome is not None:
                told(outcome)
            elif all(feed.is_exhausted() or feed.trouble for feed in self.feeds):
                break
            else:
                pause(_PAUSE_S)
        self._engine.stop()

    def close(self) -> None:
        """Let go of the sources."""
        for feed in self.feeds:
            feed.close()

    def _save(self) -> None:
        """Save what is in memory, where that can be done now."""
        try:
            self._engine.stop()
        except (SQLAlchemyError, OSError) as error:
            log.warning("%s; nothing is lost, the next start reads it again", describe(error))

    def _heed_directory(self) -> None:
        """Take up some of what changed in the directory, now and then."""
        if clock.monotonic() - self._heeded < _HEED_EVERY_S:
            return
        if not self._engine.take_up_directory():
            self._heeded = clock.monotonic()

    def _forget(self, *, is_idle: bool) -> None:
        """Do a small step of erasing somebody, else of retention and hygiene, when it is time."""
        if self._erasing is not None and self._erasing.step(self._engine):
            return
        is_idle = is_idle and not self._engine.is_behind
        if self._retention is not None:
            self._retention.step(self._engine, is_idle=is_idle)
            if self._vitals is not None:
                waiting = self._retention.postponed
                self._vitals.postponed(None if waiting is None else Postponed(*waiting))
        if self._hygiene is not None:
            self._hygiene.step(self._engine, is_idle=is_idle)

    def _tell(self) -> None:
        if self._vitals is not None:
            if self._is_drained and not self._engine.is_behind:
                self._vitals.caught_up()
            self._vitals.beat(self._engine, self.feeds)

    def _gather(self) -> list[Intake]:
        """Up to a batch, the source furthest behind in event time first: histories merge."""
        intakes: list[Intake] = []
        room = self._batch
        ready = [feed for feed in self.feeds if not feed.is_exhausted()]
        while room > 0 and ready:
            feed = min(ready, key=_reached)
            turn = room if len(ready) == 1 else min(room, _TURN)
            intake = self._take(feed, turn)
            if intake is None:
                ready.remove(feed)
                continue
            intakes.append(intake)
            room -= max(1, intake.lines)
        self._is_drained = room > 0
        return intakes

    def _take(self, feed: Feed, limit: int) -> Intake | None:
        try:
            intake = feed.take(limit)
        except SourceError as error:
            feed.note(error)
            if feed.trouble != str(error):
                feed.trouble = str(error)
                log.warning("source %s: %s", feed.name, error)
            return None
        if intake is not None:
            feed.trouble = feed.error = None
        else:
            feed.note(None)
        return intake


def _nothing() -> None:
    pass


def describe(error: Exception) -> str:
    """What went wrong with the store, in one line without its parameters."""
    cause = explain(error) if isinstance(error, DBAPIError) else str(error)
    return f"the store did not take the batch: {cause}"


def _reached(feed: Feed) -> int:
    return feed.reached
