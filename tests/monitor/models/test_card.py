"""The card: both languages, every curve, the limits, and a diagram that is whole."""

from pathlib import Path

from msgspec import structs

from detectors.unusual_sign_in import MODEL
from monitor.models import card
from monitor.models.train import Source
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
    bent = {one.name for one in trained().moves if any(one.values)}
    bent |= trained().models[MODEL].asked
    assert len(bent) > 10
    assert all(f"`{name}`" in text for name in bent)


def test_it_shows_how_it_does_on_each_author_left_out() -> None:
    sources = (Source("", 500, 50, 0.9, 0.8, 40, 5), Source("birch", 90, 0, 0.0, 0.0, 0, 1))
    told = structs.replace(trained(), sources=sources, elsewhere=1234)
    english, french = card.text_of(told, "en"), card.text_of(told, "fr")
    assert "1234 rows of 1 other" in english
    assert "| ourselves | 500 (50) | 0.900 | 0.800 | 80.0%" in english
    assert "| birch | 90 (0) | 0.000 | 0.000 | – |" in english
    assert "| nous-mêmes | 500 (50) |" in french


def test_the_same_training_gives_the_same_card() -> None:
    assert card.text_of(trained(), "fr") == card.text_of(trained(), "fr")
