"""The fuzzer's function over its seeds, without the fuzzer."""

from pathlib import Path

import pytest

from monitor.web import body
from monitor.web.body import CODINGS, TYPES
from tests.fuzz.body_target import one_input

SEEDS = sorted((Path(__file__).parent / "bodies").iterdir())


@pytest.mark.parametrize("seed", SEEDS, ids=lambda path: path.name)
def test_a_seed_is_read_or_refused_however_it_is_said_to_be(seed: Path) -> None:
    data = seed.read_bytes()
    for media in range(len(TYPES)):
        for coding in range(len(CODINGS)):
            one_input(bytes((media, coding)) + data[2:])
    for cut in range(2, len(data), max(1, len(data) // 20)):
        one_input(data[:cut])


def test_there_are_seeds_and_short_inputs_are_none() -> None:
    assert len(SEEDS) >= 10
    one_input(b"")


def test_a_reading_that_loses_a_line_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    cut = body._cut
    monkeypatch.setattr(body, "_cut", lambda pieces: cut(pieces)[:-1])
    with pytest.raises(AssertionError):
        one_input(b"\4\2one\ntwo\n")
