"""The fuzzer's function over its seeds, without the fuzzer."""

from pathlib import Path

import pytest

from monitor.receiving.framing import Framing
from tests.fuzz.framing_target import one_input

SEEDS = sorted((Path(__file__).parent / "framing").iterdir())


@pytest.mark.parametrize("seed", SEEDS, ids=lambda path: path.name)
def test_a_seed_is_framed_alike_however_it_is_cut(seed: Path) -> None:
    data = seed.read_bytes()
    for way in range(3):
        for size in (0, 1, 6, 254):
            one_input(bytes((way, size)) + data[2:])


def test_there_are_seeds_and_short_inputs_are_none() -> None:
    assert len(SEEDS) > 10
    one_input(b"")


def test_a_framing_that_depends_on_the_cuts_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Framing, "feed", lambda self, data: [data] if data else [])
    with pytest.raises(AssertionError):
        one_input(b"\0\0<38>hello\n")
