"""Where the owner of an account is, as far as its log shows: at the usual desk, and when last."""

from detectors.core.event import DAY, HOUR, Activity, Outcome, SignIn
from detectors.core.novelty import HOURS_IN_DAY, SELDOM, handed, is_desk
from detectors.core.place import NetworkKind, Place
from detectors.core.population import Population
from detectors.core.profile import (
    HOURS_IN_WEEK,
    Profile,
    Session,
    hour_of_week,
    is_by_hand,
    session_key,
)
from detectors.core.travel import is_somewhere

WORKING_DAY = 16 * HOUR
"""An owner's session signed on longer ago may be a page left open."""
SITTING = 6
"""Gestures in one session, of a log that names no devices, from which somebody sits there."""
REGULAR, LEAST_DAYS = 0.7, 5
"""Share of the working days so far that an account is used on, of which it is expected on the next
one; and the days it was used on before anything is expected of it."""
NIGHT, BY_NOW = 8, 2
"""Hours of the longest pause of an account's day, at least, and after which its day begins; and
hours after that, from which on it is missed."""
WORKING_WEEK, SHIFT = 5, 8
"""Days of it, and hours that a day lasts for at least where only its beginning is seen."""
_ELSEWHERE = (NetworkKind.MOBILE, NetworkKind.TOR)


def is_missed(profile: Profile, at: int) -> bool:
    """Whether an account that is used on nearly every working day is not, on one at event time `at`
    (ms), by any computer that it knows, though its day began hours ago: the owner is elsewhere."""
    week, number = HOURS_IN_WEEK // HOURS_IN_DAY, hour_of_week(at) // HOURS_IN_DAY
    elapsed = (at - profile.first_seen) / DAY
    if profile.days < max(LEAST_DAYS, REGULAR * elapsed * WORKING_WEEK / week):
        return False
    today = profile.hours[number * HOURS_IN_DAY : (number + 1) * HOURS_IN_DAY]
    if not (any(today) or (elapsed < week and number < WORKING_WEEK)):
        return False
    begun = hours_since_start(profile, at)
    if begun is None or begun < BY_NOW:
        return False
    return all(
        at - session.last > (begun + 1) * HOUR
        for session in profile.sessions.values()
        if session.device is None
        or (is_desk(session.device) and profile.knows_device(session.device, at))
    )


def hours_since_start(profile: Profile, at: int) -> int | None:
    """The hours since an account's day begins, after the longest pause that it has by hours of the
    day; None in that pause, or where there is none to speak of."""
    least = SELDOM * sum(profile.hours)
    used = [h for h in range(HOURS_IN_DAY) if sum(profile.hours[h::HOURS_IN_DAY]) > least]
    if not used:
        return None
    pauses = zip([used[-1] - HOURS_IN_DAY, *used[:-1]], used, strict=True)
    pause, start = max((after - before, after) for before, after in pauses)
    since = (hour_of_week(at) % HOURS_IN_DAY - start) % HOURS_IN_DAY
    return since if pause > NIGHT and since <= max(HOURS_IN_DAY - pause, SHIFT) else None


def is_owners(end: SignIn | Session, profile: Profile, at: int) -> bool:
    """Whether this end is the account's known computer on a known line that is no mobile one."""
    return (
        is_desk(end.device)
        and profile.knows_device(end.device, at)
        and profile.knows_network(end.network, at)
        and (end.network is None or end.network.kind not in _ELSEWHERE)
    )


def is_usual(session: Session, profile: Profile, at: int) -> bool:
    """Whether this session is at the usual desk, or may be where the log names no device."""
    network = session.network
    if not is_somewhere(network):
        return False
    if session.device is not None:
        return is_owners(session, profile, at)
    return (
        network is not None
        and network.kind is not NetworkKind.MOBILE
        and profile.knows_network(network, at)
    )


def signed_on_today(session: Session, at: int) -> bool:
    """Whether somebody sat down there today: a page left open over night works by itself."""
    return session.signed_on is None or at - session.signed_on <= WORKING_DAY


def is_on_one_line(one: Session, other: Session) -> bool:
    """Whether two sessions go through one provider, as all of an office do."""
    first, second = one.network, other.network
    return first is not None and second is not None and first.asn == second.asn


def signed_off_at_desk(event: SignIn, profile: Profile) -> bool:
    """Whether somebody signs off at the usual desk who sat down there today, and alone.

    No page left open does: it renews itself, or falls silent and is closed long after. Where
    several sessions went on there meanwhile, it is one of several people who goes home.
    """
    session = profile.sessions.get(session_key(event))
    if event.activity is not Activity.LOGOFF or session is None or session.closed is not None:
        return False
    return (
        event.outcome is Outcome.SUCCESS
        and event.time - session.last <= HOUR
        and signed_on_today(session, event.time)
        and is_owners(session, profile, event.time)
        and not any(
            other is not session
            and max(other.start, session.start) <= min(other.last, session.last)
            and is_on_one_line(other, session)
            and is_owners(other, profile, event.time)
            for other in profile.sessions.values()
        )
    )


def is_desk_on(event: SignIn, profile: Profile) -> Session | None:
    """The session at the usual desk that this goes on with, by hand or by itself, within an hour
    and signed on to today; None for anything else."""
    at, session = event.time, profile.sessions.get(session_key(event))
    if session is None or session.closed is not None or at - session.last > HOUR:
        return None
    on = signed_on_today(session, at) and session.ip == event.ip and is_owners(event, profile, at)
    return session if on and is_somewhere(event.network) else None


def is_owner_at_work(event: SignIn, profile: Profile) -> bool:
    """Whether this is the owner's own gesture at the usual desk, and no page left open."""
    session = profile.sessions.get(session_key(event))
    if event.activity is not Activity.LOGON and not (
        session is None or signed_on_today(session, event.time)
    ):
        return False
    at = event.time
    return is_by_hand(session, event) and (
        is_owners(event, profile, at) or _is_sitting(session, event, profile)
    )


def _is_sitting(session: Session | None, event: SignIn, profile: Profile) -> bool:
    """Whether somebody has worked for a while on the account's fixed line, where the log names no
    device: a telephone, whose operator may have fixed lines as well, looks in."""
    network, at = event.network, event.time
    if event.device is not None or profile.devices or network is None:
        return False
    if session is None or session.hands < SITTING:
        return False
    known = profile.knows_network(network, at) and profile.knows_place(event.place, at)
    return network.kind is NetworkKind.FIXED and known


def last_at_desk(event: SignIn, profile: Profile, *, proxied: bool) -> int:
    """When the owner last acted at the usual desk before this event of somebody else's, in ms.

    0 when never, by what sessions remember. `proxied`: behind a company's proxy counts as well.
    """
    at, name = event.time, handed(event)
    return max(
        (
            session.hand
            for session in profile.sessions.values()
            if handed(session) != name
            and (proxied or is_somewhere(session.network))
            and signed_on_today(session, at)
            and is_owners(session, profile, at)
        ),
        default=0,
    )


def desk_of(profile: Profile, at: int) -> Place | None:
    """Where the owner's last gesture of today at the usual desk was, by event time `at` (ms)."""
    usual = [
        session
        for session in profile.sessions.values()
        if session.hand
        and is_somewhere(session.network)
        and signed_on_today(session, at)
        and is_owners(session, profile, at)
    ]
    last = max(usual, key=lambda session: (session.hand, session.last_event), default=None)
    return None if last is None else last.place


def hides_itself(profile: Profile, at: int, population: Population) -> bool:
    """Whether a known device of the account is seen behind a hosting provider or a VPN, at
    an address that is not one of the company's."""
    return any(
        session.network is not None
        and session.network.kind in (NetworkKind.HOSTING, NetworkKind.VPN)
        and profile.knows_device(session.device, at)
        and not population.is_seat(session.ip)
        and profile.knows_network(session.network, at)
        for session in profile.sessions.values()
    )
