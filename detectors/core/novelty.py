"""What is new about a sign-in to its account: the device, the line it comes through, the hour."""

from collections.abc import Iterable
from math import log
from typing import NamedTuple

from detectors.core.event import DAY, LOGON, REFRESH, SignIn, is_use
from detectors.core.geodesy import distance_km
from detectors.core.place import SERVERS, Device, Form, Network, NetworkKind, Place
from detectors.core.population import Line, Newness, Population
from detectors.core.profile import (
    SESSION_MEMORY,
    Known,
    Profile,
    Session,
    hour_of_week,
    network_key,
    place_key,
    session_key,
)
from detectors.core.program import version_of
from detectors.core.travel import is_handheld

NEAR_KM = 60.0
"""Addresses of one line are located up to so far apart."""
HOURS_IN_DAY = 24
FEW, ASLEEP = 5, 7 * DAY
USED = 3
"""Uses from which on an account was used among colleagues; who makes one signs on to it as well."""
FEW_USES = 40
"""Uses below which an account's hours are not known."""
SELDOM = 0.01
"""An hour with less than this share of all uses is not one of the account's."""
SHORTER = 3
"""Hours by which any other pause in the day is shorter than the night's: who signs on in the
morning and in the evening only may as well do so between."""
EVENING_HOURS, MORNING_HOURS = 6, 2
"""People are awake so long after their work and before it."""
YOUNG_ALIEN = 0.25
"""Share of youth that is taken off where none of the tenant's people are."""
GREATEST_DISCOUNT = 2.5
SETTLES = 6 * DAY
"""Honest accounts show the first of something new d days after they were first seen some
1 + (6 / d)^2 times as often as later on: in eighteen months by five authors 17 a day did from the
second to the fifth day, 11 until the tenth, and 5 after it; strangers come on any day. The square
lets it go soon: 1 + 8 / d cost takeovers of the third week.
"""
_NO_PLACES = {
    NetworkKind.HOSTING: Line.HOSTING,
    NetworkKind.VPN: Line.VPN,
    NetworkKind.TOR: Line.TOR,
    NetworkKind.RELAY: Line.RELAY,
}


class Novelty(NamedTuple):
    """How new the device and the line of a sign-in are; `handheld`: a phone or a tablet."""

    device: Newness
    line: Line
    handheld: bool

    @property
    def is_strange(self) -> bool:
        """Whether neither the device nor the line is the account's."""
        return self.line not in (Line.SAME, Line.UNSAID) and self.device is not Newness.KNOWN


def is_start(event: SignIn, profile: Profile) -> bool:
    """Whether the account begins to be used here: a sign-on, or a session that appears, be it by
    its first renewal where a log tells no sign-ons of the account. What renews itself without a
    name goes on."""
    if not is_use(event):
        return False
    if event.activity is LOGON:
        return True
    session = profile.sessions.get(session_key(event))
    if event.activity is REFRESH:
        tells = any(other.signed_on is not None for other in profile.sessions.values())
        return event.session is not None and session is None and not tells
    return session is None or session.closed is not None


def is_unheard_of(event: SignIn, profile: Profile) -> bool:
    """Whether neither this device nor this network was ever seen; not where either is not told."""
    device, key = event.device, None if event.network is None else network_key(event.network)
    if device is None or key is None:
        return False
    return device.fingerprint not in profile.devices and key not in profile.networks


def novelty(event: SignIn, profile: Profile) -> Novelty | None:
    """What is new about a sign-in; None while too little is known to call anything new."""
    at = event.time
    if profile.knows_device(event.device, at) and _is_at_home(event, profile):
        return Novelty(Newness.KNOWN, Line.SAME, is_handheld(event.device))
    if profile.is_young(at) and not _is_asleep(profile, at):
        return None
    line = line_of(event.network, event.place, profile, at)
    return Novelty(_newness(event, profile), line, is_handheld(event.device))


def novelty_among(event: SignIn, profile: Profile, population: Population) -> Novelty | None:
    """What is new about a sign-in to an account of which too little is known, as its tenant's other
    people tell: it was used where they are in these days, and now is from where none of them are,
    or from a server that none of them have."""
    if not profile.is_young(event.time) or profile.uses < USED:
        return None
    line = _line_among(event, population)
    if line is None or not _was_among(event, profile, population):
        return None
    return Novelty(_newness_of_young(event, profile), line, is_handheld(event.device))


def _was_among(event: SignIn, profile: Profile, population: Population) -> bool:
    """Whether another session of these days was on a fixed line where the tenant's people are."""
    name = session_key(event)
    return any(
        session.place is not None
        and session.network is not None
        and session.network.kind is NetworkKind.FIXED
        and event.time - session.last <= SESSION_MEMORY
        and not population.is_foreign(session.place.country)
        for key, session in profile.sessions.items()
        if key != name
    )


def _newness_of_young(event: SignIn, profile: Profile) -> Newness:
    """The same of a device where none is trusted yet: whether it was seen at all."""
    device = event.device
    if device is None:
        return Newness.UNSAID
    known = profile.devices.get(device.fingerprint)
    if known is None or known.stranger:
        return Newness.NEW
    return Newness.TWIN if _is_older(event, device, profile) else Newness.KNOWN


def _line_among(event: SignIn, population: Population) -> Line | None:
    network = event.network
    if population.is_alien(network, event.place):
        return Line.ABROAD
    if network is None or network.asn is None or not population.is_well_known:
        return None
    is_theirs = population.has_network(network.asn) or population.is_common(event.ip)
    return None if is_theirs or network.kind not in SERVERS else _NO_PLACES[network.kind]


def _is_asleep(profile: Profile, at: int) -> bool:
    """Whether what little is known is old: an account used for a day or two, and then not."""
    return profile.uses >= FEW and at - profile.last_use >= ASLEEP


def _is_at_home(event: SignIn, profile: Profile) -> bool:
    if not profile.knows_network(event.network, event.time):
        return False
    return event.place is None or profile.knows_place(event.place, event.time)


def _newness(event: SignIn, profile: Profile) -> Newness:
    device = event.device
    if device is None:
        return Newness.UNSAID
    known = profile.devices.get(device.fingerprint)
    if known is None or not known.is_accepted(event.time):
        return Newness.NEW
    return Newness.TWIN if _is_older(event, device, profile) else Newness.KNOWN


def _is_older(event: SignIn, device: Device, profile: Profile) -> bool:
    """Whether every session of a device like this ran a newer program: none is ever set back."""
    version = version_of(event.user_agent)
    versions = [
        session.version
        for session in profile.sessions.values()
        if session.version
        and session.device is not None
        and session.device.fingerprint == device.fingerprint
    ]
    return bool(version and versions) and version < min(versions)


def line_of(network: Network | None, place: Place | None, profile: Profile, at: int) -> Line:
    """How well the account knows this network at event time `at`, and what sort it is."""
    key = None if network is None else network_key(network)
    if network is None or key is None:
        return Line.UNSAID
    known = profile.networks.get(key)
    if known is not None and known.is_accepted(at):
        return _line_of_provider(network, place, profile, at)
    if network.kind in _NO_PLACES:
        return _NO_PLACES[network.kind]
    if place is None:
        return Line.NEW
    countries = home_countries(profile, at)
    if countries and place.country not in countries:
        return Line.ABROAD
    return Line.CARRIER if network.kind is NetworkKind.MOBILE else Line.NEW


def _line_of_provider(network: Network, place: Place | None, profile: Profile, at: int) -> Line:
    if place is None or network.kind in _NO_PLACES or network.kind is NetworkKind.MOBILE:
        return Line.SAME
    if _is_near(network, place, profile, at):
        return Line.SAME
    return Line.ELSEWHERE if place.country in home_countries(profile, at) else Line.ABROAD


def _is_near(network: Network, place: Place, profile: Profile, at: int) -> bool:
    """Whether this provider serves the account here: by its sessions, else by its places."""
    exactly = profile.places.get(place_key(place))
    seen = [
        session.place
        for session in profile.sessions.values()
        if session.place is not None
        and session.network is not None
        and session.network.asn == network.asn
        and profile.knows_device(session.device, at)
    ]
    if not seen:
        if exactly is not None and exactly.is_accepted(at):
            return True
        seen = [
            known.place
            for known in profile.places.values()
            if known.place is not None and known.is_accepted(at)
        ]
    return any(distance_km(other, place) <= NEAR_KM for other in seen)


def home_countries(profile: Profile, at: int) -> set[str]:
    """The countries that the account was in good order in, by event time `at`.

    None for an account that is only ever seen behind a company's proxy or a VPN.
    """
    return {
        known.place.country
        for known in profile.places.values()
        if known.place is not None and known.is_accepted(at)
    }


def discount(found: Novelty, profile: Profile, at: int) -> float:
    """Nats to take off for an account that shows something new again and again.

    The account's own rate of new devices, countries or networks, as far as it exceeds what is
    usual. Its own past counts only where it is trusted: a stranger does not raise the rate.
    """
    days = profile.days + 10
    off = 0.0
    if found.device in (Newness.NEW, Newness.TWIN):
        off += _excess(_trusted(profile.devices.values(), at) - 3, days, 30)
    if found.line is Line.ABROAD:
        off += _excess(len(home_countries(profile, at)) - 2, days, 30)
    elif found.line is not Line.SAME:
        off += _excess(_trusted(profile.networks.values(), at) - 5, days, 15)
    return min(GREATEST_DISCOUNT, off)


def youth(at: int, profile: Profile, *, alien: bool = False) -> float:
    """Nats to take off of something new while little of what the account does has been seen: by the
    days since its first event, or twice those it was used on, if fewer. A quarter of it for what is
    `alien`: of a colleague's first days much is new, and little is where no colleague is."""
    age = min(at - profile.first_seen, 2 * DAY * profile.days)
    return log(1 + (SETTLES / max(DAY, age)) ** 2) * (YOUNG_ALIEN if alien else 1.0)


def _trusted(kept: Iterable[Known], at: int) -> int:
    return sum(1 for known in kept if known.is_trusted(at))


def _excess(extra: int, days: int, usual: int) -> float:
    return log(max(1.0, max(0, extra) / days * usual))


class Apart(NamedTuple):
    """How many hours a time is after and before the hours that an account is used at, 0 to 23.

    `rest`: no other pause of the account's day is nearly as long as the one that the time is in.
    """

    after: int
    before: int
    rest: bool = True

    @property
    def away(self) -> int:
        """The hours to the nearest of them."""
        return min(self.after, self.before)

    @property
    def is_night(self) -> bool:
        """Whether whoever keeps these hours is asleep then, in whatever time zone."""
        return self.rest and self.after > EVENING_HOURS and self.before >= MORNING_HOURS


def hours_apart(time: int, profile: Profile) -> Apart:
    """How far `time` is from the hours of the day that the account is used at.

    Whatever the day of the week; 0 where too little is known.
    """
    if profile.uses < FEW_USES or not profile.hours:
        return Apart(0, 0)
    by_hour = [sum(profile.hours[hour::HOURS_IN_DAY]) for hour in range(HOURS_IN_DAY)]
    least = max(1.0, SELDOM * sum(by_hour))
    used = [hour for hour, count in enumerate(by_hour) if count > least]
    hour = hour_of_week(time) % HOURS_IN_DAY
    after = min(((hour - u) % HOURS_IN_DAY for u in used), default=0)
    before = min(((u - hour) % HOURS_IN_DAY for u in used), default=0)
    return Apart(after, before, _is_longest(after + before, used))


def _is_longest(pause: int, used: list[int]) -> bool:
    """Whether the account's day has one pause of so many hours, and all others are shorter."""
    ends = zip(used, [*used[1:], *(hour + HOURS_IN_DAY for hour in used[:1])], strict=True)
    return sum(end - start > pause - SHORTER for start, end in ends) <= 1


def handed(end: SignIn | Session) -> str:
    """Who holds the account at this end, as far as it shows: a device in a network."""
    device = end.device.fingerprint if end.device else ""
    network = end.network.asn if end.network else None
    return f"{device}@{network}"


def is_desk(device: Device | None) -> bool:
    """Whether this is a computer that somebody sits at."""
    return device is not None and device.form is Form.DESKTOP
