"""Signed places of the audit in a file outside of the database: who shortens the chain, or puts an
older one in its place, does not shorten this.

A file of lines that is only added to; several processes may. The newest say all that older ones
do, so the oldest go when there are many.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

import msgspec

from monitor.chain.file import Signed, read, written
from monitor.chain.sealing import Seal

FILE: Final = "audit-checkpoints.ndjson"
"""Its name in the data folder."""
MOST: Final = 2_000
"""Lines; at so many, the older half goes."""
_LONGEST = 1_024
_decode = msgspec.json.Decoder(Signed).decode
_encode = msgspec.json.Encoder().encode


class Found(NamedTuple):
    """The places in a file, in the order in which they were signed, and how many lines are none."""

    seals: list[Seal]
    unreadable: int


class Checkpoints:
    """One file of signed places."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> Found:
        """All of them; none where there is no file yet. Raises OSError."""
        try:
            with self.path.open("rb") as file:
                return _found(file)
        except FileNotFoundError:
            return Found([], 0)

    def add(self, seal: Seal) -> None:
        """Add one, durably. Raises OSError."""
        with _locked(self.path) as file:
            lines = file.read().splitlines(keepends=True)
            line = _encode(written(seal)) + b"\n"
            if lines and not lines[-1].endswith(b"\n"):
                # Of one that was killed half-way.
                line = b"\n" + line
            if len(lines) >= MOST:
                self._replace([*lines[-MOST // 2 :], line])
                return
            file.write(line)
            file.flush()
            os.fsync(file.fileno())

    def _replace(self, lines: list[bytes]) -> None:
        beside = self.path.with_name(f".{self.path.name}.new")
        with beside.open("wb") as file:
            os.fchmod(file.fileno(), 0o600)
            file.writelines(lines)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(self.path)


@contextmanager
def _locked(path: Path) -> Iterator[BinaryIO]:
    """The file, from its beginning, with nobody else who adds to it."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(descriptor, "r+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            if not _is_at(file, path):
                continue
            yield file
            return


def _is_at(file: BinaryIO, path: Path) -> bool:
    """Whether it still is the file of that name, and not one that was replaced meanwhile."""
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False


def _found(file: BinaryIO) -> Found:
    seals, unreadable = [], 0
    for line in iter(lambda: file.readline(_LONGEST), b""):
        if not line.strip():
            continue
        try:
            seals.append(read(_decode(line)))
        except (msgspec.DecodeError, ValueError):
            unreadable += 1
    return Found(seals, unreadable)
