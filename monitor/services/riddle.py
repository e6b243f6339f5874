"""A question in words that people answer and programs that fill in any form do not.

Nothing is kept of it but that it was answered: all that it takes is in its token, which only this
instance can make. It needs no script, no picture and nobody else.
"""

import hashlib
import hmac
import secrets
from typing import Final

from msgspec import Struct

from detectors.core.detector import Text
from detectors.core.event import HOUR, SECOND

LIFE: Final = 2 * HOUR
"""How long somebody may think and write, in ms."""
SOONEST: Final = 3 * SECOND
"""Nobody reads a page and writes something in less, in ms."""
LONGEST: Final = 200
"""Characters of a token."""
_PARTS: Final = 3
_WORDS: Final = (
    Text("two", "deux"),
    Text("three", "trois"),
    Text("four", "quatre"),
    Text("five", "cinq"),
    Text("six", "six"),
    Text("seven", "sept"),
    Text("eight", "huit"),
    Text("nine", "neuf"),
    Text("ten", "dix"),
    Text("eleven", "onze"),
    Text("twelve", "douze"),
)
_FIRST: Final = 2


class Riddle(Struct, frozen=True):
    """What stands in a form: the token, and the two numbers that are to be added, in words."""

    token: str
    one: Text
    other: Text


class Riddles:
    """Makes them and judges answers, by a key of the instance. Pure but for the draw."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def make(self, now: int) -> Riddle:
        """One that is asked at `now` (ms)."""
        told = f"{now}.{secrets.token_urlsafe(12)}"
        one, other = self._numbers(told)
        token = f"{told}.{self._mac('token', told).hex()}"
        return Riddle(token, _WORDS[one - _FIRST], _WORDS[other - _FIRST])

    def is_ours(self, token: str, now: int) -> bool:
        """Whether this was asked here, long enough ago and not too long (`now` in ms)."""
        parts = token.split(".")
        if len(token) > LONGEST or len(parts) != _PARTS or not parts[0].isascii():
            return False
        told = f"{parts[0]}.{parts[1]}"
        mac = parts[2].encode("utf-8", "surrogatepass")
        if not hmac.compare_digest(self._mac("token", told).hex().encode(), mac):
            return False
        return SOONEST <= now - int(parts[0]) <= LIFE

    def is_right(self, token: str, answer: str) -> bool:
        """Whether the answer to what was asked by a token of ours is right, in digits or words."""
        said = answer.strip().casefold()
        right = sum(self._numbers(token.rpartition(".")[0]))
        words = _WORDS[right - _FIRST] if right - _FIRST < len(_WORDS) else None
        return said == str(right) or (words is not None and said in (words.en, words.fr))

    def _numbers(self, told: str) -> tuple[int, int]:
        drawn = self._mac("numbers", told)
        return (_FIRST + drawn[0] % len(_WORDS), _FIRST + drawn[1] % len(_WORDS))

    def _mac(self, purpose: str, told: str) -> bytes:
        text = f"{purpose}\0{told}".encode("utf-8", "surrogatepass")
        return hmac.digest(self._key, text, hashlib.sha256)
