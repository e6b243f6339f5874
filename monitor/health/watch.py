"""Watches over the sources of an engine at work: judges them, and keeps what was found."""

import logging
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

import msgspec
from sqlalchemy import Connection

from alerts.measure import STUCK
from alerts.outbox import State
from detectors.core.event import MINUTE, SECOND
from detectors.core.finding import Severity
from monitor.engine import Intake
from monitor.health import gate, hours, responding
from monitor.health.rule import (
    ENGINE,
    EngineRule,
    Leap,
    Orders,
    Running,
    SourceRule,
    Verdict,
    abouts,
    rules,
    source_subject,
)
from monitor.health.seen import UNTOLD, Expected, Seen
from monitor.health.telling import sentence_of, title_of
from monitor.sources.source import SourceError
from monitor.store import leases, measures, outbox
from monitor.store.health import Found, HealthBook, Kept
from monitor.store.receipts import receipts_in
from monitor.store.writing import Writing

EVERY = 10 * SECOND
"""How often sources are judged, in ms."""
RENEWED = MINUTE
"""How often the facts of what stands, and the hours of sources, are written."""
LEAP = MINUTE
"""What our clock may differ by from the time that passed, before it was set."""
LOOKED_AWAY = 2 * MINUTE
"""Longer than this without a look, and silence is counted anew."""

log = logging.getLogger(__name__)


class Feed(Protocol):
    """What is known of a source while it is read."""

    name: str
    error: SourceError | None

    def backlog(self) -> tuple[int, int] | None:
        """Bytes read and bytes there are, where that is known."""
        ...


class _Look(NamedTuple):
    now: int
    passed: float


class Watch:
    """Of one engine's process. `expected` is what the settings say, by source."""

    def __init__(
        self,
        now: int,
        expected: Mapping[str, Expected] | None = None,
        folder: Path | None = None,
        free: Callable[[Path], int] | None = None,
    ) -> None:
        """`now` is the clock's time (ms); `folder` is where the data is kept, and `free` tells how
        many bytes are free there."""
        self._expected = expected or {}
        self._folder = folder
        self._free = free or _free
        self._seen: dict[str, Seen] = {}
        self._standing: dict[tuple[str, str], Found] = {}
        self._changed: set[str] = set()
        self._renewed = now
        self._looked: _Look | None = None
        self.running = Running(begun=now)

    def begin(self, writing: Writing, names: Sequence[str], now: int) -> None:
        """Take up what was kept of these sources; what stands of others is over."""
        book = HealthBook(writing.connection)
        kept = book.sources(names)
        for name in names:
            if name not in self._seen:
                self._seen[name] = self._known(name, kept.get(name), now)
        for name in set(self._seen) - set(names):
            del self._seen[name]
            self._changed.discard(name)
        self._standing = book.standing()
        subjects = {source_subject(name) for name in names}
        for subject, kind in [*self._standing]:
            if subject.startswith(source_subject("")) and subject not in subjects:
                self._close(book, subject, kind, now)

    def saw(self, intakes: Iterable[Intake], now: int) -> None:
        """These are committed."""
        for intake in intakes:
            seen = self._seen.get(intake.source)
            if seen is not None:
                seen.take(intake, now)
                self._changed.add(intake.source)

    def expect(self, expected: Mapping[str, Expected]) -> None:
        """Judge the sources by what the settings say of them now."""
        self._expected = expected
        for name, seen in self._seen.items():
            seen.expected = expected.get(name, UNTOLD)

    def caught_up(self, now: int) -> None:
        """Nothing waits to be read."""
        self.running.caught_up = now

    def per_minute(self, name: str, now: int) -> float:
        """Lines of a source that come in a minute."""
        seen = self._seen.get(name)
        return 0.0 if seen is None else seen.per_minute(now)

    def look(self, writing: Writing, feeds: Iterable[Feed], now: int, passed: float) -> None:
        """Write what is new of the sources, and judge them when it is time to. `passed` is in
        seconds, of a clock that nobody sets."""
        book = HealthBook(writing.connection)
        is_time_to_renew = not 0 <= now - self._renewed < RENEWED
        self._save(book, [*self._seen] if is_time_to_renew else self._changed)
        before = self._looked
        if before is not None and 0 <= now - before.now < EVERY:
            return
        if before is not None:
            self._mind_the_clock(before, _Look(now, passed))
        self._looked = _Look(now, passed)
        self.running.free = None if self._folder is None else self._free(self._folder)
        for feed in feeds:
            seen = self._seen.get(feed.name)
            if seen is not None:
                seen.note_trouble(feed.error, now)
                seen.hours.pass_time(now)
        self._note_losses(writing, now)
        told = responding.decode(writing.note(responding.NOTE))
        self.running.responding = None if told is None else told.seen()
        self.running.orders = _orders(writing.connection)
        self.running.stuck = measures.count_in(writing.connection, STUCK)
        self.running.gate = gate.blinded(writing.notes(gate.PREFIX), now)
        for rule in rules():
            for subject, verdict in self._judged(rule, now):
                self._settle(book, subject, rule.about.kind, verdict, now, is_time_to_renew)
        if is_time_to_renew:
            self._renewed = now

    def _note_losses(self, writing: Writing, now: int) -> None:
        for name, receipts in receipts_in(writing.connection).items():
            seen = self._seen.get(name)
            if seen is not None:
                lost = receipts.lost()
                seen.note_lost(sum(lost.values()), next(iter(lost)).text, now)

    def _judged(self, rule: SourceRule | EngineRule, now: int) -> Iterable[tuple[str, Verdict]]:
        kind = rule.about.kind
        if isinstance(rule, EngineRule):
            stands = frozenset(s for s, k in self._standing if k == kind)
            yield from rule.judge(self.running, now, stands).items()
            return
        for name, seen in self._seen.items():
            subject = source_subject(name)
            yield subject, rule.judge(seen, now, (subject, kind) in self._standing)

    def _settle(
        self, book: HealthBook, subject: str, kind: str, verdict: Verdict, now: int, renewed: bool
    ) -> None:
        found = self._standing.get((subject, kind))
        if verdict.stands and found is None:
            since = book.open(subject, kind, now, verdict.facts)
            self._standing[subject, kind] = Found(since, verdict.facts)
            _tell(subject, kind, verdict)
        elif verdict.stands and found is not None and renewed and found.facts != verdict.facts:
            book.renew(subject, kind, verdict.facts)
            self._standing[subject, kind] = Found(found.since, verdict.facts)
        elif verdict.stands is False and found is not None:
            self._close(book, subject, kind, now)

    def _close(self, book: HealthBook, subject: str, kind: str, now: int) -> None:
        found = self._standing.pop((subject, kind))
        book.close(subject, kind, max(now, found.since))
        log.info("%s: %s: no more", _name(subject), title_of(kind, "en"))

    def _known(self, name: str, kept: Kept | None, now: int) -> Seen:
        seen = Seen(now, self._expected.get(name, UNTOLD))
        if kept is not None:
            seen.received = seen.heard = kept.received
            seen.usual = kept.events / kept.lines if kept.lines else 0.0
            seen.hours = hours.decode(kept.hours)
        return seen

    def _save(self, book: HealthBook, names: Iterable[str]) -> None:
        rows = []
        for name in names:
            seen = self._seen[name]
            rows.append((name, seen.received, seen.lag, msgspec.msgpack.encode(seen.hours)))
        book.save_sources(rows)
        self._changed.clear()

    def _mind_the_clock(self, before: _Look, after: _Look) -> None:
        """Whether the clock was set since the last look, or nobody looked for long."""
        went = after.now - before.now
        by = went - round(1000 * (after.passed - before.passed))
        if abs(by) > LEAP:
            self.running.leap = Leap(after.now, by)
        if abs(by) > LEAP or went > LOOKED_AWAY:
            for seen in self._seen.values():
                seen.begun = after.now
        if abs(by) > LEAP:
            for seen in self._seen.values():
                seen.lags.clear()
                seen.heard = None if seen.heard is None else after.now


def _tell(subject: str, kind: str, verdict: Verdict) -> None:
    about = abouts()[kind]
    level = logging.WARNING if about.severity >= Severity.MEDIUM else logging.INFO
    sentence = sentence_of(kind, verdict.facts, "en")
    log.log(level, "%s: %s: %s", _name(subject), about.title.en, sentence)


def _name(subject: str) -> str:
    return "the engine" if subject == ENGINE else subject.replace(":", " ", 1)


def _free(folder: Path) -> int:
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return shutil.disk_usage(folder).free


def _orders(connection: Connection) -> Orders:
    watched = leases.breakers(connection)
    return Orders(
        outbox.count(connection, State.DEAD),
        outbox.count(connection, State.PARKED),
        tuple(
            (name, one.reason or "") for name, one in sorted(watched.items()) if one.breaker.is_open
        ),
    )
