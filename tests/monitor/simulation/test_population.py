"""A world is what its seed says, and looks like a call centre's customers."""

from collections import Counter

import pytest

from monitor.simulation.lives import personas
from monitor.simulation.parameters import Parameters
from monitor.simulation.population import build

FIRST = 20_770


def test_a_seed_makes_the_same_world() -> None:
    assert build(5, 80, FIRST) == build(5, 80, FIRST)
    assert build(5, 80, FIRST).people != build(6, 80, FIRST).people


def test_nobody_has_the_account_or_the_name_of_another() -> None:
    world = build(1, 600, FIRST)
    assert len({person.uid for person in world.people}) == 600
    assert len({(person.tenant.uid, person.name) for person in world.people}) == 600


def test_everybody_lives_a_life_that_there_is() -> None:
    shares = Counter(person.persona for person in build(2, 1_000, FIRST).people)
    assert set(shares) == set(personas())
    assert shares["agent"] > 300
    assert min(shares.values()) >= 1


def test_people_work_where_their_tenant_is() -> None:
    for person in build(3, 200, FIRST).people:
        assert person.site in person.tenant.sites
        assert person.home.network.site == person.site.city
        assert person.second_home.network.country == person.site.network.country


def test_offices_have_one_or_two_addresses_and_shared_machines() -> None:
    for tenant in build(4, 400, FIRST).tenants:
        for site in tenant.sites:
            assert 1 <= len(site.addresses) <= 2
            assert len(set(site.workstations)) < len(site.workstations)


def test_a_larger_share_of_newcomers_makes_more_of_them() -> None:
    parameters = Parameters(newcomers=1.0)
    assert all(p.first_day > FIRST for p in build(1, 30, FIRST, parameters).people)


def test_some_customers_sign_off_for_breaks_and_most_are_as_they_were() -> None:
    worlds = [
        (build(seed, 60, FIRST), build(seed, 60, FIRST, Parameters(varied=0.0)))
        for seed in range(8)
    ]
    same = 0
    for varied, plain in worlds:
        assert not any(person.breaks for person in plain.people)
        for one, other in zip(varied.tenants, plain.tenants, strict=True):
            same += one == other
        for person in varied.people:
            assert person.tenant.style.breaks or not person.breaks
    count = sum(len(plain.tenants) for _, plain in worlds)
    assert 0.3 < same / count < 0.7
    assert any(person.breaks for varied, _ in worlds for person in varied.people)


def test_a_world_of_nobody_is_refused() -> None:
    with pytest.raises(ValueError, match="a world of 0 accounts"):
        build(1, 0, FIRST)


def test_without_the_lives_held_back_nobody_leads_one() -> None:
    lives = personas()
    people = build(2, 500, FIRST, held_back=False).people
    assert not any(lives[person.persona].held_back for person in people)
    assert any(lives[person.persona].held_back for person in build(2, 500, FIRST).people)
