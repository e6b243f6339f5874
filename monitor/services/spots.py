"""Where sign-ins came from: places for a map, and pairs of them that are too far apart."""

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct, structs

from detectors.core.event import Outcome, SignIn
from detectors.core.finding import Finding
from detectors.core.geodesy import distance_km
from detectors.core.place import NetworkKind, Place

NO_PLACE = frozenset(
    (
        NetworkKind.HOSTING,
        NetworkKind.VPN,
        NetworkKind.RELAY,
        NetworkKind.TOR,
        NetworkKind.SATELLITE,
    )
)
"""Networks whose addresses say nothing of where their users are."""
SHORTEST_ARC_KM = 100.0
_NAMED = 4


class Spot(Struct, kw_only=True):
    """One place on the map, in WGS 84 degrees, and what came from there.

    `is_place` is false for a network that says nothing of where its users are. `networks` names
    at most four. Times are event times in ms.
    """

    latitude: float
    longitude: float
    radius_km: float
    country: str
    city: str | None
    region: str | None
    is_place: bool
    kind: NetworkKind
    networks: list[str]
    count: int = 0
    failures: int = 0
    first: int = 0
    last: int = 0


class Arc(Struct, frozen=True, kw_only=True):
    """A pair of places that findings set against each other; (longitude, latitude) each.

    `milliseconds` is the least time between the two.
    """

    start: tuple[float, float]
    end: tuple[float, float]
    km: int
    milliseconds: int
    findings: tuple[int, ...]


def network_kind(event: SignIn) -> NetworkKind:
    """The kind of network a sign-in came from; UNKNOWN when nothing is known of it."""
    return event.network.kind if event.network else NetworkKind.UNKNOWN


def is_place(kind: NetworkKind) -> bool:
    """Whether an address in such a network says where its user is."""
    return kind not in NO_PLACE


def spots_of(sign_ins: Iterable[SignIn]) -> list[Spot]:
    spots: dict[tuple[float, float, NetworkKind], Spot] = {}
    for event in sign_ins:
        place = event.place
        if place is None:
            continue
        kind = network_kind(event)
        key = (round(place.latitude, 2), round(place.longitude, 2), kind)
        spot = spots.get(key)
        if spot is None:
            spot = spots[key] = _spot(place, kind, event.time)
        _count(spot, event)
    return sorted(spots.values(), key=lambda s: (-s.count, s.latitude, s.longitude, s.kind.value))


def _spot(place: Place, kind: NetworkKind, time: int) -> Spot:
    return Spot(
        latitude=place.latitude,
        longitude=place.longitude,
        radius_km=place.radius_km,
        country=place.country,
        city=place.city,
        region=place.region,
        is_place=is_place(kind),
        kind=kind,
        networks=[],
        first=time,
    )


def _count(spot: Spot, event: SignIn) -> None:
    spot.count += 1
    spot.failures += event.outcome is Outcome.FAILURE
    spot.last = event.time
    name = event.network.organisation if event.network else None
    if name and name not in spot.networks and len(spot.networks) < _NAMED:
        spot.networks.append(name)


def arcs_of(findings: Sequence[Finding], by_id: Mapping[bytes, SignIn]) -> list[Arc]:
    arcs: dict[frozenset[tuple[float, float]], Arc] = {}
    for number, one in enumerate(findings, 1):
        arc = _arc(number, [by_id[i] for i in one.event_ids if i in by_id])
        if arc is None:
            continue
        ends = frozenset((arc.start, arc.end))
        known = arcs.get(ends)
        if known is not None:
            quicker = arc if arc.milliseconds < known.milliseconds else known
            arc = structs.replace(quicker, findings=(*known.findings, number))
        arcs[ends] = arc
    return list(arcs.values())


def _arc(number: int, events: Sequence[SignIn]) -> Arc | None:
    if not events or events[0].place is None or not is_place(network_kind(events[0])):
        return None
    anchor, here = events[0], events[0].place
    for other in events[1:]:
        there = other.place
        if there is None or not is_place(network_kind(other)):
            continue
        km = distance_km(here, there)
        if km >= SHORTEST_ARC_KM:
            return Arc(
                start=(there.longitude, there.latitude),
                end=(here.longitude, here.latitude),
                km=round(km),
                milliseconds=abs(anchor.time - other.time),
                findings=(number,),
            )
    return None
