"""How long an answer is waited for, and when it is asked again: numbers in, numbers out."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Final

AGAIN: Final = frozenset((408, 425, 429, 500, 502, 503, 504))
"""Statuses after which the same question may be asked again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """The whole of it in seconds. Raises ValueError for numbers that make no sense.

    `deadline` is for everything, name look-up, attempts and pauses together: whoever signs in
    waits no longer than that. `attempt` is for one attempt, so that one lost packet leaves time
    for another. Pauses double from `pause` to `longest_pause`, and each is cut by chance
    (`jitter` gives 0 to 1), so that many servers do not come back in step.
    """

    deadline: float = 2.0
    attempt: float = 0.8
    attempts: int = 3
    pause: float = 0.05
    longest_pause: float = 0.5
    jitter: Callable[[], float] = field(default=random.random, repr=False, compare=False)

    def __post_init__(self) -> None:
        times = (self.deadline, self.attempt, self.pause, self.longest_pause)
        if not all(0 < one < float("inf") for one in times) or self.attempts < 1:
            raise ValueError("a Patience has times above 0 (seconds) and at least one attempt")

    def limit(self, spent: float) -> float:
        """How long the next attempt may take, when `spent` seconds are gone; 0 is not at all."""
        return max(0.0, min(self.attempt, self.deadline - spent))

    def wait(self, made: int, spent: float, asked: float | None = None) -> float | None:
        """How long to pause after so many attempts, None for giving up.

        `asked` is what the server wants (Retry-After): it is kept to exactly or not at all.
        """
        if made >= self.attempts:
            return None
        ceiling = min(self.longest_pause, self.pause * 2.0 ** min(made - 1, 30))
        pause = ceiling * (0.5 + self.jitter() / 2) if asked is None else max(0.0, asked)
        return pause if spent + pause < self.deadline else None


def retry_after(told: str | None, date: str | None) -> float | None:
    """Seconds that `Retry-After` asks for (RFC 9110, 10.2.3), None where it says nothing.

    A date is reckoned from the answer's own `Date`, so that no clock of ours is asked.
    """
    if not told:
        return None
    text = told.strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        until = parsedate_to_datetime(text)
        since = parsedate_to_datetime(date or "")
        return max(0.0, (until - since).total_seconds())
    except (TypeError, ValueError, OverflowError):
        return None
