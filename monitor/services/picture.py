"""What a map and a time chart show of some sign-ins: places, arcs, lanes, bars and marks."""

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct, structs

from detectors.core.event import HOUR, Activity, Outcome, SignIn
from detectors.core.finding import Finding
from detectors.core.place import NetworkKind, Place
from detectors.core.profile import session_key
from monitor.services.journeys import Leg, journey
from monitor.services.overlaps import (
    HandOver,
    Stretch,
    Together,
    hand_overs,
    sublanes,
    together,
)
from monitor.services.spots import Arc, Spot, arcs_of, is_place, network_kind, spots_of

MAXIMUM_LANES = 24
GUESSED_SESSION_GAP = HOUR
"""Where the log names no session, a pause as long as this ends the bar."""


class Lane(Struct, frozen=True, kw_only=True):
    """One device, else one address; `others` is the last lane, of all that had no room.

    `copy` counts from 2 where the same kind of device was at work at once in places far apart: it
    is another machine.
    """

    label: str
    form: str | None = None
    others: bool = False
    copy: int = 1


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
    """All that the two charts draw. `shown` is the span of time to open at, in ms.

    `legs` are the way over the map, `together` when lanes were at work at once, `hand_overs` when
    one went on where another ended.
    """

    spots: list[Spot]
    arcs: list[Arc]
    lanes: list[Lane]
    bars: list[Bar]
    failures: list[Failure]
    marks: list[Mark]
    shown: tuple[int, int]
    unlocated: int
    legs: list[Leg] = []
    together: list[Together] = []
    hand_overs: list[HandOver] = []


def picture(
    sign_ins: Sequence[SignIn],
    findings: Sequence[Finding],
    titles: Mapping[str, str],
    shown: tuple[int, int],
) -> Picture:
    """The picture of sign-ins and the findings on them, numbered from 1; titles by detector."""
    by_id = {event.id: event for event in sign_ins}
    lane_of = _lanes(sign_ins)
    lanes, bars, moved = _parted(_labels(sign_ins, lane_of), _bars(sign_ins, lane_of))
    stretches = [_stretch(bar, place) for bar, place in bars]
    # Of a campaign's many accounts nobody travels.
    is_one = len({event.account for event in sign_ins}) == 1
    entered = [event for event in sign_ins if event.outcome is Outcome.SUCCESS]
    return Picture(
        spots=spots_of(sign_ins),
        arcs=arcs_of(findings, by_id),
        legs=journey((one, is_place(network_kind(one))) for one in entered) if is_one else [],
        lanes=lanes,
        bars=[bar for bar, _ in bars],
        together=together(stretches) if is_one else [],
        hand_overs=hand_overs(stretches) if is_one else [],
        failures=[
            Failure(
                lane=moved[lane_of[_lane_key(event)]],
                time=event.time,
                ip=event.ip,
                reason=event.failure_reason.value if event.failure_reason else None,
            )
            for event in sign_ins
            if event.outcome is Outcome.FAILURE
        ],
        marks=[
            _mark(n, one, titles, by_id.get(one.event_ids[0]), bars, moved, lane_of)
            for n, one in enumerate(findings, 1)
        ],
        shown=shown,
        unlocated=sum(event.place is None for event in sign_ins),
    )


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


def _parted(
    lanes: Sequence[Lane], bars: Sequence[tuple[Bar, Place | None]]
) -> tuple[list[Lane], list[tuple[Bar, Place | None]], dict[int, int]]:
    """The lanes with those parted on which machines far apart were at work at once, the bars on
    them, and where each lane went."""
    made: list[Lane] = []
    moved: dict[int, int] = {}
    held: dict[int, list[tuple[int, Stretch]]] = {}
    for at, one in enumerate(bars):
        held.setdefault(one[0].lane, []).append((at, _stretch(*one)))
    for number, lane in enumerate(lanes):
        moved[number] = len(made)
        mine = held.get(number, [])
        part = {} if lane.others else sublanes(mine)
        room = max(1, MAXIMUM_LANES - len(made) - (len(lanes) - number - 1))
        copies = min(room, 1 + max(part.values(), default=0))
        made += [structs.replace(lane, copy=copy + 1) for copy in range(copies)]
        for at, _ in mine:
            bars[at][0].lane = moved[number] + min(part.get(at, 0), copies - 1)
    return made, sorted(bars, key=lambda one: (one[0].start, one[0].lane)), moved


def _stretch(bar: Bar, place: Place | None) -> Stretch:
    return Stretch(bar.lane, bar.start, bar.end, place if is_place(bar.kind) else None)


def _bars(sign_ins: Iterable[SignIn], lane_of: Mapping[str, int]) -> list[tuple[Bar, Place | None]]:
    bars: dict[tuple[int, str, str | None], Bar] = {}
    ended: list[Bar] = []
    places: dict[int, Place | None] = {}
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
            places[id(bar)] = event.place
        bar.end = event.time
        bar.count += event.activity is not Activity.LOGOFF
    every = sorted([*ended, *bars.values()], key=lambda bar: (bar.start, bar.lane))
    return [(bar, places[id(bar)]) for bar in every]


def _mark(
    number: int,
    finding: Finding,
    titles: Mapping[str, str],
    anchor: SignIn | None,
    bars: Sequence[tuple[Bar, Place | None]],
    moved: Mapping[int, int],
    lane_of: Mapping[str, int],
) -> Mark:
    return Mark(
        finding=number,
        title=titles.get(finding.detector, finding.detector),
        severity=int(finding.severity),
        time=finding.time,
        lane=None if anchor is None else _lane_at(anchor, bars, moved[lane_of[_lane_key(anchor)]]),
    )


def _lane_at(event: SignIn, bars: Sequence[tuple[Bar, Place | None]], otherwise: int) -> int:
    """The lane of the session that an event is in; else that of its device."""
    session = session_key(event)
    for bar, place in bars:
        if bar.session == session and bar.start <= event.time <= bar.end and place == event.place:
            return bar.lane
    return otherwise
