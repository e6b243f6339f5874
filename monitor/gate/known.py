"""Whose request it is: what a session is known by, whatever of the three ways it is known in."""

import math
from collections.abc import Sequence
from typing import Protocol, TypeAlias

from msgspec import Struct

Headers: TypeAlias = Sequence[tuple[bytes, bytes]]
"""A request's headers as ASGI has them: names in lower case."""


class Known(Struct, frozen=True, gc=False):
    """A session of an account, both as the log calls them, since `began` (ms; 0 where it is not
    said: then every order to sign in again is newer). It is proved: nothing in it is only said by
    whoever sends the request."""

    tenant: str
    account: str
    session: str
    began: int = 0


def began_at(seconds: float, now: int) -> int:
    """When a session began (ms) of which somebody says so at `now`, in seconds since 1970: the
    millisecond that it began in, so that it is the same whenever it is asked. A clock that is ahead
    must not make a session newer than the order that ends it."""
    return min(math.floor(seconds * 1_000), now)


class UnsureError(Exception):
    """Nobody can tell now: whoever vouches for sessions does not answer. Says why; not the sender's
    doing."""


class BusyError(Exception):
    """Too many ask at once. The sender's doing perhaps: never a reason to let anybody pass."""


class Knower(Protocol):
    """Knows sessions by what a request bears: a token, or a cookie that the application sealed."""

    async def know(self, headers: Headers) -> Known | None:
        """Whose session it is; None where the request proves none, or an ended one. Of one event
        loop. Raises UnsureError, BusyError."""
        ...
