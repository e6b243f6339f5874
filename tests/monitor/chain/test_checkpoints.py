"""Signed places stay where they are put, whoever else puts some there, and whatever happens."""

import multiprocessing
from pathlib import Path

from monitor.chain.checkpoints import MOST, Checkpoints
from monitor.chain.entry import Mark
from monitor.chain.sealing import Seal, Sealer, Statement

NOW = 1_790_000_000_000
SEALER = Sealer(b"k" * 32)


def seal(number: int) -> Seal:
    return SEALER.seal(Statement.HEAD, Mark(number, bytes(32)), NOW)


def test_what_is_added_is_there_in_order_for_its_owner_only(tmp_path: Path) -> None:
    kept = Checkpoints(tmp_path / "data" / "audit.ndjson")
    assert kept.read() == ([], 0)
    for number in (3, 1, 2):
        kept.add(seal(number))
    assert kept.read() == ([seal(3), seal(1), seal(2)], 0)
    assert kept.path.stat().st_mode & 0o777 == 0o600


def test_lines_that_are_none_are_counted_and_lose_no_other(tmp_path: Path) -> None:
    kept = Checkpoints(tmp_path / "audit.ndjson")
    kept.add(seal(1))
    with kept.path.open("ab") as file:
        file.write(b'\n{"statement":"head"}\n\xff\n{"number":')
    kept.add(seal(2))
    found = kept.read()
    assert found.seals == [seal(1), seal(2)]
    assert found.unreadable == 3


def test_the_oldest_go_when_there_are_many(tmp_path: Path) -> None:
    kept = Checkpoints(tmp_path / "audit.ndjson")
    kept.add(seal(1))
    kept.path.write_bytes(kept.path.read_bytes() * MOST)
    kept.add(seal(2))
    found = kept.read().seals
    assert len(found) == MOST // 2 + 1
    assert found[-1] == seal(2)
    assert [path.name for path in tmp_path.iterdir()] == ["audit.ndjson"]


def add_many(path: Path, first: int, count: int) -> None:
    kept = Checkpoints(path)
    for number in range(first, first + count):
        kept.add(seal(number))


def test_several_processes_lose_nothing_of_each_other(tmp_path: Path) -> None:
    path = tmp_path / "audit.ndjson"
    add_many(path, 1, 1)
    # So that one of them replaces the file while the others add to it.
    path.write_bytes(path.read_bytes() * (MOST - 30))
    context = multiprocessing.get_context("spawn")
    adding = [context.Process(target=add_many, args=(path, 1_000 * n, 20)) for n in (1, 2, 3)]
    for process in adding:
        process.start()
    for process in adding:
        process.join(240)
    assert [process.exitcode for process in adding] == [0, 0, 0]
    numbers = [one.number for one in Checkpoints(path).read().seals]
    assert len(numbers) < MOST
    assert set(numbers) == {1} | {1_000 * n + at for n in (1, 2, 3) for at in range(20)}
