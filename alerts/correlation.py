"""Turns all the findings on one subject into its incidents: the same set, the same incidents."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Annotated

from msgspec import Meta, Struct

from alerts.assessment import DEFAULTS as ASSESSMENT_DEFAULTS
from alerts.assessment import AssessmentParameters, Scales, distinct
from alerts.conclusion import DEFAULTS as CONCLUSION_DEFAULTS
from alerts.conclusion import Conclusion, ConclusionParameters, conclude
from alerts.incident import Incident
from detectors.core.event import DAY, HOUR
from detectors.core.finding import Finding, Theme
from detectors.core.identity import Subject, timed_id


class CorrelationParameters(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which findings are one incident. Raises ValueError when a window is not positive."""

    use_window: Annotated[
        int,
        Meta(
            description="Longest quiet between two findings of one incident about an account's use",
            extra={"unit": "ms"},
        ),
    ] = 7 * DAY
    attack_window: Annotated[
        int,
        Meta(
            description="Longest quiet between two findings of one incident about an attack",
            extra={"unit": "ms"},
        ),
    ] = 24 * HOUR
    assessment: AssessmentParameters = ASSESSMENT_DEFAULTS
    conclusion: ConclusionParameters = CONCLUSION_DEFAULTS

    def __post_init__(self) -> None:
        if self.use_window <= 0 or self.attack_window <= 0:
            raise ValueError("a window must be longer than 0 ms")

    def window(self, theme: Theme) -> int:
        """The longest quiet within an incident of this theme, in ms."""
        return self.attack_window if theme is Theme.ATTACK else self.use_window


DEFAULTS = CorrelationParameters()


def correlate(
    findings: Sequence[Finding],
    existing: Sequence[Incident] = (),
    parameters: CorrelationParameters = DEFAULTS,
    *,
    sharing_is_allowed: bool = False,
) -> list[Incident]:
    """The incidents that all active findings of one subject come to, oldest first.

    Findings of one theme, each at most the theme's window after the one before, are one
    incident; HEALTH never is. The order of `findings` and of `existing` does not matter, and
    without `existing` the result depends on nothing but the set of findings.

    `existing` are the incidents known so far; they give their ids on. From the oldest part on,
    each part takes the smallest id not yet taken among the incidents that it shares a finding
    with: of merged incidents the older id stays, of a split one the part with the oldest finding
    keeps it. An id of `existing` that is not in the result has no findings left, or was merged.
    A new id follows from time, subject, theme and first finding, and is none of `existing`.

    `reached` is the time of the first of the last unbroken run of findings, in (time, id) order,
    after each of which the incident had the severity that it has now; its category may have
    changed since, as more was learned.

    `sharing_is_allowed` says that several people may use the account: see `conclude`.

    Raises ValueError when the findings or incidents are not all of one subject.
    """
    active = sorted(distinct(findings), key=lambda finding: (finding.time, finding.id))
    if not active:
        return []
    subject = _only_subject(active, existing)
    groups = [
        (theme, group)
        for theme in (Theme.USE, Theme.ATTACK)
        for group in _chains([f for f in active if f.theme is theme], parameters.window(theme))
    ]
    groups.sort(key=lambda of: (of[1][0].time, of[1][0].id))
    names = _Names(subject, existing)
    weigh = partial(
        conclude, parameters=parameters.conclusion, sharing_is_allowed=sharing_is_allowed
    )
    return [
        _incident(names.name(theme, group), subject, theme, group, parameters, weigh)
        for theme, group in groups
    ]


def _only_subject(findings: Iterable[Finding], existing: Iterable[Incident]) -> Subject:
    subjects = {of.subject for of in findings} | {of.subject for of in existing}
    if len(subjects) > 1:
        raise ValueError(f"findings of one subject are correlated, not of {len(subjects)}")
    return subjects.pop()


def _chains(findings: Iterable[Finding], window: int) -> Iterator[list[Finding]]:
    chain: list[Finding] = []
    for finding in findings:
        if chain and finding.time - chain[-1].time > window:
            yield chain
            chain = []
        chain.append(finding)
    if chain:
        yield chain


class _Names:
    """Gives each part an id, once: a known one where it shares findings, else a new one."""

    def __init__(self, subject: Subject, existing: Iterable[Incident]) -> None:
        self._subject = subject
        self._taken: set[bytes] = set()
        self._known: set[bytes] = set()
        self._holders: dict[tuple[Theme, bytes], list[bytes]] = {}
        for incident in existing:
            self._known.add(incident.id)
            for finding in incident.findings:
                self._holders.setdefault((incident.theme, finding), []).append(incident.id)

    def name(self, theme: Theme, group: Sequence[Finding]) -> bytes:
        """The id of the incident that these findings are."""
        held = {
            holder
            for finding in group
            for holder in self._holders.get((theme, finding.id), ())
            if holder not in self._taken
        }
        identifier = min(held) if held else self._new(theme, group[0])
        self._taken.add(identifier)
        return identifier

    def _new(self, theme: Theme, first: Finding) -> bytes:
        parts = ("incident", str(self._subject), theme.value, first.id)
        identifier = timed_id(first.time, *parts)
        # The part of a split incident that lost its id may begin with the finding it came from.
        while identifier in self._known or identifier in self._taken:
            identifier = timed_id(first.time, *parts, identifier)
        return identifier


def _incident(
    identifier: bytes,
    subject: Subject,
    theme: Theme,
    group: Sequence[Finding],
    parameters: CorrelationParameters,
    weigh: Callable[[Scales, Theme], Conclusion],
) -> Incident:
    scales = Scales(parameters.assessment)
    scales.add(group[0])
    conclusion = weigh(scales, theme)
    reached = group[0].time
    for finding in group[1:]:
        if not scales.add(finding):
            continue
        before, conclusion = conclusion, weigh(scales, theme)
        if before.severity is not conclusion.severity:
            reached = finding.time
    return Incident(
        id=identifier,
        subject=subject,
        theme=theme,
        category=conclusion.category,
        severity=conclusion.severity,
        confidence=round(100 * conclusion.probability),
        assessment=scales.assessment(group),
        findings=tuple(finding.id for finding in group),
        opened=group[0].time,
        updated=group[-1].time,
        reached=reached,
    )
