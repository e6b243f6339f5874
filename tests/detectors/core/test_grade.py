"""A finding's own severity against what the assessment would make of it alone."""

import pytest

from alerts.assessment import assess
from alerts.incident import Hypothesis
from detectors.core.finding import Evidence, Severity, Weights, finding
from detectors.core.grade import grade
from detectors.core.identity import Subject, SubjectKind


@pytest.mark.parametrize(
    ("weights", "severity"),
    [
        (Weights(), Severity.INFORMATIONAL),
        (Weights(shared=3.0), Severity.INFORMATIONAL),
        (Weights(shared=4.0), Severity.LOW),
        (Weights(shared=6.0), Severity.MEDIUM),
        (Weights(taken_over=6.0), Severity.MEDIUM),
        (Weights(shared=4.6, taken_over=5.1), Severity.MEDIUM),
        (Weights(shared=6.0, roaming=4.0), Severity.INFORMATIONAL),
        (Weights(attack=3.0), Severity.LOW),
        (Weights(attack=4.0), Severity.MEDIUM),
        (Weights(attack=6.0), Severity.HIGH),
    ],
)
def test_grades(weights: Weights, severity: Severity) -> None:
    assert grade(weights) is severity


@pytest.mark.parametrize("shared", [0.0, 2.0, 4.0, 5.0, 5.5, 6.0])
@pytest.mark.parametrize("taken_over", [0.0, 3.0, 5.0, 5.5, 6.0])
@pytest.mark.parametrize("roaming", [0.0, 1.5])
def test_medium_is_where_the_assessment_alone_would_call_somebody(
    shared: float, taken_over: float, roaming: float
) -> None:
    weights = Weights(shared=shared, taken_over=taken_over, roaming=roaming)
    subject = Subject(SubjectKind.ACCOUNT, "t", "a")
    alone = finding("x", subject, 1, Severity.LOW, Evidence("g", weights, {}), (b"e",))
    assessment = assess([alone])
    bad = assessment.probability(Hypothesis.SHARED) + assessment.probability(Hypothesis.TAKEN_OVER)
    if bad >= 0.78:
        assert grade(weights) >= Severity.MEDIUM
    if bad <= 0.62:
        assert grade(weights) < Severity.MEDIUM
