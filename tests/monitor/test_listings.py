"""The directory as detectors see it: what is said, from when on, and what follows of it."""

import random
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from sqlalchemy import Engine as Database
from sqlalchemy import select

from detectors.core.context import AccountKind, Context
from detectors.core.detector import Detector
from detectors.core.event import DAY, HOUR, Event
from detectors.core.identity import Subject, SubjectKind
from detectors.core.listing import Listing, TenantListing
from detectors.offboarded_account import OffboardedAccount, Parameters
from detectors.service_account_in_browser import ServiceAccountInBrowser
from detectors.unknown_account import UnknownAccount
from monitor.directory.account import Account, Sharing, State, account_id
from monitor.directory.origin import Origin, Provenance
from monitor.engine import Engine, Intake
from monitor.listings import StoredListings
from monitor.store import tables
from monitor.store.directory import DirectoryTable
from monitor.store.writing import Writing
from tests.databases import Databases
from tests.detectors.story import CHROME, LYON, MONDAY, Story

T = "acme"
DETECTORS: tuple[Detector[Any], ...] = (
    OffboardedAccount(Parameters(grace=HOUR)),
    ServiceAccountInBrowser(),
    UnknownAccount(),
)


class Clock:
    """The engine's clock, set by the test."""

    def __init__(self) -> None:
        self.now = MONDAY

    def __call__(self) -> int:
        return self.now

    def seconds(self) -> float:
        return self.now / 1_000


def subject(uid: str) -> Subject:
    return Subject(SubjectKind.ACCOUNT, T, uid)


def account(uid: str, **fields: Any) -> Account:
    """An account as a list of accounts tells of it."""
    said = Provenance(Origin.CSV, fields.pop("at", MONDAY))
    values = {"state": State.ACTIVE, "origins": {"uid": said, "state": said}}
    return Account(tenant=T, uid=uid, **(values | fields))


def enter(database: Database, *accounts: Account, at: int = MONDAY) -> None:
    """What somebody enters into the directory."""
    with database.begin() as connection:
        table = DirectoryTable(connection)
        table.add_tenants((one.tenant for one in accounts), Origin.CSV, at)
        for one in accounts:
            before = table.account(account_id(one.tenant, one.uid))
            table.put([(before, one)], at)


def open_engine(database: Database, clock: Callable[[], int] | None = None) -> Engine:
    return Engine(database, DETECTORS, lambda event: event, context=Context(), clock=clock)


def intake(events: Sequence[Event]) -> Intake:
    return Intake("source", "test", "s", b"c", list(events), lines=len(events))


def take_up(engine: Engine) -> int:
    """All that is new in the directory; how many entries."""
    total = 0
    while looked := engine.take_up_directory():
        total += looked
    return total


def found(database: Database, *, withdrawn: bool = False) -> dict[bytes, bytes]:
    """Findings that stand, or that were withdrawn."""
    table = tables.findings
    query = select(table.c.id, table.c.body).where(table.c.withdrawn.is_(withdrawn))
    with database.begin() as connection:
        return {row.id: row.body for row in connection.execute(query)}


def listings(database: Database) -> StoredListings:
    """What is kept, read anew."""
    kept = StoredListings()
    with database.begin() as connection:
        kept.load(Writing(connection))
    return kept


def work(uid: str, days: range) -> Story:
    return Story(uid, T).work(days, LYON, CHROME)


def test_without_a_directory_nothing_is_asked(database: Database) -> None:
    engine = open_engine(database)
    engine.process([intake(work("ann", range(3)).sorted())])
    assert take_up(engine) == 0
    assert not listings(database)
    assert engine._fold.context.directory is None


def test_an_account_that_nothing_was_heard_of_is_known_from_the_beginning(
    database: Database,
) -> None:
    enter(database, account("bot", kind=AccountKind.SERVICE), at=MONDAY + 90 * DAY)
    engine = open_engine(database)
    assert take_up(engine) == 1
    engine.process([intake(work("bot", range(4)).sorted())])
    assert len(found(database)) == 2
    assert listings(database).of(subject("bot"), 0) == Listing(since=0, kind=AccountKind.SERVICE)


def test_what_is_said_later_reaches_back_as_far_as_events_may(database: Database) -> None:
    clock = Clock()
    engine = open_engine(database, clock)
    clock.now = MONDAY + 4 * DAY
    engine.process([intake(work("bot", range(4)).sorted())])
    enter(database, account("bot", kind=AccountKind.SERVICE), at=clock.now)
    take_up(engine)
    assert len(found(database)) == 1, "the last day, folded again"
    kept = listings(database)
    assert kept.of(subject("bot"), clock.now - DAY - 1) is None
    assert kept.of(subject("bot"), clock.now - DAY) is not None


def test_a_departure_is_found_and_a_mistaken_one_is_withdrawn(database: Database) -> None:
    clock = Clock()
    engine = open_engine(database, clock)
    enter(database, account("ann"))
    take_up(engine)
    clock.now = MONDAY + 3 * DAY - HOUR
    engine.process([intake(work("ann", range(3)).sorted())])
    said = Provenance(Origin.CSV, MONDAY + 2 * DAY + 8 * HOUR)
    gone = account("ann", state=State.OFFBOARDED, origins={"state": said})
    enter(database, gone, at=clock.now)
    take_up(engine)
    assert len(found(database)) == 1
    enter(database, account("ann"), at=clock.now + 1)
    take_up(engine)
    assert not found(database)
    assert len(found(database, withdrawn=True)) == 1


def test_only_what_changed_is_looked_at_and_what_is_gone_when_told_to(database: Database) -> None:
    engine = open_engine(database)
    enter(database, *(account(f"a{n}") for n in range(1_201)))
    assert take_up(engine) == 1_201
    enter(database, account("a7", privileged=True), at=MONDAY + 1)
    assert take_up(engine) == 1
    assert take_up(engine) == 0
    with database.begin() as connection:
        DirectoryTable(connection).remove([account_id(T, "a9")])
    assert take_up(engine) == 0
    engine.tend(lambda beside: beside.listings.look_again())
    assert take_up(engine) == 1
    told = listings(database).of(subject("a9"), MONDAY + 365 * DAY)
    assert told is not None
    assert not told.is_listed


def test_another_name_joins_an_account_and_is_forgotten_with_it(database: Database) -> None:
    engine = open_engine(database)
    enter(database, account("42", aliases=("Ann.Lee", "ann@example.com"), privileged=True))
    take_up(engine)
    for known in (listings(database), engine._listings):
        told = known.of(subject("ANN.lee"), 1)
        assert told is not None
        assert told.is_privileged
        assert known.of(Subject(SubjectKind.ACCOUNT, "other", "ann.lee"), 1) is None
    enter(database, account("42", aliases=("ann@example.com",)), at=MONDAY + 1)
    take_up(engine)
    for known in (listings(database), engine._listings):
        assert known.of(subject("ann.lee"), 1) is None
        assert known.of(subject("ann@example.com"), MONDAY) is not None


def test_failures_known_by_an_alias_are_given_to_the_account(database: Database) -> None:
    """The log says who only by name: the directory knows whose it is, also of what came before."""
    failed = Story("lee", T).fail(0, 10, LYON).events[0]
    by_name = type(failed)(
        **{f: getattr(failed, f) for f in failed.__struct_fields__} | {"account_by_name": True}
    )
    engine = open_engine(database)
    engine.process([intake([by_name])])
    enter(database, account("42", aliases=("Lee",)))
    take_up(engine)
    with database.begin() as connection:
        (event,) = Writing(connection).events_of(subject("42"), bytes(16))
        assert not Writing(connection).events_of(subject("lee"), bytes(16))
    assert event.id == by_name.id


def test_sharing_that_is_authorised_raises_nothing_until_it_ends(database: Database) -> None:
    sharing = Sharing(owner="Max", reason="one desk", since=MONDAY, until=MONDAY + 9 * DAY)
    enter(database, account("desk", kind=AccountKind.SHARED, sharing=sharing))
    engine = open_engine(database)
    take_up(engine)
    allows = engine._fold.context.allows_sharing
    days = [day for day in range(-1, 12) if allows(subject("desk"), MONDAY + day * DAY)]
    assert days == [*range(10)], "a day more, for what is found on the morning after"


def test_a_tenant_is_kept_with_what_it_allows(database: Database) -> None:
    engine = open_engine(database)
    told = TenantListing(since=MONDAY, is_complete=True)
    assert engine.tend(lambda beside: beside.listings.tell_tenant(beside.writing, T, told))
    assert not engine.tend(
        lambda beside: beside.listings.tell_tenant(
            beside.writing, T, TenantListing(since=MONDAY + 1, is_complete=True)
        )
    )
    for known in (listings(database), engine._listings):
        assert known.complete_since(T, MONDAY + 5) == MONDAY
        assert known.rules(T, MONDAY) is None


def moves(seed: int) -> tuple[list[Event], list[Account], random.Random]:
    """Two weeks of four accounts, and what is entered of them meanwhile."""
    pick = random.Random(seed)
    events: list[Event] = []
    for n in range(4):
        events += work(f"a{n}", range(14)).events
    entered = []
    for _ in range(12):
        at = MONDAY + pick.randrange(14 * DAY)
        state = pick.choice((State.ACTIVE, State.OFFBOARDED))
        kind = pick.choice((AccountKind.PERSON, AccountKind.SERVICE))
        entered.append(account(f"a{pick.randrange(4)}", at=at, state=state, kind=kind))
    entered.sort(key=lambda one: one.origins["uid"].at)
    return sorted(events, key=lambda e: e.id), entered, pick


@pytest.mark.one_on_postgresql
@pytest.mark.parametrize("seed", range(6))
def test_the_same_events_and_listings_give_the_same_findings(
    databases: Databases, seed: int
) -> None:
    """Live, with restarts and late events, as changes come in; and all at once afterwards."""
    events, entered, pick = moves(seed)
    live, clock = databases.new(), Clock()
    engine = open_engine(live, clock)
    order = sorted(events, key=lambda e: e.time + pick.randrange(12 * HOUR))
    while order or entered:
        clock.now += pick.randrange(8 * HOUR)
        came = [e for e in order if e.time + 13 * HOUR <= clock.now]
        order = (
            order[len(came) :]
            if came == order[: len(came)]
            else [e for e in order if e not in came]
        )
        engine.process([intake(came)])
        while entered and entered[0].origins["uid"].at <= clock.now:
            enter(live, entered.pop(0), at=clock.now)
        take_up(engine)
        if pick.random() < 0.2:
            engine = open_engine(live, clock)
    engine.stop()
    assert found(live)
    again = databases.new()
    copied = (tables.listings, tables.accounts, tables.tenants)
    with live.begin() as old, again.begin() as new:
        for table in copied:
            rows = [dict(row._mapping) for row in old.execute(select(table))]
            new.execute(table.insert(), rows)
    whole = open_engine(again)
    assert take_up(whole) == 0
    whole.process([intake(events)])
    whole.stop()
    assert found(again) == found(live)


def test_who_is_forgotten_is_told_nothing_of(database: Database) -> None:
    engine = open_engine(database)
    enter(database, account("bot", kind=AccountKind.SERVICE), account("ann"))
    take_up(engine)
    known = engine._listings
    known.forget(subject("bot"))
    assert known.of(subject("bot"), 1) is None
    assert [*known.services(T)] == []
    assert known.of(subject("ann"), 1) is not None
