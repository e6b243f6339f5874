"""Whoever follows learns of each change once, of what they may see, and of a gap."""

import pytest
from sqlalchemy import Engine, delete

from monitor.services.actor import Role
from monitor.services.changes import Changes, Mark, read_mark
from monitor.services.refusal import NotAllowedError
from monitor.store import feed, tables
from monitor.store.stream import Kind, tell
from tests.monitor.services.people import person, program

ANALYST = person(Role.ANALYST)
INCIDENT = bytes(range(16))


def told(database: Engine, *kinds: Kind, tenant: str = "acme", incidents: int = 0) -> None:
    with database.begin() as connection:
        feed.tell(connection, [(INCIDENT, tenant)] * incidents, withdrawn=False)
        for number, kind in enumerate(kinds):
            tell(connection, kind, str(number), tenant)


def test_each_change_is_told_once_and_what_is_told_later_comes_then(database: Engine) -> None:
    changes = Changes(database)
    begin = changes.since(ANALYST, None)
    assert (begin.changes, begin.is_gap) == ((), False)
    told(database, Kind.TICKET, Kind.MEASURE, incidents=2)
    found = changes.since(ANALYST, begin.mark)
    assert [one.kind for one in found.changes] == ["incident", "incident", "ticket", "measure"]
    assert changes.since(ANALYST, found.mark).changes == ()
    told(database, Kind.TICKET, incidents=1)
    assert len(changes.since(ANALYST, found.mark).changes) == 2
    # From the mark of any of them all goes on behind it.
    for number, one in enumerate(found.changes, 1):
        rest = changes.since(ANALYST, one.mark)
        assert len(rest.changes) == 6 - number, one


def test_a_portion_at_a_time_is_the_same_as_all_at_once(database: Engine) -> None:
    changes = Changes(database)
    told(database, *[Kind.TICKET] * 3, incidents=4)
    at, found = Mark(), []
    while portion := changes.since(ANALYST, at, 2).changes:
        found += portion
        at = portion[-1].mark
    assert tuple(found) == changes.since(ANALYST, Mark()).changes


def test_everybody_learns_of_what_they_may_see(database: Engine) -> None:
    changes = Changes(database)
    told(database, *Kind, incidents=1)
    told(database, *Kind, tenant="", incidents=0)
    told(database, Kind.TICKET, tenant="bolt", incidents=1)

    def kinds(actor: object) -> list[str]:
        return sorted({one.kind for one in changes.since(actor, Mark()).changes})  # type: ignore[arg-type]

    assert kinds(ANALYST) == sorted(["incident", *Kind])
    assert kinds(program("incidents:read")) == ["incident"]
    contact = person(Role.TENANT_CONTACT, tenant="bolt")
    portion = changes.since(contact, Mark())
    assert {(one.kind, one.tenant) for one in portion.changes} == {
        ("incident", "bolt"),
        ("ticket", "bolt"),
    }
    # What was not for them is behind them as well.
    assert portion.mark == changes.newest()
    with pytest.raises(NotAllowedError):
        changes.since(program("events:write"), Mark())


def test_who_comes_back_too_late_or_from_elsewhere_is_told_so(database: Engine) -> None:
    changes = Changes(database)
    told(database, Kind.TICKET, Kind.TICKET, incidents=3)
    newest = changes.newest()
    assert changes.since(ANALYST, Mark(newest.incidents + 1, 0)).is_gap
    assert changes.since(ANALYST, Mark(0, newest.others + 1)).is_gap
    assert not changes.since(ANALYST, Mark()).is_gap
    table = tables.incident_changes
    with database.begin() as connection:
        connection.execute(delete(table).where(table.c.id < newest.incidents))
    late = changes.since(ANALYST, Mark())
    assert (late.is_gap, late.changes, late.mark) == (True, (), newest)
    assert not changes.since(ANALYST, Mark(newest.incidents - 1, 0)).is_gap


def test_a_mark_is_read_as_it_is_written_and_nothing_else_is_one() -> None:
    assert read_mark(str(Mark(12, 34))) == Mark(12, 34)
    for text in ("", "1", "1-", "-1-2", "1-2-3", "٣-1", "1-" + "9" * 19, "a-b", "1-2\n"):
        assert read_mark(text) is None
