"""What a process tells of its gate every few seconds, for processes that only read."""

from collections.abc import Iterable
from typing import Final

import msgspec
from msgspec import Struct

from detectors.core.event import DAY, MINUTE
from detectors.core.identity import digest
from monitor.health.pulse import Who
from monitor.health.rule import Blinded

PREFIX: Final = "gate."
"""Of the notes that they are kept in, one for each process."""
EVERY_S: Final = 5.0
ALIVE: Final = MINUTE
"""Milliseconds after which a process that tells nothing counts as gone."""
OVER: Final = 10 * MINUTE
"""How long (ms) a time in which the gate could not tell is told after it was over."""
_LEFT: Final = DAY


class GatePulse(Struct, kw_only=True):
    """Its account of itself, written at `time` (ms): the answers since it began, by word, and of
    the last time in which it could not tell since when and until when (ms, 0 for never), why, and
    how many passed unseen or were turned away in it. `known` are the accounts of which anything is
    known."""

    time: int
    who: Who
    answers: dict[str, int] = {}
    known: int = 0
    is_blind: bool = False
    since: int = 0
    until: int = 0
    reason: str = ""
    passed: int = 0
    refused: int = 0


encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(GatePulse).decode


def name_of(who: Who) -> str:
    """What its note is called."""
    return PREFIX + digest(who.host, str(who.process), size=8).hex()


def alive(notes: Iterable[bytes], now: int) -> list[GatePulse]:
    """Those of processes that are at work at `now` (ms), of what was noted."""
    return [one for one in _read(notes) if abs(now - one.time) < ALIVE]


def left(notes: Iterable[bytes], now: int) -> list[str]:
    """The names of notes of processes that are long gone."""
    return [name_of(one.who) for one in _read(notes) if now - one.time > _LEFT]


def blinded(notes: Iterable[bytes], now: int) -> Blinded | None:
    """The gates that cannot tell, or could not a moment ago, as one: the earliest beginning, the
    last reason, and all who passed; None where all could."""
    found = [one for one in _read(notes) if one.until and 0 <= now - one.until < OVER]
    if not found:
        return None
    last = max(found, key=lambda one: one.until)
    return Blinded(
        since=min(one.since for one in found),
        until=last.until,
        reason=last.reason,
        passed=sum(one.passed for one in found),
        refused=sum(one.refused for one in found),
    )


def _read(notes: Iterable[bytes]) -> Iterable[GatePulse]:
    for note in notes:
        try:
            yield _decode(note)
        except (msgspec.DecodeError, UnicodeDecodeError):
            continue
