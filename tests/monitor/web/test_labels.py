"""Whatever value a page can show has a word, and the word a translation."""

from enum import Enum

import pytest

from detectors.core.event import Activity, FailureReason, Outcome
from detectors.core.identity import SubjectKind
from detectors.core.place import Form, NetworkKind
from monitor.web import labels
from monitor.web.language import Wording


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (SubjectKind, labels.SUBJECT),
        (NetworkKind, labels.NETWORK),
        (Activity, labels.ACTIVITY),
        (Outcome, labels.OUTCOME),
        (FailureReason, labels.FAILURE),
        (Form, labels.FORM),
    ],
)
def test_every_value_has_a_word(kind: type[Enum], words: dict[Enum, str]) -> None:
    assert set(words) == set(kind)
    assert all(words.values())


@pytest.mark.parametrize("words", [labels.OUTCOME, labels.FAILURE, labels.ARTICLES])
def test_words_differ_in_french(words: dict[object, str]) -> None:
    french = Wording("fr")
    assert all(french.text(word) != word for word in words.values())
