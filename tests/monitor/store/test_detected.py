"""What a detector found is counted by day and by what people said; nobody restricted is in it."""

from pathlib import Path

import pytest
from msgspec import structs
from sqlalchemy import Engine, select

from alerts.ticket import Disposition, Status, move
from detectors.core.event import DAY
from detectors.core.finding import Severity
from detectors.core.identity import Subject, SubjectKind
from monitor.store import detected, restrictions, tickets
from monitor.store.connection import connect
from tests.databases import placed
from tests.monitor.services.ticketed import ANN, NOW, Desk, T, found, incident

TODAY = NOW // DAY
TRAVEL = "impossible_travel"


@pytest.fixture
def desk(database: Engine) -> Desk:
    return Desk(database)


def judge(desk: Desk, name: str, disposition: Disposition, *detectors: str) -> None:
    subject = Subject(SubjectKind.ACCOUNT, T, f"u-{name}")
    some = tuple(found(n, subject, one) for n, one in enumerate(detectors))
    one = desk.ticket(desk.take(incident(*some, subject=subject, name=name), some).ticket_id)
    closed = move(one.ticket, Status.RESOLVED, desk.now, disposition)
    with desk.database.begin() as connection:
        tickets.put(connection, one, structs.replace(one, ticket=closed, updated=desk.now))


def test_days_are_counted_by_severity_and_by_what_stands(desk: Desk) -> None:
    some = [found(0), found(1), found(DAY)]
    desk.put(incident(*some), some)
    desk.put(incident(name="other"), [found(2, detector="brute_force")])
    desk.withdraw(some[1])
    with desk.database.begin() as connection:
        days = detected.by_day(connection, TRAVEL, TODAY, TODAY + 1)
        told = [(one.day - TODAY, one.severity, one.withdrawn, one.number) for one in days]
        high = Severity.HIGH
        assert sorted(told) == [(0, high, False, 1), (0, high, True, 1), (1, high, False, 1)]
        whole = detected.total(connection, TRAVEL, 0, NOW + 9 * DAY)
        assert (whole.standing, whole.withdrawn, whole.last) == (2, 1, NOW + DAY)
        none = detected.total(connection, "mfa_fatigue", 0, NOW + 9 * DAY)
        assert (none.standing, none.last) == (0, None)
        restrictions.restrict(connection, ANN, NOW, "asked", "operator:x")
        assert detected.by_day(connection, TRAVEL, TODAY, TODAY + 1) == []
        assert detected.total(connection, TRAVEL, 0, NOW + 9 * DAY).last is None
        assert detected.latest(connection, TRAVEL, 5) == []


def test_counting_ends_at_a_bound(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(detected, "MOST", 3)
    some = [found(n) for n in range(5)]
    desk.put(incident(*some), some)
    with desk.database.begin() as connection:
        assert detected.total(connection, TRAVEL, 0, NOW + DAY).standing == 3
        assert [one.number for one in detected.by_day(connection, TRAVEL, TODAY, TODAY)] == [3]


def test_people_s_words_count_for_each_detector_whose_finding_stands(desk: Desk) -> None:
    judge(desk, "a", Disposition.TRUE_POSITIVE, TRAVEL, "account_sharing", TRAVEL)
    judge(desk, "b", Disposition.FALSE_POSITIVE, TRAVEL)
    judge(desk, "c", Disposition.DUPLICATE, TRAVEL)
    judge(desk, "d", Disposition.AUTHORISED, "account_sharing")
    desk.opened("e")
    with desk.database.begin() as connection:
        said = [one.disposition for one in detected.judged(connection, TRAVEL, 0)]
        assert sorted(said) == [Disposition.FALSE_POSITIVE, Disposition.TRUE_POSITIVE]
        assert detected.judged_of_all(connection, 0) == {
            TRAVEL: {Disposition.TRUE_POSITIVE: 1, Disposition.FALSE_POSITIVE: 1},
            "account_sharing": {Disposition.TRUE_POSITIVE: 1, Disposition.AUTHORISED: 1},
        }
        assert detected.judged(connection, TRAVEL, desk.now + 1) == []
    subject = Subject(SubjectKind.ACCOUNT, T, "u-b")
    desk.withdraw(found(0, subject))
    with desk.database.begin() as connection:
        assert len(detected.judged(connection, TRAVEL, 0)) == 1


def test_the_latest_incidents_come_once_each(desk: Desk) -> None:
    some = [found(0), found(1)]
    desk.put(incident(*some), some)
    later = Subject(SubjectKind.ACCOUNT, T, "u-2")
    desk.put(incident(found(9, later), subject=later, name="two"), [found(9, later)])
    with desk.database.begin() as connection:
        shown = detected.latest(connection, TRAVEL, 5)
        assert [one.incident.subject.uid for one in shown] == ["u-2", "u-1042"]
        assert shown[1].finding.time == NOW + 1
        assert len(detected.latest(connection, TRAVEL, 1)) == 1


def test_counts_are_answered_from_an_index_alone(tmp_path: Path) -> None:
    # Of a file alone: a server whose table is empty reads all of it.
    database = connect(placed(tmp_path / "vigie.db"))
    wanted = detected._within(TRAVEL, NOW, NOW + DAY)
    query = select(detected._TABLE.c.severity, detected._TABLE.c.withdrawn).where(*wanted)
    told = query.compile(database)
    with database.begin() as connection:
        given = tuple(told.params[name] for name in told.positiontup or ())
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {told}", given).all()
    database.dispose()
    assert any("USING COVERING INDEX ix_findings_detector" in row[3] for row in plan), plan
