"""Location data that is old: networks move, and a place is told that is none any more."""

from collections.abc import Mapping

from detectors.core.detector import Text
from detectors.core.event import DAY
from detectors.core.finding import Severity
from monitor.health.rule import CLEAR, UNSURE, About, EngineRule, Running, Verdict, standing

LOCATION = "location data"

OLD = About(
    kind="location_old",
    title=Text("The location data is old", "Les données de localisation sont anciennes"),
    sentence=Text(
        "It was made {days} days ago; places of addresses that moved since are wrong.",
        "Elles datent d'il y a {days} jours ; la place des adresses qui ont changé est fausse.",
    ),
    remedy=Text(
        "Run `vigie geo update`, every month; geo.stale_days says from when on it is old.",
        "Lancez « vigie geo update », chaque mois ; geo.stale_days dit quand elles sont anciennes.",
    ),
    severity=Severity.LOW,
)


def judge(running: Running, now: int, _stands: frozenset[str]) -> Mapping[str, Verdict]:
    """It stands from so many days on, and until a newer one is in use."""
    located = running.located
    if located is None:
        return {LOCATION: UNSURE}
    days = (now - located.built) // DAY
    return {LOCATION: standing(days=days) if days >= located.stale_days else CLEAR}


RULES = (EngineRule(OLD, judge),)
