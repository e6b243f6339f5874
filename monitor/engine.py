"""The engine: owns order and lateness; the only writer of events, findings and incidents.

A micro-batch is one transaction. The state in memory is a cache of the fold over the stored
events: after any error it is thrown away, and folded again from the last snapshots.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, NamedTuple, TypeVar

from msgspec import Struct, msgpack, structs
from sqlalchemy import Engine as Database
from sqlalchemy.exc import IntegrityError

from alerts.correlation import DEFAULTS as CORRELATION_DEFAULTS
from alerts.correlation import (
    REMEMBERED,
    CorrelationParameters,
    correlate,
    correlate_campaigns,
)
from alerts.incident import Incident
from detectors.core.context import Context
from detectors.core.detector import Detector
from detectors.core.event import DAY, HOUR, Event, SignIn, is_attempt
from detectors.core.finding import Finding, Theme
from detectors.core.fold import DETECTOR_FAILURE, Fold
from detectors.core.identity import MAXIMUM_TIME, Subject, SubjectKind, first_id
from detectors.core.standing import is_of_campaigns
from detectors.core.through import Wrap
from monitor import horizon, terms
from monitor.asked import Questions, heard, silent
from monitor.campaigns import StoredCampaigns
from monitor.cells import Cells, Entry, Refolded
from monitor.leanings import StoredLeanings
from monitor.listings import StoredListings, Taken
from monitor.naming import Naming
from monitor.populations import StoredPopulations
from monitor.shield import Shield
from monitor.store.partitions import Partitions
from monitor.store.writing import (
    EventRow,
    Reject,
    SourceRow,
    Writing,
    encode_event,
)
from monitor.truncation import truncated
from monitor.waiting import Waiting

LATENESS = 24 * HOUR
"""How far an event may come behind its own stream and still be folded, by default, in ms."""
BACKLOGS = "backlogs"
"""The note of (bytes read, bytes there are) by source, as MessagePack."""
MOST_STREAMS = 20_000
"""Streams of which is known how far they are: whoever can send may have as many as addresses."""
_ACCOUNT = SubjectKind.ACCOUNT
_LAST_ID = b"\xff" * 16
_SNAPSHOT_SHARE = 50
"""One snapshot for so many events of a batch: a crash costs each key as many events to fold."""
_LEAST_SNAPSHOTS = 50
_SNAPSHOTS_AT_ONCE = 5_000
_SNAPSHOTS_WHEN_IDLE = 500
_TICKS_AT_ONCE = 2_000
"""Cells ticked with one batch: a day ends for all accounts at once, and lines must not wait."""
_WOKEN_AT_ONCE = 100
"""Accounts brought in with one batch after a restart: their events may have to be folded again."""
_CAMPAIGN_SPAN = 14 * DAY
"""Event time that a campaign's findings are looked for in, before the oldest that changed."""
_MAXIMUM_CAMPAIGN_FINDINGS = 20_000

_HISTORY = 100
"""Events of a batch, more than half of it, that make it one of a history that is read late."""

T = TypeVar("T")
Name = tuple[str, str]
Stream = tuple[str, str]


class SupersededError(Exception):
    """Another engine writes to this database: only one may."""


class UnsupportedDetectorError(ValueError):
    """A detector keeps its state by something that the engine does not fold by."""


class Intake(Struct):
    """What was read from one stream (a file, a connection) of a source, in the order read.

    `cursor` says how far; it is committed together with the events. `backlog` is (bytes read,
    bytes there are) of the source, where that is known.
    """

    source: str
    format: str
    stream: str
    cursor: bytes | None
    events: list[Event]
    lines: int = 0
    skipped: int = 0
    rejects: list[Reject] = []
    backlog: tuple[int, int] | None = None


class Outcome(Struct):
    """What a batch came to, and the findings and incidents that it touched."""

    events: int = 0
    duplicates: int = 0
    late: int = 0
    refolded: int = 0
    findings: int = 0
    withdrawn: int = 0
    incidents: int = 0
    erased: int = 0


class Reached(NamedTuple):
    """How far a stream is in event time (ms), and a leap beyond that nothing confirms yet."""

    time: int
    leap: int


_NOT_READ = Reached(0, 0)


class Beside(NamedTuple):
    """What a step beside the fold works with: an open transaction, what is in memory of accounts,
    names, sources and tenants, the latest event time met (ms), and the directory."""

    writing: Writing
    cells: Cells
    naming: Naming
    campaigns: StoredCampaigns
    populations: StoredPopulations
    leanings: StoredLeanings
    watermark: int
    listings: StoredListings


class _Arrival(Struct):
    event: Event
    name_key: int | None
    source_id: int
    late: bool
    withheld: bool = False
    counted: bool = False
    entry: Entry | None = None


class Engine:
    """Folds batches of events into the store. Not thread-safe: one owner, one writer."""

    def __init__(
        self,
        database: Database,
        detectors: Sequence[Detector[Any]],
        enrich: Callable[[Event], Event],
        *,
        context: Context | None = None,
        correlation: CorrelationParameters = CORRELATION_DEFAULTS,
        lateness: int = LATENESS,
        clock: Callable[[], int] | None = None,
        ticks: int = _TICKS_AT_ONCE,
        pepper: bytes | None = None,
    ) -> None:
        """`clock` (ms) bounds how far a stray stamp can carry event time; None: no bound.

        `ticks` is how many cells are ticked with one batch; it changes no finding. `pepper` is
        what erased accounts were digested with; None: none of them is known again.
        """
        for detector in detectors:
            if detector.about.keyed_by is not _ACCOUNT and not is_of_campaigns(detector):
                raise UnsupportedDetectorError(
                    f"{detector.about.name} is keyed by {detector.about.keyed_by.value}, "
                    "and reads no ledger"
                )
        self._database = database
        self._enrich = enrich
        context = context or Context()
        self._populations = StoredPopulations(context, lateness)
        self._leanings = StoredLeanings(detectors, self._populations)
        self._fold = Fold(_ACCOUNT, detectors, context, self._populations.context)
        self._campaigns = StoredCampaigns(detectors, context)
        self._correlation = correlation
        self._lateness = lateness
        self._clock = clock
        self._ticks = ticks
        self._cells = Cells(
            self._fold, others=self._campaigns.names, stored_as=self._leanings.measured
        )
        self._waiting = Waiting(self._fold.reach)
        self._naming = Naming()
        self._questions = Questions()
        self._listings = StoredListings()
        self._partitions = Partitions(database)
        self._shield = Shield(pepper)
        self.has_erasures = True
        """Whether somebody may wait to be erased."""
        self._watermark = 0
        self._behind = 0
        self._stream_times: dict[Stream, Reached] = {}
        self._arriving = self._stream_times
        self._run = 0
        self._backlogs: dict[str, tuple[int, int]] = {}
        self._failures: dict[str, str] = {}
        self._started = False

    def start(self) -> None:
        """Begin a run on what the store holds; called again after an error."""
        with self._database.begin() as connection:
            writing = Writing(connection)
            run = self._run = int(writing.hold_note("run") or b"0") + 1
            sound = int(writing.note("sound") or b"1")
            if writing.note("stopped") != b"1":
                sound = run
            self._behind = self._clock_behind(writing.latest_event())
            watermark = int(writing.note("watermark") or b"0")
            # A clock that was years ahead has taken it along.
            self._watermark = min(watermark, self._latest_credible())
            self._waiting.start(writing, watermark)
            self._cells.beginnings.horizon = horizon.read(writing.note(horizon.NOTE))
            writing.set_note("run", str(run).encode())
            writing.set_note("sound", str(sound).encode())
            writing.set_note("stopped", b"0")
            self._listings.load(writing)
            self._questions.load(writing)
        self._naming.forget()
        self._campaigns.forget()
        self._populations.forget()
        self._leanings.forget()
        self._heed_listings()
        self._fold.forget_today()
        self._cells.start(run, sound)
        self._partitions.forget()
        self._shield.forget()
        self.has_erasures = True
        self._started = True

    def cursor(self, source: str, format_name: str) -> bytes | None:
        """How far this source was read, as committed."""
        with self._database.begin() as connection:
            return Writing(connection).source(source, format_name).cursor

    def process(self, intakes: Sequence[Intake]) -> Outcome:
        """Fold and store one micro-batch in one transaction.

        Whatever it raises, nothing of the batch is stored, and the same batch may be given again
        after `start`.
        """
        if not self._started:
            self.start()
        self._started = False
        now = None if self._clock is None else self._clock()
        self._partitions.cover((e.time for intake in intakes for e in intake.events), now)
        try:
            with self._database.begin() as connection:
                outcome = self._process(Writing(connection), intakes, check_all=False)
        except IntegrityError:
            # The same id under another account: rare enough to look for only when met.
            self.start()
            self._started = False
            with self._database.begin() as connection:
                outcome = self._process(Writing(connection), intakes, check_all=True)
        self._stream_times = self._arriving
        self._started = True
        return outcome

    def idle(self, now: int) -> Outcome:
        """Let event time pass up to `now` (ms) while nothing comes, and save some snapshots."""
        return self._pass(now)

    def _pass(self, now: int, *, waking: bool = True) -> Outcome:
        if not self._started:
            self.start()
        self._started = False
        if self._clock is not None:
            self._partitions.ahead(self._clock())
        with self._database.begin() as connection:
            writing = Writing(connection)
            self._fence(writing)
            self._heed(writing)
            # Before the first event none has passed: what is read first may be years old.
            if self._watermark:
                self._watermark = min(max(self._watermark, now), self._latest_credible())
            self._populations.use(writing)
            changes = self._wake(writing) if waking else []
            changes.extend(self._tick())
            outcome = self._conclude(writing, changes, Outcome())
            self._note_owed(writing)
            self._cells.save(writing, _SNAPSHOTS_WHEN_IDLE, self._lateness)
            self._cells.trim(writing, self._lateness)
        self._started = True
        return outcome

    def take_up_directory(self) -> int:
        """Take up some of what the directory says anew, and fold the accounts again that it makes a
        difference to; and what the policy says of tenants, which holds from now on. How many
        entries were looked at, 0 when all are taken up."""
        if not self._started:
            self.start()
        self._started = False
        now = self._watermark if self._clock is None else self._clock()
        with self._database.begin() as connection:
            writing = Writing(connection)
            self._fence(writing)
            self._heed(writing)
            taken = self._listings.take_up(writing, now, self._lateness)
            if terms.take_up(writing, self._listings, now):
                self._heed_listings()
            if taken.changes or taken.names:
                self._populations.use(writing)
                self._heed_listings()
                self._follow(writing, taken)
                self._note_owed(writing)
        self._started = True
        return taken.looked

    def _heed_listings(self) -> None:
        """Let detectors see the directory, where it says anything: without one nothing is asked."""
        context = self._fold.context
        directory = self._listings if self._listings else None
        if context.directory is not directory:
            context = structs.replace(context, directory=directory)
            self._fold.context = context
            self._fold.forget_today()
            self._campaigns.use_context(context)
            self._populations.use_context(context)

    def _follow(self, writing: Writing, taken: Taken) -> None:
        """Fold the accounts again of which the directory says something else, from when it does;
        and weigh what was found of them by it."""
        since = {one.subject: first_id(one.begin) for one in taken.changes}
        for renamed in self._naming.learn(writing, taken.names):
            for uid in (renamed.name, renamed.account):
                subject = Subject(_ACCOUNT, renamed.tenant, uid)
                since[subject] = min(renamed.first, since.get(subject, _LAST_ID))
        heard = self._heard_of(writing, since)
        self._cells.load(writing, heard)
        moved = [
            (name, first)
            for name, first in heard.items()
            if (entry := self._cells.entry(name)).stale or entry.last >= first
        ]
        outcome = Outcome()
        self._conclude(writing, self._fold_all(writing, [], moved, outcome), outcome)
        for one in taken.changes:
            if one.shares:
                self._correlate(writing, one.subject, one.begin)

    def _heard_of(self, writing: Writing, since: dict[Subject, bytes]) -> dict[Name, bytes]:
        """Those of which there are events: a directory has many of which there are none."""
        absent = {s.key(): s for s in since if self._cells.find((s.tenant, s.uid)) is None}
        known = writing.keys_with_snapshots(_ACCOUNT.value, absent)
        known |= writing.keys_with_events(set(absent) - known)
        unheard = {subject for key, subject in absent.items() if key not in known}
        return {(s.tenant, s.uid): first for s, first in since.items() if s not in unheard}

    def tend(self, step: Callable[[Beside], T]) -> T:
        """Do a small step beside the fold, such as forgetting what is old, in one transaction.

        It may move the horizon of the cells' beginnings, and notes it then.
        """
        if not self._started:
            self.start()
        self._started = False
        with self._database.begin() as connection:
            writing = Writing(connection)
            self._fence(writing)
            self._heed(writing)
            self._populations.use(writing)
            done = step(
                Beside(
                    writing,
                    self._cells,
                    self._naming,
                    self._campaigns,
                    self._populations,
                    self._leanings,
                    self._watermark,
                    self._listings,
                )
            )
        self._started = True
        return done

    @property
    def is_behind(self) -> bool:
        """Whether cells wait to be ticked for time that has passed already."""
        until = self._watermark
        return self._started and (self._cells.is_due(until) or self._waiting.is_due(until))

    def catch_up(self) -> Outcome:
        """Tick some of the cells that wait for it; nothing else."""
        return self.idle(self._watermark)

    def save_some(self) -> int:
        """Write snapshots of some accounts that changed, those that wait longest; how many."""
        if not self._started:
            self.start()
        self._started = False
        with self._database.begin() as connection:
            writing = Writing(connection)
            self._fence(writing)
            count = self._cells.save(writing, _SNAPSHOTS_WHEN_IDLE, self._lateness)
        self._started = True
        return count

    def stop(self) -> None:
        """Tick what is in memory and time has passed for, and save every changed cell, so that the
        next start need not fold again."""
        if not self._started:
            return
        while self._cells.is_due(self._watermark):
            self._pass(self._watermark, waking=False)
        while self._cells.dirty:
            with self._database.begin() as connection:
                writing = Writing(connection)
                self._fence(writing)
                self._cells.save(writing, _SNAPSHOTS_AT_ONCE, self._lateness)
        with self._database.begin() as connection:
            writing = Writing(connection)
            self._fence(writing)
            writing.set_note("stopped", b"1")
        self._started = False

    def write(self, told: Callable[[Writing], None]) -> None:
        """One more transaction of the engine's, for what is written beside the fold."""
        with self._database.begin() as connection:
            writing = Writing(connection)
            self._fence(writing)
            told(writing)

    @contextmanager
    def through(self, wrap: Wrap) -> Iterator[None]:
        """Call the detectors through what `wrap` makes of them, while in the block."""
        with self._fold.through(wrap), self._campaigns.through(wrap):
            yield

    def enrich_with(self, enrich: Callable[[Event], Event]) -> None:
        """Enrich by this from the next batch on; what is stored stays as it was enriched."""
        self._enrich = enrich

    @property
    def watermark(self) -> int:
        """The latest event time met, in ms."""
        return self._watermark

    @property
    def cells(self) -> Cells:
        """What is in memory of the accounts, to be looked at only."""
        return self._cells

    def _process(self, writing: Writing, intakes: Sequence[Intake], *, check_all: bool) -> Outcome:
        outcome = Outcome()
        self._fence(writing)
        self._heed(writing)
        books: dict[str, SourceRow] = {}
        times = dict(self._stream_times)
        arrivals, moved = self._receive(writing, intakes, books, times, outcome)
        told = self._join_asked(writing, arrivals, moved)
        self._admit(writing, arrivals, moved)
        arrivals = self._drop_known(writing, arrivals, books, outcome, told, check_all=check_all)
        writing.add_events(_rows(arrivals))
        fresh = (a.event for a in arrivals if not (a.late or a.counted))
        self._populations.count(writing, fresh)
        until = self._reached_by(arrivals)
        changes = self._fold_all(writing, arrivals, moved, outcome, until)
        changes.extend(self._wake(writing, until))
        changes.extend(self._tick(until))
        if self._campaigns:
            changes.append(self._fold_campaigns(writing, arrivals))
        self._conclude(writing, changes, outcome)
        outcome.late = sum(arrival.late and not arrival.withheld for arrival in arrivals)
        for row in books.values():
            writing.save_source(row)
        writing.set_note("watermark", str(self._watermark).encode())
        self._note_owed(writing)
        self._note_backlogs(writing, intakes)
        share = max(_LEAST_SNAPSHOTS, len(arrivals) // _SNAPSHOT_SHARE)
        self._cells.save(writing, share, self._lateness)
        self._cells.trim(writing, self._lateness)
        outcome.events = len(arrivals)
        self._arriving = _latest(times)
        return outcome

    def _fence(self, writing: Writing) -> None:
        """Nothing is written by two: whoever begins a run waits for this transaction to end, and
        once it has begun, ours is over."""
        if writing.hold_note("run") != str(self._run).encode():
            raise SupersededError("another engine has begun on this database")

    def _heed(self, writing: Writing) -> None:
        """Take up who may not be judged, or known, any more; of the former, nothing goes on."""
        changed = self._shield.refresh(writing)
        if changed is None:
            return
        self.has_erasures = True
        for name in sorted(changed | self._shield.released):
            self._cells.put_away(writing, name, self._lateness)
        for name in self._shield.released:
            self._waiting.add(name)

    def _note_backlogs(self, writing: Writing, intakes: Sequence[Intake]) -> None:
        """Let readers see how far the history is loaded."""
        known = {i.source: i.backlog for i in intakes if i.backlog is not None}
        if known:
            self._backlogs.update(known)
            writing.set_note(BACKLOGS, msgpack.encode(self._backlogs))

    def _receive(
        self,
        writing: Writing,
        intakes: Sequence[Intake],
        books: dict[str, SourceRow],
        times: dict[Stream, Reached],
        outcome: Outcome,
    ) -> tuple[list[_Arrival], list[tuple[Name, bytes]]]:
        """The events by id, enriched, named and marked late; and the names that moved."""
        events: list[Event] = []
        marks: list[tuple[int, bool]] = []
        enrich = self._enrich
        lateness = self._lateness
        shield = self._shield
        is_shielding = not shield.is_idle
        latest = self._latest_credible()
        closed = self._cells.beginnings.horizon.closed
        coarse = self._cells.beginnings.horizon.coarse
        now = None if self._clock is None else self._clock()
        for intake in intakes:
            row = books.get(intake.source) or writing.source(intake.source, intake.format)
            stream = (intake.source, intake.stream)
            reached, leap = times.get(stream, _NOT_READ)
            given = intake.events
            if is_shielding:
                given = self._unburied(writing, given)
            gone = len(intake.events) - len(given)
            outcome.erased += gone
            for event in given:
                at = event.time
                late = at < reached - lateness or at > latest or at < closed
                marks.append((row.id, late))
                if reached < at <= latest:
                    if at - reached <= lateness:
                        reached, leap = at, 0
                    else:
                        reached, leap = _leapt(reached, leap, at, lateness)
                enriched = enrich(event)
                # What is left of the others from then has no details either.
                events.append(truncated(enriched) if at < coarse else enriched)
            times.pop(stream, None)  # the one that was silent for longest comes first
            times[stream] = Reached(reached, leap)
            rejects = intake.rejects
            if is_shielding and rejects:
                rejects = [_unnamed(one) if shield.tells(one.raw) else one for one in rejects]
            writing.add_rejects(row.id, rejects, now)
            books[intake.source] = row._replace(
                cursor=row.cursor if intake.cursor is None else intake.cursor,
                lines=row.lines + intake.lines,
                events=row.events + len(given),
                skipped=row.skipped + intake.skipped + gone,
                rejected=row.rejected + len(intake.rejects),
                last_event=max(row.last_event, reached),
            )
        named = self._naming.settle(writing, [*map(silent, events)])
        if named.renamed:
            self._questions.rename(writing, named.renamed)
        arrivals = [
            _Arrival(event, key, source_id, late)
            for event, key, (source_id, late) in zip(
                heard(events, named.events), named.name_keys, marks, strict=True
            )
        ]
        arrivals.sort(key=_id_of)
        if is_shielding:
            for arrival in arrivals:
                event = arrival.event
                if shield.withholds(event.tenant, event.account):
                    arrival.late = arrival.withheld = True
        moved = []
        for one in named.renamed:
            moved.append(((one.tenant, one.name), one.first))
            moved.append(((one.tenant, one.account), one.first))
        return arrivals, moved

    def _unburied(self, writing: Writing, events: list[Event]) -> list[Event]:
        """Those that are of nobody who was erased after them; of the others nothing is kept."""
        dropped = [event for event in events if self._shield.drops(event)]
        if not dropped:
            return events
        self._questions.forget(writing, dropped)
        gone = {id(event) for event in dropped}
        return [event for event in events if id(event) not in gone]

    def _join_asked(
        self, writing: Writing, arrivals: list[_Arrival], moved: list[tuple[Name, bytes]]
    ) -> set[int]:
        """Join what applications asked with what logs tell: the places of arrivals that are told
        of otherwise."""
        settled = self._questions.settle(writing, [arrival.event for arrival in arrivals])
        if settled is None:
            return set()
        for place in settled.waiting:
            # Kept and never folded, and no stray of any stream.
            arrivals[place].late = arrivals[place].withheld = True
        if settled.counted:
            for arrival in arrivals:
                arrival.counted = arrival.event.id in settled.counted
        moved.extend(settled.again)
        return settled.dropped

    def _admit(
        self, writing: Writing, arrivals: Sequence[_Arrival], moved: Sequence[tuple[Name, bytes]]
    ) -> None:
        """Load the cells of everybody concerned, and give each arrival its entry."""
        find = self._cells.find
        absent: list[tuple[_Arrival, Name]] = []
        for arrival in arrivals:
            event = arrival.event
            if event.account:
                name = (event.tenant, event.account)
                arrival.entry = find(name)
                if arrival.entry is None:
                    absent.append((arrival, name))
        wanted = {name for _, name in absent}
        wanted.update(name for name, _ in moved)
        self._cells.load(writing, wanted)
        for arrival, name in absent:
            arrival.entry = self._cells.entry(name)

    def _drop_known(
        self,
        writing: Writing,
        arrivals: list[_Arrival],
        books: dict[str, SourceRow],
        outcome: Outcome,
        told: set[int],
        *,
        check_all: bool,
    ) -> list[_Arrival]:
        """Without what is stored already, comes twice in the batch or is `told` of otherwise (its
        places); counts it."""
        suspects = {a.event.id for a in arrivals if check_all or _may_be_known(a)}
        known = writing.known_ids(suspects) if suspects else set()
        kept: list[_Arrival] = []
        before = b""
        for place, arrival in enumerate(arrivals):
            if place in told:
                continue
            identifier = arrival.event.id
            repeated = identifier == before or identifier in known
            before = identifier
            if not repeated:
                kept.append(arrival)
        self._count(arrivals, kept, books)
        outcome.duplicates = len(arrivals) - len(kept)
        return kept

    def _latest_credible(self) -> int:
        return MAXIMUM_TIME if self._clock is None else self._clock() + self._behind + DAY

    def _clock_behind(self, latest: int) -> int:
        """How far (ms) the clock is behind, as events tell that were believed when it was not."""
        ahead = 0 if self._clock is None else latest - self._clock()
        return ahead if ahead > DAY else 0

    def _count(
        self, arrivals: list[_Arrival], kept: list[_Arrival], books: dict[str, SourceRow]
    ) -> None:
        """Book what was dropped as duplicate and what came late, by source."""
        if len(arrivals) == len(kept) and not any(a.late for a in kept):
            return
        for name, row in books.items():
            came = sum(a.source_id == row.id for a in arrivals)
            stayed = [a for a in kept if a.source_id == row.id]
            dropped = came - len(stayed)
            books[name] = row._replace(
                events=row.events - dropped,
                duplicates=row.duplicates + dropped,
                late=row.late + sum(a.late and not a.withheld for a in stayed),
            )

    def _fold_all(
        self,
        writing: Writing,
        arrivals: Sequence[_Arrival],
        moved: Sequence[tuple[Name, bytes]],
        outcome: Outcome,
        until: int = MAXIMUM_TIME,
    ) -> list[Refolded]:
        """Fold the batch subject by subject; those with late or moved events from the store, with
        time passing up to `until` (ms) at most."""
        entries: dict[Entry, list[Event]] = {}
        again: dict[Entry, bytes] = {}
        for name, first in moved:
            if self._shield.withholds(*name):
                continue
            entry = self._cells.entry(name)
            again[entry] = min(first, again.get(entry, _LAST_ID))
        watermark = self._watermark
        for arrival in arrivals:
            one = arrival.entry
            if one is None or arrival.late:
                continue
            event = arrival.event
            watermark = max(watermark, event.time)
            events = entries.get(one)
            if events is not None:
                events.append(event)
                continue
            entries[one] = [event]
            if one.stale or event.id <= one.last:
                again[one] = min(event.id, again.get(one, _LAST_ID))
        self._watermark = watermark
        until = min(until, watermark)
        found: list[Finding] = []
        for entry, events in entries.items():
            if entry not in again:
                self._forward(entry, events, found)
        changes = [Refolded(found, [])]
        for entry, first in again.items():
            changes.append(self._cells.refold(writing, entry, first, watermark, until))
        outcome.refolded = len(again)
        return changes

    def _forward(self, entry: Entry, events: Sequence[Event], found: list[Finding]) -> None:
        cell = self._cells.use(entry)
        observe = self._fold.observe
        for event in events:
            findings = observe(cell, event)
            if findings:
                found.extend(findings)
        self._cells.settle(entry, cell)

    def _fold_campaigns(self, writing: Writing, arrivals: Sequence[_Arrival]) -> Refolded:
        """Take the batch's attempts in by source and by tenant, whatever order they came in."""
        attempts = [
            event
            for arrival in arrivals
            if isinstance(event := arrival.event, SignIn)
            and is_attempt(event)
            and not (arrival.late or arrival.counted)
        ]
        if not attempts:
            return Refolded([], [])
        standing = self._campaigns.fold(writing, attempts)
        return Refolded(standing.put, writing.findings(standing.withdrawn))

    def _reached_by(self, arrivals: Sequence[_Arrival]) -> int:
        """How far event time (ms) passes for accounts with this batch: not beyond the events of a
        history that is read while others are far ahead, else each batch of it folds them again."""
        behind = self._watermark - self._lateness
        times = [a.event.time for a in arrivals if a.event.time < behind and not a.late]
        is_history = len(times) >= max(_HISTORY, len(arrivals) // 2)
        return max(times) if is_history else MAXIMUM_TIME

    def _wake(self, writing: Writing, until: int = MAXIMUM_TIME) -> list[Refolded]:
        """Bring some of those in that are not in memory since a restart, and that the watermark, up
        to `until`, has passed a boundary of."""
        until = min(until, self._watermark)
        if not self._waiting.is_due(until):
            return []
        waiting = self._waiting.take(writing, _WOKEN_AT_ONCE)
        names = [name for name in waiting if not self._shield.hides(Subject(_ACCOUNT, *name))]
        self._cells.load(writing, names)
        stale = [entry for name in names if (entry := self._cells.entry(name)).stale]
        for name in names:
            if self._cells.entry(name).is_blank:
                # Withheld before, and erased since.
                self._cells.drop(name)
        return [self._cells.refold(writing, e, _LAST_ID, self._watermark) for e in stale]

    def _note_owed(self, writing: Writing) -> None:
        """Note from when on a tick may be owed: where nobody is due, from the day's end on."""
        due = self._cells.first_due
        end = (self._watermark // DAY + 1) * DAY
        self._waiting.note(writing, end if due is None else due)

    def _tick(self, until: int = MAXIMUM_TIME) -> list[Refolded]:
        """Tick some of the cells that the watermark, up to `until`, has passed a boundary of. A
        cell that meets an event first is ticked by its own fold, with the same findings."""
        until = min(until, self._watermark)
        if not self._cells.is_due(until):
            return []
        due = self._cells.ticking(until, self._ticks)
        if not self._shield.is_idle:
            for entry in due:
                if self._shield.hides(entry.subject):
                    self._cells.rest(entry)
            due = [entry for entry in due if entry.due]
        cells = [self._cells.use(entry) for entry in due]
        found = self._fold.advance_many(cells, until)
        for entry, cell in zip(due, cells, strict=True):
            self._cells.settle(entry, cell)
        return [Refolded(found, [])] if found else []

    def _tick_owed(self, writing: Writing, changes: Sequence[Refolded]) -> list[Refolded]:
        """Tick all that time has passed for up to where everybody's is asked for: most often that
        is done."""
        found: list[Refolded] = []
        while (owed := self._owed(writing, (*changes, *found))) is not None:
            found.extend(self._wake(writing, owed))
            found.extend(self._tick(owed))
            self._cells.trim(writing, self._lateness)
        return found

    def _owed(self, writing: Writing, changes: Iterable[Refolded]) -> int | None:
        owed = self._leanings.owes(writing, (f for change in changes for f in change.put))
        if owed is None or not (self._cells.is_due(owed) or self._waiting.is_due(owed)):
            return None
        return owed

    def _conclude(self, writing: Writing, changes: Iterable[Refolded], outcome: Outcome) -> Outcome:
        """Store changed findings, and what they make of their subjects' incidents."""
        changes = list(changes)
        changes.extend(self._tick_owed(writing, changes))
        put = {f.id: f for change in changes for f in change.put}
        gone = {f.id: f for change in changes for f in change.withdrawn if f.id not in put}
        if not self._shield.is_idle:
            put = {i: f for i, f in put.items() if not self._shield.hides(f.subject)}
            gone = {i: f for i, f in gone.items() if not self._shield.hides(f.subject)}
        put |= self._leanings.measure(writing, put.values(), gone.values())
        writing.put_findings(list(put.values()))
        writing.withdraw_findings(sorted(gone))
        outcome.findings += len(put)
        outcome.withdrawn += len(gone)
        self._note_failures(put.values())
        subjects: dict[str, Subject] = {}
        changed: dict[str, int] = {}
        campaigns: dict[str, int] = {}
        for f in (*put.values(), *gone.values()):
            if f.subject.kind is _ACCOUNT:
                name = str(f.subject)
                subjects[name] = f.subject
                changed[name] = min(f.time, changed.get(name, f.time))
            else:
                tenant = f.subject.tenant
                campaigns[tenant] = min(f.time, campaigns.get(tenant, f.time))
        for tenant, since in sorted(campaigns.items()):
            outcome.incidents += self._correlate_campaigns(writing, tenant, since)
            span = self._correlation.attack_window
            for subject in writing.guessed_at(tenant, since - span):
                name = str(subject)
                subjects[name] = subject
                changed[name] = 0
        for name, subject in sorted(subjects.items()):
            if self._shield.hides(subject):
                continue
            outcome.incidents += self._correlate(writing, subject, changed[name])
        return outcome

    def take_failures(self) -> dict[str, str]:
        """Which detectors failed since this was last asked, and with what."""
        failures, self._failures = self._failures, {}
        return failures

    def _note_failures(self, findings: Iterable[Finding]) -> None:
        for one in findings:
            if one.detector == DETECTOR_FAILURE:
                facts = one.evidence.facts
                self._failures[str(facts.get("detector"))] = str(facts.get("error"))

    def correlate(
        self,
        findings: Sequence[Finding],
        existing: Sequence[Incident] = (),
        campaigns: Sequence[Incident] = (),
    ) -> list[Incident]:
        """The incidents that all findings of one account come to, or all those on the sources of
        one tenant, as the settings have it."""
        if findings and findings[0].subject.kind is not _ACCOUNT:
            return correlate_campaigns(findings, existing, self._correlation)
        if not findings:
            return []
        return correlate(
            findings,
            existing,
            self._correlation,
            sharing_is_allowed=partial(self._fold.context.allows_sharing, findings[0].subject),
            campaigns=campaigns,
        )

    def _correlate(self, writing: Writing, subject: Subject, changed: int) -> int:
        """Weigh an account's findings anew, those that one at event time `changed` (ms) or later
        may matter to: an account watched for a year has thousands."""
        every = writing.incidents_of(subject)
        since = self._reach([incident for incident, _ in every], changed)
        known = {i.id: (i, withdrawn) for i, withdrawn in every if i.updated >= since}
        found = writing.findings_of(subject, since)
        guesses = [f.time for f in found if f.theme is Theme.ATTACK and f.involved]
        campaigns: list[Incident] = []
        if guesses:
            since = min(guesses) - REMEMBERED * self._correlation.attack_window
            told = writing.incidents_of_campaigns(subject.tenant, since)
            campaigns = [incident for incident, withdrawn in told if not withdrawn]
        return self._replace(writing, known, found, campaigns)

    def _reach(self, incidents: Sequence[Incident], changed: int) -> int:
        """The event time (ms) that nothing from before it can be one incident with anything at
        `changed` or later: no incident goes beyond it, nor ends within its window before it."""
        since = changed
        while True:
            earlier = [
                incident.opened
                for incident in incidents
                if incident.opened < since
                and incident.updated >= since - self._correlation.longest(incident.theme)
            ]
            if not earlier:
                return since
            since = min(earlier)

    def _correlate_campaigns(self, writing: Writing, tenant: str, since: int) -> int:
        """The same of a tenant's sources, with all that reaches into the time from `since` on."""
        earliest = since - _CAMPAIGN_SPAN
        since = max(earliest, since - self._correlation.attack_window - DAY)
        while True:
            known = {i.id: (i, w) for i, w in writing.incidents_of_campaigns(tenant, since)}
            opened = min((i.opened for i, _ in known.values()), default=since)
            if opened >= since or since <= earliest:
                break
            since = max(earliest, opened)
        # An id carries the start of the day that a finding is about.
        findings = writing.findings_of_campaigns(tenant, since - DAY, _MAXIMUM_CAMPAIGN_FINDINGS)
        return self._replace(writing, known, [f for f in findings if f.time >= since], [])

    def _replace(
        self,
        writing: Writing,
        known: dict[bytes, tuple[Incident, bool]],
        found: list[Finding],
        campaigns: list[Incident],
    ) -> int:
        existing = [incident for incident, _ in known.values()]
        now = {i.id: i for i in self.correlate(found, existing, campaigns)}
        put = [i for i in now.values() if known.get(i.id) != (i, False)]
        theirs = {f: i.id for i, gone in known.values() if not gone for f in i.findings}
        writing.put_incidents(put, theirs)
        gone = [i for i, is_withdrawn in known.values() if i.id not in now and not is_withdrawn]
        writing.withdraw_incidents(sorted(gone, key=lambda incident: incident.id))
        return len(set(now) - set(known))


def _latest(times: dict[Stream, Reached]) -> dict[Stream, Reached]:
    """Those that told something last. Of one that is forgotten nothing is late until it is known
    again how far it is, as after a restart."""
    if len(times) <= MOST_STREAMS:
        return times
    return dict([*times.items()][-MOST_STREAMS // 2 :])


def _leapt(reached: int, leap: int, at: int, lateness: int) -> Reached:
    """How far a stream is that leaps to `at`: it waits for a second event to confirm it, so that
    one line with a wrong clock does not make the rest of a log late."""
    if not reached:
        return Reached(at, 0)
    if leap and at >= leap - lateness:
        return Reached(min(at, leap), 0)
    return Reached(reached, at)


def _unnamed(reject: Reject) -> Reject:
    return Reject(reject.position, "names somebody who was erased", b"")


def _id_of(arrival: _Arrival) -> bytes:
    return arrival.event.id


def _may_be_known(arrival: _Arrival) -> bool:
    entry = arrival.entry
    return entry is None or entry.stale or arrival.event.id <= entry.last


def _rows(arrivals: Sequence[_Arrival]) -> list[EventRow]:
    """As they are stored: plain tuples, which cost a third of named ones."""
    return [
        (
            arrival.event.id,
            0 if arrival.entry is None else arrival.entry.key,
            arrival.name_key,
            arrival.source_id,
            arrival.late,
            encode_event(arrival.event),
        )
        for arrival in arrivals
    ]
