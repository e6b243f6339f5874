"""The fold: the state of a subject is what folding the detectors over its events gives."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from detectors.core.context import Context
from detectors.core.detector import Detector
from detectors.core.event import HOUR, Event, SignIn
from detectors.core.finding import Evidence, Finding, Severity, Theme, Weights, finding
from detectors.core.identity import MAXIMUM_TIME, Subject, SubjectKind, digest64
from detectors.core.profile import PROFILE_VERSION, Profile

DETECTOR_FAILURE = "detector_failure"
"""Name of the health finding raised when a detector itself fails."""


class Cell(Struct, gc=False):
    """All that is folded for one subject: its profile and its detectors' states.

    `last` is the id of the last event folded, `seen` its time, `ticked` the last hourly boundary.
    """

    subject: Subject
    profile: Profile
    states: dict[str, Any]
    last: bytes = bytes(16)
    seen: int = 0
    ticked: int = 0


class _Saved(Struct, array_like=True):
    profile_version: int
    detectors: int
    subject: Subject
    last: bytes
    seen: int
    ticked: int
    profile: Profile
    states: dict[str, msgspec.Raw]


class OutdatedStateError(Exception):
    """A saved cell was written by another version of a detector: fold its events again."""


def subject_of(kind: SubjectKind, event: Event) -> Subject | None:
    """The subject of this kind that an event is about; None when it names none."""
    if kind is SubjectKind.ACCOUNT:
        return Subject(kind, event.tenant, event.account) if event.account else None
    if kind is SubjectKind.TENANT:
        return Subject(kind, event.tenant, "")
    ip = event.ip if isinstance(event, SignIn) else None
    return Subject(kind, event.tenant, ip) if ip is not None else None


class _Step:
    """One detector, as `observe` needs it. `spare` is a fresh state, used until it is changed:
    most events change none, and then none need be made."""

    __slots__ = ("make", "name", "observe", "pristine", "spare", "ttl")

    def __init__(self, detector: Detector[Any]) -> None:
        self.name = detector.about.name
        self.observe = detector.observe
        self.make = detector.state
        self.pristine = detector.state()
        self.spare = detector.state()
        self.ttl = detector.about.state_ttl


class Fold:
    """Folds events of one kind of subject through its detectors. Holds no state of its own."""

    def __init__(
        self, kind: SubjectKind, detectors: Sequence[Detector[Any]], context: Context
    ) -> None:
        self.kind = kind
        self.detectors = tuple(
            d for d in detectors if d.about.keyed_by is kind and not hasattr(d, "of_source")
        )
        self.context = context
        self._versions = digest64(
            *(f"{d.about.name}={d.about.state_version}" for d in self.detectors)
        )
        self._plan = tuple(_Step(d) for d in self.detectors)
        self._ticking = {d.about.name: d for d in self.detectors if d.about.ticks}
        self._hourly = [n for n, d in self._ticking.items() if d.about.tick_every == HOUR]
        self._seldom = [n for n, d in self._ticking.items() if d.about.tick_every != HOUR]
        self._encoder = msgspec.msgpack.Encoder()
        self._decoder = msgspec.msgpack.Decoder(_Saved)
        self._state_decoders = {
            d.about.name: msgspec.msgpack.Decoder(d.state) for d in self.detectors
        }

    def fresh(self, subject: Subject) -> Cell:
        """The cell of a subject that nothing is known of."""
        return Cell(subject, Profile(), {})

    def observe(self, cell: Cell, event: Event) -> list[Finding]:
        """Fold one event, later by id than all before; what the detectors found, ticks included."""
        at = event.time
        states = cell.states
        found = self.advance(cell, at) if self._ticking and states else []
        ticked = len(found)
        subject, profile, context = cell.subject, cell.profile, self.context
        for step in self._plan:
            name = step.name
            state = states.get(name) if states else None
            if state is not None and at - cell.seen > step.ttl:
                del states[name]
                state = None
            given = step.spare if state is None else state
            try:
                findings = step.observe(event, subject, given, profile, context)
                if findings:
                    found.extend(findings)
            except Exception as error:  # noqa: BLE001 - one boundary for all detectors
                found.append(failure_of(name, subject, at, event.id, error))
            if state is None and given != step.pristine:
                states[name] = given
                step.spare = step.make()
        if self.kind is SubjectKind.ACCOUNT:
            profile.learn(event, found[ticked:] if ticked else found)
        cell.last = event.id
        cell.seen = at
        hour = at // HOUR * HOUR
        cell.ticked = max(cell.ticked, hour)
        return found

    def advance(self, cell: Cell, until: int) -> list[Finding]:
        """Tick at every boundary up to event time `until` that a detector is due at."""
        if until < cell.ticked + HOUR:
            return []
        findings: list[Finding] = []
        while True:
            boundary, due = self._next(cell, until)
            if boundary > until:
                return findings
            for name in due:
                findings.extend(self._tick(cell, name, boundary))
            cell.ticked = boundary

    def needs_ticks(self, cell: Cell) -> bool:
        """Whether time passing may still change anything about this cell."""
        return self.next_tick(cell) is not None

    def next_tick(self, cell: Cell) -> int | None:
        """The next boundary (ms) at which time passing may change anything; None for never."""
        if not self._ticking:
            return None
        boundary, due = self._next(cell, MAXIMUM_TIME)
        return boundary if due else None

    def _next(self, cell: Cell, until: int) -> tuple[int, list[str]]:
        """The next boundary, and who ticks at it; beyond `until` where nobody does before."""
        states = cell.states
        due = [name for name in self._hourly if name in states]
        boundary = cell.ticked + HOUR if due else until + 1
        for name in self._seldom:
            if name not in states:
                continue
            every = self._ticking[name].about.tick_every
            first = (cell.seen // every + 1) * every
            if cell.ticked < first < boundary:
                boundary, due = first, [name]
            elif first == boundary:
                due.append(name)
        return boundary, due

    def save(self, cell: Cell) -> bytes:
        """The cell as MessagePack."""
        states = {
            name: msgspec.Raw(self._encoder.encode(state)) for name, state in cell.states.items()
        }
        return self._encoder.encode(
            _Saved(
                PROFILE_VERSION,
                self._versions,
                cell.subject,
                cell.last,
                cell.seen,
                cell.ticked,
                cell.profile,
                states,
            )
        )

    def restore(self, saved: bytes) -> Cell:
        """The cell that `save` wrote; OutdatedStateError when its events must be folded again."""
        try:
            read = self._decoder.decode(saved)
        except msgspec.ValidationError as error:
            raise OutdatedStateError(str(error)) from error
        if (read.profile_version, read.detectors) != (PROFILE_VERSION, self._versions):
            raise OutdatedStateError("written by other detectors, or other versions of them")
        states = {name: self._state_decoders[name].decode(raw) for name, raw in read.states.items()}
        return Cell(read.subject, read.profile, states, read.last, read.seen, read.ticked)

    def _tick(self, cell: Cell, name: str, boundary: int) -> Iterable[Finding]:
        detector = self._ticking[name]
        if boundary - cell.seen > detector.about.state_ttl:
            del cell.states[name]
            return ()
        state = cell.states[name]
        try:
            found = list(detector.tick(boundary, cell.subject, state, cell.profile, self.context))
        except Exception as error:  # noqa: BLE001 - one boundary for all detectors
            found = [failure_of(name, cell.subject, boundary, cell.last, error)]
        if state == detector.state():
            del cell.states[name]
        return found


def failure_of(name: str, subject: Subject, time: int, event: bytes, error: Exception) -> Finding:
    """What is said when a detector itself fails on an event."""
    told = f"{type(error).__name__}: {error}"[:300].encode("utf-8", "backslashreplace").decode()
    facts = {"detector": name, "error": told}
    evidence = Evidence("health", Weights(), dict(facts))
    raised = finding(DETECTOR_FAILURE, subject, time, Severity.LOW, evidence, (event,))
    return msgspec.structs.replace(
        raised,
        theme=Theme.HEALTH,
        id=raised.id[:8] + finding(name, subject, time, Severity.LOW, evidence, (event,)).id[8:],
    )
