"""Incidents, findings and sign-ins as values that pages, API and command line show alike."""

from msgspec import Struct

from alerts.incident import Category, Hypothesis
from detectors.core.event import SignIn
from detectors.core.finding import Fact, Severity, Theme
from detectors.core.identity import Subject, SubjectKind
from monitor.store.incident_filter import Cursor


class IncidentRow(Struct, frozen=True, kw_only=True):
    """One incident in a list. Times are event times in ms, `confidence` 0 to 100.

    `sentence` says conclusion, probability and reason; `reason` is its last part alone. `others`
    is how many further subjects are named.
    """

    id: str
    severity: Severity
    category: Category
    subject: Subject
    account_name: str | None
    sentence: str
    reason: str
    confidence: int
    opened: int
    updated: int
    findings: int
    withdrawn: bool
    others: int = 0
    account_handle: str | None = None
    """By what the page of its account is found (`Subject.handle`); None where it is about none."""


class IncidentPage(Struct, frozen=True, kw_only=True):
    """Some incidents, where the next ones begin, and how many there are of this filter, or that
    there are more than are counted."""

    rows: list[IncidentRow]
    next: Cursor | None
    total: int
    is_more: bool = False


class ToldFact(Struct, frozen=True, kw_only=True):
    """One fact in the reader's words; `name` is the field's own."""

    name: str
    label: str
    value: str


class FindingView(Struct, frozen=True, kw_only=True):
    """One finding with its reasons. `number` is what charts and table call it, from 1.

    `moved` is in nats, in the order of `Hypothesis`, `attack_moved` likewise for an attack; both
    are None when it has no part in the assessment. `learned`: a model says so.
    """

    number: int
    id: str
    detector: str
    title: str
    sentence: str
    innocent: str
    aup: tuple[str, ...]
    attack: tuple[str, ...]
    runbook: str
    severity: Severity
    time: int
    facts: dict[str, Fact]
    told: list[ToldFact]
    moved: tuple[float, float, float, float] | None
    attack_moved: float | None
    withdrawn: bool
    learned: bool = False


class IncidentView(Struct, frozen=True, kw_only=True):
    """One incident with its assessment and its findings, the active ones first, at most
    `MAXIMUM_FINDINGS`. `others` are the first `SHOWN_OTHERS` of its further subjects."""

    row: IncidentRow
    theme: Theme
    reached: int
    posterior: dict[Hypothesis, float]
    attack: float
    findings: list[FindingView]
    others: tuple[Subject, ...] = ()

    @property
    def weighs_explanations(self) -> bool:
        """Whether the four explanations of an account's use are what this incident is about."""
        return self.theme is Theme.USE and self.row.subject.kind is SubjectKind.ACCOUNT

    @property
    def is_report(self) -> bool:
        """Whether it is only what somebody says."""
        return self.theme is Theme.REPORT


class SignInRow(Struct, frozen=True, kw_only=True):
    """One sign-in and the numbers of the findings that it shows."""

    event: SignIn
    findings: tuple[int, ...]
