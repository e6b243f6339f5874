"""The conclusion is a sentence that whoever reads it first understands, and never a certainty."""

import pytest

from alerts.headline import headline_of, likely
from alerts.incident import Category
from detectors.core.finding import Theme
from detectors.core.identity import SubjectKind

ACCOUNT = SubjectKind.ACCOUNT


def test_it_says_what_whose_and_how_likely() -> None:
    told = (Category.CREDENTIAL_SHARING, Theme.USE, ACCOUNT, "camille", 94)
    assert headline_of(*told, "en") == "Several people almost certainly use the account camille."
    french = "Plusieurs personnes utilisent presque certainement le compte camille."
    assert headline_of(*told, "fr") == french


@pytest.mark.parametrize(
    ("confidence", "word"),
    [(99, "almost certainly"), (70, "probably"), (40, "possibly"), (5, "improbably")],
)
def test_how_likely_it_is_is_a_word(confidence: int, word: str) -> None:
    assert likely(confidence, "en") == word


@pytest.mark.parametrize("category", list(Category))
@pytest.mark.parametrize("kind", list(SubjectKind))
@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_conclusion_about_everything_is_a_sentence(
    category: Category, kind: SubjectKind, language: str
) -> None:
    told = headline_of(category, Theme.ATTACK, kind, "who", 80, language)
    assert "who" in told
    assert told.endswith(".")
    assert told[0].isupper()
    assert "{" not in told


def test_a_name_is_only_a_name() -> None:
    hostile = "{deed}{likely}\u202e\n"
    told = headline_of(Category.BRUTE_FORCE, Theme.ATTACK, ACCOUNT, hostile, 80, "en")
    assert told == "Somebody probably guesses the password of {deed}{likely}."


def test_a_report_is_nobodys_conclusion() -> None:
    told = headline_of(Category.SUSPICIOUS_ACCESS, Theme.REPORT, ACCOUNT, "ann", 99, "en")
    assert "reports" in told
    assert "certainly" not in told
