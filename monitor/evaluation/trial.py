"""One labelled log through Vigie's whole chain and through the baselines, in memory or streamed."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
from msgspec import Struct, field, structs
from sqlalchemy import Engine as Database
from sqlalchemy import select

from alerts.correlation import CorrelationParameters
from alerts.incident import Incident
from detectors.core.context import Context
from detectors.core.event import Event, SignIn
from detectors.core.finding import Finding
from monitor import assembly, clock
from monitor.engine import Beside, Engine, Intake
from monitor.enrichment.enricher import Enricher
from monitor.evaluation.baselines.baseline import Baseline, is_logon
from monitor.evaluation.features import Variants
from monitor.evaluation.truth import RbaLabels, Truth, read_labels
from monitor.evaluation.verdicts import Listening, SignIns, Verdicts, of_incidents, score_sign_ins
from monitor.formats.occurrence import Occurrences
from monitor.pipeline import parse_chunk
from monitor.replay import BATCH, SOURCE, Result, read_whole
from monitor.settings import Accounts, Settings, load
from monitor.sources.specification import open_source
from monitor.store import tables
from monitor.store.connection import connect

RBA = "rba"
"""The format whose labels stand in the log itself."""
DIRECTORY = "vigie.toml"
"""In a folder of labels: the kinds of accounts, as a directory would say them."""
_PAUSE_S = 0.02
_CHUNK = 500
_decode = msgspec.msgpack.Decoder(Event).decode

Told = Callable[[int, int | None], None]
"""Called with what was done so far and what there is in all, where that is known."""
Batches = Iterator[list[Event]]


class Log(Struct, frozen=True):
    """What one trial is of: files that belong together, and where their labels are.

    `labels` is a folder, or None where the log itself holds them.
    """

    name: str
    files: tuple[str, ...]
    labels: Path | None


class _Again(Result):
    """Correlates findings as a replay does that reads them back, whatever its store holds."""

    def __init__(self, findings: Iterable[Finding], database: Database, engine: Engine) -> None:
        super().__init__(database, (), engine.correlate)
        self._findings = list(findings)

    def findings(self) -> list[Finding]:
        """Those that it was given."""
        return self._findings


class Judge:
    """What Vigie's findings come to, as the settings have it."""

    def __init__(self, settings: Settings, enricher: Enricher) -> None:
        self.parameters: CorrelationParameters = assembly.correlation_of(settings)
        self._allows = Context(kinds=settings.kinds()).allows_sharing
        # It only correlates; nothing is ever put into its store.
        self._database = connect("sqlite://")
        self._engine = assembly.open_engine(settings, self._database, enricher, live=False)

    def incidents(self, findings: Iterable[Finding]) -> list[Incident]:
        """The incidents that these findings come to by themselves."""
        return _Again(findings, self._database, self._engine).incidents()

    def verdicts(
        self,
        trial: "Trial",
        findings: Sequence[Finding],
        incidents: Sequence[Incident] | None = None,
    ) -> Verdicts:
        """What Vigie would say of a trial with these findings; `incidents` where they are known."""
        known = self.incidents(findings) if incidents is None else incidents
        said = of_incidents(known, findings, self.parameters, self._allows)
        score_sign_ins(said, findings, trial.anchors, trial.sign_ins, trial.truth, self.parameters)
        return said


class Trial(Struct):
    """What came of one log. Times in ms; `seconds` is how long the chain took.

    `findings`, `anchors` (log-ons that brought one), `sign_ins` and `judge` are what it takes to
    judge again without some of the findings. `variants` are the learned model's findings without
    each of its features, `steps` how risky each step from Freeman et al. on found the sign-ins;
    both empty where they were not asked for.
    """

    name: str
    truth: Truth
    events: int = 0
    rejected: int = 0
    first: int = 0
    last: int = 0
    seconds: float = 0.0
    verdicts: list[Verdicts] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    anchors: dict[bytes, SignIn] = field(default_factory=dict)
    sign_ins: SignIns = field(default_factory=SignIns)
    judge: Judge | None = None
    variants: dict[str, list[Finding]] = field(default_factory=dict)
    steps: dict[str, SignIns] = field(default_factory=dict)

    @property
    def span(self) -> int:
        """Event time from the first to the last event, in ms."""
        return max(self.last - self.first, 1)


def run(
    log: Log,
    settings: Settings,
    enricher: Enricher,
    form: str,
    kinds: Iterable[type[Baseline]] = (),
    told: Told | None = None,
    without: frozenset[str] = frozenset(),
    steps: Iterable[type[Baseline]] | None = None,
) -> Trial:
    """Read, enrich and judge a log; give each event to the baselines as well.

    A log with labels beside it is merged and judged in memory, as `vigie replay` does. One that
    holds its own is streamed: in the order it comes, events in a temporary file, a batch in memory
    at a time. `without` names detectors that are left out. With `steps`, variants of the sign-in
    score are heard too, and the learned model is also tried without each of its features. Raises
    LabelsError, SourceError, UnknownFormatError, SettingsError.
    """
    with ExitStack() as opened:
        if log.labels is None:
            folder = opened.enter_context(TemporaryDirectory(prefix="vigie-evaluate-"))
            database = connect(f"sqlite:///{folder}/events.db")
        else:
            database = connect("sqlite://")
        opened.callback(database.dispose)
        tables.metadata.create_all(database)
        variants = None if steps is None else Variants()
        engine = assembly.open_engine(
            settings,
            database,
            enricher,
            live=False,
            without=without,
            watch=variants.watch if variants else None,
        )
        kinds, steps = list(kinds), list(steps or ())
        listening = Listening([*kinds, *steps])
        tell = told or _untold
        if log.labels is None:
            trial = _streamed(log, settings, engine, enricher, listening, tell)
        else:
            trial = _merged(log, settings, engine, enricher, form, listening, tell)
        result = Result(database, ())
        trial.findings = result.findings()
        trial.anchors = _anchors(database, trial.findings)
        trial.judge = Judge(settings, enricher)
        vigie = trial.judge.verdicts(trial, trial.findings, result.incidents())
        heard = listening.verdicts()
        trial.verdicts = [vigie, *heard[: len(kinds)]]
        trial.steps = {said.system: said.sign_ins for said in heard[len(kinds) :]}
        if variants is not None:
            trial.variants = engine.tend(partial(_measured, variants))
        return trial


def _measured(variants: Variants, beside: Beside) -> dict[str, list[Finding]]:
    """What was noted, measured against the tenants' people as what was found."""
    measured = partial(beside.leanings.measured, beside.writing)
    return {
        name: sorted(map(measured, found.values()), key=lambda one: one.id)
        for name, found in variants.findings.items()
    }


def with_directory(settings: Settings, labels: Path | None) -> Settings:
    """The settings, and in them what the directory beside the labels knows of the accounts."""
    if labels is None or not (labels / DIRECTORY).is_file():
        return settings
    named = structs.asdict(load(labels / DIRECTORY, {}).accounts)
    ours = structs.asdict(settings.accounts)
    joined = {kind: tuple(dict.fromkeys((*ours[kind], *named[kind]))) for kind in ours}
    return structs.replace(settings, accounts=Accounts(**joined))


def _untold(done: int, total: int | None) -> None:
    """Nobody is watching."""


def _merged(
    log: Log,
    settings: Settings,
    engine: Engine,
    enricher: Enricher,
    form: str,
    listening: Listening,
    told: Told,
) -> Trial:
    read, books = read_whole(log.files, assembly.form_of(settings, form), settings.tenant)
    truth = read_labels(log.labels) if log.labels is not None else Truth()
    trial = Trial(log.name, truth, rejected=books.rejected)
    for start in range(0, len(read), BATCH):
        batch = [_decode(one.body) for one in read[start : start + BATCH]]
        _judge(engine, Intake(SOURCE, SOURCE, SOURCE, None, batch), trial)
        _listen(batch, enricher, listening, trial, truth.marked)
        told(min(start + BATCH, len(read)), len(read))
    return trial


def _streamed(
    log: Log,
    settings: Settings,
    engine: Engine,
    enricher: Enricher,
    listening: Listening,
    told: Told,
) -> Trial:
    labels = RbaLabels(settings.tenant)
    trial = Trial(log.name, Truth())
    form, occurrences = assembly.form_of(settings, RBA), Occurrences()
    for file in log.files:
        source = open_source(file, file, follow=False)
        source.resume(None)
        try:
            while not source.is_exhausted():
                chunk = source.read(BATCH)
                if chunk is None:
                    clock.pause(_PAUSE_S)
                    continue
                labels.take(chunk.lines)
                intake = parse_chunk(chunk, form, SOURCE, settings.tenant, occurrences.occurrence)
                trial.rejected += len(intake.rejects)
                intake.rejects.clear()
                batch = list(intake.events)
                _judge(engine, intake, trial)
                _listen(batch, enricher, listening, trial, labels.marked)
                told(*(source.backlog() or (trial.events, None)))
        finally:
            source.close()
    trial.truth = labels.truth()
    return trial


def _judge(engine: Engine, intake: Intake, trial: Trial) -> None:
    begun = clock.monotonic()
    outcome = engine.process([intake])
    trial.seconds += clock.monotonic() - begun
    trial.events += outcome.events


def _listen(
    batch: Sequence[Event],
    enricher: Enricher,
    listening: Listening,
    trial: Trial,
    marked: dict[str, str],
) -> None:
    for raw in batch:
        trial.first = min(trial.first or raw.time, raw.time)
        trial.last = max(trial.last, raw.time)
        if not isinstance(raw, SignIn):
            continue
        event = enricher.enrich(raw)
        if not isinstance(event, SignIn) or event.corroborating:
            continue
        behaviour = marked.get(event.uid) if event.uid is not None else None
        if behaviour is not None and event.uid is not None and event.ip is not None:
            trial.truth.note_source(event.uid, event.ip)
        if is_logon(event):
            trial.sign_ins.add(0.0, behaviour)
        listening.observe(event, behaviour)


def _anchors(database: Database, findings: Iterable[Finding]) -> dict[bytes, SignIn]:
    """The successful log-ons that findings are anchored at."""
    wanted = sorted({finding.event_ids[0] for finding in findings})
    found: dict[bytes, SignIn] = {}
    table = tables.events
    with database.connect() as connection:
        for start in range(0, len(wanted), _CHUNK):
            chunk = wanted[start : start + _CHUNK]
            query = select(table.c.body).where(table.c.id.in_(chunk))
            for body in connection.execute(query).scalars():
                event = _decode(body)
                if isinstance(event, SignIn) and is_logon(event) and not event.corroborating:
                    found[event.id] = event
    return found
