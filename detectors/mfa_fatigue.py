"""A storm of second-factor requests that their owner refuses, and the one that gets a yes."""

from collections.abc import Iterable, Sequence
from math import log2
from typing import Annotated, ClassVar

from msgspec import Meta, Struct

from detectors.core import address
from detectors.core.context import Context
from detectors.core.detector import About, Text
from detectors.core.event import (
    DAY,
    FAILURE,
    HOUR,
    MINUTE,
    SUCCESS,
    Event,
    FailureReason,
    SignIn,
    is_attempt,
)
from detectors.core.finding import CAP, Evidence, Fact, Finding, Weights, finding
from detectors.core.grade import grade
from detectors.core.identity import Subject, SubjectKind
from detectors.core.novelty import line_of, novelty
from detectors.core.place import Device
from detectors.core.population import MASKED, Line, Newness, Population
from detectors.core.profile import REST, Failure, Profile, network_key
from detectors.core.travel import (
    device_label,
    is_handheld,
    is_somewhere,
    label,
    network_label,
)

REFUSALS = frozenset({FailureReason.MFA_DENIED, FailureReason.MFA_TIMEOUT})
AT_LIMIT = 4.0
"""Nats that as many refusals as the limit speak for an attack; every doubling adds one."""
OWN_TIMES = 3.0
"""The owner's own device at home may fail so many times as often: a phone left elsewhere."""
OWN_CAP = 3.5
YOUNG_TIMES = 2.0
"""The same of an account of which little is known: its first day may be full of them."""
LOUDER_TIMES = 3
YES = CAP
"""Nats for a yes at the end of a storm."""
NEARLY = 2.0
"""Nats for a yes after one refusal fewer than a storm."""
FIRST = 4.5
"""Nats at most for a yes that is the account's first use in the log: nothing says whose line and
machine these are, and owners mistake the request as well; a question, and no alarm."""
MAXIMUM_SHOWN = 10


class Parameters(Struct, frozen=True, kw_only=True):
    """What mfa_fatigue reckons with."""

    storm: Annotated[
        int,
        Meta(
            description="Refused or unanswered requests within the window that are a storm",
            ge=2,
            extra={"unit": "requests"},
        ),
    ] = 4
    window: Annotated[
        int,
        Meta(description="How long a storm lasts", ge=MINUTE, extra={"unit": "ms"}),
    ] = HOUR
    slow: Annotated[
        int,
        Meta(
            description="Refused or unanswered requests within a day that are a storm",
            ge=2,
            extra={"unit": "requests"},
        ),
    ] = 8
    answer: Annotated[
        int,
        Meta(
            description="How long after the last refusal a yes belongs to the storm",
            ge=0,
            extra={"unit": "ms"},
        ),
    ] = 2 * HOUR


class Facts(Struct, frozen=True):
    """What a finding says: how many requests in how long, from where, and how it ended."""

    requests: Annotated[int, Meta(title="Requests refused", extra={"fr": "Demandes refusées"})]
    denied: Annotated[int, Meta(title="Denied outright", extra={"fr": "Refus explicites"})]
    minutes: Annotated[float, Meta(title="Time they took", extra={"fr": "Durée"})]
    ip: Annotated[str | None, Meta(title="Address", extra={"fr": "Adresse"})]
    place: Annotated[str, Meta(title="Place", extra={"fr": "Lieu"})]
    network: Annotated[str, Meta(title="Network", extra={"fr": "Réseau"})]
    device: Annotated[str, Meta(title="Device", extra={"fr": "Appareil"})]
    own: Annotated[
        bool, Meta(title="From the owner's own place", extra={"fr": "Depuis chez le titulaire"})
    ]
    accepted: Annotated[bool, Meta(title="Ended in a yes", extra={"fr": "Fini par un oui"})]


class State(Struct, array_like=True):
    """The storm going on: when it was last seen, how many requests were told, whether a yes was."""

    last: int = 0
    told: int = 0
    said: float = 0.0
    answered: int = 0


class MfaFatigue:
    """Counts what the second factor refused; the password was right each time."""

    about: ClassVar[About] = About(
        name="mfa_fatigue",
        title=Text("Storm of second-factor requests", "Rafale de demandes de second facteur"),
        aup=("3.3",),
        attack=("T1621",),
        keyed_by=SubjectKind.ACCOUNT,
        state_version=1,
        state_ttl=2 * DAY,
        facts=Facts,
        sentence=Text(
            "{requests} requests for a second factor refused or left unanswered in {minutes} "
            "minutes ({denied} denied), last from {device} at {place} ({network}, {ip}). "
            "One was accepted in the end: {accepted}.",
            "{requests} demandes de second facteur refusées ou sans réponse en {minutes} minutes "
            "({denied} refus), la dernière depuis {device} à {place} ({network}, {ip}). "
            "L'une a fini par être acceptée : {accepted}.",
        ),
        innocent=Text(
            "The owner's phone was out of reach or out of charge while they tried to sign in.",
            "Le téléphone du titulaire était hors de portée ou déchargé pendant ses essais.",
        ),
        runbook="runbooks/mfa_fatigue",
        skips_sessions=True,
    )
    state: ClassVar[type[State]] = State

    def __init__(self, parameters: Parameters | None = None) -> None:
        self.parameters = parameters or Parameters()

    def observe(
        self, event: Event, subject: Subject, state: State, profile: Profile, context: Context
    ) -> Iterable[Finding]:
        """A finding when refusals come to a storm, again as it grows, and at the yes."""
        if not isinstance(event, SignIn) or not is_attempt(event):
            return ()
        population = context.population(subject.tenant)
        if event.outcome is FAILURE:
            if event.failure_reason in REFUSALS:
                return self._refused(event, subject, state, profile, population)
            return ()
        if event.outcome is not SUCCESS or not profile.failures:
            return ()
        return self._accepted(event, subject, state, profile, population)

    def tick(
        self, until: int, subject: Subject, state: State, profile: Profile, context: Context
    ) -> Iterable[Finding]:
        """Nothing: a request is judged when it is answered."""
        return ()

    def _refused(
        self,
        event: SignIn,
        subject: Subject,
        state: State,
        profile: Profile,
        population: Population,
    ) -> Iterable[Finding]:
        limits = self.parameters
        if event.time - state.last > DAY:
            state.told, state.said = 0, 0.0
        state.last = event.time
        day = _refusals(profile, event.time - DAY)
        recent = 1 + sum(1 for f in day if f.time >= event.time - limits.window)
        own = _is_own(event, profile, population) and not _refuses(event, day, limits)
        excess = max(recent / limits.storm, (1 + len(day)) / limits.slow)
        excess *= 1.0 if own else _remoteness(event, profile, limits)
        weight = AT_LIMIT + log2(excess / (OWN_TIMES if own else 1.0)) if excess >= 1 else 0.0
        weight = min(OWN_CAP if own else CAP, weight)
        grown = not state.told or weight >= state.said + 1.0
        if excess < (OWN_TIMES if own else 1.0) or not grown:
            return ()
        state.told, state.said = 1 + len(day), weight
        facts = _facts(event, [*day], own=own, accepted=False, extra=event)
        return self._speak(event, subject, Weights(attack=weight), "push_storm", facts, day)

    def _accepted(
        self,
        event: SignIn,
        subject: Subject,
        state: State,
        profile: Profile,
        population: Population,
    ) -> Iterable[Finding]:
        limits = self.parameters
        at = event.time
        day = [f for f in _refusals(profile, at - DAY) if not _is_on_own_line(f, profile)]
        if not day or at - day[-1].time > limits.answer or event.mfa is False:
            return ()
        own = _is_own(event, profile, population)
        if own or (state.answered and at - state.answered < DAY):
            return ()
        recent = [f for f in day if f.time >= day[-1].time - limits.window]
        worth = 0.0
        if len(recent) >= limits.storm or len(day) >= limits.slow:
            worth = YES
        elif len(recent) == limits.storm - 1:
            worth = NEARLY
        if not profile.uses:
            worth = min(worth, FIRST)
        if not worth:
            return ()
        state.answered = at
        facts = _facts(event, day, own=own, accepted=True, extra=None)
        weights = Weights(taken_over=worth)
        found = self._speak(event, subject, weights, "push_accepted", facts, day)
        if worth < YES:
            return found
        # How it was done is the attack's, what comes of it the account's: each an incident.
        excess = max(len(recent) / limits.storm, len(day) / limits.slow)
        attack = Weights(attack=min(CAP, AT_LIMIT + log2(max(1.0, excess))))
        return (*found, *self._speak(event, subject, attack, "push_storm", facts, day))

    def _speak(
        self,
        event: SignIn,
        subject: Subject,
        weights: Weights,
        group: str,
        facts: dict[str, Fact],
        day: Sequence[Failure],
    ) -> Iterable[Finding]:
        return (
            finding(
                self.about.name,
                subject,
                event.time,
                grade(weights),
                Evidence(group, weights, facts),
                (event.id, *(f.event for f in reversed(day[1 - MAXIMUM_SHOWN :]))),
                part="storm" if facts["accepted"] and group == "push_storm" else "",
            ),
        )


def _refusals(profile: Profile, since: int) -> list[Failure]:
    return [f for f in profile.failures_since(since) if f.reason in REFUSALS]


def _is_on_own_line(failure: Failure, profile: Profile) -> bool:
    """Whether a session of before the request was on its line, on a known device where one is
    named, and no server or VPN: the owner tries again while the phone lies elsewhere, and later
    gets in by another line."""
    if failure.ip is None:
        return False
    line = address.line_of(failure.ip)
    return any(
        session.ip is not None
        and session.start < failure.time - REST
        and address.line_of(session.ip) == line
        and is_somewhere(session.network)
        and (session.device is None or _is_accepted(session.device, profile, failure.time))
        for session in profile.sessions.values()
    )


def _is_accepted(device: Device, profile: Profile, at: int) -> bool:
    known = profile.devices.get(device.fingerprint)
    return known is not None and known.is_accepted(at)


def _is_own(event: SignIn, profile: Profile, population: Population) -> bool:
    """Whether this comes from the account's own line, with its own device where one is named; or
    with that, and no older program, from another line where the tenant's people are."""
    at = event.time
    if profile.is_young(at):
        key = None if event.network is None else network_key(event.network)
        return key is None or key in profile.networks
    line = line_of(event.network, event.place, profile, at)
    if line is Line.UNSAID:
        return event.device is None or profile.knows_device(event.device, at)
    if line is Line.SAME:
        return True
    found = novelty(event, profile)
    is_known = found is not None and found.device is Newness.KNOWN
    is_theirs = event.place is None or not population.is_foreign(event.place.country)
    return is_known and is_theirs and line in (Line.NEW, Line.CARRIER)


def _refuses(event: SignIn, day: Sequence[Failure], limits: Parameters) -> bool:
    """Whether the owner said no, a storm's worth: nobody does so to their own requests."""
    denied = sum(1 for failure in day if failure.reason is FailureReason.MFA_DENIED)
    denied += event.failure_reason is FailureReason.MFA_DENIED
    return denied >= limits.storm


def _remoteness(event: SignIn, profile: Profile, limits: Parameters) -> float:
    """How many times as much a request counts: of a new computer abroad or hidden, more.

    One fewer makes a storm, and half as many when they are slow: nobody's own mistake is there.
    """
    if profile.is_young(event.time):
        return 1 / YOUNG_TIMES
    line = line_of(event.network, event.place, profile, event.time)
    new = event.device is not None and event.device.fingerprint not in profile.devices
    if not new or is_handheld(event.device) or not (line is Line.ABROAD or line in MASKED):
        return 1.0
    slow = not profile.failures_since(event.time - limits.window)
    return 2.0 if slow else limits.storm / max(1, limits.storm - 1)


def _facts(
    event: SignIn, day: Sequence[Failure], *, own: bool, accepted: bool, extra: SignIn | None
) -> dict[str, Fact]:
    more = 1 if extra is not None else 0
    denied = sum(1 for f in day if f.reason is FailureReason.MFA_DENIED)
    denied += extra is not None and extra.failure_reason is FailureReason.MFA_DENIED
    start = day[0].time if day else event.time
    return {
        "requests": len(day) + more,
        "denied": denied,
        "minutes": round((event.time - start) / MINUTE, 1),
        "ip": event.ip,
        "place": label(event.place),
        "network": network_label(event.network),
        "device": device_label(event.device),
        "own": own,
        "accepted": accepted,
    }
