"""Whoever adopts a policy is told what it lets be done, and what in it comes to nothing."""

import pytest
from hypothesis import given, settings

from alerts.document import read_text
from alerts.policy import SHIPPED, Policy
from alerts.remarks import Weight, remarks
from tests.alerts.test_document import POLICIES


def told(document: str) -> list[tuple[str, Weight, str]]:
    """What is said of a document."""
    return [(one.where, one.weight, one.text.en) for one in remarks(read_text(document))]


RULE = '[[rules]]\nname = "a"\n'


def test_what_is_shipped_needs_no_remark() -> None:
    assert remarks(SHIPPED) == ()


@pytest.mark.parametrize(
    ("document", "where", "weight", "says"),
    [
        (f'mode = "act"\n{RULE}then = ["notify"]', "mode", Weight.GRAVE, "by itself"),
        (f'approvals = 0\n{RULE}then = ["notify"]', "approvals", Weight.GRAVE, "alone"),
        ("", "rules", Weight.IDLE, "No rule"),
        (f'protected = []\n{RULE}then = ["notify"]', "protected", Weight.NOTE, "break_glass"),
        (f'{RULE}then = ["observe"]', "rules[0]", Weight.IDLE, "nothing"),
        (f'{RULE}then = ["suspend"]', "rules[0]", Weight.NOTE, "only proposes to suspend"),
        (f'{RULE}then = ["deactivate"]', "rules[0]", Weight.NOTE, "proposes to deactivate"),
        (
            f'{RULE}then = ["suspend"]\nalone = true\nhours = 100',
            "rules[0]",
            Weight.GRAVE,
            "100 h, which is long",
        ),
        (f'{RULE}then = ["notify"]\nhours = 2', "rules[0]", Weight.IDLE, "suspends nobody"),
        (
            f'{RULE}then = ["revoke"]\nwhen = {{ severity = "low" }}',
            "rules[0]",
            Weight.GRAVE,
            "not even medium",
        ),
        (
            f'{RULE}then = ["notify"]\nwhen = {{ category = ["overload"] }}',
            "rules[0]",
            Weight.IDLE,
            "never fits",
        ),
        (
            f'{RULE}then = ["notify"]\nwhen = {{ kinds = ["service"] }}',
            "rules[0]",
            Weight.IDLE,
            "protected accounts only",
        ),
    ],
)
def test_it_is_said(document: str, where: str, weight: Weight, says: str) -> None:
    (one,) = told(document)
    assert one[:2] == (where, weight)
    assert says in one[2]


def test_a_guardrail_of_nothing_is_said_where_something_would_be_done() -> None:
    found = told(f'mode = "act"\n[guardrails]\nper_hour = 0\n{RULE}then = ["notify"]')
    assert [one[0] for one in found] == ["mode", "guardrails"]


def test_a_rule_that_is_not_enabled_is_not_spoken_of() -> None:
    document = f'{RULE}then = ["notify"]\n[[rules]]\nname = "b"\nthen = ["deactivate"]\n'
    assert told(document)
    assert not told(document + "enabled = false")


@settings(max_examples=50)
@given(POLICIES)
def test_the_gravest_come_first_and_all_of_it_is_in_both_languages(policy: Policy) -> None:
    found = remarks(policy)
    assert [one.weight for one in found] == sorted((one.weight for one in found), reverse=True)
    assert all(one.text.en and one.text.fr and one.text.en != one.text.fr for one in found)
