"""Archives as streams: members, frames, truncation, corruption and bombs."""

import bz2
import gzip
import lzma
import os
import random
import struct
import tracemalloc
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
import zstandard

from monitor.sources.compression import (
    CompressedLog,
    DamagedLogError,
    Log,
    declared_size,
    head_of,
    open_log,
)
from monitor.sources.source import SourceError

COMPRESSORS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "xz": lzma.compress,
    "zstandard": zstandard.ZstdCompressor(write_checksum=True).compress,
    "bzip2": bz2.compress,
}
every_kind = pytest.mark.parametrize("kind", [*COMPRESSORS])


def words(count: int) -> bytes:
    source = random.Random(7)
    return b"".join(b"%x\n" % source.getrandbits(64) for _ in range(count))


def read_all(log: Log, size: int = 10_000) -> bytes:
    parts: list[bytes] = []
    while block := log.read(size):
        assert len(block) <= size
        parts.append(block)
    log.close()
    return b"".join(parts)


def written(path: Path, data: bytes) -> str:
    path.write_bytes(data)
    return str(path)


@every_kind
@pytest.mark.parametrize("size", [1_000, 65_536])
def test_it_is_told_by_its_first_bytes(tmp_path: Path, kind: str, size: int) -> None:
    text = words(20_000)
    log = open_log(written(tmp_path / "no-suffix", COMPRESSORS[kind](text)))
    assert isinstance(log, CompressedLog)
    assert read_all(log, size) == text
    assert log.position == len(text)


@every_kind
def test_parts_that_follow_one_another_are_one_log(tmp_path: Path, kind: str) -> None:
    pack = COMPRESSORS[kind]
    path = written(tmp_path / "log", pack(b"one\n") + pack(b"") + pack(words(9_000)) + pack(b"z"))
    assert read_all(open_log(path)) == b"one\n" + words(9_000) + b"z"


@pytest.mark.parametrize("kind", ["gzip", "xz"])
def test_zeros_between_parts_are_padding(tmp_path: Path, kind: str) -> None:
    pack = COMPRESSORS[kind]
    path = written(tmp_path / "log", pack(b"one\n") + bytes(512) + pack(b"two\n") + bytes(8))
    assert read_all(open_log(path)) == b"one\ntwo\n"


def test_frames_to_be_skipped_are(tmp_path: Path) -> None:
    skipped = struct.pack("<II", 0x184D2A57, 4) + b"note"
    path = written(tmp_path / "log", skipped + COMPRESSORS["zstandard"](b"one\n") + skipped)
    assert read_all(open_log(path)) == b"one\n"


@every_kind
def test_a_truncated_archive_gives_all_it_has_then_says_so_once(tmp_path: Path, kind: str) -> None:
    text = words(100_000)
    packed = COMPRESSORS[kind](text)
    log = open_log(written(tmp_path / "log", packed[: len(packed) * 3 // 4]))
    got: list[bytes] = []
    with pytest.raises(DamagedLogError) as caught:
        got.extend(iter(partial(log.read, 10_000), b""))
    readable = b"".join(got)
    assert len(readable) > len(text) // 3
    assert text.startswith(readable)
    assert str(len(readable)) in caught.value.text.en
    assert "endommagée" in caught.value.text.fr
    assert log.read(10) == b""
    log.close()


@every_kind
def test_a_corrupt_archive_is_said(tmp_path: Path, kind: str) -> None:
    packed = bytearray(COMPRESSORS[kind](words(50_000)))
    middle = len(packed) // 2
    packed[middle : middle + 64] = os.urandom(64)
    log = open_log(written(tmp_path / "log", bytes(packed)))
    with pytest.raises(DamagedLogError):
        read_all(log)
    log.close()


def test_what_follows_an_archive_and_is_none_is_said(tmp_path: Path) -> None:
    log = open_log(written(tmp_path / "log", gzip.compress(b"one\n") + b"rubbish, not zeros"))
    assert log.read(100) == b"one\n"
    with pytest.raises(DamagedLogError):
        log.read(100)
    log.close()


@every_kind
def test_a_bomb_does_not_fill_memory(tmp_path: Path, kind: str) -> None:
    path = written(tmp_path / "bomb", COMPRESSORS[kind](bytes(64 << 20)))
    log = open_log(path)
    tracemalloc.start()
    size = 0
    while block := log.read(256 << 10):
        size += len(block)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    log.close()
    assert size == 64 << 20
    assert peak < 40 << 20


def test_a_window_beyond_the_limit_is_refused(tmp_path: Path) -> None:
    parameters = zstandard.ZstdCompressionParameters(window_log=28, enable_ldm=True)
    pack = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    path = written(tmp_path / "log", pack.compress(b"one\n") + pack.flush())
    with pytest.raises(DamagedLogError):
        read_all(open_log(path))


def test_a_plain_file_is_read_from_a_position(tmp_path: Path) -> None:
    log = open_log(written(tmp_path / "log", b"one\ntwo\n"), 4)
    assert head_of(log, 3) == b"one"
    assert read_all(log) == b"two\n"


@every_kind
def test_the_head_is_decompressed_and_reading_is_not_disturbed(tmp_path: Path, kind: str) -> None:
    text = words(1_000)
    log = open_log(written(tmp_path / "log", COMPRESSORS[kind](text)))
    assert log.head(1_024) == text[:1_024]
    assert read_all(log) == text


def test_gzip_says_its_size(tmp_path: Path) -> None:
    assert declared_size(written(tmp_path / "a", gzip.compress(words(1_000)))) == len(words(1_000))
    assert declared_size(written(tmp_path / "b", lzma.compress(b"x"))) is None
    assert declared_size(written(tmp_path / "c", b"plain")) is None


def test_what_is_no_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"is a directory; give a file, or a pattern"):
        open_log(str(tmp_path))
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(SourceError, match="no regular file"):
        open_log(str(tmp_path / "pipe"))
    with pytest.raises(FileNotFoundError):
        open_log(str(tmp_path / "none"))
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    with pytest.raises(SourceError, match="cannot be read"):
        open_log(str(tmp_path / "loop"))
