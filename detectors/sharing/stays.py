"""What an account's sessions tell by when they begin, are used and end, also where only their
tokens are renewed: which computers were signed on at once, by turns, one after the other.

A stay is one session of a browser within a day, from its first sign of life to its last. Unlike
what is done by hand (`usage`), a renewal counts as a sign of life here: who keeps it alive, a
person or a page, is not asked, but two stays that go on at once are two windows at least.
"""

from collections.abc import Sequence
from itertools import combinations

from msgspec import Struct, field

from detectors.core.address import is_ipv6
from detectors.core.event import HOUR, LOGOFF, LOGON, MINUTE, SUCCESS, SignIn
from detectors.core.place import DESKTOP, MOBILE
from detectors.core.population import Population
from detectors.core.profile import Profile, session_key
from detectors.core.travel import is_somewhere, is_unnamed
from detectors.sharing.apart import browser_of, line_of

KEEP = 0.95
"""What a day counts for a day later: half after two weeks, a quarter after four."""
LONGEST_FADE = 2_000
"""Days of quiet beyond which nothing is left of what was before."""
MAXIMUM_STAYS = 16
"""Stays of one day; what comes further is left out."""
PAUSE = 5 * HOUR
"""Silence after which the same session begins another stay."""
TOGETHER = 10 * MINUTE
"""What two stays have in common at least, to have gone on at once."""
AMID = 20 * MINUTE
"""Who signs on here while another computer is used before and after, within so long, does both."""
HANDOVER = 20 * MINUTE
CROSSED = 45 * MINUTE
"""Two stays cross where each goes on alone for so long and both at once for so long."""
SLOT = 30 * MINUTE
LONG = 12 * HOUR
"""A day that is longer than one person's, as a rule."""
LATE = 6 * HOUR
"""A sign-on that begins a session so long after the day's first sign of life may be the next
shift's."""
SHIFT = 2 * HOUR
"""Who stays so long after it did not only look in."""
BREAK = 2 * HOUR
"""A next shift comes so soon after the last sign of life of the one before."""
COVERED = 3 * HOUR
"""Signs of life that are no further apart are of one sitting, whatever the log tells in between."""
STRANGER, MOVED, BROWSER, TWIN, MASKED = 0, 1, 2, 3, 4
RELATIONS = 5
"""Another browser on another line; the same browser there; another browser here; nothing else; a
line that hides where it is, as a server's or a VPN's, on one side."""
HOURS = 24
OFFICE, HIDDEN, CARRIED = "office", "hidden", "mobile"
"""Lines that tell no place: many of the tenant's people have it, or nobody can say where it is."""
SIX = "6:"
"""What the name of a line of IPv6 begins with."""


class Stay(Struct, array_like=True, gc=False):
    """One session of a browser within a day. Times in ms, 0 for none. `slots` has a bit for each
    half-hour of the UTC day with a sign of life; `late` is its first sign-on of those that are
    late in the account's day, `soon` whether that came soon after the last sign of life."""

    browser: str
    line: str
    first: int
    last: int
    signed_on: int = 0
    over: bool = False
    slots: int = 0
    late: int = 0
    soon: bool = False


class Stays(Struct, array_like=True, gc=False):
    """The stays of today by their key, and what was seen of two of them, by relation.

    `key` is that of the last one, `before` the one used before it; `alive` is when any was last
    seen, `covered` how long the day's sittings were, in ms. `turned` counts returns to a
    stay that went on meanwhile, `amid` sign-ons while another computer was in use, `returned`
    sign-ons at a computer that was signed on at before the last one was.
    """

    stays: dict[str, Stay] = field(default_factory=dict)
    key: str = ""
    before: str = ""
    session: str = ""
    turned: list[int] = field(default_factory=lambda: [0] * RELATIONS)
    amid: list[int] = field(default_factory=lambda: [0] * RELATIONS)
    returned: list[int] = field(default_factory=lambda: [0] * RELATIONS)
    alive: int = 0
    covered: int = 0


class StaySums(Struct, array_like=True, gc=False):
    """Sums over days with a computer; each day weighs more than those before it.

    `gaps` says of how many days `begun` and `ended` (hours between the first two computers'
    beginnings, and ends) are. `most` is of the most stays at once, `span` of the hours from the
    day's first sign of life to its last; `long` counts the days of which that is more than `LONG`.
    `open` is of the hours with a sign of life, `hours` counts the days on which each hour of a UTC
    day was one between a stay's beginning and its end. `late` counts the days with a sign-on `LATE`
    after their beginning, `shifts` those of which one went on for a `SHIFT`, and
    `relieved` those of these whose sign-on came soon. `covered` is of the hours of sittings.
    """

    days: float = 0.0
    stays: float = 0.0
    most: float = 0.0
    span: float = 0.0
    within: float = 0.0
    gaps: float = 0.0
    begun: float = 0.0
    ended: float = 0.0
    together: list[float] = field(default_factory=lambda: [0.0] * RELATIONS)
    turned: list[float] = field(default_factory=lambda: [0.0] * RELATIONS)
    amid: list[float] = field(default_factory=lambda: [0.0] * RELATIONS)
    handed: list[float] = field(default_factory=lambda: [0.0] * RELATIONS)
    hours: list[float] = field(default_factory=lambda: [0.0] * HOURS)
    long: float = 0.0
    open: float = 0.0
    returned: list[float] = field(default_factory=lambda: [0.0] * RELATIONS)
    crossed: list[float] = field(default_factory=lambda: [0.0] * RELATIONS)
    late: float = 0.0
    shifts: float = 0.0
    relieved: float = 0.0
    covered: float = 0.0


def note(today: Stays, event: SignIn, profile: Profile, population: Population) -> None:
    """Take in one sign of life of a computer; `profile` is as it was before it."""
    if event.outcome is not SUCCESS or event.corroborating or not _is_computer(event):
        return
    _catch_up(today, profile)
    line = _line(today, event, population)
    browser = _browser(event, profile)
    key = _key(event, browser, line)
    stay = today.stays.get(key)
    at = event.time
    signs_on, signs_off = event.activity is LOGON, event.activity is LOGOFF
    is_bare = False
    if signs_on:
        _sign_on(today, browser, line)
    is_another = stay is not None and (
        (at - stay.last >= PAUSE and not signs_off) or (stay.over and signs_on)
    )
    if stay is None or is_another:
        stay = _begin(today, key, Stay(browser, line, at, at))
        if stay is None:
            return
    else:
        _go_on(today, stay, key, at)
        # Nothing was told between: the log tells of sign-ons and sign-offs alone.
        is_bare = stay.last == stay.signed_on
        stay.last = max(stay.last, at)
    stay.slots |= 1 << (at // SLOT % 48)
    if signs_on:
        stay.signed_on = at
        begins = event.session is None or stay.first == at
        if begins and not stay.late and at - min(s.first for s in today.stays.values()) >= LATE:
            stay.late, stay.soon = at, at - today.alive <= BREAK
    if signs_off:
        stay.over = True
    _live(today, at, over=signs_off and is_bare)
    if key != today.key:
        today.before, today.key = today.key, key
    today.session = session_key(event)


def _catch_up(today: Stays, profile: Profile) -> None:
    """Take in what went on in the last session since: the same session says nothing new."""
    stay = today.stays.get(today.key)
    session = profile.sessions.get(today.session)
    if stay is not None and session is not None and session.last > stay.last:
        stay.last = session.last
        _live(today, session.last)


def _live(today: Stays, at: int, *, over: bool = False) -> None:
    """Take in a sign of life of any of today's stays; `over`: one ends with it, and lasted until
    then."""
    gap = at - today.alive
    if today.alive and 0 < gap <= (LONG if over else COVERED):
        today.covered += gap
    today.alive = max(today.alive, at)


def _is_computer(event: SignIn) -> bool:
    if is_unnamed(event.device):
        return event.network is None or event.network.kind is not MOBILE
    return event.device is not None and event.device.form is DESKTOP


def _browser(event: SignIn, profile: Profile) -> str:
    """Its browser; where the line names none, as of a renewal by a server, its session's."""
    own = profile.sessions.get(session_key(event)) if event.device is None else None
    return browser_of(event.device if own is None else own.device)


def _key(event: SignIn, browser: str, line: str) -> str:
    if event.session is not None:
        return f"{browser}#{event.session[:40]}"
    return f"{browser}@{line}"


def _line(today: Stays, event: SignIn, population: Population) -> str:
    """The name of the line that it comes from; that of IPv6 is the line of the same operator by
    IPv4 that was used last today, where there is one: they may well be one."""
    line = _line_alone(event, population)
    if line.startswith(SIX):
        beside = [stay for stay in today.stays.values() if _is_other_family(stay.line, line)]
        if beside:
            return max(beside, key=lambda stay: stay.last).line
    return line


def _line_alone(event: SignIn, population: Population) -> str:
    if population.is_seat(event.ip):
        return OFFICE
    if not is_somewhere(event.network):
        return HIDDEN
    if event.network is not None and event.network.kind is MOBILE:
        return CARRIED
    line = line_of(event.network, event.place)
    return f"{SIX}{line}" if is_ipv6(event.ip) else line


def _is_one_line(one: str, other: str) -> bool:
    """Whether these are one line, or may be: one operator's, by IPv4 the one, by IPv6 the other."""
    return one == other or _is_other_family(one, other)


def _is_other_family(one: str, other: str) -> bool:
    if one.startswith(SIX) == other.startswith(SIX):
        return False
    operator = _operator(one)
    return operator is not None and operator == _operator(other)


def _operator(line: str) -> tuple[str, str] | None:
    """The operator's number and the country; None where either is not known. Databases tell
    another place of an operator's IPv6."""
    number, _, site = line.removeprefix(SIX).partition("@")
    return (number, site[:2]) if number.isdigit() and site else None


def _sign_on(today: Stays, browser: str, line: str) -> None:
    """Note a sign-on that goes back to a computer that was signed on at before another was."""
    last = max(today.stays.values(), key=lambda stay: stay.signed_on, default=None)
    if last is None or (last.browser == browser and _is_one_line(last.line, line)):
        return
    for stay in today.stays.values():
        if stay.signed_on and stay.browser == browser and _is_one_line(stay.line, line):
            today.returned[relation_of(stay, last)] += 1
            return


def _begin(today: Stays, key: str, stay: Stay) -> Stay | None:
    """Add a new stay, if there is room; one of the same key that is over keeps its place under
    another."""
    stays = today.stays
    if len(stays) >= MAXIMUM_STAYS:
        return None
    past = stays.pop(key, None)
    if past is not None:
        stays[f"{key}/{len(stays)}"] = past
    stays[key] = stay
    return stay


def _go_on(today: Stays, stay: Stay, key: str, at: int) -> None:
    """Note what a stay's going on says of the others of today."""
    if key != today.key:
        last = today.stays.get(today.key)
        if last is not None and today.before == key:
            today.turned[relation_of(stay, last)] += 1
    for other in today.stays.values():
        begun = other.signed_on
        if stay.last < begun < at and begun - stay.last <= AMID and at - begun <= AMID:
            today.amid[relation_of(stay, other)] += 1


def relation_of(one: Stay, other: Stay) -> int:
    """What tells two stays apart."""
    if not _is_one_line(one.line, other.line):
        if HIDDEN in (one.line, other.line):
            return MASKED
        return STRANGER if one.browser != other.browser else MOVED
    return BROWSER if one.browser != other.browser else TWIN


def add(sums: StaySums, today: Stays, weight: float) -> bool:
    """Add a day that is over to the sums; whether it was unlike one person's at one machine: two
    computers were signed on at once in it, or a second shift relieved a first."""
    stays = sorted(today.stays.values(), key=lambda stay: (stay.first, stay.last))
    if not stays:
        return False
    sums.days += weight
    sums.stays += weight * len(stays)
    sums.most += weight * _most_at_once(stays)
    span = max(stay.last for stay in stays) - stays[0].first
    sums.span += weight * span / HOUR
    sums.long += weight * (span > LONG)
    sums.late += weight * any(stay.late for stay in stays)
    shifts = [stay for stay in stays if stay.late and stay.last - stay.late >= SHIFT]
    sums.shifts += weight * bool(shifts)
    is_relieved = any(stay.soon for stay in shifts)
    sums.relieved += weight * is_relieved
    sums.covered += weight * today.covered / HOUR
    _add_hours(sums, stays, weight)
    for relation in range(RELATIONS):
        sums.turned[relation] += weight * today.turned[relation]
        sums.amid[relation] += weight * today.amid[relation]
        sums.returned[relation] += weight * today.returned[relation]
    _add_gaps(sums, stays, weight)
    return _add_pairs(sums, stays, weight) or is_relieved


def _add_hours(sums: StaySums, stays: Sequence[Stay], weight: float) -> None:
    alive = 0
    hours: set[int] = set()
    for stay in stays:
        alive |= stay.slots
        hours.update(at % HOURS for at in range(stay.first // HOUR, stay.last // HOUR + 1))
    sums.open += weight * alive.bit_count() / 2
    for hour in hours:
        sums.hours[hour] += weight


def span_of(today: Stays) -> int:
    """Milliseconds from the day's first sign of life of a computer to its last; 0 without any."""
    stays = today.stays.values()
    return max((s.last for s in stays), default=0) - min((s.first for s in stays), default=0)


def fade(sums: Struct, keep: float) -> None:
    """Let sums, numbers and lists of numbers, count for so much of what they did."""
    for name in sums.__struct_fields__:
        value = getattr(sums, name)
        faded = [v * keep for v in value] if isinstance(value, list) else value * keep
        setattr(sums, name, faded)


def _add_pairs(sums: StaySums, stays: Sequence[Stay], weight: float) -> bool:
    together = set()
    for one, other in combinations(stays, 2):
        relation = relation_of(one, other)
        if other.first >= one.last:
            if other.signed_on and other.first - one.last < HANDOVER:
                sums.handed[relation] += weight
            continue
        both = min(one.last, other.last) - other.first
        if both >= TOGETHER:
            together.add(relation)
        alone = other.first - one.first, other.last - one.last
        if min(*alone, both) > CROSSED:
            sums.crossed[relation] += weight
        if other.last < one.last:
            sums.within += weight
    for relation in together:
        sums.together[relation] += weight
    return bool(together)


def _add_gaps(sums: StaySums, stays: Sequence[Stay], weight: float) -> None:
    """How far apart the day's first two computers began and ended."""
    ends: dict[tuple[str, str], tuple[int, int]] = {}
    for stay in stays:
        first, last = ends.get((stay.browser, stay.line), (stay.first, stay.last))
        ends[stay.browser, stay.line] = first, max(last, stay.last)
    if len(ends) < 2:
        return
    (begun, ended), (then, until) = sorted(ends.values())[:2]
    sums.gaps += weight
    sums.begun += weight * (then - begun) / HOUR
    sums.ended += weight * abs(until - ended) / HOUR


def _most_at_once(stays: Sequence[Stay]) -> int:
    ends = sorted([(s.first, 1) for s in stays] + [(s.last + 1, -1) for s in stays])
    most = now = 0
    for _, step in ends:
        now += step
        most = max(most, now)
    return most
