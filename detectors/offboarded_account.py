"""An account whose holder has left, as the directory says, and that is used nevertheless."""

from collections.abc import Iterable
from typing import Annotated, ClassVar

from msgspec import Meta, Struct

from detectors.core.context import Context
from detectors.core.detector import About, Text
from detectors.core.event import DAY, HOUR, Event, SignIn, is_use
from detectors.core.finding import Evidence, Fact, Finding, Weights, finding
from detectors.core.grade import grade
from detectors.core.identity import Subject, SubjectKind
from detectors.core.profile import Profile
from detectors.core.travel import device_label, label

WEIGHT = 4.4
"""Nats for a use that nobody is allowed any more: a reviewer looks."""
PRIVILEGED = 6.0
"""Nats where the account may do more than others."""


class Parameters(Struct, frozen=True, kw_only=True):
    """What offboarded_account reckons with."""

    grace: Annotated[
        int,
        Meta(
            description="How long after its last day a use is still none: clocks, time zones, a "
            "last evening",
            ge=0,
            extra={"unit": "ms"},
        ),
    ] = DAY
    grace_at_once: Annotated[
        int,
        Meta(
            description="The same where somebody said there and then that it is over: until that "
            "is known everywhere",
            ge=0,
            extra={"unit": "ms"},
        ),
    ] = HOUR


class Facts(Struct, frozen=True):
    """What a finding says: how long after the end, and who came."""

    days: Annotated[int, Meta(title="Days after the end", extra={"fr": "Jours après la fin"})]
    privileged: Annotated[bool, Meta(title="Privileged", extra={"fr": "Privilégié"})]
    device: Annotated[str, Meta(title="Device", extra={"fr": "Appareil"})]
    place: Annotated[str, Meta(title="Place", extra={"fr": "Lieu"})]
    ip: Annotated[str | None, Meta(title="Address", extra={"fr": "Adresse"})]


class State(Struct, array_like=True):
    """Whether it was told since the account was last in force."""

    told: bool = False


class OffboardedAccount:
    """Says once for each departure that the account goes on; without a directory nothing."""

    about: ClassVar[About] = About(
        name="offboarded_account",
        title=Text("Offboarded account in use", "Compte clôturé encore utilisé"),
        aup=("6",),
        attack=("T1078",),
        keyed_by=SubjectKind.ACCOUNT,
        state_version=1,
        state_ttl=400 * DAY,
        facts=Facts,
        sentence=Text(
            "Used by {device} at {place} ({ip}), {days} full days after the directory says that "
            "the account ended.",
            "Utilisé par {device} à {place} ({ip}), {days} jours pleins après la fin du compte "
            "selon l'annuaire.",
        ),
        innocent=Text(
            "The person stays longer than planned and the directory was not told; or a program "
            "goes on with the account.",
            "La personne reste plus longtemps que prévu et l'annuaire n'en sait rien ; ou un "
            "programme continue avec le compte.",
        ),
        runbook="runbooks/offboarded_account",
    )
    state: ClassVar[type[State]] = State

    def __init__(self, parameters: Parameters | None = None) -> None:
        self.parameters = parameters or Parameters()

    def observe(
        self, event: Event, subject: Subject, state: State, profile: Profile, context: Context
    ) -> Iterable[Finding]:
        """A finding at the first use after the end, and after each later end again."""
        if context.directory is None:
            return ()
        listing = context.directory.of(subject, event.time)
        if listing is None or listing.left is None or listing.left > event.time:
            state.told = False
            return ()
        since = event.time - listing.left
        parameters = self.parameters
        grace = parameters.grace_at_once if listing.left_at_once else parameters.grace
        if state.told or since < grace:
            return ()
        if not isinstance(event, SignIn) or not is_use(event):
            return ()
        state.told = True
        facts: dict[str, Fact] = {
            "days": since // DAY,
            "privileged": listing.is_privileged,
            "device": device_label(event.device),
            "place": label(event.place),
            "ip": event.ip,
        }
        weights = Weights(attack=PRIVILEGED if listing.is_privileged else WEIGHT)
        evidence = Evidence("directory", weights, facts)
        name = self.about.name
        return (finding(name, subject, event.time, grade(weights), evidence, (event.id,)),)

    def tick(
        self, until: int, subject: Subject, state: State, profile: Profile, context: Context
    ) -> Iterable[Finding]:
        """Nothing."""
        return ()
