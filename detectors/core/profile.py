"""What is known of an account before an event, shared by all its detectors and kept once."""

from collections.abc import Iterable
from functools import lru_cache
from typing import Any, TypeVar

from msgspec import Struct, field

from detectors.core.event import (
    DAY,
    FAILURE,
    HOUR,
    LOGOFF,
    LOGON,
    MINUTE,
    REFRESH,
    AccountChange,
    Answer,
    Change,
    Event,
    FailureReason,
    Feedback,
    Outcome,
    SignIn,
    is_attempt,
    is_use,
)
from detectors.core.finding import Finding, Severity
from detectors.core.place import (
    NO_PLACES,
    Device,
    Form,
    Network,
    NetworkKind,
    Place,
    Relocated,
)
from detectors.core.program import version_of

PROFILE_VERSION = 5
TRUST_AFTER = 24 * HOUR
TRUST_DAYS = 3
STRANGER_TRUST_DAYS = 10
"""Days of work after which what came in as a stranger is trusted without anybody vouching."""
BUSY = 8
"""Uses that make a day a stranger's day of work: brief looks earn nothing, however many."""
SESSION_MEMORY = 3 * DAY
"""A session without activity for this long is forgotten."""
FAILURE_MEMORY = DAY
BEATS = 1
"""An activity after the same pause for so many times more than twice is a machine's."""
BEAT_TOLERANCE = 0.2
"""Pauses that differ by no more than this share are the same: a timer's, with some jitter."""
STEADY_AFTER = 6
"""From so many pauses on a session's steadiness says something."""
STEADY, STEADY_BESIDE = 0.18, 0.08
"""Pauses whose mean deviation is no more than this share of their mean are a timer's; and beside
renewals, which come by a timer of their own: a page tells then that it lives, and people go on."""
NEAR_PACE = 3.0
"""Beside renewals only a pause so many deviations from the mean is one of them."""
_MEMORY = 8
"""How many pauses the mean and its deviation reach back, more or less."""
REST = 4 * HOUR
NAP = 8 * HOUR
"""Nobody rests for shorter than this again and again, by day and by night."""
OPENED = 12 * HOUR
"""A page that renews its token for longer was left open."""
WAKEFUL = 16 * HOUR
"""No person works this long without a pause of `REST`."""
NIGHTLY = 0.2
"""Share of the mean hour's uses that the quietest hour has where something never rests."""
UNNAMED = "~"
"""What the name of a session begins with that the log gives none."""
MAXIMUM_KNOWN = 32
MAXIMUM_SESSIONS = 24
MAXIMUM_FAILURES = 256
HOURS_IN_WEEK = 168
_STRANGERS = (Answer.TRUE_POSITIVE, Answer.CHALLENGE_FAILED, Answer.NOT_ME)
"""What people say when somebody else was at it."""
_MONDAY_OFFSET = 3 * DAY
"""1970-01-01 was a Thursday."""
_SATURATED = 255


class Known(Struct, array_like=True, gc=False):
    """One thing that an account was seen with, and how far it can be trusted.

    `first` and `last` are event times in ms, `days` the number of different UTC days it was seen
    on since `clean_since`, from when on no finding of medium severity or more was about it.
    `vouched`: it came together with something already known. `confirmed`: a person passed a
    challenge with it. `stranger`: it came into an account that knew other things with none of
    them beside it, or a finding was about it; `days` then counts only days of `BUSY` uses, and
    `today` the uses of the last of them.
    """

    first: int
    last: int
    clean_since: int
    days: int = 1
    vouched: bool = False
    confirmed: bool = False
    stranger: bool = False
    today: int = 1

    def is_trusted(self, at: int) -> bool:
        """Whether it counts as known at event time `at` (ms): the trust rule.

        After a passed challenge; or after 24 hours without a finding from medium up, together
        with a known device or network, or on three separate days. Time alone does not make a
        stranger known: it takes `STRANGER_TRUST_DAYS` days of work, or somebody who vouches.
        """
        if self.confirmed:
            return True
        if at - self.clean_since < TRUST_AFTER:
            return False
        return self.vouched or self.has_stayed()

    def has_stayed(self) -> bool:
        """Whether it was seen for so long that nobody need vouch for it."""
        return self.days >= (STRANGER_TRUST_DAYS if self.stranger else TRUST_DAYS)

    def is_accepted(self, at: int) -> bool:
        """Whether it is known, or came in good order and need only be seen for longer."""
        return not self.stranger or self.is_trusted(at)

    def see(self, at: int, vouched: bool, suspicious: bool) -> None:
        """Seen again; `vouched`: beside something known, `suspicious`: with a finding."""
        same_day = at // DAY == self.last // DAY
        if self.stranger:
            self.today = min(self.today + 1, _SATURATED) if same_day else 1
            self.days += self.today == BUSY
        elif not same_day:
            self.days += 1
        self.last = at
        if suspicious:
            if not self.is_trusted(at):
                self.disgrace(at)
        elif vouched:
            self.vouched = True
            self.stranger = False

    def disgrace(self, at: int) -> None:
        """Begin again with earning trust, from event time `at` (ms)."""
        self.clean_since = at
        self.days = 0
        self.vouched = False
        self.stranger = True
        self.today = 1


class KnownPlace(Known, array_like=True, gc=False):
    """A place that an account was seen at."""

    place: Place | None = None


class Session(Struct, array_like=True, gc=False):
    """One session as last seen; `closed` is when it ended, None while nothing said so.

    Times are event times in ms. Address, place, network and device are those of the last
    activity that said them; `first_event` and `last_event` are the ids of its events.
    `signed_on` is the last sign-on in it, `hand` and `hand_event` the last activity that a
    person's hand seems to have done (see `is_by_hand`). `gap` is the last pause between two
    activities, `beats` how often in a row it came again, `awake` since when it never rested.
    `acted` is its last activity that was no renewal, 0 before the first; `pauses` counts the pauses
    between such so far (saturating), `pace` is their running mean and `unevenness` their running
    mean deviation, in ms; `renews` says whether there were renewals. `hands` counts what was done
    by hand. `version` is that of the program (see `detectors.core.program`), 0 where none was said.
    """

    start: int
    last: int
    first_event: bytes
    last_event: bytes
    closed: int | None = None
    ip: str | None = None
    place: Place | None = None
    network: Network | None = None
    device: Device | None = None
    mfa: bool | None = None
    signed_on: int | None = None
    hand: int = 0
    hand_event: bytes = b""
    gap: int = 0
    beats: int = 0
    awake: int = 0
    pauses: int = 0
    pace: float = 0.0
    unevenness: float = 0.0
    hands: int = 0
    version: int = 0
    acted: int = 0
    renews: bool = False

    def until(self) -> int:
        """When somebody was last at it, in ms: the last gesture, or the last sign of a page that
        sleeps at night and wakes in the morning, as a laptop's does that is opened and closed."""
        sleeps = self.awake > self.start and self.last - self.awake <= OPENED
        return self.last if sleeps else self.hand

    def opened(self) -> int | None:
        """When somebody signed on to it, or last opened the machine on which it had slept, in ms;
        None where neither was seen."""
        if self.awake <= self.start:
            return self.signed_on
        return max(self.awake, self.signed_on or 0)

    def is_in_step(self, at: int) -> bool:
        """Whether its pauses are as even as a timer's, with some jitter, and one until `at` (ms) is
        one of them."""
        if self.pauses < STEADY_AFTER or self.pace < MINUTE:
            return False
        gap = at - self.acted
        if not self.renews:
            return self.unevenness <= STEADY * self.pace and gap <= 2 * self.pace
        near = max(NEAR_PACE * self.unevenness, STEADY_BESIDE * self.pace)
        return self.unevenness <= STEADY_BESIDE * self.pace and abs(gap - self.pace) <= near


class Failure(Struct, array_like=True, gc=False, frozen=True):
    """One failed attempt to sign in."""

    time: int
    event: bytes
    ip: str | None
    reason: FailureReason | None


def _open(event: SignIn) -> Session:
    at = event.time
    by_hand = is_by_hand(None, event)
    return Session(
        at,
        at,
        event.id,
        event.id,
        None,
        event.ip,
        event.place,
        event.network,
        event.device,
        event.mfa,
        at if event.activity is LOGON else None,
        at if by_hand else 0,
        event.id if by_hand else b"",
        awake=at,
        hands=1 if by_hand else 0,
        version=version_of(event.user_agent),
        acted=0 if event.activity is REFRESH else at,
        renews=event.activity is REFRESH,
    )


K = TypeVar("K", bound=Known)


@lru_cache(maxsize=100_000)
def place_key(place: Place) -> str:
    """The name under which a profile keeps a place: country and tenth of a degree."""
    return f"{place.country}:{place.latitude:.1f}:{place.longitude:.1f}"


def network_key(network: Network) -> str | None:
    """The name under which a profile keeps a network: its AS number; None when not known."""
    return None if network.asn is None else str(network.asn)


def session_key(event: SignIn) -> str:
    """The session an event belongs to: as logged, else one per device and network.

    Without a session of its own, a browser keeps its session over the exits of an office and the
    privacy addresses of IPv6; where the network is not known, it is one per address.
    """
    if event.session is not None:
        return event.session
    fingerprint = event.device.fingerprint if event.device else ""
    network = event.network
    if network is None or network.asn is None or event.device is None:
        return f"{UNNAMED}{fingerprint}@{event.ip or ''}"
    return f"{UNNAMED}{fingerprint}@AS{network.asn}"


def is_by_hand(session: Session | None, event: SignIn) -> bool:
    """Whether a person seems to do this, and not a page left open that keeps itself alive.

    `session` is what the event's session was before it, None for a new one. A renewal of a token,
    an activity that comes for the third time after the same pause, one in a session whose pauses
    are even, and one in a session that has not rested for `WAKEFUL`, are a machine's.
    """
    if is_timed(session, event):
        return False
    if session is None or session.closed is not None or event.time - session.last >= REST:
        # Somebody comes to work at the same time every day.
        return True
    return event.time - session.awake <= WAKEFUL


def is_timed(session: Session | None, event: SignIn) -> bool:
    """Whether a timer seems to do this: a renewal of a token, or a pause as even as those before.

    `session` is what the event's session was before it, None for a new one.
    """
    if session is None or session.closed is not None:
        return event.activity is REFRESH
    gap = event.time - session.last
    if gap >= REST:
        # A page that slept through the night wakes when somebody opens the machine.
        return _is_slow_beat(session, event)
    if event.activity is REFRESH:
        return True
    if session.beats >= BEATS and _is_beat(gap, session.gap):
        return True
    return session.is_in_step(event.time)


def _is_slow_beat(session: Session, event: SignIn) -> bool:
    """Whether a timer of hours seems to do this: for the third time after the same short rest."""
    gap = event.time - session.last
    if event.activity is LOGON or session.beats < BEATS:
        return False
    return REST <= gap < NAP and _is_beat(gap, session.gap)


def _pace(session: Session, event: SignIn) -> None:
    """Take one more pause into the running mean and its deviation. A renewal comes by a timer of
    its own, which tells nothing of the pauses between what is done."""
    if event.activity is REFRESH:
        session.renews = True
        return
    gap = event.time - session.acted if session.acted else 0
    session.acted = event.time
    if not 0 < gap < REST:
        return
    count = session.pauses = min(session.pauses + 1, _MEMORY)
    session.pace += (gap - session.pace) / count
    session.unevenness += (abs(gap - session.pace) - session.unevenness) / count


def _is_beat(gap: int, previous: int) -> bool:
    return gap >= MINUTE and abs(gap - previous) <= max(gap, previous) * BEAT_TOLERANCE


def hour_of_week(time: int) -> int:
    """0 (Monday 00:00 UTC) to 167."""
    return ((time - _MONDAY_OFFSET - DAY) // HOUR) % HOURS_IN_WEEK


class Profile(Struct, array_like=True, gc=False):
    """Devices, networks, places and hours of one account, its sessions and recent failures.

    Everything is bounded: `MAXIMUM_KNOWN` of each sort, `MAXIMUM_SESSIONS`,
    `MAXIMUM_FAILURES`. Keys: device fingerprint, `network_key`, `place_key`, `session_key`.
    `hours` counts uses per `hour_of_week`, saturating at 255; empty until the first use.
    Failures are oldest first and at most `FAILURE_MEMORY` old. Times are event times in ms; `made`
    is when the log told that the account was.
    `built` tells the location databases last met, and `relocated` what other ones said of addresses
    (see `detectors.core.relocation`).
    """

    first_seen: int = 0
    last_seen: int = 0
    uses: int = 0
    days: int = 0
    last_use: int = 0
    devices: dict[str, Known] = field(default_factory=dict)
    networks: dict[str, Known] = field(default_factory=dict)
    places: dict[str, KnownPlace] = field(default_factory=dict)
    sessions: dict[str, Session] = field(default_factory=dict)
    failures: list[Failure] = field(default_factory=list)
    hours: bytearray = field(default_factory=bytearray)
    password_changed: int | None = None
    factor_changed: int | None = None
    disabled: bool = False
    built: int = 0
    relocated: dict[str, Relocated] = field(default_factory=dict)
    made: int | None = None

    def knows_device(self, device: Device | None, at: int) -> bool:
        """Whether this device counts as known at event time `at`."""
        return device is not None and _trusts(self.devices.get(device.fingerprint), at)

    def knows_network(self, network: Network | None, at: int) -> bool:
        """Whether this network counts as known at event time `at`."""
        key = None if network is None else network_key(network)
        return key is not None and _trusts(self.networks.get(key), at)

    def knows_place(self, place: Place | None, at: int) -> bool:
        """Whether this place counts as known at event time `at`."""
        return place is not None and _trusts(self.places.get(place_key(place)), at)

    def is_young(self, at: int) -> bool:
        """Whether there is too little history to call anything new: nothing is trusted yet."""
        for kept in (self.networks, self.devices):
            for known in kept.values():
                if known.is_trusted(at):
                    return False
        return True

    def live_sessions(self, at: int, idle: int) -> list[tuple[str, Session]]:
        """The sessions open at `at`: not closed, and active within the last `idle` ms."""
        return [
            (key, session)
            for key, session in self.sessions.items()
            if session.closed is None and at - session.last <= idle
        ]

    def never_rests(self) -> bool:
        """Whether it is used at every hour of the day and night: a program is, no person's is."""
        if not self.hours:
            return False
        by_hour = [sum(self.hours[hour::24]) for hour in range(24)]
        return min(by_hour) >= NIGHTLY * sum(by_hour) / 24

    def failures_since(self, since: int) -> list[Failure]:
        """Failed attempts from event time `since` on, oldest first."""
        recent = self.failures
        index = len(recent)
        while index and recent[index - 1].time >= since:
            index -= 1
        return recent[index:]

    def learn(self, event: Event, findings: Iterable[Finding]) -> None:
        """Take in what an event shows, after the detectors saw it with what they found."""
        if not self.first_seen:
            self.first_seen = event.time
        self.last_seen = event.time
        if isinstance(event, SignIn):
            if is_use(event):
                self._learn_use(event, findings)
            elif event.outcome is FAILURE:
                if is_attempt(event):
                    self._learn_failure(event)
            elif event.activity is LOGOFF:
                self._close(event)
        elif isinstance(event, AccountChange):
            self._learn_change(event)
        else:
            self._learn_answer(event)

    def _learn_use(self, event: SignIn, findings: Iterable[Finding]) -> None:
        at = event.time
        self.uses += 1
        if at // DAY != self.last_use // DAY or not self.days:
            self.days += 1
        self.last_use = at
        suspicious = any(f.severity >= Severity.MEDIUM for f in findings) if findings else False
        device, network, place = event.device, event.network, event.place
        network_name = None if network is None else network_key(network)
        known_device = None if device is None else self.devices.get(device.fingerprint)
        known_network = None if network_name is None else self.networks.get(network_name)
        trusts_device = known_device is not None and known_device.is_trusted(at)
        trusts_network = known_network is not None and known_network.is_trusted(at)
        key = "" if place is None else place_key(place)
        known_place = self.places.get(key)
        if known_device is None or not trusts_device:
            trusts_place = place is None or (known_place is not None and known_place.is_trusted(at))
            vouched = trusts_network and _is_own_line(device, network, trusts_place=trusts_place)
            if known_device is not None:
                known_device.see(at, vouched, suspicious)
            elif device is not None:
                self._add(self.devices, device.fingerprint, Known, at, vouched, suspicious)
        else:
            known_device.see(at, trusts_network, suspicious)
        if known_network is not None:
            known_network.see(at, trusts_device, suspicious)
        elif network_name is not None:
            self._add(self.networks, network_name, Known, at, trusts_device, suspicious)
        if place is not None and (network is None or network.kind not in NO_PLACES):
            vouched = trusts_device or (trusts_network and device is None)
            if known_place is not None:
                known_place.see(at, vouched, suspicious)
            else:
                known_place = self._add(self.places, key, KnownPlace, at, vouched, suspicious)
            known_place.place = place
        self._count_hour(at)
        self._touch(event)

    def _add(
        self, kept: dict[str, K], key: str, sort: type[K], at: int, vouched: bool, suspicious: bool
    ) -> K:
        stranger = suspicious or (not vouched and not self.is_young(at))
        if len(kept) >= MAXIMUM_KNOWN:
            del kept[min(kept, key=lambda k: (kept[k].is_trusted(at), kept[k].last, k))]
        known = kept[key] = sort(
            at, at, at, 0 if stranger else 1, vouched and not suspicious, False, stranger
        )
        return known

    def _count_hour(self, at: int) -> None:
        hour, hours = hour_of_week(at), self.hours
        if not hours:
            hours = self.hours = bytearray(HOURS_IN_WEEK)
        if hours[hour] < _SATURATED:
            hours[hour] += 1

    def _touch(self, event: SignIn) -> None:
        key = session_key(event)
        session = self.sessions.get(key)
        if session is None or session.closed is not None:
            if len(self.sessions) >= MAXIMUM_SESSIONS:
                self._forget_sessions(event.time)
            self.sessions[key] = _open(event)
            return
        at = event.time
        gap = at - session.last
        is_awake = gap >= REST and not _is_slow_beat(session, event)
        if is_by_hand(session, event):
            session.hand = at
            session.hand_event = event.id
            session.hands += 1
        elif event.ip is not None and event.ip != session.ip:
            session.hand = 0
        if event.activity is LOGON:
            session.signed_on = at
        if gap:
            session.beats = session.beats + 1 if _is_beat(gap, session.gap) else 0
            session.gap = gap
            if is_awake:
                session.awake = at
        _pace(session, event)
        session.last = at
        session.last_event = event.id
        if event.ip is not None:
            session.ip = event.ip
            session.place = event.place
            session.network = event.network
        if event.device is not None:
            session.device = event.device
            session.version = version_of(event.user_agent)
        if event.mfa is not None:
            session.mfa = event.mfa

    def _forget_sessions(self, at: int) -> None:
        stale = [k for k, s in self.sessions.items() if at - s.last > SESSION_MEMORY]
        if not stale:
            stale = [min(self.sessions, key=lambda k: (self.sessions[k].last, k))]
        for key in stale:
            del self.sessions[key]

    def _close(self, event: SignIn) -> None:
        session = self.sessions.get(session_key(event))
        if session is not None and session.closed is None:
            session.closed = event.time

    def _learn_failure(self, event: SignIn) -> None:
        failures = self.failures
        failures.append(Failure(event.time, event.id, event.ip, event.failure_reason))
        oldest = event.time - FAILURE_MEMORY
        while failures[0].time < oldest or len(failures) > MAXIMUM_FAILURES:
            del failures[0]

    def _learn_change(self, event: AccountChange) -> None:
        if event.outcome is not Outcome.SUCCESS:
            return
        if event.change is Change.PASSWORD:
            self.password_changed = event.time
        elif event.change is Change.CREATED:
            self.made = event.time
        elif event.change in (Change.FACTOR_ADDED, Change.FACTOR_REMOVED):
            self.factor_changed = event.time
        elif event.change in (Change.DISABLED, Change.ENABLED):
            self.disabled = event.change is Change.DISABLED

    def _learn_answer(self, event: Feedback) -> None:
        answer, at = event.answer, event.time
        session = self.sessions.get(event.session) if event.session is not None else None
        for known in () if session is None else self._shown_by(session):
            if answer is Answer.CHALLENGE_PASSED:
                known.confirmed = True
            elif answer in (Answer.CHALLENGE_FAILED, Answer.NOT_ME):
                known.disgrace(at)
                known.confirmed = False
        for known in self._named(event.shown):
            if answer is Answer.CHALLENGE_PASSED:
                known.confirmed = True
            elif answer in (Answer.FALSE_POSITIVE, Answer.BENIGN_EXPLAINED):
                known.vouched, known.stranger = True, False
            elif answer is Answer.REOPENED:
                known.vouched = False
            elif answer in _STRANGERS and not (known.confirmed or known.has_stayed()):
                # What the owner was known by before is in the same incident. That somebody vouched
                # for it does not count: a moment ago it may have been found harmless by mistake.
                known.disgrace(at)

    def _named(self, names: Iterable[str]) -> list[Known]:
        kept: tuple[dict[str, Any], ...] = (self.devices, self.networks, self.places)
        return [some[name] for name in names for some in kept if name in some]

    def _shown_by(self, session: Session) -> list[Known]:
        shown: list[Known | None] = []
        if session.device is not None:
            shown.append(self.devices.get(session.device.fingerprint))
        key = None if session.network is None else network_key(session.network)
        if key is not None:
            shown.append(self.networks.get(key))
        if session.place is not None:
            shown.append(self.places.get(place_key(session.place)))
        return [known for known in shown if known is not None]


def _trusts(known: Known | None, at: int) -> bool:
    return known is not None and known.is_trusted(at)


def _is_own_line(device: Device | None, network: Network | None, *, trusts_place: bool) -> bool:
    """Whether a known network says that a device in it is the account's.

    A provider's fixed lines are everybody's: only at a place known as well. A mobile network
    vouches for a phone, since a stranger's computer may be behind any of its addresses.
    """
    if network is None or network.kind is NetworkKind.TOR:
        return False
    if network.kind is NetworkKind.MOBILE:
        return device is not None and device.form in (Form.PHONE, Form.TABLET)
    if network.kind in (NetworkKind.FIXED, NetworkKind.UNKNOWN):
        return trusts_place
    return True
