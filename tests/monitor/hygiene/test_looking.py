"""Looking: who was in use comes into the directory, once, and under the name that it has there."""

import pytest
from sqlalchemy import Engine as Database

from detectors.core.identity import Subject, SubjectKind
from monitor.directory.account import State, account_id
from monitor.hygiene.kept import read
from monitor.hygiene.looking import AT_ONCE
from monitor.store import restrictions
from monitor.store.directory import DirectoryTable
from monitor.store.hygiene import HygieneTable
from tests.detectors.story import CHROME, LYON, Story
from tests.monitor.hygiene.world import DAY, MONDAY, T, World, enter, work
from tests.monitor.test_listings import account


@pytest.fixture
def world(database: Database) -> World:
    return World(database)


def stored(world: World, uid: str) -> State | None:
    """In which state the directory has an account."""
    with world.database.begin() as connection:
        found = DirectoryTable(connection).account(account_id(T, uid))
    return None if found is None else found.account.state


def last_seen(world: World, uid: str) -> int:
    with world.database.begin() as connection:
        body = HygieneTable(connection).of([account_id(T, uid)]).get(account_id(T, uid))
    return read(body).sighting.last


def test_who_was_in_use_comes_in_and_who_only_failed_does_not(world: World) -> None:
    failed = Story("nobody", T).fail(0, 10, LYON).fail(1, 10, LYON)
    world.at(2).read([*work("ann", range(2)).events, *failed.events]).round()
    assert stored(world, "ann") is State.PROVISIONAL
    assert stored(world, "nobody") is None
    assert last_seen(world, "ann") > MONDAY + DAY


def test_an_account_that_somebody_entered_stays_as_it_is(world: World) -> None:
    enter(world.database, account("ann", privileged=True))
    world.at(2).read(work("ann", range(2)).sorted()).round()
    assert stored(world, "ann") is State.ACTIVE


def test_uses_under_another_name_are_the_accounts(world: World) -> None:
    enter(world.database, account("42", aliases=("Ann",)))
    events = [*work("ann", range(3)).events, *work("42", range(2)).events]
    world.at(3).read(sorted(events, key=lambda e: e.id)).round()
    assert stored(world, "ann") is None
    assert last_seen(world, "42") > MONDAY + 2 * DAY


def test_more_than_one_part(world: World) -> None:
    events = [
        event
        for n in range(AT_ONCE + 20)
        for event in Story(f"a{n}", T).sign_on(0, n / 60, LYON, CHROME, "s").events
    ]
    world.at(1).read(sorted(events, key=lambda e: e.id)).round()
    assert stored(world, "a0") is stored(world, f"a{AT_ONCE + 19}") is State.PROVISIONAL


def test_who_is_restricted_is_not_looked_at(world: World) -> None:
    with world.database.begin() as connection:
        subject = Subject(SubjectKind.ACCOUNT, T, "ann")
        restrictions.restrict(connection, subject, MONDAY, "asked for it", "reviewer:1")
    world.at(2).read(work("bob", range(2)).sorted())
    world.read(work("ann", range(2)).sorted()).round()
    assert stored(world, "ann") is None
    assert stored(world, "bob") is State.PROVISIONAL
