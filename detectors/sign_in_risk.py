"""A sign-in that is less like its owner than like a stranger, and what confirms it afterwards."""

from collections.abc import Iterable
from typing import Annotated, ClassVar

from msgspec import Meta, Struct, field

from detectors.core.context import AccountKind, Context
from detectors.core.detector import About, Text
from detectors.core.event import (
    DAY,
    HOUR,
    MINUTE,
    AccountChange,
    Activity,
    Change,
    Event,
    FailureReason,
    Outcome,
    SignIn,
    is_use,
)
from detectors.core.finding import CAP, Evidence, Fact, Finding, Weights, finding
from detectors.core.freeman import freeman
from detectors.core.geodesy import distance_km
from detectors.core.grade import grade
from detectors.core.identity import Subject, SubjectKind
from detectors.core.novelty import (
    HOURS_IN_DAY,
    Novelty,
    discount,
    handed,
    home_countries,
    hours_apart,
    is_start,
    novelty,
)
from detectors.core.place import Form, NetworkKind, Place
from detectors.core.population import MASKED, Line, Newness, Population
from detectors.core.presence import (
    WORKING_DAY,
    desk_of,
    hides_itself,
    is_owner_at_work,
    is_usual,
    last_at_desk,
    signed_on_today,
)
from detectors.core.profile import Profile, is_by_hand, session_key
from detectors.core.program import version_of
from detectors.core.travel import device_label, is_handheld, is_somewhere, label, network_label

MAXIMUM_INTRUDERS = 8
CAP_ALONE = 5.95
"""Nats at most, so that a pattern that knows how it was done names the incident."""
LEAST = 1.0
LOUDER = 0.7
EVENING = 3
AT_NIGHT, AT_NIGHT_ALIKE, IN_THE_EVENING = 2.2, 1.4, 0.6
"""Nats for a first sign-in so many hours from those that the account is used at."""
FOREIGN = 0.005
"""A country with a smaller share of the tenant's sign-ons is none of its people's."""
HIDES_ITSELF = 1.5
"""Nats less where the owner's own device is seen behind such networks."""
COLLEAGUES = 3.0
"""Nats less at an address that many of the tenant's people sign on from: an office, or its VPN."""
NO_FACTOR = 2.7
"""Nats for no second factor where the account has always given one."""
FACTOR = -0.3
ALWAYS = 5
"""Sign-ons with a second factor, and none without, that make it the rule."""
FAILED = {0: 0.0, 1: 0.0, 2: 0.5, 3: 1.5}
FAILED_OFTEN = 2.9
"""Nats for failures from the same address within a day."""
MISTYPED = 0.5
"""Share of it for a device like the owner's in another country: travellers mistype as well."""
FORGOTTEN_AFTER, FORGOTTEN = 7 * DAY, 0.5
"""Whoever was away for so long may well have forgotten the password: nats at most."""
GUESSED, AMONG_GUESSES = 10, 1.2
"""Wrong passwords within a day, from anywhere, that are an attack's, and nats for that much:
what a success among guesses is worth is brute_force's to say."""
SECOND = frozenset({FailureReason.MFA_DENIED, FailureReason.MFA_TIMEOUT})
RESET_BEFORE, RESET_HIDDEN = 2.0, 3.2
"""Nats for a password set anew from the same address within the hour before; behind a server or
a VPN, where nobody happens to be when a password is forgotten."""
CHANGED = {True: 3.8, False: 2.0}
"""Nats for a new password or factor from the stranger's address, in the first hour or later."""
CHANGED_NEARBY = 0.7
"""The same later, from a line in a usual country, or with a device like the owner's abroad:
people see to their passwords at home, and on journeys."""
CHANGED_BY_ANOTHER = 0.5
"""Nats more where the device is not the owner's, or a server's address hides it."""
OTHER_MACHINE = 1.8
"""Nats for a program that the owner's own device turns out not to have: it is another machine."""
AT_WORK = 3.0
AT_WORK_AGAIN = 1.0
AT_WORK_CAP = 5.5
"""Nats for the owner at work elsewhere in between, and for every further time."""
LIKE_ALIKE, LIKE_ALIKE_HOSTED = 1.8, 2.8
"""Nats for the same between two ends that run the same program."""
ALIKE_CAP = 5.9
NEARBY = frozenset({Line.NEW, Line.ELSEWHERE, Line.CARRIER})
NOT_AT_HOME = MASKED | {Line.ABROAD}
AS_HIDDEN = 0.8
PRESENT = ((15 * MINUTE, 2.8), (30 * MINUTE, 2.2), (HOUR, 1.8), (3 * HOUR, 1.0))
"""Nats for a stranger's computer that comes so soon after a gesture of the owner at the usual
desk: of a hundred honest first days of a new computer on a new line one came within half an hour,
of strangers one in four."""
PRESENT_FAR_KM = 60.0
"""From so far away also the last of these counts: nearby it may be an evening at home."""
PRESENT_TWIN = 2.3
"""The same at most for the owner's own sort of device behind a server, and for a sign-on only."""
PRESENT_ON_THE_WAY = 1.5
"""The same at most where it is also too far to have been reached: much of that says this, too."""
CROSSINGS, CROSSED, CROSSED_AGAIN, CROSSED_CAP = 3, 3.0, 0.5, 4.0
"""Journeys of a computer like the owner's between the usual desk and another country, each within
a day and all within a week, and nats for so many: a journey there and back are two."""
CROSSING_KM = 300.0
CAME_BACK = 6 * HOUR
CAME_BACK_NEAR, CAME_BACK_FAR, BETWEEN = 2.0, 2.6, 2.8
"""Nats for the owner back at the usual desk so soon after a stranger's visit from another
computer, on the same day: from nearby, from far, or when the owner was there before it as well."""
MAXIMUM_LABEL = 60
LOOKED, LOOKED_AGAIN, LOOKED_CAP = 0.6, 0.1, 0.8
NOT_SHARED = 0.5
"""Nats for brief looks on several days, and against sharing: whoever shares an account works."""
BRIEF_USES, BRIEF_SHARE = 6, 0.4
"""Uses a day below which a look is brief, and the share of the account's own that is, if less."""
STAGES = ((3, 14, 0.35), (4, 20, 0.6), (5, 28, 0.8), (8, 40, 1.0))
"""Days and hours of ordinary work by strangers, and the share of what spoke for a takeover that
is taken back: whoever comes to work every day shares the account, or moved house."""
BESIDE = 3.0
"""Nats for sharing at the last stage, where the owner works there as well."""
LONG_STAY, DAYS_OF_STAY, CROWD = 6, 3, 3
"""Hours and days of work from which a stranger is no passer-by, and how many are a crowd."""
TRAVELLED = 5.5
"""What a stranger's journeys may have been worth besides, where they are another detector's."""
WORST_OF_IT = 0.3
"""Share that is taken back of one who changed the password or a factor."""
ANEW = 1.5
"""A stranger so much stranger (nats) than one who stayed is a matter of its own."""
BY_ROAD_KMH, BY_AIR_KMH, AIRPORTS = 110.0, 750.0, 2.5
"""What a journey takes from door to door: by road, or by air with so many hours on the ground."""
LOCATED_KM = 80.0
"""Two fixed lines are so much nearer to each other than they are located, at worst."""
BEYOND_REACH, BEYOND_REACH_UNSAID = (2.6, 1.0, 4.4), (1.5, 0.6, 3.0)
"""Nats for coming from where the owner cannot have gone, for each further time, and at most:
once, a line may be located wrongly.

Within a country, what the log names no device of may be a phone.
"""
REACH_IS_SHARED = 0.45
OTHER_LINES, OTHER_LINES_CAP = 1.4, 2.8
"""Nats for each further country or server that a stranger comes from within `LATELY`."""
OF_ONE_JOURNEY = 0.5
"""Share of it where nothing tells their devices from the owner's: a journey crosses countries."""
LATELY = 7 * DAY
REMINDED = 5 * DAY
"""What comes so long after the first sign-in is told together with it again: brief looks that are
a week apart add up as well."""
UNADDRESSED = 20 * MINUTE
"""A change that no address is known of is whoever's who acted last, so recently."""
NOVELTY, OWNER, CHANGE, STAY, LOOKS = "novelty", "owner", "change", "stay", "looks"
PRESENT_, BACK, CROSS = "present", "back", "crossed"
REACH, LINES = "reach", "lines"
GROUPS = {
    NOVELTY: "sign_in",
    OWNER: "owner_at_work",
    PRESENT_: "owner_at_work",
    BACK: "owner_at_work",
    CROSS: "crossed",
    CHANGE: "changed",
    STAY: "stayed",
    LOOKS: "looks",
    REACH: "travel",
    LINES: "lines",
}
"""The evidence group of each sort of finding: they are independent of each other."""
_FACTORS = (Change.PASSWORD, Change.FACTOR_ADDED, Change.FACTOR_REMOVED)


class Parameters(Struct, frozen=True, kw_only=True):
    """What sign_in_risk reckons with."""

    interleaving: Annotated[
        int,
        Meta(
            description="Longest time in which stranger, owner and stranger make one overlap",
            ge=0,
            extra={"unit": "ms"},
        ),
    ] = 45 * MINUTE
    aftermath: Annotated[
        int,
        Meta(
            description="How long after a doubtful sign-in a change of password or factor tells",
            ge=0,
            extra={"unit": "ms"},
        ),
    ] = DAY
    memory: Annotated[
        int,
        Meta(
            description="A stranger not seen for this long is forgotten",
            ge=0,
            extra={"unit": "ms"},
        ),
    ] = 45 * DAY


class Facts(Struct, frozen=True):
    """What a finding says: what it was about, who came and from where, and the signs with it."""

    what: Annotated[
        str,
        Meta(
            title="What it is about",
            extra={
                "fr": "De quoi il s'agit",
                "values": {
                    NOVELTY: Text("an unfamiliar sign-in", "une connexion inhabituelle"),
                    OWNER: Text(
                        "the owner at work elsewhere meanwhile",
                        "le titulaire à l'œuvre ailleurs pendant ce temps",
                    ),
                    PRESENT_: Text(
                        "the owner at the usual desk just before",
                        "le titulaire à son poste habituel juste avant",
                    ),
                    CROSS: Text(
                        "back and forth between two countries within days",
                        "des allers et retours entre deux pays en quelques jours",
                    ),
                    BACK: Text(
                        "the owner back at the usual desk the same day",
                        "le titulaire de retour à son poste habituel le jour même",
                    ),
                    CHANGE: Text(
                        "a password or factor changed from there",
                        "un mot de passe ou un facteur changé de là",
                    ),
                    LOOKS: Text(
                        "brief looks on several days", "de brefs passages, plusieurs jours"
                    ),
                    STAY: Text("many days of ordinary work", "de nombreux jours de travail"),
                    REACH: Text(
                        "a place that the owner could not have reached",
                        "un lieu que le titulaire n'a pas pu rejoindre",
                    ),
                    LINES: Text(
                        "several countries or servers within days",
                        "plusieurs pays ou serveurs en quelques jours",
                    ),
                },
            },
        ),
    ]
    device: Annotated[str, Meta(title="Device", extra={"fr": "Appareil"})]
    network: Annotated[str, Meta(title="Network", extra={"fr": "Réseau"})]
    place: Annotated[str, Meta(title="Place", extra={"fr": "Lieu"})]
    ip: Annotated[str | None, Meta(title="Address", extra={"fr": "Adresse"})]
    line: Annotated[
        str,
        Meta(
            title="The line",
            extra={
                "fr": "La ligne",
                "values": {
                    "same": Text("known", "connue"),
                    "elsewhere": Text("a known provider elsewhere", "un opérateur connu, ailleurs"),
                    "new": Text("new, in a usual country", "nouvelle, dans un pays habituel"),
                    "carrier": Text(
                        "a new mobile network in a usual country",
                        "un nouveau réseau mobile dans un pays habituel",
                    ),
                    "abroad": Text("in a country never seen", "dans un pays jamais vu"),
                    "hosting": Text("a hosting provider", "un hébergeur"),
                    "vpn": Text("a VPN", "un VPN"),
                    "tor": Text("Tor", "Tor"),
                    "relay": Text("a relay", "un relais"),
                    "unsaid": Text("not known", "inconnue"),
                },
            },
        ),
    ]
    new_device: Annotated[bool, Meta(title="New device", extra={"fr": "Appareil nouveau"})]
    second_factor: Annotated[
        bool | None, Meta(title="Second factor given", extra={"fr": "Second facteur donné"})
    ]
    failures: Annotated[int, Meta(title="Failures just before", extra={"fr": "Échecs juste avant"})]
    hours_away: Annotated[
        int, Meta(title="Hours from the usual ones", extra={"fr": "Heures d'écart à l'habitude"})
    ]
    score: Annotated[float, Meta(title="Freeman's score", extra={"fr": "Score de Freeman"})]
    turns: Annotated[
        int, Meta(title="Times the owner was at work", extra={"fr": "Fois où le titulaire œuvrait"})
    ]
    days: Annotated[int, Meta(title="Days of work", extra={"fr": "Jours de travail"})]


class Intruder(Struct, array_like=True):
    """A device in a network that came in as a stranger, and what was seen of it since.

    Times in ms. `worth` is what its first sign-in was worth in nats; `spoken` what was said so
    far of that, `spoken_owner` of the owner's work meanwhile, `spoken_looks` of brief looks,
    `spoken_reach` of journeys. `visits` are the days it came on, `total` its uses, `hours` the
    hours it was at work in; `owner` is when the owner last acted beside it, 0 when not.
    `newness` is its device's; places in degrees, where `located`. `name` is its `handed`;
    `crossed` how often one went between it and the owner's desk abroad, `crossed_at` the last time.
    `said` is when its first sign-in was last spoken of.
    """

    first: int
    last: int
    line: str
    alike: bool
    handheld: bool
    mobile: bool
    worth: float = 0.0
    spoken: float = 0.0
    spoken_owner: float = 0.0
    spoken_looks: float = 0.0
    spoken_reach: float = 0.0
    turns: int = 0
    visits: int = 1
    total: int = 1
    hours: int = 1
    changed: bool = False
    tampered: bool = False
    owner: int = 0
    ip: str = ""
    anchor: bytes = b""
    device: str = ""
    network: str = ""
    place: str = ""
    version: int = 0
    newness: str = ""
    located: bool = False
    latitude: float = 0.0
    longitude: float = 0.0
    country: str = ""
    reached: int = 0
    beyond: int = 0
    name: str = ""
    crossed: int = 0
    crossed_at: int = 0
    said: int = 0
    spoken_crossed: float = 0.0


class State(Struct, array_like=True):
    """The strangers known of, by `handed`, at most `MAXIMUM_INTRUDERS`; the last odd reset.

    `days` and `hours` count those with work of any of them, `slot` is the last such hour since
    1970; `stage` is the share taken back so far and `back` the nats; `anew` is 1 once a
    stranger came after that who is a matter of its own; `lines` is what their several
    lines were worth so far.
    """

    intruders: dict[str, Intruder] = field(default_factory=dict)
    reset_ip: str = ""
    reset_at: int = 0
    days: int = 0
    hours: int = 0
    slot: int = 0
    stage: float = 0.0
    back: float = 0.0
    anew: int = 0
    lines: float = 0.0


class SignInRisk:
    """Weighs each sign-in as a stranger's or the owner's, and watches strangers from then on.

    Beyond `freeman`: novelty of device and line is weighed jointly and not as if independent
    (a new laptop brings no new country with it), against strangers' own habits, less an
    account's own rate of novelty; then the hour, the second factor, and failures before. What
    comes after is evidence of its own: the owner at work meanwhile, changes from there.
    """

    about: ClassVar[About] = About(
        name="sign_in_risk",
        title=Text("Sign-in unlike the owner", "Connexion qui ne ressemble pas au titulaire"),
        aup=("6", "3.3"),
        attack=("T1078",),
        keyed_by=SubjectKind.ACCOUNT,
        state_version=3,
        state_ttl=45 * DAY,
        facts=Facts,
        sentence=Text(
            "{device} at {place} ({network}, {ip}) signed in, unlike the owner. It is about: "
            "{what}. The line: {line}. Failures before: {failures}; hours from the usual ones: "
            "{hours_away}; times that the owner was at work meanwhile: {turns}.",
            "{device} à {place} ({network}, {ip}) s'est connecté, au contraire des habitudes du "
            "titulaire. Il s'agit de : {what}. La ligne : {line}. Échecs avant : {failures} ; "
            "heures d'écart à l'habitude : {hours_away} ; fois où le titulaire œuvrait pendant "
            "ce temps : {turns}.",
        ),
        innocent=Text(
            "A new computer on a journey, or a first day of work from somewhere else.",
            "Un nouvel ordinateur en voyage, ou un premier jour de travail depuis un autre lieu.",
        ),
        runbook="runbooks/sign_in_risk",
    )
    state: ClassVar[type[State]] = State

    def __init__(self, parameters: Parameters | None = None) -> None:
        self.parameters = parameters or Parameters()

    def observe(
        self, event: Event, subject: Subject, state: State, profile: Profile, context: Context
    ) -> Iterable[Finding]:
        """A finding at a sign-in unlike the owner's, and at what confirms it or takes it back."""
        if isinstance(event, SignIn):
            if not is_use(event):
                return ()
            if is_start(event, profile):
                return self._started(event, subject, state, profile, context)
            return self._went_on(event, subject, state, profile) if state.intruders else ()
        if isinstance(event, AccountChange):
            return self._changed(event, subject, state, profile)
        return ()

    def tick(
        self, until: int, subject: Subject, state: State, profile: Profile, context: Context
    ) -> Iterable[Finding]:
        """Nothing: everything is judged at the event that shows it."""
        return ()

    def _started(
        self, event: SignIn, subject: Subject, state: State, profile: Profile, context: Context
    ) -> Iterable[Finding]:
        known = state.intruders.get(handed(event)) if state.intruders else None
        if known is not None and event.time - known.last <= self.parameters.memory:
            return self._returned(event, subject, state, profile, known)
        found = novelty(event, profile)
        if found is None:
            return ()
        if found.line in (Line.SAME, Line.UNSAID):
            # A new device at home is what unfamiliar_device speaks of.
            return self._went_on(event, subject, state, profile) if state.intruders else ()
        found = _of_the_tenant(found, event, profile, context.population(subject.tenant))
        worth = self._worth(event, subject, state, profile, context, found)
        if worth < LEAST and found.handheld:
            return ()
        intruder = _note(state, event, found, worth)
        intruder.owner = last_at_desk(event, profile, proxied=found.line in NOT_AT_HOME)
        beyond = self._came_from(event, subject, profile, intruder)
        if worth < LEAST:
            return beyond
        if _is_anew(state, intruder, worth):
            state.anew = 1
        intruder.spoken = worth
        intruder.said = event.time
        score = freeman(event, profile, context.population(subject.tenant))
        novel = self._speak(
            NOVELTY,
            event,
            subject,
            intruder,
            Weights(taken_over=min(CAP_ALONE, worth)),
            _facts(NOVELTY, event, intruder, profile, found.device is Newness.NEW, score),
            state.anew,
        )
        present = self._present(event, subject, profile, intruder)
        lines = self._other_lines(event, subject, state, profile, intruder)
        return (*novel, *beyond, *present, *lines)

    def _present(
        self, event: SignIn, subject: Subject, profile: Profile, intruder: Intruder
    ) -> Iterable[Finding]:
        """The stranger's computer so soon after the owner's own gesture at the usual desk."""
        worth = _present_worth(event, profile, intruder)
        if intruder.spoken_reach:
            worth = min(worth, PRESENT_ON_THE_WAY)
        if worth < LEAST:
            return ()
        intruder.spoken_owner = worth
        facts = _facts(PRESENT_, event, intruder, profile, not intruder.alike, 0.0)
        return self._speak(PRESENT_, event, subject, intruder, Weights(taken_over=worth), facts)

    def _came_from(
        self, event: SignIn, subject: Subject, profile: Profile, intruder: Intruder
    ) -> Iterable[Finding]:
        """The stranger where the owner, at the usual desk so shortly before, cannot be yet."""
        at = event.time
        if not intruder.located or not any(
            session.hand and _is_beyond(session.place, intruder, at - session.hand)
            for session in profile.sessions.values()
            if signed_on_today(session, at) and is_usual(session, profile, at)
        ):
            return ()
        return self._beyond(event, subject, profile, intruder)

    def _beyond(
        self, event: SignIn, subject: Subject, profile: Profile, intruder: Intruder
    ) -> Iterable[Finding]:
        if intruder.reached and event.time - intruder.reached < HOUR:
            return ()
        unsaid = intruder.newness == Newness.UNSAID.value
        if (
            intruder.handheld
            or intruder.newness == Newness.KNOWN.value
            or (unsaid and intruder.line != Line.ABROAD.value)
        ):
            return ()
        first, each, most = BEYOND_REACH_UNSAID if unsaid else BEYOND_REACH
        intruder.reached = event.time
        intruder.beyond += 1
        worth = min(most, first + each * (intruder.beyond - 1))
        if worth <= intruder.spoken_reach:
            return ()
        intruder.spoken_reach = worth
        weights = Weights(shared=REACH_IS_SHARED * worth, taken_over=worth)
        facts = _facts(REACH, event, intruder, profile, not intruder.alike, 0.0)
        return self._speak(REACH, event, subject, intruder, weights, facts)

    def _other_lines(
        self,
        event: SignIn,
        subject: Subject,
        state: State,
        profile: Profile,
        intruder: Intruder,
    ) -> Iterable[Finding]:
        """Strangers from several countries or servers within days: nobody works like that."""
        if intruder.handheld or hides_itself(profile, event.time):
            return ()
        lines = {
            _far_line(name, one)
            for name, one in state.intruders.items()
            if event.time - one.last <= LATELY and one.worth >= LEAST and not one.handheld
        } - {""}
        worth = min(OTHER_LINES_CAP, OTHER_LINES * (len(lines) - 1))
        if all(_may_travel(one) for one in state.intruders.values() if one.worth >= LEAST):
            worth *= OF_ONE_JOURNEY
        if worth <= state.lines or not _far_line("@", intruder):
            return ()
        state.lines = worth
        weights = Weights(taken_over=worth)
        facts = _facts(LINES, event, intruder, profile, not intruder.alike, 0.0)
        return self._speak(LINES, event, subject, intruder, weights, facts)

    def _worth(
        self,
        event: SignIn,
        subject: Subject,
        state: State,
        profile: Profile,
        context: Context,
        found: Novelty,
    ) -> float:
        """What a first sign-in of this device in this network is worth, in nats."""
        population = context.population(subject.tenant)
        if _is_program(event, subject, found, context):
            return 0.0
        worth = population.surprise(found.device, found.line, handheld=found.handheld)
        worth -= discount(found, profile, event.time)
        worth -= COLLEAGUES if population.is_seat(event.ip) else 0.0
        if found.line in MASKED and hides_itself(profile, event.time):
            worth -= HIDES_ITSELF
        if found.is_strange or found.line in MASKED or found.line is Line.ABROAD:
            worth += _hour(event, profile, found) + _factor(event, profile, found)
            worth += _failed(event, profile, found)
        if event.ip is not None and event.ip == state.reset_ip:
            reset = RESET_HIDDEN if found.line in MASKED else RESET_BEFORE
            if event.time - profile.last_use >= FORGOTTEN_AFTER and found.line in NEARBY:
                reset = FORGOTTEN
            worth += reset * (event.time - state.reset_at <= HOUR)
        return max(0.0, worth)

    def _returned(
        self, event: SignIn, subject: Subject, state: State, profile: Profile, intruder: Intruder
    ) -> Iterable[Finding]:
        found = tuple(self._came_again(event, subject, state, profile, intruder))
        if not any(f.evidence.weights.taken_over > 0 for f in found):
            return found
        return (*self._reminded(event, subject, state, profile, intruder), *found)

    def _came_again(
        self, event: SignIn, subject: Subject, state: State, profile: Profile, intruder: Intruder
    ) -> Iterable[Finding]:
        away = event.time // DAY != intruder.last // DAY
        proxied = Line(intruder.line) in NOT_AT_HOME
        before = last_at_desk(event, profile, proxied=proxied)
        if event.time - intruder.last > self.parameters.interleaving:
            intruder.owner = max(intruder.owner, before)
        crossed: Iterable[Finding] = ()
        if before > intruder.last:
            crossed = self._crossed(event, subject, profile, intruder)
        _locate(intruder, event)
        beyond = (*crossed, *self._came_from(event, subject, profile, intruder))
        found = (*self._went_on(event, subject, state, profile), *beyond)
        if not away:
            return found
        brief = intruder.total < _brief(profile) * intruder.visits
        if not brief or intruder.handheld or intruder.worth < LEAST:
            return found
        worth = min(LOOKED_CAP, LOOKED + LOOKED_AGAIN * (intruder.visits - 2))
        if (
            worth < intruder.spoken_looks + 2 * LOOKED_AGAIN
            or (intruder.alike and not _is_unnamed_server(intruder))
            or _is_home(event, profile)
        ):
            return found
        intruder.spoken_looks = worth
        looked = self._speak(
            LOOKS,
            event,
            subject,
            intruder,
            Weights(shared=-NOT_SHARED, taken_over=worth),
            _facts(LOOKS, event, intruder, profile, not intruder.alike, 0.0),
        )
        return (*found, *looked)

    def _reminded(
        self, event: SignIn, subject: Subject, state: State, profile: Profile, intruder: Intruder
    ) -> Iterable[Finding]:
        """What its first sign-in was worth, once more: another incident would not know of it."""
        if not intruder.said or event.time - intruder.said < REMINDED:
            return ()
        intruder.said = event.time
        worth = min(CAP_ALONE, intruder.spoken)
        facts = _facts(NOVELTY, event, intruder, profile, not intruder.alike, 0.0)
        weights = Weights(taken_over=worth)
        return self._speak(NOVELTY, event, subject, intruder, weights, facts, state.anew)

    def _went_on(
        self, event: SignIn, subject: Subject, state: State, profile: Profile
    ) -> Iterable[Finding]:
        at = event.time
        intruder = state.intruders.get(handed(event))
        if intruder is None:
            return self._owner_acted(event, subject, state, profile)
        span = self.parameters.interleaving
        overlaps = intruder.owner >= intruder.last > 0 and at - intruder.last <= span
        by_hand = is_by_hand(profile.sessions.get(session_key(event)), event)
        worked = _count(state, intruder, event)
        found: Iterable[Finding] = ()
        if overlaps and by_hand:
            intruder.turns += 1
            found = self._overlapped(event, subject, profile, intruder)
        if worked and not found:
            return self._stayed(event, subject, state, profile, intruder)
        return found

    def _owner_acted(
        self, event: SignIn, subject: Subject, state: State, profile: Profile
    ) -> Iterable[Finding]:
        """The owner at the usual desk: an overlap where a stranger acted since, and just before."""
        at = event.time
        if not is_owner_at_work(event, profile):
            return ()
        direct = is_somewhere(event.network)
        beyond = self._went_back(event, subject, state, profile) if direct else ()
        found: Iterable[Finding] = ()
        for name in sorted(state.intruders):
            intruder = state.intruders[name]
            if not direct and Line(intruder.line) not in NOT_AT_HOME:
                continue
            if direct and intruder.last > intruder.crossed_at:
                beyond = (*beyond, *self._crossed(event, subject, profile, intruder))
            if at - intruder.last > CAME_BACK or _is_beside(event, name, intruder):
                continue
            before, intruder.owner = intruder.owner, at
            if not _is_within(before, intruder.last, at, self.parameters.interleaving):
                found = found or self._came_back(event, subject, profile, intruder, before)
                continue
            intruder.turns += 1
            found = found or self._overlapped(event, subject, profile, intruder)
        return (*beyond, *(found or self._unmasked(event, subject, state, profile)))

    def _came_back(
        self, event: SignIn, subject: Subject, profile: Profile, intruder: Intruder, before: int
    ) -> Iterable[Finding]:
        """The owner at the usual desk hours after a stranger's visit, and perhaps before it."""
        if before > intruder.last or intruder.worth < LEAST or not _is_other_desk(intruder):
            return ()
        far = _is_far(event.place, intruder, PRESENT_FAR_KM)
        worth = CAME_BACK_FAR if far else CAME_BACK_NEAR
        if before and intruder.last - before <= WORKING_DAY - CAME_BACK:
            worth = BETWEEN
        elif event.time - intruder.first > CAME_BACK:
            # Whoever has two homes does so on any other day.
            return ()
        if intruder.spoken_reach:
            worth = min(worth, PRESENT_ON_THE_WAY)
        if worth < intruder.spoken_owner + LOUDER:
            return ()
        intruder.spoken_owner = worth
        facts = _facts(BACK, event, intruder, profile, True, 0.0)
        return self._speak(BACK, event, subject, intruder, Weights(taken_over=worth), facts)

    def _crossed(
        self, event: SignIn, subject: Subject, profile: Profile, intruder: Intruder
    ) -> Iterable[Finding]:
        """Once more from the owner's desk to another country, or back, within a day."""
        at = event.time
        if intruder.line != Line.ABROAD.value or intruder.newness != Newness.KNOWN.value:
            return ()
        if intruder.handheld or intruder.mobile or not intruder.located:
            return ()
        if at - intruder.last > LATELY:
            intruder.crossed = 0
        is_owners = handed(event) != intruder.name
        desk = event.place if is_owners else desk_of(profile, at)
        if not _is_far(desk, intruder, CROSSING_KM) or (is_owners and at - intruder.last > DAY):
            return ()
        intruder.crossed_at = at
        intruder.crossed += 1
        worth = min(CROSSED_CAP, CROSSED + CROSSED_AGAIN * (intruder.crossed - CROSSINGS))
        if intruder.crossed < CROSSINGS or worth <= intruder.spoken_crossed:
            return ()
        intruder.spoken_crossed = worth
        facts = _facts(CROSS, event, intruder, profile, False, 0.0)
        return self._speak(CROSS, event, subject, intruder, Weights(taken_over=worth), facts)

    def _went_back(
        self, event: SignIn, subject: Subject, state: State, profile: Profile
    ) -> Iterable[Finding]:
        """The owner at the usual desk so shortly after a stranger was elsewhere."""
        for name in sorted(state.intruders):
            intruder = state.intruders[name]
            gap = event.time - intruder.last
            if intruder.worth >= LEAST and _is_beyond(event.place, intruder, gap):
                found = tuple(self._beyond(event, subject, profile, intruder))
                if found:
                    return found
        return ()

    def _unmasked(
        self, event: SignIn, subject: Subject, state: State, profile: Profile
    ) -> Iterable[Finding]:
        """The owner's device has an older program than one that passed for it: it was another."""
        version = version_of(event.user_agent)
        device = event.device.fingerprint if event.device else ""
        for name in sorted(state.intruders):
            intruder = state.intruders[name]
            older = 0 < version < intruder.version
            if not (older and intruder.alike and name.startswith(f"{device}@")):
                continue
            if event.time - intruder.last > DAY or intruder.worth < LEAST:
                continue
            intruder.alike = False
            intruder.worth = intruder.spoken = min(CAP_ALONE, intruder.worth + OTHER_MACHINE)
            facts = _facts(NOVELTY, event, intruder, profile, True, 0.0)
            weights = Weights(taken_over=intruder.worth)
            return self._speak(NOVELTY, event, subject, intruder, weights, facts)
        return ()

    def _overlapped(
        self, event: SignIn, subject: Subject, profile: Profile, intruder: Intruder
    ) -> Iterable[Finding]:
        worth = _overlap_worth(event, intruder)
        if worth < LEAST or worth < intruder.spoken_owner + LOUDER:
            return ()
        intruder.spoken_owner = worth
        return self._speak(
            OWNER,
            event,
            subject,
            intruder,
            Weights(taken_over=worth),
            _facts(OWNER, event, intruder, profile, not intruder.alike, 0.0),
        )

    def _stayed(
        self, event: SignIn, subject: Subject, state: State, profile: Profile, intruder: Intruder
    ) -> Iterable[Finding]:
        """Days of ordinary work: what spoke for a takeover is taken back by stages."""
        stage = max((s for d, h, s in STAGES if state.days >= d and state.hours >= h), default=0.0)
        if not stage:
            return ()
        back = stage * _spoken(state)
        if any(one.tampered for one in state.intruders.values()):
            back *= WORST_OF_IT
        if back < state.back + LEAST:
            return ()
        state.stage, state.back = stage, back
        turns = sum(one.turns for one in state.intruders.values() if not one.alike)
        beside = turns >= state.days
        # The owner's own laptop in one hotel after another is no crowd.
        others = [one for one in state.intruders.values() if not one.alike]
        crowd = sum(_has_stayed(one) for one in others) >= CROWD
        shared = stage * BESIDE if beside or crowd else 0.0
        facts = _facts(STAY, event, intruder, profile, not intruder.alike, 0.0)
        facts["days"] = state.days
        weights = Weights(shared=shared, taken_over=-min(CAP, back))
        found = tuple(self._speak(STAY, event, subject, intruder, weights, facts))
        if back <= CAP:
            return found
        weights = Weights(taken_over=-min(CAP, back - CAP))
        return (*found, *self._speak(STAY, event, subject, intruder, weights, facts, 1))

    def _changed(
        self, event: AccountChange, subject: Subject, state: State, profile: Profile
    ) -> Iterable[Finding]:
        if event.change not in _FACTORS or event.outcome is not Outcome.SUCCESS:
            return ()
        intruder = _changer(event, state, profile)
        if intruder is None:
            _note_reset(event, state, profile)
            return ()
        since = event.time - intruder.last
        if intruder.changed or intruder.worth < LEAST or since > self.parameters.aftermath:
            return ()
        intruder.changed = True
        soon = event.time - intruder.first <= HOUR
        far = Line(intruder.line) in MASKED or intruder.line == Line.ABROAD.value
        intruder.tampered = soon or far
        travels = intruder.alike and intruder.line == Line.ABROAD.value
        worth = CHANGED[soon] if soon or (far and not travels) else CHANGED_NEARBY
        if not intruder.alike or intruder.line == Line.HOSTING.value:
            worth += CHANGED_BY_ANOTHER
        weights = Weights(taken_over=worth)
        facts: dict[str, Fact] = _facts(CHANGE, event, intruder, profile, not intruder.alike, 0.0)
        return self._speak(CHANGE, event, subject, intruder, weights, facts)

    def _speak(
        self,
        what: str,
        event: SignIn | AccountChange,
        subject: Subject,
        intruder: Intruder,
        weights: Weights,
        facts: dict[str, Fact],
        anew: int = 0,
    ) -> Iterable[Finding]:
        shown = (event.id,) if intruder.anchor == event.id else (event.id, intruder.anchor)
        group = f"{GROUPS[what]}_{anew + 1}" if anew else GROUPS[what]
        return (
            finding(
                self.about.name,
                subject,
                event.time,
                grade(weights),
                Evidence(group, weights, facts),
                shown,
                part="" if what == NOVELTY else group,
            ),
        )


def _note(state: State, event: SignIn, found: Novelty, worth: float) -> Intruder:
    intruders = state.intruders
    name = handed(event)
    if name not in intruders and len(intruders) >= MAXIMUM_INTRUDERS:
        del intruders[
            min(intruders, key=lambda n: (intruders[n].worth >= LEAST, intruders[n].last, n))
        ]
    mobile = event.network is not None and event.network.kind is NetworkKind.MOBILE
    intruder = intruders[name] = Intruder(
        event.time,
        event.time,
        found.line.value,
        found.device in (Newness.KNOWN, Newness.UNSAID),
        found.handheld,
        mobile,
        worth,
        ip=event.ip or "",
        anchor=event.id,
        device=device_label(event.device)[:MAXIMUM_LABEL],
        network=network_label(event.network)[:MAXIMUM_LABEL],
        place=label(event.place)[:MAXIMUM_LABEL],
        version=version_of(event.user_agent),
        newness=found.device.value,
        name=name,
    )
    _locate(intruder, event)
    if worth >= LEAST:
        _count_hour(state, event.time)
    return intruder


def _of_the_tenant(
    found: Novelty, event: SignIn, profile: Profile, population: Population
) -> Novelty:
    """Where an account is always behind a proxy, its countries are those of its colleagues."""
    place = event.place
    if found.line is not Line.NEW or place is None or not population.countries:
        return found
    if home_countries(profile, event.time):
        return found
    foreign = population.countries.get(place.country, 0.0) < FOREIGN
    return found._replace(line=Line.ABROAD) if foreign else found


def _count(state: State, intruder: Intruder, event: SignIn) -> bool:
    """Another use by the stranger; whether it is in another hour of work."""
    at = event.time
    another = at // HOUR != intruder.last // HOUR
    _locate(intruder, event)
    intruder.total += 1
    intruder.hours += another
    intruder.visits += at // DAY != intruder.last // DAY
    intruder.last = at
    if event.ip is not None:
        intruder.ip = event.ip
    if another and (intruder.worth >= LEAST or intruder.turns):
        _count_hour(state, at)
    return another


def _locate(intruder: Intruder, event: SignIn) -> None:
    """Where it is now: one line is located here and there by its addresses."""
    place = event.place
    if place is None:
        return
    intruder.country = place.country
    if not intruder.mobile and is_somewhere(event.network):
        intruder.located = True
        intruder.latitude, intruder.longitude = place.latitude, place.longitude


def _count_hour(state: State, at: int) -> None:
    slot = at // HOUR
    if slot == state.slot:
        return
    state.days += slot // HOURS_IN_DAY != state.slot // HOURS_IN_DAY
    state.hours += 1
    state.slot = slot


def _brief(profile: Profile) -> float:
    """The uses a day below which a visit is brief: fewer where the log tells little of anybody."""
    return max(2.0, min(BRIEF_USES, BRIEF_SHARE * profile.uses / max(1, profile.days)))


def _has_stayed(intruder: Intruder) -> bool:
    return intruder.hours >= LONG_STAY and intruder.visits >= DAYS_OF_STAY


def _is_anew(state: State, intruder: Intruder, worth: float) -> bool:
    """Whether one has stayed who was no great stranger, and another comes who is."""
    before = [one for one in state.intruders.values() if one is not intruder and _has_stayed(one)]
    if not state.stage or intruder.handheld or not 0 < len(before) < CROWD:
        return False
    return worth >= max(one.spoken for one in before) + ANEW


def _spoken(state: State) -> float:
    """What was said for a takeover, less what a passer-by who did not stay is worth alone."""
    everybody = list(state.intruders.values())
    stayed = [one for one in everybody if _has_stayed(one)]
    if not stayed:
        return 0.0
    counted = everybody if len(stayed) >= CROWD else stayed
    passing = [one for one in everybody if one not in counted]
    of_novelty = max(min(CAP_ALONE, one.spoken) for one in counted)
    of_novelty -= max((min(CAP_ALONE, one.spoken) for one in passing), default=0.0)
    of_owner = max(one.spoken_owner for one in counted)
    of_looks = max(one.spoken_looks for one in counted)
    abroad = any(one.line == Line.ABROAD.value for one in counted)
    of_travel = TRAVELLED if abroad else max(one.spoken_reach for one in counted)
    lines = state.lines if len(stayed) >= CROWD else 0.0
    return max(0.0, of_novelty) + of_owner + of_looks + of_travel + lines


def _may_travel(intruder: Intruder) -> bool:
    """Whether it may be the owner's own device, in another country."""
    return intruder.alike and intruder.line == Line.ABROAD.value


def _is_unnamed_server(intruder: Intruder) -> bool:
    """Whether it came from a hosting provider, and the log names no devices."""
    return intruder.newness == Newness.UNSAID.value and intruder.line == Line.HOSTING.value


def _far_line(name: str, intruder: Intruder) -> str:
    """What tells one far line from another: a country, or a server's or VPN's network."""
    line = Line(intruder.line)
    if line is Line.ABROAD:
        return intruder.country
    return name.rpartition("@")[2] or "?" if line in MASKED else ""


def _is_beyond(place: Place | None, intruder: Intruder, gap: int) -> bool:
    """Whether nobody gets from this place to the stranger's, or back, within `gap` ms."""
    if place is None or not intruder.located or gap > DAY:
        return False
    there = Place(intruder.country, None, None, intruder.latitude, intruder.longitude, 0.0)
    distance = max(0.0, distance_km(place, there) - LOCATED_KM)
    takes = min(distance / BY_ROAD_KMH, AIRPORTS + distance / BY_AIR_KMH)
    return takes * HOUR > gap


def _is_program(event: SignIn, subject: Subject, found: Novelty, context: Context) -> bool:
    """Whether a known program changed its server, as the accounts of services do."""
    if context.kind(subject) is AccountKind.SERVICE and found.device is not Newness.NEW:
        return True
    device = event.device
    return device is not None and device.form is Form.SCRIPT and found.device is not Newness.NEW


def _hour(event: SignIn, profile: Profile, found: Novelty) -> float:
    """What the hour says: little of what travels with its owner through time zones."""
    apart = hours_apart(event.time, profile)
    travels = found.handheld or found.device is Newness.KNOWN
    if apart.is_night and not travels:
        return AT_NIGHT
    if apart.is_night and found.line is Line.HOSTING and not found.handheld:
        return AT_NIGHT_ALIKE
    return IN_THE_EVENING if apart.away >= EVENING else 0.0


def _factor(event: SignIn, profile: Profile, found: Novelty) -> float:
    """What the second factor says: missing where it is the rule, or given."""
    if event.mfa:
        return 0.0 if found.line in MASKED or found.line is Line.ABROAD else FACTOR
    if event.mfa is None or event.activity is not Activity.LOGON:
        return 0.0
    said = [s.mfa for s in profile.sessions.values() if s.signed_on is not None]
    given = sum(1 for mfa in said if mfa)
    return NO_FACTOR if given >= ALWAYS and given == len(said) else 0.0


def _failed(event: SignIn, profile: Profile, found: Novelty) -> float:
    """What failures before say: from the same address, or an attack's worth from anywhere."""
    wrong = [f for f in profile.failures_since(event.time - DAY) if f.reason not in SECOND]
    told = FAILED.get(_failures(event, profile), FAILED_OFTEN)
    if found.device is Newness.KNOWN and found.line is Line.ABROAD:
        told *= MISTYPED
    if event.time - profile.last_use >= FORGOTTEN_AFTER:
        told = min(told, FORGOTTEN)
        wrong = [f for f in wrong if f.ip != event.ip]
    guesses = len(wrong)
    return max(told, AMONG_GUESSES) if guesses >= GUESSED else told


def _failures(event: SignIn | AccountChange, profile: Profile) -> int:
    if event.ip is None:
        return 0
    since = event.time - DAY
    return sum(1 for failure in profile.failures_since(since) if failure.ip == event.ip)


def _is_beside(event: SignIn, name: str, intruder: Intruder) -> bool:
    """Whether the owner's act may be of the stranger's own line, or of one machine's other address.

    IPv4 and IPv6 of one machine may go through two networks.
    """
    if event.ip is None or not intruder.ip:
        return True
    if event.ip == intruder.ip or (intruder.alike and (":" in event.ip) != (":" in intruder.ip)):
        return True
    asn = event.network.asn if event.network else None
    if not name.endswith(f"@{asn}"):
        return False
    return intruder.line != Line.ELSEWHERE.value or label(event.place) == intruder.place


def _is_home(event: SignIn, profile: Profile) -> bool:
    """Whether the line has become the account's since: the owner's own things are seen there."""
    return profile.knows_network(event.network, event.time) and profile.knows_place(
        event.place, event.time
    )


def _is_within(before: int, between: int, at: int, span: int) -> bool:
    """Whether the owner acted on both sides of the stranger's act, within `span` ms in all."""
    return 0 < before <= between and at - before <= span and at - between <= span


def _is_other_desk(intruder: Intruder) -> bool:
    """Whether it is a computer that is not the owner's, on a line that stays where it is."""
    strange = intruder.newness in (Newness.NEW.value, Newness.TWIN.value)
    return strange and not intruder.alike and not intruder.handheld and not intruder.mobile


def _is_far(place: Place | None, intruder: Intruder, km: float) -> bool:
    if place is None or not intruder.located:
        return False
    there = Place(intruder.country, None, None, intruder.latitude, intruder.longitude, 0.0)
    return distance_km(place, there) > km


def _present_worth(event: SignIn, profile: Profile, intruder: Intruder) -> float:
    """What the owner's presence at the usual desk so shortly before is worth."""
    if not intruder.owner or intruder.handheld or intruder.mobile:
        return 0.0
    gap = event.time - intruder.owner
    within, worth = next(((w, n) for w, n in PRESENT if gap <= w), (0, 0.0))
    if _is_other_desk(intruder):
        nearby = within == PRESENT[-1][0] and not _is_far(
            desk_of(profile, event.time), intruder, PRESENT_FAR_KM
        )
        return 0.0 if nearby else worth
    alike = intruder.newness == Newness.KNOWN.value
    if not alike or event.activity is not Activity.LOGON:
        return 0.0
    if intruder.line == Line.HOSTING.value:
        return min(PRESENT_TWIN, worth)
    return PRESENT_TWIN if intruder.line == Line.NEW.value and gap <= PRESENT[0][0] else 0.0


def _overlap_worth(event: SignIn, intruder: Intruder) -> float:
    """What the owner's work meanwhile is worth: more of another desk, little of a pocket."""
    line = Line(intruder.line)
    if line in (Line.SAME, Line.UNSAID, Line.RELAY):
        return 0.0
    further = AT_WORK_AGAIN * (intruder.turns - 1)
    first, each, most = AT_WORK, 1.0, AT_WORK_CAP
    if intruder.handheld or is_handheld(event.device):
        first, most = LIKE_ALIKE, 2.0 if line in MASKED or line is Line.ABROAD else 0.0
    elif intruder.mobile and line is Line.CARRIER:
        first, each, most = AS_HIDDEN, AS_HIDDEN, 2.0
    elif intruder.alike and line is Line.VPN:
        first, each, most = AS_HIDDEN, AS_HIDDEN, 3.5
    elif intruder.alike and line is Line.HOSTING:
        first, each = LIKE_ALIKE_HOSTED, 1.2
    elif intruder.alike:
        first, most = LIKE_ALIKE, ALIKE_CAP if line is Line.NEW else AT_WORK_CAP
    return min(most, first + each * further)


def _changer(event: AccountChange, state: State, profile: Profile) -> Intruder | None:
    """The stranger who changed it, by device and network, by address, else as the last to act."""
    device = event.device.fingerprint if event.device else ""
    network = event.network.asn if event.network else None
    intruder = state.intruders.get(f"{device}@{network}")
    if intruder is not None:
        return intruder
    if event.ip is None:
        return _last_to_act(event, state, profile)
    for name in sorted(state.intruders):
        if state.intruders[name].ip == event.ip:
            return state.intruders[name]
    return None


def _last_to_act(event: AccountChange, state: State, profile: Profile) -> Intruder | None:
    if event.actor not in (None, event.account, event.account_name):
        return None
    for name in sorted(state.intruders):
        intruder = state.intruders[name]
        recent = event.time - intruder.last <= UNADDRESSED
        if recent and intruder.last == profile.last_use:
            return intruder
    return None


def _note_reset(event: AccountChange, state: State, profile: Profile) -> None:
    """A password set anew from where the account never was: whoever signs in from there next."""
    if event.ip is None or profile.is_young(event.time):
        return
    if profile.knows_network(event.network, event.time) or event.network is None:
        return
    state.reset_ip, state.reset_at = event.ip, event.time


def _facts(
    what: str,
    event: SignIn | AccountChange,
    intruder: Intruder,
    profile: Profile,
    new_device: bool,
    score: float,
) -> dict[str, Fact]:
    return {
        "what": what,
        "device": intruder.device,
        "network": intruder.network,
        "place": intruder.place,
        "ip": intruder.ip or None,
        "line": intruder.line,
        "new_device": new_device,
        "second_factor": event.mfa if isinstance(event, SignIn) else None,
        "failures": _failures(event, profile),
        "hours_away": hours_apart(event.time, profile).away,
        "score": round(score, 2),
        "turns": intruder.turns,
        "days": intruder.visits,
    }
