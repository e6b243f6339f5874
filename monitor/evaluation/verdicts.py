"""What a system says of accounts and sources over time, in one form for Vigie and the baselines."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence

from msgspec import Struct, field

from alerts.assessment import HYPOTHESES, Scales
from alerts.conclusion import conclude
from alerts.correlation import CorrelationParameters
from alerts.incident import Hypothesis, Incident
from detectors.core.event import SignIn
from detectors.core.finding import Finding, Severity, Theme
from detectors.core.identity import Subject, SubjectKind
from monitor.evaluation.baselines.baseline import Baseline, is_logon
from monitor.evaluation.curves import UNSCORED
from monitor.evaluation.truth import SHARING, Account, Truth

VIGIE = "vigie"
_SHARED = HYPOTHESES.index(Hypothesis.SHARED)
_TAKEN_OVER = HYPOTHESES.index(Hypothesis.TAKEN_OVER)
_BINS = 1_000


class Verdict(Struct, frozen=True):
    """Something that a system says a reviewer should look at.

    `called` is the event time (ms) from which it said so for good, `reached` that of the severity
    it has in the end. `category` is None for a rule that does not tell what it found.
    """

    kind: SubjectKind
    tenant: str
    uid: str
    called: int
    reached: int
    category: str | None = None
    incident: bytes | None = None

    @property
    def account(self) -> Account:
        """Tenant and uid."""
        return self.tenant, self.uid

    def first_from(self, start: int) -> int | None:
        """When it was said, `start` or later; None when only before."""
        if self.called >= start:
            return self.called
        return self.reached if self.reached >= start else None


class SignIns(Struct):
    """How risky a system found each successful log-on, as counts by score: bounded by scores."""

    legitimate: Counter[float] = field(default_factory=Counter)
    stolen: Counter[float] = field(default_factory=Counter)

    def add(self, score: float, behaviour: str | None) -> None:
        """Count one: a rightful user's (None) or somebody else's; sharing is neither."""
        if behaviour is None:
            self.legitimate[score] += 1
        elif behaviour != SHARING:
            self.stolen[score] += 1


class Verdicts(Struct):
    """All that one system says of one log. Scores are by account, those above 0;
    what has none is `UNSCORED`."""

    system: str
    called: list[Verdict] = field(default_factory=list)
    sharing_scores: dict[Account, float] = field(default_factory=dict)
    use_scores: dict[Account, float] = field(default_factory=dict)
    sign_ins: SignIns = field(default_factory=SignIns)


class Listening:
    """Baselines over one log's events as they pass by, in order of time."""

    def __init__(self, kinds: Iterable[type[Baseline]]) -> None:
        self._baselines = [kind() for kind in kinds]
        self._said = {one.name: Verdicts(one.name) for one in self._baselines}

    def observe(self, event: SignIn, behaviour: str | None) -> None:
        """Give every baseline the event; `behaviour` is what it is part of, None of nothing."""
        counted = is_logon(event) and not event.corroborating
        for baseline in self._baselines:
            said = baseline.observe(event)
            verdicts = self._said[baseline.name]
            score = UNSCORED if said is None else said.score
            if counted:
                verdicts.sign_ins.add(round(score, 2), behaviour)
            if said is None:
                continue
            account = (event.tenant, event.account)
            if score > verdicts.use_scores.get(account, 0.0):
                verdicts.use_scores[account] = verdicts.sharing_scores[account] = score
            if said.alert:
                verdicts.called.append(
                    Verdict(SubjectKind.ACCOUNT, *account, called=event.time, reached=event.time)
                )

    def verdicts(self) -> list[Verdicts]:
        """What each baseline said so far."""
        return list(self._said.values())


def of_incidents(
    incidents: Iterable[Incident],
    findings: Sequence[Finding],
    parameters: CorrelationParameters,
    allows_sharing: Callable[[Subject, int], bool],
) -> Verdicts:
    """Vigie's verdicts: its incidents from severity MEDIUM up; scores from all of them.

    A campaign speaks of every subject that it involves.
    """
    verdicts = Verdicts(VIGIE)
    by_id = {finding.id: finding for finding in findings}
    for incident in incidents:
        _score(verdicts, incident)
        if incident.severity < Severity.MEDIUM:
            continue
        of_it = [by_id[i] for i in incident.findings if i in by_id]
        allowed = allows_sharing(incident.subject, incident.updated)
        called = _called_at(incident, of_it, parameters, allowed)
        for subject in _subjects(incident, of_it):
            verdicts.called.append(
                Verdict(
                    subject.kind,
                    subject.tenant,
                    subject.uid,
                    called,
                    incident.reached,
                    incident.category.value,
                    incident.id,
                )
            )
    return verdicts


def score_sign_ins(
    verdicts: Verdicts,
    findings: Iterable[Finding],
    anchors: dict[bytes, SignIn],
    all_sign_ins: SignIns,
    truth: Truth,
    parameters: CorrelationParameters,
) -> None:
    """Fill in how risky Vigie found each log-on, for which its user might be asked again.

    A log-on that brought a finding is as risky as the posterior of shared or taken over then is,
    over what was found in the same window; any other is as risky as an account is beforehand.
    `anchors` are the log-ons that brought one; `all_sign_ins` counts all of them under score 0.
    """
    base = _bad(Scales(parameters.assessment))
    counted = SignIns(
        Counter({base: all_sign_ins.legitimate.total()}),
        Counter({base: all_sign_ins.stolen.total()}),
    )
    risks: dict[bytes, float] = {}
    for finding, risk in _risks(findings, parameters):
        anchor = finding.event_ids[0]
        risks[anchor] = max(risk, risks.get(anchor, base))
    for anchor, risk in risks.items():
        event = anchors.get(anchor)
        if event is None:
            continue
        behaviour = truth.marked.get(event.uid or "")
        counted.add(risk, behaviour)
        if behaviour is None:
            counted.legitimate[base] -= 1
        elif behaviour != SHARING:
            counted.stolen[base] -= 1
    verdicts.sign_ins = counted


def _risks(
    findings: Iterable[Finding], parameters: CorrelationParameters
) -> Iterator[tuple[Finding, float]]:
    """Each finding on an account with the posterior just after it."""
    by_subject: dict[Subject, list[Finding]] = {}
    for finding in findings:
        if finding.subject.kind is SubjectKind.ACCOUNT and finding.theme is Theme.USE:
            by_subject.setdefault(finding.subject, []).append(finding)
    for found in by_subject.values():
        scales, last = Scales(parameters.assessment), 0
        for finding in sorted(found, key=lambda one: (one.time, one.id)):
            if finding.time - last > parameters.use_window:
                scales = Scales(parameters.assessment)
            last = finding.time
            scales.add(finding)
            yield finding, _bad(scales)


def _bad(scales: Scales) -> float:
    posterior = scales.posterior()
    return round((posterior[_SHARED] + posterior[_TAKEN_OVER]) * _BINS) / _BINS


def _score(verdicts: Verdicts, incident: Incident) -> None:
    if incident.subject.kind is not SubjectKind.ACCOUNT or incident.theme is not Theme.USE:
        return
    account = (incident.subject.tenant, incident.subject.uid)
    posterior = incident.assessment.posterior
    bad = posterior[_SHARED] + posterior[_TAKEN_OVER]
    for scores, score in (
        (verdicts.sharing_scores, posterior[_SHARED]),
        (verdicts.use_scores, bad),
    ):
        scores[account] = max(score, scores.get(account, 0.0))


def _called_at(
    incident: Incident,
    findings: Sequence[Finding],
    parameters: CorrelationParameters,
    sharing_is_allowed: bool,
) -> int:
    """The time of the first finding from which on a reviewer was called without a break."""
    scales, called = Scales(parameters.assessment), None
    for finding in findings:
        scales.add(finding)
        conclusion = conclude(
            scales, incident.theme, parameters.conclusion, sharing_is_allowed=sharing_is_allowed
        )
        if conclusion.severity < Severity.MEDIUM:
            called = None
        elif called is None:
            called = finding.time
    return incident.reached if called is None else called


def _subjects(incident: Incident, findings: Iterable[Finding]) -> list[Subject]:
    """Everything that an incident names, each once: whoever reads it would look at all of them."""
    involved = [subject for finding in findings for subject in finding.involved]
    return list(dict.fromkeys((incident.subject, *incident.others, *involved)))
