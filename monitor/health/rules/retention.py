"""Forgetting waits, as the clock says that very much is old at once."""

from collections.abc import Mapping

from detectors.core.detector import Text
from monitor.health.rule import CLEAR, ENGINE, About, EngineRule, Running, Verdict, standing

POSTPONED = About(
    kind="retention_waits",
    title=Text("Forgetting waits", "L'effacement attend"),
    sentence=Text(
        "{days} more days of data are too old at once: the clock leapt, Vigie did not run for "
        "long, or an old log was loaded. Nothing goes for {left:duration} more.",
        "{days} jours de données de plus sont trop anciens d'un coup : l'horloge a sauté, Vigie "
        "n'a pas fonctionné longtemps, ou un vieux journal a été chargé. Rien ne part avant "
        "{left:duration}.",
    ),
    remedy=Text(
        "See that the clock is right. `vigie retention status` tells what will go, "
        "`vigie retention run --confirm` lets it go at once.",
        "Vérifiez l'heure. `vigie retention status` dit ce qui partira, "
        "`vigie retention run --confirm` le laisse partir tout de suite.",
    ),
)


def judge(running: Running, _now: int, _stands: frozenset[str]) -> Mapping[str, Verdict]:
    """It stands while a leap waits."""
    waiting = running.postponed
    if waiting is None:
        return {ENGINE: CLEAR}
    return {ENGINE: standing(days=waiting.days, left=waiting.left)}


RULES = (EngineRule(POSTPONED, judge),)
