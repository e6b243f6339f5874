"""Our own clock was set, or stood still while the machine slept."""

from collections.abc import Mapping

from detectors.core.detector import Text
from detectors.core.event import HOUR
from detectors.core.finding import Severity
from monitor.health.rule import CLEAR, ENGINE, About, EngineRule, Running, Verdict, standing

TOLD = HOUR

LEAPT = About(
    kind="clock_leapt",
    title=Text("This machine's clock leapt", "L'horloge de cette machine a sauté"),
    sentence=Text(
        "It was set {by:duration} {en}, or the machine slept.",
        "Elle a été {fr} de {by:duration}, ou la machine a dormi.",
    ),
    remedy=Text(
        "Let NTP keep it. What was found stays right: events are judged by their own time.",
        "Laissez NTP la régler. Ce qui a été trouvé reste juste : les événements sont jugés à leur "
        "propre heure.",
    ),
    severity=Severity.LOW,
)


def judge(running: Running, now: int, _stands: frozenset[str]) -> Mapping[str, Verdict]:
    """It stands for an hour after the leap."""
    leap = running.leap
    if leap is None or not 0 <= now - leap.at < TOLD:
        return {ENGINE: CLEAR}
    forward = leap.by > 0
    return {
        ENGINE: standing(
            by=abs(leap.by),
            en="forward" if forward else "back",
            fr="avancée" if forward else "reculée",
        )
    }


RULES = (EngineRule(LEAPT, judge),)
