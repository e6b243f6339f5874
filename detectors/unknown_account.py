"""An account that signs in and that a complete directory does not have."""

from collections.abc import Iterable
from typing import Annotated, ClassVar

from msgspec import Meta, Struct

from detectors.core.context import Context
from detectors.core.detector import About, Text
from detectors.core.event import DAY, Event, SignIn, is_use
from detectors.core.finding import Evidence, Fact, Finding, Weights, finding
from detectors.core.grade import grade
from detectors.core.identity import Subject, SubjectKind
from detectors.core.profile import Profile
from detectors.core.travel import device_label, label

WEIGHT = 2.6
"""Nats: noted, and nobody is called for it. Most are directories that are behind."""


class Parameters(Struct, frozen=True, kw_only=True):
    """What unknown_account reckons with."""

    grace: Annotated[
        int,
        Meta(
            description="How long an account may be in use before the directory has it, also over "
            "a weekend; and how long after it went from the directory",
            ge=0,
            extra={"unit": "ms"},
        ),
    ] = 3 * DAY


class Facts(Struct, frozen=True):
    """What a finding says: since when it is used, and who uses it."""

    days: Annotated[int, Meta(title="Days in use", extra={"fr": "Jours d'usage"})]
    removed: Annotated[
        bool, Meta(title="Was in the directory", extra={"fr": "Était dans l'annuaire"})
    ]
    device: Annotated[str, Meta(title="Device", extra={"fr": "Appareil"})]
    place: Annotated[str, Meta(title="Place", extra={"fr": "Lieu"})]
    ip: Annotated[str | None, Meta(title="Address", extra={"fr": "Adresse"})]


class State(Struct, array_like=True):
    """Whether it was told since the directory last had it."""

    told: bool = False


class UnknownAccount:
    """Says once of an account that the directory should have and has not."""

    about: ClassVar[About] = About(
        name="unknown_account",
        title=Text("Account unknown to the directory", "Compte inconnu de l'annuaire"),
        aup=("6",),
        attack=("T1136", "T1078"),
        keyed_by=SubjectKind.ACCOUNT,
        state_version=1,
        state_ttl=400 * DAY,
        facts=Facts,
        sentence=Text(
            "In use for {days} days and not in the directory; now by {device} at {place} ({ip}).",
            "Utilisé depuis {days} jours et absent de l'annuaire ; à présent par {device} à "
            "{place} ({ip}).",
        ),
        innocent=Text(
            "The directory is behind, or knows the account by another name.",
            "L'annuaire est en retard, ou connaît le compte sous un autre nom.",
        ),
        runbook="runbooks/unknown_account",
        skips_sessions=True,
    )
    state: ClassVar[type[State]] = State

    def __init__(self, parameters: Parameters | None = None) -> None:
        self.parameters = parameters or Parameters()

    def observe(
        self, event: Event, subject: Subject, state: State, profile: Profile, context: Context
    ) -> Iterable[Finding]:
        """A finding at a sign-on once the directory has had its time."""
        if context.directory is None:
            return ()
        at = event.time
        since = context.directory.complete_since(subject.tenant, at)
        if since is None or at < since + self.parameters.grace:
            return ()
        listing = context.directory.of(subject, at)
        if listing is not None and listing.is_listed:
            state.told = False
            return ()
        if state.told or not isinstance(event, SignIn) or not is_use(event):
            return ()
        first = profile.first_seen or at
        missing = max(since, first if listing is None else listing.since)
        if at - missing < self.parameters.grace or subject in context.kinds:
            return ()
        state.told = True
        facts: dict[str, Fact] = {
            "days": (at - first) // DAY,
            "removed": listing is not None,
            "device": device_label(event.device),
            "place": label(event.place),
            "ip": event.ip,
        }
        weights = Weights(attack=WEIGHT)
        evidence = Evidence("directory", weights, facts)
        name = self.about.name
        return (finding(name, subject, at, grade(weights), evidence, (event.id,)),)

    def tick(
        self, until: int, subject: Subject, state: State, profile: Profile, context: Context
    ) -> Iterable[Finding]:
        """Nothing."""
        return ()
