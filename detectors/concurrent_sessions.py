"""Two computers at work in one account, by turns that one person would not take."""

from collections.abc import Iterable
from functools import lru_cache
from itertools import pairwise
from typing import Annotated, ClassVar

from msgspec import Meta, Struct, field

from detectors.core.context import AccountKind, Context
from detectors.core.detector import About, Text
from detectors.core.event import DAY, HOUR, MINUTE, Activity, Event, SignIn, is_use
from detectors.core.finding import CAP, Evidence, Fact, Finding, Weights, finding
from detectors.core.geodesy import distance_km
from detectors.core.grade import MEDIUM_USE, grade
from detectors.core.identity import Subject, SubjectKind
from detectors.core.place import DESKTOP, FIXED, Device, Network, NetworkKind, Place
from detectors.core.profile import REST, Profile, Session, is_by_hand, session_key
from detectors.core.travel import (
    device_label,
    is_somewhere,
    label,
    network_label,
    residual_km,
)

MAXIMUM_PAIRS = 12
MAXIMUM_DUELS = 12
MAXIMUM_SYNCED = 6
MAXIMUM_MACHINES = 6
FIXED_RADIUS_KM = 50.0
MOBILE_RADIUS_KM = 250.0
ANOTHER_PLACE_KM = 25.0
"""Two lines of one provider that are further apart than this are not one building's."""
LOCATED = (NetworkKind.FIXED, NetworkKind.UNKNOWN)
FAR, LINES, MASKED, DESK, BROWSERS, TWINS = "far", "lines", "masked", "desk", "browsers", "twins"
DAY_MOST = {FAR: 4.5, LINES: 3.5, MASKED: 3.0, DESK: 2.4, BROWSERS: 2.1, TWINS: 2.4}
"""Nats that one day is worth at most: one afternoon means little, two people come every day."""
MOST = {FAR: CAP, LINES: CAP, MASKED: CAP, DESK: CAP, BROWSERS: 5.5, TWINS: CAP}
NEAR = frozenset({LINES, DESK, BROWSERS, TWINS})
DAY_LEAST = {FAR: -0.2, LINES: -0.3, MASKED: -0.3, DESK: -0.5, BROWSERS: -0.5, TWINS: -0.3}
"""Nats that a day of blocks takes away, at most."""
UNNAMED = 0.5
"""Share that counts when the log names no devices: one of the two may be a phone."""
UNNAMED_FAR = 0.25
"""The same for two cities: a phone's carrier is where its exit is."""
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
TOGETHER = {FAR: 1.0, LINES: 0.5, MASKED: 0.5, DESK: 0.0, BROWSERS: 0.0, TWINS: 0.0}
"""Nats for a day on which two sessions, signed on to that day on lines that no one desk has, both
went on for `TOGETHER_LEAST`. Few honest people have one such day in a month, and hardly any six."""
TOGETHER_LEAST = 3 * HOUR
LOOK = 30 * MINUTE
"""How often, at most, an account is looked at for sessions that go on together."""
MOSTLY = 0.7
DAY_ENDS = 8 * HOUR
"""A pause that ends a day of two machines, where the log tells sign-ons and renewals only."""
LONGEST_DAY = 20 * HOUR
RENEWED = 2 * HOUR
"""A session heard of so recently goes on, if somebody signed on in it within a working day."""
SPARSE_DAY = 12
"""Activities of both sides up to which a day may be such, when most turns are sign-ons."""
LEG = 0.75
"""Nats for a change of places that nobody could have made in the time between."""
TRIP = 0.9
"""Nats more when somebody comes back so within `LONGEST_STAY`."""
BY_LAND_KMH = 160.0
"""A train and the ways to it; no two places of one country are quicker to reach by air."""
DEPARTURE = 30 * MINUTE
BY_AIR_KMH = 800.0
CHECK_IN = 2 * HOUR
LONGEST_STAY = 4 * HOUR
"""Who is elsewhere for longer may have gone to work there, and the place be wrong."""
HABIT = 3 * HOUR
"""Journeys one way that all end within so long of each other, by the time of day, are somebody's
habit: the way to work, or lunch at home, with the place of the one or the other wrong."""
HABITUAL = 0.2
"""Share that journeys of habit count for."""
REMEMBERED_LEGS = 5
SUDDEN = 0.5
"""The same when most of them left no time for any way to work."""
ON_THE_WAY = 20 * MINUTE
SEVERAL = 3
MOST_JOURNEYS = 20.0
"""Nats of journeys that are remembered of a pair; those of habit count for less."""
FAR_ENOUGH_KM = 100.0
"""Least distance beyond all uncertainty from which on a journey says something."""
COMMUTE = 2
"""Journeys a day that one laptop may make between two places, one of them located wrongly."""
AT_ONCE = 40 * MINUTE
"""One laptop was not put away, carried and opened elsewhere within this: of honest people's
impossible journeys, between places located wrongly, hardly any is as quick."""
COPRESENCE = 2 * HOUR
"""In one region a day counts in full when both were at work for so long; a second browser or
a laptop is used for a while."""
LEAST_EACH = 4
"""Activities that each side must have for a day to count."""
ENOUGH_EACH = 8
"""Activities of each side from which on a day in one region counts in full."""
BALANCE = 0.35
"""Where the log names no devices, the least share of activities that a second computer has of the
first one's: a phone beside it has less."""
UNSIGNED = 0.5
"""Share that counts when one of the two was not signed in on today: it may be a page left open."""
WHOLE_DAY = 0.3
"""Share of the most a day can be worth from which on it counts as one of the days."""
SETTLED = 2.5
"""Nats against a stranger for each further day of hours together: he comes and goes, a colleague
works."""
LEAST = 1.5
"""Nats below which a day is counted and not spoken of."""
LOUDER = 0.8
"""Nats by which a pair must have grown to speak again."""
LONGER = 2
"""Days after which it speaks again though it can grow no more."""


class Parameters(Struct, frozen=True, kw_only=True):
    """What concurrent_sessions reckons with."""

    turn: Annotated[
        int,
        Meta(
            description="A turn after a longer pause is one that one person could have taken",
            ge=0,
            extra={"unit": "ms"},
        ),
    ] = 40 * MINUTE
    returns: Annotated[
        int,
        Meta(
            description="Turns from one machine to the other that make a day of interleaving",
            ge=1,
            extra={"unit": "turns"},
        ),
    ] = 4
    working_day: Annotated[
        int,
        Meta(
            description="A sign-on this recent shows a person at that machine today",
            ge=0,
            extra={"unit": "ms"},
        ),
    ] = 16 * HOUR
    pair_memory: Annotated[
        int,
        Meta(
            description="A pair of machines not interleaved for this long is forgotten",
            ge=0,
            extra={"unit": "ms"},
        ),
    ] = 14 * DAY


class Facts(Struct, frozen=True):
    """What a finding says: the two machines, how many were at work, turns and days."""

    first_device: Annotated[str, Meta(title="First computer", extra={"fr": "Premier poste"})]
    second_device: Annotated[str, Meta(title="Second computer", extra={"fr": "Second poste"})]
    first_place: Annotated[str, Meta(title="Place of the first", extra={"fr": "Lieu du premier"})]
    second_place: Annotated[str, Meta(title="Place of the second", extra={"fr": "Lieu du second"})]
    first_network: Annotated[
        str, Meta(title="Network of the first", extra={"fr": "Réseau du premier"})
    ]
    second_network: Annotated[
        str, Meta(title="Network of the second", extra={"fr": "Réseau du second"})
    ]
    machines: Annotated[int, Meta(title="Computers at once", extra={"fr": "Postes à la fois"})]
    turns: Annotated[int, Meta(title="Turns that day", extra={"fr": "Alternances ce jour"})]
    hours_together: Annotated[
        float,
        Meta(title="Hours that both went on together", extra={"fr": "Heures menées de front"}),
    ]
    by_chance: Annotated[
        float,
        Meta(
            title="Turns that two people apart would take",
            extra={"fr": "Alternances attendues de deux personnes"},
        ),
    ]
    minutes: Annotated[
        float,
        Meta(title="Time before this turn", extra={"fr": "Temps avant cette alternance"}),
    ]
    days: Annotated[
        int, Meta(title="Days on which it was seen", extra={"fr": "Jours où cela s'est vu"})
    ]
    apart: Annotated[
        str,
        Meta(
            title="What tells them apart",
            extra={
                "fr": "Ce qui les distingue",
                "values": {
                    FAR: Text("the distance", "la distance"),
                    LINES: Text("the lines", "les lignes"),
                    MASKED: Text("a VPN or a mobile line", "un VPN ou une ligne mobile"),
                    DESK: Text("the systems", "les systèmes"),
                    BROWSERS: Text("the browsers", "les navigateurs"),
                    TWINS: Text("the sessions alone", "les sessions seules"),
                },
            },
        ),
    ]


class Duel(Struct, array_like=True):
    """One day of two machines: turns taken from one to the other, and what each did meanwhile.

    `counts` are activities by hand on either, in the order of the two names; `synced` says up to
    how many of a session's activities they count. The day lasts from `since` to `at`, event times
    in ms. `share` is what it counts for, `named` whether the log names devices. `left` is
    when the last leg too quick for any journey ended, `legs` how many there were, `trips` how
    often somebody came back so; `moves` are changes of place of what may be one laptop. `together`
    is for how long, in ms, two sessions signed on to that day have gone on side by side.
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
            worth *= min(1.0, (self.at - self.since) / COPRESENCE, min(self.counts) / ENOUGH_EACH)
        if self.is_sparse():
            worth = max(worth, SPARSE[self.apart] * (self.turns + self.slow - 2))
        if self.together >= TOGETHER_LEAST:
            worth = max(worth, TOGETHER[self.apart])
        most = DAY_MOST[self.apart] * (self.machines - 1)
        return self.share * min(most, max(DAY_LEAST[self.apart], worth))

    def is_sparse(self) -> bool:
        """Whether the log tells of this day little more than sign-ons; between two lines, whether
        it tells little."""
        told = self.turns + self.slow
        is_thin = (self.named and self.apart == FAR) or self.sign_ons >= MOSTLY * told
        return is_thin and sum(self.counts) <= SPARSE_DAY

    def is_balanced(self) -> bool:
        """Whether both sides did about as much."""
        return min(self.counts) >= BALANCE * max(self.counts)


class Pair(Struct, array_like=True):
    """Two machines on all days so far: what these are worth, how many were, what was said of it.

    `past` are nats of turns; `journeys` those of days that journeys are worth more. Of the `legs`
    so far `sudden` were of two machines, with less than `ON_THE_WAY` between.
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

    def total(self, duel: Duel, returns: int) -> float:
        """What all days come to in nats, today's with them."""
        turns = duel.worth(returns)
        journeys = min(DAY_MOST[duel.apart], duel.share * duel.journeys())
        share = self.share()
        return self.past + share * self.journeys + max(share * journeys, turns)

    def share(self) -> float:
        """What journeys count for: less when they are habit, unless no way to work is as short."""
        if not self.is_habitual():
            return 1.0
        return SUDDEN if self.sudden >= max(SEVERAL, self.legs / 2) else HABITUAL

    def is_habitual(self) -> bool:
        """Whether all journeys either way ended at about the same time of day, inside a country:
        there, places are often wrong."""
        return not self.abroad and _spread(self.out) <= HABIT and _spread(self.back) <= HABIT


class State(Struct, array_like=True):
    """Today's duels and all pairs by name, at most `MAXIMUM_DUELS` and `MAXIMUM_PAIRS`; `looked` is
    when sessions that go on together were last looked for (event time, ms)."""

    duels: dict[str, Duel] = field(default_factory=dict)
    pairs: dict[str, Pair] = field(default_factory=dict)
    looked: int = 0


class ConcurrentSessions:
    """Compares the turns between two machines with those of one person, and of two."""

    about: ClassVar[About] = About(
        name="concurrent_sessions",
        title=Text("Several computers at work at once", "Plusieurs postes à l'œuvre à la fois"),
        aup=("6",),
        attack=("T1078",),
        keyed_by=SubjectKind.ACCOUNT,
        state_version=3,
        state_ttl=30 * DAY,
        facts=Facts,
        sentence=Text(
            "{first_device} at {first_place} ({first_network}) and {second_device} at "
            "{second_place} ({second_network}) were at work by turns, {turns} times today: two "
            "people would by chance come to about {by_chance}, one at two machines to a quarter "
            "of that. Both went on side by side for {hours_together} hours. Seen on {days} days "
            "so far, with up to {machines} computers.",
            "{first_device} à {first_place} ({first_network}) et {second_device} à "
            "{second_place} ({second_network}) ont travaillé en alternance, {turns} fois ce "
            "jour : deux personnes y viendraient par hasard environ {by_chance} fois, une seule "
            "devant deux postes au quart. Menés de front pendant {hours_together} heures. Vu sur "
            "{days} jours à présent, avec jusqu'à {machines} postes.",
        ),
        innocent=Text(
            "One person at two computers side by side, two browsers on one computer, or a page "
            "left open that works by itself.",
            "Une personne devant deux postes côte à côte, deux navigateurs sur un poste, ou une "
            "page restée ouverte qui travaille seule.",
        ),
        runbook="runbooks/concurrent_sessions",
    )
    state: ClassVar[type[State]] = State

    def __init__(self, parameters: Parameters | None = None) -> None:
        self.parameters = parameters or Parameters()

    def observe(
        self, event: Event, subject: Subject, state: State, profile: Profile, context: Context
    ) -> Iterable[Finding]:
        """A finding when turns between two machines have come to more than one person takes."""
        sessions = profile.sessions
        if not sessions or not isinstance(event, SignIn):
            return ()
        own = sessions.get(session_key(event))
        goes_on = own is not None and own.last == profile.last_use
        # Where nothing was done elsewhere since this session's last activity, this is no turn.
        if goes_on or not is_use(event) or not _is_computer(event):
            return ()
        if context.kind(subject) is AccountKind.SERVICE:
            return ()
        went_on = self._went_on(event, subject, state, own, profile)
        if not is_by_hand(own, event):
            return went_on
        before = 0 if own is None or own.closed is not None else own.hand
        others = [
            s
            for s in sessions.values()
            if s.hand and s is not own and s.until() > before and _goes_on(s, event)
        ]
        if not others:
            return went_on
        return (*went_on, *self._turned(event, subject, state, own, others, profile))

    def tick(
        self, until: int, subject: Subject, state: State, profile: Profile, context: Context
    ) -> Iterable[Finding]:
        """Nothing: a day is judged turn by turn."""
        return ()

    def _went_on(
        self,
        event: SignIn,
        subject: Subject,
        state: State,
        own: Session | None,
        profile: Profile,
    ) -> Iterable[Finding]:
        """Look for sessions that have gone on beside this one, whoever or whatever keeps them."""
        if event.session is None or own is None or own.closed is not None:
            return ()
        if event.time - state.looked < LOOK or event.time - own.last >= REST:
            return ()
        state.looked = event.time
        best: tuple[float, Pair, Duel, Session] | None = None
        for other in profile.sessions.values():
            together = self._together(event, own, other)
            apart = _line(event, other, own) if together >= TOGETHER_LEAST else None
            if apart is None or not _is_computer(other):
                continue
            if apart == MASKED and _is_one_browser(event, other):
                # A tab on the VPN and one beside it.
                continue
            name, _ = _name(apart, event, own, other)
            pair = self._pair(state, _pair_of(name), event.time)
            if best is None:
                self._end_days(state, event.time)
            duel = self._duel(state, name, apart, event, other)
            duel.together = max(duel.together, together)
            duel.at = event.time
            duel.named = event.device is not None
            duel.share = self._share(duel, event, own, other, profile)
            total = pair.total(duel, self.parameters.returns)
            if best is None or total > best[0]:
                best = (total, pair, duel, other)
        return () if best is None else self._speak(event, subject, *best)

    def _together(self, event: SignIn, own: Session, other: Session) -> int:
        """For how long two sessions that were both signed on to today have gone on, in ms."""
        if other is own or own.signed_on is None or other.signed_on is None:
            return 0
        if event.time - min(own.signed_on, other.signed_on) > self.parameters.working_day:
            return 0
        since = max(own.signed_on, other.signed_on, own.awake, other.awake)
        return min(event.time, other.last) - since

    def _turned(
        self,
        event: SignIn,
        subject: Subject,
        state: State,
        own: Session | None,
        others: list[Session],
        profile: Profile,
    ) -> Iterable[Finding]:
        best: tuple[float, Pair, Duel, Session] | None = None
        met: set[str] = set()
        machine = _machine(event)
        here = max((s.hand for s in profile.sessions.values() if _machine(s) == machine), default=0)
        machines = self._machines(event, profile.sessions.values())
        for other in sorted(others, key=lambda s: (-s.hand, s.first_event)):
            apart = _apart(event, other, own, logged=event.session is not None)
            if apart is None or (apart != TWINS and other.until() < here):
                continue
            name, first = _name(apart, event, own, other)
            if name in met:
                continue
            met.add(name)
            pair = self._pair(state, _pair_of(name), event.time)
            if best is None:
                self._end_days(state, event.time)
            duel = self._duel(state, name, apart, event, other)
            if apart == FAR and event.device is not None:
                _travel(duel, pair, event, own, other, first=first)
            self._take_turn(duel, event, own, other, first=first)
            duel.named = event.device is not None
            duel.share = self._share(duel, event, own, other, profile)
            duel.machines = max(duel.machines, machines)
            total = pair.total(duel, self.parameters.returns)
            if best is None or total > best[0]:
                best = (total, pair, duel, other)
        return () if best is None else self._speak(event, subject, *best)

    def _end_days(self, state: State, at: int) -> None:
        """Add the duels of a former day to their pairs, as of event time `at` (ms)."""
        for name, duel in list(state.duels.items()):
            ends = DAY_ENDS if duel.is_sparse() else REST
            if at - duel.at > ends or at - duel.since > LONGEST_DAY:
                self._close(state, name, duel)

    def _duel(self, state: State, name: str, apart: str, event: SignIn, other: Session) -> Duel:
        """Today's duel of two machines."""
        at = event.time
        known = state.duels.get(name)
        if known is not None:
            return known
        if len(state.duels) >= MAXIMUM_DUELS:
            oldest = min(state.duels, key=lambda key: (state.duels[key].at, key))
            self._close(state, oldest, state.duels[oldest])
        fresh = state.duels[name] = Duel(apart, at, at)
        fresh.synced[_mark(other)] = other.hands - 1
        return fresh

    def _close(self, state: State, name: str, duel: Duel) -> None:
        """Add a day that is over to its pair."""
        del state.duels[name]
        pair = state.pairs.get(_pair_of(name))
        if pair is None:
            return
        worth = duel.worth(self.parameters.returns)
        journeys = min(DAY_MOST[duel.apart], duel.share * duel.journeys())
        if journeys * pair.share() > worth:
            pair.journeys = min(MOST_JOURNEYS, pair.journeys + journeys)
            worth = journeys * pair.share()
        else:
            pair.past = min(CAP + DAY_MOST[FAR], max(0.0, pair.past + worth))
        long = duel.at - duel.since >= COPRESENCE and min(duel.counts) >= LEAST_EACH
        if long and worth >= DAY_MOST[duel.apart] * duel.share * WHOLE_DAY:
            pair.days += 1

    def _pair(self, state: State, name: str, at: int) -> Pair:
        pairs = state.pairs
        pair = pairs.get(name)
        if pair is None or at - pair.last > self.parameters.pair_memory:
            if name not in pairs and len(pairs) >= MAXIMUM_PAIRS:
                del pairs[min(pairs, key=lambda key: (pairs[key].last, key))]
            pair = pairs[name] = Pair(at)
        pair.last = at
        return pair

    def _take_turn(
        self, duel: Duel, event: SignIn, own: Session | None, other: Session, *, first: bool
    ) -> None:
        """Count what was done on either side since the last turn, and this turn."""
        synced = duel.synced
        theirs = other.hands - synced.get(_mark(other), 0)
        synced[_mark(other)] = other.hands
        done = 0 if own is None or own.closed is not None else own.hands
        mark = _own_mark(event, own)
        mine = done - synced.get(mark, done) + 1
        synced[mark] = done + 1
        while len(synced) > MAXIMUM_SYNCED:
            del synced[next(iter(synced))]
        duel.counts[0] += mine if first else theirs
        duel.counts[1] += theirs if first else mine
        if event.time - other.hand <= self.parameters.turn:
            duel.turns += 1
        else:
            duel.slow += 1
        duel.sign_ons += event.activity is Activity.LOGON
        duel.at = event.time

    def _share(
        self, duel: Duel, event: SignIn, own: Session | None, other: Session, profile: Profile
    ) -> float:
        """What part of its worth a day counts for, given what is known of the two ends."""
        since = event.time - self.parameters.working_day
        mine = None if own is None else own.signed_on
        if event.activity is Activity.LOGON:
            mine = event.time
        both = all(at is not None and at >= since for at in (mine, other.signed_on))
        share = 1.0 if both else UNSIGNED
        if event.device is not None and other.device is not None:
            return share
        if profile.never_rests() or not duel.is_balanced():
            return 0.0
        return share * (UNNAMED_FAR if duel.apart == FAR else UNNAMED)

    def _machines(self, event: SignIn, sessions: Iterable[Session]) -> int:
        """How many machines, each apart from each other, had a hand on them within a turn."""
        since = event.time - self.parameters.turn
        logged = event.session is not None
        at_work: list[SignIn | Session] = [event]
        for session in sessions:
            if session.hand < since or len(at_work) >= MAXIMUM_MACHINES:
                continue
            if all(_apart(session, one, logged=logged) not in {None, TWINS} for one in at_work):
                at_work.append(session)
        return max(2, len(at_work))

    def _speak(
        self,
        event: SignIn,
        subject: Subject,
        total: float,
        pair: Pair,
        duel: Duel,
        other: Session,
    ) -> Iterable[Finding]:
        strength = min(MOST[duel.apart], total)
        if strength < LEAST:
            return ()
        louder = strength >= pair.spoken + LOUDER or pair.spoken < MEDIUM_USE <= strength
        longer = pair.days >= pair.spoken_days + LONGER and strength >= pair.spoken
        if not (louder or longer):
            return ()
        pair.spoken = strength
        pair.spoken_days = pair.days
        stable = SETTLED * max(0, pair.days - 1)
        weights = Weights(shared=strength, taken_over=-min(CAP, strength, stable))
        facts: dict[str, Fact] = {
            "first_device": device_label(other.device),
            "second_device": device_label(event.device),
            "first_place": label(other.place),
            "second_place": label(event.place),
            "first_network": network_label(other.network),
            "second_network": network_label(event.network),
            "machines": duel.machines,
            "turns": duel.turns + duel.slow,
            "hours_together": round(duel.together / HOUR, 1),
            "by_chance": round(duel.by_chance() + 1.0, 1),
            "minutes": round((event.time - other.hand) / MINUTE, 1),
            "days": pair.days + 1,
            "apart": duel.apart,
        }
        return (
            finding(
                self.about.name,
                subject,
                event.time,
                grade(weights),
                Evidence("overlap", weights, facts),
                (event.id, other.hand_event),
            ),
        )


def _goes_on(session: Session, event: SignIn) -> bool:
    """Whether a session's last gesture still belongs to this day's work."""
    at = event.time
    if at - session.until() < REST:
        return True
    return at - session.hand < DAY_ENDS and session.closed is None and at - session.last < RENEWED


def _is_computer(end: SignIn | Session) -> bool:
    """Whether this is a computer; where the log names no device, a fixed line's client may be."""
    if end.device is not None:
        return end.device.form is DESKTOP
    return end.network is not None and end.network.kind is FIXED


def _apart(
    one: SignIn | Session, other: SignIn | Session, own: Session | None = None, *, logged: bool
) -> str | None:
    """What tells two ends apart as two computers; None when nothing does.

    `logged`: the log tells sessions apart, so that two of one browser are two.
    """
    if not _is_computer(one) or not _is_computer(other):
        return None
    first, second = one.device, other.device
    line = _line(one, other, own)
    if first is None or second is None:
        return (line or TWINS) if logged and first is second else None
    same = first.fingerprint == second.fingerprint
    if same and not logged:
        return None
    if line is not None:
        return line
    if same:
        return TWINS
    return BROWSERS if first.os == second.os else DESK


def _are_two(event: SignIn, own: Session | None, other: Session) -> bool:
    """Whether these are two machines, and not one laptop that was in both places.

    Of one browser they are when its former session here goes on.
    """
    first, second = event.device, other.device
    if first is None or second is None:
        return False
    if first.fingerprint != second.fingerprint:
        return True
    return own is not None and own.closed is None and own.place == event.place


def _line(one: SignIn | Session, other: SignIn | Session, own: Session | None = None) -> str | None:
    """FAR, LINES or MASKED when two ends are on lines that no one desk has; None when not sure.
    A mobile line beside a fixed one tells as little of the place as a VPN does.

    `own` is what the session of the first was before, where that is an event.
    """
    near, away = one.network, other.network
    if near is None or away is None or one.ip == other.ip or _may_be_one_line(one, other):
        return None
    if not (is_somewhere(near) and is_somewhere(away)):
        return None if near.asn == away.asn else MASKED
    if near.kind not in LOCATED or away.kind not in LOCATED:
        return _beside_mobile(one, other)
    if residual_km(one, other, FIXED_RADIUS_KM, MOBILE_RADIUS_KM) > 0:
        return FAR
    if near.asn is None or away.asn is None:
        return None
    apart = near.asn != away.asn or _km(one, other) > ANOTHER_PLACE_KM
    return LINES if apart or _hold_other_lines(one, other, own) else None


def _is_one_browser(event: SignIn, other: Session) -> bool:
    first, second = event.device, other.device
    return first is None or second is None or first.fingerprint == second.fingerprint


def _hold_other_lines(one: SignIn | Session, other: SignIn | Session, own: Session | None) -> bool:
    """Whether two ends of one provider in one town are on two lines: no lease goes from one
    address to quite another and back while both go on."""
    if own is None or not isinstance(other, Session):
        return False
    return own.ip == one.ip and own.last < other.last and _block(one.ip) != _block(other.ip)


def _beside_mobile(one: SignIn | Session, other: SignIn | Session) -> str | None:
    """The same for one computer on a mobile line and another on a fixed one: where the first is,
    its country alone says, and who has a line at hand does not share his telephone's."""
    kinds = {end.network.kind for end in (one, other) if end.network}
    if one.device is None or other.device is None or NetworkKind.MOBILE not in kinds:
        return None
    if len(kinds) == 1 or one.device.fingerprint == other.device.fingerprint:
        return None
    if one.place is None or other.place is None or one.place.country == other.place.country:
        return MASKED
    far = residual_km(one, other, FIXED_RADIUS_KM, MOBILE_RADIUS_KM) > 0
    return FAR if far else MASKED


def _may_be_one_line(one: SignIn | Session, other: SignIn | Session) -> bool:
    """Whether these may be the IPv4 and the IPv6 of one line: their places are told apart."""
    near, away = one.network, other.network
    if near is None or away is None or one.ip is None or other.ip is None:
        return False
    return near.asn == away.asn and (":" in one.ip) != (":" in other.ip)


def _block(ip: str | None) -> str:
    """What one line keeps of its address, whatever its lease: 16 bits of IPv4, 48 of IPv6."""
    if ip is None:
        return ""
    return ":".join(ip.split(":")[:3]) if ":" in ip else ".".join(ip.split(".")[:2])


def _km(one: SignIn | Session, other: SignIn | Session) -> float:
    if one.place is None or other.place is None:
        return 0.0
    return distance_km(one.place, other.place)


def _machine(end: SignIn | Session) -> str:
    """A browser at a network and, to a degree, a place: leases move an address by less."""
    return _browser(end.device, end.network, end.place)


@lru_cache(maxsize=50_000)
def _browser(device: Device | None, network: Network | None, place: Place | None) -> str:
    fingerprint = device.fingerprint if device else ""
    asn = network.asn if network else None
    site = f"{place.country}{place.latitude:.0f},{place.longitude:.0f}" if place else ""
    return f"{fingerprint}@{asn}@{site}"


def _travel(
    duel: Duel, pair: Pair, event: SignIn, own: Session | None, other: Session, *, first: bool
) -> None:
    """Note a leg that is too quick for any journey, and whether it brings somebody back."""
    at = event.time
    residual = residual_km(event, other, FIXED_RADIUS_KM, MOBILE_RADIUS_KM)
    if residual < FAR_ENOUGH_KM:
        return
    one_laptop = not _are_two(event, own, other)
    gap = at - other.until()
    duel.moves += one_laptop and event.activity is Activity.LOGON
    if gap >= _journey(residual, event, other):
        duel.left = 0
        return
    moved = duel.moves <= COMMUTE or event.activity is not Activity.LOGON
    if one_laptop and moved and gap > AT_ONCE:
        return
    duel.legs += 1
    pair.legs += 1
    pair.sudden += not one_laptop and gap <= ON_THE_WAY
    pair.abroad = pair.abroad or not _is_inland(event, other)
    if first:
        pair.out = [*pair.out[-(REMEMBERED_LEGS - 1) :], at % DAY]
    else:
        pair.back = [*pair.back[-(REMEMBERED_LEGS - 1) :], at % DAY]
    if duel.left and at - duel.left <= LONGEST_STAY:
        duel.trips += 1
        duel.left = 0
    else:
        duel.left = at


def _journey(residual: float, event: SignIn, other: Session) -> float:
    """How long it takes to get there, at least, in ms."""
    by_land = residual / BY_LAND_KMH * HOUR + DEPARTURE
    return by_land if _is_inland(event, other) else min(by_land, _flight(residual))


def _flight(residual: float) -> float:
    return residual / BY_AIR_KMH * HOUR + CHECK_IN


def _is_inland(event: SignIn, other: Session) -> bool:
    here, there = event.place, other.place
    return here is None or there is None or here.country == there.country


def _spread(times: list[int]) -> int:
    """How far apart times of day are, in ms, round the clock; 0 for fewer than three."""
    if len(times) < 3:
        return 0
    hours = sorted(times)
    gaps = [b - a for a, b in pairwise(hours)] + [hours[0] + DAY - hours[-1]]
    return DAY - max(gaps)


def _mark(session: Session) -> str:
    """A session's name within a duel."""
    return session.first_event.hex()


def _own_mark(event: SignIn, own: Session | None) -> str:
    return event.id.hex() if own is None or own.closed is not None else _mark(own)


def _name(apart: str, event: SignIn, own: Session | None, other: Session) -> tuple[str, bool]:
    """The name of a duel, that of its pair first; and whether the event is on its first side."""
    mine, theirs = _machine(event), _machine(other)
    if apart != TWINS:
        return f"{apart}/{min(mine, theirs)}/{max(mine, theirs)}#", mine < theirs
    one, two = _own_mark(event, own), _mark(other)
    return f"{apart}/{mine}#{min(one, two)}/{max(one, two)}", one < two


def _pair_of(name: str) -> str:
    return name.partition("#")[0]
