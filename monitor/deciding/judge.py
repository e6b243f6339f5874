"""What stands against one sign-in: the engine's own detectors and assessment, on one account.

Nobody waits for the engine. An account is read from its stored snapshot and the stored events
since, the sign-in is folded on a copy as if it succeeded, and what comes of it is weighed with what
was found before. Nothing is written, and nothing of it is kept but the account as it was before.
"""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from msgspec import Struct, structs
from sqlalchemy import Connection

from alerts.correlation import CorrelationParameters, correlate
from alerts.incident import Hypothesis, Incident
from detectors.core.context import AccountKind, Context
from detectors.core.detector import Detector
from detectors.core.event import MINUTE, SECOND, SUCCESS, Event, SignIn
from detectors.core.finding import Finding, Severity, Theme
from detectors.core.fold import Cell, Fold, Packed
from detectors.core.identity import Subject, SubjectKind, first_id
from monitor import horizon
from monitor.deciding.directory import ReadDirectory
from monitor.horizon import Beginnings
from monitor.populations import StoredPopulations
from monitor.store.writing import Writing

MOST_EVENTS = 400
"""Events that are folded at once to catch up with an account: some 50 ms."""
MOST_REASONS = 5
_KEPT = 20_000
"""Accounts kept in memory; each takes a few KB, packed."""
_HOLDS = 30 * SECOND
"""How long (ms) an account in memory is taken to be what the store has, but for later events: one
that came late may have been folded into its past."""
_RENEWED = 10 * MINUTE
"""How often (ms) what is known of tenants' populations is read anew."""
_LOOKED = 5 * SECOND
"""The same of how far back the fold sees."""
_ACCOUNT = SubjectKind.ACCOUNT


class Judged(Struct, frozen=True):
    """What a sign-in comes to: the probability that a stranger has the account, the findings that
    say most for it, whether the sign-in shows nothing that the account is not known by, and whether
    all that is stored of the account was read; `seen` is the sign-in with its device and place."""

    risk: float = 0.0
    findings: tuple[Finding, ...] = ()
    is_at_home: bool = True
    is_caught_up: bool = True
    seen: SignIn | None = None


class _Kept(Struct):
    packed: Packed
    last: bytes
    until: int


class Judge:
    """Judges sign-ins of one database. Of one thread."""

    def __init__(
        self,
        detectors: Sequence[Detector[Any]],
        enrich: Callable[[Event], Event],
        context: Context,
        correlation: CorrelationParameters,
        lateness: int,
    ) -> None:
        """As `monitor.engine.Engine` has them."""
        self._enrich = enrich
        self._context = context
        self._correlation = correlation
        self._populations = StoredPopulations(context, lateness)
        self._fold = Fold(_ACCOUNT, detectors, context, self._populations.context)
        self._beginnings = Beginnings(self._fold)
        self._directory = ReadDirectory()
        self._kept: OrderedDict[Subject, _Kept] = OrderedDict()
        self._renewed = -_RENEWED
        self._looked = -_LOOKED

    def enrich_with(self, enrich: Callable[[Event], Event]) -> None:
        """Enrich by this from now on."""
        self._enrich = enrich

    def kind_of(self, subject: Subject) -> AccountKind | None:
        """The settings' word on an account; None where they say nothing."""
        return self._context.kinds.get(subject)

    def judge(self, connection: Connection, event: SignIn, now: int) -> Judged:
        """What stands against a sign-in that is asked about at `now` (ms), as this connection
        sees the store."""
        writing = Writing(connection)
        self._use(writing, now)
        subject = Subject(_ACCOUNT, event.tenant, event.account)
        cell, is_caught_up = self._cell(writing, subject, now)
        seen = _enriched(self._enrich, event)
        if not is_caught_up:
            return Judged(is_caught_up=False, seen=seen)
        asked = structs.replace(seen, outcome=SUCCESS)
        is_at_home = _is_at_home(cell, asked)
        fresh = [f for f in self._fold.observe(cell, asked) if f.theme is not Theme.HEALTH]
        judged = self._weighed(writing, subject, fresh, now, is_at_home=is_at_home)
        return structs.replace(judged, seen=seen)

    def _use(self, writing: Writing, now: int) -> None:
        if now - self._renewed >= _RENEWED:
            self._populations.forget()
            self._renewed = now
        self._populations.use(writing)
        if now - self._looked >= _LOOKED:
            self._beginnings.horizon = horizon.read(writing.note(horizon.NOTE))
            self._looked = now
        is_said = self._directory.use(writing.connection, now)
        directory = self._directory if is_said else None
        if self._context.directory is not directory:
            self._context = structs.replace(self._context, directory=directory)
            self._fold.context = self._context
            self._populations.use_context(self._context)
        self._fold.forget_today()

    def _cell(self, writing: Writing, subject: Subject, now: int) -> tuple[Cell, bool]:
        """A copy of the account's cell with all that is stored of it, and whether it is all."""
        kept = self._kept.pop(subject, None)
        if kept is None or now >= kept.until:
            cell, last = self._stored(writing, subject, now)
            kept = _Kept(self._fold.pack(cell), last, now + _HOLDS)
        events = writing.events_of(subject, kept.last, most=MOST_EVENTS)
        if events:
            cell = self._fold.unpack(kept.packed)
            for one in events:
                self._fold.observe(cell, one)
            kept.packed, kept.last = self._fold.pack(cell), events[-1].id
        self._kept[subject] = kept
        if len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        return self._fold.unpack(kept.packed), len(events) < MOST_EVENTS

    def _stored(self, writing: Writing, subject: Subject, now: int) -> tuple[Cell, bytes]:
        """The newest cell that the store has."""
        return self._beginnings.before(writing, subject, first_id(now) + b"", now)

    def _weighed(
        self,
        writing: Writing,
        subject: Subject,
        fresh: list[Finding],
        now: int,
        *,
        is_at_home: bool,
    ) -> Judged:
        longest = self._correlation.longest(Theme.USE)
        standing = [one for one, withdrawn in writing.incidents_of(subject) if not withdrawn]
        if not fresh and not any(one.updated >= now - longest for one in standing):
            return Judged()
        since = _reach(standing, now, longest)
        found = {f.id: f for f in fresh}
        # What is stored already was measured against the tenant's people.
        found.update((f.id, f) for f in writing.findings_of(subject, since))
        incidents = correlate(
            list(found.values()),
            standing,
            self._correlation,
            sharing_is_allowed=partial(self._fold.context.allows_sharing, subject),
        )
        new = {f.id for f in fresh}
        now_on = [one for one in incidents if _is_of_now(one, new, now, longest)]
        if not now_on:
            return Judged(is_at_home=is_at_home)
        worst = max(now_on, key=_taken_over)
        # What no more than LOW comes of is nobody's ground: a model alone, a report.
        risk = _taken_over(worst) if worst.severity >= Severity.MEDIUM else 0.0
        return Judged(risk, _reasons(worst, found), is_at_home)


def _enriched(enrich: Callable[[Event], Event], event: SignIn) -> SignIn:
    found = enrich(event)
    return found if isinstance(found, SignIn) else event


def _is_at_home(cell: Cell, event: SignIn) -> bool:
    """Whether device, network and place are ones that the account is trusted with: its owner is not
    asked for what a stranger does meanwhile. A new account has none, and nothing new can be seen
    of it."""
    profile, at = cell.profile, event.time
    if profile.is_young(at):
        return True
    knows_device = event.device is None or profile.knows_device(event.device, at)
    knows_place = event.place is None or profile.knows_place(event.place, at)
    return knows_device and knows_place and profile.knows_network(event.network, at)


def _reach(standing: Sequence[Incident], now: int, longest: int) -> int:
    """Since when findings may be of one incident with what is found now."""
    since = now - longest
    while True:
        earlier = [
            one.opened for one in standing if one.opened < since and one.updated >= since - longest
        ]
        if not earlier:
            return since
        since = min(earlier)


def _is_of_now(incident: Incident, fresh: set[bytes], now: int, longest: int) -> bool:
    if incident.theme is Theme.REPORT:
        return False
    return incident.updated >= now - longest or not fresh.isdisjoint(incident.findings)


def _taken_over(incident: Incident) -> float:
    return incident.assessment.probability(Hypothesis.TAKEN_OVER)


def _reasons(incident: Incident, found: dict[bytes, Finding]) -> tuple[Finding, ...]:
    """The findings that say most for a takeover, one of each detector."""
    said: dict[str, tuple[float, Finding]] = {}
    for one in incident.assessment.contributions:
        finding, weight = found.get(one.finding), one.weights[-1]
        if finding is not None and weight > said.get(one.detector, (0.0,))[0]:
            said[one.detector] = (weight, finding)
    ordered = sorted(said.values(), key=lambda of: (-of[0], of[1].id))
    return tuple(finding for _, finding in ordered[:MOST_REASONS])
