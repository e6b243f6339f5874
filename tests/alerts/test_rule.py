"""A rule holds for what it says; its names are those that people write."""

import msgspec
import pytest

from alerts.rule import LONGEST_SUSPENSION, SEVERITIES, Rule, When, fold
from detectors.core.finding import Severity


def test_severities_are_named_as_people_write_them() -> None:
    assert list(SEVERITIES) == ["informational", "low", "medium", "high", "critical"]
    assert SEVERITIES["high"] is Severity.HIGH


def test_a_rule_without_conditions_is_about_what_a_reviewer_is_called_for() -> None:
    assert When().severity == "medium"


@pytest.mark.parametrize("hours", [0, LONGEST_SUSPENSION + 1])
def test_a_suspension_has_a_length(hours: int) -> None:
    told = {"name": "a", "then": ["suspend"], "hours": hours}
    with pytest.raises(msgspec.ValidationError, match="hours"):
        msgspec.convert(told, Rule)


def test_words_are_compared_without_their_case() -> None:
    assert fold(" Équipe-NUIT ") == "équipe-nuit"
