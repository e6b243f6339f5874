"""Incidents as the engine puts them, for whoever follows them."""

from typing import Any

from msgspec import structs
from sqlalchemy import Engine

from alerts.document import text_of
from alerts.incident import Assessment, Category, Contribution, Incident
from alerts.policy import Mode, Policy
from alerts.rule import Rule, When
from detectors.core.event import DAY
from detectors.core.finding import Evidence, Finding, Severity, Theme, Weights, finding
from detectors.core.identity import Subject, SubjectKind
from monitor.store import policies
from monitor.store.writing import Writing

NOW = 20_000 * DAY
TENANT = "acme"


def made(
    number: int,
    uid: str = "camille",
    *,
    tenant: str = TENANT,
    category: Category = Category.ACCOUNT_TAKEOVER,
    severity: Severity = Severity.HIGH,
    updated: int = NOW,
    findings: tuple[bytes, ...] = (),
    kind: SubjectKind = SubjectKind.ACCOUNT,
) -> Incident:
    """An incident about an account, whose id is its number."""
    return Incident(
        id=number.to_bytes(16, "big"),
        subject=Subject(kind, tenant, uid),
        theme=Theme.USE,
        category=category,
        severity=severity,
        confidence=90,
        assessment=Assessment((0.02, 0.03, 0.05, 0.9), 0.9, ()),
        findings=findings,
        opened=updated,
        updated=updated,
        reached=updated,
    )


def put(database: Engine, *incidents: Incident) -> None:
    """Store them, as the engine does: whoever follows is told."""
    with database.begin() as connection:
        Writing(connection).put_incidents(incidents)


def withdraw(database: Engine, *incidents: Incident) -> None:
    """Withdraw all that they rest on."""
    with database.begin() as connection:
        Writing(connection).withdraw_incidents(incidents)


def shown_by(incident: Incident, *, learned: bool = False) -> tuple[Incident, Finding]:
    """The incident with a finding of its own that events show, or that only a model says."""
    evidence = Evidence("impossible_travel", Weights(taken_over=6.0), {}, learned=learned)
    event = (incident.updated - DAY).to_bytes(6, "big") + incident.id[6:]
    one = finding(
        "impossible_travel", incident.subject, incident.updated, Severity.HIGH, evidence, (event,)
    )
    weights = (0.0, 0.0, 0.0, 6.0)
    told = Assessment(
        incident.assessment.posterior,
        incident.assessment.attack,
        (Contribution(one.id, one.detector, weights),),
    )
    return structs.replace(incident, findings=(one.id,), assessment=told), one


def put_shown(database: Engine, *incidents: Incident, learned: bool = False) -> None:
    """Store incidents, each with a finding of its own."""
    shown = [shown_by(incident, learned=learned) for incident in incidents]
    with database.begin() as connection:
        writing = Writing(connection)
        writing.put_findings([found for _, found in shown])
        writing.put_incidents([incident for incident, _ in shown])


def rule(*then: str, name: str = "r", hours: int | None = None, alone: bool = False) -> Rule:
    """A rule for whatever is of medium severity."""
    return Rule(
        name=name, then=frozenset(then), when=When(severity="medium"), hours=hours, alone=alone
    )


def adopt(database: Engine, policy: Policy) -> None:
    """Let this policy hold."""
    with database.begin() as connection:
        newest = policies.newest(connection)
        policies.add(
            connection,
            0 if newest is None else newest.id,
            text_of(policy),
            actor="operator:x",
            actor_name="x",
            reason="a test",
            now=NOW,
        )


def acting(*rules: Rule, **more: Any) -> Policy:
    """A policy that acts."""
    return Policy(mode=Mode.ACT, rules=rules, **more)
