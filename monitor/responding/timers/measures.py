"""Measures move on by themselves: requests lapse, suspensions end, what waits is ordered, and
people are called to what is stuck."""

from detectors.core.event import SECOND
from monitor.responding.timer import MOST, Ringing, Timer
from monitor.services.sweeping import sweep


def ring(ringing: Ringing) -> int:
    """Do what is due; how much that was."""
    roster = ringing.around.settings.roster
    return sweep(ringing.connection, roster, ringing.now, MOST, ringing.aside)


TIMERS = (Timer("measures", ring, 2 * SECOND),)
