"""What is done about an incident: a document that people write, and a pure function that reads it.

Whatever the document says, these hold: nothing above a challenge without a finding that is no
model's, no deactivation without people, protected accounts never, and no more in an hour than the
guardrails allow. At first nothing is done at all: the shadow mode tells what would have been.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import Annotated, Final

from msgspec import Meta, Struct, field

from alerts.hours import Hours
from alerts.incident import Category, Incident
from alerts.ladder import AUTOMATIC_BY_ITSELF, NEEDS_GROUNDS, Step, rung, step_named
from alerts.rule import SEVERITIES, Rule, Tenant, When
from detectors.core.context import AccountKind
from detectors.core.event import HOUR
from detectors.core.finding import Severity, Theme
from detectors.core.identity import SubjectKind
from detectors.core.place import NetworkKind

VERSION: Final = 1
PROTECTED: Final = frozenset(
    (AccountKind.BREAK_GLASS, AccountKind.SERVICE, AccountKind.SHARED, AccountKind.KIOSK)
)
"""Kinds of account on which nothing is ever done by itself, whatever a policy says."""

Country = Annotated[str, Meta(pattern=r"^[A-Z]{2}\Z")]


class Mode(StrEnum):
    """Whether anything is done by itself."""

    SHADOW = "shadow"
    ACT = "act"


class Outcome(StrEnum):
    """What becomes of a step that a rule asks for."""

    ACT = "act"
    """It is done now, or at `not_before`."""
    SHADOW = "shadow"
    """It would have been done, and is told as such."""
    PROPOSE = "propose"
    """People decide it: a rule cannot, or may not by itself."""
    HOLD = "hold"
    """The guardrails hold it: people are called."""


class Because(StrEnum):
    """Why a step is not done by itself."""

    PROTECTED = "protected"
    GROUNDS = "grounds"
    PEOPLE = "people"
    GUARDRAIL = "guardrail"
    TENANT_GUARDRAIL = "tenant_guardrail"
    OLD = "old"
    """The evidence is: what would have been done then is only told."""
    NOBODY = "nobody"
    """No responder is set up that does it for the tenant: it is only told."""
    RESTORED = "restored"
    """The evidence is of before a backup was put back: it may have been done then."""


class Guardrails(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How many accounts may be acted on by itself within an hour, in all and for one tenant."""

    per_hour: Annotated[int, Meta(ge=0, le=10_000, description="Accounts in an hour, in all.")] = 20
    per_tenant_hour: Annotated[
        int, Meta(ge=0, le=10_000, description="Accounts of one tenant in an hour.")
    ] = 5


class TenantTerms(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is particular to a tenant: what it allows, and in which hours its people are not
    written to, unless it is grave."""

    countries: Annotated[
        frozenset[Country],
        Meta(description="Countries to sign in from (ISO 3166-1 alpha-2); none named: any."),
    ] = frozenset()
    networks: Annotated[
        frozenset[NetworkKind],
        Meta(description="Kinds of networks to sign in from; none named: any."),
    ] = frozenset()
    seats: Annotated[
        Annotated[int, Meta(ge=1, le=10_000)] | None,
        Meta(description="Sessions that an account may have at once; not said: any number."),
    ] = None
    mfa_required: Annotated[
        bool, Meta(description="Whether nobody may sign in without a second factor.")
    ] = False
    enrolment_days: Annotated[
        Annotated[int, Meta(ge=0, le=365)] | None,
        Meta(
            description="Within how many days its people have to set up a factor at Vigie; not "
            "said: nobody has to."
        ),
    ] = None
    quiet: Annotated[
        Hours | None, Meta(description="When people are not written to, unless it is grave.")
    ] = None


class Policy(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The document. `approvals` is how many people besides the one who asks must agree to a
    deactivation: 1, or 0 where an administrator lowered it. Of several rules that fit, each adds
    its steps."""

    version: Annotated[int, Meta(description="Of this notation.")] = VERSION
    mode: Annotated[
        Mode, Meta(description="`shadow`: what would be done is told; `act`: it is done.")
    ] = Mode.SHADOW
    approvals: Annotated[
        int,
        Meta(
            ge=0,
            le=1,
            description="People besides the one who asks who must agree to a deactivation.",
        ),
    ] = 1
    protected: Annotated[
        frozenset[AccountKind],
        Meta(
            description="Kinds of account that only people act on; "
            + ", ".join(sorted(kind.value for kind in PROTECTED))
            + " are so whatever is said here."
        ),
    ] = PROTECTED
    guardrails: Annotated[
        Guardrails, Meta(description="How much may be done by itself before people are called.")
    ] = field(default_factory=Guardrails)
    rules: Annotated[
        tuple[Rule, ...],
        Meta(max_length=200, description="Of those that fit, each adds its steps."),
    ] = ()
    tenants: Annotated[
        dict[Tenant, TenantTerms],
        Meta(max_length=10_000, description="What is particular to tenants, by their ids."),
    ] = field(default_factory=dict)


class Person(Struct, frozen=True, kw_only=True):
    """What the directory knows of the account that an incident is about. `tags` and `roles` are
    case-folded; `mfa` is whether it has a second factor, None where nobody said so."""

    kind: AccountKind = AccountKind.PERSON
    privileged: bool = False
    tags: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset()
    mfa: bool | None = None


class Grounds(Struct, frozen=True, kw_only=True):
    """What an incident stands on: whether a finding that is no model's is among it, and kinds of
    networks that its evidence names."""

    unlearned: bool
    networks: frozenset[NetworkKind] = frozenset()


class Tally(Struct, frozen=True, kw_only=True):
    """What was done by itself already: accounts of the last hour, in all and of this tenant, and
    the gravest step that is in force for this incident."""

    hour: int = 0
    tenant_hour: int = 0
    reached: Step = Step.OBSERVE


class Response(Struct, frozen=True, kw_only=True):
    """One step about an incident: what becomes of it and why, which rule asks for it, from when
    (ms) and until when (ms, of a suspension)."""

    step: Step
    outcome: Outcome
    rule: str
    because: Because | None = None
    not_before: int = 0
    until: int | None = None


SHIPPED: Final = Policy(
    rules=(
        Rule(
            name="taken-over",
            when=When(
                category=frozenset(
                    (Category.ACCOUNT_TAKEOVER, Category.SESSION_HIJACKING, Category.MFA_FATIGUE)
                ),
                severity="high",
            ),
            then=frozenset(("notify", "challenge", "revoke")),
        ),
        Rule(
            name="shared",
            when=When(category=frozenset((Category.CREDENTIAL_SHARING,)), severity="medium"),
            then=frozenset(("challenge",)),
        ),
        Rule(
            name="guessed-at",
            when=When(category=frozenset((Category.BRUTE_FORCE,)), severity="high"),
            then=frozenset(("notify",)),
        ),
    )
)
"""What stands before anybody wrote a policy: in shadow mode, challenges at most for sharing."""


def decide(
    incident: Incident, grounds: Grounds, policy: Policy, person: Person, tally: Tally, now: int
) -> tuple[Response, ...]:
    """What is to be done about an incident now (ms since 1970 UTC), the mildest step first, each
    at most once.

    Only about accounts: what is found of an address or of a tenant is for people, and so is what
    somebody reported: a stranger's word alone must do nobody any harm. Nothing that is
    in force for the incident already is asked for again. Pure: the same arguments, the same
    answer.
    """
    if incident.subject.kind is not SubjectKind.ACCOUNT or incident.theme is Theme.REPORT:
        return ()
    asked: dict[Step, Rule] = {}
    for rule in policy.rules:
        if rule.enabled and _fits(rule.when, incident, grounds, person, now):
            for step in _steps(rule):
                known = asked.get(step)
                if known is None or _weight(rule) > _weight(known):
                    asked[step] = rule
    found = [
        _respond(step, asked[step], incident, grounds, policy, person, tally, now)
        for step in sorted(asked)
        if step is not Step.OBSERVE and step > tally.reached
    ]
    return tuple(found)


def _fits(when: When, incident: Incident, grounds: Grounds, person: Person, now: int) -> bool:
    assessment = incident.assessment
    return (
        (not when.category or incident.category in when.category)
        and incident.severity >= SEVERITIES[when.severity]
        and incident.confidence >= when.confidence
        and all(assessment.probability(h) >= least for h, least in when.assessment.items())
        and assessment.attack >= when.attack
        and (not when.tenants or incident.subject.tenant in when.tenants)
        and (not when.kinds or person.kind in when.kinds)
        and (not when.tags or not when.tags.isdisjoint(person.tags))
        and (not when.roles or not when.roles.isdisjoint(person.roles))
        and when.privileged in (None, person.privileged)
        and (when.mfa is None or when.mfa is person.mfa)
        and (not when.networks or not when.networks.isdisjoint(grounds.networks))
        and (grounds.unlearned or not when.unlearned)
        and (when.during is None or when.during.hold(now))
    )


def _respond(
    step: Step,
    rule: Rule,
    incident: Incident,
    grounds: Grounds,
    policy: Policy,
    person: Person,
    tally: Tally,
    now: int,
) -> Response:
    until = now + (rule.hours or 0) * HOUR if rung(step).needs_end and rule.hours else None
    outcome, because = _outcome(step, rule, grounds, policy, person, tally)
    terms = policy.tenants.get(incident.subject.tenant)
    waits = (
        step is Step.NOTIFY
        and terms is not None
        and terms.quiet is not None
        and incident.severity < Severity.HIGH
    )
    return Response(
        step=step,
        outcome=outcome,
        rule=rule.name,
        because=because,
        not_before=terms.quiet.end(now) if waits and terms and terms.quiet else now,
        until=until,
    )


def _outcome(
    step: Step, rule: Rule, grounds: Grounds, policy: Policy, person: Person, tally: Tally
) -> tuple[Outcome, Because | None]:
    for_people = _for_people(step, rule, grounds, policy, person)
    if for_people is not None:
        return Outcome.PROPOSE, for_people
    if policy.mode is Mode.SHADOW:
        return Outcome.SHADOW, None
    if tally.tenant_hour >= policy.guardrails.per_tenant_hour:
        return Outcome.HOLD, Because.TENANT_GUARDRAIL
    if tally.hour >= policy.guardrails.per_hour:
        return Outcome.HOLD, Because.GUARDRAIL
    return Outcome.ACT, None


def _for_people(
    step: Step, rule: Rule, grounds: Grounds, policy: Policy, person: Person
) -> Because | None:
    """Why people decide a step, whatever the mode; None where the policy may."""
    if person.kind in policy.protected | PROTECTED:
        return Because.PROTECTED
    if step >= NEEDS_GROUNDS and not grounds.unlearned:
        return Because.GROUNDS
    is_alone = step <= AUTOMATIC_BY_ITSELF or (rule.alone and rule.hours is not None)
    return None if rung(step).is_automatic and is_alone else Because.PEOPLE


def _steps(rule: Rule) -> Iterable[Step]:
    return [step for word in rule.then if (step := step_named(word)) is not None]


def _weight(rule: Rule) -> tuple[bool, int]:
    """Of two rules that ask for one step, the one that goes further is taken."""
    return rule.alone, rule.hours or 0
