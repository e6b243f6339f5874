"""A challenge that was answered wrongly as often as it may be."""

from collections.abc import Iterable
from typing import Annotated, ClassVar

from msgspec import Meta, Struct

from detectors.core.context import Context
from detectors.core.detector import About, Text
from detectors.core.event import Answer, Event, Feedback
from detectors.core.finding import CAP, Finding
from detectors.core.identity import Subject, SubjectKind
from detectors.core.profile import Profile
from detectors.core.proof import MEMORY, State, Whence, against, excused, note, whence

WEIGHT = 5.4
"""Nats: by itself it calls people. Who holds a session could not prove whose it is."""


class Parameters(Struct, frozen=True, kw_only=True):
    """What failed_challenge reckons with."""

    weight: Annotated[
        float,
        Meta(
            description="What a failed challenge speaks for a takeover",
            ge=0.0,
            le=CAP,
            extra={"unit": "nats"},
        ),
    ] = WEIGHT


class Facts(Whence, frozen=True):
    """What a finding says: how many there were of late, and from where the session is."""

    failures: Annotated[int, Meta(title="Failed or denied", extra={"fr": "Échouées ou niées"})]


class FailedChallenge:
    """Says that whoever is at a session could not prove who they are."""

    about: ClassVar[About] = About(
        name="failed_challenge",
        title=Text("Failed challenge", "Vérification échouée"),
        aup=("6", "3.3"),
        attack=("T1078", "T1621"),
        keyed_by=SubjectKind.ACCOUNT,
        state_version=1,
        state_ttl=2 * MEMORY,
        facts=Facts,
        sentence=Text(
            "A challenge was answered wrongly as often as it may be, in a session from {device} at "
            "{place} ({network}). Challenges failed or denied of late: {failures}.",
            "Une vérification a reçu autant de mauvaises réponses que permis, dans une session "
            "depuis {device} à {place} ({network}). Vérifications échouées ou contestées "
            "récemment : {failures}.",
        ),
        innocent=Text(
            "The owner typed codes of another account, or of a phone whose clock is wrong.",
            "Le titulaire a tapé les codes d'un autre compte, ou d'un téléphone mal à l'heure.",
        ),
        runbook="runbooks/failed_challenge",
        skips_sessions=True,
    )
    state: ClassVar[type[State]] = State

    def __init__(self, parameters: Parameters | None = None) -> None:
        self.parameters = parameters or Parameters()

    def observe(
        self, event: Event, subject: Subject, state: State, profile: Profile, context: Context
    ) -> Iterable[Finding]:
        """A finding at each; one more that gives back what a pass in another session took away."""
        if type(event) is not Feedback:
            return ()
        before = excused(state.past, event)
        note(state.past, event)
        if event.answer is not Answer.CHALLENGE_FAILED:
            return ()
        told = {"failures": len(state.past.failed), **whence(event, profile)}
        worths = {"challenge_failed": self.parameters.weight, "challenge_elsewhere": before}
        return against(self.about.name, subject, event, worths, told)

    def tick(
        self, until: int, subject: Subject, state: State, profile: Profile, context: Context
    ) -> Iterable[Finding]:
        """Nothing: it is said when it is answered."""
        return ()
