"""A sign-in that is less like its owner than like a stranger, and what confirms it afterwards."""

from collections.abc import Iterable
from typing import Annotated, ClassVar

from msgspec import Meta, Struct

from detectors.core.context import Context
from detectors.core.detector import About, Text
from detectors.core.event import DAY, MINUTE, AccountChange, Activity, Event, SignIn, is_use
from detectors.core.finding import Finding, Weights
from detectors.core.freeman import freeman
from detectors.core.identity import Subject, SubjectKind
from detectors.core.novelty import Novelty, handed, is_start, novelty, novelty_among
from detectors.core.population import Line, Newness
from detectors.core.presence import (
    is_desk_on,
    is_owner_at_work,
    last_at_desk,
    signed_off_at_desk,
)
from detectors.core.profile import Profile, is_by_hand, session_key
from detectors.core.travel import is_somewhere
from detectors.takeover.arrival import (
    is_at_home,
    is_for_rent,
    is_in_the_house,
    of_the_tenant,
    relayed,
    worth_of,
)
from detectors.takeover.change import changed_by_stranger
from detectors.takeover.habit import note_hiding
from detectors.takeover.journeys import from_beyond_reach, other_lines, to_and_fro, went_back
from detectors.takeover.owner import (
    CAME_BACK,
    came_back,
    came_back_alike,
    is_within,
    overlapped,
    present_at_desk,
    still_on,
    unmasked,
)
from detectors.takeover.staying import is_anew, looked, reminded, stayed
from detectors.takeover.stranger import (
    CAP_ALONE,
    GRAVE,
    LEAST,
    NOT_AT_HOME,
    Intruder,
    State,
    count,
    is_beside,
    locate,
    note,
)
from detectors.takeover.telling import NOVELTY, Facts, facts_of, speak


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
        state_version=7,
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
                if state.intruders and signed_off_at_desk(event, profile):
                    return self._owner_acted(event, subject, state, profile)
                return ()
            stranger = state.intruders.get(handed(event)) if state.intruders else None
            if stranger is None or stranger.worth < GRAVE:
                note_hiding(state, event, profile, context.population(subject.tenant))
            if is_start(event, profile):
                return self._started(event, subject, state, profile, context)
            if stranger is not None and stranger.housed:
                # A session that is carried out of the house is no visitor's any more.
                population = context.population(subject.tenant)
                stranger.housed = is_in_the_house(event, profile, population)
            return self._went_on(event, subject, state, profile) if state.intruders else ()
        if isinstance(event, AccountChange):
            return changed_by_stranger(event, subject, state, profile, self.parameters.aftermath)
        return ()

    def tick(
        self, until: int, subject: Subject, state: State, profile: Profile, context: Context
    ) -> Iterable[Finding]:
        """Nothing: everything is judged at the event that shows it."""
        return ()

    def _started(
        self, event: SignIn, subject: Subject, state: State, profile: Profile, context: Context
    ) -> Iterable[Finding]:
        population = context.population(subject.tenant)
        known = state.intruders.get(handed(event)) if state.intruders else None
        if known is not None and event.time - known.last <= self.parameters.memory:
            was_housed = known.housed
            known.housed = was_housed and is_in_the_house(event, profile, population)
            if known.housed == was_housed:
                return self._returned(event, subject, state, profile, known)
        seen = novelty(event, profile) or novelty_among(event, profile, population)
        if seen is None:
            return ()
        if seen.line is Line.UNSAID or (seen.line is Line.SAME and not _is_new_desk(seen)):
            # A new device at home is what unfamiliar_device speaks of.
            return self._went_on(event, subject, state, profile) if state.intruders else ()
        found = of_the_tenant(seen, event, profile, population)
        worth = worth_of(event, subject, state, profile, context, relayed(found, event))
        if worth < LEAST and found.handheld:
            return ()
        if found.handheld or not is_for_rent(event.network):
            found = relayed(found, event)
        intruder = note(state, event, found, worth, profile)
        intruder.hosted = found.line is Line.HOSTING and (
            population.is_crowded(event.ip)
            or context.is_crowded(subject, event.network, event.ip, event.time)
        )
        intruder.housed = is_in_the_house(event, profile, population)
        intruder.at_home = is_at_home(event, found, seen, profile)
        intruder.owner = last_at_desk(event, profile, proxied=found.line in NOT_AT_HOME)
        intruder.proxied = last_at_desk(event, profile, proxied=True)
        beyond = from_beyond_reach(event, subject, profile, intruder)
        if worth < LEAST:
            return (*beyond, *present_at_desk(event, subject, profile, intruder))
        if is_anew(state, intruder, worth):
            state.anew = 1
        intruder.spoken = worth
        intruder.said = event.time
        score = freeman(event, profile, population)
        novel = speak(
            NOVELTY,
            event,
            subject,
            intruder,
            Weights(taken_over=min(CAP_ALONE, worth)),
            facts_of(NOVELTY, event, intruder, profile, found.device is Newness.NEW, score),
            state.anew,
        )
        desk = present_at_desk(event, subject, profile, intruder)
        lines = other_lines(event, subject, state, profile, intruder, population)
        return (*novel, *beyond, *desk, *lines)

    def _returned(
        self, event: SignIn, subject: Subject, state: State, profile: Profile, intruder: Intruder
    ) -> Iterable[Finding]:
        found = tuple(self._came_again(event, subject, state, profile, intruder))
        if not any(f.evidence.weights.taken_over > 0 for f in found):
            return found
        return (*reminded(event, subject, state, profile, intruder), *found)

    def _came_again(
        self, event: SignIn, subject: Subject, state: State, profile: Profile, intruder: Intruder
    ) -> Iterable[Finding]:
        away = event.time // DAY != intruder.last // DAY
        proxied = Line(intruder.line) in NOT_AT_HOME
        before = last_at_desk(event, profile, proxied=proxied)
        if event.time - intruder.last > self.parameters.interleaving:
            intruder.owner = max(intruder.owner, before)
            intruder.proxied = last_at_desk(event, profile, proxied=True)
        crossed: Iterable[Finding] = ()
        if before > intruder.last:
            crossed = to_and_fro(event, subject, profile, intruder)
        locate(intruder, event)
        beyond = (*crossed, *from_beyond_reach(event, subject, profile, intruder))
        found = (*self._went_on(event, subject, state, profile), *beyond)
        if not away:
            return found
        return (*found, *looked(event, subject, profile, intruder))

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
        worked = count(state, intruder, event)
        found: Iterable[Finding] = ()
        if overlaps and by_hand:
            intruder.turns += 1
            found = overlapped(event, subject, profile, intruder)
        if worked and not found:
            return stayed(event, subject, state, profile, intruder)
        return found

    def _owner_acted(
        self, event: SignIn, subject: Subject, state: State, profile: Profile
    ) -> Iterable[Finding]:
        """The owner at the usual desk: an overlap where a stranger acted since, and just before."""
        at = event.time
        off = event.activity is Activity.LOGOFF
        if not off and not is_owner_at_work(event, profile):
            return self._desk_went_on(event, subject, state, profile)
        direct = is_somewhere(event.network)
        beyond = went_back(event, subject, state, profile) if direct else ()
        found: Iterable[Finding] = ()
        crossed: Iterable[Finding] = ()
        for name in sorted(state.intruders):
            intruder = state.intruders[name]
            if not direct and Line(intruder.line) not in NOT_AT_HOME:
                found = found or came_back_alike(event, subject, profile, intruder, proxied=True)
                continue
            if direct and intruder.last > intruder.crossed_at:
                crossed = tuple(to_and_fro(event, subject, profile, intruder)) or crossed
            if at - intruder.last > CAME_BACK or is_beside(event, name, intruder):
                continue
            before, intruder.owner = intruder.owner, at
            if not is_within(before, intruder.last, at, self.parameters.interleaving):
                found = found or came_back(event, subject, profile, intruder, before)
                continue
            intruder.turns += 1
            found = found or overlapped(event, subject, profile, intruder)
        return (*beyond, *crossed, *(found or unmasked(event, subject, state, profile)))

    def _desk_went_on(
        self, event: SignIn, subject: Subject, state: State, profile: Profile
    ) -> Iterable[Finding]:
        session = is_desk_on(event, profile)
        if session is None:
            return ()
        for name in sorted(state.intruders):
            found = still_on(event, subject, profile, state.intruders[name], session.last)
            if found:
                return found
        return ()


def _is_new_desk(found: Novelty) -> bool:
    return found.device in (Newness.NEW, Newness.TWIN) and not found.handheld
