"""What every detector promises, as functions that raise AssertionError when one breaks it."""

import ast
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any, get_args, get_origin, get_type_hints
from unittest.mock import patch

import msgspec
from msgspec import Struct

from detectors.core.context import Context, Rules
from detectors.core.detector import About, Detector, Text
from detectors.core.event import HOUR, Event, SignIn, is_attempt
from detectors.core.finding import CAP, Finding, Severity, Theme
from detectors.core.fold import Cell, Fold, subject_of
from detectors.core.identity import Subject, SubjectKind
from detectors.core.ledger import Ledger, TenantLedger
from detectors.core.profile import Profile
from detectors.core.standing import Campaigns
from tests.detectors.listed import directory
from tests.detectors.models import MODELS

Stream = Sequence[Event]
"""Events of any number of accounts, in (time, id) order."""

LARGEST_STATE = 16_384
"""Bytes that one detector may keep of one subject, whatever is thrown at it."""

RULED = Context(rules={"": Rules(frozenset({"FR"}), 2)}, models=MODELS, directory=directory())
"""With rules that can be broken, models and a directory; whether anybody is called is seen without
any."""

LARGEST_LEDGER = 32_768
"""Bytes that all detectors together may keep of one source."""

LARGEST_TENANT_LEDGER = 1_048_576
"""Bytes that they may keep of a tenant: its addresses that fail and never succeed."""

ROOT = Path(__file__).parents[2]
FORBIDDEN_MODULES = frozenset(
    {
        "asyncio",
        "io",
        "logging",
        "multiprocessing",
        "os",
        "pathlib",
        "random",
        "secrets",
        "shutil",
        "socket",
        "sqlite3",
        "subprocess",
        "sys",
        "tempfile",
        "threading",
        "time",
        "urllib.request",
        "uuid",
    }
)
FORBIDDEN_CALLS = frozenset({"open", "input", "print", "eval", "exec", "hash", "id"})
FORBIDDEN_METHODS = frozenset({"now", "utcnow", "today", "time", "time_ns", "monotonic"})

_encode = msgspec.msgpack.Encoder(order="deterministic").encode
_pack = msgspec.msgpack.Encoder().encode


class Run:
    """One detector folded over events, a cell for each subject; can stop and go on anywhere."""

    def __init__(self, detector: Detector[Any], context: Context = RULED) -> None:
        self.detector = detector
        self.fold = Fold(detector.about.keyed_by, (detector,), context)
        self.cells: dict[Subject, Cell] = {}
        self.found: list[Finding] = []

    def observe(self, event: Event) -> None:
        """Fold one event into its subject's cell."""
        subject = subject_of(self.fold.kind, event)
        if subject is None:
            return
        cell = self.cells.get(subject)
        if cell is None:
            cell = self.cells[subject] = self.fold.fresh(subject)
        self.found += self.fold.observe(cell, event)

    def restarted(self) -> "Run":
        """The same after a shutdown: another detector and fold, the cells from what was saved."""
        other = Run(fresh(self.detector))
        other.found = self.found
        for subject, cell in self.cells.items():
            other.cells[subject] = other.fold.restore(self.fold.save(cell))
        return other

    def finished(self, until: int) -> list[Finding]:
        """All findings, after every boundary up to `until`."""
        for cell in self.cells.values():
            self.found += self.fold.advance(cell, until)
        return self.found


def fresh(detector: Detector[Any]) -> Detector[Any]:
    """Another detector of this kind with the same parameters."""
    other: Detector[Any] = type(detector)()
    other.parameters = detector.parameters
    return other


def findings(detector: Detector[Any], stream: Stream, context: Context = RULED) -> list[Finding]:
    """What the detector finds in one go, and in the three days of quiet after it."""
    run = Run(fresh(detector), context)
    for event in stream:
        run.observe(event)
    return run.finished(end_of(stream))


def end_of(stream: Stream) -> int:
    """Three days after the last event."""
    return stream[-1].time + 72 * HOUR if stream else 0


def fires_somewhere(detector: Detector[Any], streams: Iterable[Stream]) -> None:
    """The laws say nothing about a detector that never speaks: it does in every hostile stream."""
    for stream in streams:
        assert findings(detector, stream), "a hostile history in which nothing is found"


def repeats_itself(detector: Detector[Any], streams: Iterable[Stream]) -> None:
    """The same events give the same findings, however often and whatever came before."""
    for stream in streams:
        first = findings(detector, stream)
        assert findings(detector, stream) == first, "a second run found something else"


def survives_restarts(detector: Detector[Any], streams: Iterable[Stream]) -> None:
    """Saving and restoring between any two events changes nothing."""
    for stream in streams:
        undisturbed = findings(detector, stream)
        for every in (1, 7):
            run = Run(fresh(detector))
            for number, event in enumerate(stream):
                run.observe(event)
                if number % every == 0:
                    run = run.restarted()
            assert run.finished(end_of(stream)) == undisturbed, "a restart changed the findings"


def keeps_subjects_apart(detector: Detector[Any], streams: Iterable[Stream]) -> None:
    """What is found about a subject does not depend on whom it is interleaved with."""
    for stream in streams:
        together = findings(detector, stream)
        kind = detector.about.keyed_by
        for subject in {subject_of(kind, event) for event in stream} - {None}:
            alone = findings(detector, [e for e in stream if subject_of(kind, e) == subject])
            mixed = [f for f in together if f.subject == subject]
            assert by_id(alone) == by_id(mixed), f"{subject} is judged by its company"


def bears_lateness(
    detector: Detector[Any], streams: Iterable[Stream], shuffle: Callable[[list[Event]], None]
) -> None:
    """However events arrive, folding again from an older snapshot gives the findings of order."""
    for stream in streams:
        arriving = list(stream)
        shuffle(arriving)
        assert by_id(_arrived(detector, arriving)) == by_id(findings(detector, stream)), (
            "the order of arrival changed the findings"
        )


def _arrived(detector: Detector[Any], arriving: Iterable[Event]) -> list[Finding]:
    fold = Fold(detector.about.keyed_by, (fresh(detector),), RULED)
    subjects: dict[Subject, list[Event]] = {}
    snapshots: dict[Subject, list[tuple[bytes, bytes, list[Finding]]]] = {}
    for event in arriving:
        subject = subject_of(fold.kind, event)
        if subject is None:
            continue
        known = subjects.setdefault(subject, [])
        known.append(event)
        known.sort(key=lambda e: e.id)
        kept = snapshots.setdefault(subject, [])
        while kept and kept[-1][0] >= event.id:
            kept.pop()
        cell = fold.restore(kept[-1][1]) if kept else fold.fresh(subject)
        found = list(kept[-1][2]) if kept else []
        for one in known:
            if not kept or one.id > kept[-1][0]:
                found = [*found, *fold.observe(cell, one)]
                kept.append((one.id, fold.save(cell), found))
    latest = max(event.time for known in subjects.values() for event in known)
    total: list[Finding] = []
    for kept in snapshots.values():
        cell = fold.restore(kept[-1][1])
        total += [*kept[-1][2], *fold.advance(cell, latest + 72 * HOUR)]
    return total


def leaves_inputs_alone(detector: Detector[Any], streams: Iterable[Stream]) -> None:
    """Neither event nor profile nor context is changed by being looked at, nor what was told by
    what is told later: it may be written only at the end of a batch."""
    for stream in streams:
        watched = _Watched(fresh(detector))
        run = Run(watched)
        for event in stream:
            run.observe(event)
        for finding in run.finished(end_of(stream)):
            assert finding.theme is not Theme.HEALTH, finding.evidence.facts
        for finding, told in watched.told:
            assert _encode(finding) == told, "what was told was changed afterwards"


class _Watched:
    """A detector that checks what its own detector does to what it is given."""

    def __init__(self, detector: Detector[Any]) -> None:
        self._detector = detector
        self.about = detector.about
        self.state = detector.state
        self.parameters = detector.parameters
        self.told: list[tuple[Finding, bytes]] = []

    def observe(
        self, event: Event, subject: Subject, state: Any, profile: Profile, context: Context
    ) -> Iterable[Finding]:
        """As it does, checked."""
        before = (_encode(event), _encode(profile), _encode(context.kinds), subject)
        found = list(self._detector.observe(event, subject, state, profile, context))
        after = (_encode(event), _encode(profile), _encode(context.kinds), subject)
        assert before == after, "observe changed what it was given"
        self.told += [(finding, _encode(finding)) for finding in found]
        return found

    def tick(
        self, until: int, subject: Subject, state: Any, profile: Profile, context: Context
    ) -> Iterable[Finding]:
        """As it does, checked."""
        before = _encode(profile)
        found = list(self._detector.tick(until, subject, state, profile, context))
        assert before == _encode(profile), "tick changed the profile"
        self.told += [(finding, _encode(finding)) for finding in found]
        return found


def stays_bounded(detector: Detector[Any], streams: Iterable[Stream]) -> None:
    """Whatever is thrown at it, the state of a subject stays below `LARGEST_STATE` bytes, and what
    it tells is true."""
    for stream in streams:
        for number, run in enumerate(_told_truly(detector, stream)):
            if number % 100 == 99 or number == len(stream) - 1:
                for cell in run.cells.values():
                    for state in cell.states.values():
                        size = len(_encode(state))
                        assert size <= LARGEST_STATE, f"a state of {size} bytes"


def ticks_the_same(detector: Detector[Any], streams: Iterable[Stream]) -> None:
    """Hour by hour or all at once, time passing gives the same findings and states."""
    for stream in streams:
        at_once, by_hours = Run(fresh(detector)), Run(fresh(detector))
        for event in stream:
            at_once.observe(event)
            for cell in by_hours.cells.values():
                for boundary in range(cell.ticked + HOUR, event.time + 1, HOUR):
                    by_hours.found += by_hours.fold.advance(cell, boundary)
            by_hours.observe(event)
        until = end_of(stream)
        assert by_id(at_once.finished(until)) == by_id(by_hours.finished(until)), (
            "the rhythm of the ticks changed the findings"
        )


def reads_no_clock(detector: Detector[Any], streams: Iterable[Stream]) -> None:
    """Ten years later it finds the same, at the same time of the events."""
    for stream in streams:
        seen = []
        for moment in (1_000_000_000.0, 1_900_000_000.0):
            with (
                patch("time.time", return_value=moment),
                patch("time.time_ns", return_value=int(moment * 1e9)),
                patch("time.monotonic", return_value=moment),
            ):
                run = Run(fresh(detector))
                for event in stream:
                    run.observe(event)
                saved = [_encode(cell.states) for cell in run.cells.values()]
                seen.append((run.finished(end_of(stream)), saved))
        assert seen[0] == seen[1], "the clock changed the findings"


def tells_true(detector: Detector[Any], streams: Iterable[Stream]) -> None:
    """Findings are about their own subject, hold on to events seen, and keep their own form."""
    for stream in streams:
        for _ in _told_truly(detector, stream):
            pass


def _told_truly(detector: Detector[Any], stream: Stream) -> Iterator[Run]:
    """A run after each event of a stream, whose findings were true so far; at the end, all are."""
    about = detector.about
    run = Run(fresh(detector))
    seen: dict[Subject, set[bytes]] = {}
    for event in stream:
        subject = subject_of(about.keyed_by, event)
        already = len(run.found)
        if subject is not None:
            seen.setdefault(subject, set()).add(event.id)
            run.observe(event)
        for finding in run.found[already:]:
            assert finding.subject == subject, "a finding about somebody else"
            assert set(finding.event_ids) <= seen[finding.subject], "an event that was not seen"
            check_finding(about, finding)
        yield run
    ids = [finding.id for finding in run.finished(end_of(stream))]
    assert len(ids) == len(set(ids)), "two findings of one id"


def check_finding(about: About, finding: Finding) -> None:
    """The form of one finding: its detector's name, theme, weights, facts and sentence."""
    assert finding.theme is not Theme.HEALTH, finding.evidence.facts
    assert finding.detector == about.name
    assert finding.event_ids
    assert len(set(finding.event_ids)) == len(finding.event_ids)
    assert finding.evidence.group
    weights = msgspec.structs.asdict(finding.evidence.weights)
    assert any(weights.values()), "a finding that speaks for nothing"
    assert all(abs(weight) <= CAP for weight in weights.values())
    facts = finding.evidence.facts
    try:
        msgspec.convert(facts, about.facts, strict=True)
    except msgspec.ValidationError as error:
        raise AssertionError(f"facts of another form: {error}") from error
    assert set(facts) == set(about.facts.__struct_fields__)
    for text in (about.sentence, about.innocent):
        for language in (text.en, text.fr):
            assert language.format(**facts)


def bears_degenerate_accounts(detector: Detector[Any], streams: Iterable[Stream]) -> None:
    """One event, a clock out of its mind, nothing known: neither a crash nor a call."""
    for stream in streams:
        for finding in findings(detector, stream, Context()):
            assert finding.theme is not Theme.HEALTH, finding.evidence.facts
            assert finding.severity < Severity.MEDIUM, finding


def describes_itself(detector: Detector[Any]) -> None:
    """Every field of `About` is filled, every parameter documented, both runbooks written."""
    about = detector.about
    assert re.fullmatch(r"[a-z][a-z_]+", about.name)
    assert about.aup
    assert all(re.fullmatch(r"\d+(\.\d+)?", article) for article in about.aup)
    assert about.attack
    assert all(re.fullmatch(r"T\d{4}(\.\d{3})?", technique) for technique in about.attack)
    assert about.state_version >= 1
    assert about.state_ttl > 0
    for text in (about.title, about.sentence, about.innocent):
        _check_text(text)
    fields = set(about.facts.__struct_fields__)
    for text in (about.sentence, about.innocent):
        for language in (text.en, text.fr):
            assert set(re.findall(r"{(\w+)}", language)) <= fields, language
    for language in ("en", "fr"):
        page = ROOT / "docs" / f"{about.runbook}.{language}.md"
        assert page.is_file(), page
        for name in type(detector.parameters).__struct_fields__:
            assert f"`{name}`" in page.read_text(encoding="utf-8"), f"{page.name}: {name}"
    if hasattr(detector, "state"):
        assert detector.state() == detector.state()
    _check_parameters(detector.parameters)


def _check_text(text: Text) -> None:
    assert text.en.strip()
    assert text.fr.strip()
    assert text.en != text.fr


def _check_parameters(parameters: Struct) -> None:
    kind = type(parameters)
    assert kind.__struct_config__.frozen
    assert kind() == parameters
    for name, hint in get_type_hints(kind, include_extras=True).items():
        assert get_origin(hint) is Annotated, f"{name} is not documented"
        metas = [meta for meta in get_args(hint)[1:] if isinstance(meta, msgspec.Meta)]
        assert any(meta.description for meta in metas), f"{name} has no description"
        assert any((meta.extra or {}).get("unit") for meta in metas), f"{name} has no unit"


def touches_nothing(source: str) -> None:
    """A detector's source imports nothing of the world, and calls nothing that reads it."""
    for node in ast.walk(ast.parse(source)):
        for module in _imported(node):
            assert not FORBIDDEN_MODULES & {module, module.partition(".")[0]}, f"imports {module}"
        assert not isinstance(node, ast.Global | ast.Nonlocal), "state outside the state"
        if isinstance(node, ast.Call):
            called = node.func
            if isinstance(called, ast.Name):
                assert called.id not in FORBIDDEN_CALLS, f"line {node.lineno}: {called.id}()"
            elif isinstance(called, ast.Attribute):
                assert called.attr not in FORBIDDEN_METHODS, f"line {node.lineno}: {called.attr}()"


def _imported(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        for alias in node.names:
            yield alias.name
    elif isinstance(node, ast.ImportFrom):
        yield node.module or ""


def by_id(found: Iterable[Finding]) -> list[Finding]:
    """Findings in the order of their ids."""
    return sorted(found, key=lambda finding: (finding.id, finding.subject.uid))


class Judged:
    """Detectors of campaigns over attempts, in batches; can stop and go on between any two."""

    def __init__(self, *detectors: Detector[Any]) -> None:
        self.campaigns = Campaigns(detectors, Context())
        self.standing: dict[bytes, Finding] = {}

    def take(self, events: Iterable[Event]) -> None:
        """One batch; every id is put or withdrawn at most once."""
        concluded = self.campaigns.fold(
            event for event in events if isinstance(event, SignIn) and is_attempt(event)
        )
        ids = [finding.id for finding in concluded.put]
        assert len(ids) == len(set(ids)), "two findings of one id in a batch"
        assert not set(ids) & set(concluded.withdrawn)
        for identifier in concluded.withdrawn:
            self.standing.pop(identifier, None)
        self.standing.update((finding.id, finding) for finding in concluded.put)

    def restart(self) -> None:
        """Shut down, and begin anew from what was saved."""
        campaigns = self.campaigns
        for name, ledger in campaigns.sources.items():
            campaigns.sources[name] = msgspec.msgpack.decode(_pack(ledger), type=Ledger)
        for tenant, whole in campaigns.tenants.items():
            campaigns.tenants[tenant] = msgspec.msgpack.decode(_pack(whole), type=TenantLedger)

    def saved(self) -> tuple[object, object]:
        """Every ledger."""
        return self.campaigns.sources, self.campaigns.tenants


def judged(detector: Detector[Any], stream: Iterable[Event], batch: int = 50) -> Judged:
    """What stands after all batches of a stream."""
    run = Judged(detector)
    events = list(stream)
    for start in range(0, len(events), batch):
        run.take(events[start : start + batch])
    return run


def stands_somewhere(detector: Detector[Any], streams: Iterable[Stream]) -> None:
    """It speaks in every hostile stream."""
    for stream in streams:
        assert judged(detector, stream).standing, "a hostile history in which nothing is found"


def stands_in_any_order(
    detector: Detector[Any], streams: Iterable[Stream], shuffle: Callable[[list[Event]], None]
) -> None:
    """Whatever order within the window, whatever batches: the same findings, the same ledgers."""
    for stream in streams:
        in_order = judged(detector, stream)
        arriving = list(stream)
        shuffle(arriving)
        for events, batch in ((arriving, 50), (stream, 7), (stream, len(stream) + 1)):
            other = judged(detector, events, batch)
            assert other.standing == in_order.standing, "order or batches changed the findings"
            assert other.saved() == in_order.saved(), "order or batches changed the ledgers"


def stands_after_restarts(detector: Detector[Any], streams: Iterable[Stream]) -> None:
    """Saving and restoring between any two batches changes nothing."""
    for stream in streams:
        run = Judged(detector)
        for start in range(0, len(stream), 20):
            run.take(stream[start : start + 20])
            run.restart()
        assert run.standing == judged(detector, stream).standing, "a restart changed the findings"


def keeps_tenants_apart(detector: Detector[Any], streams: Iterable[Stream]) -> None:
    """What is found about a tenant does not depend on any other."""
    for stream in streams:
        together = judged(detector, stream).standing
        for tenant in {event.tenant for event in stream}:
            alone = judged(detector, [e for e in stream if e.tenant == tenant]).standing
            mine = {i: f for i, f in together.items() if f.subject.tenant == tenant}
            assert alone == mine, f"{tenant} is judged by its company"


def keeps_small_ledgers(detector: Detector[Any], streams: Iterable[Stream]) -> None:
    """Whatever is thrown at them, ledgers stay below their bounds."""
    for stream in streams:
        run = judged(detector, stream, 500)
        for ledger in run.campaigns.sources.values():
            assert len(_pack(ledger)) <= LARGEST_LEDGER
        for whole in run.campaigns.tenants.values():
            assert len(_pack(whole)) <= LARGEST_TENANT_LEDGER


def stands_for_what_was_seen(detector: Detector[Any], streams: Iterable[Stream]) -> None:
    """Findings are about subjects that there are, hold on to events seen, at times that were."""
    for stream in streams:
        seen = {event.id for event in stream}
        subjects = {subject_of(kind, event) for kind in SubjectKind for event in stream}
        times = [event.time for event in stream]
        for finding in judged(detector, stream).standing.values():
            assert finding.subject in subjects, "a finding about nobody"
            assert set(finding.involved) <= subjects
            assert set(finding.event_ids) <= seen, "an event that was not seen"
            assert min(times) <= finding.time <= max(times), "at a time that never was"
            check_finding(detector.about, finding)


def calls_nobody(detector: Detector[Any], streams: Iterable[Stream]) -> None:
    """Degenerate and honest histories: neither a crash nor a call."""
    for stream in streams:
        for finding in judged(detector, stream).standing.values():
            assert finding.theme is not Theme.HEALTH, finding.evidence.facts
            assert finding.severity < Severity.MEDIUM, finding
