"""What the logs show of one account: when it was used, with which factor, by which programs."""

from collections.abc import Iterable
from typing import Final

from msgspec import Struct, structs

from detectors.core.event import DAY, LOGON, Event, SignIn, is_use
from detectors.core.profile import Profile
from monitor.hygiene.programs import NOTHING, Program, program

MOST_PROGRAMS: Final = 6
MOST_NAMES: Final = 4
MOST_METHODS: Final = 6
LONGEST_NAME: Final = 256
OPEN: Final = 3 * DAY
"""A session that nothing was done in for so long (ms) is not known to be open."""


class Used(Struct, frozen=True, array_like=True):
    """A program, and when it was seen last (ms)."""

    program: Program
    at: int


class Sighting(Struct, frozen=True, array_like=True):
    """All times are event times in ms, 0 for never.

    `last` is the last use, `factor` and `bare` the last sign-on with a second factor and the last
    one that the log says had none. `since` is when the longest of the open sessions began, `until`
    when something was done in it last. Stored as an array: new fields go last and have a default.
    """

    first: int = 0
    last: int = 0
    factor: int = 0
    bare: int = 0
    since: int = 0
    until: int = 0
    programs: tuple[Used, ...] = ()
    names: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()

    def open_for(self, at: int) -> int:
        """For how long (ms) a session has been open at `at`; 0 where none is known to be."""
        return self.until - self.since if self.since and at - self.until <= OPEN else 0


NEVER: Final = Sighting()


def seen(profile: Profile, events: Iterable[Event]) -> Sighting:
    """What a profile and the account's latest events show."""
    sessions = [one for one in profile.sessions.values() if one.closed is None]
    longest = max(sessions, key=lambda one: (one.last - one.start, -one.start), default=None)
    found = Sighting(
        first=profile.first_seen,
        last=profile.last_use if profile.uses else 0,
        factor=max((one.last for one in sessions if one.mfa), default=0),
        since=0 if longest is None else longest.start,
        until=0 if longest is None else longest.last,
    )
    for event in events:
        found = together(found, of_event(event))
    return found


def of_event(event: Event) -> Sighting:
    """What one event shows."""
    names = () if not event.account_name else (event.account_name[:LONGEST_NAME],)
    if not isinstance(event, SignIn) or not is_use(event):
        return Sighting(first=event.time, names=names)
    at, named = event.time, program(event.user_agent)
    is_logon = event.activity is LOGON
    return Sighting(
        first=at,
        last=at,
        factor=at if event.mfa else 0,
        bare=at if event.mfa is False and is_logon else 0,
        programs=() if named == NOTHING else (Used(named, at),),
        names=names,
        methods=(event.mfa_method[:LONGEST_NAME],) if event.mfa and event.mfa_method else (),
    )


def together(one: Sighting, other: Sighting) -> Sighting:
    """Both, in whatever order: the first and the last of everything, the latest programs."""
    longer = max(one, other, key=lambda s: (s.until // OPEN, s.until - s.since, s.until))
    return Sighting(
        first=min(filter(None, (one.first, other.first)), default=0),
        last=max(one.last, other.last),
        factor=max(one.factor, other.factor),
        bare=max(one.bare, other.bare),
        since=longer.since,
        until=longer.until,
        programs=_latest((*one.programs, *other.programs)),
        names=_few((*one.names, *other.names), MOST_NAMES),
        methods=_few((*one.methods, *other.methods), MOST_METHODS),
    )


def without_old_programs(sighting: Sighting, before: int) -> Sighting:
    """Without programs that were not seen since `before` (ms)."""
    kept = tuple(used for used in sighting.programs if used.at >= before)
    return sighting if kept == sighting.programs else structs.replace(sighting, programs=kept)


def _latest(used: Iterable[Used]) -> tuple[Used, ...]:
    at: dict[Program, int] = {}
    for one in used:
        at[one.program] = max(one.at, at.get(one.program, 0))
    ordered = sorted(at.items(), key=lambda item: (-item[1], str(item[0])))
    return tuple(Used(named, when) for named, when in ordered[:MOST_PROGRAMS])


def _few(names: Iterable[str], most: int) -> tuple[str, ...]:
    return tuple(sorted(set(names))[:most])
