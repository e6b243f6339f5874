"""The queue shows an incident and its ticket as one thing, to each what they may see."""

import pytest
from msgspec import structs
from sqlalchemy import Engine

from alerts.ticket import Change, Status
from detectors.core.event import HOUR
from detectors.core.finding import Severity
from detectors.core.identity import Subject, SubjectKind, as_uuid
from monitor.services.actor import Role
from monitor.services.marks import VISIT
from monitor.services.queue import Grouping, Queue
from monitor.services.review import Review
from monitor.services.triage import Triage
from monitor.store import reviewers
from monitor.store.incident_filter import Filter
from monitor.store.reading import Reading
from monitor.store.reviewers import ReviewerRow
from monitor.store.writing import Writing
from tests.monitor.services.people import person, program
from tests.monitor.services.ticketed import NOW, Desk, T, found, incident

ADA = person(Role.ANALYST, uid="r-1")
VIEWER = person(Role.VIEWER, uid="r-3")
FOREIGN = person(Role.ANALYST, tenant="other", uid="r-4")
ALL = Filter(severity=Severity.INFORMATIONAL)


class Clock:
    now = NOW + HOUR

    def __call__(self) -> int:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def desk(database: Engine) -> Desk:
    with database.begin() as connection:
        reviewers.add(
            connection,
            ReviewerRow("r-1", "ada@x.example", "Ada", "analyst", None, "active", 1, 1, None),
        )
    return Desk(database)


@pytest.fixture
def queue(desk: Desk, clock: Clock) -> Queue:
    return Queue(desk.database, Review(Reading(desk.database), clock), clock)


def put(desk: Desk, uid: str, time: int = 1, kind: SubjectKind = SubjectKind.ACCOUNT) -> bytes:
    """An incident as the engine writes it, so that whoever follows is told."""
    subject = Subject(kind, T, uid)
    finding = found(time, subject)
    made = incident(finding, subject=subject)
    with desk.database.begin() as connection:
        Writing(connection).put_findings([finding])
        Writing(connection).put_incidents([made])
    return made.id


def test_a_row_says_how_far_people_are(desk: Desk, queue: Queue, clock: Clock) -> None:
    ids = [put(desk, "a"), put(desk, "b", 2)]
    Triage(desk.database, clock).change(ADA, {ids[0]: None}, Change(assignee="me"))
    untouched, taken = queue.page(ADA, ALL, None, "en").rows
    assert untouched.handling is None
    assert taken.handling is not None
    assert (taken.handling.assignee_name, taken.handling.status) == ("Ada", Status.TRIAGED)
    mine = structs.replace(ALL, assignee="me")
    assert [row.id for row in queue.page(ADA, mine, None, "en").rows] == [as_uuid(ids[0])]
    # A key that may not read tickets learns of none, by filtering either.
    rows = queue.page(program("incidents:read"), mine, None, "en").rows
    assert [row.handling for row in rows] == [None, None]


def test_what_came_since_the_last_visit_is_new(desk: Desk, queue: Queue, clock: Clock) -> None:
    put(desk, "a")
    page = queue.page(ADA, ALL, None, "en", fresh=True)
    # On a first visit nothing is told apart.
    assert (page.since, [row.is_fresh for row in page.rows]) == (None, [False])
    queue.marks.look(ADA)
    clock.now += VISIT
    new = put(desk, "b", 2 * HOUR)
    assert [row.is_fresh for row in queue.page(ADA, ALL, None, "en").rows] == [True, False]
    (fresh,) = queue.page(ADA, ALL, None, "en", fresh=True).rows
    assert fresh.id == as_uuid(new)


def test_news_are_what_came_of_a_filter_and_what_changed(
    desk: Desk, queue: Queue, clock: Clock
) -> None:
    first = put(desk, "a")
    place = queue.page(ADA, ALL, None, "en").place
    assert queue.news(ADA, ALL, place).changed == []
    assert queue.news(ADA, ALL, None).changed == []
    second = put(desk, "b")
    Triage(desk.database, clock).change(ADA, {first: None}, Change(assignee="me"))
    news = queue.news(ADA, ALL, place)
    assert set(news.changed) == {as_uuid(first), as_uuid(second)}
    assert news.came == [as_uuid(second)]
    assert queue.news(ADA, structs.replace(ALL, text="zoe"), place).came == []
    assert queue.news(FOREIGN, ALL, place).changed == []
    assert [row.id for row in queue.rows(ADA, ALL, [first], "en")] == [as_uuid(first)]
    assert queue.rows(FOREIGN, ALL, [first], "en") == []


def test_groups_are_by_whom_somebody_may_see(desk: Desk, queue: Queue) -> None:
    put(desk, "a")
    put(desk, "b", 5)
    found = queue.groups(ADA, ALL, Grouping.ACCOUNT, None, "en")
    assert [one.subject.uid for one in found.groups] == ["b", "a"]
    assert all(one.row and one.row.subject == one.subject for one in found.groups)
    (tenant,) = queue.groups(VIEWER, ALL, Grouping.TENANT, None, "en").groups
    assert (tenant.subject.tenant, tenant.incidents) == (T, 2)
    assert queue.groups(VIEWER, ALL, Grouping.ACCOUNT, None, "en").groups == []
    assert queue.groups(FOREIGN, ALL, Grouping.TENANT, None, "en").groups == []
    # Nor by naming one.
    named = structs.replace(ALL, account="a")
    assert len(queue.page(ADA, named, None, "en").rows) == 1
    assert queue.page(VIEWER, named, None, "en").rows == []


def test_a_campaign_has_those_that_name_its_address(desk: Desk, queue: Queue) -> None:
    address = "203.0.113.7"
    campaign = put(desk, address, 9, SubjectKind.SOURCE)
    source = Subject(SubjectKind.SOURCE, T, address)
    subject = Subject(SubjectKind.ACCOUNT, T, "a")
    touched = structs.replace(incident(subject=subject), others=(source,))
    put(desk, "b")
    with desk.database.begin() as connection:
        Writing(connection).put_incidents([touched])
    (one,) = queue.campaigns(ADA, ALL, None, "en").groups
    assert (one.campaign, one.incidents) == (as_uuid(campaign), 2)
    members = queue.within_campaign(ADA, ALL, campaign)
    ids = {row.id for row in queue.page(ADA, members, None, "en").rows}
    assert ids == {as_uuid(campaign), as_uuid(touched.id)}
    elses = queue.within_campaign(FOREIGN, ALL, campaign)
    assert queue.page(FOREIGN, elses, None, "en").rows == []
