"""What is noted of the rounds of hygiene, for the next one and for whoever tells of them."""

from msgspec import Struct, msgpack

NOTE = "hygiene"


class Noted(Struct, array_like=True):
    """When the last finished round began and ended (ms, of the clock), how far in event time (ms)
    its look at the logs reached, and how many accounts there were."""

    began: int = 0
    finished: int = 0
    reached: int = 0
    accounts: int = 0


encode = msgpack.Encoder().encode
_decode = msgpack.Decoder(Noted).decode


def noted(note: bytes | None) -> Noted:
    """What was noted; nothing where there is no note."""
    return Noted() if note is None else _decode(note)
