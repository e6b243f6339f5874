"""Stuffed credentials: mostly strangers' names, some known ones, a hit or two."""

import pytest

from monitor.simulation.acts import UNKNOWN_USER
from tests.monitor.simulation.lives.people import where
from tests.monitor.simulation.misdeeds.crimes import crimes

BEHAVIOUR = "credential_stuffing"


@pytest.mark.parametrize("name", ["one_address", "many_addresses", "own_country"])
def test_most_names_are_unknown_here(name: str) -> None:
    for person, acts, _ in crimes(BEHAVIOUR, name):
        unknown = [act for act in acts if act.detail == UNKNOWN_USER]
        assert len(unknown) > len(acts) / 2
        assert all(act.name and act.tenant == person.tenant.uid for act in unknown)
        assert all((act.detail == UNKNOWN_USER) == (act.person is None) for act in acts)


def test_hits_have_a_session_and_a_password_only() -> None:
    hits = [
        act
        for _, acts, _ in crimes(BEHAVIOUR, "one_address", 12)
        for act in acts
        if act.detail is None
    ]
    assert hits
    assert all(a.session and a.person is not None and a.person.mfa is None for a in hits)


def test_a_botnet_has_many_addresses() -> None:
    for _, acts, _ in crimes(BEHAVIOUR, "many_addresses"):
        assert len({act.ip for act in acts}) > 40


def test_homes_in_the_country_are_in_it() -> None:
    for person, acts, _ in crimes(BEHAVIOUR, "own_country"):
        assert {where(act.ip)[0].country for act in acts} == {person.site.network.country}


def test_a_hit_is_a_takeover_of_its_own() -> None:
    for _, acts, scene in crimes(BEHAVIOUR, "one_address", 12):
        inside = [part.id for part in scene.parts()[1:]]
        assert all((act.detail is None) == (act.cause in inside) for act in acts)
        assert len(scene.concerned) == len(inside)
