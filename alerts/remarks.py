"""What somebody should know of a policy before it is adopted: what it lets be done, and what in it
comes to nothing. Nothing here forbids anything: what must never be is held by `decide`."""

from collections.abc import Iterator
from enum import IntEnum
from typing import Final

from msgspec import Struct

from alerts.incident import Category
from alerts.ladder import AUTOMATIC_BY_ITSELF, NEEDS_GROUNDS, Step, step_named
from alerts.policy import PROTECTED, Mode, Policy
from alerts.rule import SEVERITIES, Rule
from detectors.core.detector import Text
from detectors.core.finding import Severity

NOT_OF_ACCOUNTS: Final = frozenset(
    (
        Category.PASSWORD_SPRAYING,
        Category.CREDENTIAL_STUFFING,
        Category.ACCOUNT_ENUMERATION,
        Category.OVERLOAD,
    )
)
"""Conclusions about addresses and tenants, which are for people: no rule is asked about them."""
LONG: Final = 72
"""Hours from which a suspension without a person is called long."""


class Weight(IntEnum):
    """How much a remark matters: good to know, without effect, grave."""

    NOTE = 0
    IDLE = 1
    GRAVE = 2


class Remark(Struct, frozen=True):
    """One remark: about what (as `PolicyError.where`, empty for all of it)."""

    where: str
    weight: Weight
    text: Text


def remarks(policy: Policy) -> tuple[Remark, ...]:
    """What is to be said of a policy, the gravest first."""
    found = [*_of_all(policy)]
    for index, rule in enumerate(policy.rules):
        if rule.enabled:
            found += _of_rule(rule, f"rules[{index}]", policy)
    return tuple(sorted(found, key=lambda one: -one.weight))


def _of_all(policy: Policy) -> Iterator[Remark]:
    if policy.mode is Mode.ACT:
        yield _grave(
            "mode",
            "Vigie acts by itself, within the guardrails.",
            "Vigie agit d'elle-même, dans les limites fixées.",
        )
        if not (policy.guardrails.per_hour and policy.guardrails.per_tenant_hour):
            yield _idle(
                "guardrails",
                "A guardrail of 0 holds everything back: people are called for each account.",
                "Une limite de 0 retient tout : des personnes sont appelées pour chaque compte.",
            )
    if policy.approvals == 0:
        yield _grave(
            "approvals",
            "One person alone may deactivate an account.",
            "Une seule personne peut désactiver un compte.",
        )
    if not any(rule.enabled for rule in policy.rules):
        yield _idle(
            "rules",
            "No rule is enabled: nothing is ever proposed.",
            "Aucune règle n'est active : rien n'est jamais proposé.",
        )
    forgotten = sorted(kind.value for kind in PROTECTED - policy.protected)
    if forgotten:
        kinds = ", ".join(forgotten)
        yield _note(
            "protected",
            f"Still protected, whatever is said here: {kinds}.",
            f"Restent protégés, quoi qu'il soit dit ici : {kinds}.",
        )


def _of_rule(rule: Rule, where: str, policy: Policy) -> Iterator[Remark]:
    steps = {step for word in rule.then if (step := step_named(word)) is not None}
    when = rule.when
    if when.category and when.category <= NOT_OF_ACCOUNTS:
        yield _idle(
            where,
            f"{rule.name} never fits: what it names is found of addresses, not of accounts.",
            f"{rule.name} ne s'applique jamais : ce qu'elle nomme concerne des adresses, "
            "non des comptes.",
        )
    if when.kinds and when.kinds <= policy.protected | PROTECTED:
        yield _idle(
            where,
            f"{rule.name} is about protected accounts only: people decide all of it.",
            f"{rule.name} ne concerne que des comptes protégés : des personnes décident de tout.",
        )
    yield from _of_steps(rule, steps, where)


def _of_steps(rule: Rule, steps: set[Step], where: str) -> Iterator[Remark]:
    gravest = max(steps, default=Step.OBSERVE)
    if gravest is Step.OBSERVE:
        yield _idle(where, f"{rule.name} asks for nothing.", f"{rule.name} ne demande rien.")
    if Step.SUSPEND in steps and rule.alone:
        hours = rule.hours or 0
        yield _grave(
            where,
            f"{rule.name} suspends accounts without a person, for {hours} h"
            + (", which is long." if hours >= LONG else "."),
            f"{rule.name} suspend des comptes sans personne, pour {hours} h"
            + (", ce qui est long." if hours >= LONG else "."),
        )
    if gravest > AUTOMATIC_BY_ITSELF and not rule.alone:
        yield _note(
            where,
            f"{rule.name} only proposes to {_verb(gravest).en}: a person decides.",
            f"{rule.name} propose seulement de {_verb(gravest).fr} : une personne décide.",
        )
    if rule.hours is not None and Step.SUSPEND not in steps:
        yield _idle(
            where,
            f"{rule.name} says hours, and suspends nobody.",
            f"{rule.name} dit une durée, et ne suspend personne.",
        )
    if gravest >= NEEDS_GROUNDS and SEVERITIES[rule.when.severity] < Severity.MEDIUM:
        yield _grave(
            where,
            f"{rule.name} goes as far as to {_verb(gravest).en} for what is not even medium.",
            f"{rule.name} va jusqu'à {_verb(gravest).fr} pour ce qui n'est pas même moyen.",
        )


_VERBS: Final = {
    Step.REVOKE: Text("end sessions", "fermer les sessions"),
    Step.SUSPEND: Text("suspend", "suspendre"),
    Step.DEACTIVATE: Text("deactivate", "désactiver"),
}


def _verb(step: Step) -> Text:
    return _VERBS[step]


def _grave(where: str, en: str, fr: str) -> Remark:
    return Remark(where, Weight.GRAVE, Text(en, fr))


def _idle(where: str, en: str, fr: str) -> Remark:
    return Remark(where, Weight.IDLE, Text(en, fr))


def _note(where: str, en: str, fr: str) -> Remark:
    return Remark(where, Weight.NOTE, Text(en, fr))
