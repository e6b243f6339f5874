"""A word of a fixed set is said in the reader's language; one that is in no set is not said."""

from enum import StrEnum

import pytest

from alerts.incident import Category
from alerts.ladder import Step
from alerts.messages.words import WORDS, Shape
from alerts.policy import Outcome
from alerts.ports import Action
from alerts.ticket import Clock
from detectors.core.finding import Severity

SETS: dict[Shape, list[str]] = {
    Shape.CATEGORY: [one.value for one in Category],
    Shape.SEVERITY: [one.name.lower() for one in Severity],
    Shape.STEP: [one.word for one in Step],
}
ENUMERATIONS: dict[Shape, type[StrEnum]] = {
    Shape.OUTCOME: Outcome,
    Shape.CLOCK: Clock,
    Shape.ACTION: Action,
}


@pytest.mark.parametrize("shape", sorted(WORDS))
def test_every_word_of_a_set_has_its_name_in_both_languages(shape: Shape) -> None:
    words = SETS.get(shape) or [one.value for one in ENUMERATIONS[shape]]
    english = {WORDS[shape](word, "en") for word in words}
    french = {WORDS[shape](word, "fr") for word in words}
    assert "" not in english | french
    assert len(english) == len(french) == len(words)
    assert not any("{" in word for word in english | french)


@pytest.mark.parametrize("shape", sorted(WORDS))
def test_what_is_no_word_of_a_set_is_left_to_who_asks(shape: Shape) -> None:
    assert WORDS[shape]("<b>no such word</b>", "en") == ""
