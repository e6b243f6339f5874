"""What tokens were found to be, kept by their digest for as long as they hold, and no longer."""

from collections import OrderedDict
from hashlib import blake2b
from secrets import token_bytes
from typing import Final, Generic, TypeVar

MOST: Final = 50_000

V = TypeVar("V")


class Remembering(Generic[V]):
    """The last ones that were asked for, with an end each. No token is kept itself: whoever reads
    this memory has none of them."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._kept: OrderedDict[bytes, tuple[int, V]] = OrderedDict()
        self._key = token_bytes(32)

    def __len__(self) -> int:
        return len(self._kept)

    def digest(self, token: bytes) -> bytes:
        """What stands for a token here."""
        return blake2b(token, key=self._key, digest_size=16).digest()

    def get(self, digest: bytes, now: int) -> tuple[V] | None:
        """What was found, in a tuple, where it still holds at `now` (ms)."""
        found = self._kept.get(digest)
        if found is None:
            return None
        if now >= found[0]:
            del self._kept[digest]
            return None
        self._kept.move_to_end(digest)
        return (found[1],)

    def put(self, digest: bytes, until: int, value: V) -> None:
        """Keep it until a time (ms), in place of what nobody asked for the longest."""
        self._kept[digest] = until, value
        self._kept.move_to_end(digest)
        if len(self._kept) > self._most:
            self._kept.popitem(last=False)
