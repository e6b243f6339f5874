"""What is remembered of the strangers on an account: a device in a network, and what it did."""

from msgspec import Struct, field

from detectors.core.address import are_two_families, block
from detectors.core.event import DAY, HOUR, SignIn
from detectors.core.geodesy import distance_km
from detectors.core.novelty import HOURS_IN_DAY, Novelty, handed
from detectors.core.place import NetworkKind, Place
from detectors.core.population import MASKED, Line, Newness
from detectors.core.profile import Profile
from detectors.core.program import version_of
from detectors.core.travel import device_label, is_one_operator, is_somewhere, label, network_label
from detectors.takeover.habit import hid_before

MAXIMUM_INTRUDERS = 8
LEAST = 1.0
MAXIMUM_LABEL = 60
CAP_ALONE = 5.95
"""Nats at most, so that a pattern that knows how it was done names the incident."""
LOUDER = 0.7
LATELY = 7 * DAY
LINE_BITS = 24, 64
"""Bits of an IPv4 and of an IPv6 address within which a line's addresses are."""
FAR_KM = 60.0
GRAVE = 3.5
"""Nats from which a first sign-in is no habit of its owner's."""
PASSWORD_AND_FACTOR = 3
"""What `State.reset_of` comes to when both were set anew."""
NEARBY = frozenset({Line.NEW, Line.ELSEWHERE, Line.CARRIER})
IN_THE_COUNTRY = NEARBY | {Line.SAME}
NOT_AT_HOME = MASKED | {Line.ABROAD}
OTHERS = frozenset({Newness.NEW.value, Newness.TWIN.value})
"""`Intruder.newness` of a device that is none of the account's."""


class Intruder(Struct, array_like=True):
    """A device in a network that came in as a stranger, and what was seen of it since.

    Times in ms. `worth` is what its first sign-in was worth in nats; `spoken` what was said so far
    of that, `spoken_owner` and `shared_owner` of the owner's work meanwhile, for a takeover and for
    sharing, `spoken_looks` of brief looks, `spoken_reach` of journeys. `visits` are the days it
    came on, `total` its uses, `hours` the hours it was at work in; `owner` is when the owner last
    acted beside it, 0 when not. `newness` is its device's; places in degrees, where `located`.
    `name` is its `handed`; `crossed` how often one went between it and the owner's desk abroad,
    `crossed_at` the last time. `said` is when its first sign-in was last spoken of. `far`: no place
    that the account knows is near it. `proxied` is when the owner last acted behind a company's
    proxy before it, `between` the days on which the owner was at the desk both before and after it,
    `between_at` the last of them (ms), `nights` its further visits by night. `switched`: it may be
    the owner's device that was behind a server, a VPN or a relay on a day before, and is once more.
    `hosted`: it may be the company's own desktop, on a server that many of its people come from.
    `housed`: it came through the company's own line, as whoever sits in the house or is on its VPN.
    `at_home`: it is in a country that the account, or whoever is known by the company's lines
    alone, was in on a day before.
    """

    first: int
    last: int
    line: str
    alike: bool
    handheld: bool
    mobile: bool
    worth: float = 0.0
    spoken: float = 0.0
    spoken_owner: float = 0.0
    spoken_looks: float = 0.0
    spoken_reach: float = 0.0
    turns: int = 0
    visits: int = 1
    total: int = 1
    hours: int = 1
    changed: bool = False
    tampered: bool = False
    owner: int = 0
    ip: str = ""
    anchor: bytes = b""
    device: str = ""
    network: str = ""
    place: str = ""
    version: int = 0
    newness: str = ""
    located: bool = False
    latitude: float = 0.0
    longitude: float = 0.0
    country: str = ""
    reached: int = 0
    beyond: int = 0
    name: str = ""
    crossed: int = 0
    crossed_at: int = 0
    said: int = 0
    spoken_crossed: float = 0.0
    far: bool = False
    proxied: int = 0
    between: int = 0
    between_at: int = 0
    nights: int = 0
    switched: bool = False
    hosted: bool = False
    housed: bool = False
    at_home: bool = False
    shared_owner: float = 0.0


class State(Struct, array_like=True):
    """The strangers known of, by `handed`, at most `MAXIMUM_INTRUDERS`; the last odd reset.

    `days` and `hours` count those with work of any of them, `slot` is the last such hour since
    1970; `stage` is the share taken back so far and `back` the nats; `anew` is 1 once a
    stranger came after that who is a matter of its own; `lines` is what their several
    lines were worth so far. `hidden_days` are the days on which the account's own devices were
    seen behind a server, a VPN or a relay, `hidden_at` the last of them (ms). `reset_of` is what
    the odd reset was of: 1 a password, 2 a factor.
    """

    intruders: dict[str, Intruder] = field(default_factory=dict)
    reset_ip: str = ""
    reset_at: int = 0
    days: int = 0
    hours: int = 0
    slot: int = 0
    stage: float = 0.0
    back: float = 0.0
    anew: int = 0
    lines: float = 0.0
    hidden_days: int = 0
    hidden_at: int = 0
    reset_of: int = 0


def note(state: State, event: SignIn, found: Novelty, worth: float, profile: Profile) -> Intruder:
    """Remember who came, worth so many nats; the least strange one makes room."""
    intruders = state.intruders
    name = handed(event)
    if name not in intruders and len(intruders) >= MAXIMUM_INTRUDERS:
        del intruders[
            min(intruders, key=lambda n: (intruders[n].worth >= LEAST, intruders[n].last, n))
        ]
    mobile = event.network is not None and event.network.kind is NetworkKind.MOBILE
    intruder = intruders[name] = Intruder(
        event.time,
        event.time,
        found.line.value,
        found.device in (Newness.KNOWN, Newness.UNSAID),
        found.handheld,
        mobile,
        worth,
        ip=event.ip or "",
        anchor=event.id,
        device=device_label(event.device)[:MAXIMUM_LABEL],
        network=network_label(event.network)[:MAXIMUM_LABEL],
        place=label(event.place)[:MAXIMUM_LABEL],
        version=version_of(event.user_agent),
        newness=found.device.value,
        name=name,
        far=is_far_from_all(event, profile),
    )
    hidden = intruder.alike and found.line in MASKED
    intruder.switched = hidden and hid_before(state, event.time)
    locate(intruder, event)
    if worth >= LEAST:
        _count_hour(state, event.time)
    return intruder


def count(state: State, intruder: Intruder, event: SignIn) -> bool:
    """Another use by the stranger; whether it is in another hour of work."""
    at = event.time
    another = at // HOUR != intruder.last // HOUR
    locate(intruder, event)
    intruder.total += 1
    intruder.hours += another
    intruder.visits += at // DAY != intruder.last // DAY
    intruder.last = at
    if event.ip is not None:
        intruder.ip = event.ip
    if another and (intruder.worth >= LEAST or intruder.turns):
        _count_hour(state, at)
    return another


def locate(intruder: Intruder, event: SignIn) -> None:
    """Where it is now: one line is located here and there by its addresses."""
    place = event.place
    if place is None:
        return
    intruder.country = place.country
    if not intruder.mobile and is_somewhere(event.network):
        intruder.located = True
        intruder.latitude, intruder.longitude = place.latitude, place.longitude


def _count_hour(state: State, at: int) -> None:
    slot = at // HOUR
    if slot == state.slot:
        return
    state.days += slot // HOURS_IN_DAY != state.slot // HOURS_IN_DAY
    state.hours += 1
    state.slot = slot


def is_near_home(intruder: Intruder) -> bool:
    """Whether it is on a line of a country that the account is at home in since before today."""
    return intruder.at_home and Line(intruder.line) in IN_THE_COUNTRY


def is_other_desk(intruder: Intruder) -> bool:
    """Whether it is a computer that is not the owner's, on a line that stays where it is."""
    strange = intruder.newness in OTHERS
    return strange and not intruder.alike and not intruder.handheld and not intruder.mobile


def is_far(place: Place | None, intruder: Intruder, km: float) -> bool:
    if place is None or not intruder.located:
        return False
    there = Place(intruder.country, None, None, intruder.latitude, intruder.longitude, 0.0)
    return distance_km(place, there) > km


def is_far_from_all(event: SignIn, profile: Profile) -> bool:
    """Whether every place that the account knows is far from this one."""
    at, sessions = event.time, profile.sessions.values()
    known = [k.place for k in profile.places.values() if k.place is not None and k.is_accepted(at)]
    if event.place is None or not known:
        return False
    if not any(session.ip and not are_two_families(event.ip, session.ip) for session in sessions):
        # Databases locate the IPv6 of a line elsewhere than its IPv4.
        return False
    return all(distance_km(event.place, other) > FAR_KM for other in known)


def is_home(event: SignIn, profile: Profile) -> bool:
    """Whether the line has become the account's since: the owner's own things are seen there."""
    return profile.knows_network(event.network, event.time) and profile.knows_place(
        event.place, event.time
    )


def is_beside(event: SignIn, name: str, intruder: Intruder) -> bool:
    """Whether the owner's act may be of the stranger's own line, or of one machine's other address.

    IPv4 and IPv6 of one machine may go through two networks.
    """
    if event.ip is None or not intruder.ip:
        return True
    if event.ip == intruder.ip or is_other_family(event, intruder):
        return True
    asn = event.network.asn if event.network else None
    if not name.endswith(f"@{asn}"):
        return False
    if intruder.line == Line.SAME.value:
        return block(event.ip, *LINE_BITS) == block(intruder.ip, *LINE_BITS)
    return intruder.line != Line.ELSEWHERE.value or label(event.place) == intruder.place


def is_other_family(event: SignIn, intruder: Intruder) -> bool:
    """Whether these may be IPv4 and IPv6 of one line, or of one machine like the owner's: in two
    countries, by two networks, they are of two."""
    if not are_two_families(event.ip, intruder.ip or None):
        return False
    asn = event.network.asn if event.network else None
    here = event.place.country if event.place is not None and intruder.located else ""
    if here and here != intruder.country and not intruder.name.endswith(f"@{asn}"):
        return False
    return intruder.alike or is_one_operator(network_label(event.network), intruder.network)


def is_unnamed_server(intruder: Intruder) -> bool:
    """Whether it came from a hosting provider, and the log names no devices."""
    return intruder.newness == Newness.UNSAID.value and intruder.line == Line.HOSTING.value


def may_travel(intruder: Intruder) -> bool:
    """Whether it may be the owner's own device, in another country."""
    is_like = intruder.alike or intruder.newness == Newness.UNSAID.value
    return is_like and intruder.line == Line.ABROAD.value
