"""Every difference of two policies is told once, by name, and whether it lets more be done."""

from typing import Any

import pytest
from hypothesis import given, settings
from msgspec import structs

from alerts.difference import Course, Difference, differences
from alerts.document import read_text
from alerts.policy import SHIPPED, Guardrails, Mode, Policy, TenantTerms
from alerts.rule import Rule, When
from detectors.core.context import AccountKind
from tests.alerts.test_document import POLICIES

ONE = read_text(
    """
    [[rules]]
    name = "a"
    then = ["notify", "suspend"]
    when = { severity = "high", kinds = ["person", "kiosk"] }
    hours = 8
    [[rules]]
    name = "b"
    then = ["challenge"]
    [tenants.acme]
    seats = 2
    """
)


def changed(**fields: Any) -> Policy:
    """The first rule of the document otherwise."""
    first, *rest = ONE.rules
    when = structs.replace(first.when, **fields.pop("when", {}))
    return structs.replace(ONE, rules=(structs.replace(first, when=when, **fields), *rest))


@settings(max_examples=60)
@given(POLICIES, POLICIES)
def test_two_policies_differ_exactly_where_something_is_told(one: Policy, other: Policy) -> None:
    found = differences(one, other)
    assert (not found) == (one == other)
    assert len({told.where for told in found}) == len(found)
    back = differences(other, one)
    assert {(d.where, str(d.before), str(d.after)) for d in found} == {
        (d.where, str(d.after), str(d.before)) for d in back
    }
    turned = {Course.MORE: Course.LESS, Course.LESS: Course.MORE, Course.OTHER: Course.OTHER}
    assert {d.where: turned[d.course] for d in found} == {d.where: d.course for d in back}


@pytest.mark.parametrize(
    ("after", "where", "before", "now", "course"),
    [
        (structs.replace(ONE, mode=Mode.ACT), "mode", "shadow", "act", Course.MORE),
        (structs.replace(ONE, approvals=0), "approvals", 1, 0, Course.MORE),
        (
            structs.replace(ONE, guardrails=Guardrails(per_hour=9)),
            "guardrails.per_hour",
            20,
            9,
            Course.LESS,
        ),
        (changed(hours=9), "rules.a.hours", 8, 9, Course.MORE),
        (changed(hours=None), "rules.a.hours", 8, None, Course.LESS),
        (changed(alone=True), "rules.a.alone", False, True, Course.MORE),
        (changed(enabled=False), "rules.a.enabled", True, False, Course.LESS),
        (
            changed(then=frozenset(("notify",))),
            "rules.a.then",
            ["notify", "suspend"],
            ["notify"],
            Course.LESS,
        ),
        (
            changed(then=frozenset(("deactivate",))),
            "rules.a.then",
            ["notify", "suspend"],
            ["deactivate"],
            Course.MORE,
        ),
        (changed(when={"severity": "low"}), "rules.a.when.severity", "high", "low", Course.MORE),
        (
            changed(when={"kinds": frozenset()}),
            "rules.a.when.kinds",
            ["kiosk", "person"],
            [],
            Course.MORE,
        ),
        (
            changed(when={"kinds": frozenset((AccountKind.PERSON,))}),
            "rules.a.when.kinds",
            ["kiosk", "person"],
            ["person"],
            Course.LESS,
        ),
        (
            changed(when={"tags": frozenset(("night",))}),
            "rules.a.when.tags",
            [],
            ["night"],
            Course.LESS,
        ),
        (
            structs.replace(ONE, tenants={"acme": TenantTerms(seats=3)}),
            "tenants.acme.seats",
            2,
            3,
            Course.OTHER,
        ),
        (structs.replace(ONE, tenants={}), "tenants.acme", {"seats": 2}, None, Course.OTHER),
    ],
)
def test_a_difference_says_what_it_was_and_is(
    after: Policy, where: str, before: Any, now: Any, course: Course
) -> None:
    assert differences(ONE, after) == (
        Difference(where=where, before=before, after=now, course=course),
    )


def test_a_rule_is_known_by_its_name_and_its_place_counts_too() -> None:
    second, first = ONE.rules[1], ONE.rules[0]
    turned = differences(ONE, structs.replace(ONE, rules=(second, first)))
    assert turned == (Difference(where="rules", before=["a", "b"], after=["b", "a"]),)
    new = Rule(name="c", then=frozenset(("revoke",)), when=When(unlearned=True))
    (told,) = differences(ONE, structs.replace(ONE, rules=(*ONE.rules, new)))
    assert (told.where, told.before, told.course) == ("rules.c", None, Course.MORE)
    assert told.after["when"] == {"severity": "medium", "unlearned": True}


def test_what_is_shipped_differs_from_itself_in_nothing() -> None:
    assert differences(SHIPPED, SHIPPED) == ()
