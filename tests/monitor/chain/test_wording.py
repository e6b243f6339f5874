"""Whatever can be wrong with a chain is said, in both languages."""

from monitor.chain.verification import Wrong
from monitor.chain.wording import SENTENCES


def test_everything_that_can_be_wrong_has_words_of_its_own() -> None:
    assert set(SENTENCES) == set(Wrong)
    for texts in ([t.en for t in SENTENCES.values()], [t.fr for t in SENTENCES.values()]):
        assert len(set(texts)) == len(Wrong)
        assert all(len(text) > 20 for text in texts)
