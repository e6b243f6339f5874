"""One account at work for more hours than any one person, day after day."""

from collections.abc import Iterable
from functools import lru_cache
from typing import Annotated, ClassVar

from msgspec import Meta, Struct, field

from detectors.core.context import AccountKind, Context
from detectors.core.detector import About, Text
from detectors.core.event import DAY, HOUR, LOGOFF, LOGON, MINUTE, REFRESH, Event, SignIn, is_use
from detectors.core.finding import CAP, Evidence, Fact, Finding, Weights, finding
from detectors.core.grade import MEDIUM_USE, grade
from detectors.core.identity import Subject, SubjectKind
from detectors.core.place import DESKTOP, UNNAMED
from detectors.core.profile import WAKEFUL, Profile, Session, is_timed, session_key
from detectors.core.travel import device_label, is_unnamed

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
AGAIN_LEFT_OPEN, LEFT_OPEN_WITHIN = 2, 5 * DAY
"""So often a page is left open on a machine within so long (ms), after which its renewals count no
more: one of two who work by turns may leave one open once."""
AGAIN = 6 * DAY
"""After which what calls a reviewer is said again while it goes on (ms): an incident's evidence is
of the week."""
GLANCE = 15 * MINUTE
"""What an activity counts for that comes alone."""
LONGEST_SITTING = 10 * HOUR
"""What renews itself for longer, and nothing is done by hand meanwhile, was left open."""
SAT_AT = (DESKTOP, UNNAMED)
RENEWED = 0.7
"""Share that time counts for in which a page did nothing but renew its token."""
MAXIMUM_NAMES = 6
GRAIN = 5 * MINUTE
"""Gestures closer than this in one session are taken together."""
PARTS = 64
PART = DAY // PARTS
"""A waking day is cut in parts of 22.5 minutes; a bit each says whether anything was done in it."""
STRETCH = 27
"""Parts, ten hours, within which one person does nearly all of a day's work."""
STRAY = 2.0
"""Parts outside of these that mean nothing: a look in the evening."""
STRAY_SHARE = 0.2
"""The same as a share of all parts: overtime."""
PER_PART = 0.4
"""Nats for each further part. Of one person's days one in two hundred has any, of a relay's six in
ten."""
HOLE = 8
"""Parts, three hours, of nothing in the middle that make a split shift of a long day."""
SPLIT_SHARE = 0.3
ONE_LONG_SITTING = 0.6
"""Share that parts outside count for when nobody signed on in the middle of the day."""
ONE_MACHINE = 0.6
"""The same for one computer where pages tell of the hours by renewing their tokens: one that was
left open in a split shift's pause makes a long day of it."""
FORTNIGHT = 14
FULL_WEEK = 60.0
"""Hours a week, over a fortnight, that one person may work and look in between; the law has 48."""
PER_WEEKLY_HOUR = 0.25
WEEKS_MOST = 2.0
WORKING_DAY = 4 * HOUR
NEXT_DAY = 36 * HOUR
"""Between the starts of two days in a row, at most."""
IN_A_ROW = 12
"""Working days without a day off that one person may come to; the law has six. Of 5,800 honest
people's months hardly any has more, but for travellers'."""
PER_DAY_IN_A_ROW = 0.5
IN_A_ROW_MOST = 3.0


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
    hours_a_week: Annotated[
        float, Meta(title="Hours a week of late", extra={"fr": "Heures par semaine, ces temps-ci"})
    ]
    days_in_a_row: Annotated[
        int, Meta(title="Days without a day off", extra={"fr": "Jours sans jour de repos"})
    ]


class State(Struct, array_like=True, gc=False):
    """The waking day going on, and what former ones come to. Times in ms.

    `parts` has a bit for each part of the day in which something was done; `former` are starts and
    lengths of the days of the last fortnight, in turn, and `fortnight` what these come to. `row` is
    how many working days there have been without a day off, each with a sign-on, before this one.
    `lent` is what renewals of the present sitting did not count for; who signs off worked it.
    `by_hand` is when something was done last but a renewal, `renewed` what renewals have counted
    for since, and `parts_by_hand` the day's parts until then; `left_open` is when a page renewed
    itself alone for longer than anybody sits, the last two times, by the machine that it is on.
    """

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
    said: int = 0
    parts: int = 0
    former: list[int] = field(default_factory=list)
    fortnight: int = 0
    row: int = 0
    lent: int = 0
    by_hand: int = 0
    renewed: int = 0
    parts_by_hand: int = 0
    left_open: dict[str, list[int]] = field(default_factory=dict)


class ShiftRelay:
    """Adds up the hours worked by hand between two nights' rests."""

    about: ClassVar[About] = About(
        name="shift_relay",
        title=Text("Hours no one person keeps", "Des heures qu'une seule personne ne tient pas"),
        aup=("6",),
        attack=("T1078",),
        keyed_by=SubjectKind.ACCOUNT,
        state_version=6,
        state_ttl=30 * DAY,
        facts=Facts,
        sentence=Text(
            "At work for {work_hours} hours within {span_hours} hours without a night's rest, "
            "with {sign_ons} sign-ons on {machines} computers ({devices}); {long_days} days "
            "like this so far, {hours_a_week} h a week of late, {days_in_a_row} days without a day "
            "off.",
            "À l'œuvre pendant {work_hours} heures en l'espace de {span_hours} heures sans nuit "
            "de repos, avec {sign_ons} connexions sur {machines} postes ({devices}) ; "
            "{long_days} jours comme celui-ci à présent, {hours_a_week} h par semaine "
            "ces temps-ci, {days_in_a_row} jours sans jour de repos.",
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
        if goes_on or context.kind(subject, event.time) is AccountKind.SERVICE:
            return ()
        own = profile.sessions.get(key)
        if event.activity is LOGOFF:
            told = self._sign_off(event, own, state)
        elif _is_application(event, own):
            told = False
        elif event.activity is REFRESH and own is not None:
            self._renew(event, own, state, key)
            told = _is_sparse(state)
        else:
            told = is_use(event) and not is_timed(own, event)
            if told:
                self._work(event, state, key)
        return self._speak(event, subject, state, profile) if told else ()

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
        state.parts |= 1 << min(PARTS - 1, (at - state.start) // PART)
        signed_on = event.activity is LOGON
        if key != state.session or signed_on:
            _note(event, state, key)
        state.sign_ons += signed_on
        state.all_sign_ons += signed_on
        state.gestures += 1
        _note_hand(state)

    def _sign_off(self, event: SignIn, own: Session | None, state: State) -> bool:
        """Who signs off, worked until then; whether it was so."""
        if own is None or own.closed is not None or not _was_there(event, own, state):
            return False
        state.work += event.time - state.last
        if _is_sparse(state) and session_key(event) == state.session:
            state.work += state.lent
            state.parts |= _parts(state, state.last, event.time)
        state.lent = 0
        state.last = event.time
        _note_hand(state)
        return True

    def _renew(self, event: SignIn, own: Session, state: State, key: str) -> None:
        """A page renews its token: who opened it today may well sit before it."""
        gap = event.time - state.last
        if not state.last:
            return
        if event.time - own.awake > LONGEST_SITTING:
            if state.by_hand <= own.awake and state.renewed:
                _leave_open(state, _machine(event), event.time)
            return
        if _is_left_open(state, _machine(event), event.time):
            return
        if gap < self.parameters.night:
            open_for = min(gap, self.parameters.pause)
            worked = round(RENEWED * open_for)
            state.work += worked
            state.renewed += worked
            # Of a page left open elsewhere it says less than of the one that was opened last.
            state.lent += (open_for - worked) if key == state.session else 0
            if key == state.session and _is_sparse(state):
                state.parts |= _parts(state, event.time - open_for, event.time)
            state.last = event.time

    def _pause(self, state: State) -> int:
        """The longest pause that is part of the work, by how much the log tells."""
        least, most = self.parameters.pause, self.parameters.sparse_pause
        if state.gestures < SPARSE_LEAST:
            return least
        if _is_sparse(state):
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
            _remember(state, event.time)
            was_work = _length(state) >= WORKING_DAY and event.time - state.start <= NEXT_DAY
            state.row = _row(state) if was_work else 0
        if state.last_long and event.time - state.last_long > MEMORY_DAYS * DAY:
            state.past = 0.0
            state.long_days = 0
            state.spoken = 0.0
        state.start = event.time
        state.work = 0
        state.parts = 0
        state.session = ""
        state.sign_ons = state.opened = 0
        state.machines = []
        state.devices = []
        state.sittings = []
        state.shifts = []

    def _worth(self, state: State) -> float:
        """What the waking day is worth in nats."""
        beyond = PER_HOUR * (_length(state) - self.parameters.full_day) / HOUR
        alone = len(state.machines) < 2
        outside = PER_PART * _outside(state.parts, alone)
        worth = max(
            beyond * self._handed_over(state, ONE_SITTING),
            outside * self._handed_over(state, ONE_LONG_SITTING),
        )
        if alone and _is_sparse(state):
            worth *= ONE_MACHINE
        return min(DAY_MOST, worth) if worth > 0 else ORDINARY

    def _handed_over(self, state: State, otherwise: float) -> float:
        """1 where somebody signed on in the middle of the day, else what is given."""
        return 1.0 if state.opened - state.start >= self.parameters.handover else otherwise

    def _speak(
        self, event: SignIn, subject: Subject, state: State, profile: Profile
    ) -> Iterable[Finding]:
        weeks = _weeks(state) * self._handed_over(state, ONE_LONG_SITTING)
        restless = PER_DAY_IN_A_ROW * max(0, _row(state) - IN_A_ROW)
        more = max(weeks, min(IN_A_ROW_MOST, restless))
        if state.last - state.start <= min(STRETCH * PART, self.parameters.full_day) and not more:
            return ()
        worth = self._worth(state) + more
        if worth <= 0:
            return ()
        if not state.rested or event.time - state.rested > RESTED_WITHIN or profile.never_rests():
            # An application that never sleeps.
            return ()
        strength = min(CAP, state.past + worth)
        if strength < LEAST:
            return ()
        louder = strength >= state.spoken + LOUDER or state.spoken < MEDIUM_USE <= strength
        is_due = strength >= MEDIUM_USE and event.time - state.said >= AGAIN
        if not (louder or is_due):
            return ()
        state.spoken, state.said = max(state.spoken, strength), event.time
        stable = SETTLED * max(0, state.long_days - 1)
        weights = Weights(shared=strength, taken_over=-min(CAP, strength, stable))
        facts: dict[str, Fact] = {
            "work_hours": round(state.work / HOUR, 1),
            "span_hours": round((event.time - state.start) / HOUR, 1),
            "sign_ons": state.sign_ons,
            "machines": len(state.machines),
            "devices": ", ".join(state.devices[:3]),
            "long_days": state.long_days + (self._worth(state) > 0),
            "hours_a_week": round((state.fortnight + _length(state)) / 2 / HOUR, 1),
            "days_in_a_row": _row(state),
        }
        shown = (event.id, *(s for s in reversed(state.shifts) if s != event.id))
        evidence = Evidence("hours", weights, facts)
        return (finding(self.about.name, subject, event.time, grade(weights), evidence, shown),)


def _is_application(event: SignIn, own: Session | None) -> bool:
    """Whether it may be an application that is open for days, where nothing says what it is: a
    shift signs on."""
    if own is None or not is_unnamed(event.device):
        return False
    signed_on = own.signed_on
    return event.time - own.awake > WAKEFUL or signed_on is None or event.time - signed_on > DAY


def _note(event: SignIn, state: State, key: str) -> None:
    """Note the machine and the session that the work goes on in."""
    if key != state.session:
        state.lent = 0
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


def _note_hand(state: State) -> None:
    """Note that somebody is there: what was renewed until now may well have been watched."""
    state.by_hand, state.renewed, state.parts_by_hand = state.last, 0, state.parts


def _leave_open(state: State, machine: str, at: int) -> None:
    """Take back what renewals counted for of a page that nobody sits at: a tab in a browser at
    home, a screen on a wall."""
    state.work -= state.renewed
    state.last, state.parts, state.renewed, state.lent = state.by_hand, state.parts_by_hand, 0, 0
    times = [*state.left_open.pop(machine, []), at][-AGAIN_LEFT_OPEN:]
    if len(state.left_open) >= MAXIMUM_NAMES:
        del state.left_open[min(state.left_open, key=lambda one: (state.left_open[one][-1], one))]
    state.left_open[machine] = times


def _is_left_open(state: State, machine: str, at: int) -> bool:
    """Whether pages are left open on this machine these days: its renewals are nobody's."""
    times = state.left_open.get(machine, [])
    return len(times) >= AGAIN_LEFT_OPEN and at - times[0] <= LEFT_OPEN_WITHIN


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


def _parts(state: State, since: int, until: int) -> int:
    """A bit for each part of the waking day from `since` to `until`."""
    first = min(PARTS - 1, (since - state.start) // PART)
    last = min(PARTS - 1, (until - state.start) // PART)
    return (1 << last + 1) - (1 << first)


@lru_cache(maxsize=50_000)
def _outside(parts: int, alone: bool) -> float:
    """Parts of the day at work beyond its best ten hours, over what one person comes to; `alone`
    is a day at one computer, of which a long pause makes a split shift."""
    if parts >> STRETCH == 0:
        return 0.0
    stretch = (1 << STRETCH) - 1
    windows = range(PARTS - STRETCH + 1)
    within = max([(parts >> first & stretch).bit_count() for first in windows])
    done = parts.bit_count()
    beyond = done - within - max(STRAY, STRAY_SHARE * done)
    if beyond <= 0:
        return 0.0
    longest = max(len(hole) for hole in f"{parts:b}".strip("0").split("1"))
    if longest < HOLE:
        return beyond
    return 0.0 if alone else SPLIT_SHARE * beyond


def _remember(state: State, at: int) -> None:
    """Add the waking day that is over to the fortnight that ends with the day begun at `at`."""
    former = [*state.former, state.start, round(_length(state))]
    while former and (former[0] <= at - FORTNIGHT * DAY + DAY // 2 or len(former) > 4 * FORTNIGHT):
        del former[:2]
    state.former = former
    state.fortnight = sum(former[1::2])


def _is_sparse(state: State) -> bool:
    """Whether the log tells of little more by hand than sign-ons."""
    return state.all_sign_ons >= SPARSE_SHARE * state.gestures


def _row(state: State) -> int:
    """Working days without a day off, with this one, if somebody signed on to it."""
    if _length(state) < WORKING_DAY:
        return state.row
    return state.row + 1 if state.sign_ons else 0


def _weeks(state: State) -> float:
    """What the hours of the last fortnight are worth in nats."""
    hours = (state.fortnight + _length(state)) / 2 / HOUR
    return min(WEEKS_MOST, PER_WEEKLY_HOUR * max(0.0, hours - FULL_WEEK))


def _is_computer(event: SignIn) -> bool:
    """Whether a person sits at it: a computer, or a client that the log does not name."""
    return event.device is None or event.device.form in SAT_AT


def _machine(event: SignIn) -> str:
    fingerprint = event.device.fingerprint if event.device else ""
    return f"{fingerprint}@{event.network.asn if event.network else None}"
