"""Two computers at work in one account, by turns that one person would not take."""

from collections.abc import Iterable
from typing import Annotated, ClassVar

from msgspec import Meta, Struct, field

from detectors.core.context import AccountKind, Context
from detectors.core.detector import About, Text
from detectors.core.event import DAY, HOUR, LOGOFF, MINUTE, Activity, Event, SignIn, is_use
from detectors.core.finding import CAP, Evidence, Fact, Finding, Weights, finding
from detectors.core.grade import MEDIUM_USE, grade
from detectors.core.identity import Subject, SubjectKind
from detectors.core.population import Population
from detectors.core.profile import REST, Profile, Session, is_by_hand, session_key
from detectors.core.travel import (
    device_label,
    label,
    network_label,
)
from detectors.sharing.apart import (
    BROWSERS,
    DESK,
    FAR,
    LINES,
    MASKED,
    TWINS,
    in_one_office,
    is_computer,
    is_one_browser,
    is_served,
    line_between,
    machine,
    told_apart,
)
from detectors.sharing.duel import (
    APART,
    ONE_DESK,
    OPENED_WITHIN,
    TOGETHER_LEAST,
    UNTOLD,
    Duel,
    Pair,
)
from detectors.sharing.journey import journey_time, note_journey
from detectors.sharing.succession import changes_of_line

MAXIMUM_PAIRS = 12
MAXIMUM_DUELS = 12
MAXIMUM_SYNCED = 6
MAXIMUM_MACHINES = 6
MOST = {FAR: CAP, LINES: CAP, MASKED: CAP, DESK: CAP, BROWSERS: 5.5, TWINS: CAP}
UNNAMED = 0.5
"""Share that counts when the log names no devices: one of the two may be a phone."""
UNNAMED_TWINS = 2.5
"""Nats that two sessions on one line come to at most there: a telephone has one, and a laptop."""
UNNAMED_FAR = 0.25
"""The same for two cities: a phone's carrier is where its exit is."""
LOOK = 30 * MINUTE
"""How often, at most, an account is looked at for sessions that go on together."""
DAY_ENDS = 8 * HOUR
"""A pause that ends a day of two machines, where the log tells sign-ons and renewals only."""
LONGEST_DAY = 20 * HOUR
NEXT_DOOR = 10 * MINUTE
"""Who signs on to both within this sits before both: at a remote desktop, or with two providers."""
AT_A_STROKE = 2 * MINUTE
"""Who signs off from both within this was one person at both, unless it is at that time of every
day: then a timer is."""
LEAST_STAY = HOUR
"""A session for less says nothing of who leaves when."""
RENEWED = 2 * HOUR
"""A session heard of so recently goes on, if somebody signed on in it within a working day."""
UNLOGGED = 0.7
"""Share that two browsers at one address count for where the log tells no sessions apart."""
UNSIGNED = 0.5
"""Share that counts when one of the two was not signed in on today: it may be a page left open."""
SETTLED = 2.5
"""Nats against a stranger for each further day of hours together: he comes and goes, a colleague
works."""
POOLED = 0.5
"""Part that what other pairs came to counts for: people do not keep to one machine each."""
CARRIED_LEAST = 0.5
CARRIED = 0.3
"""Part that two browsers of one system count for who did the same on another line, nats of it: they
are on one laptop."""
MANY_CHANGES = 4
"""Changes a day between two far places that one browser signs on anew at each of, never coming back
to what was open: two people who hand an account over do it less often."""
YOUNG = 3 * DAY
"""Before that, nothing tells two on one desk from a board on the wall that never rests."""
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


class State(Struct, array_like=True):
    """Today's duels and all pairs by name, at most `MAXIMUM_DUELS` and `MAXIMUM_PAIRS`; `looked` is
    when sessions that go on together were last looked for (event time, ms). `aged` is the age of
    the session that was signed off last (ms)."""

    duels: dict[str, Duel] = field(default_factory=dict)
    pairs: dict[str, Pair] = field(default_factory=dict)
    looked: int = 0
    aged: int = 0


class ConcurrentSessions:
    """Compares the turns between two machines with those of one person, and of two."""

    about: ClassVar[About] = About(
        name="concurrent_sessions",
        title=Text("Several computers at work at once", "Plusieurs postes à l'œuvre à la fois"),
        aup=("6",),
        attack=("T1078",),
        keyed_by=SubjectKind.ACCOUNT,
        state_version=9,
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
        if event.activity is LOGOFF:
            self._signed_off(event, state, own, profile, context.population(subject.tenant))
        goes_on = own is not None and own.last == profile.last_use
        # Where nothing was done elsewhere since this session's last activity, this is no turn.
        if goes_on or not is_use(event) or not is_computer(event):
            return ()
        if context.kind(subject, event.time) is AccountKind.SERVICE:
            return ()
        population = context.population(subject.tenant)
        went_on = self._went_on(event, subject, state, own, profile, population)
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
        return (*went_on, *self._turned(event, subject, state, own, others, profile, population))

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
        population: Population,
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
            apart = line_between(event, other, own) if together >= TOGETHER_LEAST else None
            if apart is None or not is_computer(other):
                continue
            if in_one_office(apart, event, other, population) != apart:
                continue
            if apart == MASKED and is_one_browser(event, other):
                # A tab on the VPN and one beside it.
                continue
            name, first = _name(apart, event, own, other)
            pair = self._pair(state, _pair_of(name), event.time)
            if best is None:
                self._end_days(state, event.time)
            duel = self._duel(state, name, apart, event, other)
            _side_by_side(duel, pair, own, other, together, first=first)
            self._note_opening(duel, event, own, other, first=first)
            duel.at = event.time
            duel.named = event.device is not None
            duel.share = self._share(duel, event, own, other, profile)
            total = self._total(state, name, pair, duel)
            if best is None or total > best[0]:
                best = (total, pair, duel, other)
        return () if best is None else self._speak(event, subject, *best)

    def _signed_off(
        self,
        event: SignIn,
        state: State,
        own: Session | None,
        profile: Profile,
        population: Population,
    ) -> None:
        """Note that somebody came back to a session that another, opened later, goes on beside; or
        that both were left together."""
        if own is None or own.closed is not None or own.signed_on is None:
            return
        age, aged = event.time - own.signed_on, state.aged
        state.aged = age
        if age < LEAST_STAY:
            return
        by_hand = aged and abs(age - aged) > AT_A_STROKE
        for other in profile.sessions.values():
            if other is own or other.signed_on is None:
                continue
            apart = told_apart(own, other, own, logged=True)
            apart = in_one_office(apart, own, other, population)
            if apart is None:
                continue
            ends, marks = (machine(own), machine(other)), (_mark(own), _mark(other))
            name = _between(apart, ends, marks)
            duel = state.duels.get(name)
            if duel is None:
                continue
            if other.closed is not None:
                stayed = other.closed - other.signed_on >= LEAST_STAY
                struck = apart in ONE_DESK and event.time - other.closed <= AT_A_STROKE
                if stayed and struck:
                    pair = self._pair(state, _pair_of(name), event.time)
                    duel.as_one = pair.is_left(event.time, AT_A_STROKE) or duel.as_one
            elif by_hand and other.signed_on >= own.signed_on:
                duel.attended = True

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
        population: Population,
    ) -> Iterable[Finding]:
        best: tuple[float, Pair, Duel, Session] | None = None
        met: set[str] = set()
        desk = machine(event)
        here = max((s.hand for s in profile.sessions.values() if machine(s) == desk), default=0)
        former = max(
            (s for s in profile.sessions.values() if s.ip == event.ip and machine(s) == desk),
            key=lambda s: s.last,
            default=None,
        )
        machines = self._machines(event, profile.sessions.values())
        for other in sorted(others, key=lambda s: (-s.hand, s.first_event)):
            apart = told_apart(event, other, own or former, logged=event.session is not None)
            apart = in_one_office(apart, event, other, population)
            if apart is None or (apart != TWINS and other.until() < here):
                continue
            if apart in ONE_DESK and profile.never_rests():
                # Two screens of a board on the wall.
                continue
            name, first = _name(apart, event, own, other)
            if self._goes_along(name, apart, event, own, other, state, profile, population):
                continue
            if name in met:
                continue
            met.add(name)
            pair = self._pair(state, _pair_of(name), event.time)
            if best is None:
                self._end_days(state, event.time)
            duel = self._duel(state, name, apart, event, other)
            if apart == FAR and event.device is not None:
                note_journey(duel, pair, event, own, other, first=first)
            self._take_turn(duel, event, own, other, first=first)
            self._note_opening(duel, event, own, other, first=first)
            self._note_server(duel, event, own, other, population)
            duel.named = event.device is not None
            duel.share = self._share(duel, event, own, other, profile)
            duel.machines = max(duel.machines, machines)
            if own is not None:
                together = self._together(event, own, other)
                _side_by_side(duel, pair, own, other, together, first=first)
            total = self._total(state, name, pair, duel)
            if best is None or total > best[0]:
                best = (total, pair, duel, other)
        if best is None or (best[2].apart in ONE_DESK and event.time - profile.first_seen < YOUNG):
            return ()
        return self._speak(event, subject, *best)

    def _goes_along(
        self,
        name: str,
        apart: str,
        event: SignIn,
        own: Session | None,
        other: Session,
        state: State,
        profile: Profile,
        population: Population,
    ) -> bool:
        """Whether one browser goes from line to line: behind a VPN and out again, on a telephone's
        line, or by an exit of the company's that is placed in another city."""
        changes = changes_of_line(event, own, other, profile.sessions.values())
        if changes is None:
            return False
        if apart != FAR:
            return apart in (LINES, MASKED, TWINS)
        pair = state.pairs.get(_pair_of(name))
        if changes >= MANY_CHANGES and pair is not None:
            # Nobody hands an account over so often: from now on the distance is taken for an error.
            pair.along += 1
            duel = state.duels.get(name)
            if duel is not None:
                duel.legs = duel.trips = duel.turns = duel.slow = 0
        is_common = population.is_common(event.ip) or population.is_common(other.ip)
        return is_common or (pair is not None and pair.along > 0)

    def _total(self, state: State, name: str, pair: Pair, duel: Duel) -> float:
        """What a pair comes to in nats, with a part of what all others came to."""
        total = pair.total(duel, self.parameters.returns)
        if total <= 0:
            # Two that came to nothing say nothing of what others came to.
            return 0.0
        others = 0.0
        for other_name, other in state.pairs.items():
            if other is pair or duel.at - other.last > self.parameters.pair_memory:
                continue
            if _programs(other_name)[1:] != _programs(name)[1:]:
                others += other.past * other.company()
            elif other.past >= CARRIED_LEAST and duel.apart == BROWSERS:
                return CARRIED * total
        return total + POOLED * others

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
        pair.add(duel, self.parameters.returns)

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

    def _note_opening(
        self, duel: Duel, event: SignIn, own: Session | None, other: Session, *, first: bool
    ) -> None:
        """Note how the day of the two began, or went on after a pause: opened one within minutes
        after the other, or apart."""
        mine, theirs = _signed_on(event, own), other.signed_on
        if duel.opened in (0, 1) or mine is None or theirs is None:
            return
        if event.time - min(mine, theirs) > self.parameters.working_day:
            return
        # Of two windows of one browser none is the first: they are opened at a stroke.
        within = AT_A_STROKE if duel.apart == TWINS else OPENED_WITHIN
        is_apart = abs(mine - theirs) > within
        duel.opened = APART if is_apart else int(mine != theirs and (mine < theirs) != first)

    def _note_server(
        self,
        duel: Duel,
        event: SignIn,
        own: Session | None,
        other: Session,
        population: Population,
    ) -> None:
        """Note which was signed on first that day, a desk or the company's server beside it."""
        here, there = is_served(event, population), is_served(other, population)
        mine, theirs = _signed_on(event, own), other.signed_on
        if duel.apart not in ONE_DESK or here == there or mine is None or theirs is None:
            return
        if duel.served == UNTOLD and event.time - min(mine, theirs) <= self.parameters.working_day:
            duel.served = int((mine < theirs) == here)

    def _share(
        self, duel: Duel, event: SignIn, own: Session | None, other: Session, profile: Profile
    ) -> float:
        """What part of its worth a day counts for, given what is known of the two ends."""
        since = event.time - self.parameters.working_day
        mine = None if own is None else _begun(own, duel.apart)
        if event.activity is Activity.LOGON:
            mine = event.time
        theirs = _begun(other, duel.apart)
        both = all(at is not None and at >= since for at in (mine, theirs))
        share = 1.0 if both else UNSIGNED
        if duel.apart == BROWSERS and event.session is None:
            share *= UNLOGGED
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
            if all(told_apart(session, one, logged=logged) not in {None, TWINS} for one in at_work):
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
        unknown = duel.apart == TWINS and not duel.named
        strength = min(UNNAMED_TWINS if unknown else MOST[duel.apart], total)
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
            "hours_together": round(max(duel.together, pair.together) / HOUR, 1),
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


def _begun(session: Session, apart: str) -> int | None:
    """When somebody signed on to it, or, of two on one line, last woke the machine that had slept:
    its owner is there, while what wakes elsewhere may have been left open."""
    return session.opened() if apart in ONE_DESK else session.signed_on


def _mark(session: Session) -> str:
    """A session's name within a duel."""
    return session.first_event.hex()


def _side_by_side(
    duel: Duel, pair: Pair, own: Session, other: Session, together: int, *, first: bool
) -> None:
    """Note for how long, in ms, both have gone on, who was first, and whether anybody could have
    gone from the one to the other, or left the one open."""
    if together <= duel.together or own.signed_on is None or other.signed_on is None:
        return
    gap = abs(own.signed_on - other.signed_on)
    # At home and at the office a page may be left open now here, now there.
    both_ways = duel.apart != LINES and pair.is_both_ways()
    duel.together = together
    duel.ahead = int((own.signed_on < other.signed_on) != first)
    duel.remote = gap <= NEXT_DOOR and not min(pair.ahead)
    no_journey = duel.apart == FAR and gap < journey_time(own, other)
    duel.attended = duel.attended or no_journey or both_ways


def _signed_on(event: SignIn, own: Session | None) -> int | None:
    """When this end was signed on (event time, ms), as far as the log says it."""
    if event.activity is Activity.LOGON:
        return event.time
    return None if own is None else own.signed_on


def _own_mark(event: SignIn, own: Session | None) -> str:
    return event.id.hex() if own is None or own.closed is not None else _mark(own)


def _name(apart: str, event: SignIn, own: Session | None, other: Session) -> tuple[str, bool]:
    """The name of a duel, that of its pair first; and whether the event is on its first side."""
    mine, theirs = machine(event), machine(other)
    marks = _own_mark(event, own), _mark(other)
    first = marks[0] < marks[1] if apart == TWINS else mine < theirs
    return _between(apart, (mine, theirs), marks), first


def _between(apart: str, ends: tuple[str, str], marks: tuple[str, str]) -> str:
    """The name of a duel of two machines; of two sessions, where nothing else tells them apart."""
    if apart != TWINS:
        return f"{apart}/{min(ends)}/{max(ends)}#"
    return f"{apart}/{ends[0]}#{min(marks)}/{max(marks)}"


def _programs(name: str) -> list[str]:
    """What tells the two machines of a pair or a duel apart, wherever they are."""
    return [part.partition("@")[0] for part in name.split("/")]


def _pair_of(name: str) -> str:
    return name.partition("#")[0]
