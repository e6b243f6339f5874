"""What is grave goes at once, what is too much goes together, and nothing goes missing."""

from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.digest import (
    GATHERING,
    Lying,
    Rhythm,
    can_wait,
    digest,
    due,
    planned,
    severity_of,
    too_many,
)
from alerts.messages.rendering import known, rendered
from alerts.ports import Action, Order, Target
from detectors.core.event import HOUR, MINUTE
from detectors.core.finding import Severity

NOON = 1_782_907_200_000


def rhythm(per_hour: int = 30, digest_minutes: int | None = None, per_day: int = 5) -> Rhythm:
    return Rhythm(
        per_hour=per_hour, per_day=per_day, digest_minutes=digest_minutes, at_once=Severity.HIGH
    )


def order(severity: str = "medium", template: str = "incident", key: str = "k") -> Order:
    return Order(
        key=key,
        action=Action.TELL,
        issued=NOON,
        tenant="acme",
        ticket=4,
        target=Target(tenant="acme", account="u1", names=("bob",)),
        template=template,
        values={"severity": severity, "category": "brute_force", "account": "bob", "why": "bob"},
    )


def lying(*severities: str, since: int = NOON) -> list[Lying]:
    return [Lying(n, since, order(one, key=f"k{n}")) for n, one in enumerate(severities)]


def test_what_calls_a_person_is_due_at_once_and_what_can_wait_lies_a_moment() -> None:
    assert can_wait(order())
    assert due(order(), NOON) == NOON + GATHERING
    for name in ("approve", "unfinished", "guardrail", "appeal", "dead", "digest", "suspend"):
        assert name in known()
        assert due(order(template=name), NOON) == NOON
    assert due(order(template="no_such_message"), NOON) == NOON


def test_few_messages_go_each_by_itself() -> None:
    plan = planned(lying("low", "high"), rhythm(), 0, NOON)
    assert (plan.later, plan.folded) == ({}, ())


def test_with_a_digest_only_what_is_grave_goes_at_once() -> None:
    plan = planned(lying("low", "high", ""), rhythm(digest_minutes=60), 0, NOON)
    assert plan.later == {0: NOON + HOUR, 2: NOON + HOUR}
    ripe = planned(lying("low", "high", "medium"), rhythm(digest_minutes=60), 0, NOON + HOUR)
    assert [one.id for one in ripe.folded] == [0, 2]


def test_a_digest_of_one_is_that_one() -> None:
    plan = planned(lying("low"), rhythm(digest_minutes=60), 0, NOON + HOUR)
    assert (plan.later, plan.folded) == ({}, ())


def test_beyond_the_hours_messages_the_gravest_go_first_and_the_rest_together() -> None:
    many = lying(*["low"] * 3, "critical", "high", "high")
    plan = planned(many, rhythm(per_hour=2), 0, NOON)
    assert 3 not in plan.later
    assert 4 not in plan.later
    assert plan.later == {
        0: NOON + 15 * MINUTE,
        1: NOON + 15 * MINUTE,
        2: NOON + 15 * MINUTE,
        5: NOON + MINUTE,
    }
    full = planned(many, rhythm(per_hour=2), 2, NOON + 15 * MINUTE)
    assert len(full.folded) == len(many)


def test_one_person_gets_so_many_in_a_day() -> None:
    own = lying(*["low"] * 4)
    assert too_many(own, rhythm(per_day=5), 2) == own[3:]
    assert too_many(own, rhythm(per_day=5), 9) == own
    assert too_many(own, rhythm(per_day=5), 0) == []


def test_a_digest_names_nobody_and_says_where_to_look() -> None:
    told = digest(lying("low", "medium"), NOON)
    assert told == digest(lying("low", "medium"), NOON)
    assert told.target is None
    assert "bob" not in str(told.values)
    text = rendered(told, "en").text
    assert "- Incident: Brute force (low), acme (#4)" in text
    assert severity_of(told) is None


@given(
    st.lists(st.sampled_from(["", "low", "medium", "high", "critical", "odd"]), max_size=40),
    st.integers(0, 40),
    st.one_of(st.none(), st.integers(1, 1_000)),
    st.integers(0, 40),
    st.integers(0, 3 * HOUR),
)
@settings(max_examples=100, deadline=None)
def test_each_message_goes_once(
    severities: list[str], per_hour: int, minutes: int | None, sent: int, gone: int
) -> None:
    many = lying(*severities)
    plan = planned(many, rhythm(per_hour + 1, minutes), sent, NOON + gone)
    folded = [one.id for one in plan.folded]
    assert len(folded) == len(set(folded))
    assert not set(folded) & set(plan.later)
    assert len(folded) != 1
    assert all(at > NOON + gone for at in plan.later.values())
    single = len(many) - len(folded) - len(plan.later)
    # One that would be a digest of its own goes as it is.
    assert single <= max(0, per_hour + 1 - sent) + 1
