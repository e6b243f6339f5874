"""What can wait is gathered, before it is due: digests for the team, not too much for anybody."""

from alerts.responders.kind import read_terms
from alerts.responders.writing import Writing
from detectors.core.event import SECOND
from monitor.responding.timer import Ringing, Timer
from monitor.services.gathering import gather


def ring(ringing: Ringing) -> int:
    """Gather for each responder that writes to people; how much that changed."""
    changed = 0
    for name, table in sorted(ringing.around.settings.responders.items()):
        terms = read_terms(table)
        if not isinstance(terms, Writing) or not terms.enabled or ringing.aside.has(name):
            continue
        with ringing.aside.over(name):
            changed += gather(ringing.connection, name, terms.rhythm, ringing.now)
    return changed


TIMERS = (Timer("digests", ring, SECOND),)
