"""Groups say how many incidents each has, and follow one another without a gap."""

import pytest
from sqlalchemy import Engine

from detectors.core.event import HOUR
from detectors.core.finding import Severity
from detectors.core.identity import Subject, SubjectKind
from monitor.store import incident_groups
from monitor.store.incident_filter import Filter
from monitor.store.incident_groups import Group, Groups
from monitor.store.writing import Writing
from tests.monitor.services.ticketed import found, incident

ALL = Filter(severity=Severity.INFORMATIONAL)


@pytest.fixture
def groups(database: Engine) -> Groups:
    """Seven accounts in two tenants, the account n with n + 1 incidents; and an address."""
    made = []
    for number in range(7):
        subject = Subject(SubjectKind.ACCOUNT, "ab"[number % 2], f"u{number}")
        for turn in range(number + 1):
            severity = Severity(1 + turn % 5)
            finding = found(number * HOUR + turn, subject)
            made.append(incident(finding, subject=subject, severity=severity, name=f"{turn}"))
    source = Subject(SubjectKind.SOURCE, "a", "203.0.113.9")
    made.append(incident(found(9 * HOUR, source), subject=source))
    with database.begin() as connection:
        Writing(connection).put_incidents(made)
    return Groups(database)


def told(found: list[Group]) -> list[tuple[str, str, int]]:
    return [(one.subject.kind.value, one.subject.uid, one.incidents) for one in found]


def test_by_account_the_one_to_which_something_came_last_first(groups: Groups) -> None:
    first = groups.subjects(ALL, None, 3)
    rest = groups.subjects(ALL, first[-1].place, 50)
    accounts = [("account", f"u{n}", n + 1) for n in range(6, -1, -1)]
    assert told(first) + told(rest) == [("source", "203.0.113.9", 1), *accounts]
    assert first[1].severity is Severity.CRITICAL
    assert first[1].updated == found(6 * HOUR + 6).time


def test_by_tenant_and_of_a_filter(groups: Groups) -> None:
    assert [(one.subject.tenant, one.incidents) for one in groups.tenants(ALL, None, 9)] == [
        ("a", 1 + 3 + 5 + 7 + 1),
        ("b", 2 + 4 + 6),
    ]
    (one,) = groups.subjects(Filter(text="u3"), None, 9)
    assert (one.subject.uid, one.incidents) == ("u3", 2)


def test_no_more_are_looked_at_than_is_said(
    groups: Groups, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(incident_groups, "SCANNED", 3)
    assert sum(one.incidents for one in groups.subjects(ALL, None, 50)) == 3
