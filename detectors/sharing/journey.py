"""Journeys from one machine to another that nobody could have made in the time between."""

from detectors.core.event import DAY, HOUR, MINUTE, Activity, SignIn
from detectors.core.profile import Session
from detectors.core.travel import residual_km
from detectors.sharing.apart import FIXED_RADIUS_KM, MOBILE_RADIUS_KM, are_two
from detectors.sharing.duel import Duel, Pair

BY_LAND_KMH = 160.0
"""A train and the ways to it; no two places of one country are quicker to reach by air."""
DEPARTURE = 30 * MINUTE
BY_AIR_KMH = 800.0
CHECK_IN = 2 * HOUR
LONGEST_STAY = 4 * HOUR
"""Who is elsewhere for longer may have gone to work there, and the place be wrong."""
REMEMBERED_LEGS = 5
ON_THE_WAY = 20 * MINUTE
FAR_ENOUGH_KM = 100.0
"""Least distance beyond all uncertainty from which on a journey says something."""
COMMUTE = 2
"""Journeys a day that one laptop may make between two places, one of them located wrongly."""
AT_ONCE = 40 * MINUTE
"""One laptop was not put away, carried and opened elsewhere within this: of honest people's
impossible journeys, between places located wrongly, hardly any is as quick."""


def note_journey(
    duel: Duel, pair: Pair, event: SignIn, own: Session | None, other: Session, *, first: bool
) -> None:
    """Note a leg that is too quick for any journey, and whether it brings somebody back."""
    at = event.time
    residual = residual_km(event, other, FIXED_RADIUS_KM, MOBILE_RADIUS_KM)
    if residual < FAR_ENOUGH_KM:
        return
    one_laptop = not are_two(event, own, other)
    gap = at - other.until()
    duel.moves += one_laptop and event.activity is Activity.LOGON
    if gap >= _travel(residual, event, other):
        duel.left = 0
        return
    moved = duel.moves <= COMMUTE or event.activity is not Activity.LOGON
    if one_laptop and moved and gap > AT_ONCE:
        return
    duel.legs += 1
    pair.legs += 1
    pair.sudden += not one_laptop and gap <= ON_THE_WAY
    pair.abroad = pair.abroad or not _is_inland(event, other)
    if first:
        pair.out = [*pair.out[-(REMEMBERED_LEGS - 1) :], at % DAY]
    else:
        pair.back = [*pair.back[-(REMEMBERED_LEGS - 1) :], at % DAY]
    if duel.left and at - duel.left <= LONGEST_STAY:
        duel.trips += 1
        duel.left = 0
    else:
        duel.left = at


def journey_time(one: Session, other: Session) -> float:
    """How long it takes from where the one is to the other, at least, in ms."""
    residual = residual_km(one, other, FIXED_RADIUS_KM, MOBILE_RADIUS_KM)
    return _travel(residual, one, other)


def _travel(residual: float, event: SignIn | Session, other: Session) -> float:
    by_land = residual / BY_LAND_KMH * HOUR + DEPARTURE
    return by_land if _is_inland(event, other) else min(by_land, _flight(residual))


def _flight(residual: float) -> float:
    return residual / BY_AIR_KMH * HOUR + CHECK_IN


def _is_inland(event: SignIn | Session, other: Session) -> bool:
    here, there = event.place, other.place
    return here is None or there is None or here.country == there.country
