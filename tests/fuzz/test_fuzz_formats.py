"""The fuzzer's function over its seeds, without the fuzzer."""

from pathlib import Path

import pytest

from monitor.formats.format import Format, formats
from tests.fuzz.formats_target import one_input

CORPUS = Path(__file__).parent / "corpus"
SEEDS = sorted(path for path in CORPUS.rglob("*") if path.is_file())


@pytest.mark.parametrize("seed", SEEDS, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_a_seed_is_answered(seed: Path) -> None:
    line = seed.read_bytes()
    one_input(line)
    for cut in range(0, len(line), max(1, len(line) // 20)):
        one_input(line[:cut])


def test_every_format_has_seeds() -> None:
    assert {path.parent.name for path in SEEDS} == set(formats())


def test_a_format_that_raises_something_else_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(self: Format, line: bytes, origin: object) -> list[object]:
        raise KeyError("user")

    monkeypatch.setattr(type(formats()["ocsf"]), "parse", fail)
    with pytest.raises(KeyError):
        one_input(b"{}")
