"""Two sessions of one account that go on at once and are used by turns, day after day."""

from collections.abc import Iterable
from typing import Annotated, ClassVar

from msgspec import Meta, Struct, field

from detectors.core.context import AccountKind, Context
from detectors.core.detector import About, Text
from detectors.core.event import DAY, MINUTE, SUCCESS, Event, SignIn
from detectors.core.finding import Evidence, Fact, Finding, Weights, finding
from detectors.core.grade import grade
from detectors.core.identity import Subject, SubjectKind
from detectors.core.profile import Profile, session_key
from detectors.sharing import stays
from detectors.sharing.stays import (
    BROWSER,
    KEEP,
    LONGEST_FADE,
    MOVED,
    STRANGER,
    TWIN,
    Stays,
    StaySums,
    fade,
)

AGAIN_DAYS = 6
"""Days after which it is said again: an incident's evidence is fresh."""
GRAIN = 10 * MINUTE
"""What is done in one session within so long is taken together."""
SHOWN = 4
_WORDS = {
    STRANGER: Text("another browser on another line", "un autre navigateur sur une autre ligne"),
    MOVED: Text("the same browser on another line", "le même navigateur sur une autre ligne"),
    BROWSER: Text("another browser on one line", "un autre navigateur sur la même ligne"),
    TWIN: Text("nothing but their session", "rien que leur session"),
}
_NAMES = {STRANGER: "elsewhere", MOVED: "moved", BROWSER: "browser", TWIN: "session"}


class Parameters(Struct, frozen=True, kw_only=True):
    """What interleaved_sessions reckons with."""

    share: Annotated[
        float,
        Meta(
            description="Share of days on which both go on at once, from which on it is said",
            gt=0,
            le=1,
            extra={"unit": "share"},
        ),
    ] = 0.25
    returns: Annotated[
        float,
        Meta(
            description="Returns a day from one to the other, on average, from which on it is said",
            ge=0,
            extra={"unit": "times"},
        ),
    ] = 1.0
    days: Annotated[
        int, Meta(description="Days before which nothing is said", ge=2, extra={"unit": "days"})
    ] = 3
    nats: Annotated[
        float, Meta(description="What it speaks for", ge=0, le=6, extra={"unit": "nats"})
    ] = 1.95


class Facts(Struct, frozen=True):
    """What a finding says of these weeks; what was two weeks ago counts half."""

    share: Annotated[float, Meta(title="Days with both, %", extra={"fr": "Jours avec les deux, %"})]
    returns: Annotated[float, Meta(title="Returns a day", extra={"fr": "Retours par jour"})]
    apart: Annotated[
        str,
        Meta(
            title="What tells them apart",
            extra={
                "fr": "Ce qui les distingue",
                "values": {_NAMES[one]: words for one, words in _WORDS.items()},
            },
        ),
    ]
    crossed: Annotated[
        float,
        Meta(
            title="Sessions a day that begin in mid-way of another and outlast it",
            extra={"fr": "Sessions par jour qui commencent pendant une autre et lui survivent"},
        ),
    ]
    days: Annotated[int, Meta(title="Active days", extra={"fr": "Jours d'activité"})]


class State(Struct, array_like=True, gc=False):
    """Today's stays and the sums of the days before. `day` counts from 1970, `seen` the days with
    a computer."""

    day: int = 0
    seen: int = 0
    at: int = 0
    told: int = 0
    today: Stays = field(default_factory=Stays)
    sums: StaySums = field(default_factory=StaySums)
    shown: list[bytes] = field(default_factory=list)


class InterleavedSessions:
    """Looks, as a day begins, at how sessions went on beside each other in the weeks before."""

    about: ClassVar[About] = About(
        name="interleaved_sessions",
        title=Text("Two sessions used by turns", "Deux sessions utilisées tour à tour"),
        aup=("6",),
        attack=("T1078",),
        keyed_by=SubjectKind.ACCOUNT,
        state_version=4,
        state_ttl=45 * DAY,
        facts=Facts,
        sentence=Text(
            "On {share} % of days, of late, two sessions went on at once, and were used by turns "
            "{returns} times a day; {crossed} times a day one began in mid-way of another and "
            "outlasted it. There were {days} active days so far. What tells them apart: {apart}.",
            "Sur {share} % des jours, ces temps-ci, deux sessions ont duré en même temps et servi "
            "tour à tour {returns} fois par jour ; {crossed} fois par jour l'une a commencé "
            "pendant l'autre et lui a survécu. {days} jours d'activité jusqu'ici. Ce qui les "
            "distingue : {apart}.",
        ),
        innocent=Text(
            "One person with two browsers, computers or applications at hand, or one who works on "
            "a distant computer beside the own.",
            "Une personne qui a deux navigateurs, deux postes ou deux applications sous la main, "
            "ou qui travaille sur un poste distant à côté du sien.",
        ),
        runbook="runbooks/interleaved_sessions",
    )
    state: ClassVar[type[State]] = State

    def __init__(self, parameters: Parameters | None = None) -> None:
        self.parameters = parameters or Parameters()

    def observe(
        self, event: Event, subject: Subject, state: State, profile: Profile, context: Context
    ) -> Iterable[Finding]:
        """A finding at the first sign of life of a day, when the weeks before it show two that are
        used by turns, and again after some days."""
        if not isinstance(event, SignIn) or event.outcome is not SUCCESS:
            return ()
        if _goes_on(state, event) or context.kind(subject, event.time) is AccountKind.SERVICE:
            return ()
        found: Iterable[Finding] = ()
        if event.time // DAY != state.day:
            went_on = len(state.today.stays) > 1
            _close(state, event.time // DAY)
            if went_on and state.day - state.told >= AGAIN_DAYS:
                found = self._speak(event, subject, state)
        before = state.today.key
        stays.note(state.today, event, profile, context.population(subject.tenant))
        if state.today.session != session_key(event):
            return found
        state.at = event.time
        if before != state.today.key:
            state.shown = [*state.shown[1 - SHOWN :], event.id]
        return found

    def tick(
        self, until: int, subject: Subject, state: State, profile: Profile, context: Context
    ) -> Iterable[Finding]:
        """Nothing: a day is looked at when the next one begins."""
        return ()

    def _speak(self, event: SignIn, subject: Subject, state: State) -> Iterable[Finding]:
        relation = self._relation(state)
        if relation is None:
            return ()
        state.told = state.day
        return (self._finding(event, subject, state, relation),)

    def _relation(self, state: State) -> int | None:
        """What tells the two apart that are most often there at once; None where it is too seldom
        or they are not used by turns."""
        sums, given = state.sums, self.parameters
        if state.seen < given.days or sums.days <= 0:
            return None
        found = [
            relation
            for relation in _WORDS
            if sums.together[relation] >= given.share * sums.days
            and sums.turned[relation] >= given.returns * sums.days
        ]
        # Two on one line say least, where there is also something else.
        return max(
            found, key=lambda r: (r in (STRANGER, MOVED), sums.together[r], -r), default=None
        )

    def _finding(self, event: SignIn, subject: Subject, state: State, relation: int) -> Finding:
        sums = state.sums
        weights = Weights(shared=self.parameters.nats)
        facts: dict[str, Fact] = {
            "share": round(100 * sums.together[relation] / sums.days),
            "returns": round(sums.turned[relation] / sums.days, 1),
            "apart": _NAMES[relation],
            "crossed": round(sums.crossed[relation] / sums.days, 1),
            "days": state.seen,
        }
        evidence = Evidence("overlap", weights, facts)
        shown = (event.id, *(one for one in reversed(state.shown) if one != event.id))
        return finding(self.about.name, subject, event.time, grade(weights), evidence, shown)


def _goes_on(state: State, event: SignIn) -> bool:
    """Whether the same session goes on, which is caught up with from the profile."""
    return event.time - state.at < GRAIN and state.today.session == session_key(event)


def _close(state: State, day: int) -> None:
    """Add the day that is over, and begin `day` (from 1970)."""
    today = state.today
    if today.stays:
        stays.add(state.sums, today, 1.0)
        state.seen += 1
        state.today = Stays()
        state.at = 0
    if state.day and day > state.day:
        fade(state.sums, KEEP ** min(day - state.day, LONGEST_FADE))
    state.day = day
