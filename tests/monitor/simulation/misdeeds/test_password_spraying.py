"""Sprayed passwords: everybody of a tenant, once or twice."""

from collections import Counter

from tests.monitor.simulation.misdeeds.crimes import WORLD, crimes

BEHAVIOUR = "password_spraying"


def test_one_address_tries_everybody_once() -> None:
    for person, acts, _ in crimes(BEHAVIOUR, "one_address"):
        tried = Counter(act.person.uid for act in acts if act.person is not None)
        everybody = [
            p for p in WORLD.people if p.tenant.uid == person.tenant.uid and p.kind == "person"
        ]
        assert set(tried) == {p.uid for p in everybody}
        assert set(tried.values()) == {1}
        assert len({act.ip for act in acts}) == 1


def test_many_addresses_take_turns() -> None:
    for _, acts, _ in crimes(BEHAVIOUR, "many_addresses"):
        tried = Counter(act.person.uid for act in acts if act.person is not None)
        assert max(tried.values()) == 2
        assert len({act.ip for act in acts}) >= 10
