"""Incidents and findings as values that are shown, made of what is stored."""

from collections.abc import Mapping, Sequence

from alerts.incident import Contribution
from alerts.telling import describe, innocent_of, label_of, reason_of, sentence_of, value_of
from alerts.wording import said
from detectors.core.detector import About
from detectors.core.identity import Subject, SubjectKind, as_uuid
from monitor.services.views import FindingView, IncidentRow, ToldFact
from monitor.store.reading import StoredFinding, StoredIncident


def row_of(
    stored: StoredIncident,
    findings: Sequence[StoredFinding],
    names: Mapping[Subject, str],
    language: str,
    most: int,
) -> IncidentRow:
    """One of a list; `findings` are its own, cut off at `most`."""
    incident = stored.incident
    active = [one.finding for one in findings if not one.withdrawn or stored.withdrawn]
    is_account = incident.subject.kind is SubjectKind.ACCOUNT
    name = names.get(incident.subject) if is_account else None
    return IncidentRow(
        id=as_uuid(incident.id),
        severity=incident.severity,
        category=incident.category,
        subject=incident.subject,
        account_name=None if name == incident.subject.uid else name,
        sentence=describe(incident, active, language),
        reason=reason_of(incident, active, language),
        confidence=incident.confidence,
        opened=incident.opened,
        updated=incident.updated,
        findings=len(active if len(active) < most else incident.findings),
        withdrawn=stored.withdrawn,
        others=len(incident.others),
        account_handle=incident.subject.handle() if is_account else None,
    )


def finding_of(
    number: int,
    stored: StoredFinding,
    part: Contribution | None,
    about: About | None,
    language: str,
) -> FindingView:
    """One finding under its number, with its part in the assessment; `about` is its detector's,
    None where that is not known any more."""
    finding = stored.finding
    return FindingView(
        number=number,
        id=as_uuid(finding.id),
        detector=finding.detector,
        title=said(about.title, language) if about else finding.detector,
        sentence=sentence_of(finding, language),
        innocent=innocent_of(finding, language),
        aup=about.aup if about else (),
        attack=about.attack if about else (),
        runbook=about.runbook if about else "",
        severity=finding.severity,
        time=finding.time,
        facts=finding.evidence.facts,
        told=[
            ToldFact(
                name=name,
                label=label_of(finding, name, language),
                value=value_of(finding, name, language),
            )
            for name in finding.evidence.facts
        ],
        moved=part.weights if part and not stored.withdrawn else None,
        attack_moved=part.attack if part and not stored.withdrawn else None,
        withdrawn=stored.withdrawn,
        learned=finding.evidence.learned,
    )
