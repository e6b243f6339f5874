"""The directory read one account at a time says what the engine's own copy says."""

from sqlalchemy import Engine

from detectors.core.event import DAY
from detectors.core.identity import Subject, SubjectKind
from detectors.core.listing import AccountKind
from monitor.deciding.directory import KEPT, ReadDirectory
from monitor.directory.account import AccountChanges
from monitor.directory.tenant import TenantChanges
from monitor.engine import Engine as Fold
from monitor.listings import StoredListings
from monitor.services.actor import operator
from monitor.services.directory import Directory
from monitor.store.writing import Writing

NOW = 1_800_000_000_000
SUBJECT = Subject(SubjectKind.ACCOUNT, "acme", "u-1")
ALIAS = Subject(SubjectKind.ACCOUNT, "acme", "Ann@Example.com")
NOBODY = Subject(SubjectKind.ACCOUNT, "acme", "u-9")


def test_it_says_what_the_engine_took_up(database: Engine) -> None:
    desk = Directory(database, lambda: NOW)
    desk.create_tenant(operator(), "acme", TenantChanges())
    changes = AccountChanges(kind=AccountKind.SERVICE, aliases=("ann@example.com",))
    desk.create(operator(), "acme", "u-1", changes)
    with database.begin() as connection:
        assert not ReadDirectory().use(connection, NOW), "nothing is taken up yet"
    engine = Fold(database, [], lambda event: event, clock=lambda: NOW)
    while engine.take_up_directory():
        pass
    whole, read = StoredListings(), ReadDirectory()
    with database.begin() as connection:
        whole.load(Writing(connection))
        assert read.use(connection, NOW)
        for subject in (SUBJECT, ALIAS, NOBODY):
            assert read.of(subject, NOW) == whole.of(subject, NOW)
        told = read.of(SUBJECT, NOW)
        assert told is not None
        assert told.kind is AccountKind.SERVICE
        assert read.complete_since("acme", NOW) == whole.complete_since("acme", NOW)
        assert read.rules("acme", NOW) == whole.rules("acme", NOW)
        assert read.rules("globex", NOW) is None
        assert list(read.services("acme")) == []


def test_what_was_said_of_tenants_is_read_again_after_a_while(database: Engine) -> None:
    read = ReadDirectory()
    assert read.of(SUBJECT, NOW) is None
    with database.begin() as connection:
        assert not read.use(connection, NOW)
        assert not read.use(connection, NOW + KEPT - 1)
        assert not read.use(connection, NOW + KEPT + DAY)
