"""What the model of sharing says of a tenant's people as a rule, for one to be measured against.

Companies differ in ways that no model has met before: two computers on every desk, a log that tells
sessions otherwise. Where it says much of many, it says less of each of them. What counts is what it
said up to a time long past, so that no order in which events come changes it.
"""

from bisect import bisect_left
from math import floor

from msgspec import Struct, field

from detectors.core.event import DAY
from detectors.core.ledger import digest32

LEANING_VERSION = 1
RANK = 0.8
"""Of this share of a tenant's people less is said: those who share are hardly among them."""
USUAL = -0.5
"""Nats at that rank among the people of all tenants whose worlds others made, by trees that saw
nothing of the author's."""
SILENT = -2.0
"""Nats that stand for a silent model, which has found nothing unlike one person at one machine."""
SMOOTHED = 20
"""So many people of a tenant's count as much as those of all others."""
MEMORY = 45 * DAY
"""What was said so long before holds no more."""
SETTLED = 10 * DAY
"""From the first word on, the time in which everybody is spoken of of whom much is to be said: what
is still to be said does not pass for silence."""
RECENT = 10 * DAY
"""Up to so long before what was said last in a tenant all of it is remembered, and of each account
one thing more."""
STRAYS = 2
"""Accounts that may be ahead of all others."""
SAMPLE = 512
"""Accounts that the rank is taken of at most, chosen by their digests: it lies where one account
in a hundred more or less makes a difference."""
MAXIMUM_ACCOUNTS = 2 * SAMPLE
"""Accounts that are remembered, before they are thinned out: more than a rank is ever taken of."""
_SPACE = 1 << 32


class Leaning(Struct, array_like=True):
    """What was said of some of a tenant's accounts, by the digests of their names: times (ms) and
    nats, for several people above 0, in order of time. `since` is when anything was said first, 0
    for never, and what was said before `floor` is not all remembered."""

    level: int = 0
    since: int = 0
    floor: int = 0
    said: dict[int, list[tuple[int, float]]] = field(default_factory=dict)

    def say(self, account: str, time: int, nats: float) -> None:
        """Note what is said of an account at a time (ms)."""
        self.since = min(self.since or time, time)
        name = digest32(account)
        if name >= _SPACE >> self.level:
            return
        said = [one for one in self.said.get(name, ()) if one[0] != time]
        self.said[name] = sorted([*said, (time, nats)])
        while len(self.said) > MAXIMUM_ACCOUNTS:
            self.level += 1
            self.said = {n: said for n, said in self.said.items() if n < _SPACE >> self.level}

    def take_back(self, account: str, time: int) -> None:
        """Forget what was said of an account at a time (ms)."""
        name = digest32(account)
        left = [one for one in self.said.get(name, ()) if one[0] != time]
        if left:
            self.said[name] = left
        else:
            self.said.pop(name, None)

    def prune(self) -> int:
        """Forget what nobody asks for any more once so much is said of others; the time (ms) that
        anything was said last of any but a few, whose clocks may be wrong."""
        last = sorted(said[-1][0] for said in self.said.values())
        if len(last) <= STRAYS:
            return max(last, default=0)
        latest = last[-STRAYS - 1]
        self.floor = max(self.floor, latest - RECENT)
        self.said = {
            name: said[max(0, bisect_left(said, (self.floor,)) - 1) :]
            for name, said in self.said.items()
            if said[-1][0] >= self.floor - MEMORY
        }
        return latest

    def beyond(self, until: int, people: float, *, may_raise: bool) -> float:
        """By how many nats more is said of this tenant's people than of others', as of `until`
        (ms). Less than nothing only where it `may_raise` and everybody was spoken of. `people` are
        the tenant's, those included that nothing is said of."""
        if until < self.floor:
            return 0.0
        level = self.level
        while people / (1 << level) > SAMPLE:
            level += 1
        last = (
            [nats for time, nats in said if until - MEMORY < time <= until]
            for name, said in self.said.items()
            if name < _SPACE >> level
        )
        spoken = [one[-1] for one in last if one]
        sample = max(len(spoken), round(people / (1 << level)))
        if not sample:
            return 0.0
        nats = sorted([max(SILENT, one) for one in spoken] + [SILENT] * (sample - len(spoken)))
        more = (_ranked(nats) - USUAL) * sample / (sample + SMOOTHED)
        is_settled = 0 < self.since <= until - SETTLED
        return more if may_raise and is_settled else max(0.0, more)


def _ranked(nats: list[float]) -> float:
    """What is between the two that stand next to the rank."""
    place = RANK * (len(nats) - 1)
    low = floor(place)
    high = min(low + 1, len(nats) - 1)
    return nats[low] + (nats[high] - nats[low]) * (place - low)
