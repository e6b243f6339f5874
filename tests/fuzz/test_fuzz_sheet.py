"""The fuzzer's function over its seeds, and over much that is like them, without the fuzzer."""

import random
from pathlib import Path

import pytest

from tests.fuzz import sheet_target
from tests.fuzz.sheet_target import one_input

SEEDS = sorted((Path(__file__).parent / "lists").iterdir())


@pytest.mark.parametrize("seed", SEEDS, ids=lambda path: path.name)
def test_a_seed_is_read_or_refused_whichever_way_it_is_read(seed: Path) -> None:
    data = seed.read_bytes()
    for options in range(8):
        one_input(bytes((options,)) + data[1:])
    for cut in range(1, len(data), max(1, len(data) // 20)):
        one_input(data[:cut])


@pytest.mark.parametrize("seed", SEEDS, ids=lambda path: path.name)
def test_a_seed_with_slips_is_read_or_refused(seed: Path) -> None:
    drawn = random.Random(seed.name)
    for _ in range(150):
        data = bytearray(seed.read_bytes())
        for _ in range(drawn.randint(1, 6)):
            at = drawn.randrange(len(data))
            slip = drawn.choice((b'"', b"\n", b";", b",", b"\\", b"'", b"=", b"\xff", b"\0", b""))
            data[at : at + drawn.randint(0, 2)] = slip
        one_input(bytes(data) or b"\0")


def test_there_are_seeds_and_short_inputs_are_none() -> None:
    assert len(SEEDS) >= 6
    one_input(b"")


def test_a_cell_that_is_not_read_back_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    cells_of = sheet_target.cells_of
    monkeypatch.setattr(
        sheet_target,
        "cells_of",
        lambda account, providers: [c.upper() for c in cells_of(account, providers)],
    )
    with pytest.raises(AssertionError):
        one_input(b"\1uid\nu-1\n")
