"""A few events judged in memory: what each shows, and the incidents that all of them come to."""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from alerts.correlation import CorrelationParameters, correlate, correlate_campaigns
from alerts.incident import Incident
from detectors.core.context import Context
from detectors.core.detector import Detector
from detectors.core.event import Event, SignIn, is_attempt
from detectors.core.finding import Finding
from detectors.core.fold import Cell, Fold, subject_of
from detectors.core.identity import Subject, SubjectKind
from detectors.core.standing import Campaigns


class Judging:
    """Nothing is known before the first event, and nothing is kept."""

    def __init__(
        self,
        detectors: Sequence[Detector[Any]],
        context: Context,
        correlation: CorrelationParameters,
    ) -> None:
        self._fold = Fold(SubjectKind.ACCOUNT, detectors, context)
        self._campaigns = Campaigns(detectors, context)
        self._correlation = correlation
        self._cells: dict[Subject, Cell] = {}
        self._findings: dict[Subject, list[Finding]] = {}
        self._attempts: list[SignIn] = []

    def take(self, event: Event) -> list[Finding]:
        """What one more event, later than those before it, shows of its account."""
        subject = subject_of(SubjectKind.ACCOUNT, event)
        if subject is None:
            return []
        cell = self._cells.get(subject)
        if cell is None:
            cell = self._cells[subject] = self._fold.fresh(subject)
        if isinstance(event, SignIn) and is_attempt(event):
            self._attempts.append(event)
        found = self._fold.observe(cell, event)
        self._findings.setdefault(subject, []).extend(found)
        return found

    def incidents(self) -> Iterator[tuple[Incident, Sequence[Finding]]]:
        """What all that was taken comes to, campaigns included: each with the findings that it may
        be of. To be asked once, at the end."""
        campaigns: dict[str, list[Finding]] = {}
        for finding in self._campaigns.fold(self._attempts).put:
            if finding.subject.kind is SubjectKind.ACCOUNT:
                self._findings.setdefault(finding.subject, []).append(finding)
            else:
                campaigns.setdefault(finding.subject.tenant, []).append(finding)
        for subject, findings in self._findings.items():
            allowed = partial(self._fold.context.allows_sharing, subject)
            made = correlate(findings, (), self._correlation, sharing_is_allowed=allowed)
            yield from ((incident, findings) for incident in made)
        for findings in campaigns.values():
            made = correlate_campaigns(findings, (), self._correlation)
            yield from ((incident, findings) for incident in made)
