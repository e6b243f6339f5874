"""What is kept of an account's hygiene: what the logs showed, and what is said since when."""

from collections.abc import Mapping
from typing import Final

import msgspec
from msgspec import Struct

from monitor.hygiene.facts import ALL, Detail, Fact
from monitor.hygiene.score import Tally
from monitor.hygiene.sighting import NEVER, Sighting


class Said(Struct, frozen=True, array_like=True):
    """One fact, since when it is said (ms), and its particulars."""

    fact: Fact
    since: int
    detail: dict[str, Detail]


class Kept(Struct, frozen=True, array_like=True):
    """Stored as an array: new fields go last and have a default."""

    sighting: Sighting = NEVER
    said: tuple[Said, ...] = ()

    def with_said(self, said: Mapping[Fact, dict[str, Detail]], at: int) -> "Kept":
        """The same with what is said at `at` (ms); what was said before is said since then."""
        since = {one.fact: one.since for one in self.said}
        now = tuple(Said(fact, since.get(fact, at), said[fact]) for fact in ALL if fact in said)
        return self if now == self.said else Kept(self.sighting, now)


NOTHING: Final = Kept()
encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Kept).decode
_decode_tally = msgspec.msgpack.Decoder(Tally).decode


def read(body: bytes | None) -> Kept:
    """What was kept; nothing where there is no row."""
    return NOTHING if body is None else _decode(body)


def read_tally(body: bytes) -> Tally:
    """The counts of a tenant's day."""
    return _decode_tally(body)
