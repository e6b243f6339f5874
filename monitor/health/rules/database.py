"""A database that was away."""

from collections.abc import Mapping

from detectors.core.detector import Text
from detectors.core.event import MINUTE
from detectors.core.finding import Severity
from monitor.health.rule import CLEAR, ENGINE, About, EngineRule, Running, Verdict, standing

TOLD = 10 * MINUTE
"""How long it is told once the database is back; before, there is nowhere to tell it."""

AWAY = About(
    kind="database",
    title=Text("The database was away", "La base de données était absente"),
    sentence=Text(
        "For {away:duration} nothing could be stored: {reason}",
        "Pendant {away:duration}, rien n'a pu être enregistré : {reason}",
    ),
    remedy=Text(
        "Nothing is lost: what came meanwhile was read afterwards. Look at the database's log.",
        "Rien n'est perdu : ce qui est arrivé entre-temps a été lu ensuite. Consultez le journal "
        "de la base.",
    ),
    severity=Severity.MEDIUM,
)


def judge(running: Running, now: int, _stands: frozenset[str]) -> Mapping[str, Verdict]:
    """It stands for a while after it is over."""
    outage = running.outage
    if outage is None or not 0 <= now - outage.until < TOLD:
        return {ENGINE: CLEAR}
    return {ENGINE: standing(away=max(0, outage.until - outage.since), reason=outage.reason)}


RULES = (EngineRule(AWAY, judge),)
