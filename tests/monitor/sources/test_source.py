"""Positions and errors as people read them."""

from detectors.core.detector import Text
from monitor.sources.source import Chunk, SourceError


def test_a_position_is_path_and_line() -> None:
    chunk = Chunk("/var/log/auth.log", 41, [b"a", b"b"], b"", 0)
    assert [chunk.position(index) for index in range(2)] == [
        "/var/log/auth.log:41",
        "/var/log/auth.log:42",
    ]


def test_an_error_says_what_it_is_in_both_languages() -> None:
    error = SourceError(Text(en="no", fr="non"))
    assert (str(error), error.text.fr) == ("no", "non")
