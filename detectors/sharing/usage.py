"""How one account was used today and over the last weeks, in a few kilobytes.

A day is cut into half-hours; what was done on which machine in which of them is all that is kept
of it. At the day's end it is added to sums that forget: what was four weeks ago counts a quarter.
"""

from collections.abc import Iterable
from functools import lru_cache
from itertools import combinations

from msgspec import Struct, field

from detectors.core.address import is_ipv6
from detectors.core.event import DAY, HOUR, LOGON, MINUTE, REFRESH, SUCCESS, SignIn, is_use
from detectors.core.geodesy import distance_km
from detectors.core.place import MOBILE, Device, Form, Network, Place
from detectors.core.population import Population
from detectors.core.profile import Profile, Session, is_by_hand, session_key
from detectors.core.program import version_of
from detectors.core.travel import is_handheld, is_somewhere
from detectors.sharing import stays
from detectors.sharing.stays import HOURS, KEEP, LONG, LONGEST_FADE, SLOT, Stays, StaySums, fade

MAXIMUM_SEATS = 12
"""Sessions on machines that are told apart within one day; what comes further is left out."""
MAXIMUM_PERSONAS = 12
HEAVIEST = 1e9
LEARNT = 1.5
"""Fading days after which an account's own quiet hours are gone by."""
QUIETER = 0.2
"""Share of days by which another hour has to be quieter, for the day to begin there."""
CUTS = range(-11, 13)
"""Hours from midnight (UTC) at which an account's day may begin."""
TURN = 40 * MINUTE
"""A change of machines after a longer pause is one that a person could have made in peace."""
HOP = 5 * MINUTE
LONGEST_NAME = 40
HANDOVER = 30 * MINUTE
NIGHT = 5 * HOUR
PAUSE = 100 * MINUTE
GLANCE = 15 * MINUTE
SHIFT = 3 * HOUR
"""A session opened so long after the day began may be the next shift's."""
ANOTHER_PLACE_KM = 100.0
"""Locations of one line's addresses differ by less."""
TRAVEL_KMH = 160.0
WHOLE = 2
"""Half-hours in which two machines were at work that make a day of both."""
ALIVE = 30 * MINUTE
COMPUTER, HANDHELD, UNNAMED, SCRIPT = 0, 1, 2, 3
APART, MASKED, DESK, BROWSERS, TWINS = 0, 1, 2, 3, 4
RELATIONS = 5
_FORMS = {Form.DESKTOP: COMPUTER, Form.PHONE: HANDHELD, Form.TABLET: HANDHELD, Form.SCRIPT: SCRIPT}


class Seat(Struct, array_like=True, gc=False):
    """A session of a browser at a network and place, `machine`, on one day.

    `slots` has a bit for each half-hour of the UTC day in which something was done by hand,
    `acts` says how much, `last` when last (ms). `site` is the country and the whole degrees, `six`
    whether that was told of an IPv6 address.
    """

    machine: str
    form: int
    os: str
    asn: int
    masked: bool
    country: str
    site: str
    slots: int = 0
    acts: int = 0
    last: int = 0
    version: int = 0
    six: bool = False


class Today(Struct, array_like=True, gc=False):
    """The account's day so far. By relation: turns between two computers taken before a pause.
    `pause` is the longest one (ms) in which nothing was done by hand; a night's rest is none."""

    seats: dict[str, Seat] = field(default_factory=dict)
    turns: list[int] = field(default_factory=lambda: [0] * RELATIONS)
    hops: int = 0
    legs: int = 0
    handovers: int = 0
    relay: bool = False
    sign_ons: int = 0
    activities: int = 0
    alive: int = 0
    backwards: int = 0
    named: bool = True
    logged: bool = True
    stays: Stays = field(default_factory=Stays)
    pause: int = 0


class Persona(Struct, array_like=True, gc=False):
    """A machine over the weeks: what it was used, on how many days, and in which hours (each three
    long), weighed as in `Sums`. `version` is the newest of the program that was seen."""

    form: int
    site: str
    country: str
    asn: int
    masked: bool
    version: int = 0
    slots: float = 0.0
    days: float = 0.0
    hours: list[float] = field(default_factory=lambda: [0.0] * 8)
    six: bool = False


class Sums(Struct, array_like=True, gc=False):
    """Sums over active days, `days` says of how many; each day weighs more than those before.

    `worked` is of the hours with work by hand, `pause` of the hours of each day's longest pause.
    """

    days: float = 0.0
    rich: float = 0.0
    named: float = 0.0
    logged: float = 0.0
    computers: float = 0.0
    copresent: float = 0.0
    overlaps: list[float] = field(default_factory=lambda: [0.0] * RELATIONS)
    turns: list[float] = field(default_factory=lambda: [0.0] * RELATIONS)
    chances: list[float] = field(default_factory=lambda: [0.0] * RELATIONS)
    hops: float = 0.0
    legs: float = 0.0
    handovers: float = 0.0
    relays: float = 0.0
    sign_ons: float = 0.0
    alive: float = 0.0
    backwards: float = 0.0
    hours: list[float] = field(default_factory=lambda: [0.0] * HOURS)
    worked: float = 0.0
    pause: float = 0.0


class Usage(Struct, array_like=True, gc=False):
    """The state: today, the weeks, and where the account was last. Times in ms of event time.

    `day` counts from 1970; `seen` counts the active days ever, `calendar` all days, fading; `signs`
    are days, fading, on which anything was unlike one person at one machine. `weight` is what a
    day weighs now: rather than that all sums fade, days to come weigh more. `awake` is the start of
    the waking day, `worked` its work, `longest` its length today, `opened` the last new session.
    `spoken` is what the model said last, in nats, on the day `said`. A day begins `cut`
    after midnight (UTC), or so long before it, where that is below nought.
    """

    day: int = 0
    slot: int = 0
    session: str = ""
    seat: str = ""
    hands: int = 0
    at: int = 0
    awake: int = 0
    worked: int = 0
    longest: int = 0
    opened: int = 0
    seen: int = 0
    weight: float = 1.0
    calendar: float = 0.0
    signs: float = 0.0
    anchor: bytes = b""
    shown: list[bytes] = field(default_factory=list)
    place: Place | None = None
    today: Today = field(default_factory=Today)
    personas: dict[str, Persona] = field(default_factory=dict)
    sums: Sums = field(default_factory=Sums)
    stays: StaySums = field(default_factory=StaySums)
    spoken: float = 0.0
    said: int = 0
    cut: int = 0


def goes_on(usage: Usage, event: SignIn, profile: Profile) -> bool:
    """Whether the same session goes on in the same half-hour: then there is nothing to add."""
    if event.time // SLOT != usage.slot:
        return False
    own = profile.sessions.get(session_key(event))
    return own is not None and own.last == profile.last_use and own.ip == event.ip


def observe(usage: Usage, event: SignIn, profile: Profile, population: Population) -> None:
    """Take in what was done in a session; `profile` is as it was before it."""
    if event.outcome is not SUCCESS:
        return
    pass_to(usage, profile, event.time)
    stays.note(usage.today.stays, event, profile, population)
    if event.activity is REFRESH or not is_use(event):
        return
    key = session_key(event)
    own = profile.sessions.get(key)
    if is_by_hand(own, event):
        _take(usage, event, key, own, profile)


def _take(usage: Usage, event: SignIn, key: str, own: Session | None, profile: Profile) -> None:
    at = event.time
    slot = at // SLOT
    today = usage.today
    signs_on = event.activity is LOGON
    is_new = own is None or own.closed is not None
    _book(usage, profile)
    _wake(usage, at)
    if is_new or signs_on:
        usage.opened = at
    name = _seat_name(usage, event)
    seat = _seat(usage, name, event)
    if name != usage.seat and usage.at:
        was = today.seats.get(usage.seat)
        if was is not None and seat is not None:
            _turn(usage, event, was, seat, is_new=is_new and seat.acts == 0)
    if signs_on:
        today.sign_ons += 1
        today.alive = max(today.alive, 1 + _alive(profile, at, own))
    else:
        today.activities += 1
    if event.device is None:
        today.named = False
    if event.session is None:
        today.logged = False
    if seat is not None:
        seat.slots |= 1 << (slot % 48)
        seat.acts += 1
        today.backwards += _goes_back(seat, event)
    usage.slot = slot
    usage.session = key
    usage.seat = name
    usage.hands = (0 if own is None or is_new else own.hands) + 1
    usage.at = at
    usage.anchor = event.id
    if _is_at_a_place(event):
        usage.place = event.place


def _book(usage: Usage, profile: Profile) -> None:
    """Count what was done by hand in the last session since it was last looked at."""
    last = profile.sessions.get(usage.session)
    if last is None or last.hands <= usage.hands:
        return
    seat = usage.today.seats.get(usage.seat)
    if seat is not None:
        seat.acts += last.hands - usage.hands
        usage.today.activities += last.hands - usage.hands
    usage.hands = last.hands
    if last.hand > usage.at:
        _pass(usage, last.hand)
        usage.at = last.hand


def _wake(usage: Usage, at: int) -> None:
    """Reckon the waking day up to `at`, or begin another after a night's rest."""
    if not usage.at or at - usage.at >= NIGHT or at - usage.awake >= DAY:
        usage.awake = at
        usage.worked = 0
    else:
        _pass(usage, at)


def _pass(usage: Usage, at: int) -> None:
    gap = at - usage.at
    usage.today.pause = max(usage.today.pause, gap)
    worked = usage.worked = usage.worked + (gap if gap <= PAUSE else GLANCE)
    length = worked + (at - usage.awake - worked) * 3 // 10
    usage.longest = max(usage.longest, length)
    if usage.longest > LONG and usage.opened - usage.awake >= SHIFT:
        usage.today.relay = True


def _seat_name(usage: Usage, event: SignIn) -> str:
    """A browser at a network and, to a degree, a place; and the session, where the log says it."""
    machine = _machine(event.device, event.network, event.place)
    if is_ipv6(event.ip):
        machine = _beside(usage, machine) or machine
    return machine if event.session is None else f"{machine}#{event.session[:LONGEST_NAME]}"


def _beside(usage: Usage, machine: str) -> str:
    """The same browser by IPv4 of the same operator, where that is known; else nothing. What a
    database says of where IPv6 is used is often the operator's own town."""
    browser, _, where = machine.partition("@")
    number, _, site = where.partition("@")
    if not number.isdigit() or not site:
        return ""
    alike = f"{browser}@{number}@{site[:2]}"
    for seat in reversed(usage.today.seats.values()):
        if not seat.six and seat.machine.startswith(alike):
            return seat.machine
    known = [
        (persona.slots, name)
        for name, persona in usage.personas.items()
        if not persona.six and name.startswith(alike)
    ]
    return max(known)[1] if known else ""


@lru_cache(maxsize=50_000)
def _machine(device: Device | None, network: Network | None, place: Place | None) -> str:
    fingerprint = device.fingerprint[:16] if device else ""
    asn = network.asn if network else None
    return f"{fingerprint}@{asn}@{_site(place)}"


@lru_cache(maxsize=20_000)
def _site(place: Place | None) -> str:
    return f"{place.country}{place.latitude:.0f},{place.longitude:.0f}" if place else ""


def _seat(usage: Usage, name: str, event: SignIn) -> Seat | None:
    seats = usage.today.seats
    seat = seats.get(name)
    if seat is None and len(seats) < MAXIMUM_SEATS:
        device, network, place = event.device, event.network, event.place
        form = UNNAMED if device is None else _FORMS.get(device.form, UNNAMED)
        if device is None and network is not None and network.kind is MOBILE:
            form = HANDHELD
        machine = name.partition("#")[0]
        known = usage.personas.get(machine)
        country, site, six = place.country if place else "", _site(place), is_ipv6(event.ip)
        beside = _of_machine(seats, machine) or known
        if six and beside is not None and not beside.six:
            country, site, six = beside.country, beside.site, False
        seat = seats[name] = Seat(
            machine,
            form,
            device.os[:16] if device else "",
            (network.asn or 0) if network else 0,
            not is_somewhere(network),
            country,
            site,
            version=_version(seats, machine, known),
            six=six,
        )
    return seat


def _of_machine(seats: dict[str, Seat], machine: str) -> Seat | None:
    """The last seat of today at this machine."""
    return next((seat for seat in reversed(seats.values()) if seat.machine == machine), None)


def _version(seats: dict[str, Seat], machine: str, known: Persona | None) -> int:
    """The program's version when this machine was last seen; 0 where that was never."""
    last = _of_machine(seats, machine)
    if last is not None:
        return last.version
    return known.version if known is not None else 0


def _turn(usage: Usage, event: SignIn, was: Seat, now: Seat, *, is_new: bool) -> None:
    """Count a change from one seat to another; `is_new` where nothing was done there before."""
    today = usage.today
    gap = event.time - usage.at
    km = _moved(usage, event)
    if km >= ANOTHER_PLACE_KM and gap < km / TRAVEL_KMH * HOUR:
        today.legs += 1
        _show(usage, event.id)
    relation = relation_of(was, now)
    if relation is None:
        return
    if gap <= TURN and not is_new:
        today.turns[relation] += 1
        _show(usage, event.id)
    if gap <= HOP and relation in (APART, MASKED):
        today.hops += 1
    if is_new and gap <= HANDOVER and relation in (APART, MASKED, DESK):
        today.handovers += 1
        _show(usage, event.id)


def _moved(usage: Usage, event: SignIn) -> float:
    if usage.place is None or event.place is None or not _is_at_a_place(event):
        return 0.0
    if usage.place is event.place:
        return 0.0
    doubt = usage.place.radius_km + event.place.radius_km + 50.0
    return max(0.0, distance_km(usage.place, event.place) - doubt)


def _is_at_a_place(event: SignIn) -> bool:
    """Whether the address says where a computer is: a mobile line may be told of as its carrier."""
    if event.place is None or not is_somewhere(event.network) or is_handheld(event.device):
        return False
    return event.network is None or event.network.kind is not MOBILE


def relation_of(one: Seat, other: Seat) -> int | None:
    """What tells two computers apart: APART, MASKED, DESK, BROWSERS, or TWINS for two sessions
    that nothing else does; None when one is no computer."""
    if one.form not in (COMPUTER, UNNAMED) or other.form not in (COMPUTER, UNNAMED):
        return None
    if one.machine == other.machine:
        return TWINS
    if not _may_be_one_line(one, other):
        return MASKED if one.masked or other.masked else APART
    return BROWSERS if one.os == other.os else DESK


def _may_be_one_line(one: Seat, other: Seat) -> bool:
    """Whether two seats are on one line, or may be: by IPv4 the one, by IPv6 the other, of one
    operator in one country."""
    if one.asn != other.asn or one.country != other.country:
        return False
    return one.site == other.site or (one.six != other.six and one.asn > 0)


def _show(usage: Usage, event: bytes) -> None:
    usage.shown = [*usage.shown[-2:], event]


def _alive(profile: Profile, at: int, own: Session | None) -> int:
    """Other sessions with a hand on them just now."""
    return sum(
        s.closed is None and s is not own and at - s.hand <= ALIVE
        for s in profile.sessions.values()
    )


def _goes_back(seat: Seat, event: SignIn) -> bool:
    """Whether the program is older than it was here before: two machines that are alike."""
    version = version_of(event.user_agent)
    before, seat.version = seat.version, version or seat.version
    return 0 < version < before


def pass_to(usage: Usage, profile: Profile, at: int) -> None:
    """Let time pass up to `at` (ms): a day of the account that is over by then is added."""
    day = (at - usage.cut) // DAY
    if day > usage.day:
        _close(usage, profile, day)


def is_going_on(usage: Usage) -> bool:
    """Whether something was done on a day that is not added yet."""
    return bool(usage.today.seats or usage.today.stays.stays)


def _close(usage: Usage, profile: Profile, day: int) -> None:
    """Add the day that is over to the weeks, and begin `day` (from 1970)."""
    today = usage.today
    if is_going_on(usage):
        _book(usage, profile)
        is_long = stays.span_of(today.stays) > LONG
        unlike = stays.add(usage.stays, today.stays, usage.weight)
        if today.seats:
            _add(usage, today, unlike=unlike or is_long)
        usage.today = Today()
        _cut_anew(usage)
    if usage.day and day > usage.day:
        _fade(usage, KEEP ** min(day - usage.day, LONGEST_FADE))
    usage.longest = 0
    usage.day = day


def _cut_anew(usage: Usage) -> None:
    """Let the account's days begin where it is quiet: at midnight (UTC), unless it is often in use
    then, and another hour is quieter by far; of such hours the next to midnight."""
    if max(usage.sums.days, usage.stays.days) < LEARNT * usage.weight:
        return
    busy = [_busy(usage, hour) for hour in range(HOURS)]
    around = [sum(busy[(hour + k) % HOURS] for k in (-2, -1, 0, 1)) / 4 for hour in range(HOURS)]
    now = usage.cut // HOUR
    best = min(CUTS, key=lambda hour: (round(around[hour % HOURS], 2), abs(hour)))
    if around[now % HOURS] - around[best % HOURS] > QUIETER:
        usage.cut = best * HOUR


def _busy(usage: Usage, hour: int) -> float:
    """How often the account is in use at an hour: by hand, and by the signs of life of stays."""
    hands, signs = usage.sums, usage.stays
    return (
        min(1.0, hands.hours[hour] / hands.days if hands.days else 0.0)
        + (signs.hours[hour] / signs.days if signs.days else 0.0)
    ) / 2


def _fade(usage: Usage, keep: float) -> None:
    usage.calendar = usage.calendar * keep + (1.0 - keep) / (1.0 - KEEP)
    usage.signs *= keep
    usage.weight /= keep
    if usage.weight > HEAVIEST:
        _weigh_anew(usage)


def _weigh_anew(usage: Usage) -> None:
    """Take the weight of today for one."""
    share = 1.0 / usage.weight
    usage.weight = 1.0
    fade(usage.sums, share)
    fade(usage.stays, share)
    for persona in usage.personas.values():
        persona.slots *= share
        persona.days *= share
        persona.hours = [h * share for h in persona.hours]


def _add(usage: Usage, today: Today, *, unlike: bool) -> None:
    sums, seats, weight = usage.sums, today.seats.values(), usage.weight
    computers = [seat for seat in seats if seat.form in (COMPUTER, UNNAMED)]
    machines = len({seat.machine for seat in computers})
    sums.days += weight
    if today.activities > today.sign_ons:
        sums.rich += weight
    if today.named:
        sums.named += weight
    if today.logged:
        sums.logged += weight
    sums.computers += weight * machines
    sums.sign_ons += weight * today.sign_ons
    sums.alive += weight * today.alive
    sums.worked += weight * _slots_of(seats).bit_count() / 2
    sums.pause += weight * today.pause / HOUR
    both = len(computers) > 1 and _add_turns(sums, today, computers, weight)
    if today.relay:
        sums.relays += weight
    if today.backwards:
        sums.backwards += weight * today.backwards
    _remember(usage, seats)
    usage.seen += 1
    unlike = unlike or both or machines > 1 or today.legs > 0
    usage.signs += unlike or usage.longest > LONG


def _slots_of(seats: Iterable[Seat]) -> int:
    """The half-hours in which anything was done by hand, as bits."""
    slots = 0
    for seat in seats:
        slots |= seat.slots
    return slots


def _add_turns(sums: Sums, today: Today, computers: list[Seat], weight: float) -> bool:
    """Add what two computers did by turns; whether it was a day of both."""
    both = _overlap(sums, computers, today.turns[TWINS], weight)
    if both:
        sums.copresent += weight
    for relation, turns in enumerate(today.turns):
        sums.turns[relation] += weight * turns
    sums.hops += weight * today.hops
    sums.legs += weight * today.legs
    sums.handovers += weight * today.handovers
    return both


def _overlap(sums: Sums, computers: list[Seat], twin_turns: int, weight: float) -> bool:
    """Add the half-hours in which two computers were at work; whether these make a day of both.

    Two sessions that follow each other share a half-hour too, but take no turns.
    """
    slots = [0] * RELATIONS
    for one, other in combinations(computers, 2):
        both = one.slots & other.slots
        relation = relation_of(one, other) if both else None
        if relation is not None and (relation != TWINS or twin_turns >= WHOLE):
            slots[relation] |= both
            chance = 2.0 * one.acts * other.acts / (one.acts + other.acts)
            sums.chances[relation] += weight * chance
    for relation, shared in enumerate(slots):
        sums.overlaps[relation] += weight * shared.bit_count()
    apart = slots[APART] | slots[MASKED] | slots[DESK] | slots[TWINS]
    return apart.bit_count() >= WHOLE


def _remember(usage: Usage, seats: Iterable[Seat]) -> None:
    """Add the day's half-hours to the hours of the account, and to the machines of these weeks."""
    weight, hours = usage.weight, usage.sums.hours
    whole: dict[str, tuple[Seat, int]] = {}
    for seat in seats:
        known = whole.get(seat.machine)
        whole[seat.machine] = (seat, seat.slots | (known[1] if known else 0))
        slots = seat.slots
        while slots:
            lowest = slots & -slots
            hours[(lowest.bit_length() - 1) // 2] += 0.5 * weight
            slots ^= lowest
    for name, (seat, slots) in whole.items():
        persona = _persona(usage.personas, name, seat)
        persona.slots += weight * slots.bit_count()
        persona.days += weight
        persona.version = seat.version
        for part in range(8):
            count = (slots >> (6 * part) & 63).bit_count()
            if count:
                persona.hours[part] += weight * count


def _persona(personas: dict[str, Persona], name: str, seat: Seat) -> Persona:
    persona = personas.get(name)
    if persona is None:
        if len(personas) >= MAXIMUM_PERSONAS:
            del personas[min(personas, key=lambda key: (personas[key].days, key))]
        persona = personas[name] = Persona(
            seat.form, seat.site, seat.country, seat.asn, seat.masked, six=seat.six
        )
    return persona
