"""Where sign-ins came from: what is no place is told as none, and pairs are those of findings."""

from detectors.core.event import HOUR
from detectors.core.place import NetworkKind
from monitor.services.spots import arcs_of, is_place, network_kind, spots_of
from tests.monitor.web.staging import NOON, account, sign_in, travel


def test_places_are_counted_and_a_vpn_is_none() -> None:
    events = [sign_in("u", NOON + n, where) for n, where in enumerate(("desk", "desk", "hosted"))]
    most, other = spots_of(events)
    assert (most.city, most.count, most.is_place, most.networks) == (
        "Paris",
        2,
        True,
        ["Orange S.A."],
    )
    assert (other.is_place, network_kind(events[2])) == (False, NetworkKind.HOSTING)
    assert is_place(NetworkKind.MOBILE)


def test_a_pair_is_drawn_once_with_its_findings() -> None:
    there, here = sign_in("u", NOON, "desk"), sign_in("u", NOON + HOUR, "abroad")
    found = [travel(account("u"), here, there, crossings=n) for n in (1, 2)]
    (arc,) = arcs_of(found, {one.id: one for one in (there, here)})
    assert (arc.findings, arc.milliseconds) == ((1, 2), HOUR)
    assert arcs_of(found, {}) == []
