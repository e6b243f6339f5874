"""The fold: the state of a subject is what folding the detectors over its events gives."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from itertools import chain
from typing import Any, NamedTuple, TypeAlias, cast

import msgspec
from msgspec import Struct

from detectors.core.context import Context
from detectors.core.detector import Detector, ManyTicks, Waits
from detectors.core.event import DAY, HOUR, LOGON, SUCCESS, Event, Feedback, SignIn
from detectors.core.finding import Evidence, Finding, Severity, Theme, Weights, finding
from detectors.core.identity import Subject, SubjectKind, digest64
from detectors.core.place import Device, Network, Place
from detectors.core.profile import PROFILE_VERSION, Profile, session_key
from detectors.core.relocation import settled
from detectors.core.through import Through, Wrap

DETECTOR_FAILURE = "detector_failure"
"""Name of the health finding raised when a detector itself fails."""


class Cell(Struct, gc=False):
    """All that is folded for one subject: its profile and its detectors' states.

    `last` is the id of the last event folded, `seen` its time, `ticked` the last hourly boundary.
    `due` is the next boundary (ms) at which time passing may change anything, 0 for none.
    `since`: its past before that event time (ms) is not all known, as its events are forgotten.
    """

    subject: Subject
    profile: Profile
    states: dict[str, Any]
    last: bytes = bytes(16)
    seen: int = 0
    ticked: int = 0
    due: int = 0
    since: int = 0


class _Body(Struct, array_like=True):
    """A cell but for where its sessions and places are, mostly the same few values."""

    subject: Subject
    last: bytes
    seen: int
    ticked: int
    profile: Profile
    states: dict[str, msgspec.Raw]
    since: int = 0


class _Saved(Struct, array_like=True):
    """`which` tells the ends of `_Body` by their number in these lists, from 1; 0 is None."""

    profile_version: int
    detectors: int
    body: msgspec.Raw
    places: list[Place]
    networks: list[Network]
    devices: list[Device]
    which: list[int]


End: TypeAlias = Place | Network | Device | None


class Packed(NamedTuple):
    """A cell out of use: MessagePack, and what its sessions and places share with other cells.

    `ends` are place, network and device of each session, then each known place.
    """

    body: bytes
    ends: tuple[End, ...]


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


def goes_on(event: Event, profile: Profile) -> bool:
    """Whether this is something done in a session that is open."""
    if not isinstance(event, SignIn) or event.activity is LOGON or event.outcome is not SUCCESS:
        return False
    session = profile.sessions.get(session_key(event))
    return session is not None and session.closed is None


class _Step:
    """One detector, as `observe` needs it. `spare` is a fresh state, used until it is changed:
    most events change none, and then none need be made."""

    __slots__ = ("life", "make", "name", "observe", "pristine", "spare")

    def __init__(self, detector: Detector[Any]) -> None:
        self.name = detector.about.name
        self.life = detector.about.state_ttl
        self.observe = detector.observe
        self.make = detector.state
        self.pristine = detector.state()
        self.spare = detector.state()


class Fold:
    """Folds events of one kind of subject through its detectors. Holds no state of its own."""

    def __init__(
        self,
        kind: SubjectKind,
        detectors: Sequence[Detector[Any]],
        context: Context,
        context_of: Callable[[int], Context] | None = None,
    ) -> None:
        """`context_of` gives the context of a day (since 1970), with what people did before;
        always the same one. None: `context` holds every day."""
        self.kind = kind
        self._of_account = kind is SubjectKind.ACCOUNT
        self.detectors = tuple(
            d for d in detectors if d.about.keyed_by is kind and not hasattr(d, "of_source")
        )
        self.context = context
        self._context_of = context_of
        self._today = (-1, context)
        self._versions = digest64(
            *(f"{d.about.name}={d.about.state_version}" for d in self.detectors)
        )
        self._plan = tuple(_Step(d) for d in self.detectors)
        looks = {d.about.name for d in self.detectors if not d.about.skips_sessions}
        self._plan_within = tuple(step for step in self._plan if step.name in looks)
        self._steps = {step.name: step for step in self._plan}
        self._shortest_life = min((step.life for step in self._plan), default=0)
        self._ticking: dict[str, Any] = {d.about.name: d for d in self.detectors if d.about.ticks}
        ticking = [(d, d.about.tick_every) for d in self._ticking.values()]
        self._hourly = [d.about.name for d, each in ticking if each == HOUR]
        self._seldom = [(d.about.name, each) for d, each in ticking if each != HOUR]
        self._waits = {
            name: cast(Waits, d).waits for name, d in self._ticking.items() if hasattr(d, "waits")
        }
        reaches = [
            d.about.state_ttl if each == HOUR else each * (1 + (d.about.name in self._waits))
            for d, each in ticking
        ]
        self.reach = max(reaches, default=0)
        """A tick changes nothing about a subject that was last heard of longer (ms) before it."""
        self._encoder = msgspec.msgpack.Encoder()
        self._decoder = msgspec.msgpack.Decoder(_Saved)
        self._body_decoder = msgspec.msgpack.Decoder(_Body)
        self._state_decoders = {
            d.about.name: msgspec.msgpack.Decoder(d.state) for d in self.detectors
        }

    @contextmanager
    def through(self, wrap: Wrap) -> Iterator[None]:
        """Call the detectors through what `wrap` makes of them, while in the block."""
        plain = [(step, step.observe) for step in self._plan]
        ticking = self._ticking
        for step, observe in plain:
            step.observe = wrap(step.name, observe)
        self._ticking = {name: Through(d, wrap) for name, d in ticking.items()}
        try:
            yield
        finally:
            for step, observe in plain:
                step.observe = observe
            self._ticking = ticking

    def forget_today(self) -> None:
        """Ask for the contexts of days again, as they may be others now."""
        self._today = (-1, self.context)

    def fresh(self, subject: Subject) -> Cell:
        """The cell of a subject that nothing is known of."""
        return Cell(subject, Profile(), {})

    def observe(self, cell: Cell, event: Event) -> list[Finding]:
        """Fold one event, later by id than all before; what the detectors found, ticks included."""
        at = event.time
        states = cell.states
        found = self.advance(cell, at) if 0 < cell.due <= at else []
        ticked = len(found)
        if at - cell.seen > self._shortest_life:
            self._forget(cell, at - cell.seen)
        subject, profile = cell.subject, cell.profile
        of_account = self._of_account
        if of_account and not isinstance(event, Feedback):
            event = settled(event, profile)
        day, context = self._today
        if day != at // DAY and self._context_of is not None:
            context = self._context_of(at // DAY)
            self._today = (at // DAY, context)
        for step in self._plan_within if goes_on(event, profile) else self._plan:
            state = states.get(step.name)
            given = step.spare if state is None else state
            try:
                findings = step.observe(event, subject, given, profile, context)
                if findings:
                    found.extend(findings)
            except Exception as error:  # noqa: BLE001 - one boundary for all detectors
                found.append(failure_of(step.name, subject, at, event.id, error))
            if state is None and given != step.pristine:
                states[step.name] = given
                step.spare = step.make()
        if of_account:
            profile.learn(event, found[ticked:] if ticked else found)
        cell.last = event.id
        cell.seen = at
        hour = at // HOUR * HOUR
        cell.ticked = max(cell.ticked, hour)
        cell.due = self.next_tick(cell) or 0
        return found

    def advance(self, cell: Cell, until: int) -> list[Finding]:
        """Tick at every boundary up to event time `until` that a detector is due at."""
        findings: list[Finding] = []
        while (boundary := self.next_tick(cell)) is not None and boundary <= until:
            for name in self._due(cell, boundary):
                findings.extend(self._tick(cell, name, boundary))
            cell.ticked = boundary
        cell.due = boundary or 0
        return findings

    def advance_many(self, cells: Iterable[Cell], until: int) -> list[Finding]:
        """The same for many cells: what `advance` finds of each, boundary by boundary, and
        together where a detector can (`tick_many`)."""
        findings: list[Finding] = []
        waiting = list(cells)
        while waiting:
            rounds: dict[int, list[Cell]] = {}
            for cell in waiting:
                boundary = self.next_tick(cell)
                cell.due = boundary or 0
                if boundary is not None and boundary <= until:
                    rounds.setdefault(boundary, []).append(cell)
            for boundary, some in sorted(rounds.items()):
                self._tick_all(some, boundary, findings)
            waiting = [cell for some in rounds.values() for cell in some]
        return findings

    def needs_ticks(self, cell: Cell) -> bool:
        """Whether time passing may still change anything about this cell."""
        return self.next_tick(cell) is not None

    def next_tick(self, cell: Cell) -> int | None:
        """The next boundary (ms) at which time passing may change anything; None for never."""
        states, ticked = cell.states, cell.ticked
        if not states:
            return None
        for name in self._hourly:
            if name in states:
                return ticked + HOUR
        boundary = None
        for name, every in self._seldom:
            if name in states:
                one = (cell.seen // every + 1) * every
                if ticked >= one:
                    one += every
                    if ticked >= one or not self._is_waiting(name, states):
                        continue
                if boundary is None or one < boundary:
                    boundary = one
        return boundary

    def _is_waiting(self, name: str, states: dict[str, Any]) -> bool:
        waits = self._waits.get(name)
        return waits is not None and waits(states[name])

    def _due(self, cell: Cell, boundary: int) -> list[str]:
        """Who ticks at a cell's next boundary."""
        states, seen = cell.states, cell.seen
        due = [name for name in self._hourly if name in states]
        for name, every in self._seldom:
            if name in states:
                first = (seen // every + 1) * every
                again = boundary == first + every and self._is_waiting(name, states)
                if boundary == first or again:
                    due.append(name)
        return due

    def pack(self, cell: Cell) -> Packed:
        """The cell to be kept out of use, which is not to be used any more."""
        ends = _take_ends(cell.profile)
        # As `_Body` is read.
        body = (
            cell.subject,
            cell.last,
            cell.seen,
            cell.ticked,
            cell.profile,
            cell.states,
            cell.since,
        )
        return Packed(self._encoder.encode(body), ends)

    def unpack(self, packed: Packed) -> Cell:
        """The cell that `pack` took."""
        read = self._body_decoder.decode(packed.body)
        _give_ends(read.profile, packed.ends)
        states = {name: self._state_decoders[name].decode(raw) for name, raw in read.states.items()}
        return self._cell(read, states)

    def _cell(self, read: _Body, states: dict[str, Any]) -> Cell:
        cell = Cell(
            read.subject,
            read.profile,
            states,
            read.last,
            read.seen,
            read.ticked,
            since=read.since,
        )
        cell.due = self.next_tick(cell) or 0
        return cell

    def save(self, cell: Cell) -> bytes:
        """The cell as MessagePack."""
        packed = self.pack(cell)
        _give_ends(cell.profile, packed.ends)
        return self.save_packed(packed)

    def save_packed(self, packed: Packed) -> bytes:
        """What `save` says of the cell that was packed."""
        distinct: dict[type, dict[End, None]] = {Place: {}, Network: {}, Device: {}}
        for end in packed.ends:
            if end is not None:
                distinct[type(end)][end] = None
        lists = [list(some) for some in distinct.values()]
        number = {end: index for index, end in enumerate([None, *chain(*lists)])}
        which = [number[end] for end in packed.ends]
        body = msgspec.Raw(packed.body)
        return self._encoder.encode((PROFILE_VERSION, self._versions, body, *lists, which))

    def restore(self, saved: bytes) -> Cell:
        """The cell that `save` wrote; OutdatedStateError when its events must be folded again."""
        return self._restore(saved, self.unpack, self._versions)

    def restore_profile(self, saved: bytes) -> Cell:
        """What is left of the cell that `save` wrote when other detectors, or other versions of
        them, wrote it: its profile without their states. OutdatedStateError when not even that."""
        return self._restore(saved, self._unpack_profile, None)

    def _restore(
        self, saved: bytes, unpack: Callable[[Packed], Cell], versions: int | None
    ) -> Cell:
        try:
            read = self._decoder.decode(saved)
            if read.profile_version != PROFILE_VERSION or versions not in (None, read.detectors):
                raise OutdatedStateError("written by other detectors, or other versions of them")
            ends = [None, *map(_shared, chain(read.places, read.networks, read.devices))]
            return unpack(Packed(bytes(read.body), tuple([ends[i] for i in read.which])))
        except (msgspec.DecodeError, IndexError, ValueError) as error:
            # Damaged, or of another form: what is shared is found by its number in a list.
            raise OutdatedStateError(str(error)) from error

    def _unpack_profile(self, packed: Packed) -> Cell:
        read = self._body_decoder.decode(packed.body)
        _give_ends(read.profile, packed.ends)
        return self._cell(read, {})

    def _forget(self, cell: Cell, quiet: int) -> None:
        """Drop the states that outlived such a quiet (ms)."""
        for name in [name for name in cell.states if quiet > self._steps[name].life]:
            del cell.states[name]

    def _tick_all(self, cells: Sequence[Cell], boundary: int, findings: list[Finding]) -> None:
        """Tick cells that have the same next boundary."""
        due: dict[str, list[Cell]] = {}
        for cell in cells:
            for name in self._due(cell, boundary):
                due.setdefault(name, []).append(cell)
        for name in [*self._hourly, *(name for name, _ in self._seldom)]:
            some = due.get(name, [])
            together = len(some) > 1 and hasattr(self._ticking[name], "tick_many")
            if not together or not self._tick_together(some, name, boundary, findings):
                for cell in some:
                    findings.extend(self._tick(cell, name, boundary))
        for cell in cells:
            cell.ticked = boundary

    def _tick_together(
        self, cells: Sequence[Cell], name: str, boundary: int, findings: list[Finding]
    ) -> bool:
        """Let a detector tick many at once; False, and nothing changed, when it fails on one."""
        detector = self._ticking[name]
        step = self._steps[name]
        alive = [cell for cell in cells if boundary - cell.seen <= step.life]
        before = [self._encoder.encode(cell.states[name]) for cell in alive]
        cases = [(cell.subject, cell.states[name], cell.profile) for cell in alive]
        try:
            found = list(cast(ManyTicks, detector).tick_many(boundary, cases, self.context))
        except Exception:  # noqa: BLE001 - one by one, the failing one is told
            decode = self._state_decoders[name].decode
            for cell, saved in zip(alive, before, strict=True):
                cell.states[name] = decode(saved)
            return False
        findings.extend(found)
        for cell in cells:
            if boundary - cell.seen > step.life or cell.states[name] == step.pristine:
                del cell.states[name]
        return True

    def _tick(self, cell: Cell, name: str, boundary: int) -> Iterable[Finding]:
        detector, step = self._ticking[name], self._steps[name]
        if boundary - cell.seen > step.life:
            del cell.states[name]
            return ()
        state = cell.states[name]
        try:
            found = list(detector.tick(boundary, cell.subject, state, cell.profile, self.context))
        except Exception as error:  # noqa: BLE001 - one boundary for all detectors
            found = [failure_of(name, cell.subject, boundary, cell.last, error)]
        if state == step.pristine:
            del cell.states[name]
        return found


def _take_ends(profile: Profile) -> tuple[End, ...]:
    """The ends of its sessions and its places, taken out of it."""
    ends: list[End] = []
    for session in profile.sessions.values():
        ends += (session.place, session.network, session.device)
        session.place = session.network = session.device = None
    for known in profile.places.values():
        ends.append(known.place)
        known.place = None
    return tuple(ends)


def _give_ends(profile: Profile, ends: Sequence[Any]) -> None:
    """The reverse of `_take_ends`."""
    index = 0
    for session in profile.sessions.values():
        session.place, session.network, session.device = ends[index : index + 3]
        index += 3
    for known, place in zip(profile.places.values(), ends[index:], strict=True):
        known.place = place


@lru_cache(maxsize=100_000)
def _shared(end: End) -> End:
    """The one object for all equal ones: what is read back has its own otherwise."""
    return end


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
