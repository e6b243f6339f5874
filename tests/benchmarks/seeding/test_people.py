"""Accounts are as uneven as they are: half at one tenant, one that signs in the most."""

import random
from collections import Counter

from benchmarks.seeding.people import ABROAD, BUSY, HALF, People, abroad
from benchmarks.seeding.scale import FULL

PEOPLE = People(FULL.part(0.01))


def test_the_same_seed_gives_the_same_people() -> None:
    assert People(FULL.part(0.01)).all == PEOPLE.all


def test_one_tenant_has_half_of_them_and_the_others_ever_fewer() -> None:
    counted = Counter(person.tenant for person in PEOPLE.all)
    (_, most), *others = counted.most_common()
    assert abs(most / len(PEOPLE.all) - HALF) < 0.05
    assert others[0][1] > others[-1][1]


def test_one_account_signs_in_a_tenth_of_all_times() -> None:
    first, last = PEOPLE.weights[0], PEOPLE.weights[-1]
    assert abs(first / last - BUSY) < 0.001


def test_nobody_works_abroad() -> None:
    at_work = {station.place for person in PEOPLE.all for station in person.stations}
    assert abroad(random.Random(1)).place in ABROAD
    assert not at_work & set(ABROAD)
