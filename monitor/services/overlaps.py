"""When two devices were at work at once, and when one took over from another: what sharing looks
like, of the sessions of a chart."""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Final

from msgspec import Struct

from detectors.core.event import MINUTE
from detectors.core.geodesy import distance_km
from detectors.core.place import Place

FAR_KM: Final = 100.0
"""From so far on nobody is at both."""
SOON: Final = 30 * MINUTE
"""Who takes over does so within this time (ms)."""
MOST: Final = 200


class Stretch(Struct, frozen=True):
    """A session on a lane, from when to when (ms); `place` is where, as far as that is known."""

    lane: int
    start: int
    end: int
    place: Place | None


class Together(Struct, frozen=True, kw_only=True):
    """A time (ms) when sessions went on side by side, the lanes of them, and the greatest distance
    between any two; 0 where they are near, or nobody knows."""

    start: int
    end: int
    lanes: tuple[int, ...]
    km: int


class HandOver(Struct, frozen=True, kw_only=True):
    """A session that ended (ms, lane) and the next one that began elsewhere soon after."""

    left: int
    left_lane: int
    taken: int
    taken_lane: int
    km: int


def together(stretches: Sequence[Stretch]) -> list[Together]:
    """Every time when more than one lane is at work, oldest first, at most 200 and then the
    longest."""
    edges = sorted({edge for one in stretches for edge in (one.start, one.end)})
    begin = sorted(stretches, key=lambda one: one.start)
    found: list[Together] = []
    active: list[Stretch] = []
    upcoming = 0
    for start, end in pairwise(edges):
        while upcoming < len(begin) and begin[upcoming].start <= start:
            active.append(begin[upcoming])
            upcoming += 1
        active = [one for one in active if one.end > start]
        lanes = tuple(sorted({one.lane for one in active}))
        if len(lanes) < 2:
            continue
        km = _widest(active)
        last = found[-1] if found else None
        if last is not None and last.end == start and last.lanes == lanes and last.km == km:
            found[-1] = Together(start=last.start, end=end, lanes=lanes, km=km)
        else:
            found.append(Together(start=start, end=end, lanes=lanes, km=km))
    if len(found) > MOST:
        found = sorted(found, key=lambda one: one.start - one.end)[:MOST]
    return sorted(found, key=lambda one: one.start)


def hand_overs(stretches: Sequence[Stretch]) -> list[HandOver]:
    """Where the next session begins on another lane, soon after all others ended; oldest first, at
    most 200."""
    found: list[HandOver] = []
    last: Stretch | None = None
    for one in sorted(stretches, key=lambda each: (each.start, each.end)):
        if last is not None and one.lane != last.lane and 0 <= one.start - last.end <= SOON:
            km = _apart(last.place, one.place)
            found.append(
                HandOver(
                    left=last.end, left_lane=last.lane, taken=one.start, taken_lane=one.lane, km=km
                )
            )
        if last is None or one.end >= last.end:
            last = one
    return found[:MOST]


def sublanes(stretches: Iterable[tuple[int, Stretch]]) -> dict[int, int]:
    """On which of several lanes each stretch of one device goes (by its number): two that go on at
    once in places far apart are two machines, however alike they are."""
    lanes: list[list[Stretch]] = []
    found: dict[int, int] = {}
    for number, one in sorted(stretches, key=lambda each: (each[1].start, each[0])):
        fits = [
            at for at, lane in enumerate(lanes) if not any(_clash(one, other) for other in lane)
        ]
        near = [at for at in fits if _apart(one.place, lanes[at][-1].place) == 0]
        at = next(iter(near or fits), len(lanes))
        if at == len(lanes):
            lanes.append([])
        lanes[at].append(one)
        found[number] = at
    return found


def _clash(one: Stretch, other: Stretch) -> bool:
    at_once = one.start < other.end and other.start < one.end
    return at_once and _apart(one.place, other.place) > 0


def _widest(active: Sequence[Stretch]) -> int:
    places = [one.place for one in active if one.place is not None]
    return max((_apart(a, b) for i, a in enumerate(places) for b in places[i + 1 :]), default=0)


def _apart(one: Place | None, other: Place | None) -> int:
    if one is None or other is None:
        return 0
    km = distance_km(one, other)
    return round(km) if km >= FAR_KM else 0
