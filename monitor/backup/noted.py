"""What is noted of backups: the last one that was taken, and that a database is a restored one."""

from msgspec import Struct, msgpack

TAKEN = "backup"
"""The note of the last one that was taken."""
RESTORED = "restored"
"""The note that this is a restored database: when it was (ms), and of which moment the backup is.
Whoever sends anything out of it must be released by a person first."""


class Taken(Struct, frozen=True, kw_only=True):
    """A backup: where, of what size in bytes and rows, and of which moment (ms)."""

    path: str
    size: int
    rows: int
    made: int


def taken(note: bytes | None) -> Taken | None:
    """The last backup; None where none was noted."""
    return None if note is None else msgpack.decode(note, type=Taken)


def restored(note: bytes | None) -> tuple[int, int] | None:
    """When a database was restored and of which moment the backup was (ms); None if never."""
    return None if note is None else msgpack.decode(note, type=tuple[int, int])


encode = msgpack.Encoder().encode
