"""Detectors called through something else, which measures them, say; what they find is the same."""

from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

from detectors.core.finding import Finding

Call: TypeAlias = Callable[..., Iterable[Finding]]
Wrap: TypeAlias = Callable[[str, Call], Call]
"""What is called in place of a detector's function, given the detector's name and the function."""


class Through:
    """A detector's ticks, each called through what `wrap` makes of it."""

    def __init__(self, detector: Any, wrap: Wrap) -> None:
        name = detector.about.name
        self.tick = wrap(name, detector.tick)
        if hasattr(detector, "tick_many"):
            self.tick_many = wrap(name, detector.tick_many)
