"""What is known of a source, and of a tenant's sources: counts that any order of events gives.

Everything is kept in buckets of event time, and is a sum, a minimum, a maximum or a set: whichever
event comes first, the same ledger comes out. What has no room is thinned out by a digest and not
by age or order: of more accounts than a bucket holds, those whose digest is small stay, and stand
for as many others as were left out. Only among those that get in first on a day, of whom
`MAXIMUM_ENTRIES` are kept, may the order of arrival tell when there are more.
"""

from collections.abc import Container, Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import islice
from typing import Any

from msgspec import Struct, field

from detectors.core.event import DAY, FAILURE, MINUTE, SECOND, SUCCESS, FailureReason, SignIn
from detectors.core.identity import digest
from detectors.core.place import Form
from detectors.core.travel import device_label, network_label

LEDGER_VERSION = 3
"""Another one starts all ledgers afresh: campaigns of the last days are then told by what comes
after. So a field is added at the end, with a default, and the version stays."""
KEPT_DAYS = 3
"""Days with attempts that a source's ledger remembers one by one, the latest ones."""
MAXIMUM_TRIES = 256
"""Accounts of one day that failed at a source, before they are thinned out."""
MAXIMUM_USERS = 512
"""Accounts that ever got in from a source, before they are thinned out."""
MAXIMUM_ENTRIES = 32
MAXIMUM_FIRSTS = 8
MAXIMUM_SEEN = 3
MAXIMUM_AGENTS = 8
MAXIMUM_CLIENTS = 16
LONGEST_LABEL = 64
SLOT = 5 * MINUTE
USER_MEMORY = 14 * DAY
"""An account that got in from here within so long before is at home here."""
TENANT_DAYS = 15
SUSPECT_DAYS = 2
MAXIMUM_SUSPECTS = 2_048
"""Sources of one tenant that fail and never succeed, before they are thinned out."""
MAXIMUM_TOLD = 4
NOT_GUESSES = frozenset({FailureReason.MFA_DENIED, FailureReason.MFA_TIMEOUT})
"""The password was right: another pattern's."""

UNKNOWN = 1
EXISTING = 2
_SPACE = 1 << 32
_DERIVED = "_derived"


@lru_cache(maxsize=100_000)
def digest32(text: str) -> int:
    """An unsigned 32-bit digest of a text, letter case aside."""
    return int.from_bytes(digest(text.casefold(), size=4), "big")


def agent_of(event: SignIn) -> int:
    """A digest of the client program: its fingerprint, else its own words; 0 when none is said."""
    if event.device is not None:
        return digest32(event.device.fingerprint)
    return digest32(event.user_agent) if event.user_agent else 0


def is_guess(event: SignIn) -> bool:
    """Whether an attempt failed for want of the right name and password."""
    return event.outcome is FAILURE and event.failure_reason not in NOT_GUESSES


class Try(Struct, array_like=True, gc=False):
    """One account's failures at a source on one day: ms of the day of the first, how many, and
    what the failures said of the account (`UNKNOWN`, `EXISTING`, or both)."""

    first: int
    count: int = 1
    said: int = 0


class Entry(Struct, array_like=True, gc=False):
    """An account's first success at a source on a day: event time in ms, event, and with what."""

    time: int
    event: bytes
    account: str
    agent: int = 0
    mfa: bool = False


class Day(Struct, array_like=True):
    """The attempts at a source on one UTC day.

    `tries` and `entries` are by digest of the account; of `tries` those below `2**32 >> level`
    are kept. `firsts` are the ids of the first failures, `seen` of the first attempts, `last` is
    ms of the day of the last. `agents` counts failures by `agent_of`, `slots` attempts by `SLOT`
    of the day.
    """

    attempts: int = 0
    failures: int = 0
    successes: int = 0
    scripted: int = 0
    last: int = 0
    level: int = 0
    tries: dict[int, Try] = field(default_factory=dict)
    entries: dict[int, Entry] = field(default_factory=dict)
    firsts: list[bytes] = field(default_factory=list)
    seen: list[bytes] = field(default_factory=list)
    agents: dict[int, int] = field(default_factory=dict)
    slots: dict[int, int] = field(default_factory=dict)

    def fail(self, event: SignIn, account: int) -> None:
        """Count a failure of an account."""
        at = event.time % DAY
        self.failures += 1
        self.last = max(self.last, at)
        _keep_smallest(self.firsts, event.id, MAXIMUM_FIRSTS)
        agent = agent_of(event)
        self.agents[agent] = self.agents.get(agent, 0) + 1
        if len(self.agents) > MAXIMUM_AGENTS:
            del self.agents[max(self.agents)]
        if account >= _SPACE >> self.level:
            return
        known = self.tries.get(account)
        said = UNKNOWN if event.failure_reason is FailureReason.UNKNOWN_USER else EXISTING
        if known is not None:
            known.first = min(known.first, at)
            known.count += 1
            known.said |= said
            return
        self.tries[account] = Try(at, 1, said)
        while len(self.tries) > MAXIMUM_TRIES:
            self.level += 1
            self.tries = {a: t for a, t in self.tries.items() if a < _SPACE >> self.level}

    def enter(self, event: SignIn, account: int) -> None:
        """Keep an account's first success of the day."""
        known = self.entries.get(account)
        if known is not None and known.event <= event.id:
            return
        self.entries[account] = Entry(
            event.time, event.id, event.account, agent_of(event), bool(event.mfa)
        )
        if len(self.entries) > MAXIMUM_ENTRIES:
            del self.entries[max(self.entries, key=lambda key: self.entries[key].event)]


class User(Struct, array_like=True, gc=False):
    """An account that got in from a source: event times in s of its first and last success.

    `alias`: another name of an account that is counted under its own.
    """

    first: int
    last: int
    alias: bool = False


class Ledger(Struct, array_like=True):
    """What is known of one source: its last days of attempts, and who ever got in from there.

    `days` are by day number since 1970, the latest `KEPT_DAYS` that have attempts; `users` by
    digest of the account, those below `2**32 >> level`. `said` are the findings that stand, by
    id, each with a digest of what it says. `network` is where the address is, `clients` the
    programs that failed, by `agent_of`; both as a person reads them.
    """

    latest: int = 0
    level: int = 0
    days: dict[int, Day] = field(default_factory=dict)
    users: dict[int, User] = field(default_factory=dict)
    said: dict[bytes, bytes] = field(default_factory=dict)
    network: str = ""
    clients: dict[int, str] = field(default_factory=dict)

    def observe(self, event: SignIn) -> int | None:
        """Take in an attempt; its day, None when that is no longer kept."""
        number = event.time // DAY
        account = digest32(event.account)
        succeeded = event.outcome is SUCCESS
        if succeeded:
            self._meet(event, account)
        elif is_guess(event):
            self._name(event)
        day = self.days.get(number) or self._begin(number)
        if day is None:
            return None
        self.latest = max(self.latest, event.time)
        day.attempts += 1
        _keep_smallest(day.seen, event.id, MAXIMUM_SEEN)
        slot = event.time % DAY // SLOT
        day.slots[slot] = day.slots.get(slot, 0) + 1
        if event.device is not None and event.device.form is Form.SCRIPT:
            day.scripted += 1
        if succeeded:
            day.successes += 1
            user = self.users.get(account)
            if user is not None and user.first >= number * (DAY // SECOND):
                day.enter(event, account)
        elif event.account and is_guess(event):
            day.fail(event, account)
        return number

    def is_first_success(self, event: SignIn) -> bool:
        """Whether this, just taken in, is the only success of its day here so far."""
        day = self.days.get(event.time // DAY)
        return day is not None and event.outcome is SUCCESS and day.successes == 1

    def _name(self, event: SignIn) -> None:
        """Note where this is from and with what, once."""
        if not self.network and event.network is not None:
            self.network = network_label(event.network)[:LONGEST_LABEL]
        agent = agent_of(event)
        if agent and agent not in self.clients:
            label = event.user_agent or "" if event.device is None else device_label(event.device)
            self.clients[agent] = label[:LONGEST_LABEL]
            if len(self.clients) > MAXIMUM_CLIENTS:
                del self.clients[max(self.clients)]

    def _begin(self, number: int) -> Day | None:
        if len(self.days) >= KEPT_DAYS:
            oldest = min(self.days)
            if number < oldest:
                return None
            del self.days[oldest]
        day = self.days[number] = Day()
        return day

    def _meet(self, event: SignIn, account: int) -> None:
        at = event.time // SECOND
        self._see(account, at, alias=False)
        if event.account_name:
            name = digest32(event.account_name)
            if name != account:
                self._see(name, at, alias=True)

    def _see(self, account: int, at: int, *, alias: bool) -> None:
        user = self.users.get(account)
        if user is not None:
            if at < user.first:
                user.first = at
                self._forget_entries(account, at)
            user.last = max(user.last, at)
            user.alias = user.alias and alias
            return
        if account >= _SPACE >> self.level:
            return
        self.users[account] = User(at, at, alias)
        while len(self.users) > MAXIMUM_USERS:
            self.level += 1
            self.users = {a: u for a, u in self.users.items() if a < _SPACE >> self.level}
            for day in self.days.values():
                day.entries = {a: e for a, e in day.entries.items() if a in self.users}

    def _forget_entries(self, account: int, at: int) -> None:
        """Who got in already at `at` (s) did not for the first time on a later day."""
        for number, day in self.days.items():
            if at < number * (DAY // SECOND):
                day.entries.pop(account, None)


class Suspect(Struct, array_like=True):
    """A source where more accounts fail than get in, as its tenant's ledger has it.

    Event times in ms of the first and last failure. `names` is how many accounts failed there
    that never got in, `unknown` how many of those there are none of, `accounts` the digests of
    the smallest few; `entries` are the few that got in there first on these days. `agent` is the
    digest of the client that failed most, `client` what a person calls it; `agents` the digests
    of all that failed there.
    """

    first: int
    last: int
    failures: int
    names: int
    unknown: int
    agent: int
    scripted: bool
    event: bytes
    accounts: list[int] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    client: str = ""
    agents: list[int] = field(default_factory=list)


class Period(Struct, array_like=True):
    """One UTC day of a tenant: attempts, failures, and sources that somebody got in from.

    `slots` counts attempts and `failed` failures by `SLOT` of the day. `suspects` is how many new
    suspects the day had in the end, None while they are still listed; `peak` and `failed_peak`
    likewise the most in a slot.
    """

    attempts: int = 0
    failures: int = 0
    sources: int = 0
    suspects: int | None = None
    peak: int = 0
    failed_peak: int = 0
    slots: dict[int, int] = field(default_factory=dict)
    failed: dict[int, int] = field(default_factory=dict)
    firsts: list[bytes] = field(default_factory=list)
    seen: list[bytes] = field(default_factory=list)


class TenantLedger(Struct, array_like=True, dict=True):
    """What is known of a tenant: its days, and the sources that fail and hardly ever succeed.

    `suspects` are by address, those whose digest is below `2**32 >> level`; they are changed by
    `suspect` and `observe` only, so that `derived` is known to hold.
    """

    latest: int = 0
    level: int = 0
    days: dict[int, Period] = field(default_factory=dict)
    suspects: dict[str, Suspect] = field(default_factory=dict)
    said: dict[bytes, bytes] = field(default_factory=dict)

    def observe(self, event: SignIn, *, is_new: bool) -> int | None:
        """Count an attempt; `is_new`: the first success of the day at its source.

        Its day, None when that is no longer kept.
        """
        number = event.time // DAY
        day = self.days.get(number) or self._begin(number)
        if day is None:
            return None
        self.latest = max(self.latest, event.time)
        day.attempts += 1
        _keep_smallest(day.seen, event.id, MAXIMUM_SEEN)
        day.sources += is_new
        slot = event.time % DAY // SLOT
        if is_guess(event):
            day.failures += 1
            _keep_smallest(day.firsts, event.id, MAXIMUM_FIRSTS)
            if day.suspects is None:
                day.failed[slot] = day.failed.get(slot, 0) + 1
        if day.suspects is None:
            day.slots[slot] = day.slots.get(slot, 0) + 1
        return number

    def derived(self) -> dict[object, Any]:
        """What was worked out from the suspects, by whatever name, until they change. It is no
        part of the ledger: it is neither saved nor compared."""
        found: dict[object, Any] = self.__dict__.setdefault(_DERIVED, {})
        return found

    def suspect(self, ip: str, what: Suspect | None) -> None:
        """What a source's own ledger says of it by now; None: nothing against it."""
        if self.suspects.get(ip) == what:
            return
        if what is None:
            del self.suspects[ip]
            self._forget_derived()
            return
        if digest32(ip) >= _SPACE >> self.level:
            return
        self.suspects[ip] = what
        self._forget_derived()
        while len(self.suspects) > MAXIMUM_SUSPECTS:
            self.level += 1
            self.suspects = {
                a: s for a, s in self.suspects.items() if digest32(a) < _SPACE >> self.level
            }

    def _forget_derived(self) -> None:
        self.__dict__.pop(_DERIVED, None)

    def _begin(self, number: int) -> Period | None:
        if len(self.days) >= TENANT_DAYS:
            oldest = min(self.days)
            if number < oldest:
                return None
            del self.days[oldest]
        day = self.days[number] = Period()
        for old in sorted(self.days)[: -SUSPECT_DAYS - 1]:
            self._close(old)
        return day

    def _close(self, number: int) -> None:
        """Keep no more than the sums of a day that has passed."""
        day = self.days[number]
        if day.suspects is not None:
            return
        day.peak = max(day.slots.values(), default=0)
        day.failed_peak = max(day.failed.values(), default=0)
        day.slots.clear()
        day.failed.clear()
        mine = [a for a, s in self.suspects.items() if s.first // DAY <= number]
        day.suspects = len(mine) << self.level
        for address in mine:
            if self.suspects[address].last // DAY <= number:
                del self.suspects[address]
        self._forget_derived()


def suspicion(ledger: Ledger) -> Suspect | None:
    """What a tenant's ledger keeps of this source; None when nothing is against it."""
    if not any(day.failures for day in ledger.days.values()):
        return None
    latest = max(ledger.days, default=0)
    numbers = [
        n for n in sorted(ledger.days) if n > latest - SUSPECT_DAYS and ledger.days[n].failures
    ]
    if not numbers:
        return None
    days = [(number * DAY, ledger.days[number]) for number in numbers]
    failed = count_failing([day for _, day in days], ledger.users)
    if not failed:
        return None
    since = days[0][0] // SECOND - USER_MEMORY // SECOND
    # As few of them as decide it: a site has hundreds, and few of its people fail.
    users = (u for u in ledger.users.values() if not u.alias and u.last >= since)
    if sum(1 for _ in islice(users, failed)) << ledger.level >= failed:
        return None
    strangers = failing(days, ledger.users)
    level = max(day.level for _, day in days)
    agents = _sum(day.agents for _, day in days)
    agent = _most(agents)
    attempts = sum(day.attempts for _, day in days)
    return Suspect(
        first=min(t.first for t in strangers.values()),
        last=max(start + day.last for start, day in days),
        failures=sum(day.failures for _, day in days),
        names=len(strangers) << level,
        unknown=sum(t.said == UNKNOWN for t in strangers.values()) << level,
        agent=agent,
        scripted=sum(day.scripted for _, day in days) * 2 > attempts,
        event=min(first for _, day in days for first in day.firsts),
        accounts=sorted(strangers)[:MAXIMUM_TOLD],
        entries=_first_entries(ledger, with_next(ledger, days)),
        client=ledger.clients.get(agent, ""),
        agents=sorted(agents)[:MAXIMUM_AGENTS],
    )


def main_agent(days: Iterable[Day]) -> int:
    """The client program that failed most on these days; 0 when none is said."""
    return _most(_sum(day.agents for day in days))


def _most(agents: dict[int, int]) -> int:
    return max(agents, key=lambda agent: (agents[agent], agent), default=0)


def failing(days: Iterable[tuple[int, Day]], known: Container[int] = ()) -> dict[int, Try]:
    """The tries of these days by account, first ones in ms of event time; each day with its start.

    Without accounts that are `known`. Where days are thinned out differently, as the most thinned
    one is.
    """
    given = list(days)
    level = max((day.level for _, day in given), default=0)
    found: dict[int, Try] = {}
    for start, day in given:
        for account, one in day.tries.items():
            if account in known or account >= _SPACE >> level:
                continue
            before = found.get(account)
            at = start + one.first
            if before is None:
                found[account] = Try(at, one.count, one.said)
            else:
                found[account] = Try(
                    min(before.first, at), before.count + one.count, before.said | one.said
                )
    return found


def count_failing(days: Sequence[Day], known: dict[int, User]) -> int:
    """How many accounts `failing` returns for these days."""
    tries: set[int] = set()
    tries.update(*(day.tries for day in days))
    level = max((day.level for day in days), default=0)
    if any(day.level != level for day in days):
        tries = {account for account in tries if account < _SPACE >> level}
    return len(tries.difference(known))


def entered(ledger: Ledger, days: Iterable[tuple[int, Day]]) -> Iterator[tuple[int, Entry]]:
    """The accounts that got in on these days and not before, with the start of the first day."""
    given = list(days)
    seen: set[int] = set()
    begin = given[0][0] // SECOND if given else 0
    for _, day in given:
        for account, entry in sorted(day.entries.items(), key=lambda item: item[1].event):
            user = ledger.users.get(account)
            is_known = user is not None and user.first < begin
            if account not in seen and not is_known:
                seen.add(account)
                yield account, entry


def with_next(ledger: Ledger, days: list[tuple[int, Day]]) -> list[tuple[int, Day]]:
    """These days, not none of them, and the day after the last one where that is kept."""
    number = days[-1][0] // DAY + 1
    later = ledger.days.get(number)
    return days if later is None else [*days, (number * DAY, later)]


def _first_entries(ledger: Ledger, days: list[tuple[int, Day]]) -> list[Entry]:
    return [entry for _, entry in entered(ledger, days)][:MAXIMUM_TOLD]


def _sum(counts: Iterable[dict[int, int]]) -> dict[int, int]:
    total: dict[int, int] = {}
    for some in counts:
        for key, count in some.items():
            total[key] = total.get(key, 0) + count
    return total


def _keep_smallest(kept: list[bytes], one: bytes, most: int) -> None:
    if len(kept) < most or one < kept[-1]:
        kept.append(one)
        kept.sort()
        del kept[most:]
