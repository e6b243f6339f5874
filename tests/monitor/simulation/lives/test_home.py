"""At home: one place, whatever address the provider or a VPN gives."""

from tests.monitor.simulation.lives.people import fastest, kind_of, lived, of, where


def test_home_agents_stay_in_their_city() -> None:
    for person in of("home_agent"):
        acts = lived(person)
        networks = {where(act.ip.rpartition(".")[0])[0] for act in acts}
        assert networks <= {person.home}
        assert fastest(acts) == 0


def test_addresses_at_home_change() -> None:
    seen = {person.lease: len({a.ip for a in lived(person)}) for person in of("home_agent")}
    assert seen[1] > seen[365]


def test_vpn_users_are_at_home_or_behind_their_vpn() -> None:
    kinds = set()
    for person in of("vpn_user"):
        acts = lived(person)
        kinds |= {kind_of(act) for act in acts}
        assert fastest(acts) == 0
    assert kinds == {"fixed", "vpn"}


def test_a_vpn_is_now_and_then_switched_on_half_way() -> None:
    mixed = {}
    for person in of("vpn_user"):
        for act in lived(person):
            if act.session is not None:
                mixed.setdefault(act.session, set()).add(kind_of(act))
    assert {"fixed", "vpn"} in mixed.values()
    assert {"vpn"} in mixed.values()
