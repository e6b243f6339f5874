"""A sign-in through a network that the account was never used through."""

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
from detectors.core.population import MASKED, Line
from detectors.core.profile import Profile, network_key
from detectors.core.travel import device_label, label, network_label

SHARES = {
    Line.NEW: 0.4,
    Line.CARRIER: 0.2,
    Line.RELAY: 0.3,
    Line.VPN: 0.7,
    Line.HOSTING: 1.0,
    Line.ABROAD: 1.0,
    Line.TOR: 1.3,
}
"""What part of `abroad` each sort of line counts for."""
IN_A_POCKET = 0.5


class Parameters(Struct, frozen=True, kw_only=True):
    """What unfamiliar_network reckons with."""

    abroad: Annotated[
        float,
        Meta(
            description="What a first country speaks for a stranger",
            ge=0,
            le=2,
            extra={"unit": "nats"},
        ),
    ] = 1.5
    least: Annotated[
        float,
        Meta(description="Below this nothing is said", ge=0, extra={"unit": "nats"}),
    ] = 0.5


class Facts(Struct, frozen=True):
    """What a finding says: the network, its kind, and what came in through it."""

    network: Annotated[str, Meta(title="Network", extra={"fr": "Réseau"})]
    place: Annotated[str, Meta(title="Place", extra={"fr": "Lieu"})]
    ip: Annotated[str | None, Meta(title="Address", extra={"fr": "Adresse"})]
    device: Annotated[str, Meta(title="Device", extra={"fr": "Appareil"})]
    abroad: Annotated[bool, Meta(title="In a new country", extra={"fr": "Dans un nouveau pays"})]
    networks: Annotated[int, Meta(title="Networks so far", extra={"fr": "Réseaux connus"})]


class State(Struct, array_like=True):
    """Nothing: the profile remembers all that is needed."""


class UnfamiliarNetwork:
    """Weak by itself: people travel, move house and change their provider."""

    about: ClassVar[About] = About(
        name="unfamiliar_network",
        title=Text("Unfamiliar network", "Réseau inconnu"),
        aup=("6",),
        attack=("T1078",),
        keyed_by=SubjectKind.ACCOUNT,
        state_version=1,
        state_ttl=DAY,
        facts=Facts,
        sentence=Text(
            "First sign-in through {network} at {place} ({ip}), with {device}; the account has "
            "{networks} networks so far.",
            "Première connexion par {network} à {place} ({ip}), avec {device} ; le compte a "
            "{networks} réseaux jusqu'ici.",
        ),
        innocent=Text(
            "A journey, a move, another provider, a VPN switched on.",
            "Un voyage, un déménagement, un autre opérateur, un VPN allumé.",
        ),
        runbook="runbooks/unfamiliar_network",
        skips_sessions=True,
    )
    state: ClassVar[type[State]] = State

    def __init__(self, parameters: Parameters | None = None) -> None:
        self.parameters = parameters or Parameters()

    def observe(
        self, event: Event, subject: Subject, state: State, profile: Profile, context: Context
    ) -> Iterable[Finding]:
        """A finding at the first sign-in through a network."""
        if not isinstance(event, SignIn) or event.network is None:
            return ()
        key = network_key(event.network)
        if key is None or key in profile.networks or not is_start(event, profile):
            return ()
        found = novelty(event, profile)
        if found is None or found.line not in SHARES:
            return ()
        if found.line in MASKED and context.is_crowded(
            subject, event.network, event.ip, event.time
        ):
            return ()
        worth = self.parameters.abroad * SHARES[found.line]
        worth *= IN_A_POCKET if found.handheld else 1.0
        worth -= discount(found, profile, event.time)
        if worth < self.parameters.least:
            return ()
        weights = Weights(taken_over=worth)
        evidence = Evidence(
            "sign_in",
            weights,
            {
                "network": network_label(event.network),
                "place": label(event.place),
                "ip": event.ip,
                "device": device_label(event.device),
                "abroad": found.line is Line.ABROAD,
                "networks": len(profile.networks),
            },
        )
        name = self.about.name
        return (finding(name, subject, event.time, grade(weights), evidence, (event.id,)),)

    def tick(
        self, until: int, subject: Subject, state: State, profile: Profile, context: Context
    ) -> Iterable[Finding]:
        """Nothing: a network is new when it comes."""
        return ()
