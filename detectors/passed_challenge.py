"""A challenge that was passed: whoever is at the session has what the owner proves by."""

from collections.abc import Iterable
from typing import Annotated, ClassVar

from msgspec import Meta, Struct

from detectors.core.context import Context
from detectors.core.detector import About, Text
from detectors.core.event import Answer, Event, Feedback
from detectors.core.finding import Evidence, Finding, Severity, Weights, finding
from detectors.core.identity import Subject, SubjectKind
from detectors.core.profile import Profile
from detectors.core.proof import MEMORY, State, Whence, is_contested, note, whence, worth_of


class Parameters(Struct, frozen=True, kw_only=True):
    """What passed_challenge reckons with."""

    scale: Annotated[
        float,
        Meta(
            description="How many times as much as by default a pass speaks against a takeover",
            ge=0.0,
            le=1.5,
            extra={"unit": "ratio"},
        ),
    ] = 1.0


class Facts(Whence, frozen=True):
    """What a finding says: by what it was passed, and from where the session is."""

    method: Annotated[str, Meta(title="Passed by", extra={"fr": "Réussie par"})]


class PassedChallenge:
    """Speaks against a takeover, and says nothing of sharing: a code can be passed on."""

    about: ClassVar[About] = About(
        name="passed_challenge",
        title=Text("Passed challenge", "Vérification réussie"),
        aup=("6",),
        attack=("T1078",),
        keyed_by=SubjectKind.ACCOUNT,
        state_version=1,
        state_ttl=2 * MEMORY,
        facts=Facts,
        sentence=Text(
            "A challenge was passed by {method}, in a session from {device} at {place} "
            "({network}).",
            "Une vérification a été réussie par {method}, dans une session depuis {device} à "
            "{place} ({network}).",
        ),
        innocent=Text(
            "It is what its owner does. Colleagues who share an account pass codes on.",
            "C'est ce que fait son titulaire. Des collègues qui partagent un compte se passent "
            "les codes.",
        ),
        runbook="runbooks/passed_challenge",
        skips_sessions=True,
    )
    state: ClassVar[type[State]] = State

    def __init__(self, parameters: Parameters | None = None) -> None:
        self.parameters = parameters or Parameters()

    def observe(
        self, event: Event, subject: Subject, state: State, profile: Profile, context: Context
    ) -> Iterable[Finding]:
        """A finding at each, unless one was failed or denied in another session of late."""
        if type(event) is not Feedback:
            return ()
        contested = is_contested(state.past, event)
        note(state.past, event)
        worth = self.parameters.scale * worth_of(event)
        if event.answer is not Answer.CHALLENGE_PASSED or contested or not worth:
            return ()
        told = {"method": event.method or "?", **whence(event, profile)}
        evidence = Evidence("challenge_passed", Weights(taken_over=-worth), told)
        name, severity = self.about.name, Severity.INFORMATIONAL
        return (finding(name, subject, event.time, severity, evidence, (event.id,)),)

    def tick(
        self, until: int, subject: Subject, state: State, profile: Profile, context: Context
    ) -> Iterable[Finding]:
        """Nothing: it is said when it is answered."""
        return ()
