"""A sign-in of which the account's owner says that it was not them."""

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

WEIGHT = CAP
"""Nats: nobody knows better than the owner; and still they may be mistaken."""


class Parameters(Struct, frozen=True, kw_only=True):
    """What denied_sign_in reckons with."""

    weight: Annotated[
        float,
        Meta(
            description="What the owner's word speaks for a takeover",
            ge=0.0,
            le=CAP,
            extra={"unit": "nats"},
        ),
    ] = WEIGHT


class Facts(Whence, frozen=True):
    """What a finding says: how many there were of late, and from where the session is."""

    denials: Annotated[int, Meta(title="Failed or denied", extra={"fr": "Échouées ou niées"})]


class DeniedSignIn:
    """Says that the owner was asked about a session, and says that it is not theirs."""

    about: ClassVar[About] = About(
        name="denied_sign_in",
        title=Text("Sign-in denied by its owner", "Connexion niée par le titulaire"),
        aup=("6", "3.3"),
        attack=("T1078",),
        keyed_by=SubjectKind.ACCOUNT,
        state_version=1,
        state_ttl=2 * MEMORY,
        facts=Facts,
        sentence=Text(
            "The account's owner says that it was not them: a session from {device} at {place} "
            "({network}). Challenges failed or denied of late: {denials}.",
            "Le titulaire du compte dit que ce n'était pas lui : une session depuis {device} à "
            "{place} ({network}). Vérifications échouées ou contestées récemment : {denials}.",
        ),
        innocent=Text(
            "The owner did not recognise their own sign-in: a phone's network, a VPN, another "
            "browser.",
            "Le titulaire n'a pas reconnu sa propre connexion : réseau mobile, VPN, autre "
            "navigateur.",
        ),
        runbook="runbooks/denied_sign_in",
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
        if event.answer is not Answer.NOT_ME:
            return ()
        told = {"denials": len(state.past.failed), **whence(event, profile)}
        worths = {"challenge_denied": self.parameters.weight, "challenge_elsewhere": before}
        return against(self.about.name, subject, event, worths, told)

    def tick(
        self, until: int, subject: Subject, state: State, profile: Profile, context: Context
    ) -> Iterable[Finding]:
        """Nothing: it is said when it is answered."""
        return ()
