"""Guessed passwords: fast, from many addresses, slowly, and sometimes rightly."""

from itertools import pairwise

from detectors.core.event import HOUR, MINUTE
from monitor.simulation.acts import BAD_PASSWORD, LOCKED
from tests.monitor.simulation.lives.people import where
from tests.monitor.simulation.misdeeds.crimes import crimes

BEHAVIOUR = "brute_force"
WRONG = {BAD_PASSWORD, LOCKED}


def test_one_address_is_many_guesses_in_minutes() -> None:
    for _, acts, _ in crimes(BEHAVIOUR, "one_address"):
        failed = [act for act in acts if act.detail in WRONG]
        assert len(failed) >= 60
        assert len({act.ip for act in failed}) == 1
        assert failed[-1].time - failed[0].time < 20 * MINUTE


def test_many_addresses_guess_a_few_times_each() -> None:
    for _, acts, _ in crimes(BEHAVIOUR, "many_addresses"):
        addresses = [act.ip for act in acts if act.detail in WRONG]
        assert len(set(addresses)) >= 20
        assert len(addresses) / len(set(addresses)) < 8


def test_slow_takes_most_of_a_day() -> None:
    for _, acts, _ in crimes(BEHAVIOUR, "slow"):
        failed = [act for act in acts if act.detail in WRONG]
        assert failed[-1].time - failed[0].time > 8 * HOUR
        gaps = [b.time - a.time for a, b in pairwise(failed)]
        assert min(gaps) > 4 * MINUTE


def test_some_get_in_and_only_where_a_password_is_enough() -> None:
    done = crimes(BEHAVIOUR, "one_address", 30)
    inside = [person for person, acts, _ in done if any(act.detail is None for act in acts)]
    assert 0 < len(inside) < len(done)
    assert all(person.mfa is None for person in inside)


def test_homes_in_the_country_are_in_it() -> None:
    for person, acts, scene in crimes(BEHAVIOUR, "own_country"):
        guessing = {where(act.ip)[0].country for act in acts if act.cause == scene.id}
        assert guessing == {person.site.network.country}
