"""Incidents as the engine puts them, for whoever follows them."""

from sqlalchemy import Engine

from alerts.incident import Assessment, Category, Incident
from detectors.core.event import DAY
from detectors.core.finding import Severity, Theme
from detectors.core.identity import Subject, SubjectKind
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
