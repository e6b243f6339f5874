"""Two machines of one account against each other: a day of theirs, and all days, in nats."""

from itertools import pairwise

from msgspec import Struct, field

from detectors.core.event import DAY, HOUR, MINUTE
from detectors.core.finding import CAP
from detectors.sharing.apart import BROWSERS, DESK, FAR, LINES, MASKED, TWINS

DAY_MOST = {FAR: 4.5, LINES: 3.5, MASKED: 3.0, DESK: 2.4, BROWSERS: 2.1, TWINS: 2.4}
"""Nats that one day is worth at most: one afternoon means little, two people come every day."""
ONE_DESK = frozenset({DESK, BROWSERS, TWINS})
NEAR = frozenset({LINES, DESK, BROWSERS, TWINS})
DAY_LEAST = {FAR: -0.2, LINES: -0.3, MASKED: -0.3, DESK: -0.5, BROWSERS: -0.5, TWINS: -0.3}
"""Nats that a day of blocks takes away, at most."""
PER_TURN = 0.6
"""Nats for a turn. One person at two machines takes about a quarter of the turns that chance would
bring, two people about three quarters; of log(3) a half is left, since turns of one day depend on
each other."""
PER_CHANCE = {FAR: 0.28, LINES: 0.28, MASKED: 0.28, DESK: 0.34, BROWSERS: 0.4, TWINS: 0.28}
"""Nats against, for each turn that chance would bring, halved likewise. People work in bursts: two
of them take three quarters of those turns. Who has two browsers or two computers on one desk may go
between them every few minutes, and come to two thirds of them."""
SPARSE = {FAR: 1.2, LINES: 0.2, MASKED: 0.2, DESK: 0.0, BROWSERS: 0.0, TWINS: 0.0}
"""Nats for a turn beyond the second, on a day of which the log tells little more than sign-ons."""
TOGETHER = {FAR: 1.0, LINES: 0.6, MASKED: 0.5, DESK: 0.0, BROWSERS: 0.0, TWINS: 0.0}
"""Nats for a day on which two sessions, signed on to that day on lines that no one desk has, both
went on for `TOGETHER_LEAST`. Few honest people have one such day a month, three of 4,000 six."""
TOGETHER_LEAST = 3 * HOUR
RETURNED = 2
"""Turns, from the one to the other and back, without which one of the two may be a page left open.
"""
AS_ONE = 3
"""Days apart that a day weighs which ended with both signed off at a stroke."""
BOTH_WAYS = 3
"""Days on which the one was signed on first, and as many on which the other was: who leaves a page
open where he works leaves it at the same end."""
SEEN_WITHIN = 0.3
"""Share that counts of a company's server beside a desk, until a day begins with the server: what
is opened from the desk, and never before it, is seen on it."""
APART, UNTOLD = 2, -1
"""How a day of two ends began, where not with the one or the other (0, 1) and both in step."""
IN_STEP, IN_STEP_LEAST = 3, 2
"""What each day beyond the others weighs on which the one was opened within minutes after the
other, always the same, and from how many on: who begins the day so sits before both. Of 127 shared
accounts none did on half of its days."""
OPENED_WITHIN = 5 * MINUTE
MOSTLY = 0.7
SPARSE_DAY = 12
"""Activities of both sides up to which a day may be such, when most turns are sign-ons."""
LEG = 0.75
"""Nats for a change of places that nobody could have made in the time between."""
TRIP = 0.9
"""Nats more when somebody comes back so within `LONGEST_STAY`."""
HABIT = 3 * HOUR
"""Journeys one way that all end within so long of each other, by the time of day, are somebody's
habit: the way to work, or lunch at home, with the place of the one or the other wrong."""
HABITUAL = 0.2
"""Share that journeys of habit count for."""
SUDDEN = 0.5
"""The same when most of them left no time for any way to work."""
SEVERAL = 3
MOST_JOURNEYS = 20.0
"""Nats of journeys that are remembered of a pair; those of habit count for less."""
WHOLE_DAY = 0.3
"""Share of the most a day can be worth from which on it counts as one of the days."""
COPRESENCE = 2 * HOUR
"""In one region a day counts in full when both were at work for so long; a second browser or
a laptop is used for a while."""
SHIFT = 4 * HOUR
"""The same of two browsers: a colleague works for hours, a second browser is opened for a task."""
LEAST_EACH = 4
"""Activities that each side must have for a day to count."""
ENOUGH_EACH = 8
"""Activities of each side from which on a day in one region counts in full."""
BALANCE = 0.35
"""Where the log names no devices, the least share of activities that a second computer has of the
first one's: a phone beside it has less."""


class Duel(Struct, array_like=True):
    """One day of two machines: turns taken from one to the other, and what each did meanwhile.

    `counts` are activities by hand on either, in the order of the two names; `synced` says up to
    how many of a session's activities they count. The day lasts from `since` to `at`, event times
    in ms. `share` is what it counts for, `named` whether the log names devices. `left` is
    when the last leg too quick for any journey ended, `legs` how many there were, `trips` how
    often somebody came back so; `moves` are changes of place of what may be one laptop. `together`
    is for how long, in ms, two sessions signed on to that day have gone on side by side, `ahead`
    the side that was first, 0 or 1, and `attended` whether something other than turns says that
    neither of them is a page left open. `as_one`: both were signed off at a stroke; `remote`: both
    were signed on at once, as a remote desktop is and what it is seen on. `opened` is how the day
    began: the side that was signed on first where the other followed within minutes, 0 or 1, else
    `APART` or `UNTOLD`. `served` is, of a desk and a company's server, whether the desk was signed
    on first that day (0) or the server (1), else `UNTOLD`.
    """

    apart: str
    since: int
    at: int
    share: float = 1.0
    named: bool = True
    counts: list[int] = field(default_factory=lambda: [0, 0])
    turns: int = 0
    slow: int = 0
    sign_ons: int = 0
    moves: int = 0
    legs: int = 0
    trips: int = 0
    left: int = 0
    machines: int = 2
    synced: dict[str, int] = field(default_factory=dict)
    together: int = 0
    ahead: int = 0
    attended: bool = False
    as_one: bool = False
    remote: bool = False
    opened: int = UNTOLD
    served: int = UNTOLD

    def by_chance(self) -> float:
        """The turns that two who do not mind each other would have taken, one excepted."""
        first, second = self.counts
        return max(0.0, 2.0 * first * second / max(1, first + second) - 1.0)

    def journeys(self) -> float:
        """What the journeys that nobody could have made are worth in nats."""
        return LEG * self.legs + TRIP * self.trips

    def worth(self, returns: int) -> float:
        """What the turns of the day are worth in nats, with the first taken for granted."""
        worth = PER_TURN * max(0, self.turns - 1) - PER_CHANCE[self.apart] * self.by_chance()
        if self.turns < returns or min(self.counts) < LEAST_EACH:
            worth = min(0.0, worth)
        if worth > 0 and (self.apart in NEAR or not self.named):
            hours = SHIFT if self.apart == BROWSERS else COPRESENCE
            worth *= min(1.0, (self.at - self.since) / hours, min(self.counts) / ENOUGH_EACH)
        if self.is_sparse():
            worth = max(worth, SPARSE[self.apart] * (self.turns + self.slow - 2))
        if self.is_together():
            worth = max(worth, TOGETHER[self.apart])
        most = DAY_MOST[self.apart] * (self.machines - 1)
        return self.share * min(most, max(DAY_LEAST[self.apart], worth))

    def is_sparse(self) -> bool:
        """Whether the log tells of this day little more than sign-ons; between two cities, whether
        it tells little."""
        told = self.turns + self.slow
        is_thin = (self.named and self.apart == FAR) or self.sign_ons >= MOSTLY * told
        return is_thin and sum(self.counts) <= SPARSE_DAY

    def is_together(self) -> bool:
        """Whether both went on for hours, and somebody was at either: a page left open waits for
        nobody. Where the log tells of hands, these decide."""
        somebody = self.attended or self.turns + self.slow >= RETURNED
        return (
            not self.remote
            and self.together >= TOGETHER_LEAST
            and somebody
            and sum(self.counts) <= SPARSE_DAY
        )

    def is_balanced(self) -> bool:
        """Whether both sides did about as much."""
        return min(self.counts) >= BALANCE * max(self.counts)


class Pair(Struct, array_like=True):
    """Two machines on all days so far: what these are worth, how many were, what was said of it.

    `past` are nats of turns; `journeys` those of days that journeys are worth more. Of the `legs`
    so far `sudden` were of two machines, with less than `ON_THE_WAY` between. `together` is for how
    long two sessions went on side by side on the day before, `ahead` on how many such days either
    side was signed on first. `as_one` is on how many days both were left at a stroke, on one desk,
    and `struck` when they last were signed off so (event time, ms). `opened` counts the days by how
    they began (see `Duel.opened`). `along` is how often one browser was seen to go from the one to
    the other and back all day, each time signing on anew. `served` counts the days by
    `Duel.served`.
    """

    last: int
    past: float = 0.0
    days: int = 0
    spoken: float = 0.0
    spoken_days: int = 0
    abroad: bool = False
    out: list[int] = field(default_factory=list)
    back: list[int] = field(default_factory=list)
    journeys: float = 0.0
    legs: int = 0
    sudden: int = 0
    together: int = 0
    ahead: list[int] = field(default_factory=lambda: [0, 0])
    as_one: int = 0
    struck: int = 0
    opened: list[int] = field(default_factory=lambda: [0, 0, 0])
    along: int = 0
    served: list[int] = field(default_factory=lambda: [0, 0])

    def total(self, duel: Duel, returns: int) -> float:
        """What all days come to in nats, today's with them."""
        turns = duel.worth(returns)
        journeys = min(DAY_MOST[duel.apart], duel.share * duel.journeys())
        share = self.share()
        nats = self.past + share * self.journeys + max(share * journeys, turns)
        return nats * self.company(duel)

    def add(self, duel: Duel, returns: int) -> None:
        """Add a day that is over."""
        self.together = duel.together
        self.as_one += duel.as_one
        if duel.opened != UNTOLD and duel.turns + duel.slow >= RETURNED:
            self.opened[duel.opened] += 1
        if duel.together >= TOGETHER_LEAST:
            self.ahead[duel.ahead] += 1
        if duel.served != UNTOLD:
            self.served[duel.served] += 1
        worth = duel.worth(returns)
        if duel.as_one:
            worth = min(0.0, worth)
        journeys = min(DAY_MOST[duel.apart], duel.share * duel.journeys())
        if journeys * self.share() > worth:
            self.journeys = min(MOST_JOURNEYS, self.journeys + journeys)
            worth = journeys * self.share()
        else:
            self.past = min(CAP + DAY_MOST[FAR], max(0.0, self.past + worth))
        least = RETURNED if duel.is_sparse() else LEAST_EACH
        long = duel.at - duel.since >= COPRESENCE and min(duel.counts) >= least
        if (long and worth >= DAY_MOST[duel.apart] * duel.share * WHOLE_DAY) or duel.is_together():
            self.days += 1

    def share(self) -> float:
        """What journeys count for: less when they are habit, unless no way to work is as short."""
        if not self.is_habitual():
            return 1.0
        return SUDDEN if self.sudden >= max(SEVERAL, self.legs / 2) else HABITUAL

    def is_left(self, at: int, within: int) -> bool:
        """Whether somebody left both at event time `at`, where they were signed off at a stroke;
        at the time of the day that they were before, within so many ms, a timer does."""
        apart = (at - self.struck) % DAY
        is_timer = self.struck > 0 and min(apart, DAY - apart) <= within
        self.struck = at
        return not is_timer

    def company(self, duel: Duel | None = None) -> float:
        """What part of the days counts, today's `duel` with them, when some ended with both left
        at a stroke, or began with both opened one after the other: two people do neither day by
        day."""
        ended = self.as_one + (duel is not None and duel.as_one)
        part = self.days / (self.days + AS_ONE * ended) if ended else 1.0
        days = list(self.opened)
        if duel is not None and duel.opened != UNTOLD:
            days[duel.opened] += 1
        return self.seen_within(duel) * part / (1.0 + IN_STEP * in_step(days))

    def seen_within(self, duel: Duel | None) -> float:
        """What part counts of a desk and a company's server, which may be seen on that desk."""
        served = list(self.served)
        if duel is not None and duel.served != UNTOLD:
            served[duel.served] += 1
        return SEEN_WITHIN if served[0] and not served[1] else 1.0

    def is_both_ways(self) -> bool:
        """Whether now the one side is signed on first, now the other."""
        return min(self.ahead) >= BOTH_WAYS

    def is_habitual(self) -> bool:
        """Whether all journeys either way ended at about the same time of day, inside a country:
        there, places are often wrong."""
        return not self.abroad and _spread(self.out) <= HABIT and _spread(self.back) <= HABIT


def in_step(days: list[int]) -> int:
    """By how many the days that began with one end and then the other within minutes, always the
    same, are more than all others; 0 where they are not, or hardly. `days` are counts of 0, 1 and
    `APART`."""
    more = 2 * max(days[0], days[1]) - sum(days)
    return more if more >= IN_STEP_LEAST else 0


def _spread(times: list[int]) -> int:
    """How far apart times of day are, in ms, round the clock; 0 for fewer than three."""
    if len(times) < 3:
        return 0
    hours = sorted(times)
    gaps = [b - a for a, b in pairwise(hours)] + [hours[0] + DAY - hours[-1]]
    return DAY - max(gaps)
