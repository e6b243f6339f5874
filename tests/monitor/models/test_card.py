"""The card: both languages, every curve, the limits, and a diagram that is whole."""

from pathlib import Path

from monitor.models import card
from tests.monitor.models.test_train import trained


def test_it_says_what_it_is_for_and_where_it_fails_in_both_languages(tmp_path: Path) -> None:
    card.write(trained(), tmp_path)
    english = (tmp_path / "card.en.md").read_text(encoding="utf-8")
    french = (tmp_path / "card.fr.md").read_text(encoding="utf-8")
    for words in (
        "Intended use",
        "Article 5",
        "Limits",
        "isolation forest",
        "seed 5",
        "held back",
        "One sign-in",
    ):
        assert words in english
    for words in (
        "Usage prévu",
        "Article 5",
        "Limites",
        "forêt d'isolement",
        "graine 5",
        "Une connexion",
    ):
        assert words in french
    assert "](reliability.svg)" in english
    assert (tmp_path / "reliability.svg").is_file()


def test_it_shows_every_curve_that_counts() -> None:
    text = card.text_of(trained(), "en")
    for model in trained().models.values():
        for curve in model.curves:
            if any(curve.values):
                assert f"`{curve.name}`" in text


def test_the_same_training_gives_the_same_card() -> None:
    assert card.text_of(trained(), "fr") == card.text_of(trained(), "fr")
