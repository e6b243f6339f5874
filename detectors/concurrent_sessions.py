"""Two computers at work in one account at the same time, by turns too quick for one person."""

from collections.abc import Iterable
from typing import Annotated, ClassVar

from msgspec import Meta, Struct, field

from detectors.core.context import Context
from detectors.core.detector import About, Text
from detectors.core.event import DAY, HOUR, MINUTE, Event, SignIn, is_use
from detectors.core.finding import CAP, Evidence, Fact, Finding, Weights, finding
from detectors.core.grade import grade
from detectors.core.identity import Subject, SubjectKind
from detectors.core.place import Form, NetworkKind
from detectors.core.profile import Profile, Session, is_by_hand, session_key
from detectors.core.travel import (
    device_label,
    label,
    network_label,
    residual_km,
)

MAXIMUM_PAIRS = 12
FIXED_RADIUS_KM = 50.0
MOBILE_RADIUS_KM = 250.0
LOCATED = (NetworkKind.FIXED, NetworkKind.UNKNOWN)
FAR, LINES, DESK, BROWSERS = "far", "lines", "desk", "browsers"
FIRST_DAY = {FAR: 4.0, LINES: 2.0, DESK: 1.5, BROWSERS: 0.6}
"""Nats on the first day: in two cities, on two lines of a region, at one address, on one system."""
EACH_DAY = {FAR: 2.0, LINES: 1.0, DESK: 1.0, BROWSERS: 0.4}
"""Nats that each further day adds: two browsers once mean little, two people come every day."""
MOST = {FAR: CAP, LINES: CAP, DESK: CAP, BROWSERS: 3.0}
UNSIGNED_CAP = 2.0
"""Nats at most when one of the two was not signed in on today: it may be a page left open."""
LEAST = 1.5
"""Nats below which a day is counted and not spoken of."""
MAXIMUM_MACHINES = 6


class Parameters(Struct, frozen=True, kw_only=True):
    """What concurrent_sessions reckons with."""

    turn: Annotated[
        int,
        Meta(
            description="Longest pause between two turns of an interleaving",
            ge=0,
            extra={"unit": "ms"},
        ),
    ] = 10 * MINUTE
    returns: Annotated[
        int,
        Meta(
            description="Turns back to a machine that make a day of interleaving",
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
    returns: Annotated[int, Meta(title="Turns that day", extra={"fr": "Alternances ce jour"})]
    minutes: Annotated[
        float,
        Meta(title="Shortest time between turns", extra={"fr": "Temps le plus court entre deux"}),
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
                    DESK: Text("the systems", "les systèmes"),
                    BROWSERS: Text("the browsers", "les navigateurs"),
                },
            },
        ),
    ]


class Pair(Struct, array_like=True, gc=False):
    """Two machines seen at work by turns: on how many days, how often on the last of them."""

    last: int
    returns: int = 0
    days: int = 0
    machines: int = 2
    counted: bool = False


class State(Struct, array_like=True):
    """The pairs of machines seen, by name, at most `MAXIMUM_PAIRS`."""

    pairs: dict[str, Pair] = field(default_factory=dict)


class ConcurrentSessions:
    """Counts the days on which hands were at two computers by turns of minutes."""

    about: ClassVar[About] = About(
        name="concurrent_sessions",
        title=Text("Several computers at work at once", "Plusieurs postes à l'œuvre à la fois"),
        aup=("6",),
        attack=("T1078",),
        keyed_by=SubjectKind.ACCOUNT,
        state_version=1,
        state_ttl=30 * DAY,
        facts=Facts,
        sentence=Text(
            "{first_device} at {first_place} ({first_network}) and {second_device} at "
            "{second_place} ({second_network}) worked by turns, {minutes} minutes apart, "
            "{returns} times today; on {days} days so far, with up to {machines} computers.",
            "{first_device} à {first_place} ({first_network}) et {second_device} à "
            "{second_place} ({second_network}) ont travaillé en alternance, à {minutes} minutes "
            "d'intervalle, {returns} fois ce jour ; {days} jours à présent, avec jusqu'à "
            "{machines} postes.",
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
        """A finding when a day of interleaving is complete, at most once a day and pair."""
        sessions = profile.sessions
        if len(sessions) < 2 or not isinstance(event, SignIn):
            return ()
        own = sessions.get(session_key(event))
        if own is None or own.last == profile.last_use or not is_use(event):
            # Nothing was done elsewhere since this session's last activity: nobody returns.
            return ()
        device = event.device
        if device is None or device.form is not Form.DESKTOP or own.closed is not None:
            return ()
        if not own.hand or not is_by_hand(own, event):
            return ()
        turn = self.parameters.turn
        others = [
            session
            for session in sessions.values()
            if own.hand < session.hand <= own.hand + turn
            and event.time - session.hand <= turn
            and session is not own
        ]
        return self._returned(event, subject, state, own, others, profile) if others else ()

    def tick(
        self, until: int, subject: Subject, state: State, profile: Profile, context: Context
    ) -> Iterable[Finding]:
        """Nothing: a day's interleaving is judged at its last turn."""
        return ()

    def _returned(
        self,
        event: SignIn,
        subject: Subject,
        state: State,
        own: Session,
        others: list[Session],
        profile: Profile,
    ) -> Iterable[Finding]:
        logged = event.session is not None
        for other in others:
            apart = _apart(event, other, logged)
            if apart is None:
                continue
            pair = self._pair(apart, event, other, state)
            pair.returns += 1
            machines = self._machines(event, own, profile.sessions.values())
            pair.machines = max(pair.machines, machines)
            if pair.returns < self.parameters.returns or pair.counted:
                continue
            pair.counted = True
            pair.days += 1
            weights = self._weights(apart, pair, event, own, other)
            if weights.shared < LEAST:
                continue
            return self._speak(event, subject, pair, other, weights, apart)
        return ()

    def _pair(self, apart: str, event: SignIn, other: Session, state: State) -> Pair:
        at = event.time
        key = apart + "/" + "/".join(sorted((_machine(event), _machine(other))))
        pairs = state.pairs
        pair = pairs.get(key)
        if pair is None or at - pair.last > self.parameters.pair_memory:
            if key not in pairs and len(pairs) >= MAXIMUM_PAIRS:
                del pairs[min(pairs, key=lambda name: (pairs[name].last, name))]
            pair = pairs[key] = Pair(at)
        if at // DAY != pair.last // DAY:
            pair.returns = 0
            pair.counted = False
        pair.last = at
        return pair

    def _weights(
        self, apart: str, pair: Pair, event: SignIn, own: Session, other: Session
    ) -> Weights:
        since = event.time - self.parameters.working_day
        both_today = all(
            end.signed_on is not None and end.signed_on >= since for end in (own, other)
        )
        worth = FIRST_DAY[apart] + EACH_DAY[apart] * (pair.days - 1)
        most = MOST[apart] if pair.machines == 2 else CAP
        crowd = min(most, worth * (pair.machines - 1) ** 2)
        return Weights(shared=crowd if both_today else min(UNSIGNED_CAP, crowd))

    def _machines(self, event: SignIn, own: Session, sessions: Iterable[Session]) -> int:
        """How many machines, each apart from each other, had a hand on them within a turn."""
        since = event.time - self.parameters.turn
        logged = event.session is not None
        at_work = [own]
        for session in sessions:
            if session is own or session.hand < since or len(at_work) >= MAXIMUM_MACHINES:
                continue
            if all(_apart(session, one, logged) is not None for one in at_work):
                at_work.append(session)
        return max(2, len(at_work))

    def _speak(
        self,
        event: SignIn,
        subject: Subject,
        pair: Pair,
        other: Session,
        weights: Weights,
        apart: str,
    ) -> Iterable[Finding]:
        facts: dict[str, Fact] = {
            "first_device": device_label(other.device),
            "second_device": device_label(event.device),
            "first_place": label(other.place),
            "second_place": label(event.place),
            "first_network": network_label(other.network),
            "second_network": network_label(event.network),
            "machines": pair.machines,
            "returns": pair.returns,
            "minutes": round((event.time - other.hand) / MINUTE, 1),
            "days": pair.days,
            "apart": apart,
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


def _apart(one: SignIn | Session, other: SignIn | Session, logged: bool) -> str | None:
    """How far two ends are from being one machine: FAR, LINES, DESK, BROWSERS; None when not.

    `logged`: the log tells sessions apart, so that two of one browser are two.
    """
    first, second = one.device, other.device
    if first is None or second is None:
        return None
    if first.form is not Form.DESKTOP or second.form is not Form.DESKTOP:
        return None
    line = _line(one, other)
    if line is not None:
        same = first.fingerprint == second.fingerprint
        return line if logged or not same else None
    if first.fingerprint == second.fingerprint:
        return None
    return BROWSERS if first.os == second.os else DESK


def _line(one: SignIn | Session, other: SignIn | Session) -> str | None:
    """FAR or LINES when two ends are on fixed lines that no one desk has; None when not sure."""
    near, away = one.network, other.network
    if near is None or away is None or one.ip == other.ip:
        return None
    if near.kind not in LOCATED or away.kind not in LOCATED:
        return None
    if residual_km(one, other, FIXED_RADIUS_KM, MOBILE_RADIUS_KM) > 0:
        return FAR
    return None if near.asn is None or away.asn is None or near.asn == away.asn else LINES


def _machine(end: SignIn | Session) -> str:
    fingerprint = end.device.fingerprint if end.device else ""
    asn = end.network.asn if end.network else None
    return f"{fingerprint}@{asn}"
