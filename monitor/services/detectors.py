"""Each detector as people look at it: what it says of itself, what is in force, what it found, and
how reviewers judged that."""

from collections.abc import Callable, Mapping
from typing import Any, Final, get_type_hints

import msgspec
from msgspec import Struct
from sqlalchemy import Engine

from alerts.incident import Category
from alerts.telling import sentence_of
from alerts.ticket import Disposition
from detectors.core.detector import About
from detectors.core.event import DAY
from detectors.core.finding import Severity
from detectors.core.identity import Subject, SubjectKind, as_uuid
from detectors.core.registry import classes
from monitor.clock import now_ms
from monitor.evaluation.intervals import Share, share
from monitor.protection.masking import mask_subject, mask_text
from monitor.services.actor import Actor
from monitor.services.authority import Operation, allowed, permits
from monitor.services.refusal import NotThereError
from monitor.services.runbooks import runbook
from monitor.store import detected
from monitor.store.connection import reading
from monitor.store.detected import Counted, Judged, Shown, Total

DAYS: Final = 30
"""The last days that are counted."""
WEEKS: Final = 13
"""The last weeks of what reviewers said."""
FEW: Final = 10
"""With fewer words of reviewers a share says next to nothing."""
LATEST: Final = 8
_WEEK: Final = 7 * DAY
_EMPTY: Final[Mapping[str, Any]] = {}


class Parameter(Struct, frozen=True, kw_only=True):
    """One parameter of a detector: what it says of itself, its unit, its default and what is in
    force; `is_changed`: the settings say something else than the default."""

    name: str
    description: str
    unit: str
    default: Any
    value: Any
    is_changed: bool


class DetectorView(Struct, frozen=True, kw_only=True):
    """A detector as it describes itself, with the parameters that are in force and its runbook as
    Markdown in the reader's language."""

    about: About
    parameters: tuple[Parameter, ...]
    runbook: str


class Verdict(Struct, frozen=True, kw_only=True):
    """How reviewers judged: how often they confirmed it, found it wrong, or found that it was so
    and harmless (explained, or allowed); the share that they confirmed, with Wilson's interval."""

    confirmed: int = 0
    wrong: int = 0
    harmless: int = 0

    @property
    def judged(self) -> int:
        """How many they judged."""
        return self.confirmed + self.wrong + self.harmless

    @property
    def precision(self) -> Share:
        """The share that they confirmed."""
        return share(self.confirmed, self.judged)

    @property
    def is_few(self) -> bool:
        """Whether they are too few to say much."""
        return self.judged < FEW


class Line(Struct, frozen=True, kw_only=True):
    """A detector in the list of all: what it found in the last days, and how it was judged."""

    name: str
    total: Total
    verdict: Verdict


class Week(Struct, frozen=True, kw_only=True):
    """The week from a time on (ms), and how reviewers judged in it."""

    since: int
    verdict: Verdict


class Found(Struct, frozen=True, kw_only=True):
    """An incident that a detector is in, and what the detector said last in it."""

    id: str
    category: Category
    severity: Severity
    subject: Subject
    sentence: str
    updated: int
    withdrawn: bool


class Figures(Struct, frozen=True, kw_only=True):
    """What a detector found on each of the last days, what reviewers said of it, week by week and
    in all, and the latest incidents that it is in. `since` in ms."""

    since: int
    days: tuple[int, ...]
    counted: tuple[Counted, ...]
    total: Total
    weeks: tuple[Week, ...]
    verdict: Verdict
    latest: tuple[Found, ...]


class Detectors:
    """Of one database. Safe to share between threads; `now` gives ms since 1970 UTC, `given` are
    the settings' parameters by detector."""

    def __init__(
        self,
        engine: Engine,
        given: Mapping[str, Mapping[str, Any]] | None = None,
        now: Callable[[], int] = now_ms,
    ) -> None:
        self._reading = reading(engine)
        self._given = given or {}
        self._now = now

    @allowed(Operation.DETECTORS_READ)
    def all(self, actor: Actor, language: str) -> list[DetectorView]:
        """Every detector there is, by what it is keyed by and its title."""
        order = list(SubjectKind)
        found = [self._view(kind, language) for kind in classes().values()]
        return sorted(
            found,
            key=lambda one: (order.index(one.about.keyed_by), _in(one.about.title, language)),
        )

    @allowed(Operation.DETECTORS_READ)
    def one(self, actor: Actor, name: str, language: str) -> DetectorView:
        """The detector of this name. Raises NotThereError."""
        return self._view(_kind(name), language)

    @allowed(Operation.DETECTORS_READ)
    def lines(self, actor: Actor) -> dict[str, Line]:
        """What each found in the last days, and how it was judged, by name."""
        now = self._now()
        with self._reading.begin() as connection:
            said = detected.judged_of_all(connection, now - WEEKS * _WEEK)
            return {
                name: Line(
                    name=name,
                    total=detected.total(connection, name, now - DAYS * DAY, now + DAY),
                    verdict=verdict_of(said.get(name, {})),
                )
                for name in classes()
            }

    @allowed(Operation.DETECTORS_READ)
    def figures(self, actor: Actor, name: str, language: str) -> Figures:
        """What one found, and how it was judged. Raises NotThereError."""
        about, now = _kind(name).about, self._now()
        today = now // DAY
        first = today - DAYS + 1
        with self._reading.begin() as connection:
            counted = detected.by_day(connection, about.name, first, today)
            told = detected.judged(connection, about.name, now - WEEKS * _WEEK)
            total = detected.total(connection, about.name, first * DAY, (today + 1) * DAY)
            shown = detected.latest(connection, about.name, LATEST)
        looks = permits(actor, Operation.PERSON_LOOK)
        return Figures(
            since=first * DAY,
            days=tuple(range(first, today + 1)),
            counted=tuple(counted),
            total=total,
            weeks=_weeks(told, now),
            verdict=verdict_of(_counted(told)),
            latest=tuple(_found(one, language, looks=looks) for one in shown),
        )

    def _view(self, kind: Any, language: str) -> DetectorView:
        about: About = kind.about
        return DetectorView(
            about=about,
            parameters=parameters_of(kind, self._given.get(about.name, _EMPTY)),
            runbook=runbook(about.runbook, language),
        )


def parameters_of(kind: Any, given: Mapping[str, Any]) -> tuple[Parameter, ...]:
    """The parameters of a detector, with what the settings give of them."""
    known = kind().parameters
    held = msgspec.convert(dict(given), type(known)) if given else known
    hints = get_type_hints(type(known), include_extras=True)
    found = []
    for name in known.__struct_fields__:
        meta = next(
            (m for m in getattr(hints[name], "__metadata__", ()) if isinstance(m, msgspec.Meta)),
            msgspec.Meta(),
        )
        default, value = getattr(known, name), getattr(held, name)
        found.append(
            Parameter(
                name=name,
                description=meta.description or "",
                unit=str((meta.extra or {}).get("unit", "")),
                default=default,
                value=value,
                is_changed=default != value,
            )
        )
    return tuple(found)


def verdict_of(said: Mapping[Disposition, int]) -> Verdict:
    """What reviewers' words come to."""
    return Verdict(
        confirmed=said.get(Disposition.TRUE_POSITIVE, 0),
        wrong=said.get(Disposition.FALSE_POSITIVE, 0),
        harmless=said.get(Disposition.BENIGN_EXPLAINED, 0) + said.get(Disposition.AUTHORISED, 0),
    )


def _weeks(told: list[Judged], now: int) -> tuple[Week, ...]:
    end = (now // DAY + 1) * DAY
    starts = [end - (WEEKS - number) * _WEEK for number in range(WEEKS)]
    return tuple(
        Week(
            since=start,
            verdict=verdict_of(
                _counted([one for one in told if start <= one.time < start + _WEEK])
            ),
        )
        for start in starts
    )


def _counted(told: list[Judged]) -> dict[Disposition, int]:
    found: dict[Disposition, int] = {}
    for one in told:
        found[one.disposition] = found.get(one.disposition, 0) + 1
    return found


def _found(one: Shown, language: str, *, looks: bool) -> Found:
    incident = one.incident
    sentence = sentence_of(one.finding, language)
    subject = incident.subject
    if not looks:
        names = frozenset({subject.uid, one.finding.subject.uid} - {""})
        sentence, subject = mask_text(sentence, names), mask_subject(subject)
    return Found(
        id=as_uuid(incident.id),
        category=incident.category,
        severity=incident.severity,
        subject=subject,
        sentence=sentence,
        updated=incident.updated,
        withdrawn=one.withdrawn,
    )


def _kind(name: str) -> Any:
    kind = classes().get(name)
    if kind is None:
        raise NotThereError("there is no such detector")
    return kind


def _in(text: Any, language: str) -> str:
    return str(text.fr if language == "fr" else text.en)
