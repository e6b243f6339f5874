"""Judging: facts of each account, what a tenant comes to, and whether its directory is complete."""

import pytest
from sqlalchemy import Engine as Database

from detectors.core.listing import Rules
from monitor.directory.account import State, account_id
from monitor.directory.origin import Origin, Provenance
from monitor.hygiene.facts import Fact
from monitor.store.directory import DirectoryTable
from tests.monitor.hygiene.world import DAY, MONDAY, T, World, enter, work
from tests.monitor.test_listings import account


@pytest.fixture
def world(database: Database) -> World:
    return World(database)


def test_facts_of_an_ordinary_tenant(world: World) -> None:
    left = Provenance(Origin.CSV, MONDAY)
    enter(
        world.database,
        account("ann", display_name="Ann Lee"),
        account("poste1"),
        account("gone", state=State.OFFBOARDED, origins={"state": left}),
    )
    events = [*work("poste1", range(50, 52)).events, *work("gone", range(3)).events]
    events += work("ann", range(3)).events
    world.at(52).read(sorted(events, key=lambda e: e.id)).round()
    assert world.facts() == {
        "ann": {Fact.DORMANT},
        "poste1": {Fact.GENERIC_NAME},
        "gone": {Fact.OFFBOARDED_ACTIVE},
    }
    tally = world.days()[52]
    assert tally.accounts == 3
    assert tally.said == {Fact.DORMANT: 1, Fact.GENERIC_NAME: 1, Fact.OFFBOARDED_ACTIVE: 1}
    assert tally.considered[Fact.DORMANT] == 2


def test_a_fact_ends_with_its_reason(world: World) -> None:
    enter(world.database, account("ann"))
    world.at(50).read(work("ann", range(2)).sorted()).round()
    assert world.facts() == {"ann": {Fact.DORMANT}}
    world.at(51).read(work("ann", range(50, 51)).sorted()).round()
    assert world.facts() == {}
    assert list(world.days()) == [50, 51]


def complete(world: World) -> bool:
    return world.engine._listings.complete_since(T, world.clock.now) is not None


def test_a_directory_is_complete_when_it_has_most_of_who_is_in_use(world: World) -> None:
    some = [e for n in range(10) for e in work(f"a{n}", range(2)).events]
    enter(world.database, *(account(f"a{n}") for n in range(7)))
    world.at(2).read(sorted(some, key=lambda e: e.id)).round()
    assert not complete(world)
    enter(world.database, account("a7"), at=MONDAY + 3 * DAY)
    world.at(3).round()
    assert complete(world)
    more = [e for n in range(4) for e in work(f"b{n}", range(3, 4)).events]
    world.at(4).read(sorted(more, key=lambda e: e.id)).round()
    assert complete(world), "8 of 14: below what it takes to become so"
    assert {uid for uid, said in world.facts().items() if Fact.UNKNOWN_TO_DIRECTORY in said} == {
        "a8",
        "a9",
        "b0",
        "b1",
        "b2",
        "b3",
    }


def test_what_people_enter_one_by_one_makes_no_directory_complete(world: World) -> None:
    by_hand = Provenance(Origin.PERSON, MONDAY)
    enter(world.database, account("ann", origins={"state": by_hand}))
    world.at(2).read(work("ann", range(2)).sorted()).round()
    assert not complete(world)


def test_a_tenants_rules_are_taken_up(world: World) -> None:
    enter(world.database, account("ann"))
    with world.database.begin() as connection:
        table = DirectoryTable(connection)
        stored = table.tenant(T)
        assert stored is not None
        made = type(stored.tenant)(uid=T, seats=2, countries=("FR",))
        table.put_tenant(made, stored, MONDAY)
    world.at(2).read(work("ann", range(2)).sorted()).round()
    rules = world.engine._fold.context.rules_of(T, world.clock.now)
    assert rules == Rules(frozenset({"FR"}), 2)
    assert world.engine._fold.context.rules_of(T, MONDAY) == Rules()


def test_an_account_that_went_from_the_directory_is_forgotten(world: World) -> None:
    enter(world.database, account("poste1"))
    world.at(2).read(work("poste1", range(2)).sorted()).round()
    assert world.facts()
    world.at(4).round()
    with world.database.begin() as connection:
        DirectoryTable(connection).remove([account_id(T, "poste1")])
    world.at(6).round()
    assert world.facts() == {}
