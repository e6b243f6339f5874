"""What people do that a log tells of: single acts, and sittings made of them."""

from collections.abc import Iterable, Iterator, Sequence
from random import Random
from typing import NamedTuple

from detectors.core.event import HOUR, MINUTE, SECOND
from detectors.core.identity import digest
from monitor.simulation import agents
from monitor.simulation.agents import Machine
from monitor.simulation.style import BY_CHANCE, BY_CLOCK, BY_USE, REFRESHES, RICH, Style
from monitor.simulation.world import Person, World

LOGON = 1
LOGOFF = 2
RENEWAL = 5
OTHER = 99
PASSWORD_RESET = 4
FACTOR_ENABLE = 10

BAD_PASSWORD = "INVALID_CREDENTIALS"
UNKNOWN_USER = "USER_DOES_NOT_EXIST"
LOCKED = "ACCOUNT_LOCKED"
MFA_DENIED = "MFA_DENIED"
MFA_TIMEOUT = "MFA_TIMEOUT"

_LONG_DAY = 5 * HOUR
_FULL_DAY = 8 * HOUR
_SHORTEST = 8 * MINUTE


class Act(NamedTuple):
    """One thing that happened: `activity` is OCSF's id, of an account change when `change`.

    `person` is whose account it is about; None with a `name` for an account that does not exist.
    `detail` is why it failed, None when it did not. `cause` is the id of the misdeed that it is
    part of, "" when an honest person did it.
    """

    time: int
    person: Person | None
    activity: int
    detail: str | None
    session: str | None
    ip: str
    agent: str
    mfa: bool | None = None
    method: str | None = None
    cause: str = ""
    change: bool = False
    name: str | None = None
    tenant: str | None = None


class Sitting(NamedTuple):
    """One session as its acts show it: times in ms, and where and with what it last was."""

    session: str
    start: int
    end: int
    ip: str
    agent: str
    closed: bool


def session_uid(world: World, *words: object) -> str:
    """A session's id: as random as an identity provider makes it, and the same every time."""
    return digest(str(world.seed), *map(str, words), size=12).hex()


def slip(
    rng: Random, person: Person, start: int, ip: str, agent: str, times: int, cause: str = ""
) -> list[Act]:
    """So many wrong passwords that end a few seconds before `start` (ms)."""
    moments = [start]
    for _ in range(times):
        moments.append(moments[-1] - round(rng.uniform(4, 25) * SECOND))
    return [
        Act(moment, person, LOGON, BAD_PASSWORD, None, ip, agent, cause=cause)
        for moment in reversed(moments[1:])
    ]


def sit(
    rng: Random,
    person: Person,
    session: str,
    start: int,
    end: int,
    machine: Machine,
    addresses: Sequence[tuple[int, str]],
    *,
    mfa: bool | None = None,
    closes: float = 0.7,
    pace: float | None = None,
    cause: str = "",
    resumes: bool = False,
    pauses: Sequence[tuple[int, int]] = (),
) -> list[Act]:
    """A session from `start` to `end` (ms): a logon, activity, and a logoff as often as `closes`.

    `addresses` are (from when, address), the first from `start` or before. `pace` are mean
    minutes between activities, by default the person's. One that `resumes` has begun on another
    day and has no logon. In the `pauses` (from, to) its user is busy elsewhere, and only what
    refreshes itself goes on. The program may be updated in its midst.
    """
    agent = agents.user_agent(machine, start)
    is_updated = agents.user_agent(machine, end) != agent
    is_asked = person.mfa is not None and rng.random() < person.tenant.asked
    has_mfa = is_asked if mfa is None else mfa
    ip = current(addresses, start)
    if resumes:
        acts = [Act(start, person, RENEWAL, None, session, ip, agent, cause=cause)]
    else:
        method = person.mfa if has_mfa else None
        acts = [Act(start, person, LOGON, None, session, ip, agent, has_mfa, method, cause)]
    mean = (person.pace if pace is None else pace) * MINUTE
    moments = _moments(rng, person.tenant.style, start, end, mean, pauses)
    for moment, activity in moments:
        if is_updated:
            agent = agents.user_agent(machine, moment)
        where = current(addresses, moment)
        acts.append(Act(moment, person, activity, None, session, where, agent, cause=cause))
    if rng.random() < closes:
        where = current(addresses, end)
        acts.append(Act(end, person, LOGOFF, None, session, where, agent, cause=cause))
    return acts


def idle(
    rng: Random,
    person: Person,
    session: str,
    start: int,
    end: int,
    machine: Machine,
    addresses: Sequence[tuple[int, str]],
    every: float,
    jitter: float | None = None,
) -> list[Act]:
    """What a window does that nobody looks at: it refreshes itself about every so many minutes.

    Nothing, where a token is renewed only when somebody needs it; one that shows what is new, with
    a `jitter` of its own, needs it all the time.
    """
    told = person.tenant.style
    if told.activities == REFRESHES and told.renews == BY_USE and jitter is None:
        return []
    early = told.jitter if jitter is None else jitter
    return [
        Act(
            moment,
            person,
            RENEWAL,
            None,
            session,
            current(addresses, moment),
            agents.user_agent(machine, moment),
        )
        for moment, _ in _refreshes(rng, start, end, every * MINUTE, early)
    ]


def stretches(rng: Random, start: int, end: int, breaks: float) -> list[tuple[int, int]]:
    """The work from `start` to `end` (ms) between the breaks that one signs off for.

    `breaks` are how many a full day usually has; one of them is lunch.
    """
    usual = breaks * (end - start) / _FULL_DAY
    count = int(usual + rng.random()) + rng.choice((-1, 0, 0, 0, 1)) if usual > 0.3 else 0
    cuts = sorted(start + (end - start) * rng.uniform(0.06, 0.94) for _ in range(count))
    lunch = min(cuts, key=lambda cut: abs(cut - (start + end) / 2), default=0.0)
    found: list[tuple[int, int]] = []
    since = start
    for cut in cuts:
        pause = rng.uniform(25, 75) if cut == lunch else rng.uniform(3, 30)
        back = round(cut + pause * MINUTE)
        if cut - since >= _SHORTEST and end - back >= _SHORTEST:
            found.append((since, round(cut)))
            since = back
    return [*found, (since, end)]


def sittings(acts: Iterable[Act]) -> list[Sitting]:
    """The sessions in acts of one account, by start."""
    seen: dict[str, Sitting] = {}
    for act in sorted(acts, key=lambda act: act.time):
        if act.session is None or act.detail is not None or act.change:
            continue
        closed = act.activity == LOGOFF
        known = seen.get(act.session)
        if known is None:
            seen[act.session] = Sitting(act.session, act.time, act.time, act.ip, act.agent, closed)
        else:
            seen[act.session] = known._replace(
                end=act.time, ip=act.ip, agent=act.agent, closed=closed or known.closed
            )
    return sorted(seen.values(), key=lambda sitting: sitting.start)


def _moments(
    rng: Random,
    told: Style,
    start: int,
    end: int,
    mean: float,
    pauses: Sequence[tuple[int, int]],
) -> Iterable[tuple[int, int]]:
    """What is logged of the use of a session, as the tenant's log tells it."""
    every = told.refresh * MINUTE
    if told.activities == REFRESHES and told.renews in {BY_CHANCE, BY_CLOCK}:
        return _refreshes(rng, start, end, every, told.jitter)
    work = _activity(rng, start, end, mean, pauses)
    if told.activities not in {REFRESHES, RICH} or told.renews == BY_CHANCE:
        return work
    if told.renews == BY_CLOCK:
        seen = ((moment, OTHER) for moment, _ in work)
        return sorted([*seen, *_refreshes(rng, start, end, every, told.jitter)])
    return _renewed(rng, told, start, work)


def _renewed(
    rng: Random, told: Style, start: int, work: Iterable[tuple[int, int]]
) -> Iterator[tuple[int, int]]:
    """Work, and the renewals that it needs: at once when a token that ran out is needed again."""
    every = told.refresh * MINUTE
    renewed = seen = start
    for moment, _ in work:
        # A page that is used keeps its token fresh by itself, and sleeps when it is not.
        while told.renews != BY_USE and renewed < seen and renewed + every < moment:
            renewed += SECOND + round(every * rng.uniform(1 - told.jitter, 1.0))
            if renewed < moment:
                yield renewed, RENEWAL
        is_stale = moment - renewed >= every
        yield moment, RENEWAL if is_stale else OTHER
        seen = moment
        if is_stale:
            renewed = moment


def _activity(
    rng: Random, start: int, end: int, mean: float, pauses: Sequence[tuple[int, int]]
) -> Iterator[tuple[int, int]]:
    """Work as it comes, with a pause in the middle of a long day."""
    pause = end
    if end - start > _LONG_DAY:
        pause = start + round((end - start) * rng.uniform(0.4, 0.6))
    moment = start + SECOND + round(rng.expovariate(1.0) * mean)
    while moment < end:
        if moment > pause:
            moment += round(rng.uniform(10, 60) * MINUTE)
            pause = end
            continue
        activity = RENEWAL if rng.random() < 0.4 else OTHER
        if not any(since <= moment < until for since, until in pauses):
            yield moment, activity
        moment += SECOND + round(rng.expovariate(1.0) * mean)


def _refreshes(
    rng: Random, start: int, end: int, every: float, jitter: float
) -> Iterator[tuple[int, int]]:
    """Like clockwork, as far as a browser's timers are: early or late by a share of the time."""
    low, high = 1.0 - jitter, 1.0 + jitter
    moment = start + round(every * rng.uniform(low, high))
    while moment < end:
        yield moment, RENEWAL
        moment += SECOND + round(every * rng.uniform(low, high))


def current(addresses: Sequence[tuple[int, str]], moment: int) -> str:
    """The address that one has at a time, of addresses (from when, address)."""
    found = addresses[0][1]
    for since, ip in addresses:
        if since > moment:
            break
        found = ip
    return found
