"""One rule of a policy: when something is done about an account, and what."""

from typing import Annotated, Final

from msgspec import Meta, Struct, field

from alerts.hours import Hours
from alerts.incident import Category, Hypothesis
from alerts.ladder import Step
from detectors.core.context import AccountKind
from detectors.core.finding import Severity
from detectors.core.place import NetworkKind

LONGEST_SUSPENSION: Final = 30 * 24
"""Hours."""
SEVERITIES: Final = {severity.name.lower(): severity for severity in Severity}
"""By their names in documents."""

Name = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}\Z")]
Probability = Annotated[float, Meta(ge=0, le=1)]
Tenant = Annotated[str, Meta(min_length=1, max_length=1_024)]
Word = Annotated[str, Meta(min_length=1, max_length=256)]
StepWord = Annotated[str, Meta(extra_json_schema={"enum": [step.word for step in Step]})]
SeverityWord = Annotated[str, Meta(extra_json_schema={"enum": list(SEVERITIES)})]


class When(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an incident has to be like; all of what is said has to hold.

    `severity` is the least one, `confidence` the least of 0 to 100; `assessment` the least
    probability of explanations, `attack` that of an attack. `tags` and `roles` are the account's,
    in lower case, of which it has one; `mfa` whether it has a second factor, which does not hold
    where nobody said so. `networks` are kinds of which the evidence has one. `unlearned`: there is
    a finding that is no model's.
    """

    category: Annotated[
        frozenset[Category], Meta(description="One of these conclusions; none named: any.")
    ] = frozenset()
    severity: Annotated[SeverityWord, Meta(description="At least this severe.")] = "medium"
    confidence: Annotated[int, Meta(ge=0, le=100, description="At least so sure, in percent.")] = 0
    assessment: Annotated[
        dict[Hypothesis, Probability],
        Meta(description="At least these probabilities of explanations, 0 to 1."),
    ] = field(default_factory=dict)
    attack: Annotated[
        Probability, Meta(description="At least this probability of an attack, 0 to 1.")
    ] = 0.0
    tenants: Annotated[
        frozenset[Tenant], Meta(description="At one of these tenants; none named: at any.")
    ] = frozenset()
    kinds: Annotated[
        frozenset[AccountKind], Meta(description="An account of one of these kinds.")
    ] = frozenset()
    tags: Annotated[
        frozenset[Word],
        Meta(description="An account with one of these tags of the directory, in lower case."),
    ] = frozenset()
    roles: Annotated[
        frozenset[Word],
        Meta(description="An account with one of these roles of the directory, in lower case."),
    ] = frozenset()
    privileged: Annotated[
        bool | None, Meta(description="Whether the account may do what others may not.")
    ] = None
    mfa: Annotated[
        bool | None, Meta(description="Whether the account is known to have a second factor.")
    ] = None
    networks: Annotated[
        frozenset[NetworkKind],
        Meta(description="Evidence from a network of one of these kinds."),
    ] = frozenset()
    unlearned: Annotated[
        bool, Meta(description="There is a finding that is no learned model's.")
    ] = False
    during: Annotated[Hours | None, Meta(description="Decided within these hours.")] = None


class Rule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When something is done, and what; the steps by their words. `hours` is how long a suspension
    lasts, `alone` that the policy may suspend without a person (an end is then compulsory)."""

    name: Annotated[Name, Meta(description="What people call it; no two rules alike.")]
    then: Annotated[
        frozenset[StepWord],
        Meta(min_length=1, max_length=len(Step), description="The steps that it asks for."),
    ]
    when: Annotated[
        When, Meta(description="What an incident has to be like; all of it has to hold.")
    ] = field(default_factory=When)
    hours: Annotated[
        Annotated[int, Meta(ge=1, le=LONGEST_SUSPENSION)] | None,
        Meta(description="How long a suspension lasts, in hours."),
    ] = None
    alone: Annotated[
        bool, Meta(description="Whether it may suspend without a person; needs `hours`.")
    ] = False
    enabled: Annotated[bool, Meta(description="Whether it is looked at.")] = True


def fold(word: str) -> str:
    """A tag or a role as they are compared."""
    return word.strip().casefold()
