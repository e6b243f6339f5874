"""Findings made by hand, for the tests of what is made of findings."""

from hypothesis import strategies as st

from detectors.core.event import DAY, HOUR
from detectors.core.finding import (
    CAP,
    Evidence,
    Fact,
    Finding,
    Severity,
    Theme,
    Weights,
    finding,
)
from detectors.core.identity import Subject, SubjectKind, timed_id

ALICE = Subject(SubjectKind.ACCOUNT, "acme", "alice")
START = 1_767_225_600_000
"""2026-01-01 00:00 UTC, ms."""


def found(
    at: int = 0,
    *,
    detector: str = "impossible_travel",
    group: str = "travel",
    roaming: float = 0.0,
    shared: float = 0.0,
    taken_over: float = 0.0,
    attack: float = 0.0,
    facts: dict[str, Fact] | None = None,
    subject: Subject = ALICE,
    anchor: str = "",
    learned: bool = False,
) -> Finding:
    """A finding `at` ms after START."""
    weights = Weights(roaming=roaming, shared=shared, taken_over=taken_over, attack=attack)
    event = timed_id(START + at, "event", anchor)
    evidence = Evidence(group, weights, facts or {}, learned)
    return finding(detector, subject, START + at, Severity.MEDIUM, evidence, (event,))


def health(at: int = 0) -> Finding:
    """A health finding `at` ms after START."""
    event = timed_id(START + at, "event", "health")
    return Finding(
        timed_id(START + at, "health"),
        ALICE,
        "detector_failure",
        START + at,
        Severity.LOW,
        Theme.HEALTH,
        Evidence("health", Weights(), {"detector": "x", "error": "ValueError: y"}),
        (event,),
    )


# Some exact, so that equal weights and sums that cancel are met.
nats = st.one_of(
    st.sampled_from([0.0, 1.0, 2.0, -1.0, -2.0, CAP, -CAP]),
    st.floats(-CAP, CAP, allow_subnormal=True),
)
weights = st.builds(Weights, roaming=nats, shared=nats, taken_over=nats, attack=nats)


@st.composite
def _made(draw: st.DrawFn) -> Finding:
    given = draw(weights)
    if draw(st.booleans()):
        given = Weights(attack=abs(given.attack))
    hours = draw(st.one_of(st.integers(0, 48), st.integers(0, 24 * 60)))
    return found(
        hours * HOUR + draw(st.integers(0, 2)),
        detector=draw(st.sampled_from(["session_hijacking", "mfa_fatigue", "brute_force", "x"])),
        group=draw(st.sampled_from(["travel", "sessions", "guessing"])),
        roaming=given.roaming,
        shared=given.shared,
        taken_over=given.taken_over,
        attack=given.attack,
        anchor=draw(st.sampled_from(["a", "b", "c"])),
        learned=draw(st.booleans()),
    )


findings = _made()
"""One finding on ALICE, within two months, of either theme."""

many = st.lists(findings, max_size=12, unique_by=lambda one: one.id)
"""Findings of ALICE, each id once."""

__all__ = [
    "ALICE",
    "DAY",
    "HOUR",
    "START",
    "findings",
    "found",
    "health",
    "many",
    "nats",
    "weights",
]
