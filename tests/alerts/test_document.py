"""A policy is read as people wrote it, or it is said where it cannot be and why."""

import tomllib
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema_rs import Draft202012Validator

from alerts.document import (
    LONGEST,
    PolicyError,
    conditions_of,
    read,
    read_text,
    schema,
    text_of,
    written,
)
from alerts.hours import Hours
from alerts.incident import Category, Hypothesis
from alerts.ladder import Step
from alerts.policy import SHIPPED, Guardrails, Mode, Policy, TenantTerms
from alerts.rule import Rule, When
from detectors.core.context import AccountKind
from detectors.core.place import NetworkKind

DOCUMENT = """
version = 1
mode = "act"
approvals = 1

[guardrails]
per_hour = 10
per_tenant_hour = 3

[[rules]]
name = "night-tor"
when = { category = ["account_takeover"], severity = "high", networks = ["tor"], \\
assessment = { taken_over = 0.7 }, tags = ["night-shift"], mfa = false, \\
during = { from = "20:00", to = "06:00", zone = "Europe/Paris" } }
then = ["challenge", "suspend"]
hours = 12
alone = true

[tenants.acme]
countries = ["FR", "MA"]
networks = ["fixed", "mobile"]
seats = 2
mfa_required = true
quiet = { from = "19:00", to = "08:00", zone = "Europe/Paris" }
""".replace("\\\n", "")

HOURS = st.builds(
    Hours,
    from_=st.sampled_from(["00:00", "19:30"]),
    to=st.sampled_from(["07:00", "23:59"]),
    zone=st.sampled_from(["UTC", "Europe/Paris"]),
    days=st.frozensets(st.sampled_from(["mon", "sun"])),
)
WHEN = st.builds(
    When,
    category=st.frozensets(st.sampled_from(Category), max_size=2),
    severity=st.sampled_from(["informational", "medium", "critical"]),
    confidence=st.integers(0, 100),
    assessment=st.dictionaries(st.sampled_from(Hypothesis), st.floats(0, 1), max_size=2),
    tenants=st.frozensets(
        st.text(st.characters(codec="utf-8"), min_size=1, max_size=8), max_size=2
    ),
    kinds=st.frozensets(st.sampled_from(AccountKind), max_size=2),
    tags=st.frozensets(st.sampled_from(["night", "équipe 2"])),
    privileged=st.none() | st.booleans(),
    networks=st.frozensets(st.sampled_from(NetworkKind), max_size=2),
    during=st.none() | HOURS,
)
RULES = st.lists(
    st.builds(
        Rule,
        name=st.sampled_from(["a", "b", "c-1"]),
        then=st.frozensets(st.sampled_from([step.word for step in Step]), min_size=1),
        when=WHEN,
        hours=st.none() | st.integers(1, 720),
        enabled=st.booleans(),
    ),
    max_size=3,
    unique_by=lambda rule: rule.name,
).map(tuple)
TERMS = st.builds(
    TenantTerms,
    countries=st.frozensets(st.sampled_from(["FR", "MA"])),
    networks=st.frozensets(st.sampled_from(NetworkKind), max_size=2),
    seats=st.none() | st.integers(1, 9),
    mfa_required=st.booleans(),
    quiet=st.none() | HOURS,
)
POLICIES = st.builds(
    Policy,
    mode=st.sampled_from(Mode),
    approvals=st.integers(0, 1),
    protected=st.frozensets(st.sampled_from(AccountKind)),
    guardrails=st.builds(Guardrails, per_hour=st.integers(0, 9), per_tenant_hour=st.integers(0, 9)),
    rules=RULES,
    tenants=st.dictionaries(st.sampled_from(["acme", "a b.c", 'q"']), TERMS, max_size=2),
)
VALID = Draft202012Validator(schema()).is_valid


def test_a_document_says_all_of_it() -> None:
    policy = read_text(DOCUMENT)
    assert policy.mode is Mode.ACT
    assert policy.guardrails == Guardrails(per_hour=10, per_tenant_hour=3)
    (rule,) = policy.rules
    assert rule.when.tags == {"night-shift"}
    assert rule.when.mfa is False
    assert rule.when.during is not None
    assert rule.hours == 12
    acme = policy.tenants["acme"]
    assert (acme.seats, acme.mfa_required) == (2, True)
    assert acme.networks == {NetworkKind.FIXED, NetworkKind.MOBILE}


@settings(max_examples=60)
@given(POLICIES)
def test_what_was_written_reads_back_in_every_form(policy: Policy) -> None:
    assert read(written(policy)) == policy
    text = text_of(policy)
    assert read_text(text) == policy
    assert text_of(read_text(text)) == text
    # An editor that knows the schema finds nothing wrong in what Vigie takes.
    assert VALID(tomllib.loads(text))


def test_what_goes_without_saying_is_not_written() -> None:
    assert text_of(Policy()) == 'version = 1\nmode = "shadow"\n'
    assert "severity" not in text_of(SHIPPED).partition('name = "shared"')[2].partition("[[")[0]
    assert read_text(text_of(SHIPPED)) == SHIPPED


def test_what_a_rule_asks_for_besides_is_told_as_it_is_written() -> None:
    (rule,) = read_text(DOCUMENT).rules
    told = conditions_of(rule)
    assert 'tags = ["night-shift"], mfa = false, networks = ["tor"]' in told
    assert "severity" not in told
    assert conditions_of(SHIPPED.rules[0]) == ""


def test_steps_are_written_from_mild_to_grave() -> None:
    assert 'then = ["notify", "challenge", "revoke"]' in text_of(SHIPPED)


@pytest.mark.parametrize(
    ("document", "where"),
    [
        ("version = 2", "version"),
        ('mode = "on"', "mode"),
        ("unknown = 1", ""),
        ("approvals = -1", "approvals"),
        ('[[rules]]\nname = "a"\nthen = ["erase"]', "rules[0].then"),
        ('[[rules]]\nname = "a"\nthen = []', "rules[0].then"),
        ('[[rules]]\nname = "A b"\nthen = ["notify"]', "rules[0].name"),
        ('[[rules]]\nname = "a"\nthen = ["suspend"]\nhours = 721', "rules[0].hours"),
        (
            '[[rules]]\nname = "a"\nthen = ["notify"]\nwhen = { severity = "grave" }',
            "rules[0].when.severity",
        ),
        (
            '[[rules]]\nname = "a"\nthen = ["notify"]\nwhen = { assessment = { shared = 2.0 } }',
            "rules[0].when.assessment",
        ),
        ('[tenants.acme]\ncountries = ["France"]', "tenants"),
        ("[tenants.acme]\nseats = 0", "tenants"),
        ('[tenants.acme]\nnetworks = ["wifi"]', "tenants"),
    ],
)
def test_what_cannot_be_says_where_and_no_schema_lets_it_pass(document: str, where: str) -> None:
    with pytest.raises(PolicyError) as caught:
        read_text(document)
    assert caught.value.where.startswith(where)
    assert not VALID(tomllib.loads(document))


@pytest.mark.parametrize(
    ("document", "where", "why"),
    [
        (
            '[[rules]]\nname = "a"\nthen = ["notify"]\n[[rules]]\nname = "a"\nthen = ["notify"]',
            "rules[1].name",
            "two rules",
        ),
        ('[[rules]]\nname = "a"\nthen = ["suspend"]\nalone = true', "rules[0].hours", "an end"),
        (
            '[[rules]]\nname = "a"\nthen = ["revoke"]\nalone = true\nhours = 1',
            "rules[0].alone",
            "only a suspension",
        ),
        (
            '[[rules]]\nname = "a"\nthen = ["notify"]\nwhen = { tags = ["Night"] }',
            "rules[0].when.tags",
            "'night'",
        ),
        (
            '[tenants.acme]\nquiet = { from = "19:00", to = "19:00" }',
            "tenants.acme.quiet",
            "begin and end",
        ),
        (
            '[[rules]]\nname = "a"\nthen = ["notify"]\n'
            'when = { during = { from = "19:00", to = "07:00", zone = "Mars/Olympus" } }',
            "rules[0].when.during",
            "time zone",
        ),
        ("mode = ", "", "no TOML"),
        ("a = " + "[" * 5_000, "", ""),
        ("#" * (LONGEST + 1), "", "KiB"),
    ],
)
def test_what_no_schema_knows_is_said_as_well(document: str, where: str, why: str) -> None:
    with pytest.raises(PolicyError) as caught:
        read_text(document)
    assert caught.value.where == where
    assert why in str(caught.value)


@settings(max_examples=100)
@given(st.text(max_size=60) | st.binary(max_size=60).map(lambda raw: raw.decode("latin-1")))
def test_any_text_is_a_policy_or_is_refused(text: str) -> None:
    with suppress(PolicyError):
        assert isinstance(read_text(text), Policy)


def test_the_schema_explains_every_field() -> None:
    told = schema()

    def fields(part: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
        return list(part.get("properties", {}).items())

    for part in (told, told["$defs"]["Rule"], told["$defs"]["When"], told["$defs"]["TenantTerms"]):
        assert all(field.get("description") for _, field in fields(part))
    assert "\\Z" not in str(told)
