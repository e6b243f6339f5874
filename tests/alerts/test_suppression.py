"""A suppression meets what it was made for, never a tenant as a whole, and never what is graver."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from alerts.incident import Assessment, Category, Incident
from alerts.suppression import (
    LONGEST,
    LONGEST_REASON,
    Scope,
    Suppression,
    SuppressionError,
    checked,
    meets,
)
from detectors.core.event import DAY
from detectors.core.finding import Severity, Theme
from detectors.core.identity import Subject, SubjectKind

NOW = 1_800_000_000_000
ANN = Subject(SubjectKind.ACCOUNT, "acme", "ann")
DESK = Subject(SubjectKind.SOURCE, "acme", "198.51.100.7")
SHARING = Category.CREDENTIAL_SHARING
MADE = Suppression(
    scope=Scope(tenant="acme", category=SHARING, subject=ANN),
    owner="r-1",
    reason="two on one desk until their licences come",
    since=NOW,
    until=NOW + 30 * DAY,
)


def incident(
    subject: Subject = ANN,
    category: Category = SHARING,
    severity: Severity = Severity.MEDIUM,
) -> Incident:
    return Incident(
        id=b"i" * 16,
        subject=subject,
        theme=Theme.USE,
        category=category,
        severity=severity,
        confidence=90,
        assessment=Assessment((0.1, 0.1, 0.7, 0.1), 0.0, ()),
        findings=(b"f" * 16,),
        opened=NOW,
        updated=NOW,
        reached=NOW,
    )


def test_it_meets_what_it_was_made_for() -> None:
    assert meets(MADE.scope, incident())
    assert meets(structs.replace(MADE.scope, subject=None), incident())
    assert meets(structs.replace(MADE.scope, category=None), incident(category=Category.OVERLOAD))
    assert meets(Scope(tenant="acme", subject=DESK), incident(DESK, Category.PASSWORD_SPRAYING))


@pytest.mark.parametrize(
    "other",
    [
        incident(Subject(SubjectKind.ACCOUNT, "acme", "bob")),
        incident(Subject(SubjectKind.ACCOUNT, "other", "ann")),
        incident(Subject(SubjectKind.SOURCE, "acme", "ann")),
        incident(category=Category.ACCOUNT_TAKEOVER),
        incident(severity=Severity.CRITICAL),
    ],
)
def test_it_meets_nothing_else(other: Incident) -> None:
    assert not meets(MADE.scope, other)


@settings(max_examples=60)
@given(st.sampled_from(Severity), st.sampled_from(Severity), st.sampled_from(Category))
def test_what_is_graver_calls_people_all_the_same(
    up_to: Severity, severity: Severity, category: Category
) -> None:
    scope = Scope(tenant="acme", subject=ANN, up_to=up_to)
    assert meets(scope, incident(category=category, severity=severity)) is (severity <= up_to)


def test_it_ends_by_itself() -> None:
    assert MADE.is_on(NOW)
    assert MADE.is_on(MADE.until - 1)
    assert not MADE.is_on(MADE.until)
    assert not MADE.is_on(NOW - 1)


@pytest.mark.parametrize(
    "made",
    [
        structs.replace(MADE, scope=Scope(tenant="acme")),
        structs.replace(MADE, scope=Scope(tenant="other", subject=ANN)),
        structs.replace(
            MADE, scope=Scope(tenant="acme", subject=Subject(SubjectKind.TENANT, "acme", ""))
        ),
        structs.replace(
            MADE, scope=Scope(tenant="acme", subject=Subject(SubjectKind.ACCOUNT, "acme", ""))
        ),
        structs.replace(MADE, reason=" "),
        structs.replace(MADE, reason="x" * (LONGEST_REASON + 1)),
        structs.replace(MADE, until=NOW),
        structs.replace(MADE, until=NOW + LONGEST + 1),
    ],
)
def test_what_cannot_be_is_said_in_both_languages(made: Suppression) -> None:
    with pytest.raises(SuppressionError) as caught:
        checked(made, NOW)
    assert caught.value.text.en != caught.value.text.fr


def test_what_can_be_stays_as_it_is() -> None:
    assert checked(MADE, NOW) == MADE
