"""One session id in the hands of another device, or at a place its holder cannot have reached."""

from collections.abc import Iterable, Sequence
from itertools import combinations, pairwise
from typing import Annotated, ClassVar, NamedTuple

from msgspec import Meta, Struct, field

from detectors.core import address
from detectors.core.address import are_one_family, block
from detectors.core.context import Context
from detectors.core.detector import About, Text
from detectors.core.event import DAY, HOUR, LOGON, MINUTE, Event, SignIn, is_use
from detectors.core.finding import CAP, Evidence, Fact, Finding, Weights, finding
from detectors.core.geodesy import distance_km
from detectors.core.grade import MEDIUM_USE, TAKEN_OVER_RARER, grade
from detectors.core.identity import Subject, SubjectKind
from detectors.core.novelty import home_countries, is_desk, is_unheard_of, line_of
from detectors.core.place import Network, NetworkKind, Place
from detectors.core.population import MASKED, Population
from detectors.core.population import Line as PopulationLine
from detectors.core.presence import hides_itself
from detectors.core.profile import (
    REST,
    UNNAMED,
    Known,
    Profile,
    Session,
    is_by_hand,
    network_key,
    place_key,
    session_key,
)
from detectors.core.program import version_of
from detectors.core.travel import (
    device_label,
    impossibility,
    is_handheld,
    is_one_operator,
    is_somewhere,
    label,
    network_label,
    residual_km,
    tells_place,
)
from detectors.takeover.ending import Ended, note_end, outlived
from detectors.takeover.habit import HABIT_DAYS, hid_before, note_hiding

MAXIMUM_CASES = 8
MAXIMUM_SIGNED_ON = 4
MAXIMUM_WAYS = 8
MAXIMUM_LINES = 24
FIRST_DAYS = 3 * DAY
LINE_BITS = 24, 48
"""Bits of an IPv4 and of an IPv6 address within which a line's addresses are."""
ONE_LINE_BITS = 32, 64
"""The same of one line alone."""
OTHER_DEVICE = 5.9
"""Nats for another device on another network: a cookie does not walk between machines."""
SAME_NETWORK, SAME_NETWORK_DESKS = 3.0, 4.4
"""Nats for another device at another address of one line; and for two computers of one family of
addresses: a browser that shows itself as another one does so at one address."""
SAME_ADDRESS = 1.5
"""Nats for another user agent at the same address: more often one browser's two faces."""
BOTH_KNOWN = 3.0
KNOWN_PLACE = 0.3
"""Share that counts when the session moved to a place its account reached in good order before."""
NO_DEVICE = 0.45
"""Share that counts where the log does not name the device."""
TO_TOR = 2.5
OLDER_PROGRAM = 5.8
"""Nats for the same device with an older program on another network: none is ever set back."""
MOST_BEHIND = 3_000
"""So much older, as `version_of` counts, is another program rather than another machine."""
NEAR_KM = 60.0
TURNS = {
    "hosting": (3.8, 1.5, 0),
    "hidden": (0.0, 2.0, 1),
    "far": (0.0, 3.0, 0),
    "near": (0.0, 1.5, 1),
}
"""Nats for one device's move to a network new to the account, by its sort: at once, and for each
quick move back or there again, after so many for nothing. A VPN is switched on now and then, a
laptop is carried home and an office has two exits; two holders of a cookie take turns."""
SAME_NETWORK_TURN = 1.5
RETURNS = {
    "fixed": (2.2, 0),
    "one_provider": (2.0, 0),
    "server": (2.2, 1),
    "mobile": (2.0, 12),
    "mobile_abroad": (2.0, 4),
    "alien": (2.0, 2),
    "two_families": (2.2, 1),
    "unsaid": (2.2, 2),
}
"""Nats for each return of one machine's session to the very address that it left for a line far
off, within `there_and_back`, after so many for nothing; by the sort of the two lines, known ones
or not. In tens of thousands of honest sessions no computer came back so soon, but from a phone's
line, which stands in where the Wi-Fi is weak: as often as that fails, a dozen times within the
hour. Two who hold a session go on for longer than that."""
IN_TOWNS = frozenset({"fixed", "two_families"})
_PHONES_TOO = frozenset({"mobile", "mobile_abroad", "alien"})
"""Sorts of two lines one of which may be a telephone's."""
ALIEN_LONGER, SITTING = 1.875, 12 * HOUR
"""How much longer the absence may be where one of the two is where none of the tenant's people are
(75 minutes: pages renew their tokens once an hour), and how long apart (ms) such returns are of one
sitting: a foreign telephone card stands in for the Wi-Fi on another day again."""
_SWITCHED = (NetworkKind.VPN, NetworkKind.RELAY)
_NOT_FIXED = (NetworkKind.HOSTING, NetworkKind.MOBILE)
RETURNS_UNSAID = 1
"""So many more for nothing where the log names no device, and for a phone's line."""
SLOW_RETURN = 2 * HOUR
"""Returns from a server to the very address, each within so long, are two holders' from the
second on."""
HIDES_ITSELF = 1.5
"""Nats less for a move to a server by an account whose own device is seen behind such, a VPN or a
relay, be it on one day before: these have exits that no list knows."""
HIDES_OFTEN = 2.5
"""The same where it is so on many days."""
POCKET = 1.7
"""Nats less for a phone's move to a server: relays and VPNs are built into them."""
AFTER_SIGN_OFF = 5.8
"""Nats for a session that goes on from another network after somebody signed off from it: of some
nine thousand honest accounts no computer did so within hours, but phones do."""
CALLED = MEDIUM_USE + TAKEN_OVER_RARER
"""Nats from which a reviewer is called for this alone."""
FAR_SERVER = 0.4
"""Nats more where the server is in a country that the account has nothing to do with: not a call
by itself, since the exits of a VPN that no list knows are abroad as well."""
LONG_AGO = 12 * HOUR
"""An address that another session had so long before (ms) is one of the account's usual ones, and
so is a line."""
CARRIER_ABROAD = 0.85
"""Share that counts of a computer's move from a usual line to a carrier in another country."""
SAT_THERE = HOUR
"""Work by hand that a session begins with, after which its owner has no more come through for
minutes (ms)."""
ON_THE_WAY = 0.2
"""Share that counts of a computer's move to another country from a line that the account did not
have before today, nor one there that has another address every day. A session is stolen where its
owner works, by nearly all; and a traveller signs on over the phone, whose data leave through its
own operator at home wherever it is, and goes on by the hotel's line minutes later."""
FRESH_LINE = 2.0
"""Nats less for a computer's move from such a line to a server: a VPN that comes up at a host's."""
OTHER_FAMILY = 1.7
"""Nats less where one end is IPv4 and the other IPv6: a VPN may carry one of them only."""
PHONE_TO_ALIEN = 3.0
"""Nats for a phone's session that goes from a line where the tenant's people are to a fixed one
where none of them are, sooner than anybody gets there: abroad a phone comes out at its own
operator's, and a VPN at a server; but a card for journeys or an aircraft's network may be on no
list. Its returns say the rest."""
TURNS_CAP = 5.97
BRIEFLY = 5 * MINUTE
"""An absence from a line, with work from another meanwhile, that is no journey and no change of
mind (ms)."""
BRIEF = 3.0
"""Nats for each return of a computer's session, within `BRIEFLY`, to the line that it left, where
one of the two is the account's from before and the other one came up in this session: two hold it,
and both go on. A VPN is not switched on and off like that, and a company's exits are known."""
BRIEF_FREE = {"mobile": 4, "one_provider": 2}
"""So many for nothing with a mobile line, which stands in where the Wi-Fi is weak and as often as
it fails, and between two
lines of one provider, which may be exits of one gateway."""
ALTERNATION = 0.5
"""Nats for every doubling of moves beyond there and back, which is one VPN switched on and off."""
LOUDER_TIMES = 8
OFTEN, TO_AND_FRO = 8, 2.0
"""Moves of a session that a reviewer is called for, from which on it is beyond doubt that two hold
it, and nats for that besides: whoever shares an account signs on."""


ROTATES_WITHIN, MAXIMUM_STOPS = 6 * HOUR, 6
"""How long strange lines are remembered that a session came to (ms), and how many of them."""
ROTATIONS = {2: 3.0, 3: TURNS_CAP}
"""Nats for a computer's session that comes to one strange fixed line after another within these
hours, of two operators at least: by how many it came to after the first, and how many of these were
out of reach. A residential proxy gives another household's line each time; who works in cafés comes
to one or two."""
QUICKEST = 500.0
"""Speed in km/h beyond which a strange line is out of reach of the one before."""
_STRANGE = frozenset({PopulationLine.NEW, PopulationLine.ELSEWHERE, PopulationLine.ABROAD})


class Parameters(Struct, frozen=True, kw_only=True):
    """What session_hijacking reckons with."""

    fastest: Annotated[
        float,
        Meta(description="Speed that a traveller may reach", ge=1, extra={"unit": "km/h"}),
    ] = 1000.0
    fixed_radius: Annotated[
        float,
        Meta(
            description="How far from a fixed line's place its user may be",
            ge=0,
            extra={"unit": "km"},
        ),
    ] = 50.0
    mobile_radius: Annotated[
        float,
        Meta(
            description="How far from a phone's or a mobile network's place its user may be",
            ge=0,
            extra={"unit": "km"},
        ),
    ] = 250.0
    swap: Annotated[
        int,
        Meta(
            description="Longest pause between two moves of a session that two hold by turns",
            ge=0,
            extra={"unit": "ms"},
        ),
    ] = 15 * MINUTE
    there_and_back: Annotated[
        int,
        Meta(
            description="Longest absence from an address that a session returns to, of two holders",
            ge=0,
            extra={"unit": "ms"},
        ),
    ] = 40 * MINUTE


class Facts(Struct, frozen=True):
    """What a finding says: both ends of the session's move, km, minutes, how often."""

    session: Annotated[str, Meta(title="Session", extra={"fr": "Session"})]
    from_device: Annotated[str, Meta(title="Device before", extra={"fr": "Appareil avant"})]
    to_device: Annotated[str, Meta(title="Device after", extra={"fr": "Appareil après"})]
    from_network: Annotated[str, Meta(title="Network before", extra={"fr": "Réseau avant"})]
    to_network: Annotated[str, Meta(title="Network after", extra={"fr": "Réseau après"})]
    from_place: Annotated[str, Meta(title="Place before", extra={"fr": "Lieu avant"})]
    to_place: Annotated[str, Meta(title="Place after", extra={"fr": "Lieu après"})]
    from_ip: Annotated[str | None, Meta(title="Address before", extra={"fr": "Adresse avant"})]
    to_ip: Annotated[str | None, Meta(title="Address after", extra={"fr": "Adresse après"})]
    distance_km: Annotated[int, Meta(title="Distance", extra={"fr": "Distance"})]
    minutes: Annotated[float, Meta(title="Time between", extra={"fr": "Temps écoulé"})]
    moves: Annotated[int, Meta(title="Moves", extra={"fr": "Déplacements"})]
    other_device: Annotated[bool, Meta(title="Another device", extra={"fr": "Autre appareil"})]


class Stop(Struct, array_like=True):
    """A strange line that a session came to: the block of addresses, its operator and place, and
    when (ms)."""

    line: str
    operator: int | None
    place: Place | None
    at: int


class Case(Struct, array_like=True):
    """One session that moved: how often, what it was worth, and the devices it was signed in on.

    `moved` is when it last moved between networks (ms), `quick` how often so soon after the move
    before, `owner` when the owner was last at work in another session, `owners`; `sort` is that
    of the network that was new to the account, one of `TURNS`. `left` is the address before the
    last move, `left_at` when it was last used, `returns` how often the session came back to such
    a one within `there_and_back`, `slow` within `SLOW_RETURN`, `soon` within `swap`. `away` is the
    line before the last move between lines, `away_at` when it was last used, `brief` how often the
    session came back to such a one within `BRIEFLY`. `alien` is how often in this sitting it came
    back between home and where none of the tenant's people are, `alien_at` when it last moved so.
    `stops` are the strange lines that it came to lately.
    """

    last: int
    moves: int = 0
    quick: int = 0
    owner: int = 0
    owners: str = ""
    moved: int = 0
    sort: str = ""
    worth: float = 0.0
    spoken: int = 0
    spoken_worth: float = 0.0
    home: str = ""
    left: str = ""
    left_at: int = 0
    returns: int = 0
    slow: int = 0
    soon: int = 0
    signed_on: list[str] = field(default_factory=list)
    away: str = ""
    away_at: int = 0
    brief: int = 0
    alien: int = 0
    alien_at: int = 0
    stops: list[Stop] = field(default_factory=list)


class Line(Struct, array_like=True):
    """A line that the account's computers were on, a block of addresses: since when and when last
    (ms), and in which session first; when somebody first signed on there, and in which session
    last. `doubted`: a reviewer was called for a session's move to it."""

    first: int
    last: int
    session: str
    signed_on: int = 0
    by: str = ""
    doubted: bool = False

    def is_earlier(self, session: str, at: int) -> bool:
        """Whether another session was on it, and long before."""
        return not self.doubted and self.session != session and at - self.first >= LONG_AGO

    def is_signed_on(self, session: str, at: int) -> bool:
        """Whether somebody signed on there: long before, or in this session. Who has only a copy
        of a cookie never does."""
        return self.signed_on > 0 and (self.by == session or at - self.signed_on >= LONG_AGO)


class Way(Struct, array_like=True):
    """Two lines that a session of one device went between: the first that did, and the UTC day
    since 1970."""

    session: str
    day: int


class State(Struct, array_like=True):
    """The sessions that moved, by session id, at most `MAXIMUM_CASES`; and the ways between two
    lines, by their addresses' blocks, at most `MAXIMUM_WAYS`; and the lines themselves, at most
    `MAXIMUM_LINES`.

    `hidden_days` are the days on which the account's own devices were behind a server or a VPN,
    `hidden_at` the last of them (ms). `ended`, `late` and `outlives` are of the sessions that
    somebody signed off from, see `detectors.takeover.ending`. `is_one_for_all`: several devices
    sign on under one id, which is not a browser's.
    """

    cases: dict[str, Case] = field(default_factory=dict)
    hidden_days: int = 0
    hidden_at: int = 0
    ways: dict[str, Way] = field(default_factory=dict)
    lines: dict[str, Line] = field(default_factory=dict)
    ended: dict[str, Ended] = field(default_factory=dict)
    late: int = 0
    outlives: int = 0
    is_one_for_all: bool = False


class Move(NamedTuple):
    """What a session's move between two of its activities is worth, in nats."""

    worth: float
    other_device: bool


class SessionHijacking:
    """Compares each activity in a logged session with the one before it."""

    about: ClassVar[About] = About(
        name="session_hijacking",
        title=Text("Stolen session", "Session volée"),
        aup=("3.3",),
        attack=("T1539", "T1550.004"),
        keyed_by=SubjectKind.ACCOUNT,
        state_version=11,
        state_ttl=7 * DAY,
        facts=Facts,
        sentence=Text(
            "Session {session} went from {from_device} at {from_place} ({from_network}) to "
            "{to_device} at {to_place} ({to_network}) within {minutes} minutes, without a new "
            "sign-in; it has moved {moves} times.",
            "La session {session} est passée de {from_device} à {from_place} ({from_network}) à "
            "{to_device} à {to_place} ({to_network}) en {minutes} minutes, sans nouvelle "
            "connexion ; elle a changé de mains {moves} fois.",
        ),
        innocent=Text(
            "A browser that shows itself as another one, an application and its web view sharing "
            "a session, or a VPN not known as one.",
            "Un navigateur qui se présente comme un autre, une application et sa vue web qui "
            "partagent une session, ou un VPN non répertorié.",
        ),
        runbook="runbooks/session_hijacking",
    )
    state: ClassVar[type[State]] = State

    def __init__(self, parameters: Parameters | None = None) -> None:
        self.parameters = parameters or Parameters()

    def observe(
        self, event: Event, subject: Subject, state: State, profile: Profile, context: Context
    ) -> Iterable[Finding]:
        """A finding when the event's session was in other hands at its last activity."""
        if not isinstance(event, SignIn):
            return ()
        if event.session is None:
            return self._unsigned(event, subject, state, profile)
        return self._within(event, event.session, subject, state, profile, context)

    def tick(
        self, until: int, subject: Subject, state: State, profile: Profile, context: Context
    ) -> Iterable[Finding]:
        """Nothing: a move is judged when it happens."""
        return ()

    def _within(
        self,
        event: SignIn,
        session: str,
        subject: Subject,
        state: State,
        profile: Profile,
        context: Context,
    ) -> Iterable[Finding]:
        before = profile.sessions.get(session)
        signs_on = event.activity is LOGON and not _goes_on(event, before, state, profile)
        _note_line(state, event, before, signs_on=signs_on)
        population = context.population(subject.tenant)
        if before is None or before.device == event.device:
            note_hiding(state, event, profile, population)
        is_own = _is_signed_on_at(state, event)
        note_end(state, event, before, is_own=is_own)
        over = outlived(state, event, before, is_own=is_own)
        if over is not None:
            return self._speak(event, subject, state, over, Move(AFTER_SIGN_OFF, False))
        if before is None or (before.ip == event.ip and before.device == event.device):
            return self._beside(event, subject, state, profile, population)
        if not is_use(event) or signs_on:
            _note_sign_on(event, before, state, profile)
            return ()
        if _is_way_of_many(event, subject, before, context):
            return ()
        move = self._moved(event, before, state, profile, population)
        return self._speak(event, subject, state, before, move) if move else ()

    def _unsigned(
        self, event: SignIn, subject: Subject, state: State, profile: Profile
    ) -> Iterable[Finding]:
        """A computer and a network that were never seen, at work without a sign-on, in a log that
        tells of sign-ons and names no sessions: somebody has a token."""
        key = session_key(event)
        if key in profile.sessions or event.activity is LOGON or not is_use(event):
            return ()
        if not all(name.startswith(UNNAMED) for name in profile.sessions):
            return ()
        if is_handheld(event.device) or not is_unheard_of(event, profile):
            return ()
        at = event.time
        line = line_of(event.network, event.place, profile, at)
        if profile.is_young(at) or not (line is PopulationLine.ABROAD or line in MASKED):
            return ()
        told = [one for one in profile.sessions.values() if one.signed_on is not None]
        if not told:
            return ()
        before = max(told, key=lambda one: (one.last, one.last_event))
        return self._speak(event, subject, state, before, Move(OTHER_DEVICE, True))

    def _moved(
        self,
        event: SignIn,
        before: Session,
        state: State,
        profile: Profile,
        population: Population,
    ) -> Move | None:
        """What the session's move to this address or device is worth, by whatever tells most."""
        by_turns = max(
            _brief_worth(event, before, state, population),
            self._neighbours_worth(event, before, state, population),
            self._rotation_worth(event, before, state, profile, population),
        )
        move = Move(by_turns, False) if by_turns else None
        if _is_own_way(event, before, state, profile, population):
            found = self._in_two_towns(event, before, state, profile, population)
        else:
            found = self._move(event, before, state, profile, population)
        return max(move, found, key=lambda one: one.worth if one else 0.0)

    def _beside(
        self,
        event: SignIn,
        subject: Subject,
        state: State,
        profile: Profile,
        population: Population,
    ) -> Iterable[Finding]:
        """A session that went to a server and its owner at the usual desk, by turns."""
        case = state.cases.get(event.session or "") if state.cases else None
        if case is not None and case.sort == "far" and case.owner:
            return self._beside_far(event, subject, state, case, profile, population)
        if case is None or case.sort != "hosting" or is_somewhere(event.network):
            _note_owner(event, state, profile)
            return ()
        network = event.network
        if is_handheld(event.device) and network is not None and network.kind in _SWITCHED:
            # A phone at its VPN lies beside the computer that its owner works at.
            return ()
        owners = profile.sessions.get(case.owners)
        if owners is None or not case.last < case.owner or not is_use(event):
            return ()
        if event.time - case.owner > self.parameters.swap:
            return ()
        case.quick += 1
        case.last = event.time
        at_once, each, _ = TURNS[case.sort]
        move = Move(min(TURNS_CAP, at_once + each * case.quick), False)
        return self._speak(event, subject, state, owners, move)

    def _beside_far(
        self,
        event: SignIn,
        subject: Subject,
        state: State,
        case: Case,
        profile: Profile,
        population: Population,
    ) -> Iterable[Finding]:
        """A session that went far away and its owner at the usual desk, out of reach of each other:
        the owner signs on anew, whoever has the cookie does not."""
        owners = profile.sessions.get(case.owners)
        if owners is None or not case.last < case.owner or not is_use(event):
            return ()
        limits = self.parameters
        residual = residual_km(event, owners, limits.fixed_radius, limits.mobile_radius)
        sure = impossibility(residual, event.time - case.owner, limits.fastest)
        if not sure or not (tells_place(event, population) and tells_place(owners, population)):
            return ()
        case.quick += 1
        case.last = event.time
        is_alien = population.is_alien(event.network, event.place)
        worth = OTHER_DEVICE if is_alien else TURNS["far"][1] * case.quick
        return self._speak(event, subject, state, owners, Move(min(TURNS_CAP, worth), False))

    def _move(
        self,
        event: SignIn,
        before: Session,
        state: State,
        profile: Profile,
        population: Population,
    ) -> Move | None:
        parameters = self.parameters
        residual = residual_km(event, before, parameters.fixed_radius, parameters.mobile_radius)
        far = (
            impossibility(residual, event.time - before.last, parameters.fastest)
            if tells_place(event, population) and tells_place(before, population)
            else 0.0
        )
        if _is_other_device(event, before):
            worth = _device_worth(event, before, profile, far)
            return Move(worth + self._same_network_turns(event, before, state), True)
        turns = self._turns_worth(event, before, state, profile, population)
        worth = max(
            _place_worth(event, before, state, profile, far),
            PHONE_TO_ALIEN * far * _is_phone_at_alien(event, before, profile, population),
            turns,
            self._return_worth(event, before, state, profile, population),
            _program_worth(event, before),
        )
        return Move(worth, False) if worth else None

    def _in_two_towns(
        self,
        event: SignIn,
        before: Session,
        state: State,
        profile: Profile,
        population: Population,
    ) -> Move | None:
        """What returns between two towns come to in an account's first days: whosever the lines
        are, nobody is in both."""
        if not _is_in_first_days(event, profile) or _lines_apart(event, before) not in IN_TOWNS:
            return None
        if not population.addresses or _are_owners_lines(event, before, state, profile):
            return None
        if population.is_exit(event.ip) or population.is_exit(before.ip):
            return None
        worth = self._return_worth(event, before, state, profile, population)
        return Move(worth, False) if worth else None

    def _turns_worth(
        self,
        event: SignIn,
        before: Session,
        state: State,
        profile: Profile,
        population: Population,
    ) -> float:
        """What one device's moves between the account's network and a new one come to by now."""
        session = event.session
        if session is None or not _are_two_lines(event, before):
            return 0.0
        case = state.cases.get(session)
        if case is None or not case.sort:
            sort = _sort(event, before, profile)
            if sort is None:
                return 0.0
            case = _case(state, session, event.time)
            case.sort = sort
        self._take_turn(case, event.time, 2 if case.sort == "far" else 1)
        at_once, each, free = TURNS[case.sort]
        turns = max(0, case.quick - free)
        if case.sort == "hosting":
            self._note_return(case, event, before)
            turns = max(turns, case.slow - 1)
        if case.sort == "hosting" and is_handheld(event.device):
            at_once, turns = at_once - POCKET, max(0, turns - 1)
        elif case.sort == "hosting":
            fresh = FRESH_LINE if _is_on_the_way(event, before, state, profile) else 0.0
            at_once -= max(fresh, _hiding(state, profile, event.time, population))
        if not are_one_family(event.ip, before.ip):
            at_once -= OTHER_FAMILY
        elif case.sort == "hosting" and _is_far_server(event, before, profile):
            at_once += FAR_SERVER
        return min(TURNS_CAP, at_once + each * turns)

    def _return_worth(
        self,
        event: SignIn,
        before: Session,
        state: State,
        profile: Profile,
        population: Population,
    ) -> float:
        """What returns to the very address that the session left shortly before come to."""
        if event.session is None:
            return 0.0
        is_alien = _is_from_home_to_alien(event, before, population)
        sort = _lines_apart(event, before)
        if is_handheld(event.device) and is_alien and _are_fixed(event, before):
            is_own = _is_own_phones(event, before, profile, population)
            sort = None if is_own else "alien"
        if sort is None:
            return 0.0
        if sort == "mobile" and not _is_hotspot(event, before, profile, population):
            sort = "mobile_abroad"
        if is_alien and sort in ("mobile_abroad", "unsaid"):
            sort = "alien"
        case = _case(state, event.session, event.time)
        self._note_return(case, event, before, is_alien=is_alien)
        each, free = RETURNS[sort]
        is_phone = event.device is None or is_handheld(event.device)
        free += RETURNS_UNSAID if is_phone and sort in _PHONES_TOO else 0
        if is_alien:
            returns = case.alien
        elif sort == "unsaid":
            # A telephone's network may pass for a fixed one where the log names no device.
            returns = case.soon
        else:
            returns = case.returns
        return min(TURNS_CAP, each * max(0, returns - free))

    def _neighbours_worth(
        self, event: SignIn, before: Session, state: State, population: Population
    ) -> float:
        """What two computers at two lines of one provider come to by now."""
        if not _are_neighbours(event, before, population):
            return 0.0
        turns = self._same_network_turns(event, before, state)
        return min(TURNS_CAP, SAME_NETWORK_DESKS + turns)

    def _rotation_worth(
        self,
        event: SignIn,
        before: Session,
        state: State,
        profile: Profile,
        population: Population,
    ) -> float:
        """What strange fixed lines of several operators, one after another, come to by now."""
        network, at = event.network, event.time
        if network is None or network.kind is not NetworkKind.FIXED or event.ip is None:
            return 0.0
        if not is_desk(event.device) or before.ip == event.ip or population.is_common(event.ip):
            return 0.0
        if line_of(network, event.place, profile, at) not in _STRANGE:
            return 0.0
        case = _case(state, event.session or "", at)
        stops = [stop for stop in case.stops if at - stop.at <= ROTATES_WITHIN]
        name = _line(event)
        if all(stop.line != name for stop in stops):
            stops.append(Stop(name, network.asn, event.place, at))
        case.stops = stops[-MAXIMUM_STOPS:]
        if len({stop.operator for stop in case.stops}) < 2:
            return 0.0
        hops = pairwise(case.stops)
        rotations = len(case.stops) - 1 + sum(self._is_out_of_reach(*hop) for hop in hops)
        return ROTATIONS.get(min(rotations, max(ROTATIONS)), 0.0)

    def _is_out_of_reach(self, one: Stop, other: Stop) -> bool:
        if one.place is None or other.place is None:
            return False
        far = distance_km(one.place, other.place) - 2 * self.parameters.fixed_radius
        return far > 0 and far / (max(MINUTE, other.at - one.at) / HOUR) > QUICKEST

    def _note_return(
        self, case: Case, event: SignIn, before: Session, *, is_alien: bool = False
    ) -> None:
        """Count a return to the address left before, if it is one."""
        if is_alien and event.time - case.alien_at > SITTING:
            case.alien = 0
        if event.ip == case.left:
            away, longest = event.time - case.left_at, self.parameters.there_and_back
            case.returns += away <= longest
            if is_alien:
                case.alien += away <= ALIEN_LONGER * longest
            case.soon += away <= self.parameters.swap
            case.slow += away <= SLOW_RETURN
        case.left, case.left_at = before.ip or "", before.last
        case.alien_at = event.time if is_alien else case.alien_at

    def _same_network_turns(self, event: SignIn, before: Session, state: State) -> float:
        """Two computers at two addresses of one provider, back and forth: not two faces of one."""
        if event.session is None or event.ip == before.ip or event.network != before.network:
            return 0.0
        if event.network is None or event.network.kind not in (
            NetworkKind.FIXED,
            NetworkKind.MOBILE,
        ):
            return 0.0
        if not (is_desk(event.device) and is_desk(before.device)):
            return 0.0
        case = _case(state, event.session, event.time)
        self._take_turn(case, event.time)
        return min(TURNS_CAP - SAME_NETWORK, SAME_NETWORK_TURN * case.quick)

    def _take_turn(self, case: Case, at: int, times: int = 1) -> None:
        """Count a move so soon after the one before; between towns a journey takes longer."""
        case.quick += case.moved > 0 and at - case.moved <= times * self.parameters.swap
        case.moved = at
        case.last = at

    def _speak(
        self, event: SignIn, subject: Subject, state: State, before: Session, move: Move
    ) -> Iterable[Finding]:
        session = event.session or ""
        case = _case(state, session, event.time)
        device = event.device.fingerprint if event.device else ""
        if move.other_device and device in case.signed_on:
            # It was signed in with there too: an id of the account's rather than of a session's.
            return ()
        if not case.moves:
            case.home = _hand(before)
        homeward = case.moves > 0 and _hand(event) == case.home
        case.moves += 1
        case.worth = max(case.worth, move.worth)
        worth = min(CAP, case.worth + ALTERNATION * max(0, case.moves.bit_length() - 2))
        crosses = worth >= CALLED > case.spoken_worth
        louder = crosses or (worth >= case.spoken_worth + 1.0 and not homeward)
        is_due = not case.spoken or louder or case.moves >= case.spoken * LOUDER_TIMES
        often = worth >= CALLED and case.spoken < OFTEN <= case.moves
        if not (is_due or often):
            return ()
        case.spoken = case.moves
        case.spoken_worth = worth
        if worth >= CALLED:
            # What a reviewer is called for is nobody's habit.
            state.ways.pop(_way(event, before), None)
            _doubt(state, event, before)
        facts = _facts(event, before, move, case)
        said = [("session", "", worth)] if is_due else []
        if often:
            said.append(("session_often", "often", TO_AND_FRO))
        return [
            finding(
                self.about.name,
                subject,
                event.time,
                grade(weights),
                Evidence(group, weights, facts),
                (event.id, before.last_event),
                part=part,
            )
            for group, part, nats in said
            for weights in (Weights(taken_over=nats),)
        ]


def _is_way_of_many(event: SignIn, subject: Subject, before: Session, context: Context) -> bool:
    """Whether a computer goes out by a server that others of the tenant have come to these days:
    the company lets some of what it does leave there."""
    if _is_other_device(event, before) or not is_desk(event.device):
        return False
    if _program_worth(event, before):
        return False
    return any(
        not is_somewhere(end.network)
        and context.is_crowded(subject, end.network, end.ip, event.time, new=True)
        for end in (event, before)
    )


def _is_own_way(
    event: SignIn, before: Session, state: State, profile: Profile, population: Population
) -> bool:
    """Whether the owner's own computer may well go between these two lines: by the exit of a
    company, that several of the tenant's people come from, as another session did on a day before,
    or in the account's first days. None goes back to an older program."""
    here, there = event.network, before.network
    if here is None or there is None or here.kind is NetworkKind.TOR:
        return False
    if _is_other_device(event, before) or _program_worth(event, before) > 0:
        return False
    if _are_owners_lines(event, before, state, profile):
        return True
    if _is_in_first_days(event, profile):
        return True
    exits = population.is_exit(event.ip), population.is_exit(before.ip)
    other = before.ip if exits[0] else event.ip
    by_exit = all(exits) or (any(exits) and _is_own_line(other, event, profile))
    if not (is_somewhere(here) and is_somewhere(there)):
        # Anybody may rent the exit that a few of the tenant's people use as well.
        return False
    return by_exit or _is_habit(state, event, before)


def _is_in_first_days(event: SignIn, profile: Profile) -> bool:
    """Whether nothing tells yet whose line is whose."""
    is_new = event.time - profile.first_seen < FIRST_DAYS
    return is_new and profile.is_young(event.time) and is_desk(event.device)


def _is_own_line(ip: str | None, event: SignIn, profile: Profile) -> bool:
    """Whether another of the account's sessions, of a day before, was on this line, on a device
    and a network that are known as the owner's."""
    at = event.time
    return ip is not None and any(
        session.ip is not None
        and name != event.session
        and session.start // DAY < at // DAY
        and block(session.ip, *LINE_BITS) == block(ip, *LINE_BITS)
        and profile.knows_network(session.network, at)
        and (session.device is None or profile.knows_device(session.device, at))
        for name, session in profile.sessions.items()
    )


def _are_owners_lines(event: SignIn, before: Session, state: State, profile: Profile) -> bool:
    """Whether somebody signed on with this device at one of the lines, and the other one is the
    account's: another session was on it long before, or the place and its provider are known."""
    at, session = event.time, event.session or ""
    if not (is_desk(event.device) and profile.knows_device(event.device, at)):
        return False
    if not (_is_in_order(event, profile, at) and _is_in_order(before, profile, at)):
        return False
    ends: tuple[SignIn | Session, SignIn | Session] = (event, before)
    for one, other in (ends, ends[::-1]):
        line, known = state.lines.get(_line(one)), state.lines.get(_line(other))
        if line is None or not line.is_signed_on(session, at):
            continue
        if not (is_somewhere(one.network) or line.is_earlier(session, at)):
            continue
        if known is not None and (known.doubted or known.is_earlier(session, at)):
            return not known.doubted
        if (
            is_somewhere(other.network)
            and profile.knows_network(other.network, at)
            and profile.knows_place(other.place, at)
        ):
            return True
    return False


def _is_in_order(end: SignIn | Session, profile: Profile, at: int) -> bool:
    """Whether this end's network came to the account beside something known."""
    key = None if end.network is None else network_key(end.network)
    known = None if key is None else profile.networks.get(key)
    return known is not None and known.is_accepted(at)


def _brief_worth(event: SignIn, before: Session, state: State, population: Population) -> float:
    """What a computer's returns within minutes, between a line of before and one that came up in
    this session, come to by now."""
    here, there = _line(event), _line(before)
    session, at = event.session or "", event.time
    if here == there or not is_desk(event.device) or _is_other_device(event, before):
        return 0.0
    if not are_one_family(event.ip, before.ip):
        return 0.0
    case = _case(state, session, at)
    is_back = case.away == here and at - case.away_at <= BRIEFLY
    case.away, case.away_at = there, before.last
    lines = state.lines.get(here), state.lines.get(there)
    earlier = [line is not None and line.is_earlier(session, at) for line in lines]
    fresh = [
        line is None or (line.session == session and at - line.first < LONG_AGO) for line in lines
    ]
    if not (is_back and any(earlier) and any(fresh)):
        return 0.0
    if population.is_exit(event.ip) and population.is_exit(before.ip):
        return 0.0
    case.brief += 1
    return min(TURNS_CAP, BRIEF * max(0, case.brief - _free(event, before)))


def _free(event: SignIn, before: Session) -> int:
    here, there = event.network, before.network
    if here is None or there is None or here.asn == there.asn:
        return BRIEF_FREE["one_provider"]
    return BRIEF_FREE["mobile"] if NetworkKind.MOBILE in (here.kind, there.kind) else 0


def _note_line(state: State, event: SignIn, before: Session | None, *, signs_on: bool) -> None:
    """Note on which line a computer is, and whether somebody signs on there."""
    if event.ip is None or not is_desk(event.device) or not is_use(event):
        return
    if before is not None and before.ip == event.ip and not signs_on:
        return
    at, session, name = event.time, event.session or "", _line(event)
    line = state.lines.get(name)
    if line is None:
        if len(state.lines) >= MAXIMUM_LINES:
            del state.lines[min(state.lines, key=lambda one: (state.lines[one].last, one))]
        line = state.lines[name] = Line(at, at, session)
    line.last = at
    if signs_on:
        line.signed_on, line.by = line.signed_on or at, session


def _is_signed_on_at(state: State, event: SignIn) -> bool:
    """Whether this comes from a line that somebody signed on at, long before or in its session."""
    line = state.lines.get(_line(event))
    return line is not None and line.is_signed_on(event.session or "", event.time)


def _doubt(state: State, event: SignIn, before: Session) -> None:
    """Note that a reviewer is called for this session: what came up in it is no line of before."""
    for end in (event, before):
        line = state.lines.get(_line(end))
        if line is not None and line.session == event.session:
            line.doubted = True


def _line(end: SignIn | Session) -> str:
    network = end.network.asn if end.network else None
    return "" if end.ip is None else f"{block(end.ip, *LINE_BITS)}@{network}"


def _is_habit(state: State, event: SignIn, before: Session) -> bool:
    """Whether another session went between these two lines on an earlier day; notes that this one
    does. Servers, VPNs and relays are weighed as such."""
    here, there = event.network, before.network
    if here is None or there is None or here.asn == there.asn:
        return False
    if not (is_somewhere(here) and is_somewhere(there) and event.ip and before.ip):
        return False
    session, day = event.session or "", event.time // DAY
    way = _way(event, before)
    known = state.ways.get(way)
    if known is not None:
        return known.day < day and known.session != session
    if len(state.ways) >= MAXIMUM_WAYS:
        del state.ways[min(state.ways, key=lambda name: (state.ways[name].day, name))]
    state.ways[way] = Way(session, day)
    return False


def _way(event: SignIn, before: Session) -> str:
    return "/".join(sorted(block(ip, *LINE_BITS) for ip in (event.ip, before.ip) if ip))


def _case(state: State, session: str, at: int) -> Case:
    cases = state.cases
    case = cases.get(session)
    if case is None:
        if len(cases) >= MAXIMUM_CASES:
            del cases[min(cases, key=lambda name: (cases[name].last, name))]
        case = cases[session] = Case(at)
    case.last = at
    return case


def _note_owner(event: SignIn, state: State, profile: Profile) -> None:
    """The owner at work at the usual desk while a session of theirs is behind a server or far."""
    at = event.time
    if not is_desk(event.device) or not profile.knows_device(event.device, at):
        return
    for name, case in state.cases.items():
        if case.sort not in ("hosting", "far") or name == event.session or at <= case.last:
            continue
        if not is_by_hand(profile.sessions.get(session_key(event)), event):
            continue
        if profile.knows_network(event.network, at) and is_somewhere(event.network):
            case.owner, case.owners = at, event.session or ""


def _goes_on(event: SignIn, before: Session | None, state: State, profile: Profile) -> bool:
    """Whether a sign-on that bears the id of a session is that session's: single sign-on lets a
    browser in again by the session that it has, or whoever has its cookie.

    It had not come to rest, nobody gave a second factor, and ids are of browsers.
    """
    if before is None or before.closed is not None or event.time - before.last >= REST:
        return False
    if not is_use(event) or event.mfa is True or state.is_one_for_all:
        return False
    if before.ip == event.ip and before.device == event.device:
        return False
    is_known = before.device == event.device or profile.knows_device(before.device, event.time)
    return is_known and _are_of_browsers(profile)


def _are_of_browsers(profile: Profile) -> bool:
    """Whether the ids of the account's sessions are of browsers: two that began by a sign-on were
    in use at once on two devices."""
    begun = [
        session
        for name, session in profile.sessions.items()
        if session.signed_on is not None and session.device and not name.startswith(UNNAMED)
    ]
    return any(
        one.device != other.device and one.start < other.last and other.start < one.last
        for one, other in combinations(begun, 2)
    )


def _note_sign_on(event: SignIn, before: Session, state: State, profile: Profile) -> None:
    if event.session is None or not is_use(event) or not _is_other_device(event, before):
        return
    state.is_one_for_all = state.is_one_for_all or not _are_of_browsers(profile)
    case = _case(state, event.session, event.time)
    for device in (event.device, before.device if before.signed_on is not None else None):
        if device is not None and device.fingerprint not in case.signed_on:
            case.signed_on = [*case.signed_on, device.fingerprint][-MAXIMUM_SIGNED_ON:]


def _are_two_lines(event: SignIn, before: Session) -> bool:
    """Whether these are two networks that one computer does not stand in by turns.

    A telephone goes from one to the other all day, and a computer through it.
    """
    here, there = event.network, before.network
    if here is None or there is None or here.asn is None or there.asn is None:
        return False
    kinds = (here.kind, there.kind)
    if here.asn == there.asn:
        return False
    if NetworkKind.MOBILE in kinds:
        return NetworkKind.HOSTING in kinds and is_desk(event.device)
    if (
        (event.device is None or is_handheld(event.device))
        and is_somewhere(here)
        and is_somewhere(there)
    ):
        return False
    served = NetworkKind.HOSTING in kinds
    return served or are_one_family(event.ip, before.ip)


def _lines_apart(event: SignIn, before: Session) -> str | None:
    """What sort of lines, far from each other, one machine's session goes between: of `RETURNS`."""
    here, there = event.network, before.network
    if here is None or there is None or is_handheld(event.device) or not _are_far(event, before):
        return None
    kinds = (here.kind, there.kind)
    is_one = here.asn == there.asn
    if not are_one_family(event.ip, before.ip):
        return "two_families" if _are_two_operators(event, before) else None
    if NetworkKind.MOBILE in kinds and not is_one:
        return "server" if NetworkKind.HOSTING in kinds else "mobile"
    if not set(kinds).isdisjoint(_NOT_FIXED) or not (is_somewhere(here) and is_somewhere(there)):
        # What goes to a server is weighed as such; a VPN is switched on and off.
        return None
    if event.device is None:
        return "unsaid"
    return "one_provider" if is_one else "fixed"


def _are_two_operators(event: SignIn, before: Session) -> bool:
    """Whether a computer is on the fixed lines of two operators: no line is IPv4 and IPv6 so."""
    here, there = event.network, before.network
    if here is None or there is None or event.device is None or not (event.ip and before.ip):
        return False
    fixed = here.kind is NetworkKind.FIXED and there.kind is NetworkKind.FIXED
    return fixed and not is_one_operator(network_label(here), network_label(there))


def _are_far(event: SignIn, before: Session) -> bool:
    here, there = event.place, before.place
    return here is not None and there is not None and distance_km(here, there) > NEAR_KM


def _sort(event: SignIn, before: Session, profile: Profile) -> str | None:
    """What sort of network the session came to, one of `TURNS`; None when it is no new one."""
    network = event.network
    key = None if network is None else network_key(network)
    if network is None or key is None or key in profile.networks:
        return None
    if not is_somewhere(network):
        if network.kind is NetworkKind.HOSTING and not profile.is_young(event.time):
            return "hosting"
        return "hidden" if is_somewhere(before.network) else None
    if profile.is_young(event.time) or not profile.knows_network(before.network, event.time):
        return None
    if event.place is None or before.place is None:
        return "near"
    return "near" if distance_km(event.place, before.place) <= NEAR_KM else "far"


def _hiding(state: State, profile: Profile, at: int, population: Population) -> float:
    if state.hidden_days >= HABIT_DAYS:
        return HIDES_OFTEN
    hides = hid_before(state, at) or hides_itself(profile, at, population)
    return HIDES_ITSELF if hides else 0.0


def _program_worth(event: SignIn, before: Session) -> float:
    """What an older program in the same session says: it runs on another machine."""
    version = version_of(event.user_agent)
    here, there = event.network, before.network
    if not 0 < version < before.version or here is None or there is None:
        return 0.0
    return 0.0 if here.asn == there.asn else OLDER_PROGRAM


def _are_neighbours(event: SignIn, before: Session, population: Population) -> bool:
    """Whether a computer with an older program goes on with the session at another line of the same
    network. An application is many versions behind the browser that it shares a session with, and
    between two exits of the tenant's are many people."""
    here, there, version = event.network, before.network, version_of(event.user_agent)
    if here is None or there is None or here.asn != there.asn or not is_desk(event.device):
        return False
    if not before.version - MOST_BEHIND <= version < before.version or version == 0:
        return False
    if not are_one_family(event.ip, before.ip) or event.ip is None or before.ip is None:
        return False
    if block(event.ip, *LINE_BITS) == block(before.ip, *LINE_BITS):
        return False
    return not (population.is_common(event.ip) and population.is_common(before.ip))


def _hand(end: SignIn | Session) -> str:
    """Who holds the session, as far as it shows: a device at a network."""
    device = end.device.fingerprint if end.device else ""
    network = end.network.asn if end.network else None
    return f"{device}@{network}"


def _is_other_device(event: SignIn, before: Session) -> bool:
    one, other = event.device, before.device
    return one is not None and other is not None and one.fingerprint != other.fingerprint


def _device_worth(event: SignIn, before: Session, profile: Profile, far: float) -> float:
    if event.ip is None or event.ip == before.ip:
        return SAME_ADDRESS
    at = event.time
    known = (
        profile.knows_device(event.device, at)
        and profile.knows_device(before.device, at)
        and profile.knows_network(event.network, at)
        and profile.knows_network(before.network, at)
    )
    if known and not far:
        return BOTH_KNOWN
    if event.network == before.network and event.place == before.place:
        desks = is_desk(event.device) and is_desk(before.device)
        one_family = are_one_family(event.ip, before.ip)
        return SAME_NETWORK_DESKS if desks and one_family else SAME_NETWORK
    masked = not is_somewhere(event.network)
    return min(CAP, OTHER_DEVICE + 0.2 * max(far, float(masked)))


def _place_worth(
    event: SignIn, before: Session, state: State, profile: Profile, far: float
) -> float:
    """What a move of one device is worth: updates, hand-overs, leases and VPNs are nothing."""
    network = event.network
    if network is not None and network.kind is NetworkKind.TOR:
        return 0.0 if before.network == network else TO_TOR
    if not far or is_handheld(event.device) or _is_own_carrier(network, profile):
        return 0.0
    if event.place is None or before.place is None or event.place.country == before.place.country:
        return 0.0
    usual = _is_usual_address(event, before, profile)
    if _is_on_the_way(event, before, state, profile):
        far *= ON_THE_WAY
    for end in (network, before.network):
        if end is not None and end.kind is NetworkKind.MOBILE:
            if not usual or end is before.network or not is_desk(event.device):
                return 0.0
            far *= CARRIER_ABROAD
    if event.device is None or before.device is None:
        # It may be a phone, on the hotel's line and on its own by turns.
        far *= CARRIER_ABROAD if usual else NO_DEVICE
    place = profile.places.get(place_key(event.place))
    if place is not None and _was_reached(place, event.time):
        return CAP * far * KNOWN_PLACE
    strange = 0.0 if profile.knows_network(network, event.time) else 0.2
    abroad = 0.0 if place is not None else 0.2
    return CAP * min(1.0, far * (0.8 + strange + abroad))


def _is_on_the_way(event: SignIn, before: Session, state: State, profile: Profile) -> bool:
    """Whether a computer's session came from a line, an IPv4 address or an IPv6 /64, that no other
    session of the account was on before today, and that is not a line with another address every
    day; and had not sat there for long."""
    if before.ip is None or not is_somewhere(before.network) or is_handheld(event.device):
        return False
    if event.time - before.start >= LONG_AGO or _has_sat(event, before, state):
        return False
    line = block(before.ip, *ONE_LINE_BITS)
    earlier = [
        session
        for name, session in profile.sessions.items()
        if name != event.session
        and session.ip is not None
        and event.time - session.start >= LONG_AGO
    ]
    if any(block(session.ip, *ONE_LINE_BITS) == line for session in earlier if session.ip):
        return False
    return not _has_another_daily([one for one in earlier if _is_beside(one, before)])


def _has_sat(event: SignIn, before: Session, state: State) -> bool:
    """Whether somebody worked in this session for long before it first moved."""
    case = state.cases.get(event.session or "")
    return (case is None or not case.left) and before.hand - before.start >= SAT_THERE


def _is_beside(session: Session, before: Session) -> bool:
    """Whether a computer's session was in the same town by the same provider."""
    here, there = session.network, before.network
    if here is None or there is None or here.asn is None or is_handheld(session.device):
        return False
    return here.asn == there.asn and session.place is not None and session.place == before.place


def _has_another_daily(sessions: Sequence[Session]) -> bool:
    """Whether these sessions were on a line that has another address every day: on several days,
    and at no address on two of them. Beside a line that keeps its address, another one of the same
    provider may be a telephone's."""
    days: dict[str, set[int]] = {}
    for session in sessions:
        if session.ip is not None:
            of_line = days.setdefault(block(session.ip, *ONE_LINE_BITS), set())
            of_line.update((session.start // DAY, session.last // DAY))
    return len(days) > 1 and all(len(some) == 1 for some in days.values())


def _is_hotspot(event: SignIn, before: Session, profile: Profile, population: Population) -> bool:
    """Whether the carrier's line of the two may be the hotspot of the owner's own phone."""
    if not (tells_place(event, population) and tells_place(before, population)):
        return True
    here, there = event.network, before.network
    if _is_own_carrier(here, profile) or _is_own_carrier(there, profile):
        return True
    if event.place is None or before.place is None:
        return False
    return event.place.country == before.place.country


def _is_phone_at_alien(
    event: SignIn, before: Session, profile: Profile, population: Population
) -> bool:
    """Whether a phone's session came to a fixed line where none of the tenant's people are."""
    network = event.network
    if network is None or network.kind is not NetworkKind.FIXED or not is_handheld(event.device):
        return False
    if not _is_from_home_to_alien(event, before, population):
        return False
    if not population.is_alien(network, event.place):
        return False
    return not _is_own_phones(event, before, profile, population)


def _is_own_phones(
    event: SignIn, before: Session, profile: Profile, population: Population
) -> bool:
    """Whether a phone may well go between the two: abroad by its operator, whose phones may come
    out where its fixed lines do, or from a line at home that the account did not have before."""
    away: SignIn | Session = event
    if not population.is_alien(event.network, event.place):
        away = before
    is_known = away.network is not None and _was_on(away.network, profile, event)
    return is_known or not _is_at_home(event, before, profile, population)


def _is_at_home(event: SignIn, before: Session, profile: Profile, population: Population) -> bool:
    """Whether the one of the two that is where the tenant's people are is a line that the account
    had on a day before: abroad, a phone comes out at some other one of its operator's."""
    home = before if population.is_alien(event.network, event.place) else event
    if home.ip is None:
        return False
    line = address.line_of(home.ip)
    return any(
        session.ip is not None
        and address.line_of(session.ip) == line
        and event.time - session.start >= LONG_AGO
        for name, session in profile.sessions.items()
        if name != event.session
    )


def _was_on(network: Network, profile: Profile, event: SignIn) -> bool:
    """Whether another of the account's sessions came through this network."""
    return any(
        session.network is not None and session.network.asn == network.asn
        for name, session in profile.sessions.items()
        if name != event.session
    )


def _are_fixed(event: SignIn, before: Session) -> bool:
    """Whether both ends are fixed lines of one family of addresses, far from each other."""
    if not (_are_far(event, before) and are_one_family(event.ip, before.ip)):
        return False
    return all(
        end.network is not None and end.network.kind is NetworkKind.FIXED for end in (event, before)
    )


def _is_from_home_to_alien(event: SignIn, before: Session, population: Population) -> bool:
    """Whether one of the two is a fixed line where the tenant's people are, and the other is where
    none of them are: a telephone of the country that lies on the desk does not come out there."""
    away = [population.is_alien(end.network, end.place) for end in (event, before)]
    home = before if away[0] else event
    if away[0] == away[1] or home.network is None or home.place is None:
        return False
    is_fixed = home.network.kind is NetworkKind.FIXED
    return is_fixed and not population.is_foreign(home.place.country)


def _is_own_carrier(network: Network | None, profile: Profile) -> bool:
    """Whether a phone of the account's comes through this carrier; its addresses are located
    anywhere, be it in another country."""
    if network is None or network.kind is not NetworkKind.MOBILE:
        return False
    return any(
        session.network is not None
        and session.network.asn == network.asn
        and is_handheld(session.device)
        for session in profile.sessions.values()
    )


def _is_usual_address(event: SignIn, before: Session, profile: Profile) -> bool:
    """Whether the session came from an address that the account had before today."""
    return before.ip is not None and any(
        session.ip == before.ip and event.time - session.last >= LONG_AGO
        for session in profile.sessions.values()
    )


def _is_far_server(event: SignIn, before: Session, profile: Profile) -> bool:
    """Whether a computer's session came from a place to a server in a country never seen."""
    if event.place is None or is_handheld(event.device) or not is_somewhere(before.network):
        return False
    return event.place.country not in home_countries(profile, event.time)


def _was_reached(place: Known, at: int) -> bool:
    return place.vouched or place.is_trusted(at)


def _facts(event: SignIn, before: Session, move: Move, case: Case) -> dict[str, Fact]:
    here, there = event.place, before.place
    return {
        "session": (event.session or "")[:64],
        "from_device": device_label(before.device),
        "to_device": device_label(event.device),
        "from_network": network_label(before.network),
        "to_network": network_label(event.network),
        "from_place": label(there),
        "to_place": label(here),
        "from_ip": before.ip,
        "to_ip": event.ip,
        "distance_km": round(distance_km(here, there)) if here and there else 0,
        "minutes": round((event.time - before.last) / MINUTE, 1),
        "moves": case.moves,
        "other_device": move.other_device,
    }
