"""How severe one finding is by itself, from what it weighs."""

from math import exp, log

from detectors.core.finding import Severity, Weights

MEDIUM_USE = 5.2
"""Nats for shared or taken over that alone make a reviewer look: about 0.7 after the prior."""
LOW_USE = 3.4
MEDIUM_ATTACK = 3.85
LOW_ATTACK = 2.4
HIGH_ATTACK = 5.9
TAKEN_OVER_RARER = 0.5
"""Nats by which a takeover is rarer than sharing."""


def grade(weights: Weights) -> Severity:
    """INFORMATIONAL to HIGH; from MEDIUM up what the event shows does not become known."""
    bad = log(exp(weights.shared) + exp(weights.taken_over - TAKEN_OVER_RARER))
    use = bad - max(0.0, weights.roaming - 1.0)
    if weights.attack >= HIGH_ATTACK:
        return Severity.HIGH
    if use >= MEDIUM_USE or weights.attack >= MEDIUM_ATTACK:
        return Severity.MEDIUM
    if use >= LOW_USE or weights.attack >= LOW_ATTACK:
        return Severity.LOW
    return Severity.INFORMATIONAL
