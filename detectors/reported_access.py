"""An account that somebody reported: others use it, they say."""

from collections.abc import Iterable
from typing import Annotated, ClassVar

from msgspec import Meta, Struct, field

from detectors.core.context import Context
from detectors.core.detector import About, Text
from detectors.core.event import DAY, Answer, Event, Feedback
from detectors.core.finding import Evidence, Finding, Severity, Theme, Weights, finding
from detectors.core.identity import Subject, SubjectKind
from detectors.core.profile import Profile

WEIGHT = 2.6
"""Nats: shown, and nobody is called for it by Vigie. People read the report itself."""
MOST = 32
"""Reports that are remembered."""


class Parameters(Struct, frozen=True, kw_only=True):
    """What reported_access reckons with."""

    pause: Annotated[
        int,
        Meta(
            description="Within this after a report, others about the account are counted and not "
            "told again",
            ge=0,
            extra={"unit": "ms"},
        ),
    ] = DAY
    memory: Annotated[
        int,
        Meta(description="How long reports are counted together", ge=0, extra={"unit": "ms"}),
    ] = 30 * DAY


class Facts(Struct, frozen=True):
    """What a finding says: how many reports there were of late."""

    reports: Annotated[int, Meta(title="Reports", extra={"fr": "Signalements"})]


class State(Struct, array_like=True):
    """When reports came, the oldest first, and when it was told last, 0 for never (ms)."""

    reports: list[int] = field(default_factory=list)
    told: int = 0


class ReportedAccess:
    """Says that people report an account; nothing follows from it but that people look."""

    about: ClassVar[About] = About(
        name="reported_access",
        title=Text("Access that was reported", "Accès signalé"),
        aup=("6", "10"),
        attack=("T1078",),
        keyed_by=SubjectKind.ACCOUNT,
        state_version=1,
        state_ttl=60 * DAY,
        facts=Facts,
        sentence=Text(
            "Somebody reports that others use this account ({reports} of late).",
            "Quelqu'un signale que d'autres se servent de ce compte ({reports} récemment).",
        ),
        innocent=Text(
            "Anybody may report, also by mistake or out of spite; nobody has looked into it yet.",
            "Chacun peut signaler, aussi par erreur ou par malveillance ; personne ne l'a encore "
            "vérifié.",
        ),
        runbook="runbooks/reported_access",
        skips_sessions=True,
    )
    state: ClassVar[type[State]] = State

    def __init__(self, parameters: Parameters | None = None) -> None:
        self.parameters = parameters or Parameters()

    def observe(
        self, event: Event, subject: Subject, state: State, profile: Profile, context: Context
    ) -> Iterable[Finding]:
        """A finding at a report, unless one was told just before."""
        if type(event) is not Feedback or event.answer is not Answer.REPORTED:
            return ()
        at = event.time
        oldest = at - self.parameters.memory
        state.reports = [*(one for one in state.reports if one > oldest), at][-MOST:]
        if state.told and at - state.told < self.parameters.pause:
            return ()
        state.told = at
        weights = Weights(attack=WEIGHT)
        evidence = Evidence("report", weights, {"reports": len(state.reports)})
        name = self.about.name
        return (
            finding(name, subject, at, Severity.LOW, evidence, (event.id,), theme=Theme.REPORT),
        )

    def tick(
        self, until: int, subject: Subject, state: State, profile: Profile, context: Context
    ) -> Iterable[Finding]:
        """Nothing."""
        return ()
