"""What weeks of use show that no model need weigh: days of two at once, and hours kept apart."""

from collections.abc import Mapping
from math import isnan

from msgspec import Struct

from detectors.sharing.usage import Usage

AT_ONCE, BY_TURNS = 4.5, 4.0
"""Nats that stable co-presence is worth at most, and two computers with hours of their own."""
LEAST_TOGETHER = 2.0
"""Fading days with two computers at once, below which it may be an odd day or two."""
COPRESENT = (0.05, 0.15)
TURNS = (0.3, 0.5)
SAME_HOURS = (0.4, 0.6)
SECOND = (0.1, 0.2)
HOURS = (10.0, 12.0)
"""From where a sign begins to count, to where it counts in full."""
LEAST_APART = 5.0
"""Fading active days before two computers' hours say anything."""


class Sign(Struct, frozen=True):
    """One sign: the evidence group that it belongs to, nats, and the features that made it."""

    group: str
    nats: float
    features: tuple[str, ...]


def signs(usage: Usage, values: Mapping[str, float]) -> list[Sign]:
    """The signs that an account's use shows; `values` are its features by name."""
    found = [_at_once(usage, values), _by_turns(usage, values)]
    return [sign for sign in found if sign.nats > 0]


def _at_once(usage: Usage, values: Mapping[str, float]) -> Sign:
    """Two computers at work in the same half-hours, on many days, by the turns of two people."""
    nats = 0.0
    if usage.sums.copresent >= LEAST_TOGETHER * usage.weight:
        share = _rise(values["copresent_days"], *COPRESENT)
        nats = AT_ONCE * share * _rise(values["turns"], *TURNS)
    return Sign("overlap", nats, ("copresent_days", "turns"))


def _by_turns(usage: Usage, values: Mapping[str, float]) -> Sign:
    """Two computers, each with hours of its own, and together more hours than one person keeps."""
    nats = 0.0
    if usage.sums.days >= LEAST_APART * usage.weight and not isnan(values["same_hours"]):
        apart = 1.0 - _rise(values["same_hours"], *SAME_HOURS)
        nats = BY_TURNS * apart * _rise(values["second"], *SECOND)
        nats *= _rise(values["hours"], *HOURS)
    return Sign("hours", nats, ("same_hours", "hours", "second"))


def _rise(value: float, start: float, end: float) -> float:
    """0 up to `start`, 1 from `end` on; 0 where the value is not known."""
    if isnan(value):
        return 0.0
    return min(1.0, max(0.0, (value - start) / (end - start)))
