"""Recoveries move on by themselves: waiting times end and links are sent, cases lapse, and what a
process that died left half done is finished."""

from detectors.core.event import SECOND
from monitor.responding.timer import MOST, Ringing, Timer
from monitor.services import recovery_steps
from monitor.services.keyring import Keyring
from monitor.store import recoveries


def ring(ringing: Ringing) -> int:
    """Do what is due; how much that was."""
    around, connection, now = ringing.around, ringing.connection, ringing.now
    settings = around.settings
    served = recovery_steps.finish_served(connection, now, MOST)
    lapsed = recoveries.lapsed(connection, now, MOST)
    for one in lapsed:
        recovery_steps.lapse(connection, one, now)
    if around.key is None:
        return max(served, len(lapsed))
    keyring, terms = Keyring(around.key.pepper), settings.enrolment.recovery
    waited = recoveries.waited(connection, now, MOST)
    for one in waited:
        recovery_steps.make_ready(
            connection, keyring, settings.roster, one, now, terms, settings.enrolment.address
        )
    return max(served, len(lapsed), len(waited))


TIMERS = (Timer("recoveries", ring, 10 * SECOND),)
