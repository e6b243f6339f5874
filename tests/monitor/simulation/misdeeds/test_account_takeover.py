"""Taken-over accounts: an unknown network and machine, with the right password."""

from monitor.simulation.acts import LOGON, sittings
from monitor.simulation.calendar import day_of
from monitor.simulation.lives import live
from tests.monitor.simulation.lives.people import where
from tests.monitor.simulation.misdeeds.crimes import WORLD, crimes

BEHAVIOUR = "account_takeover"


def test_every_way_ends_inside() -> None:
    for name in ("abroad", "hosted", "phished"):
        for _, acts, _ in crimes(BEHAVIOUR, name):
            assert any(act.activity == LOGON and act.detail is None for act in acts)


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
        assert any(0 < acts[0].time - start <= 5 * 60_000 for start in starts)


def test_some_change_the_password_or_add_a_factor() -> None:
    changes = [a.change for _, acts, _ in crimes(BEHAVIOUR, "abroad", 12) for a in acts]
    assert any(changes)
