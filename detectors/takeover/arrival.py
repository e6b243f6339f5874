"""How much a first sign-in is like a stranger's: what is new, the hour, what came before."""

from collections.abc import Sequence
from math import log

from detectors.core.address import block
from detectors.core.context import AccountKind, Context
from detectors.core.event import DAY, HOUR, MINUTE, Activity, FailureReason, SignIn
from detectors.core.identity import Subject
from detectors.core.novelty import (
    FEW_USES,
    SELDOM,
    Novelty,
    discount,
    home_countries,
    hours_apart,
    youth,
)
from detectors.core.place import Form, Network, NetworkKind
from detectors.core.population import MASKED, Line, Newness, Population
from detectors.core.presence import hides_itself, is_missed
from detectors.core.profile import Failure, Profile
from detectors.core.travel import is_handheld, is_somewhere
from detectors.takeover.habit import HABIT_DAYS, hid_before
from detectors.takeover.stranger import (
    LINE_BITS,
    NEARBY,
    PASSWORD_AND_FACTOR,
    State,
    may_travel,
)
from detectors.takeover.telling import failures_from

EVENING = 3
AT_NIGHT, AT_NIGHT_ALIKE, IN_THE_EVENING = 2.2, 1.4, 0.6
"""Nats for a first sign-in so many hours from those that the account is used at."""
AT_NIGHT_FIXED = 2.2
"""The same for the owner's sort of computer on another fixed line of a usual country."""
ANOTHER_ADDRESS = 1.2
"""Nats more for a new computer through a known provider, at an address that is none of the
account's: the provider serves the whole town."""
HIDES_ITSELF, HIDES_OFTEN = 1.5, 3.0
"""Nats less where the owner's own device is seen behind such networks, be it on one day before;
and for the owner's own sort from a server where it often is: a VPN has exits that no list knows."""
JOURNEYS, JOURNEYS_CAP, JOURNEY_BEFORE = 0.8, 1.6, 5 * DAY
"""Nats less for each journey abroad so long before, and at most."""
COLLEAGUES = 3.0
"""Nats less at an address that many of the tenant's people sign on from: an office, its VPN, or the
company's own desktops on a server."""
OF_THE_HOUSE = 6.0
"""The same where that is a line of the company's own, and no server that anybody may rent: whoever
comes through it sits in the house, or is on its VPN."""
OF_THE_COMPANY, COMMON_NETWORK = 2.0, 0.05
"""Nats less for a computer on a server that several of the tenant's people come from, of a provider
with such a share of its sign-ons: the company's own desktops are there."""
COLLEAGUES_TODAY = 4.0
"""The same at a server or a VPN that several others of the tenant have come to these days, and
hardly anybody in vain: a company moves its desktops or its way out behind it on a morning."""
MISSED = 2.9
"""Nats less for another computer abroad while the owner's own is not on, hours into a day on which
it nearly always is: who left on a journey is not at the desk. Most of the honest who came so in the
hours of their work were missed, and of forty-eight accounts that strangers came into two.
"""
_CROWDED = (Line.HOSTING, Line.VPN)
APPLES_BROWSER, APPLES_SYSTEMS = "Safari", frozenset({"iOS", "iPadOS", "Mac OS X"})
RELAY_OPERATORS = ("akamai", "cloudflare", "fastly")
FOR_RENT = 63949
"""The network of Akamai's servers for rent, once Linode's. Databases put exits of the relay into it
as well: a sign-in there is worth as little as by the relay, and a computer that comes is watched as
one on a server. A phone at work beside its owner's computer tells nothing either way."""
NO_FACTOR = 2.7
"""Nats at most for no second factor where the account has always given one: so often, n, that
the next sign-on without has a chance of 1 / (n + 2), and a stranger's of a half."""
FACTOR = -0.3
ALWAYS = 5
"""Sign-ons with a second factor, and none without, that make it the rule."""
FAILED = {0: 0.0, 1: 0.0, 2: 0.5, 3: 1.5}
FAILED_OFTEN = 2.9
"""Nats for failures from the same address within a day."""
MISTYPED = 0.5
"""Share of it for a device like the owner's in another country: travellers mistype as well."""
FORGOTTEN_AFTER, FORGOTTEN = 7 * DAY, 0.5
"""Whoever was away for so long may well have forgotten the password: nats at most."""
GUESSED, AMONG_GUESSES = 10, 1.2
"""Wrong passwords within a day, from anywhere, that are an attack's, and nats for that much:
what a success among guesses is worth is brute_force's to say."""
SIEGE, AFTER_SIEGE = 100, 2.8
"""So many, on lines that no session of the account is on, are a siege of this account, and one of
them may have been right: nats."""
TRIED_BEFORE, TRIED = 6 * HOUR, 1.8
"""Nats for an attempt that failed so shortly before from yet another line that no session was on:
a list is tried from one address, and what fits is used from another."""
JUST_BEFORE, GUESSED_RIGHT, GUESSED_ALIKE = 10 * MINUTE, 5.2, 3.2
"""Nats for a first sign-in on a line of none of the account's so shortly after the last of
`GUESSED` wrong passwords from such lines: that is what guessing ends with, and a reviewer looks.
The other is for the owner's sort of device, on no line that the wrong ones came from."""
SECOND = frozenset({FailureReason.MFA_DENIED, FailureReason.MFA_TIMEOUT})
RESET_BEFORE, RESET_HIDDEN = 2.0, 3.2
"""Nats for a password set anew from the same address within the hour before; behind a server or
a VPN, where nobody happens to be when a password is forgotten."""
RESET_ALL = 4.2
"""The same for password and factor both: whoever lost a phone still knows the password."""
PROGRAM = 2.5
"""Nats more for a script where people only ever used browsers."""


def worth_of(
    event: SignIn,
    subject: Subject,
    state: State,
    profile: Profile,
    context: Context,
    found: Novelty,
) -> float:
    """What a first sign-in of this device in this network is worth, in nats."""
    population = context.population(subject.tenant)
    if _is_program(event, subject, found, context):
        return 0.0
    line = Line.NEW if is_among_colleagues(event, found, population) else found.line
    worth = population.surprise(found.device, line, handheld=found.handheld)
    worth -= discount(found, profile, event.time)
    is_alien = found.line is Line.ABROAD and population.is_alien(event.network, event.place)
    worth -= youth(event.time, profile, alien=is_alien)
    worth -= _colleagues(event, found, profile, population)
    worth -= COLLEAGUES_TODAY * (
        found.line in _CROWDED and context.is_crowded(subject, event.network, event.ip, event.time)
    )
    worth -= MISSED * _may_be_away(event, found, profile)
    if found.line in MASKED:
        worth -= _hiding(found, state, profile, event.time, population)
    if (found.line is Line.ABROAD and not found.is_strange) or found.device is Newness.UNSAID:
        worth -= _journeys(state, event.time)
    worth += PROGRAM * _is_first_program(event, profile)
    if found.line is Line.SAME:
        worth += ANOTHER_ADDRESS * is_another_address(event, profile)
        worth += _hour(event, profile, found) * is_another_address(event, profile)
    elif found.line in (Line.NEW, Line.ELSEWHERE) and found.device is Newness.KNOWN:
        worth += _hour(event, profile, found)
    if found.is_strange or found.line in MASKED or found.line is Line.ABROAD:
        worth += _hour(event, profile, found) + _factor(event, profile, found)
        # Whoever fails and then sets the password anew has forgotten it, or is one stranger.
        worth += max(
            _failed(event, profile, found),
            _reset(event, state, profile, found),
            _guessed_right(event, profile, found),
        )
    else:
        worth += max(_reset(event, state, profile, found), _guessed_right(event, profile, found))
    return max(0.0, worth)


def _colleagues(event: SignIn, found: Novelty, profile: Profile, population: Population) -> float:
    """What to take off for an address that the tenant's people come from."""
    hosted = found.line is Line.HOSTING
    if is_in_the_house(event, profile, population):
        return OF_THE_HOUSE
    if population.is_seat(event.ip) or (hosted and population.is_crowded(event.ip)):
        return COLLEAGUES
    if not hosted or not population.is_common(event.ip):
        return 0.0
    asn = "" if event.network is None else str(event.network.asn)
    return OF_THE_COMPANY if population.networks.get(asn, 0.0) >= COMMON_NETWORK else 0.0


def is_among_colleagues(event: SignIn, found: Novelty, population: Population) -> bool:
    """Whether this comes from a country that is none of the account's, and a good part of the
    tenant's people are in: its own people go there, strangers come from anywhere."""
    if found.line is not Line.ABROAD or event.place is None:
        return False
    return population.is_peopled(event.place.country)


def is_in_the_house(event: SignIn, profile: Profile, population: Population) -> bool:
    """Whether who comes through the company's own line is no stranger who has got into it: by day,
    by the account's own hours or else the tenant's, and without a failure there before. No server,
    VPN, relay or carrier is anybody's own."""
    network = event.network
    if not population.is_gateway(event.ip) or failures_from(event, profile):
        return False
    if not is_somewhere(network) or (network and network.kind is NetworkKind.MOBILE):
        return False
    if profile.uses < FEW_USES:
        return population.hours[event.time % DAY // HOUR] >= SELDOM
    return not hours_apart(event.time, profile).is_night


def is_at_home(event: SignIn, found: Novelty, seen: Novelty, profile: Profile) -> bool:
    """Whether this is in a country that the account was in on a day before, and not one that a copy
    of its browser has just opened; or one of the colleagues of whoever is known by the company's
    lines alone, as `found` has it and `seen` not."""
    if event.place is None or (seen.line is Line.ABROAD and found.line is not Line.ABROAD):
        return True
    return any(
        known.place.country == event.place.country and event.time - known.first >= DAY
        for known in profile.places.values()
        if known.place is not None and known.is_accepted(event.time)
    )


def relayed(found: Novelty, event: SignIn) -> Novelty:
    """Where Apple's own browser comes from a company that runs the private relay of its systems,
    beside servers for rent: it is that relay, whatever list the exit is on."""
    device, network = event.device, event.network
    if device is None or network is None or found.line is not Line.HOSTING:
        return found
    name = (network.organisation or "").casefold()
    is_apples = device.family == APPLES_BROWSER and device.os in APPLES_SYSTEMS
    is_relay = is_apples and name.startswith(RELAY_OPERATORS)
    return found._replace(line=Line.RELAY) if is_relay else found


def is_for_rent(network: Network | None) -> bool:
    """Whether anybody may rent a server in this network, though a relay has its exits there."""
    return network is not None and network.asn == FOR_RENT


def _may_be_away(event: SignIn, found: Novelty, profile: Profile) -> bool:
    """Whether the owner may be the one who comes, on a journey with a new computer: no one else is
    at work. Nobody travels to a server or a VPN."""
    if found.handheld or found.device is Newness.KNOWN or found.line is not Line.ABROAD:
        return False
    return is_missed(profile, event.time)


def _reset(event: SignIn, state: State, profile: Profile, found: Novelty) -> float:
    """What a password set anew from this address just before says."""
    if event.ip is None or event.ip != state.reset_ip or event.time - state.reset_at > HOUR:
        return 0.0
    if state.reset_of == PASSWORD_AND_FACTOR:
        return RESET_ALL
    if event.time - profile.last_use >= FORGOTTEN_AFTER and found.line in NEARBY:
        return FORGOTTEN
    return RESET_HIDDEN if found.line in MASKED else RESET_BEFORE


def of_the_tenant(
    found: Novelty, event: SignIn, profile: Profile, population: Population
) -> Novelty:
    """Where an account is always behind a proxy, its countries are those of its colleagues; so
    they are where it is known by the company's own lines alone, which may come out in another. A
    carrier of the colleagues is of their country, wherever its addresses are located."""
    place = event.place
    if place is None or not population.countries:
        return found
    if found.line is Line.ABROAD and population.is_misplaced(event.network, place):
        return found._replace(line=Line.CARRIER)
    if found.line is Line.ABROAD and population.is_peopled(place.country):
        by_the_house = all(population.is_gateway(s.ip) for s in profile.sessions.values())
        return found._replace(line=Line.NEW) if by_the_house else found
    if found.line is not Line.NEW:
        return found
    if home_countries(profile, event.time):
        return found
    return found._replace(line=Line.ABROAD) if population.is_foreign(place.country) else found


def _hiding(
    found: Novelty, state: State, profile: Profile, at: int, population: Population
) -> float:
    """What to take off for an account whose own devices are seen behind servers and VPNs."""
    alike = found.device not in (Newness.NEW, Newness.TWIN)
    if alike and found.line is Line.HOSTING and state.hidden_days >= HABIT_DAYS:
        return HIDES_OFTEN
    before = alike and hid_before(state, at)
    return HIDES_ITSELF if before or hides_itself(profile, at, population) else 0.0


def _journeys(state: State, at: int) -> float:
    """What to take off for journeys abroad before, that came to nothing."""
    before = sum(
        may_travel(one) and not one.tampered and at - one.last >= JOURNEY_BEFORE
        for one in state.intruders.values()
    )
    return min(JOURNEYS_CAP, JOURNEYS * before)


def is_another_address(event: SignIn, profile: Profile) -> bool:
    """Whether no session that is remembered was at this address, or near it."""
    return _is_no_line_of(event.ip, profile)


def _is_program(event: SignIn, subject: Subject, found: Novelty, context: Context) -> bool:
    """Whether a known program changed its server, as the accounts of services do."""
    if context.kind(subject, event.time) is AccountKind.SERVICE and found.device is not Newness.NEW:
        return True
    device = event.device
    if device is None or device.form is not Form.SCRIPT or is_handheld(device):
        return False
    return found.device is not Newness.NEW


def _is_first_program(event: SignIn, profile: Profile) -> bool:
    """Whether a script signs on to an account that was used from no script before, at an address
    that is none of the account's."""
    device = event.device
    if device is None or device.form is not Form.SCRIPT or is_handheld(device):
        return False
    if not is_another_address(event, profile):
        return False
    named = [session.device for session in profile.sessions.values() if session.device]
    return bool(named) and all(
        other.form is not Form.SCRIPT or is_handheld(other) for other in named
    )


def _hour(event: SignIn, profile: Profile, found: Novelty) -> float:
    """What the hour says: little of what travels with its owner through time zones."""
    apart = hours_apart(event.time, profile)
    travels = found.handheld or found.device is Newness.KNOWN
    if apart.is_night and not travels:
        return AT_NIGHT
    if apart.is_night and found.line in (Line.NEW, Line.ELSEWHERE) and not found.handheld:
        return AT_NIGHT_FIXED
    if apart.is_night and found.line in (Line.HOSTING, Line.VPN) and not found.handheld:
        return AT_NIGHT_ALIKE
    return IN_THE_EVENING if apart.away >= EVENING else 0.0


def _factor(event: SignIn, profile: Profile, found: Novelty) -> float:
    """What the second factor says: missing where it is the rule, or given."""
    if event.mfa:
        return 0.0 if found.line in MASKED or found.line is Line.ABROAD else FACTOR
    if event.mfa is None or event.activity is not Activity.LOGON:
        return 0.0
    said = [s.mfa for s in profile.sessions.values() if s.signed_on is not None]
    given = sum(1 for mfa in said if mfa)
    if given < ALWAYS or given < len(said):
        return 0.0
    return min(NO_FACTOR, log((given + 2) / 2))


def _failed(event: SignIn, profile: Profile, found: Novelty) -> float:
    """What failures before say: from the same address, or an attack's worth from anywhere."""
    wrong = [f for f in profile.failures_since(event.time - DAY) if f.reason not in SECOND]
    told = FAILED.get(failures_from(event, profile), FAILED_OFTEN)
    if found.device is Newness.KNOWN and found.line is Line.ABROAD:
        told *= MISTYPED
    if event.time - profile.last_use >= FORGOTTEN_AFTER:
        told = min(told, FORGOTTEN)
        wrong = [f for f in wrong if f.ip != event.ip]
    if len(wrong) >= GUESSED:
        told = max(told, AMONG_GUESSES)
    if len(wrong) >= SIEGE and sum(_is_no_line_of(f.ip, profile) for f in wrong) >= SIEGE:
        told = max(told, AFTER_SIEGE)
    return max(told, TRIED) if _was_tried(event, profile, found, wrong) else told


def _guessed_right(event: SignIn, profile: Profile, found: Novelty) -> float:
    """What it says that somebody guessed at the password elsewhere until just before this."""
    if found.line in (Line.SAME, Line.CARRIER) or not is_another_address(event, profile):
        return 0.0
    is_alike = found.device is Newness.KNOWN
    wrong = [
        failure
        for failure in profile.failures_since(event.time - DAY)
        if failure.reason is FailureReason.BAD_PASSWORD
        and _is_no_line_of(failure.ip, profile)
        # Whoever mistypes on the way, or whose mail has the old password, does so on this line.
        and not (is_alike and _are_on_one_line(failure.ip, event.ip))
    ]
    if len(wrong) < GUESSED or event.time - wrong[-1].time > JUST_BEFORE:
        return 0.0
    return GUESSED_ALIKE if is_alike else GUESSED_RIGHT


def _are_on_one_line(ip: str | None, other: str | None) -> bool:
    """Whether two addresses may be one line's; not where either is not known."""
    return bool(ip and other) and block(ip or "", *LINE_BITS) == block(other or "", *LINE_BITS)


def _was_tried(event: SignIn, profile: Profile, found: Novelty, wrong: Sequence[Failure]) -> bool:
    """Whether somebody tried the account elsewhere just before a stranger, no phone, got in."""
    since = event.time - TRIED_BEFORE
    if found.line is Line.CARRIER or found.handheld or not any(f.time > since for f in wrong):
        return False
    return any(_is_elsewhere(f, event, profile) for f in wrong if f.time > since)


def _is_elsewhere(failure: Failure, event: SignIn, profile: Profile) -> bool:
    """Whether somebody failed on a line that neither a session nor this sign-in is on."""
    if failure.ip is None or event.ip is None:
        return False
    return not _are_on_one_line(failure.ip, event.ip) and _is_no_line_of(failure.ip, profile)


def _is_no_line_of(ip: str | None, profile: Profile) -> bool:
    """Whether no session that is remembered was on this line."""
    if ip is None:
        return False
    there = block(ip, *LINE_BITS)
    lines = (session.ip for session in profile.sessions.values())
    return all(other is None or block(other, *LINE_BITS) != there for other in lines)
