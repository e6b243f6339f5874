"""Event ids: the same log line read twice, from wherever, gets the same id."""

from functools import lru_cache
from hashlib import blake2b
from struct import Struct

from detectors.core.identity import MAXIMUM_TIME

_halves = Struct(">QQ").unpack
_joined = Struct(">QQ").pack
_VARIANT = 0b10 << 62
_RANDOM = (1 << 62) - 1


def native_id(time: int, source: str, tenant: str, uid: str, ordinal: int = 0) -> bytes:
    """The id of an event that its log gives an id of its own, `uid`.

    Equals `timed_id(time, "uid", source, tenant, uid)`; `ordinal` numbers the events of one line
    and is left out for the first. `time` is in ms: a uid that comes back at another time is
    another event.
    """
    raw = uid.encode("utf-8", "surrogatepass")
    hashed = _begun("uid", source, tenant).copy()
    hashed.update(len(raw).to_bytes(4, "little") + raw)
    if ordinal:
        hashed.update(_part(b"%d" % ordinal))
    return _shaped(time, hashed.digest())


def line_id(
    time: int, source: str, tenant: str, line: bytes, occurrence: int, ordinal: int = 0
) -> bytes:
    """The id of an event known only by its raw line.

    Equals `timed_id(time, "line", source, tenant, line, str(occurrence), str(ordinal))`.
    `occurrence` counts identical lines of one second from 0, `ordinal` the events of one line.
    """
    hashed = _begun("line", source, tenant).copy()
    hashed.update(_part(line))
    hashed.update(_part(b"%d" % occurrence) + _part(b"%d" % ordinal))
    return _shaped(time, hashed.digest())


def _part(raw: bytes) -> bytes:
    return len(raw).to_bytes(4, "little") + raw


@lru_cache(maxsize=4_096)
def _begun(tag: str, source: str, tenant: str) -> blake2b:
    begun = blake2b(digest_size=16)
    for part in (tag, source, tenant):
        begun.update(_part(part.encode("utf-8", "surrogatepass")))
    return begun


def _shaped(time: int, digest: bytes) -> bytes:
    # This is `timed_id` with the hash of what all lines of a source share kept, and without
    # integers of 128 bits: it is done for every line. A test holds the two together.
    high, low = _halves(digest)
    if not 0 <= time <= MAXIMUM_TIME:
        time = 0 if time < 0 else MAXIMUM_TIME
    return _joined(time << 16 | 0x7000 | high & 0xFFF, _VARIANT | low & _RANDOM)
