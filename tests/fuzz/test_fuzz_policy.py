"""The fuzzer's function over its seeds, and over much that is like them, without the fuzzer."""

import random
from pathlib import Path

import pytest

from alerts.document import read_text
from tests.fuzz import policy_target
from tests.fuzz.policy_target import one_input

SEEDS = sorted((Path(__file__).parent / "policies").iterdir())
SLIPS = (b'"', b"\n", b"=", b"[", b"]", b"{", b"}", b"\\", b"0", b"-", b".", b"\xff", b"\0", b"#")


@pytest.mark.parametrize("seed", SEEDS, ids=lambda path: path.name)
def test_a_seed_is_a_policy_and_parts_of_it_are_one_or_none(seed: Path) -> None:
    data = seed.read_bytes()
    read_text(data.decode())
    one_input(data)
    lines = data.splitlines(keepends=True)
    for cut in range(len(lines)):
        one_input(b"".join(lines[:cut]))
        one_input(b"".join(lines[:cut] + lines[cut + 1 :]))


@pytest.mark.parametrize("seed", SEEDS, ids=lambda path: path.name)
def test_a_seed_with_slips_is_read_or_refused(seed: Path) -> None:
    drawn = random.Random(seed.name)
    for _ in range(200):
        data = bytearray(seed.read_bytes())
        for _ in range(drawn.randint(1, 4)):
            at = drawn.randrange(len(data))
            data[at : at + drawn.randint(0, 2)] = drawn.choice(SLIPS)
        one_input(bytes(data))


def test_there_are_seeds() -> None:
    assert len(SEEDS) >= 3
    one_input(b"")


def test_a_policy_that_is_not_read_back_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(policy_target, "text_of", lambda _: 'mode = "act"')
    with pytest.raises(AssertionError):
        one_input(b'mode = "shadow"')
