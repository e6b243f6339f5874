"""A stranger's sign-in at an hour that the account is never used at."""

from collections.abc import Iterable
from typing import Annotated, ClassVar

from msgspec import Meta, Struct

from detectors.core.context import Context
from detectors.core.detector import About, Text
from detectors.core.event import DAY, Event, SignIn
from detectors.core.finding import Evidence, Finding, Weights, finding
from detectors.core.grade import grade
from detectors.core.identity import Subject, SubjectKind
from detectors.core.novelty import hours_apart, is_start, novelty
from detectors.core.population import MASKED, Line
from detectors.core.profile import Profile
from detectors.core.travel import device_label, label

NEARBY = frozenset({Line.NEW, Line.ELSEWHERE, Line.CARRIER})
"""Lines whose first sign-in is weighed with its hour already: an evening at home is one matter."""
AT_LEAST, EACH_HOUR, MOST = 0.5, 0.1, 0.9
"""Nats at the least distance, for each hour more, and at most."""


class Parameters(Struct, frozen=True, kw_only=True):
    """What unusual_hours reckons with."""

    distance: Annotated[
        int,
        Meta(
            description="From so many hours away from the usual ones an hour is unusual",
            ge=1,
            le=12,
            extra={"unit": "hours"},
        ),
    ] = 4


class Facts(Struct, frozen=True):
    """What a finding says: how far from the usual hours, and who came then."""

    hours_away: Annotated[
        int, Meta(title="Hours from the usual ones", extra={"fr": "Heures d'écart à l'habitude"})
    ]
    device: Annotated[str, Meta(title="Device", extra={"fr": "Appareil"})]
    place: Annotated[str, Meta(title="Place", extra={"fr": "Lieu"})]


class State(Struct, array_like=True):
    """Nothing: the profile remembers all that is needed."""


class UnusualHours:
    """Says nothing of the owner's own desk: whoever works late there is at work."""

    about: ClassVar[About] = About(
        name="unusual_hours",
        title=Text("Unusual hours", "Heures inhabituelles"),
        aup=("6",),
        attack=("T1078",),
        keyed_by=SubjectKind.ACCOUNT,
        state_version=1,
        state_ttl=DAY,
        facts=Facts,
        sentence=Text(
            "{device} at {place}, unfamiliar, signed in {hours_away} hours away from the hours "
            "that the account is used at.",
            "{device} à {place}, inconnu, s'est connecté à {hours_away} heures d'écart des heures "
            "où le compte sert.",
        ),
        innocent=Text(
            "Another time zone, a night shift, an urgent task in the evening.",
            "Un autre fuseau, un service de nuit, une urgence le soir.",
        ),
        runbook="runbooks/unusual_hours",
        skips_sessions=True,
    )
    state: ClassVar[type[State]] = State

    def __init__(self, parameters: Parameters | None = None) -> None:
        self.parameters = parameters or Parameters()

    def observe(
        self, event: Event, subject: Subject, state: State, profile: Profile, context: Context
    ) -> Iterable[Finding]:
        """A finding when what is unfamiliar comes at an hour that is."""
        if not isinstance(event, SignIn) or not is_start(event, profile):
            return ()
        found = novelty(event, profile)
        if found is None or found.line in (Line.SAME, Line.UNSAID):
            return ()
        if not found.is_strange and found.line not in MASKED:
            return ()
        away = hours_apart(event.time, profile).away
        if away < self.parameters.distance:
            return ()
        weights = Weights(
            taken_over=min(MOST, AT_LEAST + EACH_HOUR * (away - self.parameters.distance))
        )
        evidence = Evidence(
            "sign_in" if found.line in NEARBY else "hours",
            weights,
            {
                "hours_away": away,
                "device": device_label(event.device),
                "place": label(event.place),
            },
        )
        name = self.about.name
        return (finding(name, subject, event.time, grade(weights), evidence, (event.id,)),)

    def tick(
        self, until: int, subject: Subject, state: State, profile: Profile, context: Context
    ) -> Iterable[Finding]:
        """Nothing: an hour is unusual when somebody comes."""
        return ()
