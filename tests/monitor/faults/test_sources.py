"""A source that cannot be read, or holds garbage, does no harm to the others."""

import gzip
import random
import tempfile
from pathlib import Path

import pytest

from tests.monitor.faults.running import (
    as_nobody,
    configured,
    contents,
    daemon,
    lines_read,
    query,
    stop,
    wait_until,
    world_lines,
    write,
)


@pytest.fixture
def lines() -> list[bytes]:
    return world_lines(days=2, accounts=20)


def of(database: Path, name: str) -> tuple[int, ...]:
    """Lines, events, skipped and rejected of one source."""
    told = "SELECT lines, events, skipped, rejected FROM sources WHERE name = "
    rows = query(database, f"{told}'{name}'")
    return rows[0] if rows else (0, 0, 0, 0)


def test_sources_that_cannot_be_read_do_not_stop_the_others(
    lines: list[bytes], tmp_path: Path
) -> None:
    half = len(lines) // 2
    good, vanishing = tmp_path / "good.ndjson", tmp_path / "vanishing.ndjson"
    write(good, lines[:half])
    write(vanishing, lines[half : half + 50])
    folder, missing = tmp_path / "folder.log", tmp_path / "missing.log"
    folder.mkdir()
    damaged = tmp_path / "damaged.gz"
    damaged.write_bytes(b"\x1f\x8b\x08\x00" + bytes(range(256)))
    database, told = tmp_path / "vigie.db", tmp_path / "told"
    config = configured(tmp_path, folder, missing, damaged, vanishing, good)
    with daemon(config, told) as process:
        wait_until(lambda: of(database, "good")[0] == half, "the good one is read")
        wait_until(lambda: of(database, "vanishing")[0] == 50, "the vanishing one is read")
        vanishing.unlink()
        folder.rmdir()
        write(folder, lines[half + 50 : half + 60])
        write(missing, lines[half + 60 : half + 70])
        with good.open("ab") as grown:
            grown.write(b"".join(line + b"\n" for line in lines[half + 70 :]))
        rest = half + len(lines[half + 70 :])
        wait_until(lambda: of(database, "good")[0] == rest, "the good one is read on")
        wait_until(lambda: of(database, "folder")[0] == 10, "what was a folder is read")
        wait_until(lambda: of(database, "missing")[0] == 10, "what was missing is read")
        assert process.poll() is None
        assert stop(process) == 0
    assert len(contents(database)["events"]) == len(lines)
    said = told.read_text()
    assert "folder.log" in said
    assert "damaged.gz" in said
    assert "Traceback" not in said
    assert said.count("damaged.gz") == 1, "said once, not at every look"


def test_a_file_that_may_not_be_read_is_told_and_read_when_it_may(lines: list[bytes]) -> None:
    with tempfile.TemporaryDirectory(prefix="vigie-test-") as made:
        folder = Path(made)
        log = folder / "secret.ndjson"
        write(log, lines)
        log.chmod(0)
        config = configured(folder, log)
        database, told = folder / "vigie.db", folder / "told"
        with daemon(config, told, *as_nobody(folder)) as process:
            wait_until(lambda: "secret.ndjson" in told.read_text(), "it tells of the file")
            assert process.poll() is None, told.read_text()
            log.chmod(0o644)
            wait_until(lambda: lines_read(database) == len(lines), "all is read")
            assert stop(process) == 0


def test_garbage_in_a_followed_log_is_counted_and_kept_and_its_neighbours_are_read(
    lines: list[bytes], tmp_path: Path
) -> None:
    pick = random.Random(3)
    garbage = [
        b"",
        b"\x00" * 40,
        b"{" * 5_000,
        b'{"class_uid": 3002, "time": "soon"}',
        b"\xff\xfe" + pick.randbytes(300).replace(b"\n", b"").replace(b"\r", b""),
        b"x" * (1 << 20) + b"longer than a line may be",
        lines[0][: len(lines[0]) // 2],
        b"2026-09-21T14:02:07+00:00 web sshd[7]: Failed password for \xff from",
    ]
    mixed: list[bytes] = []
    places = {pick.randrange(len(lines)) for _ in range(40)}
    for number, line in enumerate(lines):
        if number in places:
            mixed.append(garbage[number % len(garbage)])
        mixed.append(line)
    log, clean = tmp_path / "mixed.ndjson", tmp_path / "clean.ndjson"
    write(log, mixed)
    write(clean, [b'{"class_uid": 1}'] * 3)
    database, told = tmp_path / "vigie.db", tmp_path / "told"
    with daemon(configured(tmp_path, log, clean), told) as process:
        wait_until(lambda: lines_read(database) == len(mixed) + 3, "all is read")
        assert stop(process) == 0
    read, events, skipped, rejected = of(database, "mixed")
    assert read == len(mixed)
    assert events == len(lines)
    assert rejected + skipped == len(places)
    assert rejected > len(places) // 2
    kept = query(database, "SELECT position, reason, length(raw) FROM rejects")
    assert len(kept) == rejected + of(database, "clean")[3]
    assert all(position and reason for position, reason, _ in kept)
    assert max(length for *_, length in kept) <= 4_096
    assert "Traceback" not in told.read_text()
    assert len(contents(database)["events"]) == len(lines)


@pytest.mark.parametrize("packed", [False, True])
def test_a_log_that_was_rotated_while_nobody_looked_is_read_on_in_both_its_files(
    lines: list[bytes], tmp_path: Path, packed: bool
) -> None:
    third = len(lines) // 3
    log, database = tmp_path / "idp.ndjson", tmp_path / "vigie.db"
    config = configured(tmp_path, log)
    write(log, lines[:third])
    with daemon(config, tmp_path / "told") as process:
        wait_until(lambda: lines_read(database) == third, "the first third is read")
        assert stop(process) == 0
    with log.open("ab") as grown:
        grown.write(b"".join(line + b"\n" for line in lines[third : 2 * third]))
    rotated = log.rename(tmp_path / "idp.ndjson.1")
    if packed:
        (tmp_path / "idp.ndjson.1.gz").write_bytes(gzip.compress(rotated.read_bytes()))
        rotated.unlink()
    write(log, lines[2 * third :])
    with daemon(config, tmp_path / "told") as process:
        wait_until(lambda: lines_read(database) == len(lines), "both files are read")
        assert stop(process) == 0
    assert len(contents(database)["events"]) == len(lines)


def test_a_log_that_becomes_a_directory_for_a_while_is_told_and_read_on(
    lines: list[bytes], tmp_path: Path
) -> None:
    half = len(lines) // 2
    log, database, told = tmp_path / "idp.ndjson", tmp_path / "vigie.db", tmp_path / "told"
    write(log, lines[:half])
    with daemon(configured(tmp_path, log), told) as process:
        wait_until(lambda: lines_read(database) == half, "the first half is read")
        aside = log.rename(tmp_path / "aside")
        log.mkdir()
        wait_until(lambda: "idp.ndjson" in told.read_text(), "it is told")
        assert process.poll() is None
        log.rmdir()
        with aside.open("ab") as grown:
            grown.write(b"".join(line + b"\n" for line in lines[half:]))
        aside.rename(log)
        wait_until(lambda: lines_read(database) == len(lines), "it is read on")
        assert stop(process) == 0
    assert len(contents(database)["events"]) == len(lines)
