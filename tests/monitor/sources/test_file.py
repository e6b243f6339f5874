"""One log, through everything that rotation does to it: every line once, in order."""

import bz2
import errno
import gzip
import lzma
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tracemalloc
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from time import sleep

import pytest
import zstandard

from monitor.clock import monotonic
from monitor.sources import file as file_module
from monitor.sources import rotation
from monitor.sources.file import MISSED, FileSource
from monitor.sources.source import Rejected, SourceError
from monitor.sources.specification import Opening
from tests.descriptors import opened_below

COMPRESSORS: dict[str, Callable[[bytes], bytes]] = {
    ".gz": gzip.compress,
    ".xz": lzma.compress,
    ".zst": zstandard.ZstdCompressor().compress,
    ".bz2": bz2.compress,
}


def drain(source: FileSource, limit: int = 1_000) -> list[bytes]:
    """All the lines that are there now."""
    lines: list[bytes] = []
    while (chunk := source.read(limit)) is not None:
        lines += chunk.lines
    return lines


def drain_until_trouble(source: FileSource, rejects: list[Rejected]) -> tuple[list[bytes], str]:
    """The lines before the next error, and what it says; empty when there was none."""
    lines: list[bytes] = []
    try:
        while (chunk := source.read(1_000)) is not None:
            lines += chunk.lines
            rejects += chunk.rejects
    except SourceError as error:
        return lines, str(error)
    return lines, ""


def followed(path: Path, cursor: bytes | None = None) -> FileSource:
    source = FileSource(str(path), "test")
    source.resume(cursor)
    return source


def compress(path: Path, suffix: str) -> Path:
    """As the commands do it: the new file has the old one's times, then the old one goes."""
    packed = path.with_name(path.name + suffix)
    status = path.stat()
    packed.write_bytes(COMPRESSORS[suffix](path.read_bytes()))
    os.utime(packed, ns=(status.st_atime_ns, status.st_mtime_ns))
    path.unlink()
    return packed


def first_cursor(path: Path) -> bytes:
    """The cursor of the first chunk, which comes before any line."""
    source = followed(path)
    chunk = source.read(1)
    assert chunk is not None
    assert chunk.lines == []
    source.close()
    return chunk.cursor


class World:
    """A writer and its rotation, and a reader that dies and comes back."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.random = random.Random(seed)
        self.path = folder / "auth.log"
        self.scheme = self.random.choice(["number", "date"])
        self.written: list[bytes] = []
        self.partial = b""
        self.rotations = 0
        self.read: list[bytes] = []
        self.commits: list[tuple[bytes | None, int]] = [(None, 0)]
        self.source = followed(self.path)
        self.step_reading(1)

    def line(self) -> bytes:
        width = self.random.choice([0, 5, 60, 300])
        return b"%06d %s" % (len(self.written), b"x" * width)

    def append(self) -> None:
        with self.path.open("ab") as file:
            for _ in range(self.random.choice([1, 1, 3, 40])):
                line = b"end" if self.partial else self.line()
                file.write(line + b"\n")
                self.written.append(self.partial + line)
                self.partial = b""

    def append_partial(self) -> None:
        if not self.partial:
            self.partial = self.line()
            with self.path.open("ab") as file:
                file.write(self.partial)

    def _seal(self) -> None:
        if self.partial:
            self.written.append(self.partial)
            self.partial = b""

    def _next_name(self) -> Path:
        self.rotations += 1
        if self.scheme == "date":
            return self.path.with_name(f"{self.path.name}-2026{self.rotations:04d}")
        kept = [
            entry
            for entry in self.path.parent.iterdir()
            if entry != self.path and entry.name.startswith(self.path.name)
        ]
        for entry in sorted(kept, key=lambda e: -int(e.name.split(".")[2])):
            parts = entry.name.split(".")
            parts[2] = str(int(parts[2]) + 1)
            entry.rename(entry.with_name(".".join(parts)))
        return self.path.with_name(self.path.name + ".1")

    def rotate_by_rename(self) -> None:
        if not self.path.exists():
            return
        self._seal()
        self.path.rename(self._next_name())
        if self.random.random() < 0.5:
            self.step_reading(self.random.randrange(3))
        if self.random.random() < 0.7:
            self.path.touch()

    def rotate_by_copy(self) -> None:
        if not self.path.exists():
            return
        self._seal()
        copy = self._next_name()
        shutil.copyfile(self.path, copy)
        if self.random.random() < 0.5:
            self.step_reading(self.random.randrange(3))
        if self.random.random() < 0.3:
            self.come_back()
        os.truncate(self.path, 0)

    def compress_one(self) -> None:
        rotated = [
            entry
            for entry in self.path.parent.iterdir()
            if entry != self.path and entry.suffix not in COMPRESSORS
        ]
        if rotated:
            compress(self.random.choice(sorted(rotated)), self.random.choice([*COMPRESSORS]))

    def delete(self) -> None:
        """A deleted file is lost to who had not read it: let the reader read it first."""
        if self.path.exists() and not self.partial:
            self.step_reading(1_000)
            self.path.unlink()
            if self.random.random() < 0.7:
                self.step_reading(1)
            self.commits = self.commits[-1:]

    def step_reading(self, reads: int) -> None:
        for _ in range(reads):
            chunk = self.source.read(self.random.choice([1, 2, 7, 1_000]))
            if chunk is None:
                break
            self.read += chunk.lines
            self.commits.append((chunk.cursor, len(self.read)))

    def come_back(self) -> None:
        """Killed; what was committed since an older cursor is undone."""
        back = self.random.choice([1, 1, 1, 2, 5, 40])
        cursor, length = self.commits[-min(back, len(self.commits) - 1) or -1]
        while self.commits[-1] != (cursor, length):
            self.commits.pop()
        del self.read[length:]
        self.source.close()
        self.source = followed(self.path, cursor)


@pytest.mark.parametrize("seed", range(100))
def test_each_line_is_read_once_whatever_happens(tmp_path: Path, seed: int) -> None:
    world = World(tmp_path, seed)
    happenings: list[Callable[[], None]] = [
        world.append,
        world.append,
        world.append,
        world.append_partial,
        world.rotate_by_rename,
        world.rotate_by_copy,
        world.compress_one,
        world.delete,
        world.come_back,
        lambda: world.step_reading(1),
        lambda: world.step_reading(3),
        lambda: world.step_reading(30),
    ]
    for _ in range(60):
        world.random.choice(happenings)()
    world.append()
    world.step_reading(100_000)
    world.source.close()
    assert world.read == world.written


def test_a_last_line_waits_for_its_newline_when_followed(tmp_path: Path) -> None:
    path = tmp_path / "auth.log"
    path.write_bytes(b"one\ntw")
    source = followed(path)
    assert drain(source) == [b"one"]
    with path.open("ab") as file:
        file.write(b"o\n")
    assert drain(source) == [b"two"]
    source.close()


def test_a_last_line_without_newline_counts_when_ingested(tmp_path: Path) -> None:
    path = tmp_path / "auth.log"
    path.write_bytes(b"one\r\ntwo\r\n\r\nthree")
    source = FileSource(str(path), "test", follow=False)
    source.resume(None)
    chunk = source.read(3)
    assert chunk is not None
    assert chunk.lines == [b"one", b"two", b""]
    assert not source.is_exhausted()
    rest = source.read(3)
    assert rest is not None
    assert rest.lines == [b"three"]
    assert rest.position(0) == f"{path}:4"
    assert source.read(3) is None
    assert source.is_exhausted()
    assert source.backlog() == (17, 17)
    again = FileSource(str(path), "test", follow=False)
    again.resume(chunk.cursor)
    assert drain(again) == [b"three"]
    again.resume(rest.cursor)
    assert drain(again) == []
    assert again.is_exhausted()


def test_now_is_when_the_file_was_written(tmp_path: Path) -> None:
    path = tmp_path / "auth.log"
    path.write_bytes(b"one\n")
    os.utime(path, (1_700_000_000, 1_700_000_000))
    source = FileSource(str(path), "test", follow=False)
    source.resume(None)
    chunk = source.read(1)
    assert chunk is not None
    assert chunk.reference == 1_700_000_000_000
    source.close()


def test_what_was_rotated_before_the_first_start_is_not_read_but_its_growth_is(
    tmp_path: Path,
) -> None:
    path, old = tmp_path / "auth.log", tmp_path / "auth.log.1"
    old.write_bytes(b"long ago\n")
    path.write_bytes(b"one\n")
    source = followed(path)
    assert drain(source) == [b"one"]
    source.close()
    source = followed(path, first_cursor(path))
    with old.open("ab") as file:
        file.write(b"straggler\n")
    assert drain(source) == [b"straggler", b"one"]
    source.close()


def test_a_writer_that_keeps_the_rotated_file_open_is_still_read(tmp_path: Path) -> None:
    path = tmp_path / "auth.log"
    with path.open("ab", buffering=0) as writer:
        writer.write(b"one\n")
        source = followed(path)
        assert drain(source) == [b"one"]
        path.rename(tmp_path / "auth.log.1")
        writer.write(b"two\n")
        assert drain(source) == [b"two"], "there is no new file yet"
        path.write_bytes(b"new\n")
        assert drain(source) == [b"new"]
        writer.write(b"three\n")
        assert drain(source) == [b"three"]
        source.close()


def test_a_straggler_written_while_nobody_looked_is_read_even_if_compressed(
    tmp_path: Path,
) -> None:
    path, old = tmp_path / "auth.log", tmp_path / "auth.log.1"
    path.write_bytes(b"one\n")
    source = followed(path)
    assert drain(source) == [b"one"]
    path.rename(old)
    path.write_bytes(b"new\n")
    chunk = source.read(10)
    assert chunk is not None
    assert chunk.lines == [b"new"]
    source.close()
    with old.open("ab") as file:
        file.write(b"two\n")
    compress(old, ".xz")
    source = followed(path, chunk.cursor)
    assert drain(source) == [b"two"]
    source.close()


def test_a_copy_that_was_read_to_its_end_is_no_new_file(tmp_path: Path) -> None:
    path, copy = tmp_path / "auth.log", tmp_path / "auth.log.1"
    path.write_bytes(b"one\ntwo\n")
    source = followed(path)
    assert drain(source) == [b"one", b"two"]
    cursor = source.cursor()
    shutil.copyfile(path, copy)
    os.truncate(path, 0)
    assert drain(source) == []
    source.close()
    with path.open("ab") as file:
        file.write(b"a new line that is longer than what was there before\n")
    expected = [b"a new line that is longer than what was there before"]
    for _ in range(2):
        source = followed(path, cursor)
        assert drain(source) == expected
        source.close()
        copy = compress(copy, ".gz") if copy.suffix != ".gz" else copy


def test_an_inode_that_is_used_again_is_another_file(tmp_path: Path) -> None:
    path = tmp_path / "auth.log"
    path.write_bytes(b"one\n")
    source = followed(path)
    assert drain(source) == [b"one"]
    cursor = source.cursor()
    source.close()
    # The same inode, another file: what a file system does with a deleted file's inode.
    path.write_bytes(b"another line, longer\nand one more\n")
    source = followed(path, cursor)
    assert drain(source) == [b"another line, longer", b"and one more"]
    source.close()


def test_truncation_without_a_copy_keeps_the_unfinished_line(tmp_path: Path) -> None:
    path = tmp_path / "auth.log"
    path.write_bytes(b"one\nunfinished")
    source = followed(path)
    assert drain(source) == [b"one"]
    path.write_bytes(b"")
    with path.open("ab") as file:
        file.write(b"two\n")
    assert drain(source) == [b"unfinished", b"two"]
    source.close()


def test_column_names_at_the_head_of_every_part_do_not_confuse(tmp_path: Path) -> None:
    path = tmp_path / "auth.csv"
    path.write_bytes(b"time,user\n")
    source = followed(path)
    assert drain(source) == [b"time,user"]
    cursor = source.cursor()
    with path.open("ab") as file:
        file.write(b"1,ada\n")
    path.rename(tmp_path / "auth.csv.2")
    (tmp_path / "auth.csv.1").write_bytes(b"time,user\n2,bob\n")
    path.write_bytes(b"time,user\n")
    for start in (source, followed(path, cursor)):
        lines = drain(start)
        with path.open("ab") as file:
            file.write(b"3,eve\n")
        lines += drain(start)
        start.close()
        assert [line for line in lines if line != b"time,user"] == [b"1,ada", b"2,bob", b"3,eve"]
        path.write_bytes(b"time,user\n")


def test_nul_bytes_stay_in_the_line(tmp_path: Path) -> None:
    path = tmp_path / "auth.log"
    path.write_bytes(b"one\n\0\0\0two\n")
    source = followed(path)
    assert drain(source) == [b"one", b"\0\0\0two"]
    source.close()


def test_other_files_beside_the_log_are_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "auth.log"
    path.write_bytes(b"one\n")
    source = followed(path)
    assert drain(source) == [b"one"]
    (tmp_path / "auth.log-audit").write_bytes(b"of somebody else\n")
    (tmp_path / "auth.log.swp").write_bytes(b"of an editor\n")
    (tmp_path / "auth.log.d").mkdir()
    os.mkfifo(tmp_path / "auth.log.5")
    path.rename(tmp_path / "auth.log.1")
    path.write_bytes(b"two\n")
    with pytest.raises(SourceError, match="no regular file"):
        drain(source)
    assert drain(source) == [b"two"]
    source.close()


def test_a_missing_log_is_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "later" / "auth.log"
    source = followed(path)
    assert drain(source) == []
    assert not source.is_exhausted()
    path.parent.mkdir()
    path.write_bytes(b"one\n")
    assert drain(source) == [b"one"]
    source.close()


def test_a_log_that_stays_away_is_told_until_it_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 0.0
    monkeypatch.setattr(file_module, "monotonic", lambda: now)
    path = tmp_path / "auth.log"
    source = file_module.opened(Opening(str(path), "test"))
    assert isinstance(source, FileSource)
    source.resume(None)
    assert drain(source) == []
    now = MISSED
    assert drain(source) == []
    now += 1
    for _ in range(2):
        with pytest.raises(SourceError, match="no such file"):
            source.read(1)
    path.write_bytes(b"one\n")
    assert drain(source) == [b"one"]
    path.rename(tmp_path / "auth.log.1")
    assert drain(source) == []
    now += MISSED
    path.write_bytes(b"two\n")
    assert drain(source) == [b"two"]
    source.close()


def test_a_missing_log_is_an_error_when_ingested(tmp_path: Path) -> None:
    source = FileSource(str(tmp_path / "none.log"), "test", follow=False)
    source.resume(None)
    with pytest.raises(SourceError, match="no such file") as caught:
        source.read(1)
    assert "n'existe pas" in caught.value.text.fr


def test_a_directory_in_the_place_of_the_log_is_said_and_outlived(tmp_path: Path) -> None:
    path = tmp_path / "auth.log"
    path.write_bytes(b"one\n")
    source = followed(path)
    assert drain(source) == [b"one"]
    with path.open("ab") as file:
        file.write(b"two\n")
    path.rename(tmp_path / "auth.log.1")
    path.mkdir()
    lines: list[bytes] = []
    for _ in range(3):
        found, trouble = drain_until_trouble(source, [])
        lines += found
        assert "is a directory" in trouble
    assert lines == [b"two"]
    path.rmdir()
    path.write_bytes(b"three\n")
    assert drain(source) == [b"three"]
    source.close()


def test_a_log_that_may_not_be_read_is_said_and_outlived(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "auth.log"
    path.write_bytes(b"one\n")
    real = os.open

    def refuse(name: str, flags: int, mode: int = 0o777) -> int:
        if name == str(path):
            raise PermissionError(errno.EACCES, "Permission denied", name)
        return real(name, flags, mode)

    source = followed(path)
    with monkeypatch.context() as patched:
        patched.setattr(os, "open", refuse)
        assert source.read(1) is not None, "the first chunk only marks the start"
        for _ in range(2):
            with pytest.raises(SourceError, match="no permission"):
                source.read(1)
    assert drain(source) == [b"one"]
    source.close()


@pytest.mark.parametrize("suffix", [*COMPRESSORS])
def test_a_compressed_log_is_read_as_it_is(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"auth.log{suffix}"
    lines = [b"line %d" % number for number in range(50_000)]
    path.write_bytes(COMPRESSORS[suffix](b"\n".join(lines)))
    source = FileSource(str(path), "test", follow=False)
    source.resume(None)
    chunk = source.read(12_345)
    assert chunk is not None
    rest = drain(source)
    assert chunk.lines + rest == lines
    assert source.is_exhausted()
    source.resume(chunk.cursor)
    assert drain(source) == rest
    source.close()


def test_a_truncated_archive_gives_what_it_has_and_then_says_so(tmp_path: Path) -> None:
    path = tmp_path / "auth.log.gz"
    text = b"".join(b"line %d\n" % number for number in range(100_000))
    whole = gzip.compress(text)
    path.write_bytes(whole[: len(whole) // 2])
    source = FileSource(str(path), "test", follow=False)
    source.resume(None)
    rejects: list[Rejected] = []
    lines, trouble = drain_until_trouble(source, rejects)
    assert "damaged or incomplete" in trouble
    assert len(lines) > 10_000
    assert text.startswith(b"\n".join(lines) + b"\n" + rejects[0].head)
    assert rejects[0].reason.en.startswith("the archive is damaged")
    assert source.read(1) is None
    assert source.is_exhausted()


def test_a_cursor_that_is_none_is_refused(tmp_path: Path) -> None:
    source = FileSource(str(tmp_path / "auth.log"), "test")
    for cursor in (b"nonsense", b"", b"\x93\x63\xa1x\x90"):
        with pytest.raises(SourceError, match="reading position"):
            source.resume(cursor)


def test_another_path_under_the_same_name_begins_anew(tmp_path: Path) -> None:
    first, second = tmp_path / "a.log", tmp_path / "b.log"
    first.write_bytes(b"one\n")
    (tmp_path / "b.log.1").write_bytes(b"old\n")
    second.write_bytes(b"two\n")
    source = followed(first)
    assert drain(source) == [b"one"]
    cursor = source.cursor()
    source.close()
    source = followed(second, cursor)
    assert drain(source) == [b"two"]
    source.close()


def test_a_deleted_file_is_given_back_after_a_while(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "auth.log"
    path.write_bytes(b"one\n")
    source = followed(path)
    assert drain(source) == [b"one"]
    path.unlink()
    path.write_bytes(b"two\n")
    assert drain(source) == [b"two"]
    assert len(opened_below(tmp_path)) == 2
    monkeypatch.setattr(file_module, "HOLD_DELETED", 0.0)
    assert drain(source) == []
    assert len(opened_below(tmp_path)) == 1
    source.close()


def test_a_parked_log_is_taken_up_where_it_was_left(tmp_path: Path) -> None:
    path = tmp_path / "auth.log"
    path.write_bytes(b"one\nhal")
    source = followed(path)
    assert drain(source) == [b"one"]
    source.park()
    assert source.is_idle()
    assert drain(source) == []
    with path.open("ab") as file:
        file.write(b"f\n")
    path.rename(tmp_path / "auth.log.1")
    path.write_bytes(b"new\n")
    assert drain(source) == [b"half", b"new"]
    source.close()


def test_memory_does_not_grow_with_the_log(tmp_path: Path) -> None:
    path = tmp_path / "auth.log"
    with path.open("wb") as file:
        file.writelines(b"%099d\n" % number for number in range(300_000))
    source = followed(path)
    tracemalloc.start()
    for _ in range(2_000):
        chunk = source.read(2)
        assert chunk is not None
    few = tracemalloc.get_traced_memory()[1]
    tracemalloc.reset_peak()
    assert len(drain(source, 500)) == 300_000 - 2 * 1_999
    many = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    source.close()
    assert few < 2 << 20
    assert many < 64 << 20, "the lines that the test itself keeps"


WRITER = """
import gzip, os, sys
path, count, every = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
file = open(path, "ab", buffering=0)
for number in range(count):
    line = b"%07d " % number + b"x" * (number % 97)
    file.write(line[:number % 11])
    file.write(line[number % 11:] + b"\\n")
    if number % every == every - 1:
        rotated = [name for name in os.listdir(".") if name.startswith(path + ".")]
        for name in sorted(rotated, key=lambda name: -int(name.split(".")[2])):
            parts = name.split(".")
            parts[2] = str(int(parts[2]) + 1)
            os.rename(name, ".".join(parts))
        os.rename(path, path + ".1")
        file.write(b"%07d is late\\n" % number)
        file.close()
        if number % (3 * every) == every - 1:
            with open(path + ".1", "rb") as plain, open(path + ".1.gz", "wb") as packed:
                packed.write(gzip.compress(plain.read(), 1))
            os.unlink(path + ".1")
        file = open(path, "ab", buffering=0)
"""


@pytest.mark.parametrize("seed", range(3))
def test_each_line_is_read_once_while_another_process_writes_and_rotates(
    tmp_path: Path, seed: int
) -> None:
    path = tmp_path / "auth.log"
    chance = random.Random(seed)
    count, every = 20_000, 500
    source = followed(path)
    read: list[bytes] = []
    commits: list[tuple[bytes, int]] = []
    command = [sys.executable, "-c", WRITER, path.name, str(count), str(every)]
    with subprocess.Popen(command, cwd=tmp_path) as writer:
        is_over = False
        while not is_over:
            is_over = writer.poll() is not None
            while (chunk := source.read(chance.choice([10, 300, 5_000]))) is not None:
                read += chunk.lines
                commits.append((chunk.cursor, len(read)))
                if chance.random() < 0.01:
                    cursor, length = commits[-min(chance.choice([1, 5]), len(commits))]
                    while commits[-1] != (cursor, length):
                        commits.pop()
                    del read[length:]
                    source.close()
                    source = followed(path, cursor)
    source.close()
    assert writer.returncode == 0
    late = [line for line in read if line.endswith(b"late")]
    assert len(late) == len(set(late)) == count // every
    numbers = [int(line[:7]) for line in read if not line.endswith(b"late")]
    assert sorted(numbers) == list(range(count))
    assert numbers == sorted(numbers)
    assert all(len(line) == 8 + int(line[:7]) % 97 for line in read if not line.endswith(b"late"))


KEEPER = """
import sqlite3, sys, time
from monitor.sources.file import MISSED, FileSource
path, store = sys.argv[1:]
base = sqlite3.connect(store, isolation_level=None)
base.execute("PRAGMA journal_mode = WAL")
base.execute("CREATE TABLE IF NOT EXISTS lines (body BLOB)")
base.execute("CREATE TABLE IF NOT EXISTS cursors (id INTEGER PRIMARY KEY, body BLOB)")
row = base.execute("SELECT body FROM cursors").fetchone()
source = FileSource(path, "kept")
source.resume(row and row[0])
is_ready = False
while True:
    chunk = source.read(200)
    if chunk is None:
        if not is_ready:
            print("ready", flush=True)
            is_ready = True
        time.sleep(0.001)
        continue
    base.execute("BEGIN")
    base.executemany("INSERT INTO lines VALUES (?)", [(line,) for line in chunk.lines])
    base.execute("INSERT OR REPLACE INTO cursors VALUES (1, ?)", (chunk.cursor,))
    base.execute("COMMIT")
    if not is_ready:
        print("ready", flush=True)
        is_ready = True
"""


def test_no_line_is_lost_or_doubled_by_sigkill(tmp_path: Path) -> None:
    path, store = tmp_path / "auth.log", tmp_path / "store.db"
    chance = random.Random(9)
    count, every = 40_000, 400
    command = [sys.executable, "-c", KEEPER, str(path), str(store)]
    root = Path(__file__).parents[3]
    writing = [sys.executable, "-c", WRITER, path.name, str(count), str(every)]

    def kept() -> list[bytes]:
        with closing(sqlite3.connect(store)) as base:
            return [row[0] for row in base.execute("SELECT body FROM lines ORDER BY rowid")]

    # The first start marks where reading begins, before anything is written.
    writer: subprocess.Popen[bytes] | None = None
    kills = 0
    deadline = monotonic() + 240
    while monotonic() < deadline:
        with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=root) as keeper:
            assert keeper.stdout is not None
            assert keeper.stdout.readline() == b"ready\n"
            sleep(0.02 + 0.1 * chance.random())
            keeper.send_signal(signal.SIGKILL)
        kills += 1
        if writer is None:
            writer = subprocess.Popen(writing, cwd=tmp_path)
        elif writer.poll() is not None and len(kept()) >= count + count // every:
            break
    assert writer is not None
    assert writer.wait() == 0
    assert kills > 2
    lines = kept()
    numbers = [int(line[:7]) for line in lines if not line.endswith(b"late")]
    assert numbers == list(range(count))
    assert len({line for line in lines if line.endswith(b"late")}) == count // every
    assert len(lines) == count + count // every


def test_a_folder_that_is_being_renamed_in_is_looked_at_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "auth.log"
    path.write_bytes(b"one\n")
    real, calls = rotation.siblings, iter(range(1_000))

    def restless(log: str) -> dict[str, int]:
        return {**real(log), f"{log}.9": next(calls)}

    source = followed(path)
    with monkeypatch.context() as patched:
        patched.setattr(rotation, "siblings", restless)
        assert source.read(10) is None
    assert drain(source) == [b"one"]
    source.resume(None)
    monkeypatch.setattr(rotation, "siblings", restless)
    lines: list[bytes] = []
    for _ in range(100):
        chunk = source.read(10)
        lines += chunk.lines if chunk is not None else []
    assert lines == [b"one"], "it is not put off for ever"
    source.close()
