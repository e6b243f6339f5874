"""What is noted of rounds is read as it was written."""

from monitor.hygiene.noted import Noted, encode, noted


def test_a_note_is_read_and_none_is_nothing() -> None:
    assert noted(encode(Noted(1, 2, 3, 4))) == Noted(1, 2, 3, 4)
    assert noted(None) == Noted()
