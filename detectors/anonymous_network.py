"""A sign-in out of Tor or a VPN, by an account that does not use them."""

from collections.abc import Iterable
from typing import Annotated, ClassVar

from msgspec import Meta, Struct, field

from detectors.core.context import Context
from detectors.core.detector import About, Text
from detectors.core.event import DAY, Event, SignIn
from detectors.core.finding import Evidence, Finding, Weights, finding
from detectors.core.grade import grade
from detectors.core.identity import Subject, SubjectKind
from detectors.core.novelty import is_start, novelty
from detectors.core.place import NetworkKind
from detectors.core.population import Newness
from detectors.core.profile import Profile, network_key
from detectors.core.travel import device_label, network_label

STRANGE = 1.4
"""How many times as much it says of a device that the account does not know."""


class Parameters(Struct, frozen=True, kw_only=True):
    """What anonymous_network reckons with."""

    tor: Annotated[
        float,
        Meta(description="What Tor speaks for a stranger", ge=0, le=3, extra={"unit": "nats"}),
    ] = 1.5
    vpn: Annotated[
        float,
        Meta(description="What a VPN speaks for a stranger", ge=0, le=3, extra={"unit": "nats"}),
    ] = 0.5
    silence: Annotated[
        int,
        Meta(description="How long the same is not said again", ge=0, extra={"unit": "ms"}),
    ] = 7 * DAY


class Facts(Struct, frozen=True):
    """What a finding says: the network, and the device that came out of it."""

    network: Annotated[str, Meta(title="Network", extra={"fr": "Réseau"})]
    ip: Annotated[str | None, Meta(title="Address", extra={"fr": "Adresse"})]
    device: Annotated[str, Meta(title="Device", extra={"fr": "Appareil"})]
    tor: Annotated[bool, Meta(title="Tor", extra={"fr": "Réseau Tor"})]
    known_device: Annotated[bool, Meta(title="Known device", extra={"fr": "Appareil connu"})]


class State(Struct, array_like=True):
    """When it was last said, in ms, by kind of network."""

    said: dict[str, int] = field(default_factory=dict)


class AnonymousNetwork:
    """Weak: many people have a VPN. It adds to what else speaks for a stranger."""

    about: ClassVar[About] = About(
        name="anonymous_network",
        title=Text("Anonymous network", "Réseau anonyme"),
        aup=("3.3",),
        attack=("T1090.003",),
        keyed_by=SubjectKind.ACCOUNT,
        state_version=1,
        state_ttl=30 * DAY,
        facts=Facts,
        sentence=Text(
            "{device} signed in out of {network} ({ip}), which hides where it is; the account "
            "did not use it before.",
            "{device} s'est connecté depuis {network} ({ip}), qui cache où il se trouve ; le "
            "compte ne s'en servait pas.",
        ),
        innocent=Text("A VPN switched on for privacy.", "Un VPN allumé pour rester discret."),
        runbook="runbooks/anonymous_network",
        skips_sessions=True,
    )
    state: ClassVar[type[State]] = State

    def __init__(self, parameters: Parameters | None = None) -> None:
        self.parameters = parameters or Parameters()

    def observe(
        self, event: Event, subject: Subject, state: State, profile: Profile, context: Context
    ) -> Iterable[Finding]:
        """A finding at the first sign-in out of an anonymous network, and seldom again."""
        if not isinstance(event, SignIn) or event.network is None:
            return ()
        kind = event.network.kind
        if kind is not NetworkKind.TOR and kind is not NetworkKind.VPN:
            return ()
        if profile.knows_network(event.network, event.time) or not is_start(event, profile):
            return ()
        if kind is NetworkKind.VPN and network_key(event.network) in profile.networks:
            return ()
        found = novelty(event, profile)
        last = state.said.get(kind.value)
        if found is None or (last is not None and event.time - last < self.parameters.silence):
            return ()
        tor = kind is NetworkKind.TOR
        known = found.device is Newness.KNOWN
        worth = self.parameters.tor if tor else self.parameters.vpn
        weights = Weights(roaming=0.0 if tor else 0.3, taken_over=worth * (1 if known else STRANGE))
        state.said[kind.value] = event.time
        evidence = Evidence(
            "anonymity",
            weights,
            {
                "network": network_label(event.network),
                "ip": event.ip,
                "device": device_label(event.device),
                "tor": tor,
                "known_device": known,
            },
        )
        name = self.about.name
        return (finding(name, subject, event.time, grade(weights), evidence, (event.id,)),)

    def tick(
        self, until: int, subject: Subject, state: State, profile: Profile, context: Context
    ) -> Iterable[Finding]:
        """Nothing: it is said when somebody comes."""
        return ()
