"""What a ledger shows of somebody who tries many accounts, and how one says it."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from math import comb, log2
from typing import Annotated, ClassVar

from msgspec import Meta, Struct

from detectors.core.context import Context
from detectors.core.detector import About
from detectors.core.event import DAY, HOUR, MINUTE, SECOND
from detectors.core.finding import CAP, Evidence, Fact, Finding, Weights, standing
from detectors.core.grade import grade
from detectors.core.identity import Subject, SubjectKind
from detectors.core.ledger import (
    MAXIMUM_AGENTS,
    MAXIMUM_TOLD,
    UNKNOWN,
    USER_MEMORY,
    Day,
    Entry,
    Ledger,
    Suspect,
    TenantLedger,
    Try,
    count_failing,
    entered,
    failing,
    main_agent,
    with_next,
)

AT_LIMIT = 4.0
"""Nats that as many as a limit speak for an attack; every doubling adds one."""
SAID_STEPS = (1, 1.5, 2, 3, 4, 5, 7, 10)
_WINDOWS = ((DAY, 1.0), (DAY // 4, 2.0), (DAY // 24, 3.0))
"""Spans that a tenant's suspects are counted in, and how far the busiest is above the mean."""
_FAR_OFF = 5.0
"""Standard deviations above what a tenant always has."""
_UNTOLD_SHARE = 0.02
"""Suspects there are, by sources that somebody gets in from, where the past does not tell."""
MAXIMUM_INVOLVED = 1_000
"""Sources that one finding names; all are counted."""
MOSTLY = 0.5
FLOOD_TRIES = 4
FLOOD_PEAK = 300
CAMPAIGN_CAP = 5.95
"""Below a flood, which may look like any of the others while it lasts."""
CHANCE_EXISTING = 2
CHANCE_SHARE = 0.025
"""So many of the names that somebody guesses are accounts by chance."""
SCRIPTED_SHARE = 0.5
SCRIPTED_FACTOR = 0.7
"""A scripted client is called an attacker from so much less."""
HIT = 5.4
HIT_OF_PLAIN_ATTACK = 5.9
PLAIN_ATTACK = 5.0
HIT_NO_ROAMING = -2.0
"""Nobody travels into an attacker's address."""
SECOND_FACTOR = 1.5
AMONG_USERS = 3
AMONG_USERS_LESS = 2.0
_BRUTE_FORCED_FROM = 6
"""From so many suspects at one account that account itself is what is attacked."""
THIN = 6
"""Names tried from each address, below which somebody hides: a list of names and passwords goes
through a botnet so, while who asks which accounts there are locks none and needs few addresses."""
SEVERAL_TRIES = 2.0
"""Tries at each name that exists, from which on they are passwords."""
MORE_TRIES = 1.4
ENOUGH_EXISTING = 5
"""The same where so many exist that a few mistypings do not make it up."""
_INSISTS = 10
_FEW_NEW = 0.2
"""Share of the names tried that get in for the first time, at most, for all of them to be hits."""
_MORE_THAN_ONE = 2
_TOGETHER = 4
_FEW_ADDRESSES = 4
_CLEAR = 8
"""Names that tell by themselves what a source is after."""
_BY_CHANCE = 0.01
"""Fewer than so many of a campaign's addresses show by chance what one of another would: of a few
names out of a list of leaked ones, most may happen to exist here."""
_LULL = 4 * HOUR
"""Quiet that ends a wave."""


NAMES = Meta(
    description="Names that fail at an address within two days and never get in there, from which "
    "on it is an attack; several addresses together, four times as many",
    ge=3,
    extra={"unit": "names"},
)


class CampaignParameters(Struct, frozen=True, kw_only=True):
    """What a detector of campaigns reckons with."""

    names: Annotated[int, NAMES] = 10
    per_user: Annotated[
        float,
        Meta(
            description="So many more for each account that gets in from that address",
            ge=0,
            extra={"unit": "names"},
        ),
    ] = 0.5
    sources: Annotated[
        int,
        Meta(
            description="Least addresses that fail and never succeed, and are an attack together",
            ge=3,
            extra={"unit": "addresses"},
        ),
    ] = 12


class Campaign(Struct, frozen=True):
    """One UTC day of a source and the day before it: who failed there and never got in.

    `times` are event times in ms of each such name's first failure, in order, every one standing
    for `scale` names. `names` and `unknown` count them, the latter those there are none of.
    `tries` is how many failures a name has on average, `insists` one that exists, `peak` the most
    attempts in five minutes.
    `users` got in from there within two weeks. `entries` got in for the first time since the
    first of the failures, also on the day after: what fits is not always used at once. `firsts`
    are ids of the first failures of the day.
    """

    start: int
    times: tuple[int, ...]
    scale: int
    names: int
    unknown: int
    users: int
    failures: int
    tries: float
    insists: float
    peak: int
    agents: int
    scripted: float
    entries: tuple[Entry, ...]
    firsts: tuple[bytes, ...]
    client: str
    network: str

    @property
    def existing(self) -> int:
        """Names of which no failure said that there is no such account."""
        return self.names - self.unknown

    @property
    def unknown_share(self) -> float:
        """The share of the names of which there is no account."""
        return self.unknown / self.names if self.names else 0.0

    @property
    def has_passwords(self) -> bool:
        """Whether the names that exist are tried again, as those that do not are not."""
        if self.existing >= ENOUGH_EXISTING * self.scale:
            return self.insists >= MORE_TRIES
        return self.insists >= SEVERAL_TRIES

    def reached(self, limit: float) -> int | None:
        """When (ms) so many names had failed; None when not. Not before the day itself began to."""
        index = max(0, -(-int(limit) // self.scale) - 1)
        if self.names < limit or index >= len(self.times):
            return None
        today = next(time for time in self.times if time >= self.start)
        return max(self.times[index], today)


def campaign(ledger: Ledger, number: int, least: int) -> Campaign | None:
    """What the ledger shows of a day, by its number since 1970; None where fewer than `least`
    names failed that never got in, or none of them on that day itself."""
    day = ledger.days[number]
    before = ledger.days.get(number - 1)
    failures = day.failures + (before.failures if before else 0)
    if not day.failures or failures < least:
        return None
    days = [((number - 1) * DAY, before)] if before else []
    days.append((number * DAY, day))
    level = max(one.level for _, one in days)
    if count_failing([one for _, one in days], ledger.users) << level < least:
        return None
    strangers = failing(days, ledger.users)
    times = tuple(sorted(one.first for one in strangers.values()))
    start = number * DAY
    if not times or times[-1] < start:
        return None
    attempts = sum(one.attempts for _, one in days)
    return Campaign(
        start=start,
        times=times,
        scale=1 << level,
        names=len(strangers) << level,
        unknown=sum(one.said == UNKNOWN for one in strangers.values()) << level,
        users=_users(ledger, days[0][0], start + 2 * DAY),
        failures=failures,
        tries=_tries(strangers.values()),
        insists=_tries(one for one in strangers.values() if one.said != UNKNOWN),
        peak=max(day.slots.values()),
        agents=len({agent for _, one in days for agent in one.agents}),
        scripted=sum(one.scripted for _, one in days) / max(1, attempts),
        entries=tuple(_hits(ledger, with_next(ledger, days), times[0], len(strangers) << level)),
        firsts=tuple(day.firsts),
        client=ledger.clients.get(main_agent(one for _, one in days), ""),
        network=ledger.network,
    )


def _tries(names: Iterable[Try]) -> float:
    counts = [one.count for one in names]
    return sum(counts) / max(1, len(counts))


def _users(ledger: Ledger, since: int, until: int) -> int:
    first, last = until // SECOND, (since - USER_MEMORY) // SECOND
    users = ledger.users.values()
    return sum(1 for u in users if not u.alias and u.first < first and u.last >= last) << (
        ledger.level
    )


def _hits(ledger: Ledger, days: list[tuple[int, Day]], since: int, names: int) -> list[Entry]:
    """Who got in there for the first time around when it began or after.

    Where people were at home before, or many are new, only with a client that failed as well.
    """
    agents = [one.agents for _, one in days]
    used = {agent for some in agents for agent in some}
    is_open = any(len(some) >= MAXIMUM_AGENTS for some in agents)
    new = list(entered(ledger, days))
    began = (since - HOUR) // SECOND
    at_home = any(user.first < began for user in ledger.users.values())
    if not at_home and len(new) <= max(1, names * _FEW_NEW):
        return [entry for _, entry in new if entry.time >= since - HOUR]
    return [entry for _, entry in new if entry.time >= since and (is_open or entry.agent in used)]


class Wave(Struct, frozen=True):
    """Suspects of a tenant that come thicker than they ever do.

    `first` and `last` are event times in ms of their failures, `agents` how many clients they
    use, `client` the most common one, `part` tells the waves of a day apart. `sources` are their
    addresses in order of time, each standing for `scale`; `reached` (ms) is when they had become
    as many as `limit`; `names` and `unknown` are accounts they failed at; `tried` and `existing`
    count an account once for each source. `sprays`: most of the sources try accounts that exist.
    """

    part: str
    reached: int
    limit: int
    sources: tuple[str, ...]
    scale: int
    names: int
    unknown: int
    tried: int
    existing: int
    failures: int
    events: tuple[bytes, ...]
    entries: tuple[tuple[str, Entry], ...]
    first: int
    last: int
    agents: int
    client: str
    scripted: bool
    sprays: bool

    @property
    def count(self) -> int:
        """How many sources there are."""
        return len(self.sources) * self.scale


_Suspects = list[tuple[int, str, Suspect]]
"""Time of the first failure, address, and what is known of it; in order."""


class _Draft(Struct):
    """A wave while it is put together: its sources by address, when (ms) they had become as many
    as which limit, and whether most of them spray."""

    part: str
    members: dict[str, Suspect]
    at: tuple[int, int]
    sprays: bool

    def span(self) -> tuple[int, int]:
        """Event times in ms of its first and last failure."""
        of = self.members.values()
        return min(one.first for one in of), max(one.last for one in of)


class _Window(Struct, frozen=True):
    """How many sources within a span (ms) are a wave, and how many of those that are kept."""

    span: int
    limit: int
    many: int


class _Measure(Struct, frozen=True):
    """What a day's suspects are held against: when (ms) the day starts, the windows, the fewest
    that are a wave in any of them, and how many names a few that are busy try together."""

    start: int
    windows: tuple[_Window, ...]
    least: int
    busy: int

    def may_be(self, suspects: _Suspects) -> bool:
        """Whether any of them may be a wave."""
        return len(suspects) >= self.least or self.are_busy(suspects)

    def are_busy(self, suspects: _Suspects) -> bool:
        """Whether fewer than a wave have tried so many names each that none was somebody who forgot
        a password, and together several times what is an attack from one of them."""
        return _busy_names(suspects) >= self.busy


def _busy_names(suspects: _Suspects) -> int:
    """Names that those try that try several each; 0 where that are but a few sources."""
    names = [one.names for _, _, one in suspects if one.names >= MAXIMUM_TOLD]
    return sum(names) if len(names) >= _FEW_ADDRESSES else 0


def _measure(ledger: TenantLedger, number: int, limits: CampaignParameters) -> _Measure:
    windows = _windows(_usual(ledger, number), ledger.level, limits.sources)
    least = min([window.many for window in windows])
    return _Measure(number * DAY, windows, least, _TOGETHER * limits.names)


@lru_cache(maxsize=4_096)
def _windows(usual: float, level: int, sources: int) -> tuple[_Window, ...]:
    """How many suspects make a wave in each span, where a day has so many usually."""
    windows = []
    for span, peak in _WINDOWS:
        mean = usual * peak * span / DAY
        limit = max(sources, round(mean + _FAR_OFF * mean**0.5 + 3))
        windows.append(_Window(span, limit, -(-limit >> level) or 1))
    return tuple(windows)


def waves(ledger: TenantLedger, number: int, limits: CampaignParameters) -> Sequence[Wave]:
    """The suspects that first failed on a day or the day before, where they are waves that reach
    into that day: those of one client program together, then the others.

    Worked out anew only where the suspects or the limits have changed.
    """
    derived = ledger.derived()
    suspects, busy = derived.get(("suspects", number)) or derived.setdefault(
        ("suspects", number), _suspects_of(ledger, number)
    )
    measure = _measure(ledger, number, limits)
    is_busy = busy >= measure.busy
    if len(suspects) < measure.least and not is_busy:
        return ()
    key = ("waves", number, measure.busy if is_busy else 0)
    known = derived.get(key)
    if known is None or known[0] != measure.windows:
        known = derived[key] = (measure.windows, _waves(ledger, suspects, measure))
    found: Sequence[Wave] = known[1]
    return found


def _suspects_of(ledger: TenantLedger, number: int) -> tuple[_Suspects, int]:
    """Those that first failed on a day or the day before, and what `_busy_names` says of them."""
    start = number * DAY
    suspects = sorted(
        (
            (suspect.first, address, suspect)
            for address, suspect in ledger.suspects.items()
            if start - DAY <= suspect.first < start + DAY
        ),
        key=_in_time,
    )
    return suspects, _busy_names(suspects)


def _waves(ledger: TenantLedger, suspects: _Suspects, measure: _Measure) -> Sequence[Wave]:
    suspects = _without_brute_force(suspects)
    found: list[_Draft] = []
    left: _Suspects = []
    for (agent, sprays), mine in sorted(_by_program(suspects).items()):
        of_agent = _drafts(mine, measure, f"{agent}:{sprays}")
        found += of_agent
        left += _untaken(mine, of_agent)
    left = _untaken(left, _gathered(found, left))
    for sprays in (False, True):
        others = [one for one in left if _sprays(one[2]) is sprays]
        others.sort(key=_in_time)
        found += _drafts(others, measure, f"others:{sprays}")
    return [_told(ledger, draft) for draft in found]


def _in_time(one: tuple[int, str, Suspect]) -> tuple[int, str]:
    return one[:2]


def _drafts(suspects: _Suspects, measure: _Measure, part: str) -> list[_Draft]:
    if not measure.may_be(suspects):
        return []
    return [
        draft
        for number, run in enumerate(_runs(suspects))
        if (draft := _draft(run, measure, f"{part}:{number}")) is not None
    ]


def _untaken(suspects: _Suspects, drafts: Iterable[_Draft]) -> _Suspects:
    taken = {address for draft in drafts for address in draft.members}
    return [one for one in suspects if one[1] not in taken]


def _gathered(drafts: list[_Draft], left: _Suspects) -> list[_Draft]:
    """The same waves, each with those left over that fail while it goes on and with a program of
    its own: a botnet that changes its programs is seen by those that happen to have the same one
    most. Who mistypes one name is left alone."""
    spans = [draft.span() for draft in drafts]
    programs = [{agent for one in d.members.values() for agent in one.agents} for d in drafts]
    for _, address, what in left:
        if what.names < _MORE_THAN_ONE and not what.unknown:
            continue
        fitting = [
            (_sprays(what) is draft.sprays, len(common), len(draft.members), -number)
            for number, draft in enumerate(drafts)
            if (common := programs[number].intersection(what.agents))
            and (what.names < _CLEAR or _sprays(what) is draft.sprays)
            and what.first <= spans[number][1]
            and what.last >= spans[number][0]
        ]
        if fitting:
            drafts[-max(fitting)[3]].members[address] = what
    return drafts


def _sprays(what: Suspect) -> bool:
    """Whether its names are accounts for the most part."""
    return what.unknown < MOSTLY * what.names


def _by_program(suspects: _Suspects) -> dict[tuple[int, bool], _Suspects]:
    """Suspects by client program, and by whether they spray; those that tried too few names to
    tell, and none unknown, go with the most of their program, as do those of a few names that are
    among those of their program by chance."""
    alike: dict[tuple[int, bool], _Suspects] = {}
    unclear: _Suspects = []
    shares = _unknown_shares(suspects)
    for one in suspects:
        what = one[2]
        if what.names < MAXIMUM_TOLD and not what.unknown:
            unclear.append(one)
            continue
        sprays = _sprays(what)
        if what.names < _CLEAR and _may_be_of(what, shares[what.agent]):
            sprays = shares[what.agent] < MOSTLY
        alike.setdefault((what.agent, sprays), []).append(one)
    known = {key: len(some) for key, some in alike.items()}
    for one in unclear:
        agent = one[2].agent
        sprays = known.get((agent, True), 0) >= known.get((agent, False), 0)
        alike.setdefault((agent, sprays), []).append(one)
    for some in alike.values():
        some.sort(key=_in_time)
    return alike


def _unknown_shares(suspects: _Suspects) -> dict[int, float]:
    """By client program, the share of names there are no accounts of, where few were tried."""
    counts: dict[int, tuple[int, int]] = {}
    for _, _, one in suspects:
        if one.names < _CLEAR:
            names, unknown = counts.get(one.agent, (0, 0))
            counts[one.agent] = names + one.names, unknown + one.unknown
    return {agent: unknown / max(1, names) for agent, (names, unknown) in counts.items()}


def _may_be_of(what: Suspect, share: float) -> bool:
    """Whether an address that tries names of which so large a share is unknown shows by chance
    what this one does, or what is further from that share."""
    names, unknown = what.names, what.unknown
    fewer = unknown < share * names
    counts = range(unknown + 1) if fewer else range(unknown, names + 1)
    chance = sum(comb(names, n) * share**n * (1 - share) ** (names - n) for n in counts)
    return chance >= _BY_CHANCE


def _runs(suspects: _Suspects) -> Iterable[_Suspects]:
    """Suspects that come with less than `_LULL` between them."""
    run: _Suspects = []
    latest = 0
    for one in suspects:
        if run and one[0] - latest > _LULL:
            yield run
            run = []
        latest = max(latest, one[2].last) if run else one[2].last
        run.append(one)
    if run:
        yield run


def _draft(run: _Suspects, measure: _Measure, part: str) -> _Draft | None:
    start = measure.start
    if run[-1][0] < start or not measure.may_be(run):
        return None
    members: dict[str, Suspect] = {}
    reached: list[tuple[int, int]] = []
    are_busy = measure.are_busy(run)
    for window in measure.windows:
        if len(run) < window.many and not are_busy:
            continue
        first = taken = 0
        for last, (time, _, _) in enumerate(run):
            while time - run[first][0] > window.span:
                first += 1
            if time < start:
                continue
            is_wave = last - first + 1 >= window.many
            if is_wave or (are_busy and measure.are_busy(run[first : last + 1])):
                reached.append((time, window.limit))
                members.update((a, one) for _, a, one in run[max(first, taken) : last + 1])
                taken = last + 1
    return _Draft(part, members, min(reached), _is_mostly_spraying(members)) if reached else None


def _is_mostly_spraying(members: dict[str, Suspect]) -> bool:
    return sum(map(_sprays, members.values())) * 2 > len(members)


def _told(ledger: TenantLedger, draft: _Draft) -> Wave:
    members, at = draft.members, draft.at
    scale = 1 << ledger.level
    names = _distinct(members.values())
    told = sum(one.names for one in members.values())
    unknown = sum(one.unknown for one in members.values())
    order = sorted(members, key=lambda address: (members[address].first, address))
    return Wave(
        part=draft.part,
        reached=at[0],
        limit=at[1],
        sources=tuple(order),
        scale=scale,
        names=names * scale,
        unknown=round(names * scale * unknown / max(1, told)),
        tried=told * scale,
        existing=(told - unknown) * scale,
        failures=sum(one.failures for one in members.values()) * scale,
        events=tuple(sorted(members[address].event for address in order)[:8]),
        entries=tuple((a, entry) for a in order for entry in members[a].entries),
        first=members[order[0]].first,
        last=max(one.last for one in members.values()),
        agents=len({one.agent for one in members.values()}),
        client=_client(members.values()),
        scripted=sum(one.scripted for one in members.values()) * 2 > len(members),
        sprays=draft.sprays,
    )


def _distinct(members: Iterable[Suspect]) -> int:
    """About how many accounts they failed at, each once. Where a source tried more than it lists,
    it lists those of the smallest digests: below the largest that all list, they are complete."""
    some = list(members)
    digests = {account for one in some for account in one.accounts}
    complete = min((one.accounts[-1] for one in some if one.names > len(one.accounts)), default=0)
    if not complete:
        return len(digests)
    below = sum(digest <= complete for digest in digests)
    return max(len(digests), round(below * (1 << 32) / (complete + 1)))


def _client(members: Iterable[Suspect]) -> str:
    counts: dict[str, int] = {}
    for one in members:
        counts[one.client] = counts.get(one.client, 0) + 1
    return max(counts, key=lambda client: (counts[client], client), default="")


def _without_brute_force(suspects: _Suspects) -> _Suspects:
    """Without those that try but one account, again and again or together with many: it is
    attacked itself."""
    tried: dict[int, int] = {}
    for _, _, one in suspects:
        if one.names == 1 and one.accounts:
            tried[one.accounts[0]] = tried.get(one.accounts[0], 0) + 1
    forced = {account for account, sources in tried.items() if sources >= _BRUTE_FORCED_FROM}
    return [
        one
        for one in suspects
        if one[2].names > 1
        or (one[2].failures < _INSISTS and not forced.issuperset(one[2].accounts))
    ]


def _usual(ledger: TenantLedger, number: int) -> float:
    """How many new suspects a day of this tenant has: the middle one of the days before."""
    past = sorted(
        period.suspects
        for day, period in ledger.days.items()
        if day < number - 1 and period.suspects is not None and period.attempts
    )
    day = ledger.days.get(number)
    guess = _UNTOLD_SHARE * (day.sources if day else 0)
    return max(1.0, float(past[len(past) // 2])) if len(past) >= 3 else max(1.0, guess)


def weight(count: float, limit: float) -> float:
    """log2 of how many times the limit, above `AT_LIMIT`; in steps, so that it seldom changes."""
    return min(CAP, round(AT_LIMIT + log2(max(1.0, count / limit)), 1))


def steps(count: float) -> int:
    """A count as it is said: rounded down to a few steps a decade, so that it seldom changes."""
    if count < 1:
        return 0
    decade = 1
    while decade * 10 <= count:
        decade *= 10
    return int(max(step * decade for step in SAID_STEPS if step * decade <= count))


def minutes_between(first: int, last: int) -> int:
    """The minutes between two event times in ms, in steps; at least one."""
    return max(1, steps((last - first) / MINUTE))


def attack(count: float, limit: float) -> Weights:
    """The weights of a campaign that is so many times a limit."""
    return Weights(attack=min(CAMPAIGN_CAP, weight(steps(count), limit)))


class CampaignFacts(Struct, frozen=True):
    """What a finding about a campaign says. Counts are rounded down to a few steps a decade."""

    names: Annotated[int, Meta(title="Names that failed", extra={"fr": "Noms en échec"})]
    unknown: Annotated[
        int, Meta(title="Names there are no accounts of", extra={"fr": "Noms sans compte"})
    ]
    failures: Annotated[int, Meta(title="Failures", extra={"fr": "Échecs"})]
    minutes: Annotated[int, Meta(title="Time they took", extra={"fr": "Durée"})]
    sources: Annotated[int, Meta(title="Addresses", extra={"fr": "Adresses"})]
    ip: Annotated[str | None, Meta(title="Address", extra={"fr": "Adresse"})]
    users: Annotated[
        int,
        Meta(title="Accounts that get in from there", extra={"fr": "Comptes qui y entrent"}),
    ]
    agents: Annotated[int, Meta(title="Client programs", extra={"fr": "Programmes clients"})]
    client: Annotated[str, Meta(title="Mostly with", extra={"fr": "Surtout avec"})]
    network: Annotated[str | None, Meta(title="Network", extra={"fr": "Réseau"})]
    scripted: Annotated[bool, Meta(title="Scripted", extra={"fr": "Par script"})]
    hits: Annotated[
        int, Meta(title="Accounts that got in out of it", extra={"fr": "Comptes entrés ainsi"})
    ]
    succeeded: Annotated[
        bool, Meta(title="This account got in", extra={"fr": "Ce compte est entré"})
    ]
    existing: Annotated[
        int, Meta(title="Names that are accounts", extra={"fr": "Noms de comptes existants"})
    ] = 0


def pattern_of(campaign: Campaign) -> str:
    """The one pattern that a source's campaign is, as its detector is called.

    The same names again and again, many a second: a flood, whatever it is after. Mostly existing
    accounts: spraying. Mostly unknown names: a list of leaked pairs, when any got in, more of them
    exist than chance has it, or those that exist are tried several times; else a search for
    accounts.
    """
    if campaign.tries >= FLOOD_TRIES and campaign.peak >= FLOOD_PEAK:
        return "login_flood"
    if campaign.unknown_share < MOSTLY:
        return "password_spraying"
    chance = max(CHANCE_EXISTING * campaign.scale, CHANCE_SHARE * campaign.names)
    if campaign.entries or campaign.existing > chance or campaign.has_passwords:
        return "credential_stuffing"
    return "account_enumeration"


def pattern_of_wave(wave: Wave) -> str:
    """The same of a wave over many sources, by what most of them do. A few names from each of many
    addresses are a list of pairs, whoever of them exists."""
    if wave.sprays:
        return "password_spraying"
    chance = max(CHANCE_EXISTING * wave.scale, CHANCE_SHARE * wave.tried)
    if wave.entries or wave.existing > chance or wave.tried < THIN * wave.count:
        return "credential_stuffing"
    return "account_enumeration"


def limit_of(campaign: Campaign, limits: CampaignParameters) -> float:
    """From how many names on this source's failures are a campaign: more where many get in."""
    least = float(limits.names)
    if campaign.scripted >= SCRIPTED_SHARE:
        least *= SCRIPTED_FACTOR
    return least + limits.per_user * campaign.users


def may_reach(ledger: Ledger, number: int, limits: CampaignParameters) -> bool:
    """Whether enough names failed for the limit where nobody gets in, for most sources the end of
    it."""
    day = ledger.days[number]
    if not day.failures:
        return False
    before = ledger.days.get(number - 1)
    days = [day] if before is None else [before, day]
    level = max(one.level for one in days)
    least = limits.names * SCRIPTED_FACTOR
    if sum(len(one.tries) for one in days) << level < least:
        return False
    names = count_failing(days, ledger.users) << level
    if names < least:
        return False
    users = _users(ledger, number * DAY - (before is not None) * DAY, (number + 2) * DAY)
    return names >= least + limits.per_user * users


def of_source(
    detector: str, subject: Subject, campaign: Campaign, limit: float
) -> Iterable[Finding]:
    """The findings of a source's campaign: on the source, and on whom it got in as."""
    reached = campaign.reached(limit)
    if reached is None:
        return
    weights = attack(campaign.names, limit)
    facts: dict[str, Fact] = {
        "names": steps(campaign.names),
        "unknown": steps(campaign.unknown),
        "failures": steps(campaign.failures),
        "minutes": minutes_between(campaign.times[0], campaign.times[-1]),
        "sources": 1,
        "ip": subject.uid,
        "users": steps(campaign.users),
        "agents": campaign.agents,
        "client": campaign.client or "?",
        "network": campaign.network or "?",
        "scripted": campaign.scripted >= SCRIPTED_SHARE,
        "hits": len(campaign.entries),
        "succeeded": False,
        "existing": steps(campaign.existing),
    }
    evidence = Evidence("campaign", weights, facts)
    yield standing(
        detector,
        subject,
        campaign.start,
        reached,
        evidence,
        campaign.firsts,
        severity=grade(weights),
    )
    for entry in campaign.entries:
        yield _hit(
            detector,
            subject,
            entry,
            reached,
            weights.attack,
            campaign.users,
            facts,
            campaign.firsts,
        )


def of_tenant(detector: str, subject: Subject, found: Wave, number: int) -> Iterable[Finding]:
    """The findings of a campaign over many sources: on the tenant, and on whom it got in as."""
    weights = attack(found.count, found.limit)
    named = found.sources[:MAXIMUM_INVOLVED]
    facts: dict[str, Fact] = {
        "names": steps(found.names),
        "unknown": steps(found.unknown),
        "failures": steps(found.failures),
        "minutes": minutes_between(found.first, found.last),
        "sources": steps(found.count),
        "ip": named[0],
        "users": 0,
        "agents": found.agents,
        "client": found.client or "?",
        "network": None,
        "scripted": found.scripted,
        "hits": len(found.entries),
        "succeeded": False,
        "existing": steps(found.existing),
    }
    yield standing(
        detector,
        subject,
        number * DAY,
        found.reached,
        Evidence("campaign", weights, facts),
        found.events,
        severity=grade(weights),
        involved=tuple(Subject(SubjectKind.SOURCE, subject.tenant, ip) for ip in named),
        part=found.part,
    )
    for ip, entry in found.entries:
        source = Subject(SubjectKind.SOURCE, subject.tenant, ip)
        said = facts | {"ip": ip}
        yield _hit(detector, source, entry, found.reached, weights.attack, 0, said, found.events)


def _hit(
    detector: str,
    source: Subject,
    entry: Entry,
    reached: int,
    attack: float,
    users: int,
    facts: dict[str, Fact],
    events: tuple[bytes, ...],
) -> Finding:
    """An account that somebody got in as out of a campaign, also before it was known as one."""
    worth = HIT_OF_PLAIN_ATTACK if attack >= PLAIN_ATTACK else HIT
    worth -= SECOND_FACTOR * entry.mfa + AMONG_USERS_LESS * (users >= AMONG_USERS)
    weights = Weights(taken_over=worth, roaming=HIT_NO_ROAMING)
    return standing(
        detector,
        Subject(SubjectKind.ACCOUNT, source.tenant, entry.account),
        entry.time,
        max(entry.time, reached),
        Evidence("campaign_hit", weights, facts | {"succeeded": True}),
        (entry.event, *(event for event in events[:3] if event != entry.event)),
        severity=grade(weights),
        involved=(source,),
    )


class CampaignPattern:
    """What one pattern of somebody who tries many names finds: `pattern_of` tells which it is."""

    about: ClassVar[About]
    defaults: ClassVar[CampaignParameters] = CampaignParameters()

    def __init__(self, parameters: CampaignParameters | None = None) -> None:
        self.parameters = parameters or self.defaults

    def of_source(
        self, subject: Subject, ledger: Ledger, day: int, context: Context
    ) -> Iterable[Finding]:
        """A finding when enough names fail, and one for each account that it got in as."""
        limits = self.parameters
        if not may_reach(ledger, day, limits):
            return ()
        found = campaign(ledger, day, limits.names // 2)
        if found is None or pattern_of(found) != self.about.name:
            return ()
        return of_source(self.about.name, subject, found, limit_of(found, limits))

    def of_tenant(
        self, subject: Subject, ledger: TenantLedger, day: int, context: Context
    ) -> Iterable[Finding]:
        """A finding when addresses that fail and never succeed come thicker than they ever do."""
        found = waves(ledger, day, self.parameters)
        if not found:
            return ()
        derived, name = ledger.derived(), self.about.name
        known = derived.get((name, subject, day))
        if known is None or known[0] is not found:
            mine = (wave for wave in found if pattern_of_wave(wave) == name)
            said = [one for wave in mine for one in of_tenant(name, subject, wave, day)]
            known = derived[name, subject, day] = (found, said)
        findings: list[Finding] = known[1]
        return findings
