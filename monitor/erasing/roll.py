"""The roll of who was erased, beside the instance's key: digests that outlive any database.

A backup from before an erasure holds what was erased. Whoever restores it asks this file, and the
database that was there, whom not to bring back.
"""

import os
from hashlib import sha256
from pathlib import Path

import msgspec
from msgspec import Struct

from monitor.trouble import Trouble

ROLL_FILE = "erased.ndjson"
_LONGEST = 1_000


class RollError(Trouble):
    """The roll cannot be read; says where."""


class Erased(Struct, frozen=True, kw_only=True):
    """Somebody who was erased: the digest of the account, up to what event time (ms) it was,
    whether standing incidents were kept, and what tells by which key the digest was made."""

    digest: bytes
    until: int
    keeps: bool
    key: str = ""


def key_of(pepper: bytes) -> str:
    """What tells by which key a digest was made, and does not tell the key."""
    return sha256(b"vigie erased key" + pepper).hexdigest()[:12]


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Erased).decode


def add(folder: Path, erased: Erased) -> None:
    """Note somebody for good. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    opened = os.open(folder / ROLL_FILE, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        os.write(opened, _encode(erased) + b"\n")
        os.fsync(opened)
    finally:
        os.close(opened)


def read(folder: Path) -> list[Erased]:
    """Everybody who was noted. A last line that was cut off is of an erasure that was not finished.

    Raises RollError, OSError.
    """
    path = folder / ROLL_FILE
    if not path.exists():
        return []
    found = []
    lines = path.read_bytes().split(b"\n")
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            found.append(_decode(line[:_LONGEST]))
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            if number == len(lines):
                break
            raise RollError(f"{path}: line {number}: {error}") from None
    return found
