"""A sign-in from a device that the account was never used with."""

from collections.abc import Iterable
from typing import Annotated, ClassVar

from msgspec import Meta, Struct

from detectors.core.context import Context
from detectors.core.detector import About, Text
from detectors.core.event import DAY, Event, SignIn
from detectors.core.finding import Evidence, Finding, Weights, finding
from detectors.core.grade import grade
from detectors.core.identity import Subject, SubjectKind
from detectors.core.novelty import discount, is_start, novelty
from detectors.core.population import Line, Newness
from detectors.core.profile import Profile
from detectors.core.travel import device_label, label, network_label

AWAY = 0.5
"""Nats more where the line is not the account's either."""


class Parameters(Struct, frozen=True, kw_only=True):
    """What unfamiliar_device reckons with."""

    computer: Annotated[
        float,
        Meta(
            description="What a new computer speaks for a stranger",
            ge=0,
            le=2,
            extra={"unit": "nats"},
        ),
    ] = 0.7
    handheld: Annotated[
        float,
        Meta(
            description="What a new phone or tablet speaks for a stranger",
            ge=0,
            le=2,
            extra={"unit": "nats"},
        ),
    ] = 0.5
    least: Annotated[
        float,
        Meta(description="Below this nothing is said", ge=0, extra={"unit": "nats"}),
    ] = 0.5


class Facts(Struct, frozen=True):
    """What a finding says: the device, where it came in, and how many the account has."""

    device: Annotated[str, Meta(title="Device", extra={"fr": "Appareil"})]
    network: Annotated[str, Meta(title="Network", extra={"fr": "Réseau"})]
    place: Annotated[str, Meta(title="Place", extra={"fr": "Lieu"})]
    known_line: Annotated[bool, Meta(title="Known line", extra={"fr": "Ligne connue"})]
    devices: Annotated[int, Meta(title="Devices so far", extra={"fr": "Appareils connus"})]


class State(Struct, array_like=True):
    """Nothing: the profile remembers all that is needed."""


class UnfamiliarDevice:
    """Weak by itself: everybody gets a new computer now and then."""

    about: ClassVar[About] = About(
        name="unfamiliar_device",
        title=Text("Unfamiliar device", "Appareil inconnu"),
        aup=("6",),
        attack=("T1078",),
        keyed_by=SubjectKind.ACCOUNT,
        state_version=1,
        state_ttl=DAY,
        facts=Facts,
        sentence=Text(
            "First sign-in with {device}, at {place} ({network}); the account has {devices} "
            "devices so far.",
            "Première connexion avec {device}, à {place} ({network}) ; le compte a {devices} "
            "appareils jusqu'ici.",
        ),
        innocent=Text(
            "A new computer or phone, or a second browser.",
            "Un nouvel ordinateur ou téléphone, ou un second navigateur.",
        ),
        runbook="runbooks/unfamiliar_device",
        skips_sessions=True,
    )
    state: ClassVar[type[State]] = State

    def __init__(self, parameters: Parameters | None = None) -> None:
        self.parameters = parameters or Parameters()

    def observe(
        self, event: Event, subject: Subject, state: State, profile: Profile, context: Context
    ) -> Iterable[Finding]:
        """A finding at the first sign-in with a device."""
        if not isinstance(event, SignIn) or event.device is None:
            return ()
        if event.device.fingerprint in profile.devices or not is_start(event, profile):
            return ()
        found = novelty(event, profile)
        if found is None or found.device is not Newness.NEW:
            return ()
        at_home = found.line in (Line.SAME, Line.UNSAID)
        limits = self.parameters
        worth = limits.handheld if found.handheld else limits.computer
        worth += 0.0 if at_home else AWAY
        worth -= discount(found, profile, event.time)
        if worth < limits.least:
            return ()
        weights = Weights(taken_over=worth)
        evidence = Evidence(
            "sign_in",
            weights,
            {
                "device": device_label(event.device),
                "network": network_label(event.network),
                "place": label(event.place),
                "known_line": at_home,
                "devices": len(profile.devices),
            },
        )
        name = self.about.name
        return (finding(name, subject, event.time, grade(weights), evidence, (event.id,)),)

    def tick(
        self, until: int, subject: Subject, state: State, profile: Profile, context: Context
    ) -> Iterable[Finding]:
        """Nothing: a device is new when it comes."""
        return ()
