"""Programs where people should be: a scripted client that fails, or attempts by the clock."""

from collections.abc import Iterable
from typing import Annotated, ClassVar

from msgspec import Meta, Struct

from detectors.core.campaign import steps
from detectors.core.context import Context
from detectors.core.detector import About, Text
from detectors.core.event import DAY
from detectors.core.finding import Evidence, Fact, Finding, Weights, standing
from detectors.core.grade import grade
from detectors.core.identity import Subject, SubjectKind
from detectors.core.ledger import Day, Ledger, TenantLedger, digest32

WEIGHT = 1.5
"""Nats for a program that fails: weak by itself, whatever it is."""
OF_ONE = 0.7
"""Nats where it is one account that fails: an integration with an old password."""
_SLOTS = 24
_UNEVEN = 1
_EVEN_SHARE = 0.9


class Parameters(Struct, frozen=True, kw_only=True):
    """What automation reckons with."""

    attempts: Annotated[
        int,
        Meta(
            description="Least attempts of a day that show a program",
            ge=5,
            extra={"unit": "attempts"},
        ),
    ] = 20
    scripted_share: Annotated[
        float,
        Meta(
            description="Share of them by a client that says it is a program",
            gt=0,
            le=1,
            extra={"unit": "share"},
        ),
    ] = 0.8
    failed_share: Annotated[
        float,
        Meta(description="Share of them that fail", gt=0, le=1, extra={"unit": "share"}),
    ] = 0.5


class Facts(Struct, frozen=True):
    """What a finding says. Counts are rounded down to a few steps a decade."""

    attempts: Annotated[int, Meta(title="Attempts", extra={"fr": "Tentatives"})]
    names: Annotated[int, Meta(title="Names that failed", extra={"fr": "Noms en échec"})]
    ip: Annotated[str, Meta(title="Address", extra={"fr": "Adresse"})]
    scripted: Annotated[bool, Meta(title="Says it is a program", extra={"fr": "Se dit programme"})]
    clockwork: Annotated[
        bool, Meta(title="At regular intervals", extra={"fr": "À intervalles réguliers"})
    ]


class Automation:
    """Notes failing programs of an address; what they are after is for others to say."""

    about: ClassVar[About] = About(
        name="automation",
        title=Text("Automated sign-ins", "Connexions automatisées"),
        aup=("3.3",),
        attack=("T1110",),
        keyed_by=SubjectKind.SOURCE,
        state_version=1,
        state_ttl=16 * DAY,
        facts=Facts,
        sentence=Text(
            "Attempts of a program from {ip}, most of which fail: {attempts}; names: {names}. "
            "It says that it is one: {scripted}; by the clock: {clockwork}.",
            "Tentatives d'un programme depuis {ip}, qui échouent pour la plupart : {attempts} "
            "; noms : {names}. Il se dit programme : {scripted} ; à l'horloge : {clockwork}.",
        ),
        innocent=Text(
            "An integration that goes on with a password that expired.",
            "Une intégration qui continue avec un mot de passe expiré.",
        ),
        runbook="runbooks/automation",
    )

    def __init__(self, parameters: Parameters | None = None) -> None:
        self.parameters = parameters or Parameters()

    def of_source(
        self, subject: Subject, ledger: Ledger, day: int, context: Context
    ) -> Iterable[Finding]:
        """A weak finding when most attempts of a day are a program's and fail."""
        seen = ledger.days[day]
        limits = self.parameters
        if seen.attempts < limits.attempts or not seen.tries:
            return ()
        if seen.failures < limits.failed_share * seen.attempts:
            return ()
        scripted = seen.scripted >= limits.scripted_share * seen.attempts
        clockwork = _is_clockwork(seen)
        if not (scripted or clockwork) or _are_services(subject, seen, day, context):
            return ()
        weights = Weights(attack=OF_ONE if len(seen.tries) == 1 else WEIGHT)
        facts: dict[str, Fact] = {
            "attempts": steps(seen.attempts),
            "names": steps(len(seen.tries) << seen.level),
            "ip": subject.uid,
            "scripted": scripted,
            "clockwork": clockwork,
        }
        return (
            standing(
                self.about.name,
                subject,
                day * DAY,
                day * DAY + min(one.first for one in seen.tries.values()),
                Evidence("automation", weights, facts),
                tuple(seen.firsts),
                severity=grade(weights),
            ),
        )

    def of_tenant(
        self, subject: Subject, ledger: TenantLedger, day: int, context: Context
    ) -> Iterable[Finding]:
        """Nothing."""
        return ()


def _is_clockwork(day: Day) -> bool:
    """Whether nearly every five minutes of two hours or more have as many attempts."""
    counts = sorted(day.slots.values())
    span = max(day.slots) - min(day.slots) + 1
    if len(counts) < _SLOTS or len(counts) < _EVEN_SHARE * span:
        return False
    middle = counts[len(counts) // 2]
    even = sum(abs(count - middle) <= _UNEVEN for count in counts)
    return even >= _EVEN_SHARE * len(counts) and middle <= 10


def _are_services(subject: Subject, seen: Day, day: int, context: Context) -> bool:
    services = {digest32(uid) for uid in context.services(subject.tenant, day * DAY)}
    return bool(services) and services.issuperset(seen.tries)
