"""Tenants' policies ask for factors: people's days begin, they are reminded, and the gate asks."""

from detectors.core.event import SECOND
from monitor.responding.timer import MOST, Ringing, Timer
from monitor.services import requiring


def ring(ringing: Ringing) -> int:
    """Do what is due; how much that was."""
    settings, connection, now = ringing.around.settings, ringing.connection, ringing.now
    roster, address = settings.roster, settings.web.public_url or ""
    return max(
        requiring.release(connection, MOST),
        requiring.begin_days(connection, roster, address, now, MOST),
        requiring.remind(connection, roster, address, now, MOST),
        requiring.demand(connection, now, MOST),
    )


TIMERS = (Timer("enrolments", ring, 30 * SECOND),)
