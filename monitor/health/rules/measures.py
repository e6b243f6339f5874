"""Measures that were not finished, or not taken back in full."""

from collections.abc import Mapping

from detectors.core.detector import Text
from detectors.core.finding import Severity
from monitor.health.rule import CLEAR, ENGINE, About, EngineRule, Running, Verdict, standing

STUCK = About(
    kind="measures_unfinished",
    title=Text("Measures are unfinished", "Des mesures sont inachevées"),
    sentence=Text(
        "Measures that were not done, or not taken back, in full: {stuck}. Nobody knows of their "
        "accounts whether people can sign in.",
        "Mesures qui n'ont pas été appliquées, ou annulées, en entier : {stuck}. Nul ne sait si "
        "l'on peut se connecter avec leurs comptes.",
    ),
    remedy=Text(
        "`vigie measure list --state stuck` says which, `vigie measure show` why. Mend it, then "
        "order them again (`vigie measure again`), or take them back.",
        "`vigie measure list --state stuck` dit lesquelles, `vigie measure show` pourquoi. "
        "Réparez, puis ordonnez-les de nouveau (`vigie measure again`), ou annulez-les.",
    ),
    severity=Severity.HIGH,
)


def judge_stuck(running: Running, _now: int, _stands: frozenset[str]) -> Mapping[str, Verdict]:
    """It stands while there is one."""
    stuck = running.stuck or 0
    return {ENGINE: standing(stuck=stuck) if stuck else CLEAR}


RULES = (EngineRule(STUCK, judge_stuck),)
