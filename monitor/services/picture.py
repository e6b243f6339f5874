"""What a map and a time chart show of some sign-ins: places, arcs, lanes, bars and marks."""

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct, structs

from detectors.core.event import HOUR, Activity, Outcome, SignIn
from detectors.core.finding import Finding
from detectors.core.geodesy import distance_km
from detectors.core.place import NetworkKind, Place
from detectors.core.profile import session_key

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
MAXIMUM_LANES = 24
SHORTEST_ARC_KM = 100.0
GUESSED_SESSION_GAP = HOUR
"""Where the log names no session, a pause as long as this ends the bar."""
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


class Lane(Struct, frozen=True, kw_only=True):
    """One device, else one address; `others` is the last lane, of all that had no room."""

    label: str
    form: str | None = None
    others: bool = False


class Bar(Struct, kw_only=True):
    """One session on one lane, from one network. Times are event times in ms."""

    lane: int
    start: int
    end: int
    session: str
    country: str | None
    city: str | None
    network: str | None
    kind: NetworkKind
    ip: str | None
    count: int = 0


class Failure(Struct, frozen=True, kw_only=True):
    """One sign-in that failed."""

    lane: int
    time: int
    ip: str | None
    reason: str | None


class Mark(Struct, frozen=True, kw_only=True):
    """Where a finding stands in time; `lane` is None when its event is not shown."""

    finding: int
    title: str
    severity: int
    time: int
    lane: int | None


class Picture(Struct, frozen=True, kw_only=True):
    """All that the two charts draw. `shown` is the span of time to open at, in ms."""

    spots: list[Spot]
    arcs: list[Arc]
    lanes: list[Lane]
    bars: list[Bar]
    failures: list[Failure]
    marks: list[Mark]
    shown: tuple[int, int]
    unlocated: int


def picture(
    sign_ins: Sequence[SignIn],
    findings: Sequence[Finding],
    titles: Mapping[str, str],
    shown: tuple[int, int],
) -> Picture:
    """The picture of sign-ins and the findings on them, numbered from 1; titles by detector."""
    by_id = {event.id: event for event in sign_ins}
    lane_of = _lanes(sign_ins)
    lanes = _labels(sign_ins, lane_of)
    return Picture(
        spots=_spots(sign_ins),
        arcs=_arcs(findings, by_id),
        lanes=lanes,
        bars=_bars(sign_ins, lane_of),
        failures=[
            Failure(
                lane=lane_of[_lane_key(event)],
                time=event.time,
                ip=event.ip,
                reason=event.failure_reason.value if event.failure_reason else None,
            )
            for event in sign_ins
            if event.outcome is Outcome.FAILURE
        ],
        marks=[_mark(n, one, titles, by_id, lane_of) for n, one in enumerate(findings, 1)],
        shown=shown,
        unlocated=sum(event.place is None for event in sign_ins),
    )


def network_kind(event: SignIn) -> NetworkKind:
    """The kind of network a sign-in came from; UNKNOWN when nothing is known of it."""
    return event.network.kind if event.network else NetworkKind.UNKNOWN


def is_place(kind: NetworkKind) -> bool:
    """Whether an address in such a network says where its user is."""
    return kind not in NO_PLACE


def _spots(sign_ins: Iterable[SignIn]) -> list[Spot]:
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


def _arcs(findings: Sequence[Finding], by_id: Mapping[bytes, SignIn]) -> list[Arc]:
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


def _lane_key(event: SignIn) -> str:
    return f"device {event.device.fingerprint}" if event.device else f"address {event.ip or '?'}"


def _lanes(sign_ins: Iterable[SignIn]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for event in sign_ins:
        key = _lane_key(event)
        counts[key] = counts.get(key, 0) + 1
    often = sorted(counts, key=lambda key: -counts[key])
    kept = often if len(often) <= MAXIMUM_LANES else often[: MAXIMUM_LANES - 1]
    order = [key for key in counts if key in set(kept)]
    lanes = {key: number for number, key in enumerate(order)}
    return {key: lanes.get(key, len(order)) for key in counts}


def _labels(sign_ins: Iterable[SignIn], lane_of: Mapping[str, int]) -> list[Lane]:
    lanes: dict[int, Lane] = {}
    overfull = len(lane_of) > MAXIMUM_LANES
    for event in sign_ins:
        number = lane_of[_lane_key(event)]
        if overfull and number == MAXIMUM_LANES - 1:
            lanes[number] = Lane(label="", others=True)
        elif number not in lanes:
            lanes[number] = _lane(event)
    return [lanes[number] for number in sorted(lanes)]


def _lane(event: SignIn) -> Lane:
    device = event.device
    if device is None:
        return Lane(label=event.ip or "?")
    return Lane(label=f"{device.family} · {device.os}", form=device.form.value)


def _bars(sign_ins: Iterable[SignIn], lane_of: Mapping[str, int]) -> list[Bar]:
    bars: dict[tuple[int, str, str | None], Bar] = {}
    ended: list[Bar] = []
    for event in sign_ins:
        if event.outcome is not Outcome.SUCCESS:
            continue
        lane = lane_of[_lane_key(event)]
        network = event.network.organisation if event.network else None
        key = (lane, session_key(event), network)
        bar = bars.get(key)
        if bar is None or (event.session is None and event.time - bar.end > GUESSED_SESSION_GAP):
            if bar is not None:
                ended.append(bar)
            bar = bars[key] = Bar(
                lane=lane,
                start=event.time,
                end=event.time,
                session=session_key(event),
                country=event.place.country if event.place else None,
                city=event.place.city if event.place else None,
                network=network,
                kind=network_kind(event),
                ip=event.ip,
            )
        bar.end = event.time
        bar.count += event.activity is not Activity.LOGOFF
    return sorted([*ended, *bars.values()], key=lambda bar: (bar.start, bar.lane))


def _mark(
    number: int,
    finding: Finding,
    titles: Mapping[str, str],
    by_id: Mapping[bytes, SignIn],
    lane_of: Mapping[str, int],
) -> Mark:
    anchor = by_id.get(finding.event_ids[0])
    return Mark(
        finding=number,
        title=titles.get(finding.detector, finding.detector),
        severity=int(finding.severity),
        time=finding.time,
        lane=None if anchor is None else lane_of[_lane_key(anchor)],
    )
