"""Ids: the same thing read twice gets the same id, and ids sort by event time."""

from enum import Enum
from hashlib import blake2b
from urllib.parse import quote, unquote

from msgspec import Struct

_VERSION_7 = 0x7 << 76
_VARIANT = 0b10 << 62
_RAND_A = ((1 << 12) - 1) << 64
_RAND_B = (1 << 62) - 1
MAXIMUM_TIME = (1 << 48) - 1


class SubjectKind(Enum):
    """What a finding or an incident is about."""

    ACCOUNT = "account"
    SOURCE = "source"
    TENANT = "tenant"

    # A subject is looked up at every event, and Enum's own hash is a call into Python.
    __hash__ = object.__hash__


class Subject(Struct, frozen=True, order=False, array_like=True, gc=False, cache_hash=True):
    """Whom a finding is about: an account, a source address, or a whole tenant (`uid` empty)."""

    kind: SubjectKind
    tenant: str
    uid: str

    def __str__(self) -> str:
        """`kind:tenant:uid`, tenant and uid percent-encoded."""
        return f"{self.kind.value}:{quote(self.tenant, safe='')}:{quote(self.uid, safe='')}"

    @classmethod
    def parse(cls, text: str) -> "Subject":
        """Read what `str()` wrote; ValueError when it is not of that form."""
        kind, tenant, uid = text.split(":")
        return cls(SubjectKind(kind), unquote(tenant), unquote(uid))

    def key(self) -> int:
        """A signed 64-bit digest, for indexes; two subjects may share one, so compare them too."""
        return digest64(self.kind.value, self.tenant, self.uid)

    def handle(self) -> str:
        """The same digest as addresses have it: 16 hexadecimal digits, which name nobody."""
        return f"{self.key() % (1 << 64):016x}"


def digest(*parts: str | bytes, size: int = 16) -> bytes:
    """BLAKE2b over length-prefixed parts, so that no two lists of parts collide by joining."""
    joined = b""
    for part in parts:
        raw = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
        joined += len(raw).to_bytes(4, "little") + raw
    return blake2b(joined, digest_size=size).digest()


def digest64(*parts: str | bytes) -> int:
    """A signed 64-bit integer digest of the parts."""
    return int.from_bytes(digest(*parts, size=8), "big", signed=True)


def timed_id(time: int, *parts: str | bytes) -> bytes:
    """16 bytes shaped like a UUIDv7 (RFC 9562): `time` in ms, then a digest of the parts.

    Times before 1970 or beyond 48 bits are clamped, so that any log's clock gives a valid id.
    """
    stamp = min(max(time, 0), MAXIMUM_TIME)
    spread = int.from_bytes(digest(*parts), "big")
    value = (stamp << 80) | _VERSION_7 | (spread & _RAND_A) | _VARIANT | (spread & _RAND_B)
    return value.to_bytes(16, "big")


def first_id(time: int) -> bytes:
    """The smallest 16 bytes that any id of this millisecond can have."""
    return min(max(time, 0), MAXIMUM_TIME).to_bytes(6, "big") + bytes(10)


def time_of(identifier: bytes) -> int:
    """The event time in milliseconds that an id carries."""
    return int.from_bytes(identifier[:6], "big")


def as_uuid(identifier: bytes) -> str:
    """The id as people and other tools write it."""
    text = identifier.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
