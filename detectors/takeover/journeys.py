"""Strangers where the owner cannot be: beyond reach, to and fro, from one country after another."""

from collections.abc import Iterable

from detectors.core import address
from detectors.core.address import are_two_families
from detectors.core.event import DAY, HOUR, Activity, SignIn
from detectors.core.finding import Finding, Weights
from detectors.core.geodesy import distance_km
from detectors.core.identity import Subject
from detectors.core.novelty import handed
from detectors.core.place import Place
from detectors.core.population import MASKED, Line, Newness, Population
from detectors.core.presence import desk_of, hides_itself, is_usual, signed_on_today
from detectors.core.profile import Profile
from detectors.core.travel import may_be_one_line
from detectors.takeover.stranger import (
    FAR_KM,
    LATELY,
    LEAST,
    Intruder,
    State,
    is_far,
    is_other_desk,
    may_travel,
)
from detectors.takeover.telling import CROSS, LINES, REACH, facts_of, speak, weights_of

CROSSINGS, CROSSED, CROSSED_AGAIN, CROSSED_CAP = 3, 3.0, 0.5, 4.0
"""Journeys of a computer like the owner's between the usual desk and another country, each within
a day and all within a week, and nats for so many: a journey there and back are two."""
CROSSING_KM = 300.0
BY_ROAD_KMH, BY_AIR_KMH, AIRPORTS = 110.0, 750.0, 2.5
"""What a journey takes from door to door: by road, or by air with so many hours on the ground."""
LOCATED_KM = 80.0
"""Two fixed lines are so much nearer to each other than they are located, at worst."""
BEYOND_REACH, BEYOND_REACH_UNSAID = (2.6, 1.0, 4.4), (2.4, 0.6, 3.0)
"""Nats for coming from where the owner cannot have gone, for each further time, and at most:
once, a line may be located wrongly.

Within a country, what the log names no device of may be a phone.
"""
BEYOND_REACH_ALIKE = (2.6, 0.8, 4.2)
"""The same for the owner's own sort of computer that signs on from another fixed line of a usual
country: a copied browser, where no machine of the owner's can be."""
BEYOND_REACH_ABROAD = (1.5, 0.5, 2.0)
"""The same in a country never seen, where a VPN has more exits than any list."""
OTHER_LINES, OTHER_LINES_CAP = 1.4, 2.8
"""Nats for each further country or server that a stranger comes from within `LATELY`, and for each
further provider whose fixed line in a usual country a computer new to the account comes through
within `AT_ONCE`: of 109 honest accounts with such a computer one came through two, of 27 taken
over six."""
AT_ONCE = 3 * DAY
OF_ONE_JOURNEY = 0.5
"""Share of it where nothing tells their devices from the owner's: a journey crosses countries."""


def from_beyond_reach(
    event: SignIn, subject: Subject, profile: Profile, intruder: Intruder
) -> Iterable[Finding]:
    """The stranger where the owner, at the usual desk so shortly before, cannot be yet."""
    at, abroad = event.time, intruder.line == Line.ABROAD.value
    alike = intruder.newness == Newness.KNOWN.value
    if not intruder.located or (alike and event.activity is not Activity.LOGON):
        return ()
    if not any(
        session.hand and _is_beyond(session.place, intruder, at - session.hand)
        for session in profile.sessions.values()
        if signed_on_today(session, at)
        and is_usual(session, profile, at)
        and not _may_be_carried(session.ip, profile, intruder)
        and not (
            are_two_families(event.ip, session.ip)
            and not (abroad and not may_be_one_line(event, session))
        )
    ):
        return ()
    return _beyond(event, subject, profile, intruder)


def _beyond(
    event: SignIn, subject: Subject, profile: Profile, intruder: Intruder
) -> Iterable[Finding]:
    if intruder.reached and event.time - intruder.reached < HOUR:
        return ()
    worths = _reach_worths(intruder)
    if worths is None:
        return ()
    first, each, most = worths
    intruder.reached = event.time
    intruder.beyond += 1
    worth = min(most, first + each * (intruder.beyond - 1))
    if worth <= intruder.spoken_reach:
        return ()
    intruder.spoken_reach = worth
    weights = weights_of(REACH, intruder, worth)
    facts = facts_of(REACH, event, intruder, profile, not intruder.alike, 0.0)
    return speak(REACH, event, subject, intruder, weights, facts)


def _reach_worths(intruder: Intruder) -> tuple[float, float, float] | None:
    """What a place beyond reach is worth here: at first, for each further time, at most."""
    if intruder.handheld:
        return None
    if intruder.newness == Newness.UNSAID.value:
        return BEYOND_REACH_UNSAID if intruder.line == Line.ABROAD.value else None
    if intruder.newness == Newness.KNOWN.value:
        if intruder.line == Line.ABROAD.value:
            return BEYOND_REACH_ABROAD
        nearby = intruder.line in (Line.NEW.value, Line.ELSEWHERE.value)
        return BEYOND_REACH_ALIKE if nearby else None
    return BEYOND_REACH


def went_back(event: SignIn, subject: Subject, state: State, profile: Profile) -> Iterable[Finding]:
    """The owner at the usual desk so shortly after a stranger was elsewhere."""
    for name in sorted(state.intruders):
        intruder = state.intruders[name]
        gap = event.time - intruder.last
        if intruder.worth < LEAST and not intruder.spoken_reach:
            continue
        if are_two_families(event.ip, intruder.ip):
            continue
        if _may_be_carried(event.ip, profile, intruder):
            continue
        if _is_beyond(event.place, intruder, gap):
            found = tuple(_beyond(event, subject, profile, intruder))
            if found:
                return found
    return ()


def to_and_fro(
    event: SignIn, subject: Subject, profile: Profile, intruder: Intruder
) -> Iterable[Finding]:
    """Once more from the owner's desk to another country, or back, within a day."""
    at = event.time
    if intruder.line != Line.ABROAD.value or intruder.newness != Newness.KNOWN.value:
        return ()
    if intruder.handheld or intruder.mobile or not intruder.located:
        return ()
    if at - intruder.last > LATELY:
        intruder.crossed = 0
    is_owners = handed(event) != intruder.name
    desk = event.place if is_owners else desk_of(profile, at)
    if not is_far(desk, intruder, CROSSING_KM) or (is_owners and at - intruder.last > DAY):
        return ()
    intruder.crossed_at = at
    intruder.crossed += 1
    worth = min(CROSSED_CAP, CROSSED + CROSSED_AGAIN * (intruder.crossed - CROSSINGS))
    if intruder.crossed < CROSSINGS or worth <= intruder.spoken_crossed:
        return ()
    intruder.spoken_crossed = worth
    facts = facts_of(CROSS, event, intruder, profile, False, 0.0)
    return speak(CROSS, event, subject, intruder, weights_of(CROSS, intruder, worth), facts)


def other_lines(
    event: SignIn,
    subject: Subject,
    state: State,
    profile: Profile,
    intruder: Intruder,
    population: Population,
) -> Iterable[Finding]:
    """Strangers from several countries or servers within days, or one's computer on several lines:
    nobody works like that."""
    if intruder.handheld or hides_itself(profile, event.time, population):
        return ()
    lines = {
        _far_line(name, one)
        for name, one in state.intruders.items()
        if event.time - one.last <= LATELY
        and one.worth >= LEAST
        and not (one.handheld or one.switched)
    } - {""}
    worth = min(OTHER_LINES_CAP, OTHER_LINES * (len(lines) - 1))
    if _is_one_journey(state):
        worth *= OF_ONE_JOURNEY
    if intruder.switched or not _far_line("@", intruder):
        worth = 0.0
    worth = max(worth, min(OTHER_LINES_CAP, OTHER_LINES * (_homes(state, intruder, event) - 1)))
    if worth <= state.lines:
        return ()
    state.lines = worth
    weights = Weights(taken_over=worth)
    facts = facts_of(LINES, event, intruder, profile, not intruder.alike, 0.0)
    return speak(LINES, event, subject, intruder, weights, facts)


def _may_be_carried(ip: str | None, profile: Profile, intruder: Intruder) -> bool:
    """Whether this may be the telephone of somebody on a journey, whose data come out at home: the
    log names no device, and no session was on its line before whoever is abroad came."""
    if intruder.newness != Newness.UNSAID.value or ip is None:
        return False
    line = address.line_of(ip)
    return all(
        session.ip is None or session.start >= intruder.first or address.line_of(session.ip) != line
        for session in profile.sessions.values()
    )


def _is_beyond(place: Place | None, intruder: Intruder, gap: int) -> bool:
    """Whether nobody gets from this place to the stranger's, or back, within `gap` ms."""
    if place is None or not intruder.located or gap > DAY:
        return False
    there = Place(intruder.country, None, None, intruder.latitude, intruder.longitude, 0.0)
    distance = max(0.0, distance_km(place, there) - LOCATED_KM)
    takes = min(distance / BY_ROAD_KMH, AIRPORTS + distance / BY_AIR_KMH)
    return takes * HOUR > gap


def _homes(state: State, intruder: Intruder, event: SignIn) -> int:
    """How many providers' fixed lines, apart from each other, a new computer came through."""
    if not _is_lodger(intruder):
        return 0
    device, _, network = intruder.name.rpartition("@")
    others = {
        name.rpartition("@")[2]
        for name, one in state.intruders.items()
        if name.startswith(f"{device}@")
        and event.time - one.last <= AT_ONCE
        and _is_lodger(one)
        and is_far(event.place, one, FAR_KM)
    }
    return len(others | {network})


def _is_one_journey(state: State) -> bool:
    """Whether all of it may be the owner's own device in other countries, and behind the VPN that
    is switched on in a hotel; what is carried in a pocket counts for no line."""
    counted = [one for one in state.intruders.values() if one.worth >= LEAST and not one.handheld]
    return any(may_travel(one) for one in counted) and all(
        may_travel(one) or _is_hidden_alike(one) for one in counted
    )


def _is_hidden_alike(intruder: Intruder) -> bool:
    alike = intruder.alike or intruder.newness == Newness.UNSAID.value
    return alike and Line(intruder.line) in (Line.VPN, Line.RELAY)


def _is_lodger(intruder: Intruder) -> bool:
    """Whether it is a computer new to the account on somebody's line in a usual country."""
    nearby = intruder.line in (Line.NEW.value, Line.ELSEWHERE.value)
    return nearby and intruder.worth >= LEAST and is_other_desk(intruder)


def _far_line(name: str, intruder: Intruder) -> str:
    """What tells one far line from another: a country, or a server's or VPN's network."""
    line = Line(intruder.line)
    if line is Line.ABROAD:
        return intruder.country
    return name.rpartition("@")[2] or "?" if line in MASKED else ""
