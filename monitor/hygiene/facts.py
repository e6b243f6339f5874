"""What is to be said of an account's hygiene, from what the directory and the logs tell of it."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Final, TypeAlias

from msgspec import Struct

from detectors.core.context import AccountKind
from detectors.core.event import DAY
from detectors.core.listing import Listing
from monitor.directory.account import Account, Mfa, State
from monitor.hygiene.methods import Strength, strongest
from monitor.hygiene.names import generic
from monitor.hygiene.programs import Program
from monitor.hygiene.sighting import NEVER, Sighting
from monitor.hygiene.versions import Verdict, Versions

GRACE: Final = DAY
"""How long (ms) after the end of an account a use is none yet, as the detector has it."""
RECENT: Final = 30 * DAY
"""How long (ms) a program that was seen counts."""
_MOST_NAMED: Final = 3
_NOT_A_PERSONS: Final = (AccountKind.SERVICE, AccountKind.KIOSK, AccountKind.BREAK_GLASS)


class Fact(StrEnum):
    """What may be said of an account. Its place in this list is its bit where facts are kept: new
    ones go last."""

    DORMANT = "dormant"
    GENERIC_NAME = "generic_name"
    PRIVILEGED_WITHOUT_STRONG_FACTOR = "privileged_without_strong_factor"
    NO_MFA = "no_mfa"
    OUTDATED_BROWSER = "outdated_browser"
    OUTDATED_SYSTEM = "outdated_system"
    STALE_SESSION = "stale_session"
    OFFBOARDED_ACTIVE = "offboarded_active"
    UNKNOWN_TO_DIRECTORY = "unknown_to_directory"
    WEAK_FACTOR = "weak_factor"
    PRIVILEGED_WITHOUT_PASSKEY = "privileged_without_passkey"
    UNREVIEWED_ALERT = "unreviewed_alert"


ALL: Final = tuple(Fact)
Detail: TypeAlias = str | int


class Thresholds(Struct, frozen=True, kw_only=True):
    """From when on something is to be said: days without use, days that a session is open, days
    that nobody looked at an alert."""

    dormant_days: int = 45
    stale_session_days: int = 14
    unreviewed_days: int = 3


class Alerts(Struct, frozen=True, kw_only=True):
    """How many alerts there are of an account, how many of those nobody looked at, and since when
    the oldest of these waits (ms)."""

    count: int = 0
    waiting: int = 0
    since: int = 0


NO_ALERTS: Final = Alerts()


class Known(Struct, frozen=True, kw_only=True):
    """All that is known of an account: the directory's word and how that reads now, what the logs
    show, since when it is kept (ms), whether its tenant's directory is complete, the factors that
    were set up at Vigie, and its alerts."""

    account: Account
    listing: Listing
    sighting: Sighting = NEVER
    created: int = 0
    is_complete: bool = False
    own: frozenset[str] = frozenset()
    alerts: Alerts = NO_ALERTS


class Judged(Struct, frozen=True):
    """What is said of an account, each with its particulars; and what could have been said at all,
    because it concerns such accounts and enough is known."""

    said: dict[Fact, dict[str, Detail]]
    considered: frozenset[Fact]


def judge(known: Known, thresholds: Thresholds, versions: Versions, at: int) -> Judged:
    """What is to be said of an account at `at` (ms)."""
    said: dict[Fact, dict[str, Detail]] = {}
    considered: set[Fact] = set()
    for fact, found in (
        (Fact.DORMANT, _dormant(known, thresholds, at)),
        (Fact.GENERIC_NAME, _generic(known, at)),
        (Fact.PRIVILEGED_WITHOUT_STRONG_FACTOR, _privileged(known)),
        (Fact.NO_MFA, _no_mfa(known)),
        (Fact.OUTDATED_BROWSER, _outdated_browser(known, versions, at)),
        (Fact.OUTDATED_SYSTEM, _outdated_system(known, versions, at)),
        (Fact.STALE_SESSION, _stale(known, thresholds, at)),
        (Fact.OFFBOARDED_ACTIVE, _offboarded(known, at)),
        (Fact.UNKNOWN_TO_DIRECTORY, _unknown(known)),
        (Fact.WEAK_FACTOR, _weak(known)),
        (Fact.PRIVILEGED_WITHOUT_PASSKEY, _without_passkey(known)),
        (Fact.UNREVIEWED_ALERT, _unreviewed(known, thresholds, at)),
    ):
        if found is None:
            continue
        considered.add(fact)
        if found:
            said[fact] = dict(found)
    return Judged(said, frozenset(considered))


Found: TypeAlias = Mapping[str, Detail] | None
"""None: nothing can be said; empty: all is well."""


def _is_open(known: Known) -> bool:
    return known.account.state not in (State.OFFBOARDED, State.SUSPENDED)


def _dormant(known: Known, thresholds: Thresholds, at: int) -> Found:
    account = known.account
    if not _is_open(known) or account.kind is AccountKind.BREAK_GLASS:
        return None
    last = max(known.sighting.last, known.created if not known.sighting.last else 0)
    if not last:
        return None
    days = (at - last) // DAY
    never = not known.sighting.last
    return {"days": days, "never": int(never)} if days >= thresholds.dormant_days else {}


def _generic(known: Known, at: int) -> Found:
    account = known.account
    if not _is_open(known) or account.kind in _NOT_A_PERSONS or known.listing.allows_sharing(at):
        return None
    if _is_named(account.display_name):
        return {}
    names = (account.uid, *known.sighting.names, account.display_name, account.email)
    found = generic(name for name in names if name)
    return {} if found is None else {"name": found[0], "reason": found[1].value}


def _is_named(display_name: str) -> bool:
    """Whether a directory says who it is: a name of two words or more that is a person's."""
    return len(display_name.split()) > 1 and generic((display_name,)) is None


def _privileged(known: Known) -> Found:
    account = known.account
    if not account.privileged or not _is_open(known) or account.kind is AccountKind.SERVICE:
        return None
    factor = _factor(known)
    if factor is Mfa.UNKNOWN:
        return None
    return {} if factor is Mfa.STRONG else {"factor": factor.value}


def _no_mfa(known: Known) -> Found:
    if not _is_open(known) or known.account.kind in _NOT_A_PERSONS:
        return None
    factor = _factor(known)
    if factor is Mfa.UNKNOWN:
        return {} if known.sighting.factor else None
    return {} if factor is not Mfa.NONE else {"said_by": _sayer(known)}


def _factor(known: Known) -> Mfa:
    """What was set up here, the directory's word, else what sign-ons show: none where the log says
    so of the latest."""
    if known.own:
        return Mfa.STRONG
    if known.account.mfa is not Mfa.UNKNOWN:
        return known.account.mfa
    sighting = known.sighting
    return Mfa.NONE if sighting.bare > sighting.factor else Mfa.UNKNOWN


def _strength(known: Known) -> Strength | None:
    """The strongest factor that anybody told of; None where nothing tells how strong any is."""
    told = strongest((*known.own, *known.account.mfa_methods, *known.sighting.methods))
    if told is None and known.account.mfa is Mfa.WEAK:
        return Strength.WEAK
    return told


def _weak(known: Known) -> Found:
    if not _is_open(known) or known.account.kind in _NOT_A_PERSONS:
        return None
    strength = _strength(known)
    if strength is None or _factor(known) is Mfa.NONE:
        is_strong = known.account.mfa is Mfa.STRONG
        return {} if strength is None and is_strong else None
    return {"methods": _named(known)} if strength is Strength.WEAK else {}


def _without_passkey(known: Known) -> Found:
    account = known.account
    if not account.privileged or not _is_open(known) or account.kind is AccountKind.SERVICE:
        return None
    strength, factor = _strength(known), _factor(known)
    if strength is Strength.PASSKEY:
        return {}
    if strength is None and factor is not Mfa.NONE:
        return None
    return {"methods": "" if factor is Mfa.NONE else _named(known)}


def _named(known: Known) -> str:
    """What its factors are called, those that are known."""
    names = {*known.own, *known.account.mfa_methods, *known.sighting.methods}
    return ", ".join(sorted(names)[:_MOST_NAMED])


def _unreviewed(known: Known, thresholds: Thresholds, at: int) -> Found:
    alerts = known.alerts
    if not alerts.count:
        return None
    days = (at - alerts.since) // DAY if alerts.waiting else 0
    said = {"count": alerts.waiting, "days": days}
    return said if days >= thresholds.unreviewed_days else {}


def _sayer(known: Known) -> str:
    return "log" if known.account.mfa is Mfa.UNKNOWN else "directory"


def _outdated_browser(known: Known, versions: Versions, at: int) -> Found:
    def judged(named: Program, when: date) -> tuple[Verdict, dict[str, str]]:
        verdict = versions.browser(named.browser, named.major, when)
        return verdict, {"browser": str(named.browser), "version": str(named.major)}

    return _outdated(known, at, judged)


def _outdated_system(known: Known, versions: Versions, at: int) -> Found:
    def judged(named: Program, when: date) -> tuple[Verdict, dict[str, str]]:
        verdict = versions.system(named.system, named.version, when)
        return verdict, {"system": str(named.system), "version": str(named.version)}

    return _outdated(known, at, judged)


def _outdated(
    known: Known, at: int, judged: Callable[[Program, date], tuple[Verdict, dict[str, str]]]
) -> Found:
    """What of the programs used lately is outdated; nothing where all that is known is current."""
    if not _is_open(known) or known.account.kind is AccountKind.SERVICE:
        return None
    found: Found = None
    for used in known.sighting.programs:
        if at - used.at > RECENT:
            continue
        verdict, named = judged(used.program, day(used.at))
        if verdict is Verdict.OUTDATED:
            return named
        if verdict is Verdict.CURRENT:
            found = {}
    return found


def _stale(known: Known, thresholds: Thresholds, at: int) -> Found:
    if known.account.kind is AccountKind.SERVICE or not known.sighting.last:
        return None
    days = known.sighting.open_for(at) // DAY
    return {"days": days} if days >= thresholds.stale_session_days else {}


def _offboarded(known: Known, at: int) -> Found:
    if not known.listing.has_left(at):
        return None
    left, last = known.listing.left or 0, known.sighting.last
    if last <= left + GRACE:
        return {}
    return {"days": (last - left) // DAY}


def _unknown(known: Known) -> Found:
    if not known.is_complete or not known.sighting.last:
        return None
    return {} if known.listing.is_listed else {"days": 0}


def day(at: int) -> date:
    """The UTC day of a time in ms."""
    return datetime.fromtimestamp(0, UTC).date() + timedelta(days=at // DAY)


def mask_of(said: Mapping[Fact, object]) -> int:
    """The facts as bits."""
    return sum(1 << ALL.index(fact) for fact in said)
