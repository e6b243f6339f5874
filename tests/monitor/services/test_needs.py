"""What needs somebody is what they may do something about, and nothing that is not there."""

import pytest
from sqlalchemy import Engine

from alerts.ladder import Step
from alerts.measure import State
from alerts.outbox import State as Order
from alerts.ports import Action
from alerts.ticket import Status
from detectors.core.finding import Severity
from monitor.services.actor import Actor, Role
from monitor.services.figures import Figures
from monitor.services.needs import Needs, What
from monitor.store import tables
from tests.monitor.services.measured import kept, measure
from tests.monitor.services.people import person
from tests.monitor.store.test_figures import NOW, put


def needs(database: Engine, who: Actor) -> dict[What, int]:
    asked = Needs(database, Figures(database, lambda: NOW), lambda: NOW)
    return {one.what: one.count for one in asked.waiting(who)}


def fill(database: Engine) -> None:
    """One of most that can wait."""
    put(database, "new", severity=Severity.CRITICAL)
    put(database, "late", status=Status.NEW, due=NOW - 1)
    put(database, "mine", status=Status.TRIAGED, assignee="r-9")
    put(database, "contests", status=Status.TRIAGED, kind="appeal", assignee="another")
    asked = {"until": None, "requested_by": "reviewer:ada", "expires": NOW + 1}
    with database.begin() as connection:
        kept(connection, measure(Step.DEACTIVATE, State.REQUESTED, "a", **asked))
        kept(connection, measure(Step.SUSPEND, State.HELD, "b"))
        kept(connection, measure(Step.SUSPEND, State.UNFINISHED, "c"))
        kept(connection, measure(Step.SUSPEND, State.SHADOW, "d"))
        for number, state in enumerate((Order.DEAD, Order.PARKED)):
            connection.execute(tables.outbox.insert(), [_order(number, state)])
        row = {"subject": "source:idp", "kind": "silent", "since": 1, "facts": b"\x80"}
        connection.execute(tables.health.insert(), [row])


def _order(number: int, state: Order) -> dict[str, object]:
    return {
        "key": str(number),
        "responder": "mail",
        "action": Action.TELL.value,
        "tenant": "acme",
        "state": state.value,
        "body": b"",
        "attempts": 0,
        "since": NOW,
        "due": NOW,
        "created": NOW,
        "updated": NOW,
    }


EVERYBODYS = {What.INCIDENTS}
DECIDING = {
    *EVERYBODYS,
    What.LATE,
    What.OWN,
    What.NOBODYS,
    What.APPEALS,
    What.PROPOSED,
    What.STUCK,
    What.UNWELL,
}
SECOND = {*DECIDING, What.APPROVALS, What.DEAD, What.PARKED}


@pytest.mark.parametrize(
    ("role", "tenant", "expected"),
    [
        (Role.VIEWER, None, {*EVERYBODYS, What.UNWELL}),
        (Role.ANALYST, None, DECIDING),
        (Role.APPROVER, None, SECOND),
        (Role.ADMINISTRATOR, None, {*SECOND, What.SHADOW}),
        (Role.TENANT_CONTACT, "acme", EVERYBODYS),
        (Role.TENANT_CONTACT, "zenith", set()),
    ],
)
def test_each_role_is_called_for_what_it_may_do(
    database: Engine, role: Role, tenant: str | None, expected: set[What]
) -> None:
    fill(database)
    found = needs(database, person(role, tenant=tenant))
    assert set(found) == expected
    assert list(found) == sorted(found, key=list(What).index)
    assert What.LATE not in found or found[What.LATE] == 1


def test_incidents_that_nobody_looked_at_come_by_severity(database: Engine) -> None:
    put(database, "one", severity=Severity.MEDIUM)
    put(database, "other", severity=Severity.CRITICAL, status=Status.NEW)
    put(database, "seen", severity=Severity.HIGH, status=Status.IN_PROGRESS, assignee="r-1")
    asked = Needs(database, Figures(database, lambda: NOW), lambda: NOW)
    first, *_ = asked.waiting(person(Role.ANALYST))
    assert first.count == 2
    assert list(first.severities) == [Severity.CRITICAL, Severity.MEDIUM]


def test_nothing_waits_where_nothing_is(database: Engine) -> None:
    assert needs(database, person(Role.ADMINISTRATOR)) == {}


def test_what_is_shipped_is_a_policy_in_shadow_mode(database: Engine) -> None:
    asked = Needs(database, Figures(database, lambda: NOW), lambda: NOW)
    assert asked.is_shadow(person(Role.VIEWER))
    assert not asked.is_shadow(person(Role.TENANT_CONTACT, tenant="acme"))
