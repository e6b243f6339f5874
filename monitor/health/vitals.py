"""Measures an engine at work and lets it tell of itself; what it finds stays the same."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from detectors.core.finding import Finding
from detectors.core.through import Call
from monitor import clock
from monitor.engine import Engine, Intake, Outcome
from monitor.health import reason
from monitor.health.pulse import (
    EVERY_S,
    PULSE,
    Fed,
    Pulse,
    Spent,
    State,
    decode,
    encode,
    ourselves,
    resident,
)
from monitor.health.rule import Broken, Located, Outage, Postponed
from monitor.health.seen import Expected
from monitor.health.watch import Feed, Watch
from monitor.store.writing import Writing

MEASURED = 50
"""Detectors are measured in one batch of so many."""
_MEASURED_S = 10.0
"""Or in the first one after so long: where little comes, that costs nothing either."""


class Vitals:
    """Of one engine, from the beginning of its process on."""

    def __init__(
        self,
        watch: Watch | None = None,
        now: Callable[[], int] = clock.now_ms,
        seconds: Callable[[], float] = clock.monotonic,
        nanoseconds: Callable[[], int] = clock.nanoseconds,
    ) -> None:
        """`watch` judges the sources; None: they are not judged. `now` gives ms since 1970, the
        others what durations are measured with."""
        self._watch = watch
        self._now = now
        self._seconds = seconds
        self._nanoseconds = nanoseconds
        self._pulse = Pulse(time=0, who=ourselves(now()))
        self._told = -EVERY_S
        self._unmeasured = MEASURED
        self._measured = seconds()
        self._stumbled: tuple[int, str] | None = None

    def begin(self, engine: Engine, names: Sequence[str]) -> None:
        """Go on with these sources, from what the engine before told."""

        def read(writing: Writing) -> None:
            former = decode(writing.note(PULSE))
            if former is not None:
                self._pulse.caught_up = max(self._pulse.caught_up, former.caught_up)
            if self._watch is not None:
                self._watch.caught_up(self._pulse.caught_up)
                self._watch.begin(writing, names, self._now())

        engine.write(read)

    def expect(self, expected: Mapping[str, Expected]) -> None:
        """Judge the sources by what the settings say of them now."""
        if self._watch is not None:
            self._watch.expect(expected)

    def refuse(self, reason: str | None) -> None:
        """New settings were refused for this reason; None: they were taken up."""
        if self._watch is not None:
            self._watch.running.refused = reason

    def stumble(self, reason: str) -> None:
        """Nothing can be stored, for this reason."""
        if self._stumbled is None:
            self._stumbled = self._now(), reason

    def process(self, engine: Engine, intakes: Sequence[Intake]) -> Outcome:
        """Let the engine take a batch, and count what came of it."""
        began = self._seconds()
        self._unmeasured += 1
        if self._unmeasured >= MEASURED or began - self._measured >= _MEASURED_S:
            self._unmeasured, self._measured = 0, began
            with engine.through(self._timed):
                outcome = engine.process(intakes)
            for spent in self._pulse.detectors.values():
                spent.events += outcome.events
        else:
            outcome = engine.process(intakes)
        self._pulse.batches.add(self._seconds() - began)
        self._count(intakes, outcome)
        if self._watch is not None:
            self._watch.saw(intakes, self._now())
        return outcome

    def postponed(self, waiting: Postponed | None) -> None:
        """Forgetting waits, or does not."""
        if self._watch is not None:
            self._watch.running.postponed = waiting

    def audited(self, broken: Broken | None) -> None:
        """What is wrong with the audit; None where all that was looked at is whole."""
        if self._watch is not None:
            self._watch.running.broken = broken

    def located(self, located: Located | None) -> None:
        """How old the location data in use is."""
        if self._watch is not None:
            self._watch.running.located = located

    def caught_up(self) -> None:
        """Nothing waits to be read, for now."""
        self._pulse.caught_up = self._now()
        if self._watch is not None:
            self._watch.caught_up(self._pulse.caught_up)

    def beat(self, engine: Engine, feeds: Sequence[Feed]) -> None:
        """Tell how the engine is, when it is time to."""
        if self._seconds() - self._told < EVERY_S:
            return
        pulse, cells = self._pulse, engine.cells
        pulse.time = self._now()
        pulse.watermark = engine.watermark
        pulse.resident = resident()
        pulse.state = State(len(cells), cells.objects, cells.size, cells.dirty)
        for feed in feeds:
            fed = self._fed(feed.name)
            fed.trouble = None if feed.error is None else str(feed.error)
            fed.backlog = feed.backlog()
            if self._watch is not None:
                fed.per_minute = self._watch.per_minute(feed.name, pulse.time)
        told = encode(pulse)

        def write(writing: Writing) -> None:
            writing.set_note(PULSE, told)
            if self._watch is not None:
                self._note(self._watch, engine)
                self._watch.look(writing, feeds, pulse.time, self._seconds())

        engine.write(write)
        self._told = self._seconds()
        self._stumbled = None

    def _note(self, watch: Watch, engine: Engine) -> None:
        now = self._pulse.time
        for name, error in engine.take_failures().items():
            watch.running.failed[name] = now, error
        if self._stumbled is not None:
            since, reason = self._stumbled
            watch.running.outage = Outage(since, now, reason)

    def _count(self, intakes: Sequence[Intake], outcome: Outcome) -> None:
        totals = self._pulse.totals
        for name in Outcome.__struct_fields__:
            setattr(totals, name, getattr(totals, name) + getattr(outcome, name))
        for intake in intakes:
            for reject in intake.rejects:
                reason.count(self._fed(intake.source).rejects, reject.reason)

    def _fed(self, source: str) -> Fed:
        return self._pulse.sources.setdefault(source, Fed())

    def _timed(self, name: str, call: Call) -> Call:
        spent = self._pulse.detectors.setdefault(name, Spent())
        nanoseconds = self._nanoseconds

        def measured(*given: Any) -> Iterable[Finding]:
            began = nanoseconds()
            found = call(*given)
            if not isinstance(found, (list, tuple)):
                found = [*found]
            spent.time += nanoseconds() - began
            return found

        return measured
