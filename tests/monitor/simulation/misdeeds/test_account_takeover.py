"""Taken-over accounts: an unknown network and machine, with the right password."""

import pytest

from detectors.core.event import MINUTE
from monitor.simulation.acts import FACTOR_ENABLE, LOGON, PASSWORD_RESET, sittings
from monitor.simulation.calendar import day_of
from monitor.simulation.lives import live
from monitor.simulation.misdeeds import behaviours
from tests.monitor.simulation.lives.people import where
from tests.monitor.simulation.misdeeds.crimes import WORLD, crimes

BEHAVIOUR = "account_takeover"


def test_every_way_ends_inside() -> None:
    for way in behaviours()[BEHAVIOUR]:
        for _, acts, scene in crimes(BEHAVIOUR, way.name):
            mine = [act for act in acts if act.cause == scene.id]
            assert any(act.activity == LOGON and act.detail is None for act in mine)


def test_abroad_is_another_country_and_mostly_another_machine() -> None:
    familiar = 0
    for person, acts, _ in crimes(BEHAVIOUR, "abroad", 18):
        network = where(acts[0].ip)[0]
        assert network.kind == "fixed"
        assert network.country != person.home.network.country
        days = range(day_of(acts[0].time) - 7, day_of(acts[0].time))
        usual = {act.agent for day in days for act in live(WORLD, person, day)}
        familiar += acts[0].agent in usual
    assert familiar < 6


def test_hosted_is_a_server_in_france() -> None:
    for _, acts, _ in crimes(BEHAVIOUR, "hosted"):
        network = where(acts[0].ip)[0]
        assert (network.kind, network.country) == ("hosting", "FR")


def test_phished_has_the_second_factor_and_comes_just_after_the_owner() -> None:
    for person, acts, _ in crimes(BEHAVIOUR, "phished"):
        assert acts[0].mfa is True
        days = range(day_of(acts[0].time) - 1, day_of(acts[0].time) + 2)
        starts = [s.start for d in days for s in sittings(live(WORLD, person, d))]
        assert any(0 < acts[0].time - start <= 15 * 60_000 for start in starts)


def test_some_change_the_password_or_add_a_factor() -> None:
    changes = [a.change for _, acts, _ in crimes(BEHAVIOUR, "abroad", 12) for a in acts]
    assert any(changes)


@pytest.mark.parametrize(
    ("name", "attack", "least"),
    [
        ("after_brute_force", "brute_force", 40),
        ("after_spraying", "password_spraying", 5),
        ("after_stuffing", "credential_stuffing", 60),
    ],
)
def test_what_comes_after_an_attack_has_it_as_another_side(
    name: str, attack: str, least: int
) -> None:
    for person, acts, scene in crimes(BEHAVIOUR, name):
        main, other = scene.parts()
        assert other.behaviour == attack
        tried = [act for act in acts if act.cause == other.id]
        inside = [act for act in acts if act.cause == main.id]
        assert len(tried) >= least
        assert all(act.detail is not None for act in tried)
        assert any(act.person is person for act in tried)
        assert max(a.time for a in tried if a.person is person) < inside[0].time


def test_a_dormant_account_has_been_silent_for_days() -> None:
    done = crimes(BEHAVIOUR, "dormant")
    assert done
    for person, acts, _ in done:
        first = day_of(acts[0].time)
        assert all(live(WORLD, person, day) == [] for day in range(first - 8, first))


def test_slow_poisoning_is_short_visits_before_a_long_one() -> None:
    for _, acts, _ in crimes(BEHAVIOUR, "slow_poisoning"):
        assert len({day_of(act.time) for act in acts}) >= 3
        visits = sittings(acts)
        assert all(one.end - one.start <= 6 * MINUTE for one in visits[:3])


def test_in_the_own_country_is_in_it() -> None:
    for name in ("own_country", "phished_residential"):
        for person, acts, _ in crimes(BEHAVIOUR, name):
            assert where(acts[0].ip)[0].country == person.site.network.country


def test_anonymous_networks_are_used() -> None:
    for name, kind in (("vpn", "vpn"), ("tor", "tor")):
        for _, acts, _ in crimes(BEHAVIOUR, name):
            assert {where(act.ip)[0].kind for act in acts} == {kind}


def test_a_reset_comes_before_and_a_factor_after_the_sign_in() -> None:
    for _, acts, _ in crimes(BEHAVIOUR, "password_reset"):
        assert (acts[0].change, acts[0].activity) == (True, PASSWORD_RESET)
    for _, acts, _ in crimes(BEHAVIOUR, "factor_change"):
        assert any(act.change and act.activity == FACTOR_ENABLE for act in acts[1:])
