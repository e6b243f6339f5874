"""One account at work for more hours than any one person, day after day."""

from collections.abc import Iterable
from typing import Annotated, ClassVar

from msgspec import Meta, Struct, field

from detectors.core.context import AccountKind, Context
from detectors.core.detector import About, Text
from detectors.core.event import DAY, HOUR, LOGOFF, LOGON, MINUTE, REFRESH, Event, SignIn, is_use
from detectors.core.finding import CAP, Evidence, Fact, Finding, Weights, finding
from detectors.core.grade import MEDIUM_USE, grade
from detectors.core.identity import Subject, SubjectKind
from detectors.core.place import DESKTOP
from detectors.core.profile import WAKEFUL, Profile, Session, is_timed, session_key
from detectors.core.travel import device_label

PER_HOUR = 0.75
"""Nats for each hour beyond `full_day`."""
SPAN_SHARE = 0.3
"""What an hour of pause within the waking day counts for: two shifts leave no long evening."""
DAY_MOST = 2.4
ORDINARY = -0.1
"""Nats for a day that one person could have worked."""
MEMORY_DAYS = 14
RESTED_WITHIN = 8 * DAY
"""What has no night's rest for so long is a program's, and not a floor's that closes on Sundays."""
SPARSE_SHARE = 0.6
"""Share of sign-ons among all activity from which on a log tells little more than these."""
SPARSE_LEAST = 6
PACES = 3
"""Who does something every forty minutes is not away for two hours when the log is silent."""
PACE_MEMORY = 20
"""How many pauses the mean reaches back, more or less."""
ONE_SITTING = 0.4
"""Share that a long day counts for when nobody signed on in the middle of it."""
SETTLED = 1.0
"""Nats against a stranger for each further long day: he comes and goes, a colleague works."""
LEAST = 2.0
LOUDER = 0.8
GLANCE = 15 * MINUTE
"""What an activity counts for that comes alone."""
LONGEST_SITTING = 10 * HOUR
RENEWED = 0.7
"""Share that time counts for in which a page did nothing but renew its token."""
MAXIMUM_NAMES = 6
GRAIN = 5 * MINUTE
"""Gestures closer than this in one session are taken together."""


class Parameters(Struct, frozen=True, kw_only=True):
    """What shift_relay reckons with."""

    full_day: Annotated[
        int,
        Meta(
            description="Length of a waking day that one person may well work, pauses in part",
            ge=HOUR,
            extra={"unit": "ms"},
        ),
    ] = 12 * HOUR
    pause: Annotated[
        int,
        Meta(
            description="A pause up to this long is part of the work",
            ge=MINUTE,
            extra={"unit": "ms"},
        ),
    ] = 100 * MINUTE
    sparse_pause: Annotated[
        int,
        Meta(
            description="The same where the log tells little more than sign-ons",
            ge=MINUTE,
            extra={"unit": "ms"},
        ),
    ] = 200 * MINUTE
    night: Annotated[
        int,
        Meta(
            description="A pause from this long on is a night's rest, and ends the waking day",
            ge=HOUR,
            extra={"unit": "ms"},
        ),
    ] = 5 * HOUR
    handover: Annotated[
        int,
        Meta(
            description="A sign-on this long after the day's first may be the next shift's",
            ge=0,
            extra={"unit": "ms"},
        ),
    ] = 3 * HOUR


class Facts(Struct, frozen=True):
    """What a finding says: hours of work, from when to when, sign-ons, machines, long days."""

    work_hours: Annotated[
        float, Meta(title="Work in this waking day", extra={"fr": "Travail dans cette journée"})
    ]
    span_hours: Annotated[
        float, Meta(title="From first to last", extra={"fr": "Du premier au dernier geste"})
    ]
    sign_ons: Annotated[int, Meta(title="Sign-ons", extra={"fr": "Ouvertures de session"})]
    machines: Annotated[int, Meta(title="Computers", extra={"fr": "Postes"})]
    devices: Annotated[str, Meta(title="Devices", extra={"fr": "Appareils"})]
    long_days: Annotated[
        int, Meta(title="Days as long as this", extra={"fr": "Journées aussi longues"})
    ]


class State(Struct, array_like=True, gc=False):
    """The waking day going on, and what former ones come to. Times in ms."""

    start: int = 0
    last: int = 0
    work: int = 0
    session: str = ""
    rested: int = 0
    gestures: int = 0
    pace: float = 0.0
    all_sign_ons: int = 0
    sign_ons: int = 0
    opened: int = 0
    machines: list[str] = field(default_factory=list)
    devices: list[str] = field(default_factory=list)
    sittings: list[str] = field(default_factory=list)
    shifts: list[bytes] = field(default_factory=list)
    past: float = 0.0
    long_days: int = 0
    last_long: int = 0
    spoken: float = 0.0


class ShiftRelay:
    """Adds up the hours worked by hand between two nights' rests."""

    about: ClassVar[About] = About(
        name="shift_relay",
        title=Text("Hours no one person keeps", "Des heures qu'une seule personne ne tient pas"),
        aup=("6",),
        attack=("T1078",),
        keyed_by=SubjectKind.ACCOUNT,
        state_version=1,
        state_ttl=30 * DAY,
        facts=Facts,
        sentence=Text(
            "At work for {work_hours} hours within {span_hours} hours without a night's rest, "
            "with {sign_ons} sign-ons on {machines} computers ({devices}); {long_days} days "
            "like this so far.",
            "À l'œuvre pendant {work_hours} heures en l'espace de {span_hours} heures sans nuit "
            "de repos, avec {sign_ons} connexions sur {machines} postes ({devices}) ; "
            "{long_days} jours comme celui-ci à présent.",
        ),
        innocent=Text(
            "Overtime on a few days, or a program that works under a person's account.",
            "Des heures supplémentaires quelques jours, ou un programme qui travaille sous le "
            "compte d'une personne.",
        ),
        runbook="runbooks/shift_relay",
    )
    state: ClassVar[type[State]] = State

    def __init__(self, parameters: Parameters | None = None) -> None:
        self.parameters = parameters or Parameters()

    def observe(
        self, event: Event, subject: Subject, state: State, profile: Profile, context: Context
    ) -> Iterable[Finding]:
        """A finding when long days have come to more than one person keeps."""
        if not isinstance(event, SignIn) or not _is_computer(event):
            return ()
        key = session_key(event)
        goes_on = key == state.session and 0 <= event.time - state.last < GRAIN
        if goes_on or context.kind(subject) is AccountKind.SERVICE:
            return ()
        own = profile.sessions.get(key)
        if event.activity is LOGOFF:
            if own is None or own.closed is not None or not _was_there(event, own, state):
                return ()
            state.work += event.time - state.last
            state.last = event.time
            return self._speak(event, subject, state, profile)
        if event.activity is REFRESH and own is not None:
            self._renew(event, own, state)
        if not is_use(event) or is_timed(own, event) or _is_application(event, own):
            return ()
        self._work(event, state, key)
        return self._speak(event, subject, state, profile)

    def tick(
        self, until: int, subject: Subject, state: State, profile: Profile, context: Context
    ) -> Iterable[Finding]:
        """Nothing: a day is judged while it grows."""
        return ()

    def _work(self, event: SignIn, state: State, key: str) -> None:
        at = event.time
        gap = at - state.last
        if not state.last or gap >= self.parameters.night or at - state.start >= DAY:
            self._begin(event, state)
        elif gap <= self._pause(state):
            state.work += gap
        else:
            state.work += GLANCE
        if 0 < gap < self.parameters.sparse_pause:
            state.pace += (gap - state.pace) / PACE_MEMORY
        state.last = at
        signed_on = event.activity is LOGON
        if key != state.session or signed_on:
            _note(event, state, key)
        state.sign_ons += signed_on
        state.all_sign_ons += signed_on
        state.gestures += 1

    def _renew(self, event: SignIn, own: Session, state: State) -> None:
        """A page renews its token: who opened it today may well sit before it."""
        gap = event.time - state.last
        if not state.last or event.time - own.awake > LONGEST_SITTING:
            return
        if gap < self.parameters.night:
            state.work += round(RENEWED * min(gap, self.parameters.pause))
            state.last = event.time

    def _pause(self, state: State) -> int:
        """The longest pause that is part of the work, by how much the log tells."""
        least, most = self.parameters.pause, self.parameters.sparse_pause
        if state.gestures < SPARSE_LEAST:
            return least
        if state.all_sign_ons >= SPARSE_SHARE * state.gestures:
            return most
        return min(most, max(least, round(PACES * state.pace)))

    def _begin(self, event: SignIn, state: State) -> None:
        """Add the waking day that is over to the past, and begin another."""
        if state.last and event.time - state.last >= self.parameters.night:
            state.rested = event.time
        if state.last:
            worth = self._worth(state)
            state.past = min(2 * CAP, max(0.0, state.past + worth))
            if worth > 0:
                state.long_days += 1
                state.last_long = state.last
        if event.time - state.last_long > MEMORY_DAYS * DAY:
            state.past = 0.0
            state.long_days = 0
            state.spoken = 0.0
        state.start = event.time
        state.work = 0
        state.session = ""
        state.sign_ons = state.opened = 0
        state.machines = []
        state.devices = []
        state.sittings = []
        state.shifts = []

    def _worth(self, state: State) -> float:
        """What the waking day is worth in nats."""
        beyond = (_length(state) - self.parameters.full_day) / HOUR
        if beyond <= 0:
            return ORDINARY
        handed_over = state.opened - state.start >= self.parameters.handover
        share = 1.0 if handed_over else ONE_SITTING
        return min(DAY_MOST, PER_HOUR * beyond) * share

    def _speak(
        self, event: SignIn, subject: Subject, state: State, profile: Profile
    ) -> Iterable[Finding]:
        if _length(state) <= self.parameters.full_day:
            return ()
        if not state.rested or event.time - state.rested > RESTED_WITHIN or profile.never_rests():
            # An application that never sleeps.
            return ()
        strength = min(CAP, state.past + self._worth(state))
        if strength < LEAST:
            return ()
        if strength < state.spoken + LOUDER and not state.spoken < MEDIUM_USE <= strength:
            return ()
        state.spoken = strength
        stable = SETTLED * max(0, state.long_days - 1)
        weights = Weights(shared=strength, taken_over=-min(CAP, strength, stable))
        facts: dict[str, Fact] = {
            "work_hours": round(state.work / HOUR, 1),
            "span_hours": round((event.time - state.start) / HOUR, 1),
            "sign_ons": state.sign_ons,
            "machines": len(state.machines),
            "devices": ", ".join(state.devices[:3]),
            "long_days": state.long_days + 1,
        }
        shown = (event.id, *(s for s in reversed(state.shifts) if s != event.id))
        evidence = Evidence("hours", weights, facts)
        return (finding(self.about.name, subject, event.time, grade(weights), evidence, shown),)


def _is_application(event: SignIn, own: Session | None) -> bool:
    """Whether it may be an application that is open for days, where the log names no devices."""
    return event.device is None and own is not None and event.time - own.awake > WAKEFUL


def _note(event: SignIn, state: State, key: str) -> None:
    """Note the machine and the session that the work goes on in."""
    state.session = key
    machine = _machine(event)
    if machine not in state.machines and len(state.machines) < MAXIMUM_NAMES:
        state.machines.append(machine)
        device = device_label(event.device)
        if device not in state.devices:
            state.devices.append(device)
    if key not in state.sittings:
        state.opened = event.time
        state.sittings = [*state.sittings[-(MAXIMUM_NAMES - 1) :], key]
        state.shifts = [*state.shifts[-(MAXIMUM_NAMES - 1) :], event.id]


def _was_there(event: SignIn, own: Session, state: State) -> bool:
    """Whether who signs off was at it all along, however little the log tells in between."""
    signed_on = own.signed_on
    return (
        signed_on is not None
        and signed_on <= state.last < event.time
        and event.time - signed_on <= LONGEST_SITTING
    )


def _length(state: State) -> float:
    """The waking day's work in ms, with a part of its pauses."""
    pauses = state.last - state.start - state.work
    return state.work + SPAN_SHARE * pauses


def _is_computer(event: SignIn) -> bool:
    """Whether a person sits at it: a computer, or a client that the log does not name."""
    return event.device is None or event.device.form is DESKTOP


def _machine(event: SignIn) -> str:
    fingerprint = event.device.fingerprint if event.device else ""
    return f"{fingerprint}@{event.network.asn if event.network else None}"
