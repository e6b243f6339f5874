"""Suppressions are kept by version, met while they hold, and each incident is counted once."""

from msgspec import structs
from sqlalchemy import Engine

from alerts.suppression import Scope, Suppression
from detectors.core.event import DAY
from monitor.store import restrictions, suppressions
from monitor.store.suppressions import StoredSuppression
from tests.alerts.test_suppression import ANN, MADE, NOW, SHARING, incident

ONE = StoredSuppression(made=MADE, owner_name="Ada")


def test_it_comes_back_as_it_was(database: Engine) -> None:
    with database.begin() as connection:
        one = suppressions.add(connection, ONE)
        assert suppressions.suppression(connection, one.id, lock=True) == one
        assert suppressions.suppression(connection, one.id + 1) is None


def test_it_is_met_while_it_holds(database: Engine) -> None:
    with database.begin() as connection:
        one = suppressions.add(connection, ONE)
        assert suppressions.meeting(connection, incident(), NOW) == one
        assert suppressions.meeting(connection, incident(), MADE.until) is None
        ended = suppressions.put(connection, one, structs.replace(one, ended=NOW + 1))
        assert ended is not None
        assert not ended.is_on(NOW + 2)
        assert suppressions.meeting(connection, incident(), NOW + 2) is None
        assert suppressions.put(connection, one, one) is None


def test_each_incident_is_counted_once_whoever_edits_meanwhile(database: Engine) -> None:
    with database.begin() as connection:
        one = suppressions.add(connection, ONE)
        assert suppressions.add_match(connection, one, incident(), 7, NOW)
        assert not suppressions.add_match(connection, one, incident(), 7, NOW + 1)
        other = structs.replace(incident(), id=b"o" * 16)
        assert suppressions.add_match(connection, one, other, 8, NOW + 2)
        suppressions.put(connection, one, one)
        kept = suppressions.suppression(connection, one.id)
        assert kept is not None
        assert (kept.matches, kept.last_match) == (2, NOW + 2)
        matches = suppressions.matches_of(connection, one.id)
    assert [(match.ticket, match.time) for match in matches] == [(8, NOW + 2), (7, NOW)]


def test_those_that_hold_and_those_that_are_over_page_by_page(database: Engine) -> None:
    other = Suppression(
        scope=Scope(tenant="other", category=SHARING),
        owner="r-1",
        reason="x",
        since=NOW,
        until=NOW + DAY,
    )
    with database.begin() as connection:
        one = suppressions.add(connection, ONE)
        two = suppressions.add(connection, StoredSuppression(made=other, owner_name="Ada"))
        assert suppressions.page(connection, None, NOW) == [two, one]
        assert suppressions.page(connection, None, NOW, limit=1) == [two]
        assert suppressions.page(connection, None, NOW, before=two.id) == [one]
        assert suppressions.page(connection, "acme", NOW) == [one]
        assert suppressions.page(connection, None, NOW + DAY) == [one]
        assert suppressions.page(connection, None, NOW + DAY, over=True) == [two]


def test_one_about_a_restricted_account_is_not_shown(database: Engine) -> None:
    with database.begin() as connection:
        one = suppressions.add(connection, ONE)
        restrictions.restrict(connection, ANN, NOW, "#1", "operator:x")
        assert suppressions.suppression(connection, one.id) is None
        assert suppressions.page(connection, None, NOW) == []
