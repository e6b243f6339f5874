"""How the first lines of a log would be read and judged, before any of it is taken."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, Final

from msgspec import Struct

from alerts.correlation import CorrelationParameters
from alerts.incident import Category
from alerts.telling import describe, sentence_of
from detectors.core.context import Context
from detectors.core.detector import Detector
from detectors.core.event import Event, Outcome, SignIn
from detectors.core.finding import Severity
from detectors.core.identity import Subject, SubjectKind
from detectors.core.place import Place
from monitor.formats.detection import Auto
from monitor.formats.format import Format, MalformedLine, Origin
from monitor.formats.occurrence import Occurrences
from monitor.formats.year import LatestBefore
from monitor.health.redaction import redact
from monitor.judging import Judging

SHOWN: Final = 12
"""Lines that are shown one by one."""
MOST_INCIDENTS: Final = 5
_LONGEST: Final = 300


class Tried(Struct, frozen=True, kw_only=True):
    """One line: its number, as it stands there (masked), and as what it was read; None where it
    was about something else, and `reason` where it could not be read. Time in ms."""

    number: int
    line: str
    format: str = ""
    reason: str = ""
    time: int | None = None
    tenant: str = ""
    account: str = ""
    outcome: Outcome | None = None
    ip: str | None = None
    place: Place | None = None
    device: str = ""
    found: tuple[str, ...] = ()


class Concluded(Struct, frozen=True, kw_only=True):
    """What the lines' findings come to: one incident in a sentence."""

    severity: Severity
    category: Category
    subject: str
    sentence: str


class Trial(Struct, frozen=True, kw_only=True):
    """What some lines come to. `events`, `others` and `unread` count lines; `formats` lines by
    format, `reasons` why some could not be read, the most first. Times are ms, None without an
    event."""

    lines: int
    events: int
    others: int
    unread: int
    formats: dict[str, int]
    reasons: dict[str, int]
    since: int | None
    until: int | None
    tenants: tuple[str, ...]
    accounts: int
    shown: tuple[Tried, ...]
    incidents: tuple[Concluded, ...]

    @property
    def is_readable(self) -> bool:
        """Whether anything in them is an event."""
        return self.events > 0


class Trying:
    """Reads and judges lines as the engine would. Nothing of it is kept; of several threads."""

    def __init__(
        self,
        form: Callable[[str, str], Format],
        names: Sequence[str],
        enrich: Callable[[Event], Event],
        detectors: Sequence[Detector[Any]],
        context: Context,
        correlation: CorrelationParameters,
        tenant: str,
    ) -> None:
        """`form` gives the format of a name in a zone, `names` are those there are, `tenant` is
        that of lines which name none; the rest is as the engine has it."""
        self._form = form
        self.names = tuple(names)
        self._enrich = enrich
        self._detectors = detectors
        self._context = context
        self._correlation = correlation
        self.tenant = tenant

    def form(self, name: str, zone: str) -> Format:
        """The format of a name, with bare stamps in a zone. Raises UnknownFormatError."""
        return self._form(name, zone)

    def try_lines(
        self,
        lines: Sequence[bytes],
        form: Format,
        now: int,
        language: str,
        tenant: str | None = None,
    ) -> Trial:
        """What they come to, at `now` (ms), in a language."""
        judging = Judging(self._detectors, self._context, self._correlation)
        reader = _Reader(form, tenant or self.tenant, tenant is not None, now, self._enrich)
        shown = [
            reader.read(number, line, judging, language, is_shown=number <= SHOWN)
            for number, line in enumerate(lines, 1)
        ]
        return reader.told(len(lines), tuple(shown[:SHOWN]), _concluded(judging, language))


class _Reader:
    """Lines of one file in one format, and what was counted of them."""

    def __init__(
        self,
        form: Format,
        tenant: str,
        is_of_tenant: bool,
        now: int,
        enrich: Callable[[Event], Event],
    ) -> None:
        self._form = form
        self._enrich = enrich
        occurrence = Occurrences(limit=None)
        self._origin = Origin("preview", tenant, LatestBefore(now), occurrence, is_of_tenant)
        self._formats: Counter[str] = Counter()
        self._reasons: Counter[str] = Counter()
        self._events = self._others = 0
        self._times: list[int] = []
        self._tenants: Counter[str] = Counter()
        self._accounts: set[tuple[str, str]] = set()

    def read(
        self, number: int, line: bytes, judging: Judging, language: str, *, is_shown: bool
    ) -> Tried:
        told = redact(line[:_LONGEST]) if is_shown else ""
        try:
            events = self._form.parse(line, self._origin)
        except MalformedLine as error:
            self._reasons[str(error)[:200]] += 1
            return Tried(number=number, line=told, reason=str(error)[:200])
        if not events:
            self._others += 1
            return Tried(number=number, line=told)
        form = self._form
        name = form.format_of(line) if isinstance(form, Auto) else form.name
        self._events += 1
        self._formats[name or form.name] += 1
        found: list[str] = []
        event = events[0]
        for one in events:
            event = self._enrich(one)
            self._count(event)
            found += (sentence_of(one, language) for one in judging.take(event))
        return _tried(number, told, name or form.name, event, tuple(found))

    def told(self, lines: int, shown: tuple[Tried, ...], incidents: tuple[Concluded, ...]) -> Trial:
        return Trial(
            lines=lines,
            events=self._events,
            others=self._others,
            unread=sum(self._reasons.values()),
            formats=dict(self._formats.most_common()),
            reasons=dict(self._reasons.most_common(5)),
            since=min(self._times, default=None),
            until=max(self._times, default=None),
            tenants=tuple(name for name, _ in self._tenants.most_common(5)),
            accounts=len(self._accounts),
            shown=shown,
            incidents=incidents,
        )

    def _count(self, event: Event) -> None:
        self._times.append(event.time)
        self._tenants[event.tenant] += 1
        account = event.account
        if account:
            self._accounts.add((event.tenant, account))


def _tried(number: int, line: str, form: str, event: Event, found: tuple[str, ...]) -> Tried:
    is_sign_in = isinstance(event, SignIn)
    device = event.device if isinstance(event, SignIn) else None
    known = () if device is None else (device.family, device.os)
    return Tried(
        number=number,
        line=line,
        format=form,
        time=event.time,
        tenant=event.tenant,
        account=event.account_name or event.account or "",
        outcome=event.outcome if isinstance(event, SignIn) else None,
        ip=event.ip if isinstance(event, SignIn) else None,
        place=event.place if isinstance(event, SignIn) else None,
        device=", ".join(part for part in known if part) if is_sign_in else "",
        found=found,
    )


def _concluded(judging: Judging, language: str) -> tuple[Concluded, ...]:
    """What all of it comes to, the gravest first."""
    told = [
        Concluded(
            severity=incident.severity,
            category=incident.category,
            subject=_called(incident.subject),
            sentence=describe(incident, findings, language),
        )
        for incident, findings in judging.incidents()
    ]
    told.sort(key=lambda one: -one.severity)
    return tuple(one for one in told[:MOST_INCIDENTS] if one.severity >= Severity.LOW)


def _called(subject: Subject) -> str:
    """What somebody is told of whom an incident is about."""
    return subject.tenant if subject.kind is SubjectKind.TENANT else subject.uid
