"""Many logs under one pattern and one cursor."""

import gzip
import os
import random
from pathlib import Path

import pytest

from monitor.sources import glob as glob_module
from monitor.sources.glob import GlobSource
from monitor.sources.source import SourceError
from tests.descriptors import opened_below


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look for new logs at every read."""
    monkeypatch.setattr(glob_module, "_LOOK_EVERY", 0.0)
    monkeypatch.setattr(glob_module, "_LOOK_SHARE", 0.0)


def watched(pattern: Path, cursor: bytes | None = None, *, follow: bool = True) -> GlobSource:
    source = GlobSource(str(pattern), "hosts", follow=follow)
    source.resume(cursor)
    return source


def drain(source: GlobSource, limit: int = 1_000) -> tuple[list[bytes], bytes]:
    """All the lines that are there now, and the last cursor."""
    lines: list[bytes] = []
    cursor = b""
    while (chunk := source.read(limit)) is not None:
        lines += chunk.lines
        cursor = chunk.cursor
    return lines, cursor


def write(path: Path, content: bytes, modified: int | None = None) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    if modified is not None:
        os.utime(path, (modified, modified))
    return path


def test_the_first_backlog_is_read_oldest_file_first(tmp_path: Path) -> None:
    write(tmp_path / "a" / "auth.log", b"a new\n", 3_000)
    write(tmp_path / "a" / "auth.log.1", b"a old\n", 1_000)
    write(tmp_path / "b" / "auth.log", b"b new\n", 4_000)
    write(tmp_path / "b" / "auth.log.1", b"b old\n", 2_000)
    for follow in (True, False):
        source = watched(tmp_path / "*" / "auth.log*", follow=follow)
        assert drain(source)[0] == [b"a old", b"b old", b"a new", b"b new"]
        assert source.is_exhausted() is not follow
        assert source.backlog() == (24, 24)
        source.close()


def test_rotated_parts_that_match_too_are_read_once(tmp_path: Path) -> None:
    log = write(tmp_path / "auth.log", b"three\n", 3_000)
    write(tmp_path / "auth.log.1", b"two\n", 2_000)
    (tmp_path / "auth.log.2.gz").write_bytes(gzip.compress(b"one\n"))
    os.utime(tmp_path / "auth.log.2.gz", (1_000, 1_000))
    source = watched(tmp_path / "auth.log*")
    lines, cursor = drain(source)
    assert lines == [b"one", b"two", b"three"]
    log.rename(tmp_path / "auth.log.0")
    assert drain(source)[0] == []
    write(log, b"four\n")
    lines, cursor = drain(source)
    assert lines == [b"four"]
    source.close()
    packed = tmp_path / "auth.log.0"
    (tmp_path / "auth.log.0.gz").write_bytes(gzip.compress(packed.read_bytes()))
    packed.unlink()
    source = watched(tmp_path / "auth.log*", cursor)
    assert drain(source)[0] == []
    source.close()


def test_rotated_parts_are_the_history_that_following_begins_with(tmp_path: Path) -> None:
    write(tmp_path / "a" / "auth.log.1", b"long ago\n")
    write(tmp_path / "a" / "auth.log", b"now\n")
    source = watched(tmp_path / "*" / "auth.log")
    assert drain(source)[0] == [b"long ago", b"now"]
    source.close()


def test_a_log_that_appears_is_read_with_what_was_rotated_of_it_since(tmp_path: Path) -> None:
    write(tmp_path / "a" / "auth.log", b"a\n")
    source = watched(tmp_path / "*" / "auth.log")
    lines, cursor = drain(source)
    assert lines == [b"a"]
    write(tmp_path / "b" / "auth.log", b"b\n")
    assert drain(source)[0] == [b"b"]
    source.close()
    (tmp_path / "b" / "auth.log").rename(tmp_path / "b" / "auth.log.1")
    write(tmp_path / "b" / "auth.log", b"b, later\n")
    source = watched(tmp_path / "*" / "auth.log", cursor)
    assert drain(source)[0] == [b"b", b"b, later"]
    source.close()


def test_a_log_that_appears_beside_its_rotated_part_takes_it_over(tmp_path: Path) -> None:
    write(tmp_path / "auth.log.1", b"old\n")
    source = watched(tmp_path / "auth.log*")
    assert drain(source)[0] == [b"old"]
    write(tmp_path / "auth.log", b"new\n")
    lines, cursor = drain(source)
    assert lines == [b"new"]
    source.close()
    source = watched(tmp_path / "auth.log*", cursor)
    assert drain(source)[0] == []
    source.close()


def test_every_log_has_its_turn(tmp_path: Path) -> None:
    busy = write(tmp_path / "a.log", b"busy\n")
    quiet = write(tmp_path / "b.log", b"quiet\n")
    source = watched(tmp_path / "*.log")
    drain(source)
    for path in (busy, quiet):
        with path.open("ab") as file:
            file.write(b"x\n" * 100)
    paths = []
    for _ in range(4):
        chunk = source.read(10)
        assert chunk is not None
        paths.append(chunk.path)
    assert sorted(set(paths)) == [str(busy), str(quiet)]
    assert paths[:2] == paths[2:]
    source.close()


def test_one_unreadable_log_is_said_once_and_does_not_stop_the_others(tmp_path: Path) -> None:
    write(tmp_path / "a.log", b"one\n", 1_000)
    os.mkfifo(tmp_path / "b.log")
    (tmp_path / "c.log").mkdir()
    source = watched(tmp_path / "*.log")
    chunk = source.read(1)
    while chunk is not None and not chunk.lines:
        chunk = source.read(1)
    assert chunk is not None
    assert chunk.lines == [b"one"]
    with pytest.raises(SourceError, match="no regular file"):
        source.read(10)
    assert source.read(10) is None
    (tmp_path / "b.log").unlink()
    write(tmp_path / "b.log", b"two\n")
    assert drain(source)[0] == [b"two"]
    source.close()


def test_a_damaged_archive_does_not_stop_the_others(tmp_path: Path) -> None:
    whole = gzip.compress(b"".join(b"%d\n" % number for number in range(1_000)))
    write(tmp_path / "a.gz", whole[:-500], 1_000)
    write(tmp_path / "b.log", b"last\n", 2_000)
    source = watched(tmp_path / "*", follow=False)
    lines: list[bytes] = []
    troubles = 0
    while not source.is_exhausted():
        try:
            chunk = source.read(10)
        except SourceError:
            troubles += 1
            continue
        if chunk is not None:
            lines += chunk.lines
    assert troubles == 1
    assert lines[0] == b"0"
    assert lines[-1] == b"last"
    source.close()


def test_a_pattern_that_matches_nothing_is_an_error_when_ingested(tmp_path: Path) -> None:
    source = watched(tmp_path / "*.log", follow=False)
    with pytest.raises(SourceError, match="no file matches") as caught:
        source.read(1)
    assert "aucun fichier" in caught.value.text.fr
    assert source.read(1) is None
    assert source.is_exhausted()


def test_logs_of_which_nothing_is_left_are_forgotten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = [write(tmp_path / f"{number}.log", b"%d\n" % number) for number in range(5)]
    source = watched(tmp_path / "*.log")
    drain(source)
    monkeypatch.setattr(glob_module, "HOLD_DELETED", -1.0)
    for path in paths[1:]:
        path.unlink()
    drain(source)
    drain(source)
    with paths[0].open("ab") as file:
        file.write(b"more\n")
    lines, cursor = drain(source)
    assert lines == [b"more"]
    assert b"0.log" in cursor
    assert b"1.log" not in cursor
    source.close()


def test_descriptors_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(glob_module, "MAXIMUM_OPEN", 3)
    paths = [write(tmp_path / f"{number}.log", b"%d\n" % number) for number in range(30)]
    source = watched(tmp_path / "*.log")
    assert len(drain(source)[0]) == 30
    assert opened_below(tmp_path) == []
    with paths[7].open("ab") as file:
        file.write(b"seven\n")
    assert drain(source)[0] == [b"seven"]
    source.close()


def test_a_cursor_that_is_none_is_refused(tmp_path: Path) -> None:
    source = GlobSource(str(tmp_path / "*"), "x")
    for cursor in (b"nonsense", b"\x93\x63\xa1x\x80", b"\x93\x01\xa1x\x81\xa1p\xa1q"):
        with pytest.raises(SourceError, match="reading position"):
            source.resume(cursor)


@pytest.mark.parametrize("seed", range(25))
def test_each_line_of_each_log_is_read_once(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    written: dict[str, list[bytes]] = {}
    read: list[tuple[str, bytes]] = []
    commits: list[tuple[bytes | None, int]] = []
    pattern = tmp_path / "*" / chance.choice(["auth.log", "auth.log*"])
    source = watched(pattern)

    def step(reads: int) -> None:
        for _ in range(reads):
            chunk = source.read(chance.choice([1, 5, 100]))
            if chunk is None:
                break
            read.extend((line.split()[0].decode(), line) for line in chunk.lines)
            commits.append((chunk.cursor, len(read)))

    step(1)
    for _ in range(80):
        host = chance.choice("abcd")
        log = tmp_path / host / "auth.log"
        action = chance.randrange(6)
        if action <= 1:
            log.parent.mkdir(exist_ok=True)
            lines = [
                b"%s %d" % (host.encode(), len(written.get(host, [])) + number)
                for number in range(chance.choice([1, 3, 200]))
            ]
            written.setdefault(host, []).extend(lines)
            with log.open("ab") as file:
                file.writelines(line + b"\n" for line in lines)
        elif action == 2 and log.exists():
            for number in range(60, 0, -1):
                for suffix in ("", ".gz"):
                    older = log.with_name(f"auth.log.{number}{suffix}")
                    if older.exists():
                        older.rename(log.with_name(f"auth.log.{number + 1}{suffix}"))
            log.rename(log.with_name("auth.log.1"))
            log.touch()
            if chance.random() < 0.5 and (older := log.with_name("auth.log.2")).exists():
                log.with_name("auth.log.2.gz").write_bytes(gzip.compress(older.read_bytes()))
                older.unlink()
        elif action == 3:
            cursor, length = commits[-min(chance.choice([1, 3, 20]), len(commits))]
            while commits[-1] != (cursor, length):
                commits.pop()
            del read[length:]
            source.close()
            source = watched(pattern, cursor)
        else:
            step(chance.choice([1, 3, 30]))
    step(100_000)
    source.close()
    for host, lines in written.items():
        assert [line for owner, line in read if owner == host] == lines
