"""Whatever is not taken is said in both languages, and says what can be done."""

from detectors.core.detector import Text
from monitor.services import factor_words


def test_each_is_in_both_languages() -> None:
    texts = [one for one in vars(factor_words).values() if isinstance(one, Text)]
    assert len(texts) > 5
    assert all(one.en != one.fr and one.en.endswith(".") and one.fr.endswith(".") for one in texts)
