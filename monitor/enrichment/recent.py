"""A bounded memory of what was computed: a dictionary that fills itself and forgets the oldest."""

from collections.abc import Callable
from typing import TypeVar

V = TypeVar("V")


class Recent(dict[str | None, V]):
    """`recent[key]` is `make(key)`, computed once while the key is in use.

    Holds up to two generations of `limit` keys: when the younger one is full it becomes the
    older one, and what nobody asked for since is dropped. A hit in the younger generation is a
    plain dictionary look-up. Keys longer than `longest` characters are computed each time.
    """

    def __init__(self, make: Callable[[str | None], V], limit: int, longest: int) -> None:
        super().__init__()
        self._make = make
        self._limit = limit
        self._longest = longest
        self._older: dict[str | None, V] = {}

    def __missing__(self, key: str | None) -> V:
        """Compute the value, or bring it back from the older generation."""
        if key is not None and len(key) > self._longest:
            return self._make(key)
        older = self._older
        value = older[key] if key in older else self._make(key)
        if len(self) >= self._limit:
            self._older = dict(self)
            self.clear()
        self[key] = value
        return value

    def forget(self) -> None:
        """Drop everything."""
        self.clear()
        self._older = {}
