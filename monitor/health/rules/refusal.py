"""New settings that were refused: what runs is not what is written."""

from collections.abc import Mapping

from detectors.core.detector import Text
from detectors.core.finding import Severity
from monitor.health.rule import CLEAR, About, EngineRule, Running, Verdict, standing

SETTINGS = "settings"

REFUSED = About(
    kind="settings_refused",
    title=Text("New settings refused", "Nouveaux réglages refusés"),
    sentence=Text(
        "The former ones hold: {reason}",
        "Les précédents restent en vigueur : {reason}",
    ),
    remedy=Text(
        "Mend the settings (vigie doctor reads them), and reload again.",
        "Corrigez les réglages (vigie doctor les lit), puis rechargez.",
    ),
    severity=Severity.MEDIUM,
)


def judge(running: Running, _now: int, _stands: frozenset[str]) -> Mapping[str, Verdict]:
    """It stands until settings are taken up, or we begin anew."""
    if running.refused is None:
        return {SETTINGS: CLEAR}
    return {SETTINGS: standing(reason=running.refused)}


RULES = (EngineRule(REFUSED, judge),)
