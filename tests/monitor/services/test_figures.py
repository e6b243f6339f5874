"""The overview's numbers are those of what somebody sees, and are counted anew when it changed."""

import pytest
from sqlalchemy import Engine

from alerts.incident import Category
from alerts.ticket import Status
from detectors.core.event import DAY
from detectors.core.finding import Severity
from monitor.services.actor import Role
from monitor.services.figures import DAYS, Figures, standing_of, trend_of
from monitor.store import feed, figures
from monitor.store.figures import Raised, Waiting
from tests.monitor.services.people import person
from tests.monitor.store.test_figures import NOW, put

ANALYST = person(Role.ANALYST)


def test_what_waits_is_put_together_the_most_and_the_gravest_first() -> None:
    sharing, brute = Category.CREDENTIAL_SHARING, Category.BRUTE_FORCE
    found = standing_of(
        [
            Waiting(Severity.MEDIUM, brute, 0, True, 2),
            Waiting(Severity.HIGH, sharing, 1, False, 3),
            Waiting(Severity.CRITICAL, sharing, 4, True, 1),
        ]
    )
    assert list(found.severities.items()) == [
        (Severity.CRITICAL, 1),
        (Severity.HIGH, 3),
        (Severity.MEDIUM, 2),
    ]
    assert found.fresh == {Severity.CRITICAL: 1, Severity.MEDIUM: 2}
    assert [(row.category, row.count) for row in found.categories] == [(sharing, 4), (brute, 2)]
    assert found.ages == [2, 3, 0, 0, 1]
    assert found.count == 6


def test_a_day_without_incidents_is_a_day_too() -> None:
    days = trend_of([0, DAY, 2 * DAY], [Raised(1, Severity.HIGH, 4)])
    assert [sum(day.severities.values()) for day in days] == [0, 4]
    assert [day.start for day in days] == [0, DAY]


def test_who_sees_one_tenant_is_told_of_it_alone(database: Engine) -> None:
    put(database, "ours", status=Status.NEW)
    put(database, "theirs", severity=Severity.MEDIUM, tenant="zenith")
    asked = Figures(database, lambda: NOW)
    contact = person(Role.TENANT_CONTACT, tenant="zenith")
    assert asked.standing(ANALYST).count == 2
    assert asked.standing(contact).severities == {Severity.MEDIUM: 1}
    assert sum(sum(day.severities.values()) for day in asked.trend(contact)) == 1
    assert len(asked.trend(ANALYST)) == DAYS
    day = asked.last_day(contact)
    assert (day.raised, day.grave, day.events) == (1, 0, None)
    assert asked.last_day(ANALYST).grave == 1


def test_it_is_not_counted_again_until_something_changed(
    database: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page and its parts ask for the same numbers, of a hundred thousand incidents."""
    counts: list[int] = []
    real = figures.waiting
    monkeypatch.setattr(figures, "waiting", lambda *given: counts.append(1) or real(*given))
    asked = Figures(database, lambda: NOW)
    assert asked.standing(ANALYST).count == asked.standing(ANALYST).count == 0
    assert len(counts) == 1
    put(database, "another")
    with database.begin() as connection:
        feed.tell(connection, [(bytes(16), "acme")], withdrawn=False)
    assert asked.standing(ANALYST).count == 1
