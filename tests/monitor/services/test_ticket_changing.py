"""Who can be given a ticket, and what a change leaves in the audit and the stream."""

import pytest
from msgspec import structs
from sqlalchemy import Engine, select

from alerts.ticket import Change, Disposition, Status, assign
from detectors.core.event import Feedback
from monitor.formats.format import Origin
from monitor.formats.own import Own
from monitor.services.refusal import StaleError
from monitor.services.ticket_changing import changed_by, keep_change, may_have
from monitor.store import tables
from monitor.store.inbox import Inbox
from monitor.store.ticket_notes import Deed
from tests.monitor.services.listed import contents
from tests.monitor.services.test_tickets import ADA, PEOPLE
from tests.monitor.services.ticketed import NOW, Desk, T


def test_only_those_who_work_on_tickets_there_have_one() -> None:
    able = {row.name for row in PEOPLE if may_have(row, T)}
    assert able == {"Ada", "Bob"}
    assert {row.name for row in PEOPLE if may_have(row, None)} == {"Ada", "Bob", "Eve"}


def test_a_change_is_told_with_what_it_changed(database: Engine) -> None:
    desk = Desk(database)
    one = desk.opened()
    with database.begin() as connection:
        change = Change(status=Status.IN_PROGRESS, add_tags=frozenset(("a",)))
        changed_by(connection, ADA, one, change, NOW, None)
    told = contents(database)[-1]
    assert told == {"deed": "changed", "name": "Someone", "status": "in_progress", "tags": ["a"]}
    with database.begin() as connection:
        assert len(connection.execute(select(tables.changes)).all()) == 2


def test_what_somebody_else_kept_meanwhile_stands(database: Engine) -> None:
    desk = Desk(database)
    one = desk.opened()
    desk.close(one)
    after = structs.replace(one, ticket=assign(one.ticket, "r-1", NOW))
    with pytest.raises(StaleError), database.begin() as connection:
        keep_change(connection, ADA, one, after, Deed.CHANGED, NOW, None)


def test_what_is_found_is_told_to_the_detectors_each_time_it_is_another(database: Engine) -> None:
    desk = Desk(database)
    one = desk.opened()

    def said() -> list[str]:
        origin = Origin("vigie", "vigie", lambda *_: 2026, lambda *_: 0)
        arrived = Inbox(database).after("vigie", 0, 100, 1 << 20)
        events = [e for a in arrived for line in a.parcel.lines for e in Own().parse(line, origin)]
        assert {event.account for event in events} <= {one.subject.uid if one.subject else ""}
        return [event.answer.value for event in events if isinstance(event, Feedback)]

    steps = (
        (Change(status=Status.IN_PROGRESS), 0),
        (Change(status=Status.RESOLVED, disposition=Disposition.FALSE_POSITIVE), 1),
        (Change(add_tags=frozenset(("a",))), 1),
        (Change(status=Status.RESOLVED, disposition=Disposition.TRUE_POSITIVE), 2),
        (Change(status=Status.IN_PROGRESS), 3),
        (Change(status=Status.RESOLVED, disposition=Disposition.DUPLICATE), 3),
    )
    for change, count in steps:
        with database.begin() as connection:
            one = changed_by(connection, ADA, one, change, NOW, None)
        assert said() == ["false_positive", "true_positive", "reopened"][:count]
