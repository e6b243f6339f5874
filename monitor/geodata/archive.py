"""Unpacks what was fetched, bounded: no bomb fills disk or memory, no name in it is ever used."""

import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

MAXIMUM = 1 << 30
"""Bytes that a database may have, unpacked."""
MAXIMUM_MEMBERS = 100
_CHUNK = 1 << 20
_BLOCK = 512
_FILES = (b"0", b"\0")
"""What a tar marks plain files with; links, folders and long names are passed over."""


class ArchiveError(Exception):
    """It is not what it should be; says what it is instead."""


def unpack(
    packed: Path, packing: Literal["gz", "tar.gz"], target: Path, most: int = MAXIMUM
) -> None:
    """Write the database in `packed` to `target`, at most so many bytes. Raises ArchiveError."""
    try:
        with gzip.open(packed) as stream, target.open("wb") as file:
            whole = _Bounded(stream, most)
            for chunk in whole.chunks() if packing == "gz" else _member(whole):
                file.write(chunk)
            if not file.tell():
                raise ArchiveError("there is nothing in it")
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise ArchiveError(f"it is no whole gzip file: {error}") from error


class _Bounded:
    """A stream that gives at most so many bytes, and says so when there are more."""

    def __init__(self, stream: gzip.GzipFile, most: int) -> None:
        self._stream = stream
        self._left = most
        self._most = most

    def read(self, size: int) -> bytes:
        """At most `size` bytes; none at the end. Raises ArchiveError past the bound."""
        chunk = self._stream.read(size)
        self._left -= len(chunk)
        if self._left < 0:
            raise ArchiveError(f"it unpacks to more than {self._most:,} bytes, which is refused")
        return chunk

    def chunks(self, length: int | None = None) -> Iterator[bytes]:
        """So many bytes, or all there are. Raises ArchiveError where there are fewer."""
        left = length
        while left is None or left > 0:
            chunk = self.read(_CHUNK if left is None else min(_CHUNK, left))
            if not chunk:
                if left is not None:
                    raise ArchiveError("its tar ends within a file")
                return
            if left is not None:
                left -= len(chunk)
            yield chunk


def _member(whole: _Bounded) -> Iterator[bytes]:
    """The content of the one file in a tar (POSIX ustar) that is called `.mmdb`.

    To the end: the checksum of the gzip around it is the last thing in it.
    """
    found = members = 0
    while (block := whole.read(_BLOCK)).strip(b"\0"):
        members += 1
        if members > MAXIMUM_MEMBERS:
            raise ArchiveError(f"more than {MAXIMUM_MEMBERS} entries in its tar")
        name, size, kind = _header(block)
        is_database = kind in _FILES and name.endswith(b".mmdb")
        found += is_database
        for chunk in whole.chunks(size):
            if is_database and found == 1:
                yield chunk
        for _ in whole.chunks(-size % _BLOCK):
            pass
    for _ in whole.chunks():
        pass
    if found != 1:
        raise ArchiveError(f"{found} databases in its tar, where one was expected")


def _header(block: bytes) -> tuple[bytes, int, bytes]:
    """Name, length and kind of an entry, by the header that opens it."""
    try:
        told = int(block[148:156].strip(b" \0"), 8)
        size = int(block[124:136].strip(b" \0") or b"0", 8)
    except ValueError:
        raise ArchiveError("what is in the gzip is no tar") from None
    blank = block[:148] + b" " * 8 + block[156:]
    if len(block) != _BLOCK or sum(blank) != told or size < 0:
        raise ArchiveError("what is in the gzip is no tar")
    return block[:100].rstrip(b"\0"), size, block[156:157]
