"""What is noted of retention, for whoever tells of it: when it last ended, and what it did."""

from msgspec import Struct, field, msgpack

from monitor.retention.reckoning import Reckoning

NOTE = "retention"
"""The note of what was done."""
CONFIRMED = "retention_confirmed"
"""The note of the time (ms) up to which an administrator lets a leap be."""


class Done(Struct, array_like=True):
    """What a job did in all, and in its last round that did anything: rows, and when (ms)."""

    rows: int = 0
    last_rows: int = 0
    last: int = 0


class Noted(Struct, array_like=True):
    """What is noted of retention: since when it is there, when it last came to an end and how long
    that took (ms, of the clock), how its time is reckoned, and what each job did."""

    reckoning: Reckoning = Reckoning()
    began: int = 0
    finished: int = 0
    took: int = 0
    done: dict[str, Done] = field(default_factory=dict)


encode = msgpack.Encoder().encode
_decode = msgpack.Decoder(Noted).decode


def noted(note: bytes | None) -> Noted:
    """What was noted; nothing where there is no note."""
    return Noted() if note is None else _decode(note)
