"""What one person asked for, what is kept of them and until when; for the desk alone."""

from pathlib import Path

import pytest
from msgspec import structs
from sqlalchemy import Engine as Database

from detectors.core.event import DAY
from detectors.core.identity import Subject, SubjectKind
from monitor.protection.processing import NOTHING_SAID
from monitor.services.actor import Role
from monitor.services.authority import Operation
from monitor.services.looks import Looks
from monitor.services.refusal import NotAllowedError, NotFreshError, NotThereError
from monitor.services.rights import Rights
from monitor.store import restrictions
from monitor.store.connection import connect
from tests.databases import placed
from tests.monitor.services.people import ADMINISTRATOR, person
from tests.monitor.web.staging import NOON, TENANT, Stage, shared_account

WHOSE = Subject(SubjectKind.ACCOUNT, TENANT, "u-20417")
APPROVER = person(Role.APPROVER)


@pytest.fixture
def engine(tmp_path: Path) -> Database:
    made = connect(placed(tmp_path / "v.db"))
    shared_account(Stage(engine=made))
    return made


def test_it_says_what_is_kept_and_until_when(engine: Database) -> None:
    facts = structs.replace(NOTHING_SAID, events=90, details=30, incidents=365)
    found = Rights(engine, facts, lambda: NOON + 40 * DAY).of(APPROVER, TENANT, WHOSE.uid)
    events, details, incidents = found.retained
    assert events.oldest is not None
    assert events.goes == events.oldest + 90 * DAY
    # What was older has lost them already.
    assert (details.oldest, details.goes) == (NOON + 10 * DAY, NOON + 40 * DAY)
    assert incidents.oldest is not None
    assert incidents.goes == incidents.oldest + 365 * DAY


def test_requests_and_looks_are_its_own_the_last_first(engine: Database) -> None:
    other = Subject(SubjectKind.ACCOUNT, TENANT, "u-00001")
    Looks(engine).show(person(Role.ANALYST), WHOSE, "ticket 12")
    with engine.begin() as connection:
        one = restrictions.restrict(connection, WHOSE, 1, "#1", "operator:x")
        restrictions.release(connection, one, 2, "settled", "operator:x")
        restrictions.restrict(connection, WHOSE, 3, "#2", "operator:x")
        restrictions.restrict(connection, other, 4, "#3", "operator:x")
        restrictions.object_to(connection, WHOSE, 5, "nights", "operator:x")
    found = Rights(engine, NOTHING_SAID).of(APPROVER, TENANT, WHOSE.uid)
    assert [one.reason for one in found.restrictions] == ["#2", "#1"]
    assert found.restriction is not None
    assert found.restriction.reason == "#2"
    assert [one.grounds for one in found.objections] == ["nights"]
    assert [(one.reason, one.shows) for one in found.looks] == [("ticket 12", True)]


def test_who_may_not_is_told_so_before_anything_is_looked_up(engine: Database) -> None:
    rights = Rights(engine, NOTHING_SAID)
    for handle in (WHOSE.handle(), "0" * 16):
        with pytest.raises(NotAllowedError):
            rights.whose(person(Role.VIEWER), handle, Operation.PERSON_READ)
        with pytest.raises(NotAllowedError):
            rights.whose(APPROVER, handle, Operation.PERSON_ERASE)
    with pytest.raises(NotFreshError):
        rights.whose(ADMINISTRATOR, WHOSE.handle(), Operation.PERSON_ERASE)
    assert rights.whose(APPROVER, WHOSE.handle(), Operation.PERSON_READ) == (TENANT, WHOSE.uid)


def test_another_tenants_and_nobodys_are_not_there(engine: Database) -> None:
    rights = Rights(engine, NOTHING_SAID)
    foreign = person(Role.APPROVER, tenant="another")
    with pytest.raises(NotThereError):
        rights.whose(foreign, WHOSE.handle(), Operation.PERSON_READ)
    with pytest.raises(NotThereError):
        rights.whose(APPROVER, "0" * 16, Operation.PERSON_READ)
    with pytest.raises(NotThereError):
        rights.of(APPROVER, TENANT, "nobody")


def test_the_same_holds_on_either_database(database: Database) -> None:
    shared_account(Stage(engine=database))
    found = Rights(database, NOTHING_SAID, lambda: NOON).of(APPROVER, TENANT, WHOSE.uid)
    assert all(one.goes is not None for one in found.retained)
