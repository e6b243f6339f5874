"""What a process answered at its gate, and when it could not tell: counted, and said in the log."""

import logging
from collections.abc import Callable
from typing import Final

from msgspec import Struct, field

from detectors.core.event import MINUTE

AGAIN: Final = MINUTE
"""How often (ms) it is said again that the gate cannot tell."""
OVER: Final = MINUTE
"""How long (ms) after the last request that was answered blindly it counts as over."""

log = logging.getLogger(__name__)


class Blind(Struct):
    """A time in which the gate could not tell: its first and last moment (ms), why, and how many
    requests passed nevertheless, and were turned away below closed paths."""

    since: int = 0
    at: int = 0
    reason: str = ""
    passed: int = 0
    refused: int = 0


class Counting(Struct, kw_only=True):
    """Of one process. `answers` are by word. Safe enough between threads: counts are read only."""

    now: Callable[[], int]
    answers: dict[str, int] = field(default_factory=dict)
    blind: Blind = field(default_factory=Blind)
    said: int = 0

    def count(self, word: str) -> None:
        """One answer."""
        self.answers[word] = self.answers.get(word, 0) + 1

    def blindly(self, reason: str, is_passed: bool | None = None) -> None:
        """The gate cannot tell, for this reason; whether somebody passed for it, None for nobody
        who came."""
        now, blind = self.now(), self.blind
        if now - blind.at > OVER:
            blind = self.blind = Blind(since=now)
        blind.at, blind.reason = now, reason
        blind.passed += is_passed is True
        blind.refused += is_passed is False
        if blind.since == now or now - self.said > AGAIN:
            self.said = now
            log.error(
                "the gate cannot tell whom to let pass (%s): %d passed unseen, %d were turned away",
                reason,
                blind.passed,
                blind.refused,
            )
